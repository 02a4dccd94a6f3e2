"""Take a snapshot of every day of the city at its end; look back at what was open then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from city.opened import City
from domain.grids import CITY, Grid, Level
from domain.people import Person, sees_unit
from storage import snapshots
from storage.snapshots import forget_made_up

__all__ = [
    "AtEnd",
    "Frame",
    "begins",
    "day_of",
    "forget_made_up",
    "frames",
    "grids_seen",
    "open_at",
    "take_missing",
]

TAKEN_BACK = 31
"""So many finished days are made up when nobody took them."""

EXACT_WITHIN = timedelta(minutes=10)
"""So soon after midnight what is overdue is taken as what was overdue at midnight."""

REPLAYED = 30
"""So many finished days are replayed, and today after them."""


def day_of(city: City, now: datetime) -> date:
    """The city's own date."""
    return now.astimezone(city.zone).date()


def begins(city: City, day: date) -> datetime:
    """The midnight at which a day of the city begins."""
    return datetime.combine(day, time.min, city.zone)


def take_missing(city: City, now: datetime) -> int:
    """Take what is missing of the last finished days; how many were taken. Cheap when nothing is.

    Days before the first ticket are not missing. Several processes may do this at once.

    Raises:
        Busy: when a day could not be kept just now; those before it are.
    """
    return sum(_take(city, day, now) for day in _missing(city, now))


def _missing(city: City, now: datetime) -> list[date]:
    today = day_of(city, now)
    first = today - timedelta(days=TAKEN_BACK)
    with city.database.read() as connection:
        taken = snapshots.days_taken(connection, first, today)
        if len(taken) == TAKEN_BACK:
            return []
        opened = snapshots.first_opened(connection)
    if opened is None:
        return []
    first = max(first, day_of(city, opened))
    days = (first + timedelta(days=n) for n in range((today - first).days))
    return [day for day in days if day not in taken]


def _take(city: City, day: date, now: datetime) -> bool:
    midnight = begins(city, day + timedelta(days=1))
    exact = now - midnight <= EXACT_WITHIN
    # Counted before the transaction begins: what is over does not change, and nobody waits for the count.
    with city.database.read() as connection:
        loads = snapshots.loads_at(connection, midnight, with_overdue=exact)
    with city.database.write() as connection:
        return snapshots.add_day(connection, day, now, loads, with_overdue=exact)


@dataclass(frozen=True, slots=True)
class Frame:
    """What every grid of a level had open at the end of a day – today: has now – where it had anything."""

    day: date
    open: Mapping[str, int]


def frames(city: City, level: Level) -> list[Frame]:
    """The finished days that are kept, oldest first, and today as it is now."""
    today = day_of(city, city.now())
    with city.database.read() as connection:
        kept = sorted(snapshots.days_taken(connection, today - timedelta(days=REPLAYED), today))
        opens = snapshots.opens(connection, level, kept)
    now = {code: load.open for code, load in city.loads(level).items()}
    return [*(Frame(day, opens[day]) for day in kept), Frame(today, now)]


def grids_seen(
    city: City, person: Person, level: Level, within: str, grids: Sequence[Grid] | None = None
) -> list[tuple[Grid, bool]]:
    """Every grid of a level in the order of codes, or those asked for in their order, and whether it lies within a unit
    and this person may look there."""
    structure = city.ground.structure
    return [
        (grid, sees_unit(person, grid.code, structure) and structure.within(grid.code, within))
        for grid in (structure.at_level(level) if grids is None else grids)
    ]


@dataclass(frozen=True, slots=True)
class AtEnd:
    """What an area had at the end of a day. ``overdue`` is None where nobody counted in time."""

    open: int
    overdue: int | None


def open_at(city: City, area: str, day: date) -> AtEnd | None:
    """What a grid, a street or the whole city had open at the end of a day; None when that day is not kept, or when
    the grid was made by a redraw later on."""
    structure = city.ground.structure
    if city.ground.made_after(area, begins(city, day + timedelta(days=1))):
        return None
    units = [g.code for g in structure.children(area)] if area in structure.streets else [area or CITY]
    with city.database.read() as connection:
        found = snapshots.at_end_of(connection, day, units)
    return AtEnd(*found) if found else None
