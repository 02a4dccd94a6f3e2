"""``redgrid migrate``: bring the database to this version's schema."""

from __future__ import annotations

import typer

from cli.speaking import opened, spoken, tell
from storage.migrate import migrate as bring_up


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    @spoken
    def migrate() -> None:
        """Bring the database to the schema of this version."""
        with opened(must_exist=False) as city:
            tell("The database has schema {revision}.", revision=bring_up(city.database))
