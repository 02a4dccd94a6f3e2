"""``redgrid demo build``: rebuild data/boundaries from its seed."""

from __future__ import annotations

import typer

from city.settings import Settings
from cli.speaking import spoken
from demo.build import build_city


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
