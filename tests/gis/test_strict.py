"""The strict check of a plan: every flaw is found, named and placed; and it agrees with the rules of sets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from demo.boundaries import Boundaries
from domain.findings import Finding, Severity
from domain.grids import Grid, Level
from domain.plans.drafts import Draft
from gis.strict import CHECKS, strict
from gis.units import UnitGround, build_units
from tests.squares import plain_ground, square_codes

SIDE = 4
GROUND = plain_ground(SIDE)


def plan(homes: Mapping[str, str], marks: Mapping[str, Mapping[str, Any]] | None = None) -> Draft:
    """A plan of three levels whose grids are named ``A``, ``Ab``, ``Abc``: each begins with those it lies in."""
    codes = {home[:n] for home in homes.values() for n in (1, 2, 3)}
    return Draft(
        {c: Grid(c, Level(len(c)), c, c[:-1] or None) for c in sorted(codes)}, dict(homes), marks or {}
    )


def rows() -> dict[str, str]:
    """Two rows to a community, one to a compound grid, half of one to a building grid."""
    return {
        f"r{y}c{x}": f"{'AB'[y // 2]}{'ab'[y % 2]}{'xy'[x // 2]}" for y in range(SIDE) for x in range(SIDE)
    }


def names(findings: list[Finding]) -> set[str]:
    assert all(f.severity is Severity.ERROR for f in findings)
    return {f.check for f in findings}


def test_a_clean_plan_has_no_findings() -> None:
    assert strict(GROUND, plan(rows())) == []


def test_a_unit_without_a_grid_is_found_with_its_place() -> None:
    homes = rows()
    del homes["r3c3"]
    found = strict(GROUND, plan(homes))
    unit = next(f for f in found if f.check == "unit")
    assert unit.where and GROUND.shapes["r3c3"].contains(shapely.Point(unit.where.lng, unit.where.lat))
    assert names(found) == {"unit", "area", "outline", "edges", "counts"}


def test_a_hole_in_the_city_is_found_though_the_coverage_calls_it_legal() -> None:
    homes = rows()
    del homes["r1c1"]
    assert {"unit", "outline", "edges"} <= names(strict(GROUND, plan(homes)))


def test_a_unit_that_is_not_there_is_found() -> None:
    assert names(strict(GROUND, plan(rows() | {"gone": "Aax"}))) >= {"unit"}


def test_a_unit_in_a_grid_of_another_level_is_found() -> None:
    assert "unit" in names(strict(GROUND, plan(rows() | {"r0c0": "Aa"})))
    assert "unit" in names(strict(GROUND, replace(plan(rows()), home=rows() | {"r0c0": "Z"})))


def test_a_grid_without_ground_is_found() -> None:
    draft = plan(rows())
    empty = {**draft.grids, "Baz": Grid("Baz", Level.BUILDING, "Baz", "Ba")}
    (found,) = strict(GROUND, replace(draft, grids=empty))
    assert found.check == "empty" and found.grids == ("Baz",)


def test_a_grid_in_two_pieces_is_found_also_when_they_touch_in_a_corner() -> None:
    for unit in ("r3c0", "r1c2"):
        pieces = [f for f in strict(GROUND, plan(rows() | {unit: "Aax"})) if f.check == "one_piece"]
        assert ("Aax",) in {f.grids for f in pieces} and all(f.where for f in pieces)


def test_a_grid_around_another_has_a_hole_also_when_its_ends_meet_in_a_corner_only() -> None:
    around = {f"r{y}c{x}" for y in range(3) for x in range(3)} - {"r1c1"}
    for ring in (around, around - {"r2c2"}):
        homes = {
            code: "Aax" if code in ring else "Aay" if code == "r1c1" else "Aaz" for code in square_codes(SIDE)
        }
        found = [f for f in strict(GROUND, plan(homes)) if f.check == "no_holes"]
        assert [f.grids for f in found] == [("Aax",)]


def test_a_draft_that_keeps_something_stale_at_hand_is_found() -> None:
    draft = plan(rows())
    draft.__dict__["leaf_units"] = {**draft.leaf_units, "Aax": draft.leaf_units["Aax"] - {"r0c0"}}
    assert {f.grids for f in strict(GROUND, draft) if f.check == "counts"} == {("Aax",), ("Aa",), ("A",)}


def test_a_parent_that_is_missing_or_of_another_level_is_found() -> None:
    for parent in ("gone", "A", None):
        draft = plan(rows())
        orphan = replace(draft.grids["Aax"], parent=parent)
        found = strict(GROUND, replace(draft, grids={**draft.grids, "Aax": orphan}))
        assert ("Aax",) in {f.grids for f in found if f.check == "parent"}


def test_ground_that_two_units_claim_is_found() -> None:
    shapes = {"a": shapely.box(124, 39, 124.002, 39.001), "b": shapely.box(124.001, 39, 124.003, 39.001)}
    ground = build_units((c, "x", None, None, 1, shapely.to_wkb(s)) for c, s in shapes.items())
    assert strict(ground, plan({"a": "Aax", "b": "Aay"}))


def compound_ground() -> UnitGround:
    return build_units(
        (code, "residential", code[:2], None, 10, shapely.to_wkb(GROUND.shapes[code]))
        for code in GROUND.codes
    )


def test_a_compound_in_two_compound_grids_is_found_unless_its_split_is_allowed() -> None:
    ground = compound_ground()
    assert strict(ground, plan(rows())) == []
    torn = rows() | {"r1c3": "Aay"}
    (found,) = strict(ground, plan(torn))
    assert found.check == "compound" and found.grids == ("Aa", "Ab")
    assert strict(ground, plan(torn, {"split": {"r1": "the wall runs there"}})) == []


def test_only_what_was_touched_is_looked_at_when_asked() -> None:
    ground, torn = compound_ground(), plan(rows() | {"r1c3": "Aay", "r3c0": "Bay"})
    assert {c for f in strict(ground, torn, ["Aay"]) for c in f.grids} == {"Aa", "Ab"}
    assert {c for f in strict(ground, torn, ["Bay"]) for c in f.grids} == {"Bay", "Ba", "Bb"}
    assert strict(ground, torn, []) == []


def test_a_city_of_two_levels_with_other_codes_is_checked_alike() -> None:
    grids = {"north": Grid("north", Level.COMMUNITY, "N", None), "n-1": Grid("n-1", Level.COMPOUND, "1", "north"),
             "n-2": Grid("n-2", Level.COMPOUND, "2", "north")}  # fmt: skip
    draft = Draft(grids, {code: "n-1" if code < "r2" else "n-2" for code in GROUND.codes})
    assert strict(GROUND, draft) == []
    assert strict(GROUND, Draft({}, {})) == []


def test_every_check_is_named_by_what_it_demands() -> None:
    assert len(CHECKS) == len({check.__name__ for check in CHECKS}) and all(check.__doc__ for check in CHECKS)


@given(st.lists(st.sampled_from(["Aax", "Aay", "Abx", "Bax"]), min_size=SIDE**2, max_size=SIDE**2))
@settings(max_examples=100, deadline=None)
def test_geometry_and_the_rules_of_sets_tell_the_same_of_random_plans(homes: list[str]) -> None:
    draft = plan(dict(zip(square_codes(SIDE), homes, strict=True)))
    found = strict(GROUND, draft)
    forms = {code: GROUND.units.form(draft.units_of(code)) for code in draft.grids}
    assert {f.grids[0] for f in found if f.check == "one_piece"} == {
        c for c, f in forms.items() if f.pieces > 1
    }
    assert {f.grids[0] for f in found if f.check == "no_holes"} == {c for c, f in forms.items() if f.holes}
    assert names(found) <= {"one_piece", "no_holes"}
    for code in draft.grids:
        assert {f.check for f in strict(GROUND, draft, [code]) if f.grids[0] == code} == {
            f.check for f in found if f.grids[0] == code
        }


# --- the demo city --------------------------------------------------------------------------------------


def demo_plan(demo: Boundaries) -> Draft:
    return Draft({grid.code: grid for grid in demo.grids}, dict(demo.home_of))


def test_the_demo_city_is_strictly_clean(demo: Boundaries, demo_ground: UnitGround) -> None:
    assert strict(demo_ground, demo_plan(demo)) == []


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_a_unit_given_to_a_neighbour_leaves_what_the_rules_of_sets_say(
    demo: Boundaries, demo_ground: UnitGround, data: st.DataObject
) -> None:
    draft, units = demo_plan(demo), demo_ground.units
    unit = data.draw(st.sampled_from(demo_ground.codes))
    near = sorted({draft.home[code] for code in units.borders[unit]} - {draft.home[unit]})
    if not near:
        return
    old, new = draft.home[unit], data.draw(st.sampled_from(near))
    draft.home[unit] = new  # type: ignore[index]
    found = [
        f for f in strict(demo_ground, draft, [old, new]) if f.check in ("one_piece", "no_holes", "empty")
    ]
    touched = {code for grid in (old, new) for code in draft.chain(grid)}
    assert {f.grids[0] for f in found} == {c for c in touched if not units.form(draft.units_of(c)).is_whole}
