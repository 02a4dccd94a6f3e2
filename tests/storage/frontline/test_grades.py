"""A year's grades, once settled, stay – on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.actions.grades import settle_year
from domain.frontline import records
from domain.frontline.grades import Grade, GradeRule, YearGrade, YearOf, settled_at
from domain.frontline.working_members import WorkingMember
from domain.said import Refused
from storage.database import Database
from storage.frontline.records import those
from storage.store import TicketStore
from tests.domain.build import COMMUNITY, COMPOUND, MEMBER, MONDAY, NEIGHBOUR, OFFICE, RULES, STREET

RULE = GradeRule()
SOME, MORE = YearOf(2, 4.0, 0, 0), YearOf(5, 9.0, 1, 1)


@pytest.fixture
def store(database: Database) -> TicketStore:
    """A store with two members, of two branches."""
    store = TicketStore(database)
    with store.work() as work:
        for branch in ("C1", "D1"):
            records.add(
                work, WorkingMember(department="water", branch=branch), "listed", by=OFFICE, now=MONDAY
            )
    return store


def kept(store: TicketStore) -> list[YearGrade]:
    with store.database.read() as connection:
        return those(connection, YearGrade)


def test_what_was_settled_stays_whatever_the_books_or_the_formula_become(store: TicketStore) -> None:
    (first,) = settle_year(store, RULES, 2025, {1: SOME}, RULE, by=COMPOUND, now=MONDAY)
    assert (first.points, first.grade, first.grid, first.did) == (60.0, Grade.GOOD, "C1", SOME)
    kinder = replace(RULE, activity=50)
    assert settle_year(store, RULES, 2025, {1: MORE}, kinder, by=COMMUNITY, now=MONDAY) == []
    (other,) = settle_year(store, RULES, 2024, {1: MORE}, kinder, by=COMMUNITY, now=MONDAY)
    assert kept(store) == [first, other] and other.formula[0] == 50


@pytest.mark.parametrize(
    ("year", "did", "by", "words"),
    [
        (2026, {1: SOME}, OFFICE, "from December on"), (2027, {1: SOME}, OFFICE, "from December on"),
        (2025, {1: SOME, 2: SOME}, COMMUNITY, "outside your area"), (2025, {1: SOME}, NEIGHBOUR, "outside your area"),
        (2025, {1: SOME}, MEMBER, "role"), (2025, {1: SOME}, STREET, "role"), (2025, {9: SOME}, OFFICE, "no such row"),
    ],
)  # fmt: skip
def test_a_year_that_is_not_over_or_not_ones_own_is_settled_for_nobody(
    store: TicketStore, year: int, did: dict[int, YearOf], by: object, words: str
) -> None:
    with pytest.raises(Refused, match=words):
        settle_year(store, RULES, year, did, RULE, by=by, now=MONDAY)  # type: ignore[arg-type]
    assert kept(store) == []


def test_the_running_year_is_settled_in_its_december(store: TicketStore) -> None:
    december = datetime(2026, 12, 1, 1, tzinfo=UTC)
    assert len(settle_year(store, RULES, 2026, {1: SOME, 2: MORE}, RULE, by=OFFICE, now=december)) == 2


def test_two_who_settle_at_once_settle_each_member_once(store: TicketStore) -> None:
    def settle(_: int) -> int:
        return len(settle_year(store, RULES, 2025, {1: SOME, 2: SOME}, RULE, by=OFFICE, now=MONDAY))

    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(settle, range(4))) == [0, 0, 0, 2]
    assert len(kept(store)) == 2


@given(
    did=st.builds(YearOf, st.integers(0, 60), st.floats(0, 400), st.integers(0, 50), st.integers(0, 20)),
    rule=st.builds(GradeRule, *(st.floats(0, 50) for _ in range(4))),
)
def test_anybody_can_work_a_settled_grade_out_again(did: YearOf, rule: GradeRule) -> None:
    row = settled_at(WorkingMember(id=1, department="water", branch="C1"), 2025, did, rule)
    again = GradeRule(*row.formula)
    assert (again.points(row.did), again.grade(row.did)) == (row.points, row.grade)
