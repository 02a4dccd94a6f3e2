"""Needs, resources and services: the lists of a unit, what could meet a need, and colours of the map."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from city.frontline import places
from city.frontline.rows import rows_in
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
    taken_of,
)
from domain.frontline.rights import may_keep, reads_unit
from domain.grids import Level
from domain.people import Person, Role
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


LIVE = frozenset({NeedState.OPEN, NeedState.PLEDGED})
"""Needs with which something is still to be done."""


def balances_at(city: City, level: Level) -> dict[str, list[Balance]]:
    """Needs and room of each grid of a level, sort by sort, everything below it counted in."""
    structure = city.ground.structure
    with city.database.read() as connection:
        needs, resources = those(connection, Need, state=LIVE), those(connection, Resource, active=True)
    return balances(needs, resources, lambda code: places.at_level(city, structure.today(code), level))


def unmet_by_grid(city: City, level: Level) -> Mapping[str, int]:
    """Open needs of each grid of a level beyond the room of the resources there."""
    return {grid: sum(each.unmet for each in found) for grid, found in balances_at(city, level).items()}


# --- the lists of a unit ------------------------------------------------------------------------------------------


def needs_of(city: City, person: Person, unit: str) -> list[Need]:
    """The needs of a unit that this person may read, what is open first, the oldest before the others."""
    rows = rows_in(city, person, Need, unit)
    order = list(NeedState)
    return sorted(rows, key=lambda need: (order.index(need.state), need.since, need.id))


def resources_of(city: City, person: Person, unit: str) -> list[Resource]:
    """The resources in a unit that this person may read."""
    return rows_in(city, person, Resource, unit)


def services_at(city: City, grid: str) -> list[Service]:
    """What residents of a grid can order: services of the grid itself and of the units over it."""
    chain = set(city.ground.structure.chain(grid))
    with city.database.read() as connection:
        return those(connection, Service, grid=chain, active=True)


def suggestions(city: City, person: Person, need: Need) -> list[Suggestion]:
    """What could meet a need; to a department what is its own."""
    if not reads_unit(person, Need.LIST, need.grid, city.ground.structure):
        return []
    with city.database.read() as connection:
        offered = those(connection, Resource, sort=need.sort, active=True)
        taken = those(connection, Need, state=NeedState.PLEDGED)
    theirs = [each for each in offered if _may_pledge(person, each)]
    return suggested(need, theirs, taken, city.ground.structure, city.ground.links)


def pledged_for(city: City, needs: Iterable[Need]) -> dict[int, Resource]:
    """What is, or was, pledged for each of these needs."""
    wanted = {need.id: need.resource_id for need in needs if need.resource_id is not None}
    with city.database.read() as connection:
        known = {each.id: each for each in those(connection, Resource, id=set(wanted.values()))}
    return {need: known[resource] for need, resource in wanted.items()}


def to_act_on(city: City, person: Person, needs: Iterable[Need]) -> list[Need]:
    """The needs with which this person can do something: those of their area; for a department, those for which something of
    its own is pledged, then those that something of its own could meet."""
    live = [need for need in needs if need.state in LIVE]
    if person.role is not Role.DEPARTMENT:
        return [n for n in live if may_keep(person, Need.LIST, n.grid, city.ground.structure)]
    with city.database.read() as connection:
        own = those(connection, Resource, department=person.area)
        taken = taken_of(those(connection, Need, state=NeedState.PLEDGED))
    numbers = {each.id for each in own}
    sorts = {each.sort for each in own if each.active and each.most > taken.get(each.id, 0)}
    promised = [need for need in live if need.resource_id in numbers]
    return promised + [need for need in live if need.state is NeedState.OPEN and need.sort in sorts]


def _may_pledge(person: Person, resource: Resource) -> bool:
    return person.role is not Role.DEPARTMENT or resource.department == person.area
