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

OPTIMAL, INFEASIBLE = 0, 2
"""What scipy's ``milp`` says of itself; any other status is a limit it came to."""


@dataclass(frozen=True, slots=True)
class Partition:
    """The groups chosen; how many lie in the band; whether the solver proved that no partition has more."""

    groups: tuple[Group, ...]
    in_band: int
    proved: bool


class Infeasible(Exception):
    """No partition of whole pieces into that many connected groups exists."""


class Undecided(Exception):
    """The solver came to its limit with no partition in hand and no proof that there is none."""


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
        Infeasible: when there is none.
        Undecided: when none was found in the time given.
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
        Infeasible: when there is none.
        Undecided: when none was found within the limits.
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
        raise (Infeasible if solved.status == INFEASIBLE else Undecided)(solved.message)
    return [int(c) for c in np.flatnonzero(solved.x > 0.5)], solved.status == OPTIMAL


def least_out_with_heavier(
    groups: Sequence[Group],
    out: NDArray[np.bool_],
    weights: Sequence[int],
    count: int,
    heaviest: int,
    limits: Mapping[str, float],
) -> int | None:
    """So many of ``count`` grids are out of band at best where some are heavier than ``heaviest``, and so than all groups.

    ``out`` says which groups are out of band; heavier grids always are. Whether these hang together is not asked: so it
    may be too few, never too many. None where there can be no such grids.

    Raises:
        Undecided: when the limits came first.
    """
    pieces, heavier = len(weights), len(groups) + len(weights)
    rows = [p for group in groups for p in group] + list(range(pieces))
    columns = [c for c, group in enumerate(groups) for _ in group] + list(range(len(groups), heavier))
    # Columns: groups, then what of each piece lies in heavier grids, then how many of these there are.
    once = csc_array((np.ones(len(rows)), (rows, columns)), shape=(pieces, heavier + 1))
    price = np.concatenate([out.astype(float), np.zeros(pieces), [1.0]])
    numbers = np.concatenate([np.ones(len(groups)), np.zeros(pieces), [1.0]])
    heavy = np.concatenate([np.zeros(len(groups)), np.array(weights, float), [-(heaviest + 1.0)]])
    solved = milp(
        price,
        integrality=np.ones(heavier + 1),
        bounds=Bounds(np.eye(1, heavier + 1, heavier)[0], np.append(np.ones(heavier), count)),
        constraints=[
            LinearConstraint(once, 1, 1),
            LinearConstraint(numbers, count, count),
            LinearConstraint(heavy, 0, np.inf),
        ],
        options={"mip_rel_gap": 0.0, **limits},
    )
    if solved.status == INFEASIBLE:
        return None
    if solved.status != OPTIMAL:
        raise Undecided(solved.message)
    return round(solved.fun)


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
