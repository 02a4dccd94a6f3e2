"""``redgrid backup``: the whole city in one file, while it works."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from city.backing_up import back_up, remove_old
from cli.speaking import opened, spoken, stop, tell
from domain.said import said


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    @spoken
    def backup(
        file: Annotated[
            Path, typer.Argument(help="The file to write, or a folder in which it is named by the moment.")
        ],
        keep: Annotated[
            int | None,
            typer.Option(min=1, help="In a folder: keep so many of the newest, remove the others."),
        ] = None,
    ) -> None:
        """Write everything in the database into one file, while people work; `redgrid restore` reads it."""
        if keep is not None and not file.is_dir():
            stop(said("{folder} is no folder; --keep is for folders.", folder=str(file)))
        with opened() as city:
            written, made = back_up(city, file)
        tell("{n} rows are in {file}.", n=made.rows, file=str(written))
        if keep is not None and (gone := remove_old(file, keep)):
            tell("Removed: {files}", files=", ".join(gone))
        tell(
            "It holds residents' data and password hashes: keep it as you keep the database. Not in it: settings, rules, "
            "the file of anchors, who is signed in."
        )
