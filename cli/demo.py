"""``redgrid demo``: rebuild data/boundaries from its seed; a synthetic province of many copies of it, as files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from city.settings import Settings
from cli.speaking import spoken, tell
from demo.build import build_city
from demo.province import MOST_COPIES, write_province


def register(app: typer.Typer) -> None:
    """Add the commands."""
    demo = typer.Typer(no_args_is_help=True, help="The demo city.")
    app.add_typer(demo, name="demo")

    @demo.callback()
    def _demo() -> None:
        """The demo city."""

    @demo.command()
    @spoken
    def build() -> None:
        """Rebuild data/boundaries from its seed, and print what was built."""
        typer.echo(str(build_city(Settings().data / "boundaries")))

    @demo.command()
    @spoken
    def province(
        folder: Path,
        copies: Annotated[
            int, typer.Option(min=1, max=MOST_COPIES, help="How many times the demo city stands in it.")
        ] = 26,
    ) -> None:
        """Write a synthetic province, the demo city many times over: a file of boundaries for each level."""
        grids = write_province(Settings().data / "boundaries", folder, copies)
        tell("{n} grids of {copies} counties are in {folder}.", n=grids, copies=copies, folder=folder)
