"""``redgrid init``: a database with the demo city, or with none."""

from __future__ import annotations

from typing import Annotated

import typer

from city.opened import City
from cli.speaking import opened, spoken, stop, tell
from demo.province import MOST_COPIES, make_province
from demo.seed import SeedReport, seed
from domain.said import said
from storage import facts, seeding
from storage.migrate import migrate


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    @spoken
    def init(
        city: Annotated[
            str,
            typer.Option(help="The city to begin with: donggang is the demo, province many copies of it."),
        ] = "donggang",
        empty: Annotated[
            bool, typer.Option("--empty", help="No city: bring your own in with `redgrid import`.")
        ] = False,
        force: Annotated[
            bool, typer.Option("--force", help="Remove everything that is in the database first.")
        ] = False,
        copies: Annotated[
            int, typer.Option(min=1, max=MOST_COPIES, help="Of a province: how many counties.")
        ] = 26,
        tickets: Annotated[int, typer.Option(min=0, help="Of a province: how many open tickets.")] = 0,
    ) -> None:
        """Make a database with the demo city (default), with a synthetic province, or with none."""
        if city not in ("donggang", "province"):
            stop(said("There is no city {name}; donggang is the one that comes along.", name=city))
        with opened(must_exist=False) as home:
            if city == "province" and not empty:
                _must_be_free(home, force=force)
                grids = make_province(home, copies, tickets=tickets)
                tell(
                    "A synthetic province is ready: {grids} grids, {tickets} open tickets.",
                    grids=grids,
                    tickets=tickets,
                )
            else:
                prepare(home, demo=not empty, force=force)


def prepare(city: City, *, demo: bool, force: bool = False) -> None:
    """Bring the schema up and seed; refuse to touch a database that is in use unless forced."""
    _must_be_free(city, force=force)
    if demo:
        tell_ready(seed(city, city.now(), force=force))
        return
    with city.database.write() as connection:
        seeding.clear(connection)
        facts.bump_revision(connection)
    tell(
        "An empty database is ready. Next: redgrid city --name …, redgrid import boundaries FILE --level 1 …, and redgrid user add"
    )


def _must_be_free(city: City, *, force: bool) -> None:
    migrate(city.database)
    with city.database.read() as connection:
        used = not seeding.is_empty(connection)
    if used and not force:
        stop(said("This database already holds a city. To remove everything in it: redgrid init --force"))


def tell_ready(report: SeedReport) -> None:
    """What was seeded."""
    tell(
        "Demo city ready: {grids} grids, {tickets} synthetic tickets ({open} open), {meetings} meetings.",
        grids=report.grids,
        tickets=report.tickets,
        open=report.open,
        meetings=report.meetings,
    )
