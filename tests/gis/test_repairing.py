"""Repairs: back into the band, few moved, codes stay, nothing breaks, what is locked stays."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as some

from city.settings import HOME
from demo.boundaries import read_boundaries
from domain.grids import Grid, Level
from domain.plans.drafts import Draft
from domain.plans.proposals import Wishes
from domain.plans.units import Units
from domain.said import Refused
from gis.solver.repairing import repair
from gis.units import build_units
from tests.gis.test_proposing import BANDS, small, some_counts, whole_and_nested


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


def test_what_is_in_its_band_stays_as_it_is(drifted: tuple[Units, Draft]) -> None:
    units, draft = drifted
    wide = Wishes(bands={Level.BUILDING: (1, 10_000)})
    assert repair(units, draft, wide).draft == draft


@settings(max_examples=15, deadline=None)
@given(some_counts, some.sampled_from([None, "111", "u0000", "222"]))
def test_a_repair_never_breaks_a_grid_nor_moves_what_is_locked(counts: list[int], locked: str | None) -> None:
    units, draft = small(counts)
    draft = replace(draft, marks={"locks": {locked: True} if locked else {}})
    found = repair(units, draft, Wishes(bands=BANDS))
    whole_and_nested(units, found.draft)
    assert found.draft.grids.keys() == draft.grids.keys()
    before, after = found.before.levels[Level.BUILDING], found.after.levels[Level.BUILDING]
    assert (after.in_band or 0) >= (before.in_band or 0)
    if locked in ("111", "222"):
        assert found.draft.units_of(locked) == draft.units_of(locked)
    elif locked:
        assert found.draft.home[locked] == draft.home[locked]


def test_whole_compounds_move_where_that_brings_compound_grids_into_their_band() -> None:
    units, draft = small([10] * 32)
    uneven = Wishes(bands={Level.COMPOUND: (70, 90), Level.BUILDING: (10, 60)})
    found = repair(units, draft, uneven, compounds_too=True)
    before, after = found.before.levels[Level.COMPOUND], found.after.levels[Level.COMPOUND]
    assert (after.in_band or 0) >= (before.in_band or 0)
    whole_and_nested(units, found.draft)


def test_a_level_without_a_band_and_a_locked_plan_are_refused() -> None:
    units, draft = small([10] * 32)
    with pytest.raises(Refused, match="no band"):
        repair(units, draft, Wishes(bands={Level.COMPOUND: (1, 9)}))
    with pytest.raises(Refused, match="locked"):
        repair(units, replace(draft, marks={"locks": {"*": True}}), Wishes())
