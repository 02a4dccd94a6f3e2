"""Tell where things are going: day by day over a month, and against yesterday. For a grid, a street or the whole city."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from city.desk import area_of
from city.opened import City
from city.snapshots import AtEnd, begins, day_of, open_at
from domain.loads import Measure
from domain.people import Person, Role
from storage.counts import Area
from storage.trends import happened_between, rate, settled_between

__all__ = ["AtEnd", "DayCount", "Yesterday", "open_at", "series", "yesterday"]

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DayCount:
    """What was raised and settled on one day of the city; today: so far."""

    day: date
    raised: int
    settled: int


@dataclass(frozen=True, slots=True)
class Yesterday:
    """What the figures of an area are compared with.

    ``open`` and ``overdue`` are those of the last midnight, None where nobody counted them; ``settled`` is what had been
    settled yesterday by this time of day; the rates are those of thirty days of which yesterday, up to then, was the last,
    None when there is nothing to divide by.
    """

    open: int | None
    overdue: int | None
    settled: int
    on_time_rate: float | None
    satisfied_rate: float | None


def series(city: City, area: str, days: int = 30) -> tuple[DayCount, ...]:
    """The last days of an area, the oldest first, today the last. Keep it a while: it reads a month."""
    today = day_of(city, city.now())
    dates = [today - DAY * n for n in reversed(range(days))]
    moments = [begins(city, day) for day in (*dates, today + DAY)]
    with city.database.read() as connection:
        counted = happened_between(connection, _tickets_of(city, area), moments)
    return tuple(DayCount(day, n.raised, n.settled) for day, n in zip(dates, counted, strict=True))


def yesterday(city: City, area: str) -> Yesterday:
    """What an area's figures of now are compared with. Keep it a while: it reads a month."""
    now = city.now()
    day = day_of(city, now) - DAY
    then = now.astimezone(city.zone) - DAY
    tickets = _tickets_of(city, area)
    with city.database.read() as connection:
        settled = settled_between(connection, tickets, begins(city, day), then)
        on_time, satisfied = (
            rate(connection, measure, tickets, city.rates_since(then), then)
            for measure in (Measure.ON_TIME, Measure.SATISFIED)
        )
    at_end = open_at(city, area, day)
    return Yesterday(
        open=at_end.open if at_end else None,
        overdue=at_end.overdue if at_end else None,
        settled=settled,
        on_time_rate=on_time,
        satisfied_rate=satisfied,
    )


def _tickets_of(city: City, area: str) -> Area:
    """The tickets of an area as a screen that shows it counts them."""
    return area_of(city, Person(0, "", Role.WALL, area), None)
