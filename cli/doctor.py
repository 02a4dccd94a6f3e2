"""``redgrid doctor``: what an installation needs, one line each."""

from __future__ import annotations

from collections.abc import Callable

import typer

from city.assets import all_assets
from city.explaining import routing_findings
from city.opened import City
from cli.speaking import FINDINGS, opened, spoken, words
from domain.findings import Severity
from domain.said import Refused, Said, said
from storage.migrate import must_be_current


def _assets(_city: City) -> Said:
    return said("{n} front-end files", n=len(all_assets()))


def _database(city: City) -> Said:
    with city.database.read() as connection:
        must_be_current(connection)
    return said("database {kind}", kind=city.database.engine.dialect.name)


def _plan(city: City) -> Said:
    return said("{n} grids in force", n=len(city.ground.structure.grids))


def _calendar(city: City) -> Said:
    year = city.now().astimezone(city.zone).year
    known = city.clock.calendar.is_workday(city.now().astimezone(city.zone).date().replace(month=6, day=1))
    if known is None:
        return said("The holidays of {year} are not known: deadlines are provisional.", year=year)
    return said("holidays of {year} are known", year=year)


def _routing(city: City) -> Said:
    found = routing_findings(city)
    if any(finding.severity is Severity.ERROR for finding in found):
        raise Refused(
            said("{n} findings in routing.toml. List them with: redgrid explain --check", n=len(found))
        )
    return said("{n} routing rules, {found} findings", n=len(city.rules_read.routing.rules), found=len(found))


CHECKS: tuple[Callable[[City], Said], ...] = (_assets, _database, _plan, _calendar, _routing)


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    @spoken
    def doctor() -> None:
        """Check the installation: files, database, plan, calendar, routing."""
        say, failed = words(), False
        with opened(must_exist=False) as city:
            for check in CHECKS:
                try:
                    typer.echo("● " + say.of(check(city)))
                except FileNotFoundError as missing:
                    failed = True
                    typer.echo("✕ " + say("{file} is missing: run `make assets`.", file=missing.filename))
                except Refused as refused:
                    failed = True
                    typer.echo("✕ " + say.of(refused.because))
        if failed:
            raise typer.Exit(FINDINGS)
