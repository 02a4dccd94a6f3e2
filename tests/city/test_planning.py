"""What a planner means by a click, a lasso or a line, at every level – and what a drawing is foretold to do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from city import planning
from city.drafts import OpenDraft
from city.opened import City
from city.planning import Picks
from city.settings import Settings
from domain.findings import Severity
from domain.grids import Level
from domain.place import LngLat
from domain.plans.bands import BANDS
from domain.plans.commands import Lock, Merge, MoveBorder, MoveUnits, Rename, Split
from domain.plans.drafts import Draft
from domain.plans.life import Plan, PlanState
from domain.said import Refused
from storage.migrate import migrate
from tests.conftest import sqlite_url
from tests.squares import CORNER, STEP
from tests.town import SIDE, TOWN, made, town_draft

LEVELS = (Level.COMMUNITY, Level.COMPOUND, Level.BUILDING)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """A city of which nothing is kept but the codes that it ever had: none."""
    file: Path = tmp_path_factory.mktemp("planning") / "city.db"
    made_one = City(Settings(database_url=sqlite_url(file)))
    migrate(made_one.database)
    yield made_one
    made_one.database.close()


def opened(draft: Draft | None = None) -> OpenDraft:
    """The town, drawn."""
    at = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
    plan = Plan(1, "drawn", PlanState.DRAFT, 1, at, units_hash=TOWN.units.hash)
    return OpenDraft(plan, TOWN, draft or town_draft())


def place(x: float, y: float) -> LngLat:
    """A place by columns from the west and rows from the south."""
    return LngLat(CORNER[0] + STEP * x, CORNER[1] + STEP * y)


def across(y: float) -> tuple[LngLat, ...]:
    """A line from west to east through the whole town."""
    return place(-1, y), place(SIDE + 1, y)


def along(x: float) -> tuple[LngLat, ...]:
    """A line from south to north."""
    return place(x, -1), place(x, SIDE + 1)


def around(west: float, south: float, east: float, north: float) -> tuple[LngLat, ...]:
    return place(west, south), place(east, south), place(east, north), place(west, north)


def squares(columns: range, rows: range) -> frozenset[str]:
    return frozenset(f"r{y}c{x}" for y in rows for x in columns)


# --- what is picked up ----------------------------------------------------------------------------------


def test_a_click_takes_the_unit_its_compound_or_its_grid_of_the_level_shown() -> None:
    town, touched = opened(), ["r0c0"]
    assert planning.picked(town, Level.BUILDING, Picks.UNIT, touched) == {"r0c0"}
    assert planning.picked(town, Level.BUILDING, Picks.COMPOUND, touched) == squares(range(2), range(2))
    extent = {
        Level.COMMUNITY: squares(range(4), range(8)),
        Level.COMPOUND: squares(range(4), range(4)),
        Level.BUILDING: squares(range(4), range(2)),
    }
    for level, units in extent.items():
        assert planning.picked(town, level, Picks.GRID, touched) == units


def test_a_road_is_of_no_compound_and_what_is_no_unit_is_nothing() -> None:
    town = opened()
    assert planning.picked(town, Level.BUILDING, Picks.COMPOUND, ["r0c3"]) == frozenset()
    assert planning.picked(town, Level.BUILDING, Picks.COMPOUND, ["r0c3", "r0c2"]) == squares(range(2, 3), range(2))  # fmt: skip
    for picks in Picks:
        assert planning.picked(town, Level.BUILDING, picks, ["nowhere"]) == frozenset()


def test_a_lasso_takes_what_lies_in_it_and_one_over_nothing_is_refused() -> None:
    town, ring = opened(), around(-0.5, -0.5, 1.2, 1.2)
    for picks, expected in (
        (Picks.UNIT, squares(range(1), range(1))),
        (Picks.COMPOUND, squares(range(2), range(2))),
        (Picks.GRID, squares(range(4), range(2))),
    ):
        assert planning.drawn_around(town, Level.BUILDING, picks, ring) >= expected
    with pytest.raises(Refused):
        planning.drawn_around(town, Level.BUILDING, Picks.UNIT, around(20, 20, 21, 21))
    with pytest.raises(Refused):
        planning.drawn_around(town, Level.BUILDING, Picks.UNIT, (place(1, 1), place(1, 1)))


@given(
    st.sets(st.tuples(st.integers(0, SIDE - 1), st.integers(0, SIDE - 1)), min_size=1),
    st.sampled_from(LEVELS),
)
def test_what_is_picked_by_grids_is_whole_grids_and_what_by_compounds_whole_compounds(
    touched: set[tuple[int, int]], level: Level
) -> None:
    town, units = opened(), [f"r{y}c{x}" for x, y in touched]
    grids = planning.picked(town, level, Picks.GRID, units)
    assert planning.whole_grids(town, level, grids) == planning.grids_of(town, level, units)
    compounds = planning.picked(town, level, Picks.COMPOUND, units)
    touched_compounds = {TOWN.units[unit].compound for unit in units} - {None}
    assert set(planning.whole_compounds(town, compounds)) == touched_compounds


def test_a_part_of_a_grid_is_no_whole_grid_and_a_part_of_a_compound_no_whole_compound() -> None:
    town = opened()
    whole, part = town.draft.units_of("1011"), squares(range(1), range(2, 3))
    assert planning.whole_grids(town, Level.BUILDING, whole) == ("1011",)
    assert planning.whole_grids(town, Level.BUILDING, whole | part) == ()
    assert planning.whole_compounds(town, squares(range(2), range(2))) == ("k0.0",)
    assert planning.whole_compounds(town, squares(range(2), range(2)) | part) == ()


# --- lines ----------------------------------------------------------------------------------------------


def test_a_building_grid_is_split_between_its_units_the_lighter_side_is_the_new_one() -> None:
    assert planning.split_by(opened(), "1011", along(1), "West") == Split("1011", ("r0c0", "r1c0"), "West")


@pytest.mark.parametrize(("grid", "line", "halves"), [
    ("101", across(2), {("1011",), ("1012",)}),
    ("1", across(4), {("101",), ("102",)}),
])  # fmt: skip
def test_a_larger_grid_is_split_between_the_grids_below_it(
    grid: str, line: tuple[LngLat, ...], halves: set[tuple[str, ...]]
) -> None:
    town = opened()
    command = planning.split_by(town, grid, line, "New")
    assert command.apart in halves
    after = made(town.draft, command)
    assert len(after.grids) > len(town.draft.grids)


def test_a_line_that_leaves_every_grid_below_on_one_side_splits_nothing() -> None:
    with pytest.raises(Refused, match="lie on one side"):
        planning.split_by(opened(), "101", along(2), "New")


def test_grids_below_that_share_a_compound_go_to_one_side_together() -> None:
    shared = made(town_draft(), MoveUnits(tuple(sorted(squares(range(4), range(2, 3)))), "1011"))
    with pytest.raises(Refused, match="lie on one side"):
        planning.split_by(opened(shared), "101", across(2), "New")


def test_a_border_moves_to_the_line_and_most_of_both_grids_stays_where_it_is() -> None:
    command = planning.border_by(opened(), "1011", "1012", across(3))
    assert command == MoveBorder("1011", "1012", tuple(sorted(squares(range(4), range(3)))))
    backwards = planning.border_by(opened(), "1012", "1011", tuple(reversed(across(3))))
    assert frozenset(backwards.ones) == squares(range(4), range(3, 4))


def test_the_border_of_larger_grids_moves_over_whole_grids_below_them() -> None:
    assert planning.border_by(opened(), "101", "102", across(6)) == MoveBorder("101", "102", ("1011", "1012", "1021"))  # fmt: skip
    assert planning.border_by(opened(), "1", "2", along(4)).ones == ("101", "102")


def test_the_grid_that_a_line_is_about_is_the_one_in_its_middle() -> None:
    town = opened()
    assert planning.grids_under(town, Level.BUILDING, (place(0.5, 0.5), place(3.5, 1.5))) == ("1011",)
    assert planning.grids_under(town, Level.COMMUNITY, (place(0.5, 0.5), place(3.5, 1.5))) == ("1",)
    assert planning.grids_under(town, Level.BUILDING, (place(20, 20), place(21, 21))) == ()


def test_neighbours_are_told_by_the_length_of_the_border_that_is_shared() -> None:
    town = opened()
    assert planning.neighbours(town, Level.BUILDING, town.draft.units_of("1011")) == ("1012", "2011")
    # A degree of latitude is longer than one of longitude, so the border to the east is longer than that to the north.
    assert planning.neighbours(town, Level.COMPOUND, town.draft.units_of("101")) == ("201", "102")
    assert planning.neighbours(town, Level.COMMUNITY, town.draft.units_of("1")) == ("2",)
    assert planning.neighbours(town, Level.BUILDING, squares(range(1), range(1))) == ("1011",)


# --- what is foretold -----------------------------------------------------------------------------------


def test_what_a_lasso_over_a_locked_grid_means_is_not_moved_and_the_grid_is_named(city: City) -> None:
    town = opened(made(town_draft(), Lock("1011")))
    lasso = planning.drawn_around(town, Level.BUILDING, Picks.UNIT, around(2.6, -0.5, 5.4, 3.4))
    assert planning.grids_of(town, Level.BUILDING, lasso) > ("1011",), "others lie in it too"
    for units, target in (
        (lasso, "2011"),
        (lasso & town.draft.units_of("1011"), "1012"),
        (lasso - town.draft.units_of("1011"), "1011"),
    ):
        foretold = planning.preview(city, town, MoveUnits(tuple(sorted(units)), target))
        assert not foretold.is_allowed and foretold.grids == ("1011",)
        assert str(foretold.because) == "Grid 1011 is locked."


def test_a_drawing_that_is_allowed_tells_both_sides_and_what_moves_and_changes_nothing(city: City) -> None:
    town = opened()
    before = town.draft.hash
    moving = tuple(sorted(squares(range(4), range(2, 3))))
    found = planning.preview(city, town, MoveUnits(moving, "1011"))
    assert found.is_allowed and found.moving == {"1011": moving}
    both = {side.code: (side.before, side.after) for side in found.sides}
    assert {"1011", "1012"} <= both.keys()
    counts = [(old and old.households, new and new.households) for old, new in (both["1011"], both["1012"])]
    assert counts == [(60, 90), (60, 30)]
    assert town.draft.hash == before


def test_a_drawing_that_is_not_allowed_tells_why_where_and_of_which_grids(city: City) -> None:
    found = planning.preview(city, opened(), MoveUnits(("r0c0",), "2022"))
    assert not found.is_allowed and found.because
    assert found.where and found.grids and not found.sides and not found.moving


@pytest.mark.parametrize("command", [Rename("nowhere", "x"), Merge("1011", "1011"), MoveUnits((), "1011")])
def test_what_means_nothing_is_refused_in_a_sentence(city: City, command: planning.Command) -> None:
    found = planning.preview(city, opened(), command)
    assert found.because and str(found.because)


def test_problems_come_first_and_grids_outside_their_band_after_them_the_farthest_first(city: City) -> None:
    torn = Draft(town_draft().grids, dict(town_draft().home) | {"r0c0": "2022"})
    found = planning.problems(city, opened(torn))
    ranks = [problem.severity for problem in found]
    errors = ranks.count(Severity.ERROR)
    assert errors and ranks == [Severity.ERROR] * errors + [Severity.NOTE] * (len(found) - errors)
    assert all(problem.where for problem in found)
    notes = [(p.words.values["n"], p.words.values["least"], p.words.values["most"]) for p in found[errors:]]
    beyond = [(least - n) / least if n < least else (n - most) / most for n, least, most in notes]
    assert beyond == sorted(beyond, reverse=True)
    assert {(least, most) for _, least, most in notes} <= set(BANDS.values())


def test_units_that_only_got_another_code_lie_where_they_lay() -> None:
    before = town_draft()
    moved = made(before, MoveUnits(tuple(sorted(squares(range(4), range(2, 3)))), "1011"))
    assert planning.changes_since(before, moved) == squares(range(4), range(2, 3))
    assert planning.changes_since(before, before) == frozenset()
