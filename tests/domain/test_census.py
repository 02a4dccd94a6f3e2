"""Changed households row by row: whole numbers of units that are there, each told once, and what cannot be used is told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.grids import Grid, Level
from domain.place import LngLat
from domain.plans.census import Census, CensusFields, census_of, recounted
from domain.plans.drafts import Draft
from domain.plans.units import Unit, Units

FIELDS = CensusFields()
UNITS = Units(
    {
        code: Unit(code, "residential", None, None, n, 1.0, 4.0, LngLat(124.1, 39.8))
        for n, code in enumerate(("0000", "0001", "21068100100700601"))
    },
    {}, (), "ground",
)  # fmt: skip


def taken(*rows: tuple[str, str]) -> Census:
    return census_of(UNITS, rows, FIELDS)


def test_what_changed_is_told_with_both_numbers_and_the_rest_stays() -> None:
    done = taken(("0001", "7"), ("0000", "0"), ("21068100100700601", "12.0"))
    assert done.changed == {"0001": (1, 7), "21068100100700601": (2, 12)}
    assert (done.unchanged, done.refused, done.known, done.is_usable) == (1, (), 3, True)


BAD = {
    "a unit that nobody knows": (("nowhere", "7"), "unit", "there is no unit nowhere"),
    "no unit": (("", "7"), "unit", "is empty"),
    "zeros that a spreadsheet ate": (("1", "7"), "unit", "there is no unit 1; a spreadsheet may have eaten its leading zeros, keep codes as text"),
    "a code that became a number": (("2.10681E+16", "7"), "unit", "2.10681E+16 is a code that a spreadsheet took for a number, its last digits are lost; format the column as text and paste the codes again"),
    "a unit twice": (("0000", "7"), "unit", "unit 0000 has a row already, row 1"),
    "nothing counted": (("0001", " "), "households", "is empty"),
    "fewer than none": (("0001", "-3"), "households", "-3 is no number of households"),
    "a part of a household": (("0001", "2.5"), "households", "2.5 is no number of households"),
    "a word": (("0001", "many"), "households", "many is no number of households"),
    "other digits": (("0001", "١٢"), "households", "١٢ is no number of households"),
    "more than a million": (("0001", "1000001"), "households", "1000001 is no number of households"),
    "no end": (("0001", "9" * 99), "households", f"{'9' * 40} is no number of households"),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_a_row_is_refused_with_its_number_and_field(what: str) -> None:
    row, field, why = BAD[what]
    done = taken(("0000", "5"), row)
    assert [(one.row, one.field, str(one.why)) for one in done.refused] == [(2, field, why)]
    assert not done.is_usable


def test_a_table_of_another_city_names_none_of_the_units() -> None:
    assert taken(("a", "1"), ("b", "2")).known == 0


@given(st.lists(st.tuples(st.text(max_size=5), st.text(max_size=5)), max_size=5))
def test_whatever_rows_hold_each_is_taken_or_refused_once(rows: list[tuple[str, str]]) -> None:
    done = taken(*rows)
    assert len(done.changed) + done.unchanged + len(done.refused) == len(rows)


# --- what grids count then --------------------------------------------------------------------------------------------

ABOVE, LEFT, RIGHT = (
    Grid("1", Level.COMMUNITY, "1", None), Grid("11", Level.COMPOUND, "11", "1"), Grid("12", Level.COMPOUND, "12", "1"),
)  # fmt: skip
PLAN = Draft(
    {grid.code: grid for grid in (ABOVE, LEFT, RIGHT)},
    {"0000": "11", "0001": "11", "21068100100700601": "12"},
)
"""The units have 0, 1 and 2 households."""


@pytest.mark.parametrize(
    ("former", "told", "expected"),
    [
        ({"1": 3, "11": 1, "12": 2}, {"0001": 7}, {"1": 9, "11": 7}),
        ({"1": 50, "11": 1, "12": 2}, {"0001": 7}, {"1": 56, "11": 7}),
        ({"1": 0, "11": 1, "12": 2}, {"0001": 0}, {"1": 0, "11": 0}),
        ({"1": None, "11": None, "12": None}, {"0001": 7}, {}),
        ({"1": None, "11": None, "12": None}, {"0001": 7, "0000": 0}, {"11": 7}),
        ({"1": None, "11": None, "12": 2}, {"0001": 7, "0000": 0}, {"1": 9, "11": 7}),
        ({"1": None, "11": 1, "12": None}, {"0001": 7}, {"11": 7}),
        ({"1": 50, "11": 9, "12": 9}, {"0001": 7, "0000": 1, "21068100100700601": 4}, {"1": 12, "11": 8, "12": 4}),
    ],
)  # fmt: skip
def test_grids_change_by_what_changed_and_have_numbers_only_where_all_is_known(
    former: dict[str, int | None], told: dict[str, int], expected: dict[str, int]
) -> None:
    assert recounted(UNITS, PLAN, former, told) == expected
