"""Spread working members over grid branches: everybody somewhere, nobody's branch crowded, each served, at the least cost.

A transport problem: members of one kind – the same unit, home and branch so far – flow to branches, cheaply where
something speaks for it and through a common pool where nothing does. Its linear programme has whole numbers in every
corner, and the simplex method ends in one. Same input, same output.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array

from domain.frontline.working_members import (
    COST,
    Because,
    Branches,
    Placed,
    WorkingMember,
    faults,
    refusal_to_spread,
)
from domain.said import Refused, said

Kind = tuple[str, str | None, str | None]
"""Department, home, branch so far: whoever has these in common can stand for one another."""


@dataclass(frozen=True, slots=True)
class _Arc:
    """From a kind (or the pool) to a branch (or the pool)."""

    kind: Kind | None
    branch: str | None
    cost: int


def spread(members: Sequence[WorkingMember], branches: Branches) -> list[Placed]:
    """A place for each member, by their numbers, with the reason.

    Raises:
        Refused: when there is not room enough, or are not members enough, whatever was tried.
    """
    if (refused := refusal_to_spread(members, branches)) is not None:
        raise Refused(refused)
    kinds = _kinds(members)
    arcs = _arcs(kinds, branches)
    flows = _least_cost(arcs, {kind: len(those) for kind, those in kinds.items()}, branches)
    placed = _carried_out(arcs, flows, kinds, branches)
    assert not faults(placed, members, branches)
    return placed


def _kinds(members: Sequence[WorkingMember]) -> dict[Kind, list[WorkingMember]]:
    found: dict[Kind, list[WorkingMember]] = defaultdict(list)
    for member in sorted(members, key=lambda each: each.id):
        found[member.department, member.home, member.branch].append(member)
    return found


def _arcs(kinds: Mapping[Kind, Sequence[WorkingMember]], branches: Branches) -> list[_Arc]:
    """What speaks for a place goes there; everything else goes through the pool."""
    codes, arcs = sorted(branches.capacity), [_Arc(None, branch, 0) for branch in sorted(branches.capacity)]
    for kind, those in kinds.items():
        reasons = ((branch, branches.reason(those[0], branch)) for branch in codes)
        arcs += [_Arc(kind, branch, COST[reason]) for branch, reason in reasons if reason is not Because.ROOM]
        arcs.append(_Arc(kind, None, COST[Because.ROOM]))
    return arcs


def _least_cost(arcs: Sequence[_Arc], supply: Mapping[Kind, int], branches: Branches) -> list[int]:
    rows = {node: n for n, node in enumerate((*supply, None))}
    # What leaves a kind is all of it; what comes into the pool leaves it.
    leaving = [(rows[arc.kind], n, 1) for n, arc in enumerate(arcs)]
    pooled = [(rows[None], n, -1) for n, arc in enumerate(arcs) if arc.branch is None]
    places = {branch: n for n, branch in enumerate(sorted(branches.capacity))}
    coming = [(places[arc.branch], n, 1) for n, arc in enumerate(arcs) if arc.branch is not None]
    in_branches = _matrix(coming, len(places), len(arcs))
    bounds = [[branches.capacity[b] for b in places], [-branches.least.get(b, 0) for b in places]]
    found = linprog(
        [arc.cost for arc in arcs],
        A_eq=_matrix(leaving + pooled, len(rows), len(arcs)),
        b_eq=[*supply.values(), 0],
        A_ub=_stacked(in_branches),
        b_ub=np.concatenate(bounds),
        method="highs-ds",
    )
    if found.status != 0:
        raise Refused(said("The members cannot be spread so that no branch is crowded and each is served."))
    return [round(flow) for flow in found.x]


def _matrix(entries: Sequence[tuple[int, int, int]], rows: int, columns: int) -> coo_array:
    at, over, values = zip(*entries, strict=True)
    return coo_array((values, (at, over)), shape=(rows, columns))


def _stacked(matrix: coo_array) -> coo_array:
    """A matrix over its own negative: at most, and at least."""
    rows, columns = matrix.shape
    at, over = matrix.coords
    return coo_array(
        (np.concatenate([matrix.data, -matrix.data]), (np.concatenate([at, at + rows]), np.concatenate([over, over]))),
        shape=(2 * rows, columns),
    )  # fmt: skip


def _carried_out(
    arcs: Sequence[_Arc], flows: Sequence[int], kinds: Mapping[Kind, list[WorkingMember]], branches: Branches
) -> list[Placed]:  # fmt: skip
    """Flows as places of single members: within a kind the first numbers go to the first branches."""
    waiting = {kind: iter(those) for kind, those in kinds.items()}
    pool: list[WorkingMember] = []
    from_pool: list[str] = []
    placed: list[Placed] = []
    for arc, flow in zip(arcs, flows, strict=True):
        if arc.kind is None:
            from_pool += [str(arc.branch)] * flow
            continue
        for _ in range(flow):
            member = next(waiting[arc.kind])
            if arc.branch is None:
                pool.append(member)
            else:
                placed.append(Placed(member.id, arc.branch, branches.reason(member, arc.branch)))
    pool.sort(key=lambda member: member.id)
    placed += [
        Placed(member.id, branch, branches.reason(member, branch))
        for member, branch in zip(pool, from_pool, strict=True)
    ]
    return sorted(placed, key=lambda each: each.member)
