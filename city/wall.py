"""What a wall screen shows now: aggregates of an area, and never a resident's words, name or number."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from city.desk import area_of
from city.opened import City
from city.trends import DayCount, Yesterday, series, yesterday
from city.weights import Weight, codes_counted, weigh
from domain.grids import CITY, Grid, Level, Structure
from domain.loads import SOLID_FROM, Measure, value_of
from domain.people import Person, Role, sees_unit
from domain.said import Busy
from domain.tickets import SLIP, Slip, Ticket
from storage import counts
from storage import wall as store
from storage.counts import Figures

WATCHED_BY = frozenset(
    {Role.WALL, Role.LEADER, Role.CITY_OFFICE, Role.STREET, Role.COMMUNITY, Role.PLANNER, Role.ADMINISTRATOR}
)
"""Whose page the wall is, each for their own area."""

RANKED = 8
ALERTS = 6
KEPT = 4.0
"""Seconds for which a reading is shared by every screen of an area."""

PAST_KEPT = 30.0
"""Seconds for which the last month of an area is shared: it takes longer to read, and changes less."""


@dataclass(frozen=True, slots=True)
class Shown:
    """Which part of the city a screen shows: a unit, and the grids of one level in it."""

    unit: str
    level: Level
    grids: tuple[Grid, ...]


@dataclass(frozen=True, slots=True)
class Ranked:
    """A grid in the ranking: the number its colour stands for, and its load."""

    grid: Grid
    value: float
    overdue: int


@dataclass(frozen=True, slots=True)
class Alert:
    """A ticket that waits too long, by its category, grid and department alone."""

    late: timedelta
    category: str
    grid: str | None
    lead: str | None


@dataclass(frozen=True, slots=True)
class WallNow:
    """One reading of the store for one area."""

    read_at: datetime
    measure: Measure
    figures: Figures
    ranking: tuple[Ranked, ...]
    slips: Mapping[Slip, int]
    alerts: tuple[Alert, ...]
    days: tuple[DayCount, ...]
    before: Yesterday


def shown(city: City, person: Person, asked_unit: str, asked_level: str) -> Shown | None:
    """What a screen shows: what was asked for as far as this person may see it, else their own area."""
    structure = city.ground.structure
    if not structure.levels:
        return None
    wanted = structure.today(asked_unit)
    unit = wanted if may_show(person, wanted, structure) else person.area
    if unit != CITY and unit not in structure.grids and unit not in structure.streets:
        return None
    levels = [level for level in structure.levels if level >= _first_level(structure, unit)]
    level = next((level for level in levels if str(int(level)) == asked_level), levels[0])
    if unit == CITY:
        return Shown(unit, level, structure.at_level(level))
    return Shown(unit, level, tuple(g for g in structure.below(unit) if g.level is level))


def may_show(person: Person, unit: str, structure: Structure) -> bool:
    """May this person's screen show this unit?"""
    known = unit == CITY or unit in structure.grids or unit in structure.streets
    return known and sees_unit(person, unit, structure)


def _first_level(structure: Structure, unit: str) -> Level:
    """The level whose grids a unit is made of; its own where it is not divided."""
    if children := structure.children(unit):
        return children[0].level
    return structure.grids[unit].level if unit in structure.grids else structure.levels[0]


_now: dict[tuple[int, str, Level, Measure], tuple[float, WallNow]] = {}
_past: dict[tuple[int, str], tuple[float, tuple[DayCount, ...], Yesterday]] = {}
_lock = threading.Lock()


def wall_now(city: City, person: Person, what: Shown, measure: Measure) -> WallNow:
    """The reading of an area, at most a few seconds old; one reading serves every screen of it.

    While the store is away the last reading is given back, however old: the screen shows its age.
    """
    asked = (id(city), what.unit, what.level, measure)
    with _lock:
        kept = _now.get(asked)
    if kept and time.monotonic() - kept[0] < KEPT:
        return kept[1]
    try:
        found = _read(city, person, what, measure)
    except Busy:
        if kept:
            return kept[1]
        raise
    with _lock:
        if len(_now) > 500:
            _now.clear()
        _now[asked] = time.monotonic(), found
    return found


def _read(city: City, person: Person, what: Shown, measure: Measure) -> WallNow:
    now = city.now()
    area = area_of(city, person, what.unit)
    with city.database.read() as connection:
        figures = counts.figures(connection, area, city.day_begins(now), city.rates_since(now), now)
        states = store.open_by_state(connection, area)
        late = store.longest_overdue(connection, area, now, ALERTS)
    days, before = _past_of(city, what.unit)
    return WallNow(
        read_at=now,
        measure=measure,
        figures=figures,
        ranking=_ranking(city, person, what, measure),
        slips={slip: sum(n for state, n in states.items() if SLIP.get(state) is slip) for slip in Slip},
        alerts=tuple(_alert(ticket, now) for ticket in late),
        days=days,
        before=before,
    )


def _past_of(city: City, unit: str) -> tuple[tuple[DayCount, ...], Yesterday]:
    """The last month of a unit, and yesterday; they change slowly and are read rarely."""
    asked = (id(city), unit)
    with _lock:
        kept = _past.get(asked)
    if kept and time.monotonic() - kept[0] < PAST_KEPT:
        return kept[1:]
    days, before = series(city, unit), yesterday(city, unit)
    with _lock:
        if len(_past) > 500:
            _past.clear()
        _past[asked] = time.monotonic(), days, before
    return days, before


def _ranking(city: City, person: Person, what: Shown, measure: Measure) -> tuple[Ranked, ...]:
    """The grids that stand worst by the number their colour stands for; a grid without that number has no place."""
    counted = codes_counted(city, person, what.level, measure)
    grids = [grid for grid in what.grids if grid.code in counted]
    weights = weigh(city, person, what.level, measure, grids)
    ranked = [r for weight in weights if (r := _ranked(weight, measure))]
    # Of a rate the lowest is the worst.
    ranked.sort(key=lambda r: (r.value if measure.is_rate else -r.value, -r.overdue, r.grid.code))
    return tuple(ranked[:RANKED])


def _ranked(weight: Weight, measure: Measure) -> Ranked | None:
    load, share = weight.load, weight.share
    if load is None:
        return None
    if share is not None:
        value = share.percent if share.n >= SOLID_FROM else None
    else:
        value = value_of(load, weight.grid.households, measure) or None
    return None if value is None else Ranked(weight.grid, value, load.overdue)


def _alert(ticket: Ticket, now: datetime) -> Alert:
    assert ticket.due_at is not None
    return Alert(now - ticket.due_at, ticket.category, ticket.located.grid, ticket.lead)
