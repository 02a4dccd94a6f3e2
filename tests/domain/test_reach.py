"""Arithmetic before anybody tries: what cannot be reached, and what only can in part."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from domain.findings import Severity
from domain.grids import Grid, Level
from domain.place import LngLat
from domain.plans.drafts import Draft
from domain.plans.proposals import Wishes
from domain.plans.reach import arithmetic, fitting, proof
from domain.plans.units import Border, Unit, Units


def city(*households: int, compounds: bool = True) -> tuple[Units, Draft]:
    """A row of units, each a compound, in one community, one compound grid, one building grid."""
    codes = [f"u{n}" for n in range(len(households))]
    units = {
        code: Unit(
            code, "residential", f"P{code}" if compounds else None, None, count, 1.0, 1.0, LngLat(0, 0)
        )
        for code, count in zip(codes, households, strict=True)
    }
    borders: dict[str, dict[str, Border]] = {code: {} for code in codes}
    for one, other in pairwise(codes):
        borders[one][other] = borders[other][one] = Border(1.0, 1)
    grids = {"1": Grid("1", Level.COMMUNITY, "甲社区", None), "11": Grid("11", Level.COMPOUND, "甲", "1"), "111": Grid("111", Level.BUILDING, "甲楼", "11")}  # fmt: skip
    return Units(units, borders, (), "row"), Draft(grids, dict.fromkeys(codes, "111"))


def test_more_grids_than_households_can_fill_is_a_note_and_a_bar_only_where_all_must_be_in_band() -> None:
    units, draft = city(900, 900, 900)
    wishes = Wishes(counts={Level.COMPOUND: 3, Level.BUILDING: 3})
    found = [f for f in arithmetic(units, draft, wishes) if "3000" in str(f.words)]
    assert [f.severity for f in found] == [Severity.NOTE] and "at most 2" in str(found[0].words)
    assert not proof(arithmetic(units, draft, wishes))
    assert proof(arithmetic(units, draft, Wishes(counts={Level.COMPOUND: 3}, must={Level.COMPOUND})))


def test_too_few_grids_is_told_with_how_many_are_needed() -> None:
    units, draft = city(900, 900, 900)
    found = arithmetic(units, draft, Wishes(counts={Level.COMPOUND: 1}))
    assert any("at least 2" in str(f.words) for f in found)


def test_more_grids_than_pieces_or_fewer_than_parents_are_bars() -> None:
    units, draft = city(900, 900)
    assert proof(arithmetic(units, draft, Wishes(counts={Level.COMPOUND: 3})))
    assert proof(arithmetic(units, draft, Wishes(counts={Level.COMPOUND: 2, Level.BUILDING: 1})))


def test_a_compound_heavier_than_the_band_is_named_with_its_households() -> None:
    units, draft = city(1600, 1000)
    found = arithmetic(units, draft, Wishes(counts={Level.COMPOUND: 2}))
    assert any("1600" in str(f.words) for f in found)


def test_a_parent_whose_households_no_number_of_grids_holds_is_to_blame() -> None:
    units, draft = city(450)
    tight = Wishes(within="11", bands={Level.BUILDING: (230, 400)}, must={Level.BUILDING})
    none = proof(arithmetic(units, draft, tight))
    assert none and none.blame == ("11",)


def test_the_proof_tells_what_bars_alone_and_names_each_parent_once() -> None:
    units, draft = city(450)
    wished = Wishes(within="11", bands={Level.BUILDING: (230, 400)})
    assert arithmetic(units, draft, wished) and proof(arithmetic(units, draft, wished)) is None
    demanded = arithmetic(units, draft, replace(wished, must={Level.BUILDING}))
    none = proof(demanded)
    assert none and none.proved and none.blame == ("11",)
    assert none.because == tuple(finding.words for finding in demanded)


def test_where_nobody_lives_nothing_can_be_balanced() -> None:
    units, draft = city(0, 0, compounds=False)
    none = proof(arithmetic(units, draft, Wishes()))
    assert none and len(none.because) == 1


def test_numbers_that_fit_are_those_between_both_ends() -> None:
    assert list(fitting(1000, (200, 400))) == [3, 4, 5]
    assert not fitting(450, (230, 400))
