"""Real units of another city, each with its tickets, become areas of equal work; skipped where the data is not there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from benchmarks.processor import timed
from benchmarks.proposing import AREAS, is_whole
from benchmarks.proposing import washington as units_with_tickets
from domain.grids import Level
from domain.plans.drafts import Draft
from domain.plans.proposals import Band, Proposal, Wishes
from domain.plans.units import Units
from gis.solver.proposing import propose

SEEDS = 8
"""Tries: the bench makes more of them, of closer bands."""

NEAR: Mapping[Level, float] = {Level.COMMUNITY: 0.02, Level.COMPOUND: 0.1}
"""How far from the mean an area may be, as a share of it."""

SECONDS = 15
"""The processor time that all tries may take."""


def around(mean: float, share: float) -> Band:
    return -int(-mean * (1 - share) // 1), int(mean * (1 + share))


def regrouped(units: Units, draft: Draft) -> Proposal:
    """The first division that a few tries find."""
    whole = units.households(units.by_code)
    bands = {level: around(whole / n, NEAR[level]) for level, n in AREAS.items()}
    for seed in range(SEEDS):
        made = propose(units, draft, Wishes(bands=bands, counts=AREAS, must=frozenset(AREAS), seed=seed))
        if isinstance(made, Proposal):
            return made
    raise AssertionError("the city can be divided so")


def test_real_units_are_regrouped_by_their_tickets_into_balanced_whole_and_nested_areas(
    washington: Path,
) -> None:
    units, draft = units_with_tickets(washington)
    assert len(units.by_code) >= 296 and units.households(units.by_code) > 20_000
    seconds, made = timed(lambda: regrouped(units, draft))
    found = made.draft
    assert Counter(grid.level for grid in found.grids.values() if grid.level in AREAS) == AREAS
    assert found.home.keys() == units.by_code.keys() and is_whole(units, found)
    for code, grid in found.grids.items():
        if grid.level is Level.COMMUNITY:
            assert len(found.children[code]) == AREAS[Level.COMPOUND] / AREAS[Level.COMMUNITY]
    for level, n in AREAS.items():
        mean = units.households(units.by_code) / n
        of_level = [units.households(found.units_of(c)) for c, g in found.grids.items() if g.level is level]
        assert sum(of_level) == units.households(units.by_code)
        assert all(abs(tickets - mean) <= NEAR[level] * mean for tickets in of_level)
    assert seconds < SECONDS
