"""Bodies and links: a year's deeds, communities linked to too few or too many, and leaders' quarters."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.frontline.bodies import (
    BranchLink,
    Deed,
    Duty,
    Function,
    LeaderVisit,
    Quarter,
    Unit,
    Yearly,
    crowded,
    duties,
    link_findings,
    yearly,
)

days = st.dates(date(2019, 1, 1), date(2031, 12, 31))


def test_a_year_counts_what_was_done_and_what_it_was_worth() -> None:
    def deed(number: int, fen: int, done: date | None, year: int = 2026) -> Deed:
        return Deed(id=number, community="C", function=Function.PARTY, year=year, title="–", fen=fen, done_on=done)  # fmt: skip

    deeds = [deed(1, 500, date(2026, 3, 1)), deed(2, 700, None), deed(3, 900, date(2025, 3, 1), 2025)]
    assert yearly(deeds, 2026) == Yearly(2, 1, 500)


@pytest.mark.parametrize(("n", "words"), [(2, "fewer than 3"), (3, None), (5, None), (6, "more than 5")])
def test_a_community_is_linked_to_three_to_five(n: int, words: str | None) -> None:
    found = link_findings({"C": frozenset(f"d{k}" for k in range(n))}, ["C"], [])
    assert (str(found[0].words) if found else None) == (
        None if words is None else f"Linked to {n} departments, {words}."
    )


def test_a_department_that_no_community_is_linked_to_is_a_finding() -> None:
    found = link_findings({"C": frozenset({"a", "b", "c"})}, ["C"], ["a", "z"])
    assert [each.code for each in found] == ["z"]


def test_a_branch_is_crowded_where_more_are_linked_than_an_even_share() -> None:
    links = [BranchLink(department=f"d{n}", grid=grid) for n, grid in enumerate(("C1", "C1", "C1", "C2"))]
    assert crowded(links, ["C1", "C2"]) == ("C1",)
    assert crowded([*links[1:], BranchLink(department="d0", grid="C1", gone=True)], ["C1", "C2"]) == ()
    assert crowded(links, []) == ()


def test_a_unit_belongs_to_a_body_until_the_day_it_leaves() -> None:
    day = date(2026, 11, 26)
    assert Unit(community="C", name="–").belongs(day)
    assert not Unit(community="C", name="–", until=day).belongs(day)


@given(days)
def test_every_day_lies_in_its_quarter_alone(day: date) -> None:
    quarter = Quarter.of(day)
    assert quarter.first <= day <= quarter.last
    assert Quarter.of(quarter.last + timedelta(days=1)) == quarter.next > quarter


@given(st.lists(st.tuples(days, st.booleans()), max_size=12), days, days)
def test_each_quarter_up_to_today_is_done_due_or_missed(
    seen: list[tuple[date, bool]], a: date, b: date
) -> None:
    first, today = Quarter.of(min(a, b)), max(a, b)
    visits = [LeaderVisit(leader=1, community="C", day=day, at_meeting=at) for day, at in seen]
    found = duties(visits, first, today)
    assert list(found) == sorted(found) and list(found)[-1] == Quarter.of(today)
    for quarter, duty in found.items():
        was_there = any(quarter.first <= day <= quarter.last and not at for day, at in seen)
        assert (duty is Duty.DONE) == was_there
        if not was_there:
            assert duty is (Duty.DUE if quarter == Quarter.of(today) else Duty.MISSED)
