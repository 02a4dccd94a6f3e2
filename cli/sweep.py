"""``redgrid sweep``: let the clock act once, for cron."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from city.counting import add_up_changes
from city.daily import once_a_day
from city.opened import City
from city.searching import seal_new_tickets
from city.snapshots import take_missing
from city.sweeping import sweep_city, title_of
from cli.speaking import opened, show_json, spoken, stop, tell, words
from domain.said import Busy, said


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    @spoken
    def sweep(
        now: Annotated[
            str | None, typer.Option(help="Act as if it were this moment, such as 2026-11-24T12:00+08:00.")
        ] = None,
        as_json: Annotated[bool, typer.Option("--json", help="For a program to read.")] = False,
    ) -> None:
        """Warn, give cards, hand up, bring to meetings, resume, close unrated – once, and say what was done."""
        with opened() as city:
            if now is None:
                _take_the_days_that_are_over(city)
            at = _moment(now, city.zone) if now else None
            done, anchor = sweep_city(city, at), once_a_day(city, at)
            seal_new_tickets(city)
            add_up_changes(city)
        if as_json:
            show_json({"did": dict(done.did) if done else None, "anchored": anchor.upto if anchor else None})
        elif done is None:
            tell("Another process is sweeping; nothing was done here.")
        else:
            for kind, n in done.did.items():
                typer.echo(f"{words().of(title_of(kind))}: {n}")
            for sentence in done.told:
                typer.echo(words().of(sentence))
            tell("Swept: {n} things done.", n=sum(done.did.values()))
        if anchor and not as_json:
            tell("The log of {day} is anchored, up to event {upto}.", day=anchor.day, upto=anchor.upto)


def _take_the_days_that_are_over(city: City) -> None:
    """First what was: a sweep moves what was overdue at midnight. A busy store keeps nobody from sweeping."""
    try:
        take_missing(city, city.now())
    except Busy as busy:
        typer.echo(words().of(busy.because), err=True)


def _moment(text: str, zone: object) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        stop(said("{text} is no moment such as 2026-11-24T12:00+08:00.", text=text))
    return at if at.tzinfo else at.replace(tzinfo=zone)  # type: ignore[arg-type]
