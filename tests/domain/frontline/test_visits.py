"""Visits: what can be written down, which are one, where to go next, what a period covered."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.duplicates import metres
from domain.frontline.visits import (
    LOGGED_WITHIN,
    SAME_WITHIN,
    Coverage,
    Follows,
    Learned,
    Stop,
    Visit,
    coverage,
    days_since,
    is_sent_twice,
    refusal_of,
    suggested_round,
)
from domain.place import LngLat
from tests.domain.build import MONDAY

VISIT = Visit(grid="C11", unit="B1", at=MONDAY, visitor=1)


def test_a_visit_of_just_now_can_be_written_down() -> None:
    assert refusal_of(VISIT, MONDAY) is None
    assert refusal_of(VISIT, MONDAY + LOGGED_WITHIN) is None


@pytest.mark.parametrize(
    ("visit", "words"),
    [
        (replace(VISIT, at=MONDAY + timedelta(seconds=1)), "past"),
        (replace(VISIT, at=MONDAY - LOGGED_WITHIN - timedelta(seconds=1)), "within 7 days"),
        (replace(VISIT, follows=Follows.SOLVED), "what was learned"),
    ],
)
def test_a_visit_to_come_or_long_gone_or_without_a_reason_is_refused(visit: Visit, words: str) -> None:
    assert words in str(refusal_of(visit, MONDAY))


def test_the_same_visit_sent_twice_is_one() -> None:
    again = replace(VISIT, at=MONDAY + SAME_WITHIN - timedelta(seconds=1))
    kept = replace(VISIT, id=5)
    assert is_sent_twice(again, [kept]) is kept
    assert is_sent_twice(replace(again, unit="B2"), [kept]) is None
    assert is_sent_twice(replace(again, visitor=2), [kept]) is None
    assert is_sent_twice(replace(again, learned=Learned.SAFETY), [kept]) is None
    assert is_sent_twice(replace(again, at=MONDAY + SAME_WITHIN), [kept]) is None
    assert is_sent_twice(again, [replace(kept, withdrawn=True)]) is None


# --- the round --------------------------------------------------------------------------------------------------

places = st.builds(LngLat, st.floats(124.1, 124.2), st.floats(39.8, 39.9))
moments = st.none() | st.integers(0, 400).map(lambda days: MONDAY - timedelta(days=days))


@st.composite
def stops(draw: st.DrawFn) -> list[Stop]:
    return [Stop(f"B{n}", draw(places), draw(moments)) for n in range(draw(st.integers(0, 20)))]


@given(stops(), st.none() | places, st.integers(1, 10))
def test_a_round_takes_those_that_wait_longest_each_once(
    known: list[Stop], start: LngLat | None, most: int
) -> None:  # fmt: skip
    found = suggested_round(known, start, most)
    assert len(found) == len(set(found)) == min(most, len(known))
    left_out = [stop for stop in known if stop not in found]
    for there in found:
        for other in left_out:
            assert there.last is None or (other.last is not None and there.last <= other.last)


@given(stops(), places)
def test_each_step_of_a_round_goes_to_the_nearest_that_is_left(known: list[Stop], start: LngLat) -> None:
    found = suggested_round(known, start, 8)
    here = start
    for n, stop in enumerate(found):
        assert all(metres(here, stop.point) <= metres(here, later.point) for later in found[n:])
        here = stop.point


@given(stops())
def test_the_same_buildings_make_the_same_round_in_whatever_order_they_come(known: list[Stop]) -> None:
    assert suggested_round(known) == suggested_round(list(reversed(known)))


def test_a_kilometre_north_or_east_is_a_kilometre() -> None:
    here = LngLat(124.15, 39.87)
    assert metres(here, LngLat(124.15, 39.87 + 1 / 111.32)) == pytest.approx(1000, rel=0.005)
    assert metres(here, LngLat(124.15 + 1 / 85.43, 39.87)) == pytest.approx(1000, rel=0.01)


# --- how long ago, how much --------------------------------------------------------------------------------------


def test_days_since_a_visit_are_whole_and_never_less_than_none() -> None:
    assert days_since(None, MONDAY) is None
    assert days_since(MONDAY, MONDAY + timedelta(hours=47)) == 1
    assert days_since(MONDAY + timedelta(minutes=1), MONDAY) == 0


def test_coverage_counts_buildings_once_and_visits_as_often_as_they_were() -> None:
    visits = [
        VISIT, replace(VISIT, id=2), replace(VISIT, unit="B2", withdrawn=True), replace(VISIT, unit="elsewhere"),
    ]  # fmt: skip
    assert coverage(["B1", "B2", "B3", "B4"], visits) == Coverage(4, 1, 2)
    assert Coverage(4, 1, 2).percent == 25
    assert coverage([], visits).percent is None
