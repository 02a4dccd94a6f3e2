"""Repairs: back into the band, few moved, codes stay, nothing breaks, what is locked stays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from random import Random

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as some

from city.settings import HOME
from demo.boundaries import read_boundaries
from domain.grids import Grid, Level
from domain.plans.drafts import Draft, households
from domain.plans.proposals import Wishes, with_crossings
from domain.plans.units import Units
from domain.said import Refused
from gis.solver.board import board_of
from gis.solver.repairing import repair
from gis.units import build_units
from tests.gis.chessboard import draft_of, units_of
from tests.gis.test_proposing import grounds_of, small, some_counts, whole_and_nested

BANDS = {Level.BUILDING: (20, 60)}


@pytest.fixture(scope="module")
def drifted() -> tuple[Units, Draft]:
    """The demo city some years on: each building has up to a quarter more or fewer households."""
    read, random = read_boundaries(HOME / "data" / "boundaries"), Random(1)
    rows = (
        (
            u["unit"], u["kind"], u["compound"], u["building"],
            round(u["households"] * random.uniform(0.75, 1.25)), shapely.to_wkb(u["shape"]),
        )
        for u in read.units
    )  # fmt: skip
    grids = {g.code: Grid(g.code, g.level, g.name, g.parent) for g in read.grids}
    return build_units(rows).units, Draft(grids, dict(read.home_of))


def test_after_a_drift_of_a_quarter_all_but_two_are_back_and_few_have_moved(
    drifted: tuple[Units, Draft],
) -> None:
    units, draft = drifted
    found = repair(units, draft, Wishes())
    before, after = found.before.levels[Level.BUILDING], found.after.levels[Level.BUILDING]
    assert (before.in_band or 0) < before.grids and after.grids - (after.in_band or 0) <= 2
    assert found.moved[Level.BUILDING] <= 0.05 * units.households(units.by_code)
    assert found.draft.grids.keys() == draft.grids.keys() and found.moved[Level.COMPOUND] == 0
    whole_and_nested(units, found.draft)
    assert repair(units, draft, Wishes()).draft.hash == found.draft.hash


@pytest.mark.slow
def test_no_grid_is_emptied_to_bring_another_into_its_band() -> None:
    """A band that hardly any grid can keep, and main roads that none may come to reach across."""
    read = read_boundaries(HOME / "data" / "boundaries")
    units = build_units(
        (u["unit"], u["kind"], u["compound"], u["building"], u["households"], shapely.to_wkb(u["shape"]))
        for u in read.units
    ).units
    draft = Draft({g.code: Grid(g.code, g.level, g.name, g.parent) for g in read.grids}, dict(read.home_of))
    wishes = with_crossings(Wishes(bands={Level.BUILDING: (240, 260)}), units, ["road"])
    found = repair(units, draft, wishes).draft
    counted = households(units, found)
    leaves = [counted[code] for code, grid in found.grids.items() if grid.level is Level.BUILDING]
    assert min(leaves) >= 240 * 0.75 and max(leaves) <= 450


def test_what_is_in_its_band_stays_as_it_is(drifted: tuple[Units, Draft]) -> None:
    units, draft = drifted
    wide = Wishes(bands={Level.BUILDING: (1, 10_000)})
    assert repair(units, draft, wide).draft == draft


@settings(max_examples=15, deadline=None)
@given(some_counts, some.sampled_from([None, "111", "u0000", "222"]), some.booleans())
def test_a_repair_never_breaks_a_grid_nor_moves_what_is_locked(
    counts: list[int], locked: str | None, keep: bool
) -> None:
    units, draft = small(counts)
    draft = replace(draft, marks={"locks": {locked: True} if locked else {}})
    found = repair(units, draft, Wishes(bands=BANDS), keep_number=keep)
    whole_and_nested(units, found.draft)
    if keep:
        assert found.draft.grids.keys() == draft.grids.keys()
    if locked:
        parent = draft.grids[draft.home.get(locked, locked)].parent or ""
        assert found.draft.children[parent] == draft.children[parent]
    assert repair(units, draft, Wishes(bands=BANDS), keep_number=keep).draft.hash == found.draft.hash
    before, after = found.before.levels[Level.BUILDING], found.after.levels[Level.BUILDING]
    assert (after.in_band or 0) >= (before.in_band or 0)
    if locked in ("111", "222"):
        assert found.draft.units_of(locked) == draft.units_of(locked)
    elif locked:
        assert found.draft.home[locked] == draft.home[locked]


@settings(max_examples=15, deadline=None)
@given(some_counts)
def test_what_is_made_comes_from_its_own_parent_and_what_stays_keeps_its_code(counts: list[int]) -> None:
    units, draft = small(counts)
    taken = {*draft.grids, "11Z"}
    found = repair(units, draft, Wishes(bands=BANDS), taken=taken)
    before, after, lineage = draft.grids, found.draft.grids, found.draft.mark("lineage")
    assert {c: g.parent for c, g in after.items() if c in before} == {
        c: g.parent for c, g in before.items() if c in after
    }
    assert lineage.keys() == after.keys() - before.keys() and not lineage.keys() & taken
    for code, old in lineage.items():
        there = {draft.home[u] for u in found.draft.units_of(code) if units[u].households}
        assert there <= set(old) <= set(draft.children[after[code].parent or ""])
    moved = {u for u, code in found.draft.home.items() if draft.home[u] != code}
    assert found.moved[Level.BUILDING] == units.households(moved)
    assert all(
        found.draft.above(code, Level.COMPOUND) == draft.above(draft.home[u], Level.COMPOUND)
        for u, code in found.draft.home.items()
    )


@pytest.mark.parametrize("seed", range(20))
def test_no_fewer_can_be_out_of_band_than_a_repair_leaves(seed: int) -> None:
    """Two rows of three in two grids: all divisions into any number of whole grids are tried."""
    counts = Random(seed).choices(range(5, 46), k=6)
    units = units_of([counts[:3], counts[3:]], lambda x, y: "c")
    draft = draft_of(units, lambda x, y: "11" + ("1" if x < 2 else "2"))
    found = repair(units, draft, Wishes(bands=BANDS)).after.levels[Level.BUILDING]
    least, most = BANDS[Level.BUILDING]
    assert found.grids - (found.in_band or 0) == min(
        sum(not least <= units.households(grid) <= most for grid in division)
        for division in divisions(sorted(units.by_code))
        if all(units.form(grid).is_whole for grid in division)
    )


def divisions(codes: list[str]) -> Iterator[list[frozenset[str]]]:
    """Every way to put these units into grids."""
    if not codes:
        yield []
        return
    first, *rest = codes
    for division in divisions(rest):
        yield [frozenset({first}), *division]
        for n, grid in enumerate(division):
            yield [*division[:n], grid | {first}, *division[n + 1 :]]


def test_a_parent_that_outgrew_its_grids_gets_one_more_and_a_shrunken_one_loses_one() -> None:
    units, draft = small([30] * 16 + [4] * 8 + [30] * 8)
    found = repair(units, draft, Wishes(bands=BANDS))
    numbers = {code: len(found.draft.children[code]) for code in ("11", "12", "21", "22")}
    assert max(numbers.values()) > 2
    kept = repair(units, draft, Wishes(bands=BANDS), keep_number=True)
    assert kept.draft.grids.keys() == draft.grids.keys()
    before, after = kept.after.levels[Level.BUILDING], found.after.levels[Level.BUILDING]
    assert after.grids - (after.in_band or 0) < before.grids - (before.in_band or 0)
    assert any("grids have become" in str(note) for note in found.notes)


def test_what_a_planner_made_in_this_draft_is_not_retired_by_its_repair() -> None:
    units, draft = small([4] * 32)
    retired = repair(units, draft, Wishes(bands=BANDS))
    assert len(retired.draft.children["11"]) == 1
    drawn = replace(draft, marks={"lineage": {"112": ["111"]}})
    found = repair(units, drawn, Wishes(bands=BANDS))
    assert found.draft.children["11"] == ("111", "112") and len(found.draft.children["12"]) == 1


def test_whole_compounds_move_where_that_brings_compound_grids_into_their_band() -> None:
    units, draft = small([10] * 32)
    uneven = Wishes(bands={Level.COMPOUND: (70, 90), Level.BUILDING: (10, 60)})
    found = repair(units, draft, uneven, compounds_too=True)
    before, after = found.before.levels[Level.COMPOUND], found.after.levels[Level.COMPOUND]
    assert (after.in_band or 0) >= (before.in_band or 0)
    whole_and_nested(units, found.draft)


def test_a_compound_comes_where_too_few_live_for_any_grid_and_earlier_codes_change_no_ground() -> None:
    units, draft = small([10] * 32)
    units = replace(
        units,
        by_code={
            code: replace(unit, households=2)
            if draft.home[code].startswith("11") and unit.households
            else unit
            for code, unit in units.by_code.items()
        },
    )
    bands = {Level.BUILDING: (20, 60)}
    alone = repair(units, draft, Wishes(bands=bands))
    assert any("no number of grids" in str(note) for note in alone.notes)
    found = repair(units, draft, Wishes(bands=bands), compounds_too=True)
    later = repair(units, draft, Wishes(bands=bands), compounds_too=True, taken=found.draft.grids.keys())
    now = found.after.levels[Level.BUILDING]
    assert now.in_band == now.grids and found.moved[Level.COMPOUND]
    whole_and_nested(units, found.draft)
    assert found.draft.grids.keys() != later.draft.grids.keys()
    for level in Level:
        assert grounds_of(found.draft, level) == grounds_of(later.draft, level)


def by_the_river() -> tuple[Units, Draft, Wishes]:
    """Three compound grids in a row, 12 with too few households; a river, cut along its middle, between 11 and 12.

    One compound beside 12 helps it from either side: 40 households from 11, across the river, 44 from 13.
    """
    row = [15, 15, 20, 0, 0, 15, 22, 15, 15]
    compound, leaf = "aab..cdee", ("111", "111", "112", "112", "121", "121", "131", "132", "132")
    units = units_of([row, row], lambda x, y: compound[x], lambda x, y: "residential" if row[x] else "water")
    wishes = Wishes(bands={Level.COMPOUND: (60, 105), Level.BUILDING: (20, 60)})
    return units, draft_of(units, lambda x, y: leaf[x]), wishes


def test_no_compound_moves_across_a_river_that_no_grid_may_reach_across() -> None:
    units, draft, wishes = by_the_river()
    free = repair(units, draft, wishes, compounds_too=True)
    assert "u0200" in free.draft.units_of("12") and "u0600" not in free.draft.units_of("12")
    walled = with_crossings(wishes, units, ["water"])
    found = repair(units, draft, walled, compounds_too=True)
    board = board_of(units, found.draft.units_of("12"), walls=walled.walls)
    assert "u0200" not in found.draft.units_of("12") and len(board.parts()) == 1
    assert found.after.levels[Level.COMPOUND].in_band == 3


def test_of_compounds_that_help_the_one_goes_first_that_reaches_across_least() -> None:
    units, draft, wishes = by_the_river()
    priced = with_crossings(wishes, units, priced={"water": 0.5})
    found = repair(units, draft, priced, compounds_too=True)
    assert {"u0600", "u0601"} <= found.draft.units_of("12") and "u0200" in found.draft.units_of("11")
    assert found.after.levels[Level.COMPOUND].in_band == 3


def test_a_level_without_a_band_and_a_locked_plan_are_refused() -> None:
    units, draft = small([10] * 32)
    with pytest.raises(Refused, match="no band"):
        repair(units, draft, Wishes(bands={Level.COMPOUND: (1, 9)}))
    with pytest.raises(Refused, match="locked"):
        repair(units, replace(draft, marks={"locks": {"*": True}}), Wishes())


def test_compounds_move_only_where_compound_grids_are_redrawn() -> None:
    units, draft, wishes = by_the_river()
    with pytest.raises(Refused, match="Compound grids stay as they are"):
        repair(units, draft, Wishes("11", bands=BANDS), compounds_too=True)
    assert repair(units, draft, replace(wishes, within="1"), compounds_too=True).draft != draft


def test_a_band_of_compound_grids_is_refused_where_no_compound_may_move() -> None:
    units, draft, wishes = by_the_river()
    with pytest.raises(Refused, match="band of level 2 counts in a repair only"):
        repair(units, draft, wishes)
    assert repair(units, draft, wishes, compounds_too=True).draft != draft
    usual = Wishes(bands={Level.BUILDING: (20, 60), Level.COMPOUND: (1_000, 1_500)})
    assert repair(units, draft, usual).draft == draft
