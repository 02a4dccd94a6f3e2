"""The demo city's people: a head and an organisation on every grid, invented names, one account for each role."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from city.settings import HOME
from demo import people
from demo.boundaries import Boundaries, read_boundaries, table
from domain.grids import CITY, Level
from domain.people import NO_ACCOUNT, Role

FOLDER = HOME / "data" / "boundaries"
EASY = ("leader", "street", "office", "community", "compound", "member", "department", "planner", "admin")


@pytest.fixture(scope="module")
def boundaries() -> Boundaries:
    return read_boundaries(FOLDER)


@pytest.fixture(scope="module")
def heads(boundaries: Boundaries) -> list[people.DemoHead]:
    return people.heads(boundaries.structure, Random(1))


@pytest.fixture(scope="module")
def accounts(boundaries: Boundaries, heads: list[people.DemoHead]) -> list[people.DemoAccount]:
    departments = [row["code"] for row in table(FOLDER / "departments.csv")]
    busiest = boundaries.structure.at_level(Level.BUILDING)[7].code
    return people.accounts(boundaries.structure, boundaries.streets, departments, heads, busiest)


def test_all_505_grids_have_a_head_who_fits_the_level(
    boundaries: Boundaries, heads: list[people.DemoHead]
) -> None:
    level = {g.code: g.level for g in boundaries.grids}
    assert len(heads) == len({h.grid for h in heads}) == len(level) == 505
    assert all(h.title in people.TITLES[level[h.grid]] and h.duties for h in heads)
    assert {h.title for h in heads} == {title for titles in people.TITLES.values() for title in titles}


def test_every_name_says_that_it_is_invented(heads: list[people.DemoHead]) -> None:
    leaders = table(FOLDER / "leaders.csv")
    assert all("示" in name for name in [*(h.name for h in heads), *(row["name"] for row in leaders)])
    assert max(Counter(row["name"] for row in leaders).values()) == 1


def test_work_phones_come_from_a_range_that_is_given_to_nobody(heads: list[people.DemoHead]) -> None:
    assert all(h.work_phone.startswith("0415-000-") for h in heads)
    assert len({h.work_phone for h in heads}) == 505


def test_every_grid_has_its_party_organisation(boundaries: Boundaries) -> None:
    kinds = Counter(people.organisation(g)[-3:] for g in boundaries.grids)
    assert kinds == {"区党委": 18, "党支部": 105, "党小组": 382}


def test_32_leaders_hold_the_posts_of_one_city(boundaries: Boundaries) -> None:
    leaders = table(FOLDER / "leaders.csv")
    posts = Counter(row["title"] for row in leaders)
    single = ("市委书记", "市委副书记、市长", "市人大常委会主任", "市政协主席")
    assert len(leaders) == 32 and all(posts[post] == 1 for post in single)
    communities = {g.code for g in boundaries.grids if g.level is Level.COMMUNITY}
    assert {row["community"] for row in leaders} <= communities


def test_each_role_has_an_account_with_a_login_to_type(accounts: list[people.DemoAccount]) -> None:
    assert tuple(a.login for a in accounts[:9]) == EASY
    assert {a.role for a in accounts[:9]} == set(Role) - NO_ACCOUNT
    assert len({a.login for a in accounts}) == len(accounts)


def test_the_accounts_to_type_lie_one_within_the_other(
    boundaries: Boundaries, accounts: list[people.DemoAccount]
) -> None:
    area = {a.login: a.area for a in accounts[:9]}
    chain = boundaries.structure.chain(area["member"])
    assert chain == (area["member"], area["compound"], area["community"], area["street"], CITY)


def test_what_the_city_office_does_is_not_signed_by_a_leader_or_administrator(
    accounts: list[people.DemoAccount],
) -> None:
    working = people.working_accounts(accounts)
    assert accounts[working[CITY] - 1].login == "office"
    assert accounts[working["chengguan"] - 1].role is Role.DEPARTMENT
