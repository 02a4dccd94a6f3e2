"""What a redraw does is what counting unit by unit says, seen forwards and backwards."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from domain.grids import Grid, Level
from domain.place import LngLat
from domain.plans.drafts import Change, Draft
from domain.plans.foresight import Comparison, Fate, Places, compare
from domain.plans.units import Unit, Units

LEVELS = {1: Level.COMMUNITY, 2: Level.COMPOUND, 3: Level.BUILDING}


def ground(count: int = 24) -> Units:
    """Units in a row, three to a compound, every fourth a road in none; how they touch is not asked here."""

    def unit(n: int) -> Unit:
        road = n % 4 == 3
        compound, building = (None, None) if road else (f"P{n // 3}", f"{n % 3 + 1}号楼")
        return Unit(f"u{n:02}", "road" if road else "residential", compound, building, 0 if road else 10 + n, 1.0, 0.0, LngLat(0, 0))  # fmt: skip

    units = [unit(n) for n in range(count)]
    return Units({u.code: u for u in units}, {u.code: {} for u in units}, (), "row")


UNITS = ground()


def grid(code: str, name: str = "") -> Grid:
    """A grid whose code tells its parent: ``1``, ``12``, ``123``."""
    return Grid(code, LEVELS[len(code)], name or f"grid {code}", code[:-1] or "S")


def draft(leaves: list[str], lineage: dict[str, list[str]] | None = None) -> Draft:
    """Each unit in the leaf of its place in the list, with the grids above the leaves."""
    codes = {leaf[:n] for leaf in leaves for n in (1, 2, 3)}
    home = dict(zip(sorted(UNITS.by_code), leaves, strict=True))
    return Draft({code: grid(code) for code in sorted(codes)}, home, {"lineage": lineage or {}})


LEAF = st.sampled_from(["111", "112", "121", "122", "211", "212", "221"])
DRAFT = st.lists(LEAF, min_size=len(UNITS.by_code), max_size=len(UNITS.by_code)).map(draft)
HALVES = draft(["111"] * 12 + ["211"] * 12)


def sums(comparison: Comparison, level: Level) -> tuple[Counter[str], Counter[str]]:
    """Households that leave and that reach each grid of a level."""
    left, came = Counter[str](), Counter[str]()
    for flow in comparison.of_level(level):
        left[flow.source] += flow.households
        came[flow.target] += flow.households
    return left, came


@given(DRAFT)
def test_nothing_moves_between_a_draft_and_itself(same: Draft) -> None:
    found = compare(UNITS, same, same)
    assert found.is_empty and not found.compounds and found.households == found.buildings == 0


@given(DRAFT, DRAFT)
def test_backwards_the_same_moves_from_where_it_went_to_where_it_was(one: Draft, other: Draft) -> None:
    there, back = compare(UNITS, one, other), compare(UNITS, other, one)
    assert {(f.level, f.source, f.target, f.units) for f in there.flows} == {
        (f.level, f.target, f.source, f.units) for f in back.flows
    }
    assert there.households == back.households
    assert {(c.compound, c.before, c.after) for c in there.compounds} == {
        (c.compound, c.after, c.before) for c in back.compounds
    }
    swapped = {Fate.NEW: Fate.GONE, Fate.GONE: Fate.NEW}
    assert {(g.code, swapped.get(g.fate, g.fate)) for g in there.grids if g.before is None or g.after is None} == {
        (g.code, g.fate) for g in back.grids if g.before is None or g.after is None
    }  # fmt: skip
    assert there.successors == {old: new for new, old in back.successors.items()}


@given(DRAFT, DRAFT)
def test_every_grids_households_are_what_it_had_less_what_left_and_what_came(
    one: Draft, other: Draft
) -> None:
    found = compare(UNITS, one, other)
    for fate in found.grids:
        assert fate.households_before - fate.left + fate.came == fate.households_after
    for level in Level:
        left, came = sums(found, level)
        assert left.total() == came.total()


@given(DRAFT, DRAFT)
def test_what_moves_is_what_counting_unit_by_unit_says(one: Draft, other: Draft) -> None:
    found = compare(UNITS, one, other)
    same = found.successors
    was, will = Places(one), Places(other)
    moved = {
        unit for unit in UNITS.by_code for level in Level
        if same.get(was.of(unit)[level], was.of(unit)[level]) != will.of(unit)[level]
    }  # fmt: skip
    assert found.moved == moved and found.households == UNITS.households(moved)


def test_a_building_that_moves_is_counted_with_its_households_its_compound_and_both_sides() -> None:
    change = Change(
        home={"u00": ("111", "112")},
        grids={"112": (None, grid("112"))},
        marks={("lineage", "112"): (None, ["111"])},
    )
    found = compare(UNITS, HALVES, HALVES.after(change))
    (flow,) = found.flows
    assert (flow.level, flow.source, flow.target) == (Level.BUILDING, "111", "112")
    assert (flow.households, flow.buildings, flow.compounds) == (10, 1, frozenset({"P0"}))
    assert not found.compounds, "its compound stays in one compound grid"
    changed, new = found.grids
    assert (changed.fate, changed.left, changed.code) == (Fate.CHANGED, 10, "111")
    assert (new.fate, new.came, new.kin) == (Fate.NEW, 10, ("111",))
    assert not found.successors, "who is still there has no successor"


def test_a_grid_under_another_code_moves_nobody() -> None:
    other = draft(["111"] * 12 + ["213"] * 12)
    found = compare(UNITS, HALVES, other)
    (fate,) = found.grids
    assert (fate.fate, fate.before and fate.before.code, fate.code) == (Fate.RECODED, "211", "213")
    assert not found.flows and not found.households and found.now("211") == "213"


def test_a_grid_that_goes_under_another_community_moves_its_people_there_and_nowhere_else() -> None:
    other = draft(["111"] * 12 + ["121"] * 12, {"12": ["21"], "121": ["211"]})
    found = compare(UNITS, HALVES, other)
    assert {(f.level, f.source, f.target) for f in found.flows} == {(Level.COMMUNITY, "2", "1")}
    assert {(g.code, g.fate) for g in found.grids} == {
        ("1", Fate.CHANGED), ("2", Fate.GONE), ("12", Fate.RECODED), ("121", Fate.RECODED)
    }  # fmt: skip
    assert found.households == UNITS.households(f"u{n:02}" for n in range(12, 24))
    assert not found.compounds, "its compounds stay in the same compound grid under another code"


def test_a_grid_recoded_by_lineage_keeps_its_people_and_what_it_lost_moves() -> None:
    other = draft(["111"] * 14 + ["213"] * 10, {"213": ["211"]})
    found = compare(UNITS, HALVES, other)
    assert found.successors == {"211": "213"}
    assert {f.units for f in found.of_level(Level.BUILDING)} == {frozenset({"u12", "u13"})}
    (compound,) = found.compounds
    assert (compound.compound, compound.before, compound.after) == ("P4", ("21",), ("11", "21"))


def test_half_of_a_grid_gone_is_not_the_same_grid() -> None:
    other = draft(["111"] * 12 + ["213"] * 6 + ["214"] * 6, {"213": ["211"], "214": ["211"]})
    found = compare(UNITS, HALVES, other)
    assert not found.successors
    assert {(g.code, g.fate) for g in found.grids} == {
        ("211", Fate.GONE), ("213", Fate.NEW), ("214", Fate.NEW)
    }  # fmt: skip
    assert next(g for g in found.grids if g.code == "211").kin == ("213", "214")


def test_another_name_alone_changes_a_grid_and_moves_nobody() -> None:
    change = Change(grids={"111": (grid("111"), grid("111", "another"))})
    (fate,) = compare(UNITS, HALVES, HALVES.after(change)).grids
    assert fate.fate is Fate.RENAMED
