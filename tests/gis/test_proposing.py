"""Proposals: nothing is lost, every grid is whole and nested, locks hold, the same seed gives the same, proofs are proofs."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as some
from scipy.optimize import OptimizeResult, milp

from city.settings import HOME
from demo.boundaries import read_boundaries
from domain.grids import Grid, Level
from domain.plans.drafts import Draft, households
from domain.plans.proposals import Cancelled, Impossible, Proposal, Wishes, crossings, with_crossings
from domain.plans.units import Units
from domain.said import Refused, Said
from gis.solver import districting
from gis.solver.proposing import propose
from gis.units import build_units
from tests.gis.chessboard import draft_of, units_of

BANDS = {Level.COMPOUND: (60, 140), Level.BUILDING: (20, 60)}


def whole_and_nested(units: Units, draft: Draft) -> None:
    """Every unit once, every grid one piece without a hole, parents present, compounds in one compound grid."""
    assert draft.home.keys() == units.by_code.keys()
    for grid in draft.grids.values():
        assert units.form(draft.units_of(grid.code)).is_whole, grid
        assert grid.level is Level.COMMUNITY or grid.parent in draft.grids
    for compound, members in units.by_compound.items():
        assert len({draft.above(draft.home[unit], Level.COMPOUND) for unit in members}) == 1, compound


@pytest.fixture(scope="module")
def demo() -> tuple[Units, Draft, dict[str, str]]:
    read = read_boundaries(HOME / "data" / "boundaries")
    rows = (
        (u["unit"], u["kind"], u["compound"], u["building"], u["households"], shapely.to_wkb(u["shape"]))
        for u in read.units
    )
    grids = {g.code: Grid(g.code, g.level, g.name, g.parent) for g in read.grids}
    return build_units(rows).units, Draft(grids, dict(read.home_of)), read.compounds


@pytest.fixture(scope="module")
def proposed(demo: tuple[Units, Draft, dict[str, str]]) -> Proposal:
    units, draft, names = demo
    found = propose(units, draft, Wishes(seed=3), names=names)
    assert isinstance(found, Proposal)
    return found


@pytest.mark.slow
def test_the_whole_demo_city_comes_out_better_than_its_plan_and_all_in_band(
    demo: tuple[Units, Draft, dict[str, str]], proposed: Proposal
) -> None:
    units, _, _ = demo
    level2, level3 = proposed.after.levels[Level.COMPOUND], proposed.after.levels[Level.BUILDING]
    assert (level2.grids, level3.grids, level3.in_band) == (105, 382, 382)
    assert proposed.proved and (level2.in_band or 0) >= 66
    assert not level2.broken and not level3.broken
    whole_and_nested(units, proposed.draft)


def test_codes_are_kept_or_new_and_what_is_new_knows_where_it_came_from(
    demo: tuple[Units, Draft, dict[str, str]], proposed: Proposal
) -> None:
    _, before, _ = demo
    after = proposed.draft
    for code, grid in after.grids.items():
        if code in before.grids:
            assert grid.parent == before.grids[code].parent and code not in after.mark("lineage")
        else:
            assert set(after.mark("lineage")[code]) <= before.grids.keys()
        assert grid.parent is None or code.startswith(grid.parent)
    assert all(grid.name.endswith("网格") for grid in after.grids.values() if grid.level is Level.COMPOUND)
    assert all("号楼" in grid.name for grid in after.grids.values() if grid.level is Level.BUILDING)


@pytest.mark.slow
def test_codes_that_earlier_drafts_used_up_change_codes_and_no_ground(
    demo: tuple[Units, Draft, dict[str, str]], proposed: Proposal
) -> None:
    units, draft, names = demo
    later = propose(units, draft, Wishes(seed=3), names=names, taken=proposed.draft.grids.keys())
    assert isinstance(later, Proposal)
    assert later.draft.grids.keys() != proposed.draft.grids.keys()
    for level in Level:
        assert grounds_of(later.draft, level) == grounds_of(proposed.draft, level), level


def grounds_of(draft: Draft, level: Level) -> set[frozenset[str]]:
    """How a level divides the city, whatever its grids are called."""
    return {draft.units_of(code) for code, grid in draft.grids.items() if grid.level is level}


@pytest.mark.slow
def test_with_a_price_on_moving_fewer_households_move(
    demo: tuple[Units, Draft, dict[str, str]], proposed: Proposal
) -> None:
    units, draft, names = demo
    quiet = propose(units, draft, Wishes(seed=3, stay=0.01), names=names)
    assert isinstance(quiet, Proposal)
    assert quiet.moved[Level.BUILDING] < proposed.moved[Level.BUILDING] * 0.6
    assert quiet.after.levels[Level.BUILDING].in_band == 382


def test_within_a_compound_grid_all_else_stays_bit_for_bit(demo: tuple[Units, Draft, dict[str, str]]) -> None:
    units, draft, names = demo
    parent = next(
        c for c, g in draft.grids.items() if g.level is Level.COMPOUND and len(draft.children[c]) > 4
    )
    count = len(draft.children[parent]) - 1
    found = propose(units, draft, Wishes(within=parent, counts={Level.BUILDING: count}), names=names)
    assert isinstance(found, Proposal) and len(found.draft.children[parent]) == count
    inside = draft.units_of(parent)
    assert {u: g for u, g in found.draft.home.items() if u not in inside} == {
        u: g for u, g in draft.home.items() if u not in inside
    }


# --- small cities ---------------------------------------------------------------------------------------


def small(counts: list[int]) -> tuple[Units, Draft]:
    """Eight by four squares, two communities; each pair of columns a compound, a street along the middle row."""
    rows = [[0 if y == 1 else counts[y * 8 + x] for x in range(8)] for y in range(4)]
    units = units_of(
        rows, lambda x, y: f"{x // 4}{x // 2}{y // 2}", lambda x, y: "road" if y == 1 else "residential"
    )
    return units, draft_of(units, lambda x, y: "12"[x // 4] + "12"[x % 4 // 2] + "12"[y // 2])


some_counts = some.lists(some.integers(1, 40), min_size=32, max_size=32)


@settings(max_examples=10, deadline=None)
@given(some_counts, some.integers(0, 3))
def test_any_small_city_keeps_every_unit_in_whole_grids(counts: list[int], seed: int) -> None:
    units, draft = small(counts)
    found = propose(units, draft, Wishes(bands=BANDS, seed=seed))
    if isinstance(found, Impossible):
        assert found.because
        return
    whole_and_nested(units, found.draft)
    assert [found.after.levels[level].grids for level in Level] == [2, 4, 8]
    held = households(units, found.draft)
    assert sum(held[c] for c in "12") == sum(u.households for u in units.by_code.values())
    assert found.draft.hash == again(units, draft, seed).hash


def again(units: Units, draft: Draft, seed: int) -> Draft:
    found = propose(units, draft, Wishes(bands=BANDS, seed=seed))
    assert isinstance(found, Proposal)
    return found.draft


@settings(max_examples=8, deadline=None)
@given(some_counts, some.sampled_from(["11", "111", "222", "unit"]))
def test_what_is_locked_keeps_exactly_its_ground(counts: list[int], locked: str) -> None:
    units, draft = small(counts)
    lock = "u0000" if locked == "unit" else locked
    draft = replace(draft, marks={"locks": {lock: True}})
    found = propose(units, draft, Wishes(bands=BANDS))
    if isinstance(found, Impossible):
        return
    whole_and_nested(units, found.draft)
    if locked == "unit":
        assert found.draft.home[lock] == draft.home[lock]
    else:
        assert found.draft.units_of(lock) == draft.units_of(lock)
        assert found.draft.grids[lock] == draft.grids[lock]
    assert found.draft.mark("locks") == {lock: True}


@settings(max_examples=10, deadline=None)
@given(some.lists(some.integers(1, 60), min_size=8, max_size=8), some.integers(1, 5))
def test_a_proof_holds_against_trying_everything(counts: list[int], wished: int) -> None:
    """Eight squares, each a compound: the most compound grids in band, or none at all, as brute force finds them."""
    units, draft = eight_compounds(counts)
    band = (40, 80)
    wishes = Wishes(bands={Level.COMPOUND: band}, counts={Level.COMPOUND: wished}, must={Level.COMPOUND})
    best = brute_force(units, wished, band)
    found = propose(units, draft, wishes)
    if isinstance(found, Impossible):
        assert found.proved and best < wished
    else:
        assert found.after.levels[Level.COMPOUND].in_band == wished == best


@settings(max_examples=25, deadline=None)
@given(some.lists(some.integers(1, 90), min_size=8, max_size=8), some.integers(2, 3))
def test_proved_means_that_trying_everything_brings_no_more_into_the_band(
    counts: list[int], wished: int
) -> None:
    units, draft = eight_compounds(counts)
    band = (40, 80)
    found = propose(units, draft, Wishes(bands={Level.COMPOUND: band}, counts={Level.COMPOUND: wished}))
    assert isinstance(found, Proposal)
    if found.proved:
        assert found.after.levels[Level.COMPOUND].in_band == brute_force(units, wished, band)


def eight_compounds(counts: list[int]) -> tuple[Units, Draft]:
    """Two rows of four squares, each a compound, in one compound grid that is the smallest."""
    units = units_of([counts[:4], counts[4:]], lambda x, y: f"{x}{y}")
    draft = draft_of(units, lambda x, y: "111")
    return units, Draft({c: g for c, g in draft.grids.items() if len(c) < 3}, dict.fromkeys(draft.home, "11"))


def gives_up(prices: object, *rest: object, **more: object) -> OptimizeResult:
    """A solver that comes to its limit with nothing in hand."""
    return OptimizeResult(x=None, status=1, message="Node limit reached")


def test_a_limit_of_the_solver_is_no_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    units, draft = eight_compounds([20] * 8)
    wishes = Wishes(bands={Level.COMPOUND: (40, 80)}, counts={Level.COMPOUND: 3}, must={Level.COMPOUND})
    assert isinstance(propose(units, draft, wishes), Proposal)
    monkeypatch.setattr(districting, "milp", gives_up)
    found = propose(units, draft, wishes)
    assert isinstance(found, Impossible) and not found.proved and found.blame == ("1",)
    assert "no way was found" in str(found.because[0])


def test_a_sum_that_was_missed_because_the_solver_gave_up_is_no_proof(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two communities, three grids: one of them needs two, at which the solver comes to its limit."""
    units = units_of([[40, 40, 40, 40]], lambda x, y: f"{x}")
    draft = draft_of(units, lambda x, y: "12"[x // 2] + "12"[x % 2])
    wishes = Wishes(bands={Level.COMPOUND: (40, 60)}, counts={Level.COMPOUND: 3})
    whole = propose(units, draft, wishes)
    assert isinstance(whole, Proposal) and whole.proved

    def one_gives_up(prices: object, *rest: Any, **more: Any) -> OptimizeResult:
        found = milp(prices, *rest, **more)
        if found.x is not None and round(sum(found.x)) == 2:
            return OptimizeResult(x=None, status=1, message="Node limit reached")
        return found

    monkeypatch.setattr(districting, "milp", one_gives_up)
    found = propose(units, draft, wishes)
    assert isinstance(found, Impossible) and not found.proved and found.blame == ("1", "2")
    assert "were found only in numbers from 2 to 2" in str(found.because[0])


def test_numbers_that_no_sum_reaches_blame_the_parents_in_the_way() -> None:
    """The first community has two islands of ground: below two grids nothing is whole."""
    units = units_of([[9, 9, 0, 9, 9], [0, 0, 0, 0, 0]], lambda x, y: f"{x}", lambda x, y: "water")
    draft = draft_of(units, lambda x, y: "11" if x < 2 else "21")
    walls = frozenset(frozenset((a, b)) for a, b in [("u0000", "u0100"), ("u0001", "u0101")])
    wishes = Wishes(bands={Level.COMPOUND: (1, 99)}, counts={Level.COMPOUND: 2}, walls=walls)
    found = propose(units, draft, wishes)
    assert isinstance(found, Impossible) and found.proved and found.blame == ("1",)


def test_nothing_is_proved_of_compound_grids_that_stay() -> None:
    units, draft = small([10] * 32)
    found = propose(
        units,
        draft,
        Wishes(within="11", bands={Level.BUILDING: BANDS[Level.BUILDING]}, counts={Level.BUILDING: 2}),
    )
    assert isinstance(found, Proposal) and not found.proved


def brute_force(units: Units, count: int, band: tuple[int, int]) -> int:
    """The most grids in band of all divisions into whole grids; -1 where there are none."""
    codes = sorted(units.by_code)
    best = -1
    for labels in product(range(count), repeat=len(codes)):
        if (
            labels[0]
            or len(set(labels)) < count
            or any(label > max(labels[:n], default=0) + 1 for n, label in enumerate(labels))
        ):
            continue
        groups: defaultdict[int, set[str]] = defaultdict(set)
        for unit, label in zip(codes, labels, strict=True):
            groups[label].add(unit)
        inside = sum(band[0] <= units.households(group) <= band[1] for group in groups.values())
        if inside > best and all(units.form(group).is_whole for group in groups.values()):
            best = inside
    return best


def test_a_river_is_not_crossed_where_that_is_forbidden() -> None:
    rows = [[9, 9, 9, 9], [0, 0, 0, 0], [0, 0, 0, 0], [9, 9, 9, 9]]
    units = units_of(rows, lambda x, y: f"{x}{y}", lambda x, y: "water" if y in (1, 2) else "residential")
    draft = draft_of(units, lambda x, y: "11" + "1234"[x])
    assert {tuple(sorted(pair)) for pair in crossings(units, "water")} >= {
        ("u0001", "u0002"),
        ("u0301", "u0302"),
    }
    bands = {Level.COMPOUND: (36, 36), Level.BUILDING: (9, 18)}
    wishes = Wishes(bands=bands, counts={Level.COMPOUND: 2, Level.BUILDING: 4})
    found = propose(units, draft, with_crossings(wishes, units, ["water"]))
    assert isinstance(found, Proposal)
    for code in found.draft.children["1"]:
        assert len({int(unit[3:]) // 2 for unit in found.draft.units_of(code)}) == 1
    none = propose(
        units, draft, with_crossings(Wishes(bands=bands, counts={Level.COMPOUND: 1}), units, ["water"])
    )
    assert isinstance(none, Impossible) and none.proved


# --- what cannot be meant -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wishes",
    [
        {"within": "nowhere"}, {"within": "111"}, {"bands": {Level.BUILDING: (9, 3)}}, {"counts": {Level.COMPOUND: 0}},
        {"stay": -1.0},
    ],
)  # fmt: skip
def test_wishes_that_cannot_be_meant_are_refused_in_a_sentence(wishes: dict[str, Any]) -> None:
    units, draft = small([10] * 32)
    with pytest.raises(Refused):
        propose(units, draft, Wishes(**wishes))


def test_a_locked_plan_and_units_that_do_not_fit_are_refused() -> None:
    units, draft = small([10] * 32)
    with pytest.raises(Refused, match="locked"):
        propose(units, replace(draft, marks={"locks": {"*": True}}), Wishes())
    with pytest.raises(Refused, match="do not fit"):
        propose(units, replace(draft, home={u: g for u, g in draft.home.items() if u != "u0000"}), Wishes())


def test_progress_is_told_and_somebody_may_stop_it() -> None:
    units, draft = small([10] * 32)
    told: list[tuple[float, Said]] = []
    propose(units, draft, Wishes(bands=BANDS), progress=lambda share, stage: told.append((share, stage)))
    assert told[-1][0] == 1.0 and all(0 <= share <= 1 for share, _ in told)
    with pytest.raises(Cancelled):
        propose(units, draft, Wishes(bands=BANDS), cancelled=lambda: True)
