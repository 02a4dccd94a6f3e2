"""Group whole pieces into grids with an exact solver, and share out how many grids each part of the city gets.

For every number of grids a parent could have, the solver finds the groups with the most of them in the band, and among
those the cheapest; then the numbers are shared out over all parents, again exactly. What was not looked at – groups that
are too heavy, numbers at which the solver came to its limit – is told apart from what cannot be: each number knows how
few grids might be out of band at best. Where there are too many groups to look at each, no ladder is made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gis.solver.board import Board
from gis.solver.districting import (
    Group,
    Infeasible,
    Undecided,
    cheapest_partition,
    least_out_with_heavier,
    whole_groups,
)

GROUPS = 1_500
"""So many groups of one parent are looked at; with more it is left to trees and flips."""

NODES = 500
"""So many nodes the solver may branch into for one number of grids. No clock: the same input, the same answer."""

Score = tuple[int, float]
"""Grids out of band (less is better), then what the rest costs."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The best groups found for one number of grids. ``least_out``: so many are out of band in any others, too."""

    groups: tuple[Group, ...]
    out_of_band: int
    price: float
    least_out: int

    @property
    def score(self) -> Score:
        return self.out_of_band, self.price


@dataclass(frozen=True, slots=True)
class Ladder:
    """The best choice for each number of grids; ``undecided`` are numbers at which the solver came to its limit."""

    rungs: Mapping[int, Choice]
    undecided: frozenset[int] = frozenset()


Priced = Callable[[Group, int], float]
"""What a group of this weight costs beside its band; 0 or more."""


def ladder(
    board: Board,
    most: int,
    band: tuple[int, int] | None,
    heaviest: float,
    price: Priced,
    *,
    only_in_band: bool = False,
) -> Ladder:
    """The best choice for each number of grids up to ``most``; a number is missing where no partition was found.

    ``heaviest`` is the largest weight of a group; a single piece may be heavier.

    Raises:
        TooMany: when there are too many groups to look at each.
    """
    found = whole_groups(board.links, board.weight, int(min(heaviest, 1 + sum(board.weight))), limit=GROUPS)
    groups = [(group, weight) for group, weight in found if board.is_simple(group)]
    inside = np.array([band is None or band[0] <= weight <= band[1] for _, weight in groups])
    if only_in_band:
        groups = [g for g, good in zip(groups, inside, strict=True) if good]
        inside = inside[inside]
    if not groups:
        return Ladder({})
    prices = np.array([price(group, weight) for group, weight in groups])
    # Grids in the band come first, whatever the rest costs: together it stays below one of them.
    scale = 0.4 / max(1e-9, float(prices.max()) * min(most, len(board)))
    only, total = [group for group, _ in groups], sum(board.weight)
    rungs: dict[int, Choice] = {}
    undecided: set[int] = set()
    for count in range(1, min(most, len(board)) + 1):
        try:
            chosen, proved = cheapest_partition(
                only, scale * prices + ~inside, len(board), count, {"node_limit": NODES}
            )
        except Infeasible:
            continue
        except Undecided:
            undecided.add(count)
            continue
        out = count - int(inside[chosen].sum())
        least = out if proved else unavoidable(total, count, band)
        if band and least and total > heaviest and not only_in_band:
            least = _with_heavier(only, ~inside, board.weight, count, band, int(heaviest), least)
        rungs[count] = Choice(tuple(only[c] for c in chosen), out, float(prices[chosen].sum()), least)
    return Ladder(rungs, frozenset(undecided))


def _with_heavier(
    groups: Sequence[Group], out: NDArray[np.bool_], weights: Sequence[int], count: int, band: tuple[int, int], heaviest: int,
    least: int,
) -> int:  # fmt: skip
    """What is left of so many at least where a grid may be heavier than all groups: by arithmetic, else by the solver."""
    rest = sum(weights) - heaviest - 1
    by_arithmetic = count - min(count - 1, rest // band[0] if band[0] else count)
    if by_arithmetic >= least:
        return least
    try:
        found = least_out_with_heavier(groups, out, weights, count, heaviest, {"node_limit": NODES})
    except Undecided:
        return by_arithmetic
    return least if found is None else min(least, found)


def shared_out(options: Sequence[Mapping[int, Score]], total: int) -> list[int] | None:
    """The number for each part so that they sum to the total at the least score; None where they cannot."""
    rest = [0] * (len(options) + 1)
    for n in range(len(options) - 1, -1, -1):
        if not options[n]:
            return None
        rest[n] = rest[n + 1] + min(options[n])
    trail: list[dict[int, tuple[Score, int]]] = []
    scores: dict[int, Score] = {0: (0, 0.0)}
    for n, here in enumerate(options):
        step: dict[int, tuple[Score, int]] = {}
        for held, (out, price) in scores.items():
            for count, (more, cost) in here.items():
                sum_ = held + count
                if sum_ + rest[n + 1] > total:
                    continue
                score = (out + more, price + cost)
                if sum_ not in step or score < step[sum_][0]:
                    step[sum_] = (score, count)
        trail.append(step)
        scores = {held: score for held, (score, _) in step.items()}
    if total not in scores:
        return None
    counts: list[int] = []
    held = total
    for step in reversed(trail):
        counts.append(step[held][1])
        held -= counts[-1]
    return counts[::-1]


def unavoidable(total: int, count: int, band: tuple[int, int] | None) -> int:
    """So many of the grids that share these households lie out of the band whatever is done; none without a band."""
    if band is None:
        return 0
    least, most = band
    too_many = count - total // least if least and total < count * least else 0
    too_few = 1 if total > count * most else 0
    return max(too_many, too_few)


def arithmetic_rungs(total: int, counts: Iterable[int], band: tuple[int, int] | None) -> dict[int, Score]:
    """What numbers of grids are worth by arithmetic alone: none out of band, with room to both ends."""
    found: dict[int, Score] = {}
    for count in counts:
        if band is None:
            found[count] = (0, 0.0)
            continue
        middle, half = (band[0] + band[1]) / 2, max(1.0, (band[1] - band[0]) / 2)
        off = abs(total / count - middle) / half
        # A number that fits only just is costly: there may be no such ground.
        found[count] = (unavoidable(total, count, band), count * off**2 + (8 * max(0.0, off - 0.8)) ** 2)
    return found
