"""What the cells of a list's file mean in this city: where a row belongs, who a leader is, what the clock says.

A row that was read names places, people and hours as a table does; :func:`settled` makes of it a row that the city can
keep, :func:`spelled` the other way round.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from city.frontline import places
from city.opened import City
from domain.frontline.bodies import Body, BranchLink, Deed, LeaderVisit, Unit
from domain.frontline.organisation import Entry, Seat, refusal_of_place
from domain.frontline.outside import Outside
from domain.frontline.registers import DepartmentLink
from domain.frontline.rights import check_keeps
from domain.frontline.sheets import Sheet
from domain.frontline.visits import Visit
from domain.frontline.working_members import Activity, WorkingMember
from domain.grids import Level
from domain.people import Person
from domain.said import BadInput, refuse_if, said
from storage import plans

Row = Any
"""A row of some list."""

LEAST_ADDRESS = 4
"""Characters of an address below which it could be anywhere."""


def settled(city: City, sheet: Sheet[Any], row: Row, by: Person) -> Row:
    """A row as the city keeps it, in its place.

    Raises:
        Refused: with what is wrong with it, or why its place is not this person's.
    """
    row = PLACING.get(sheet.kind, _as_it_is)(city, row)
    if sheet.kind not in WIDER and (code := sheet.place_of(row)) not in city.ground.structure:
        raise BadInput(said("field {field}: there is no grid {code}", field=sheet.place, code=code[:64]))
    row = SETTLING.get(sheet.kind, _as_it_is)(city, row)
    check_keeps(by, sheet.name, sheet.place_of(row), city.ground.structure)
    return row


def spelled(city: City, row: Row) -> Row:
    """A row as its cells tell of it."""
    return SPELLING.get(type(row), _as_it_is)(city, row)


# --- in -----------------------------------------------------------------------------------------------------------


def _as_it_is(_: City, row: Row) -> Row:
    return row


def _at_branch(city: City, row: Any) -> Row:
    refuse_if(refusal_of_place(row.grid, city.ground.structure))
    return row


def _link(city: City, row: BranchLink) -> Row:
    _check_department(city, row.department)
    return _at_branch(city, row)


def _in_community(city: City, row: Any) -> Row:
    grid = city.ground.structure.grids.get(row.community)
    if grid is None or grid.level is not Level.COMMUNITY:
        raise BadInput(
            said("field {field}: {code} is no community", field="community", code=row.community[:64])
        )
    return row


def _of_department(city: City, row: DepartmentLink) -> Row:
    _check_department(city, row.department)
    return row


def _check_department(city: City, code: str) -> None:
    if code not in city.ground.departments:
        raise BadInput(said("There is no department {code}.", code=code))


def _member(city: City, row: WorkingMember) -> Row:
    grids = city.ground.structure.grids
    _check_department(city, row.department)
    if row.home is not None and row.home not in grids:
        raise BadInput(said("field {field}: there is no grid {code}", field="home", code=row.home))
    branch = grids.get(row.branch or "")
    if row.branch is not None and (branch is None or branch.level is not Level.COMPOUND):
        raise BadInput(said("Members check in at the branch of a compound grid."))
    return row


def _by_leader(city: City, row: Any) -> Row:
    """A visit of the leader of this name who answers for the community."""
    _in_community(city, row)
    structure = city.ground.structure
    number = next(
        (
            leader.id
            for leader in city.ground.leaders.values()
            if leader.name == row.leader
            and structure.today(leader.community) == structure.today(row.community)
        ),
        None,
    )
    if number is None:
        raise BadInput(
            said(
                "field {field}: no leader {name} answers for this community", field="leader", name=row.leader
            )
        )
    return replace(row, leader=number)


def _of_branch(city: City, row: Activity) -> Row:
    return replace(_at_branch(city, row), begins=_on_the_clock(city, row.begins))


def _by_its_place(city: City, row: Outside) -> Row:
    """A row without a grid in the one that its point lies in, else in the one of its address."""
    if row.grid is not None:
        return row
    at = city.locate(row.point).grid if row.point is not None else None
    return replace(row, grid=at if row.point is not None else grid_at(city, row.address))


def _at_a_door(city: City, row: Visit) -> Row:
    """A visit in the grid of its building; of a city without buildings, in the grid it names."""
    building = places.buildings(city).by_code.get(row.unit or "")
    if row.unit and building is None:
        raise BadInput(said("field {field}: there is no building {code}", field="unit", code=row.unit))
    return replace(row, at=_on_the_clock(city, row.at), grid=building.grid if building else row.grid)


def _on_the_clock(city: City, moment: datetime) -> datetime:
    """A moment that names no zone is one of the city's own clock."""
    return moment if moment.tzinfo else moment.replace(tzinfo=city.zone)


SETTLING: Mapping[type[Any], Callable[[City, Any], Row]] = {
    Seat: _at_branch, Entry: _at_branch, BranchLink: _link, Body: _in_community, Unit: _in_community, Deed: _in_community,
    WorkingMember: _member, LeaderVisit: _by_leader, Activity: _of_branch, DepartmentLink: _of_department,
}  # fmt: skip

PLACING: Mapping[type[Any], Callable[[City, Any], Row]] = {Outside: _by_its_place, Visit: _at_a_door}
"""Lists whose rows may leave the grid to be found."""

WIDER = frozenset({DepartmentLink})
"""Lists of places that need not be grids here."""


def grid_at(city: City, address: str) -> str | None:
    """The grid of an address that begins as one of the city's buildings does; None where none does, or several could."""
    plan = city.ground.plan
    if plan is None or len(address) < LEAST_ADDRESS:
        return None
    with city.database.read() as connection:
        found = {each.grid for each in plans.addresses_like(connection, plan.id, address, 2)}
    return found.pop() if len(found) == 1 else None


# --- out ----------------------------------------------------------------------------------------------------------


def _by_name(city: City, row: LeaderVisit) -> Row:
    leader = city.ground.leaders.get(row.leader)
    return replace(row, leader=leader.name if leader else "")  # type: ignore[arg-type]


def _begins_by_the_clock(city: City, row: Activity) -> Row:
    return replace(row, begins=row.begins.astimezone(city.zone))


def _by_the_clock(city: City, row: Visit) -> Row:
    return replace(row, at=row.at.astimezone(city.zone))


SPELLING: Mapping[type[Any], Callable[[City, Any], Row]] = {
    LeaderVisit: _by_name, Activity: _begins_by_the_clock, Visit: _by_the_clock,
}  # fmt: skip
