"""``redgrid erase``: a resident's personal data, on request or when it was kept long enough."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated

import typer

from city.opened import City
from city.personal_data import (
    erase,
    erase_kept_longer,
    erase_order,
    erase_rows_kept_longer,
    kept_longer,
    rows_kept_longer,
)
from cli.speaking import opened, spoken, stop, tell, words
from domain.erasing import BY_ITSELF, ERASED_BECAUSE
from domain.frontline.pledges import Order
from domain.frontline.records import Record
from domain.frontline.working_members import WorkingMember
from domain.people import CLOCK
from domain.said import Said, said

REASONS = tuple(reason for reason in ERASED_BECAUSE if reason not in BY_ITSELF)


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command("erase")
    @spoken
    def erase_data(
        ticket: Annotated[str | None, typer.Argument(help="The number of one ticket.")] = None,
        reason: Annotated[str, typer.Option(help=f"Why: {', '.join(REASONS)}.")] = "asked",
        order: Annotated[
            int | None, typer.Option(min=1, help="Instead: the number of one order of a service.")
        ] = None,
        older_than_years: Annotated[
            int | None,
            typer.Option(
                min=1,
                help="Instead: of every ticket and order that ended, and every member who left, so many years ago.",
            ),
        ] = None,
        dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say how many tickets.")] = False,
    ) -> None:
        """Erase what tickets hold of residents: name, phone, description, address, notes, photos; and who placed orders. The log stays whole."""
        if [ticket, order, older_than_years].count(None) != 2:
            stop(said("Please give the number of one ticket, or --order, or --older-than-years."))
        if older_than_years is None and dry_run:
            stop(said("--dry-run goes with --older-than-years."))
        if older_than_years is None and reason not in REASONS:
            stop(
                said("{reason} is no reason; there are {reasons}.", reason=reason, reasons=", ".join(REASONS))
            )
        with opened() as city:
            if ticket is not None:
                _of_ticket(city, ticket, reason)
            elif order is not None:
                erase_order(city, order, reason, by=CLOCK)
                tell("Order {n}: personal data was erased. A backup made before still holds it.", n=order)
            else:
                _of_old(city, older_than_years or 0, dry_run)


def _of_ticket(city: City, no: str, reason: str) -> None:
    erased = erase(city, no, reason, by=CLOCK)
    if erased.is_open:
        tell("Ticket {no}: who reported it was erased; the rest goes when it ends.", no=erased.no)
    else:
        tell("Ticket {no}: personal data was erased. A backup made before still holds it.", no=erased.no)


def _of_old(city: City, years: int, dry_run: bool) -> None:
    if dry_run:
        tell("{n} tickets hold personal data that would be erased.", n=kept_longer(city, years))
        for kind, (held, _) in OF_ROWS.items():
            typer.echo(words().of(replace(held, values={"n": rows_kept_longer(city, kind, years)})))
        return
    tell(
        "Personal data of {n} tickets was erased. Backups made before still hold it.",
        n=erase_kept_longer(city, years),
    )
    for kind, (_, erased) in OF_ROWS.items():
        typer.echo(words().of(replace(erased, values={"n": erase_rows_kept_longer(city, kind, years)})))


OF_ROWS: Mapping[type[Record], tuple[Said, Said]] = {
    Order: (
        said("{n} orders hold personal data that would be erased."),
        said("Personal data of {n} orders was erased. Backups made before still hold it."),
    ),
    WorkingMember: (
        said("{n} members who left would lose their name and telephone."),
        said("Name and telephone of {n} members who left were erased. Backups made before still hold them."),
    ),
}
