"""Carve a piece of ground into a given number of whole grids whose households lie in a band: cut random trees.

A tree that spans the ground falls in two wherever it is cut; a cut counts where both sides can be carved further by
arithmetic and are whole. Trees keep compounds together: a way inside a compound is shorter than one between two.
Source: ReCom of redistricting (spanning trees), with the cut chosen for compactness.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from random import Random

from gis.solver.board import Board
from gis.solver.flipping import Band
from gis.solver.grouping import arithmetic_rungs, shared_out

BETWEEN = 0.6
"""How much longer a way between two compounds is than one inside."""

TREES = 4
"""Trees that are looked at for each cut; the best cut of all is made."""


@dataclass(frozen=True)
class Ground:
    """What is to be carved: a board and the compound of each piece (-1: none)."""

    board: Board
    kin: Sequence[int]

    def carve(self, count: int, band: Band, random: Random, *, attempts: int = 12) -> list[int] | None:
        """The number of a grid for every piece, or None where no way was found."""
        parts = self.board.parts()
        for _ in range(attempts):
            found = self._from_parts(parts, count, band, random)
            if found is not None:
                labels = [0] * len(self.board)
                for number, pieces in enumerate(found):
                    for piece in pieces:
                        labels[piece] = number
                return labels
        return None

    def _from_parts(
        self, parts: list[frozenset[int]], count: int, band: Band, random: Random
    ) -> list[frozenset[int]] | None:
        if len(parts) > count:
            # Fewer grids than parts: the lightest stay with the first, which lies in pieces, as the ground does.
            parts = [parts[0].union(*parts[count:]), *parts[1:count]]
        options = [
            arithmetic_rungs(self.board.households(part), range(1, min(count, len(part)) + 1), band)
            for part in parts
        ]
        shares = shared_out(options, count)
        if shares is None:
            return None
        found: list[frozenset[int]] = []
        for part, share in zip(parts, shares, strict=True):
            carved = self._carved(part, share, band, random)
            if carved is None:
                return None
            found += carved
        return found

    def _carved(
        self, region: frozenset[int], count: int, band: Band, random: Random
    ) -> list[frozenset[int]] | None:
        if count == 1:
            return [region]
        for _ in range(3):
            cut = self._best_cut(region, count, band, random)
            if cut is None:
                continue
            side, share = cut
            one = self._carved(side, share, band, random)
            other = self._carved(region - side, count - share, band, random) if one else None
            if one and other:
                return one + other
        return None

    def _best_cut(
        self, region: frozenset[int], count: int, band: Band, random: Random
    ) -> tuple[frozenset[int], int] | None:
        """The most compact allowed cut of a few trees: one side and the grids it shall hold."""
        total, found = self.board.households(region), []
        strict = self.board.is_simple(region)
        for _ in range(TREES):
            order, above = self._tree(region, random)
            below = {piece: self.board.weight[piece] for piece in order}
            for piece in reversed(order[1:]):
                below[above[piece]] += below[piece]
            for piece in order[1:]:
                share = _share(below[piece], total, count, band)
                if share is not None:
                    found.append((piece, share, order, above))
        random.shuffle(found)
        best: tuple[float, frozenset[int], int] | None = None
        for piece, share, order, above in found[:12]:
            side = _side(piece, order, above)
            rest = region - side
            if not all(
                self.board.is_simple(part)
                for part, grids in ((side, share), (rest, count - share))
                if strict or grids == 1
            ):
                continue
            price = -self.board.compactness(side) - self.board.compactness(rest)
            price += 0.3 * len({self.kin[p] for p in side} & {self.kin[p] for p in rest} - {-1})
            if best is None or price < best[0]:
                best = (price, side, share)
        return best[1:] if best else None

    def _tree(self, region: frozenset[int], random: Random) -> tuple[list[int], dict[int, int]]:
        """A random tree that spans the region: its pieces, each after the one it hangs on."""
        board, kin = self.board, self.kin
        start = random.choice(sorted(region))
        order: list[int] = []
        above: dict[int, int] = {}
        seen: set[int] = set()
        queue: list[tuple[float, int, int]] = [(0.0, start, -1)]
        while queue:
            _, piece, hangs_on = heappop(queue)
            if piece in seen:
                continue
            seen.add(piece)
            order.append(piece)
            above[piece] = hangs_on
            for other in board.order[piece]:
                if other in region and other not in seen:
                    far = BETWEEN if kin[piece] != kin[other] and min(kin[piece], kin[other]) >= 0 else 0.0
                    heappush(queue, (random.random() + far, other, piece))
        return order, above


def _share(weight: int, total: int, count: int, band: Band) -> int | None:
    """How many grids a side of this weight shall hold; None where no number fits both sides. The roomiest is taken."""
    least, most = band
    best, roomiest = None, -1.0
    for share in range(1, count):
        room = min(
            weight - share * least,
            share * most - weight,
            total - weight - (count - share) * least,
            (count - share) * most - total + weight,
        )
        if room >= 0 and room / min(share, count - share) > roomiest:
            best, roomiest = share, room / min(share, count - share)
    return best


def _side(piece: int, order: Sequence[int], above: dict[int, int]) -> frozenset[int]:
    """The part of a tree that hangs on a piece."""
    side = {piece}
    for other in order:
        if above[other] in side:
            side.add(other)
    return frozenset(side)
