"""What is wished of a proposal: what cannot be meant, or would count for nothing, is refused in one sentence."""

from __future__ import annotations

import pickle
from math import inf, nan
from typing import Any

import pytest

from domain.grids import Level
from domain.plans.drafts import Draft
from domain.plans.proposals import Wishes, dividing, with_crossings
from domain.plans.units import Units
from domain.said import Refused
from tests.gis.chessboard import draft_of, units_of


@pytest.fixture(scope="module")
def river() -> tuple[Units, Draft]:
    """Four columns, a river of two rows through their middle; a compound grid for each column, in one community."""
    rows = [[9, 9, 9, 9], [0, 0, 0, 0], [0, 0, 0, 0], [9, 9, 9, 9]]
    units = units_of(rows, lambda x, y: f"{x}{y}", lambda x, y: "water" if y in (1, 2) else "residential")
    return units, draft_of(units, lambda x, y: "1" + "1234"[x] + "1")


PAIR = frozenset(("u0001", "u0002"))
NO_PRICE = "is no price"
STAYS = "stays as it is here"


@pytest.mark.parametrize(
    ("wishes", "words"),
    [
        ({"stay": nan}, NO_PRICE),
        ({"stay": inf}, NO_PRICE),
        ({"stay": -1.0}, NO_PRICE),
        ({"tolls": {PAIR: nan}}, NO_PRICE),
        ({"tolls": {PAIR: inf}}, NO_PRICE),
        ({"tolls": {PAIR: -0.1}}, NO_PRICE),
        ({"bands": {Level.COMPOUND: (1, inf)}}, "is no band"),
        ({"bands": {Level.COMPOUND: (nan, 9)}}, "is no band"),
        ({"bands": {Level.COMPOUND: (1, nan)}}, "is no band"),
        ({"bands": {Level.COMPOUND: (0, 0)}}, "is no band"),
        ({"counts": {Level.COMPOUND: nan}}, "cannot have nan grids"),
        ({"counts": {Level.COMPOUND: inf}}, "cannot have inf grids"),
        ({"must": {Level.COMMUNITY}}, f"Level 1 {STAYS}"),
        ({"bands": {Level.COMMUNITY: (9, 90)}}, f"Level 1 {STAYS}"),
        ({"within": "11", "counts": {Level.COMPOUND: 2}}, f"Level 2 {STAYS}"),
        ({"within": "11", "must": {Level.COMPOUND}}, f"Level 2 {STAYS}"),
        ({"within": "11", "bands": {Level.COMPOUND: (9, 90)}}, f"Level 2 {STAYS}"),
        ({"bands": {}, "must": {Level.COMPOUND}}, "Level 2 has no band"),
    ],
)
def test_a_number_that_is_none_and_a_wish_that_would_count_for_nothing_are_refused(
    river: tuple[Units, Draft], wishes: dict[str, Any], words: str
) -> None:
    with pytest.raises(Refused, match=words):
        Wishes(**wishes).check(river[1])


@pytest.mark.parametrize(
    "wishes",
    [
        {},
        {"within": "11"},
        {"counts": {Level.COMMUNITY: 1}, "must": {Level.COMMUNITY}, "bands": {Level.COMMUNITY: (1, 99)}},
        {"within": "1", "must": {Level.COMPOUND}, "counts": {Level.COMPOUND: 2}},
        {"stay": 0.0, "tolls": {PAIR: 0.0}},
    ],
)
def test_what_can_be_meant_passes(river: tuple[Units, Draft], wishes: dict[str, Any]) -> None:
    Wishes(**wishes).check(river[1])


def test_what_stays_names_the_levels_that_do_not(river: tuple[Units, Draft]) -> None:
    with pytest.raises(Refused, match="level 2, 3"):
        Wishes(must={Level.COMMUNITY}).check(river[1])


def test_only_ground_that_parts_what_lies_beside_it_can_be_forbidden_or_priced(
    river: tuple[Units, Draft],
) -> None:
    units, _ = river
    assert dividing(units) == ("water",)
    for kinds in ({"forbidden": ["rivr"]}, {"priced": {"rivr": 1.0}}, {"forbidden": ["residential"]}):
        with pytest.raises(Refused, match="known are: water"):
            with_crossings(Wishes(), units, **kinds)
    dry = units_of([[9, 9]])
    with pytest.raises(Refused, match="Nothing parts this ground"):
        with_crossings(Wishes(), dry, ["water"])


@pytest.mark.parametrize("price", [nan, inf, -1.0])
def test_a_price_of_a_kind_of_ground_is_told_as_it_was_given(
    river: tuple[Units, Draft], price: float
) -> None:
    with pytest.raises(Refused, match=f"{price} is no price"):
        with_crossings(Wishes(), river[0], priced={"water": price})


def test_another_process_gets_the_ground_and_the_draft_without_what_was_worked_out_of_them(
    river: tuple[Units, Draft],
) -> None:
    """It grows while others look at the same draft: a pickle that took it along would break now and then."""
    units, draft = (pickle.loads(pickle.dumps(each)) for each in river)
    sent = pickle.dumps(units), pickle.dumps(draft)
    assert units.corners_of and units.by_compound and draft.smallest and draft.children and draft.leaf_units
    assert (pickle.dumps(units), pickle.dumps(draft)) == sent
    assert pickle.loads(sent[1]) == draft and pickle.loads(sent[0]) == units
