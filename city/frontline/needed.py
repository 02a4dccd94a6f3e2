"""Needs, resources and services: the lists of a unit, what could meet a need, and colours of the map."""

from __future__ import annotations

from collections.abc import Mapping

from city.frontline import places
from city.opened import City
from domain.frontline.pledges import (
    Balance,
    Need,
    NeedState,
    Resource,
    Service,
    Suggestion,
    balances,
    suggested,
)
from domain.frontline.records import R
from domain.frontline.rights import reads_unit
from domain.grids import Level
from domain.people import Person
from domain.said import said
from domain.shades import Shade
from storage.frontline.records import those

SHADE = Shade(
    "needs",
    said("Unmet needs"),
    said("Open needs beyond the resources there"),
    "needs",
    (2, 4, 7, 11),
    said("none"),
    said("no needs listed"),
    said("{n} unmet"),
)


def balances_at(city: City, level: Level) -> dict[str, Balance]:
    """Needs and room of each grid of a level, everything below it counted in."""
    with city.database.read() as connection:
        found = balances(those(connection, Need), those(connection, Resource))
    summed: dict[str, Balance] = {}
    for code, balance in found.items():
        grid = places.at_level(city, city.ground.structure.today(code), level)
        if grid is not None:
            before = summed.get(grid, Balance())
            summed[grid] = Balance(before.needs + balance.needs, before.room + balance.room)
    return summed


def unmet_by_grid(city: City, level: Level) -> Mapping[str, int]:
    """Open needs beyond the room of the resources in the same grid."""
    return {grid: balance.unmet for grid, balance in balances_at(city, level).items()}


# --- the lists of a unit ------------------------------------------------------------------------------------------


def needs_of(city: City, person: Person, unit: str) -> list[Need]:
    """The needs of a unit that this person may read, what is open first, the oldest before the others."""
    rows = _of_unit(city, person, Need, unit)
    order = list(NeedState)
    return sorted(rows, key=lambda need: (order.index(need.state), need.since, need.id))


def resources_of(city: City, person: Person, unit: str) -> list[Resource]:
    """The resources in a unit that this person may read."""
    return _of_unit(city, person, Resource, unit)


def services_at(city: City, grid: str) -> list[Service]:
    """What residents of a grid can order: services of the grid itself and of the units over it."""
    chain = set(city.ground.structure.chain(grid))
    with city.database.read() as connection:
        return those(connection, Service, grid=chain, active=True)


def suggestions(city: City, person: Person, need: Need) -> list[Suggestion]:
    """What could meet a need."""
    if not reads_unit(person, Need.LIST, need.grid, city.ground.structure):
        return []
    with city.database.read() as connection:
        offered = those(connection, Resource, sort=need.sort, active=True)
        taken = those(connection, Need, state=NeedState.PLEDGED)
    return suggested(need, offered, taken, city.ground.structure, city.ground.links)


def _of_unit(city: City, person: Person, kind: type[R], unit: str) -> list[R]:
    structure = city.ground.structure
    if not reads_unit(person, kind.LIST, unit, structure):
        return []
    with city.database.read() as connection:
        rows = those(connection, kind)
    return [row for row in rows if structure.within(structure.today(row.grid), unit)]  # type: ignore[attr-defined]
