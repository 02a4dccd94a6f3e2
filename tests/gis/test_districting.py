"""Grouping whole pieces: connected, exactly covering, as many in the band as there can be."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from scipy.optimize import OptimizeResult

from gis.solver import districting, grouping
from gis.solver.board import board_of
from gis.solver.districting import Infeasible, Undecided, best_partition, connected_groups
from tests.gis.chessboard import units_of

SIDE = 3


def neighbours() -> dict[int, set[int]]:
    """A three by three board; corners do not touch."""
    found: dict[int, set[int]] = {n: set() for n in range(SIDE * SIDE)}
    for x, y in product(range(SIDE), repeat=2):
        for dx, dy in ((1, 0), (0, 1)):
            if x + dx < SIDE and y + dy < SIDE:
                a, b = y * SIDE + x, (y + dy) * SIDE + x + dx
                found[a].add(b)
                found[b].add(a)
    return found


def is_connected(group: frozenset[int], near: dict[int, set[int]]) -> bool:
    reached, frontier = set(), {min(group)}
    while frontier:
        reached |= frontier
        frontier = {n for p in frontier for n in near[p] & group} - reached
    return reached == group


@settings(max_examples=30, deadline=None)
@given(some.lists(some.integers(100, 900), min_size=9, max_size=9), some.integers(4, 9))
def test_the_partition_covers_everything_once_with_connected_groups(weights: list[int], count: int) -> None:
    near = neighbours()
    groups = sorted(connected_groups(near, weights, 1500), key=sorted)
    try:
        found = best_partition(groups, weights, count, (1000, 1500))
    except Infeasible:
        return
    assert len(found.groups) == count
    assert sorted(p for group in found.groups for p in group) == list(range(9))
    assert all(is_connected(group, near) for group in found.groups)
    assert found.in_band == sum(1000 <= sum(weights[p] for p in g) <= 1500 for g in found.groups)
    assert found.proved


def test_what_cannot_be_is_said_to_be_impossible() -> None:
    groups = sorted(connected_groups(neighbours(), [800] * 9, 1500), key=sorted)
    with pytest.raises(Infeasible):
        best_partition(groups, [800] * 9, 3, (1000, 1500))


def test_the_solver_finds_what_trying_everything_finds() -> None:
    weights = [500, 600, 400, 700, 300, 900, 200, 800, 1000]
    near = neighbours()
    groups = sorted(connected_groups(near, weights, 1500), key=sorted)
    best = best_partition(groups, weights, 5, (1000, 1500)).in_band

    def tries(left: frozenset[int], count: int) -> int:
        if not left or not count:
            return 0 if not left and not count else -99
        first = min(left)
        return max(
            (
                (1000 <= sum(weights[p] for p in g) <= 1500) + tries(left - g, count - 1)
                for g in groups
                if first in g and g <= left
            ),
            default=-99,
        )

    assert best == tries(frozenset(range(9)), 5)


def test_a_limit_with_nothing_in_hand_is_not_taken_for_a_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(districting, "milp", lambda *_, **__: OptimizeResult(x=None, status=1, message=""))
    with pytest.raises(Undecided):
        best_partition([frozenset([n]) for n in range(9)], [800] * 9, 9, (1000, 1500))


def test_what_was_only_found_in_time_may_be_better_as_far_as_arithmetic_goes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Four in a row, 60 each: of two grids both can be in 100–140; the solver is stopped with one of 60."""
    board = board_of(units_of([[60, 60, 60, 60]]), [f"u{n:02d}00" for n in range(4)])
    groups = ([0], [1, 2, 3])
    monkeypatch.setattr(
        grouping,
        "cheapest_partition",
        lambda only, *_: ([only.index(frozenset(group)) for group in groups], False),
    )
    found = grouping.ladder(board, 2, (100, 140), 240, lambda group, weight: 0.0).rungs[2]
    assert (found.out_of_band, found.least_out) == (2, 0)
