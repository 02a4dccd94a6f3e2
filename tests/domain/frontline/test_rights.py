"""Whose the lists of the grids' work are: told a second time as plain rows, and tried in every unit of a small city."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from domain.frontline.rights import RIGHTS, check_keeps, may_hear, may_keep, may_read, reads_unit
from domain.grids import CITY
from domain.people import Role
from domain.said import Refused
from tests.domain.test_rights import TOWN, UNITS, WHO

GRID = "community compound member"
LISTS: Mapping[str, tuple[str, str, str]] = {
    "building_groups": (f"{GRID} street city_office leader planner", "community compound city_office", GRID),
    "councils": (f"{GRID} street city_office leader planner", "community compound city_office", ""),
    "fund": ("community compound leader street city_office", "community compound city_office", ""),
    "visits": (f"{GRID} street city_office leader planner", GRID, ""),
    "needs": (f"{GRID} street city_office leader planner department", f"{GRID} street city_office", GRID),
    "resources": (f"{GRID} street city_office leader planner department", f"{GRID} street city_office", ""),
    "services": (f"{GRID} street city_office leader planner department", f"{GRID} street city_office", ""),
    "orders": (f"{GRID} street city_office", GRID, GRID),
    "bodies": (f"{GRID} street city_office leader planner department", "community street city_office", ""),
    "body_units": (f"{GRID} street city_office leader planner department", "community street city_office", ""),
    "deeds": (f"{GRID} street city_office leader planner department", "community street city_office", ""),
    "branch_links": (f"{GRID} street city_office leader planner department", "city_office", ""),
    "departments": (f"{GRID} street city_office leader planner department", "city_office", ""),
    "department_links": (f"{GRID} street city_office leader planner department", "city_office", ""),
    "leaders": ("community leader street city_office", "city_office", ""),
    "organisations": (f"{GRID} street city_office leader planner", "community street city_office", ""),
    "leader_visits": ("community leader street city_office", "community street city_office", ""),
    "working_members": (
        "community compound department street city_office", "community compound city_office", "community compound city_office",
    ),
    "activities": ("community compound department street city_office", "community compound city_office", ""),
    "grades": ("community compound department street city_office", "community compound city_office", ""),
    "assessment": ("community leader department street city_office", "city_office", ""),
    "assessment_answers": ("community street city_office", "community", ""),
    "assessment_links": ("community street city_office", "community", ""),
    "allowances": (f"{GRID} street city_office", "community street city_office", ""),
    "outside": (f"{GRID} street city_office leader planner", f"{GRID} street city_office", ""),
    "report": ("street city_office leader planner community", "", ""),
}  # fmt: skip
"""Who reads each list, who keeps it, and who hears what people said beside its rows."""

AREAS: Mapping[Role, str] = {
    Role.STREET: "C11 C12 C21 D11 C1 C2 D1 C D S",
    Role.COMMUNITY: "C11 C12 C21 C1 C2 C",
    Role.COMPOUND: "C11 C12 C1",
    Role.MEMBER: "C11",
}
"""What lies in the area of those who have one; all others see the whole city, where they see anything."""


def test_every_list_has_its_row() -> None:
    assert LISTS.keys() == RIGHTS.keys()


@pytest.mark.parametrize("name", list(LISTS))
def test_a_list_is_read_and_kept_by_those_whose_it_is_in_their_own_area(name: str) -> None:
    readers, keepers, hearers = (set(roles.split()) for roles in LISTS[name])
    for role, person in WHO.items():
        area = set(AREAS.get(role, " ".join(UNITS)).split())
        assert may_read(person, name) is (role.value in readers)
        for may, roles in ((reads_unit, readers), (may_keep, keepers), (may_hear, hearers)):
            found = {unit for unit in UNITS if may(person, name, unit, TOWN)}
            assert found == (area if role.value in roles else set()), (may.__name__, role)


@pytest.mark.parametrize("role", [Role.RESIDENT, Role.CLOCK, Role.WALL, Role.ADMINISTRATOR])
def test_who_comes_without_an_account_and_who_keeps_accounts_reads_none_of_them(role: Role) -> None:
    assert not any(may_read(WHO[role], name) for name in RIGHTS)


def test_whoever_may_not_is_told_whether_it_is_the_role_or_the_place() -> None:
    with pytest.raises(Refused, match="role"):
        check_keeps(WHO[Role.LEADER], "visits", "C11", TOWN)
    with pytest.raises(Refused, match="C12 is outside"):
        check_keeps(WHO[Role.MEMBER], "visits", "C12", TOWN)
    check_keeps(WHO[Role.CITY_OFFICE], "outside", CITY, TOWN)
