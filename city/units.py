"""Know the city's units as one value; derive them where the city came as polygons."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from weakref import WeakKeyDictionary

import numpy as np
import shapely

from city.opened import City
from domain.events import Event, plan_stream
from domain.grids import Grid
from gis.deriving import Derived, derive
from gis.units import UnitGround, build_units
from storage import units
from storage.facts import bump_revision
from storage.imports import Connection
from storage.plans import DrawnGrid, grids_of, plan_in_force
from storage.tickets import TicketWork
from storage.units import UnitColumns

_known: WeakKeyDictionary[City, tuple[int, UnitGround]] = WeakKeyDictionary()
_reading = threading.Lock()


def unit_ground(city: City) -> UnitGround:
    """The units of the city, read anew when its revision has changed, built anew when they have.

    A city that came as polygons has those that :func:`derive_units` will keep.
    """
    revision = city.ground.revision
    with _reading:
        known = _known.get(city)
        if known is None or known[0] != revision:
            with city.database.read() as connection:
                known = _known[city] = (revision, read_units(connection))
        return known[1]


def read_units(connection: Connection) -> UnitGround:
    """The units as they are in the store; those that are still to be derived where it has none."""
    rows = units.all_units(connection)
    return built(rows) if rows else _derived(_smallest(connection)).ground


def derive_missing(city: City) -> None:
    """Derive the units of a city that came as polygons, unless that was done."""
    with city.database.read() as connection:
        if units.has_units(connection):
            return
    unit_ground(city)  # cleaning may take a second: not while others wait to write
    with city.database.write() as connection:
        derive_units(connection, now=city.now())


def derive_units(connection: Connection, *, now: datetime, by: int | None = None) -> UnitGround:
    """Make units of the smallest grids of the plan in force, kept with an event in the plan's log; once for a city.

    The plan reads as an assignment of them from now on. What its source drew stays as it is.
    """
    plan = plan_in_force(connection)
    if plan is None:
        return build_units(())
    units.hold_plan(connection, plan.id)
    if units.has_units(connection):
        return read_units(connection)
    made = _derived(_smallest(connection))
    ground = made.ground
    units.add_units(connection, made.rows)
    units.assign(connection, plan.id, made.home, ground.units.hash)
    facts = {"units": len(made.rows), "moved": round(made.moved, 1), "content": ground.units.hash}
    TicketWork(connection).add_event(Event(plan_stream(plan.id), 0, now, "units_derived", by, facts))
    bump_revision(connection)
    return ground


def _smallest(connection: Connection) -> tuple[DrawnGrid, ...]:
    """The grids of the smallest level of the plan in force."""
    plan = plan_in_force(connection)
    drawn = grids_of(connection, plan.id) if plan else []
    level = max((d.grid.level for d in drawn), default=None)
    return tuple(d for d in drawn if d.grid.level is level)


def built(rows: Sequence[UnitColumns]) -> UnitGround:
    """The ground of units as they are kept."""
    return _built(tuple(rows))


@lru_cache(maxsize=2)
def _built(rows: tuple[UnitColumns, ...]) -> UnitGround:
    return build_units(rows)


@lru_cache(maxsize=2)
def _derived(drawn: tuple[DrawnGrid, ...]) -> Derived:
    grids: list[Grid] = [d.grid for d in drawn]
    return derive(grids, np.array(shapely.from_wkb([d.geometry for d in drawn]), dtype=object))
