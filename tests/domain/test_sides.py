"""Both sides of a drawing, told before it is made."""

from __future__ import annotations

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.grids import Level
from domain.plans.bands import Fit
from domain.plans.commands import Command, Lock, Merge, MoveGrid, MoveUnits, Rename, Split
from domain.plans.demands import NotDrawn
from domain.plans.drafts import Draft, households
from domain.plans.redrawing import redraw
from domain.plans.sides import Side, sides, standing
from tests.random_edits import any_command
from tests.town import HOUSEHOLDS, TOWN, town_draft

DRAFT, UNITS = town_draft(), TOWN.units


def sides_of(command: Command, draft: Draft = DRAFT) -> dict[str, Side]:
    return {side.code: side for side in sides(UNITS, draft, redraw(UNITS, draft, command, frozenset()))}


def test_both_sides_of_a_move_have_what_one_loses_and_the_other_gets() -> None:
    found = sides_of(MoveUnits(("r1c0", "r1c1"), "1012"))
    assert list(found) == ["1011", "1012"], "the compound grid keeps what it had"
    one, two = found["1011"], found["1012"]
    assert one.before and one.after and two.before and two.after
    assert (one.before.households, one.after.households) == (6 * HOUSEHOLDS, 4 * HOUSEHOLDS)
    assert (two.before.households, two.after.households) == (6 * HOUSEHOLDS, 8 * HOUSEHOLDS)
    assert (one.after.units, one.after.buildings, two.after.units) == (6, 4, 10)
    assert one.after.compounds == ("k0.0", "k0.1") and two.after.compounds == ("k0.0", "k1.0", "k1.1")
    assert one.before.fit is Fit.FAR_BELOW and one.level is Level.BUILDING
    assert one.after.compactness < one.before.compactness < 0.8


def test_a_road_that_moves_is_told_on_every_level_and_counts_nobody() -> None:
    found = sides_of(MoveUnits(("r0c3",), "2011"))
    assert list(found) == ["1", "2", "101", "201", "1011", "2011"], "the largest grids first"
    for side in found.values():
        assert side.before and side.after and side.is_moved
        assert side.before.households == side.after.households and side.before.units != side.after.units


def test_what_is_not_there_before_or_after_has_one_side_alone() -> None:
    split = sides_of(Split("1011", ("r0c0", "r1c0"), "West"))
    assert split["1013"].before is None and split["1013"].name == "West"
    merged = sides_of(Merge("1011", "1012"))
    assert merged["1011"].after is None and merged["1012"].after


def test_a_grid_that_only_gets_another_code_is_told_once_under_the_new_one() -> None:
    moved = sides_of(MoveGrid("101", "2"))
    assert list(moved) == ["1", "2", "203", "2031", "2032"]
    assert (moved["203"].was, moved["2031"].was, moved["2"].was) == ("101", "1011", None)
    assert moved["203"].before == moved["203"].after and moved["203"].is_moved


def test_a_compound_grid_and_the_only_building_grid_in_it_are_not_taken_for_each_other() -> None:
    alone = DRAFT.after(redraw(UNITS, DRAFT, Merge("1011", "1012"), frozenset()))
    moved = sides_of(MoveGrid("101", "2"), alone)
    assert (moved["203"].was, moved["2031"].was) == ("101", "1012")


def test_a_name_or_a_lock_has_no_sides() -> None:
    assert sides_of(Rename("101", "Harbour")) == sides_of(Lock("101")) == {}


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_sides_are_what_counting_anew_says(seed: int) -> None:
    random, draft = Random(seed), DRAFT
    for _ in range(8):
        try:
            change = redraw(UNITS, draft, any_command(random, UNITS, draft), frozenset())
        except NotDrawn:
            continue
        after = draft.after(change)
        counts = households(UNITS, draft), households(UNITS, after)
        found = {side.code: side for side in sides(UNITS, draft, change)}
        recoded = {side.was: side.code for side in found.values() if side.was}
        for old, new in recoded.items():
            assert (
                draft.units_of(old) == after.units_of(new)
                and draft.grids[old].level is after.grids[new].level
            )
        for code in (draft.grids.keys() | after.grids.keys()) - recoded.keys():
            former = found[code].was or code if code in found else code
            was = draft.units_of(former) if former in draft.grids else None
            will = after.units_of(code) if code in after.grids else None
            assert (code in found) is (was != will or former != code), code
            if code not in found:
                continue
            told = found[code].before, found[code].after
            assert told == tuple(
                None if h is None else standing(UNITS, h, found[code].level) for h in (was, will)
            )
            assert told[0] is None or told[0].households == counts[0][former]
            assert told[1] is None or told[1].households == counts[1][code]
        draft = after
