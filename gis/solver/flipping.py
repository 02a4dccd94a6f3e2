"""Let pieces change hands between neighbouring grids, one at a time, and never break a grid while doing so.

A flip moves one piece to a grid it touches. It is allowed where both grids stay one piece without a hole, and it is
made where it helps – or, while the board is still warm, also where it hurts a little (simulated annealing). What helps
is a matter of taste: households in the band first, then compact grids, whole compounds, few households that change
hands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import exp, pi, sqrt
from random import Random

from gis.solver.board import Board

Band = tuple[int, int]
"""The least and the most households of a grid."""


@dataclass(frozen=True, slots=True)
class Taste:
    """What a grid costs. ``band``: each household outside the band, as a share of its lower end. ``shape``: 1 less
    Polsby–Popper. ``mixed``: each compound beyond the first. ``moved``: each household that is not where it was.
    """

    band: float = 40.0
    shape: float = 1.0
    mixed: float = 0.08
    moved: float = 0.0


@dataclass
class Flips:
    """A board with a grid's number for each piece, and the sums that tell what a flip would cost.

    ``fixed`` pieces do not move, ``closed`` grids take none. ``kin`` says to which compound a piece belongs, ``was`` in which grid it lay.
    """

    board: Board
    labels: list[int]
    count: int
    bands: Sequence[Band]
    taste: Taste
    kin: Sequence[int]
    was: Sequence[int]
    fixed: frozenset[int] = frozenset()
    closed: frozenset[int] = frozenset()
    weight: list[int] = field(init=False)
    area: list[float] = field(init=False)
    around: list[float] = field(init=False)
    size: list[int] = field(init=False)
    kinds: list[dict[int, int]] = field(init=False)
    costs: list[float] = field(init=False)
    """What each grid costs by its households and its form."""

    def __post_init__(self) -> None:
        self.weight, self.size = [0] * self.count, [0] * self.count
        self.area, self.around = [0.0] * self.count, [0.0] * self.count
        self.kinds = [{} for _ in range(self.count)]
        board = self.board
        for piece, label in enumerate(self.labels):
            self.weight[label] += board.weight[piece]
            self.area[label] += board.area[piece]
            self.size[label] += 1
            self.around[label] += board.border[piece] - self._shared(piece, label)
            if self.kin[piece] >= 0:
                self.kinds[label][self.kin[piece]] = self.kinds[label].get(self.kin[piece], 0) + 1

        self.costs = [self._form_cost(n, *self._sums(n)) for n in range(self.count)]

    def _sums(self, label: int) -> tuple[int, float, float]:
        return self.weight[label], self.area[label], self.around[label]

    def _shared(self, piece: int, label: int) -> float:
        labels = self.labels
        return sum(n.metres for q, n in self.board.near[piece].items() if labels[q] == label)

    def beyond(self, label: int, weight: int) -> int:
        """Households that a grid of this weight has too few or too many."""
        least, most = self.bands[label]
        return max(least - weight, weight - most, 0)

    @property
    def outside(self) -> int:
        """Grids out of their band."""
        return sum(self.beyond(label, weight) > 0 for label, weight in enumerate(self.weight))

    @property
    def moved(self) -> int:
        """Households that are not where they were."""
        weights = self.board.weight
        return sum(
            weights[p]
            for p, (now, then) in enumerate(zip(self.labels, self.was, strict=True))
            if then >= 0 and now != then
        )

    @property
    def cost(self) -> float:
        """What all grids cost."""
        toll = sum(
            n.toll
            for p, near in enumerate(self.board.near)
            for q, n in near.items()
            if q < p and n.toll and self.labels[p] == self.labels[q]
        )
        mixed = sum(max(0, len(kinds) - 1) for kinds in self.kinds)
        return sum(self.costs) + self.taste.mixed * mixed + self.taste.moved * self.moved + toll

    def _form_cost(self, label: int, weight: int, area: float, around: float) -> float:
        least, most = self.bands[label]
        beyond = least - weight if weight < least else weight - most
        cost = self.taste.shape * around / (2 * sqrt(pi * area)) if area > 0 else 0.0
        return cost + self.taste.band * (beyond / (least or 1) + 0.01) if beyond > 0 else cost

    def gain(self, piece: int, label: int) -> float:
        """What it would cost to move a piece to another grid; below 0 where that helps."""
        board, home, labels = self.board, self.labels[piece], self.labels
        here = there = toll = 0.0
        for other, near in board.near[piece].items():
            if labels[other] == home:
                here += near.metres
                toll -= near.toll
            elif labels[other] == label:
                there += near.metres
                toll += near.toll
        weight, area, border = board.weight[piece], board.area[piece], board.border[piece]
        change = toll - self.costs[home] - self.costs[label]
        change += self._form_cost(
            home, self.weight[home] - weight, self.area[home] - area, self.around[home] - border + 2 * here
        )
        change += self._form_cost(
            label,
            self.weight[label] + weight,
            self.area[label] + area,
            self.around[label] + border - 2 * there,
        )
        kin = self.kin[piece]
        if kin >= 0:
            change += self.taste.mixed * (
                (kin not in self.kinds[label] and bool(self.kinds[label]))
                - (self.kinds[home][kin] == 1 and len(self.kinds[home]) > 1)
            )
        if self.taste.moved and weight and self.was[piece] >= 0:
            change += self.taste.moved * weight * ((label != self.was[piece]) - (home != self.was[piece]))
        return change

    def may(self, piece: int, label: int) -> bool:
        """Do both grids stay whole when this piece goes from one to the other?"""
        labels, home = self.labels, self.labels[piece]
        if self.size[home] < 2:
            return False
        if not (self.board.joins_well(piece, labels, label) and self.board.leaves_well(piece, labels, home)):
            return False
        if not self.board.has_walls:
            return True
        left = {q for q, grid in enumerate(labels) if grid == home and q != piece}
        return self.board.hangs_together(left)

    def flip(self, piece: int, label: int) -> None:
        """Move a piece."""
        board, home = self.board, self.labels[piece]
        here, there = self._shared(piece, home), self._shared(piece, label)
        for grid, sign, shared in ((home, -1, here), (label, 1, there)):
            self.weight[grid] += sign * board.weight[piece]
            self.area[grid] += sign * board.area[piece]
            self.around[grid] += sign * (board.border[piece] - 2 * shared)
            self.size[grid] += sign
            self.costs[grid] = self._form_cost(grid, *self._sums(grid))
        kin = self.kin[piece]
        if kin >= 0:
            self.kinds[label][kin] = self.kinds[label].get(kin, 0) + 1
            self.kinds[home][kin] -= 1
            if not self.kinds[home][kin]:
                del self.kinds[home][kin]
        self.labels[piece] = label

    def anneal(self, random: Random, sweeps: int, warmth: float) -> None:
        """Try every piece once a sweep, from warm to cold; the last third is cold: then only what helps is done."""
        labels, order = self.labels, self.board.order
        pieces = [p for p in range(len(labels)) if p not in self.fixed]
        for sweep in range(sweeps):
            heat = warmth * max(0.0, 1 - 1.5 * sweep / sweeps) ** 2
            random.shuffle(pieces)
            flipped = False
            for piece in pieces:
                home = labels[piece]
                others = {labels[q] for q in order[piece]}
                others.discard(home)
                others -= self.closed
                if not others:
                    continue
                label = next(iter(others)) if len(others) == 1 else random.choice(sorted(others))
                change = self.gain(piece, label)
                if change >= 0 and (not heat or random.random() >= exp(-change / heat)):
                    continue
                if self.may(piece, label):
                    self.flip(piece, label)
                    flipped = True
            if not heat and not flipped and sweep % 3 == 0:
                return
