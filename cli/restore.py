"""``redgrid restore``: a city from a backup, verified before it counts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from city.backing_up import restore_backup, try_backup
from cli.speaking import opened, spoken, tell


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    @spoken
    def restore(
        file: Annotated[Path, typer.Argument(help="A file that `redgrid backup` wrote.")],
        force: Annotated[
            bool, typer.Option("--force", help="Put it in the place of the city that is in the database.")
        ] = False,
        dry_run: Annotated[
            bool,
            typer.Option(
                "--dry-run", help="Restore it into a database of its own, verify, and keep nothing."
            ),
        ] = False,
    ) -> None:
        """Put a backup into the database, of SQLite or PostgreSQL, whichever it came from: verified, or not at all."""
        with opened(must_exist=False) as city:
            made, found = try_backup(city, file) if dry_run else restore_backup(city, file, force=force)
        tell(
            "{city}: backup of {moment}, {n} rows, {events} events verified, 0 findings.",
            city=made.city or "–", moment=made.made_at[:16].replace("T", " ") + " UTC", n=made.rows, events=found.events,
        )  # fmt: skip
        if dry_run:
            tell("Nothing was written.")
        else:
            tell("Everybody signs in again. Passwords and wall links are those of the backup.")
