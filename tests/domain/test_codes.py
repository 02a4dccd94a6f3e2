"""The code of a new grid: in the manner of the city, and never one that was used before."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.grids import Grid, Level
from domain.plans.codes import next_code
from domain.said import Refused


def grids(*codes: str, parent: int = 0, level: Level = Level.COMPOUND) -> list[Grid]:
    """Grids whose parent is so much of their code."""
    return [Grid(code, level, code, code[:parent] or None) for code in codes]


@pytest.mark.parametrize(
    ("codes", "parent_length", "parent", "taken", "expected"),
    [
        (("210681001001001", "210681001001002"), 12, "210681001001", (), "210681001001003"),
        (("210681001001001", "210681001002007"), 12, "210681001001", (), "210681001001002"),
        (("1C01", "1C02", "2A01"), 2, "1C", (), "1C03"),
        (("1A", "1B", "2A"), 1, "1", (), "1C"),
        (("1A", "1B", "2A"), 1, "3", (), "3A"),
        (("1-01", "1-02", "2-01"), 1, "1", (), "1-03"),
        (("1", "2", "3"), 0, "", (), "4"),
        (("1", "2", "12"), 0, "", (), "13"),
        (("1", "2", "12"), 0, "", ("13", "14"), "15"),
        (("G001", "G007"), 0, "X", (), "G008"),
        (("C", "D", "E"), 0, "S", (), "F"),
        (("101", "102"), 1, "1", ("103", "1031", "104"), "105"),
        (("101", "102"), 1, "1", ("999",), "103"),
        (("1A", "1B", "3/4G"), 1, "1", (), "1C"),
    ],
)
def test_the_next_code_follows_the_manner_of_the_level(
    codes: tuple[str, ...], parent_length: int, parent: str, taken: tuple[str, ...], expected: str
) -> None:
    assert next_code(parent, grids(*codes, parent=parent_length), frozenset(taken)) == expected


def test_a_code_that_is_not_built_on_its_parent_is_counted_over_the_whole_city() -> None:
    here = [Grid("A1", Level.COMPOUND, "", "west"), Grid("A2", Level.COMPOUND, "", "east")]
    assert next_code("west", here, frozenset()) == "A3"


@pytest.mark.parametrize(
    "codes", [("101", "1xy"), ("1é", "1ß"), ("1AA", "1B"), ("101", "1A"), ("107", "18", "1009")]
)
def test_where_codes_follow_no_rule_no_new_one_is_guessed(codes: tuple[str, ...]) -> None:
    with pytest.raises(Refused, match="follow no rule"):
        next_code("1", grids(*codes, parent=1), frozenset())


@pytest.mark.parametrize(
    ("codes", "parent"), [(("199", "201"), "1"), (("1Z", "2A"), "1"), (("1998", "2001"), "1")]
)
def test_overflow_is_an_error_and_not_a_longer_code(codes: tuple[str, ...], parent: str) -> None:
    with pytest.raises(Refused, match="used up; a code is never used twice"):
        next_code(parent, grids(*codes, parent=1), frozenset({"1999"}))


def test_a_code_that_was_ever_used_stays_used_also_when_nothing_is_left_under_its_parent() -> None:
    assert next_code("2", grids("101", parent=1), frozenset({"201", "202"})) == "203"


@given(st.sets(st.integers(1, 97)), st.sets(st.integers(1, 97)))
def test_a_new_code_is_never_one_that_was_used(here: set[int], gone: set[int]) -> None:
    level = grids("101", *(f"1{n:02}" for n in here), parent=1)
    taken = frozenset(f"1{n:02}" for n in gone)
    code = next_code("1", level, taken)
    assert code not in taken | {grid.code for grid in level}
    assert len(code) == 3 and code.startswith("1")
