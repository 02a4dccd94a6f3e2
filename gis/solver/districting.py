"""Group whole pieces into districts: enumerate connected groups, let an exact solver choose the partition.

Set partitioning with HiGHS (scipy): the optimum, or the proof that there is none. Pieces are numbered 0…n-1;
neighbours share an edge, not a corner.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csc_array

Group = frozenset[int]


@dataclass(frozen=True, slots=True)
class Partition:
    """The groups chosen; how many lie in the band; whether the solver proved that no partition has more."""

    groups: tuple[Group, ...]
    in_band: int
    proved: bool


class Infeasible(Exception):
    """No partition of whole pieces into that many connected groups exists."""


class TooMany(Exception):
    """There are more connected groups than can be looked at one by one."""


def connected_groups(
    neighbours: Mapping[int, set[int]], weights: Sequence[int], largest: int, *, most: int = 6
) -> set[Group]:
    """Every connected group of up to ``most`` pieces whose weight is at most ``largest``, and every single piece."""
    found: set[Group] = {frozenset([piece]) for piece in neighbours}
    frontier = {group for group in found if sum(weights[p] for p in group) <= largest}
    for _ in range(most - 1):
        grown = {
            group | {near}
            for group in frontier
            for piece in group
            for near in neighbours[piece] - group
            if sum(weights[p] for p in group) + weights[near] <= largest
        }
        frontier = grown - found
        found |= frontier
    return found


def best_partition(
    groups: Sequence[Group], weights: Sequence[int], count: int, band: tuple[int, int], *, seconds: float = 60
) -> Partition:
    """The partition of all pieces into exactly ``count`` of the groups with the most of them in the band.

    Raises:
        Infeasible: when there is none, or none was found in the time given.
    """
    ordered = sorted(groups, key=sorted)
    totals = np.array([sum(weights[p] for p in group) for group in ordered])
    inside = (totals >= band[0]) & (totals <= band[1])
    # Among equals prefer compact groups: a small price for every piece beyond the first.
    price = -inside.astype(float) + 1e-4 * np.array([len(g) - 1 for g in ordered]) ** 2
    chosen, proved = cheapest_partition(ordered, price, len(weights), count, {"time_limit": seconds})
    return Partition(tuple(ordered[c] for c in chosen), int(inside[chosen].sum()), proved)


def cheapest_partition(
    groups: Sequence[Group],
    prices: NDArray[np.float64],
    pieces: int,
    count: int,
    limits: Mapping[str, float],
) -> tuple[list[int], bool]:
    """The numbers of exactly ``count`` groups that hold every piece once at the least price, and whether that is proved.

    ``limits`` are HiGHS' own: ``time_limit`` in seconds, or ``node_limit``, with which the same input gives the same
    answer on a slow machine.

    Raises:
        Infeasible: when there is none, or none was found within the limits.
    """
    rows, columns = zip(*((p, c) for c, group in enumerate(groups) for p in group), strict=True)
    covered = csc_array((np.ones(len(rows)), (rows, columns)), shape=(pieces, len(groups)))
    solved = milp(
        prices,
        integrality=np.ones(len(groups)),
        bounds=Bounds(0, 1),
        constraints=[
            LinearConstraint(covered, 1, 1),
            LinearConstraint(np.ones((1, len(groups))), count, count),
        ],
        options={"mip_rel_gap": 0.0, **limits},
    )
    if solved.x is None:
        raise Infeasible(solved.message)
    return [int(c) for c in np.flatnonzero(solved.x > 0.5)], solved.status == 0


def whole_groups(
    links: Sequence[Set[int]], weights: Sequence[int], largest: int, *, limit: int
) -> list[tuple[Group, int]]:
    """Every connected group of any size whose weight is at most ``largest``, every single piece, and their weights.

    Raises:
        TooMany: when there are more than ``limit``.
    """
    found = {frozenset((piece,)): weight for piece, weight in enumerate(weights)}
    frontier = [(group, weight) for group, weight in found.items() if weight <= largest]
    while frontier:
        grown = []
        for group, weight in frontier:
            for near in set().union(*(links[p] for p in group)) - group:
                more, total = group | {near}, weight + weights[near]
                if total <= largest and more not in found:
                    found[more] = total
                    grown.append((more, total))
        if len(found) > limit:
            raise TooMany
        frontier = grown
    return sorted(found.items(), key=lambda item: sorted(item[0]))
