"""What a wall screen shows now: aggregates of an area, and never a resident's words, name or number."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from city.desk import area_of
from city.opened import RATES_OVER, City
from domain.grids import CITY, Grid, Level, Structure
from domain.loads import Load, Measure, value_of
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
    load: Load


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
    figures: Figures
    ranking: tuple[Ranked, ...]
    slips: Mapping[Slip, int]
    alerts: tuple[Alert, ...]


def shown(city: City, person: Person, asked_unit: str, asked_level: str) -> Shown | None:
    """What a screen shows: what was asked for as far as this person may see it, else their own area."""
    structure = city.ground.structure
    if not structure.levels:
        return None
    unit = asked_unit if may_show(person, asked_unit, structure) else person.area
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


_kept: dict[tuple[int, str, Level, Measure], tuple[float, WallNow]] = {}
_lock = threading.Lock()


def wall_now(city: City, person: Person, what: Shown) -> WallNow:
    """The reading of an area, at most a few seconds old; one reading serves every screen of it."""
    measure = city.measure()
    asked = (id(city), what.unit, what.level, measure)
    with _lock:
        kept = _kept.get(asked)
        if kept and time.monotonic() - kept[0] < KEPT:
            return kept[1]
    try:
        found = _read(city, person, what, measure)
    except Busy:
        # Old numbers with their age on them are better than none; the screen shows how old they are.
        if kept:
            return kept[1]
        raise
    with _lock:
        if len(_kept) > 500:
            _kept.clear()
        _kept[asked] = time.monotonic(), found
    return found


def _read(city: City, person: Person, what: Shown, measure: Measure) -> WallNow:
    now = city.now()
    area = area_of(city, person, what.unit)
    with city.database.read() as connection:
        figures = counts.figures(connection, area, city.day_begins(now), now - RATES_OVER, now)
        states = store.open_by_state(connection, area)
        late = store.longest_overdue(connection, area, now, ALERTS)
    return WallNow(
        read_at=now,
        figures=figures,
        ranking=_ranking(what.grids, city.loads(what.level), measure),
        slips={slip: sum(n for state, n in states.items() if SLIP.get(state) is slip) for slip in Slip},
        alerts=tuple(_alert(ticket, now) for ticket in late),
    )


def _ranking(grids: tuple[Grid, ...], loads: Mapping[str, Load], measure: Measure) -> tuple[Ranked, ...]:
    """The most loaded grids by the number their colour stands for; without households a grid has no such number."""
    weighed = [(grid, loads.get(grid.code, Load())) for grid in grids]
    ranked = [
        Ranked(grid, value, load)
        for grid, load in weighed
        if (value := value_of(load, grid.households, measure)) is not None and load.open
    ]
    ranked.sort(key=lambda r: (-r.value, -r.load.overdue, r.grid.code))
    return tuple(ranked[:RANKED])


def _alert(ticket: Ticket, now: datetime) -> Alert:
    assert ticket.due_at is not None
    return Alert(now - ticket.due_at, ticket.category, ticket.located.grid, ticket.lead)
