"""Group whole pieces into districts: enumerate connected groups, let an exact solver choose the partition.

Set partitioning with HiGHS (scipy): the optimum, or the proof that there is none. Pieces are numbered 0…n-1;
neighbours share an edge, not a corner.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
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
    pieces, columns = zip(*((p, c) for c, group in enumerate(ordered) for p in group), strict=True)
    covered = csc_array((np.ones(len(pieces)), (pieces, columns)), shape=(len(weights), len(ordered)))
    solved = milp(
        price,
        integrality=np.ones(len(ordered)),
        bounds=Bounds(0, 1),
        constraints=[
            LinearConstraint(covered, 1, 1),
            LinearConstraint(np.ones((1, len(ordered))), count, count),
        ],
        options={"time_limit": seconds, "mip_rel_gap": 0.0},
    )
    if solved.x is None:
        raise Infeasible(solved.message)
    chosen = np.flatnonzero(solved.x > 0.5)
    return Partition(tuple(ordered[c] for c in chosen), int(inside[chosen].sum()), solved.status == 0)
