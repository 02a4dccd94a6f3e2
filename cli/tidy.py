"""``redgrid tidy``: remove what is kept no longer."""

from __future__ import annotations

from typing import Annotated

import typer

from city.tidying import tidy as remove
from city.tidying import to_remove
from cli.speaking import opened, spoken, tell, words


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    @spoken
    def tidy(
        dry_run: Annotated[
            bool, typer.Option("--dry-run", help="Only say how much would go; remove nothing.")
        ] = False,
    ) -> None:
        """Remove what is older than REDGRID_KEEP_DAYS and REDGRID_KEEP_YEARS say; the running app does so once a day."""
        with opened() as city:
            found = to_remove(city) if dry_run else remove(city)
        say = words()
        for each in found:
            typer.echo(f"{say.of(each.title)}, {say.of(each.kept)}: {each.n}")
        if not found:
            tell("Everything is kept: neither REDGRID_KEEP_DAYS nor REDGRID_KEEP_YEARS is set.")
        elif dry_run:
            tell("Nothing was removed.")
        else:
            tell("Removed. Backups made before still hold it.")
