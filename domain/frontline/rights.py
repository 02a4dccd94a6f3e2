"""Who reads and who keeps the lists of the grids' work, and where: one row for each list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from domain.grids import Structure
from domain.people import WHOLE_CITY, Person, Role, is_in_area
from domain.said import Refused, Said, said

GRID_PEOPLE = frozenset({Role.COMMUNITY, Role.COMPOUND, Role.MEMBER})
"""Who stands on a grid."""

OVER_GRIDS = frozenset({Role.STREET, Role.CITY_OFFICE})
ALL_OVER = frozenset({Role.LEADER, Role.PLANNER})
"""Who sees lists and counts of the whole city, and never whom they are about."""


@dataclass(frozen=True, slots=True)
class Right:
    """Whose a list is: who may read its rows, who may change them, and who also reads what people said beside them."""

    reads: frozenset[Role]
    keeps: frozenset[Role]
    hears: frozenset[Role] = frozenset()


RIGHTS: Mapping[str, Right] = {
    "building_groups": Right(
        GRID_PEOPLE | OVER_GRIDS | ALL_OVER, frozenset({Role.COMMUNITY, Role.COMPOUND, Role.CITY_OFFICE}), GRID_PEOPLE
    ),
    "councils": Right(GRID_PEOPLE | OVER_GRIDS | ALL_OVER, frozenset({Role.COMMUNITY, Role.COMPOUND, Role.CITY_OFFICE})),
    "fund": Right(
        frozenset({Role.COMMUNITY, Role.COMPOUND, Role.LEADER}) | OVER_GRIDS,
        frozenset({Role.COMMUNITY, Role.COMPOUND, Role.CITY_OFFICE}),
    ),
    "visits": Right(GRID_PEOPLE | OVER_GRIDS | ALL_OVER, GRID_PEOPLE),
    "needs": Right(GRID_PEOPLE | OVER_GRIDS | ALL_OVER | {Role.DEPARTMENT}, GRID_PEOPLE | OVER_GRIDS, GRID_PEOPLE),
    "resources": Right(GRID_PEOPLE | OVER_GRIDS | ALL_OVER | {Role.DEPARTMENT}, GRID_PEOPLE | OVER_GRIDS),
    "services": Right(GRID_PEOPLE | OVER_GRIDS | ALL_OVER | {Role.DEPARTMENT}, GRID_PEOPLE | OVER_GRIDS),
    "orders": Right(GRID_PEOPLE | OVER_GRIDS, GRID_PEOPLE, GRID_PEOPLE),
    "bodies": Right(
        GRID_PEOPLE | OVER_GRIDS | ALL_OVER | {Role.DEPARTMENT}, frozenset({Role.COMMUNITY}) | OVER_GRIDS
    ),
    "body_units": Right(
        GRID_PEOPLE | OVER_GRIDS | ALL_OVER | {Role.DEPARTMENT}, frozenset({Role.COMMUNITY}) | OVER_GRIDS
    ),
    "deeds": Right(
        GRID_PEOPLE | OVER_GRIDS | ALL_OVER | {Role.DEPARTMENT}, frozenset({Role.COMMUNITY}) | OVER_GRIDS
    ),
    "branch_links": Right(GRID_PEOPLE | OVER_GRIDS | ALL_OVER | {Role.DEPARTMENT}, frozenset({Role.CITY_OFFICE})),
    "departments": Right(
        GRID_PEOPLE | OVER_GRIDS | ALL_OVER | {Role.DEPARTMENT}, frozenset({Role.CITY_OFFICE})
    ),
    "department_links": Right(
        GRID_PEOPLE | OVER_GRIDS | ALL_OVER | {Role.DEPARTMENT}, frozenset({Role.CITY_OFFICE})
    ),
    "leaders": Right(frozenset({Role.COMMUNITY, Role.LEADER}) | OVER_GRIDS, frozenset({Role.CITY_OFFICE})),
    "organisations": Right(GRID_PEOPLE | OVER_GRIDS | ALL_OVER, frozenset({Role.COMMUNITY}) | OVER_GRIDS),
    "leader_visits": Right(
        frozenset({Role.COMMUNITY, Role.LEADER}) | OVER_GRIDS, frozenset({Role.COMMUNITY}) | OVER_GRIDS
    ),
    "working_members": Right(
        frozenset({Role.COMMUNITY, Role.COMPOUND, Role.DEPARTMENT}) | OVER_GRIDS,
        frozenset({Role.COMMUNITY, Role.COMPOUND, Role.CITY_OFFICE}),
        frozenset({Role.COMMUNITY, Role.COMPOUND, Role.CITY_OFFICE}),
    ),
    "activities": Right(
        frozenset({Role.COMMUNITY, Role.COMPOUND, Role.DEPARTMENT}) | OVER_GRIDS,
        frozenset({Role.COMMUNITY, Role.COMPOUND, Role.CITY_OFFICE}),
    ),
    "grades": Right(
        frozenset({Role.COMMUNITY, Role.COMPOUND, Role.DEPARTMENT}) | OVER_GRIDS,
        frozenset({Role.COMMUNITY, Role.COMPOUND, Role.CITY_OFFICE}),
    ),
    "assessment": Right(
        frozenset({Role.COMMUNITY, Role.LEADER, Role.DEPARTMENT}) | OVER_GRIDS, frozenset({Role.CITY_OFFICE})
    ),
    "assessment_answers": Right(frozenset({Role.COMMUNITY}) | OVER_GRIDS, frozenset({Role.COMMUNITY})),
    "assessment_links": Right(frozenset({Role.COMMUNITY}) | OVER_GRIDS, frozenset({Role.COMMUNITY})),
    "allowances": Right(GRID_PEOPLE | OVER_GRIDS, frozenset({Role.COMMUNITY}) | OVER_GRIDS),
    "outside": Right(GRID_PEOPLE | OVER_GRIDS | ALL_OVER, GRID_PEOPLE | OVER_GRIDS),
    "report": Right(OVER_GRIDS | ALL_OVER | {Role.COMMUNITY}, frozenset()),
}  # fmt: skip
"""By the list's name. A department keeps nothing here but what is its own, which each action says itself."""


def may_read(person: Person, name: str) -> bool:
    """Has this list rows that the person may see?"""
    return person.role in RIGHTS[name].reads


def reads_unit(person: Person, name: str, code: str, structure: Structure) -> bool:
    """May this person read the rows of a list that belong to this unit?"""
    return may_read(person, name) and _reaches(person, code, structure)


def may_keep(person: Person, name: str, code: str, structure: Structure) -> bool:
    """May this person change the rows of a list that belong to this unit?"""
    return person.role in RIGHTS[name].keeps and _reaches(person, code, structure)


def may_hear(person: Person, name: str, code: str, structure: Structure) -> bool:
    """May this person read what people said beside the rows of this unit?"""
    return person.role in RIGHTS[name].hears and _reaches(person, code, structure)


def check_keeps(person: Person, name: str, code: str, structure: Structure) -> None:
    """Refuse whoever may not change the rows of a list that belong to this unit.

    Raises:
        Refused: with the unit, where the role may and the place is not theirs.
    """
    if person.role not in RIGHTS[name].keeps:
        raise Refused(NOT_THEIRS)
    if not _reaches(person, code, structure):
        raise Refused(said("{unit} is outside your area.", unit=structure.name(code)))


def _reaches(person: Person, code: str, structure: Structure) -> bool:
    if person.role in WHOLE_CITY or person.role is Role.DEPARTMENT:
        return True
    return is_in_area(person, code, structure)


NOT_THEIRS: Said = said("Your role does not keep this list.")
