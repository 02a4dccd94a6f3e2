"""A plan as rows, one for each unit: what goes out comes in again, and what cannot be used is told by row and field."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.grids import Grid, Level
from domain.place import LngLat
from domain.plans.assigning import (
    Assigned,
    Basis,
    RefusedRow,
    assigned,
    code_field,
    fields_of,
    header_of,
    read_rows,
    rows_of,
)
from domain.plans.drafts import Draft
from domain.plans.units import Unit, Units

COMMUNITY, COMPOUND, BUILDING = Level.COMMUNITY, Level.COMPOUND, Level.BUILDING


def units_named(*codes: str) -> Units:
    made = {code: Unit(code, "residential", None, None, 1, 1.0, 4.0, LngLat(124.1, 39.8)) for code in codes}
    return Units(made, {code: {} for code in made}, (), "ground")


def grid(code: str, level: Level, parent: str | None, name: str = "") -> Grid:
    return Grid(code, level, name or f"Grid {code}", parent)


UNITS = units_named("0001", "0002", "0003", "21068100100700601")
BASE = Draft(
    {
        g.code: g
        for g in (
            grid("01", COMMUNITY, "S"), grid("01A", COMPOUND, "01"), grid("01B", COMPOUND, "01"),
            grid("01A1", BUILDING, "01A"), grid("01A2", BUILDING, "01A"), grid("01B1", BUILDING, "01B"),
        )
    },
    {"0001": "01A1", "0002": "01A2", "0003": "01B1", "21068100100700601": "01B1"},
)  # fmt: skip
BASIS = Basis(UNITS, BASE, streets=("S",))
GOOD = [["0001", "01A1"], ["0002", "01A2"], ["0003", "01B1"], ["21068100100700601", "01B1"]]


def take(rows: list[list[str]], header: str = "unit level3", basis: Basis = BASIS) -> Assigned:
    return assigned(basis, read_rows(header.split(), rows, basis.levels), fields_of(basis.levels))


def refusal(done: Assigned) -> tuple[int | None, str, str]:
    (one,) = done.refused
    return one.row, one.field, str(one.why)


def test_units_and_codes_alone_are_enough_for_grids_that_are_known() -> None:
    assert take(GOOD).draft == BASE


def test_a_plan_that_goes_out_comes_in_again() -> None:
    done = take(rows_of(BASE), " ".join(header_of(BASE)))
    assert done.draft and done.draft.hash == BASE.hash


CODES = st.text("0123456789ABC", min_size=1, max_size=4)


@st.composite
def cities(draw: st.DrawFn) -> tuple[Units, Draft]:
    """Some units in some grids of two or three levels, with or without a street above, with any names."""
    levels = draw(st.sampled_from([(1, 2), (1, 2, 3), (2, 3), (3,)]))
    names = st.text(
        st.characters(exclude_categories=["Cc", "Cf", "Cs", "Zl", "Zp", "Zs"]), min_size=1, max_size=9
    )
    street = draw(st.sampled_from(["S", None]))
    grids: dict[str, Grid] = {}
    above: list[str | None] = [street]
    for level in levels:
        codes = draw(st.lists(CODES, min_size=1, max_size=4, unique=True))
        here = [f"{level}-{code}" for code in codes]
        for code in here:
            grids[code] = Grid(code, Level(level), draw(names), draw(st.sampled_from(above)))
        above = list(here)
    leaves = [code for code in above if code]
    home = draw(st.dictionaries(CODES.map("u{}".format), st.sampled_from(leaves), min_size=1, max_size=9))
    draft = Draft(grids, home)
    kept = {code for grid in home.values() for code in draft.chain(grid)}
    return units_named(*home), Draft({code: grids[code] for code in kept}, home)


@given(cities())
def test_any_plan_that_goes_out_comes_in_again(city: tuple[Units, Draft]) -> None:
    units, draft = city
    done = take(rows_of(draft), " ".join(header_of(draft)), Basis(units, draft, ("S",)))
    assert done.draft and done.draft.hash == draft.hash


@given(cities())
def test_it_also_comes_into_a_city_that_knows_none_of_its_grids(city: tuple[Units, Draft]) -> None:
    units, draft = city
    levels = sorted({g.level for g in draft.grids.values()})
    other = {code_field(level): Grid(f"other-{level}", level, "Other", None) for level in levels}
    streets = ("S",) if any(g.parent == "S" for g in draft.grids.values()) else ()
    if streets and any(g.level is levels[0] and not g.parent for g in draft.grids.values()):
        return
    basis = Basis(units, Draft({g.code: g for g in other.values()}, {}), streets)
    done = take(rows_of(draft), " ".join(header_of(draft)), basis)
    assert done.draft and replace_marks(done.draft).hash == draft.hash


def replace_marks(draft: Draft) -> Draft:
    return replace(draft, marks={})


# --- new grids ----------------------------------------------------------------------------------------------------


def test_a_new_grid_needs_a_parent_and_keeps_where_its_ground_came_from() -> None:
    rows = [["0001", "01A1", "", ""], ["0002", "01A3", "01A", "New"], *([*row, "", ""] for row in GOOD[2:])]
    done = take(rows, "unit level3 level2 name")
    assert done.draft
    assert done.draft.grids["01A3"] == Grid("01A3", BUILDING, "New", "01A")
    assert "01A2" not in done.draft.grids, "a grid without a unit is gone"
    assert done.draft.marks == {"lineage": {"01A3": ["01A2"]}}
    assert done.draft.grids["01A1"].name == "Grid 01A1", "an empty name says nothing"


def test_a_code_with_an_e_in_it_is_a_code() -> None:
    done = take([["0001", "1E04", "01A"], *([*row, ""] for row in GOOD[1:])], "unit level3 level2")
    assert done.draft and done.draft.home["0001"] == "1E04"


def test_a_whole_branch_may_be_new() -> None:
    rows = [["0001", "02A1", "02A", "02", "S"], *([*row, "", "", ""] for row in GOOD[1:])]
    done = take(rows, "unit level3 level2 level1 street")
    assert done.draft and done.draft.chain("02A1") == ("02A1", "02A", "02")
    assert done.draft.grids["02"].parent == "S"
    assert done.draft.mark("lineage") == {"02": ["01"], "02A": ["01A"], "02A1": ["01A1"]}


def test_compounds_that_the_base_splits_on_purpose_may_stay_split() -> None:
    base = replace(BASE, marks={"split": {"P1": "a road"}, "locks": {"*": True}})
    done = take(GOOD, basis=Basis(UNITS, base, ("S",)))
    assert done.draft and done.draft.marks == {"split": {"P1": "a road"}}


# --- rows that cannot be used -----------------------------------------------------------------------------------------

BAD = {
    "a unit that nobody knows": (["nowhere", "01A1"], "unit", "there is no unit nowhere"),
    "no unit": (["", "01A1"], "unit", "is empty"),
    "a unit twice": (["0001", "01A2"], "unit", "unit 0001 has a row already, row 1"),
    "zeros that a spreadsheet ate": (["1", "01A1"], "unit", "there is no unit 1; a spreadsheet may have eaten its leading zeros, keep codes as text"),
    "no grid": (["0002", ""], "level3", "is empty"),
    "spaces alone": (["0002", " "], "level3", "is empty"),
    "a grid that nobody knows": (["0002", "01A9"], "level2", "there is no grid 01A9, and no field tells what a new one would lie under"),
    "a grid of another level": (["0002", "01A"], "level3", "01A is the code of a grid of level 2"),
    "a code without an end": (["0002", "9" * 65], "level3", "has more than 64 characters"),
    "a code that became a number": (["0002", "2.10681E+16"], "level3", "2.10681E+16 is a code that a spreadsheet took for a number, its last digits are lost; format the column as text and paste the codes again"),
    "a unit that became a number": (["2.10681E+16", "01A1"], "unit", "2.10681E+16 is a code that a spreadsheet took for a number, its last digits are lost; format the column as text and paste the codes again"),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD)
def test_a_row_is_refused_with_its_number_and_field(what: str) -> None:
    row, field, why = BAD[what]
    rows = [GOOD[0], row, *GOOD[1:]]
    if row[0] == "0002":
        rows.remove(GOOD[1])
    done = take(rows)
    assert refusal(done) == (2, field, why)
    assert done.draft is None


BAD_PARENTS = {
    "another parent than before": (["0001", "01A1", "01B", "", ""], "level2", "grid 01A1 lies under 01A; a code never moves to another parent, the grid needs a new one"),
    "a parent that nobody knows": (["0001", "0X1", "0X", "", ""], "level1", "there is no grid 0X, and no field tells what a new one would lie under"),
    "a street that nobody knows": (["0001", "0X1", "0X", "0", "T"], "street", "there is no street T"),
    "a new community without a street": (["0001", "0X1", "0X", "0", ""], "street", "there is no grid 0, and no field tells what a new one would lie under"),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD_PARENTS)
def test_a_parent_must_be_known_and_stay(what: str) -> None:
    row, field, why = BAD_PARENTS[what]
    done = take([row, *([*known, "", "", ""] for known in GOOD[1:])], "unit level3 level2 level1 street")
    assert refusal(done) == (1, field, why)


EATEN = "{} has lost its leading zeros to a spreadsheet, {} is meant: format the column as text and paste the codes again"

BAD_ZEROS = {
    "of the smallest grid": (["0001", "1A1", "1A", "1", "7"], "level3", EATEN.format("1A1", "01A1")),
    "of the grid above": (["0001", "01A1", "1A", "01", "07"], "level2", EATEN.format("1A", "01A")),
    "of what a new grid lies under": (["0001", "01A9", "1A", "", ""], "level2", EATEN.format("1A", "01A")),
    "of the largest grid": (["0001", "01A9", "01C", "1", ""], "level1", EATEN.format("1", "01")),
    "of a grid of another plan": (["0001", "3X1", "", "", ""], "level3", EATEN.format("3X1", "03X1")),
    "of a code that a grid of another level has": (["0001", "1X", "", "", ""], "level3", EATEN.format("1X", "01X")),
    "of the street": (["0001", "01A1", "01A", "01", "7"], "street", EATEN.format("7", "07")),
    "of the street of a new grid": (["0001", "09A1", "09A", "09", "7"], "street", EATEN.format("7", "07")),
}  # fmt: skip


@pytest.mark.parametrize(
    ("what", "street"),
    [(what, "07") for what in BAD_ZEROS] + [(w, None) for w, bad in BAD_ZEROS.items() if bad[1] != "street"],
)
def test_zeros_that_a_spreadsheet_ate_from_codes_of_grids_are_recognised(
    what: str, street: str | None
) -> None:
    row, field, why = BAD_ZEROS[what]
    base = replace(BASE, grids=BASE.grids | {"01": grid("01", COMMUNITY, street)})
    elsewhere = {g.code: g for g in (
        grid("03X1", BUILDING, "03X"), grid("01X", BUILDING, "01A"), grid("1X", COMPOUND, "01"),
    )}  # fmt: skip
    basis = Basis(UNITS, base, (street,) if street else (), elsewhere)
    rows = [row, *([*known, "", "", ""] for known in GOOD[1:])]
    done = take(rows, "unit level3 level2 level1 street", basis)
    assert refusal(done) == (1, field, why)
    assert done.draft is None


def test_a_code_that_is_known_as_it_stands_has_lost_nothing() -> None:
    basis = replace(BASIS, elsewhere={"1A1": grid("1A1", BUILDING, "01A")})
    done = take([["0001", "1A1", "01A"], *([*known, ""] for known in GOOD[1:])], "unit level3 level2", basis)
    assert done.draft and done.draft.home["0001"] == "1A1"


def test_a_parent_that_is_known_as_it_stands_is_another_parent() -> None:
    basis = replace(BASIS, elsewhere={"1B": grid("1B", COMPOUND, "01")})
    done = take([["0001", "01A1", "1B"], *([*known, ""] for known in GOOD[1:])], "unit level3 level2", basis)
    assert refusal(done)[2].startswith("grid 01A1 lies under 01A;")


def test_a_file_that_lost_the_zeros_of_every_unit_is_not_of_another_city() -> None:
    assert take([["1", "01A1"], ["2", "01A2"]]).known == 2


def test_a_grid_is_the_same_in_every_row() -> None:
    rows = [["0003", "01C1", "01A", "One"], ["21068100100700601", "01C1", "01B", "One"]]
    rest = [[*row, "", ""] for row in GOOD[:2]]
    assert refusal(take([*rows, *rest], "unit level3 level2 name")) == (
        2, "level2", "grid 01C1 lies under 01A in a row above",
    )  # fmt: skip
    rows[1][2:] = ["01A", "Two"]
    assert refusal(take([*rows, *rest], "unit level3 level2 name")) == (
        2, "name", "grid 01C1 is called One in a row above",
    )  # fmt: skip


def test_a_code_of_another_plan_keeps_its_parent_too() -> None:
    basis = replace(BASIS, elsewhere={"01A3": grid("01A3", BUILDING, "01A")})
    rows = [["0001", "01A3", "01B"], *([*row, ""] for row in GOOD[1:])]
    row, field, why = refusal(take(rows, "unit level3 level2", basis))
    assert (row, field) == (1, "level2") and why.startswith("grid 01A3 lies under 01A;")


def test_units_without_a_row_are_named_and_nothing_is_made() -> None:
    done = take(GOOD[:2])
    assert done.missing == ("0003", "21068100100700601")
    assert (done.refused, done.draft, done.known) == ((), None, 2)


def test_a_unit_of_a_refused_row_is_not_missing_as_well() -> None:
    done = take([["0001", ""], *GOOD[1:]])
    assert done.missing == () and len(done.refused) == 1


def test_a_file_of_another_city_names_none_of_the_units() -> None:
    assert take([["a", "01A1"], ["b", "01A1"]]).known == 0


@given(st.lists(st.lists(st.text(max_size=5), min_size=2, max_size=2), max_size=5))
def test_whatever_rows_hold_each_is_taken_or_refused_once(rows: list[list[str]]) -> None:
    done = take(rows)
    assert done.draft is None
    assert [one.row for one in done.refused] == sorted({one.row or 0 for one in done.refused})
    assert all(isinstance(one, RefusedRow) for one in done.refused)
