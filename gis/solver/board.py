"""Lay out pieces of ground as a board on which they change hands, and know at once whether a set stays whole.

Pieces are numbered 0…n-1; they are units, or sets of units taken as one. Whether a set is one piece without a hole is
Euler's formula for its open interior – faces less inner borders plus inner corners – and that it touches itself in no
corner. Adding a piece to a whole set, or taking it away, keeps it whole exactly when that number stays and no such
corner arises: a question about the piece's own borders and corners. Metres, square metres, households.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from math import pi

from domain.plans.units import OUTSIDE, Units

Pair = frozenset[str]
"""Two units that touch."""

_EDGE = -1
"""The outside of the city, or of what the board shows, around a corner."""


@dataclass(frozen=True, slots=True)
class Near:
    """What a piece shares with a neighbour: metres, stretches with two ends, whether it may be crossed, its toll."""

    metres: float
    stretches: int
    open: bool = True
    toll: float = 0.0


@dataclass(frozen=True)
class Board:
    """Pieces and how they touch. ``members`` are the units of each; ``faces`` their own Euler number (1: whole)."""

    members: tuple[frozenset[str], ...]
    weight: tuple[int, ...]
    area: tuple[float, ...]
    outer: tuple[float, ...]
    faces: tuple[int, ...]
    near: tuple[Mapping[int, Near], ...]
    corners: tuple[tuple[frozenset[int], int], ...]
    """Where three or more stretches meet: the pieces around, and how many corners have the same around them."""
    turns: tuple[tuple[int, ...], ...]
    """The pieces around each corner of four and more, in their order: there a set may touch itself."""

    def __len__(self) -> int:
        return len(self.members)

    @cached_property
    def around(self) -> tuple[tuple[tuple[tuple[int, ...], int], ...], ...]:
        """For each piece the corners that may become inner ones: the others around each, and how many."""
        found: list[list[tuple[tuple[int, ...], int]]] = [[] for _ in self.members]
        for pieces, count in self.corners:
            if _EDGE not in pieces:
                for piece in pieces:
                    found[piece].append((tuple(sorted(pieces - {piece})), count))
        return tuple(map(tuple, found))

    @cached_property
    def turns_of(self) -> tuple[tuple[tuple[int, ...], ...], ...]:
        """For each piece the corners of four and more that it lies at."""
        found: list[list[tuple[int, ...]]] = [[] for _ in self.members]
        for turn in self.turns:
            for piece in sorted(set(turn) - {_EDGE}):
                found[piece].append(turn)
        return tuple(map(tuple, found))

    @cached_property
    def border(self) -> tuple[float, ...]:
        """Metres around each piece."""
        return tuple(
            outer + sum(n.metres for n in near.values())
            for outer, near in zip(self.outer, self.near, strict=True)
        )

    @cached_property
    def links(self) -> tuple[frozenset[int], ...]:
        """The neighbours of each piece that may be reached from it."""
        return tuple(frozenset(other for other, n in near.items() if n.open) for near in self.near)

    @cached_property
    def has_walls(self) -> bool:
        """Is there a border that no grid may reach across?"""
        return any(not n.open for near in self.near for n in near.values())

    @cached_property
    def order(self) -> tuple[tuple[int, ...], ...]:
        """The neighbours of each piece that may be reached from it, in their order."""
        return tuple(tuple(sorted(links)) for links in self.links)

    def euler(self, pieces: Set[int]) -> int:
        """Pieces less holes of a set's open interior."""
        faces = sum(self.faces[p] for p in pieces)
        inner = sum(n.stretches for p in pieces for q, n in self.near[p].items() if q < p and q in pieces)
        numbers = {number for p in pieces for number in self._corners_of[p]}
        return faces - inner + sum(self.corners[n][1] for n in numbers if self.corners[n][0] <= pieces)

    @cached_property
    def _corners_of(self) -> tuple[tuple[int, ...], ...]:
        found: list[list[int]] = [[] for _ in self.members]
        for number, (pieces, _) in enumerate(self.corners):
            for piece in pieces - {_EDGE}:
                found[piece].append(number)
        return tuple(map(tuple, found))

    def hangs_together(self, pieces: Set[int]) -> bool:
        """Can every piece of the set be reached from every other, across no wall?"""
        if not pieces:
            return False
        start = next(iter(pieces))
        seen, frontier = {start}, [start]
        while frontier:
            fresh = (self.links[frontier.pop()] & pieces) - seen
            seen |= fresh
            frontier.extend(fresh)
        return len(seen) == len(pieces)

    def parts(self) -> list[frozenset[int]]:
        """What hangs together across no wall, the heaviest first."""
        left, found = set(range(len(self))), []
        while left:
            seen, frontier = set(), [min(left)]
            while frontier:
                piece = frontier.pop()
                if piece not in seen:
                    seen.add(piece)
                    frontier.extend(self.links[piece] - seen)
            left -= seen
            found.append(frozenset(seen))
        return sorted(found, key=lambda part: (-self.households(part), min(part)))

    def is_simple(self, pieces: Set[int]) -> bool:
        """Does a set that hangs together have no hole, and touch itself nowhere?"""
        if self.euler(pieces) != 1:
            return False
        return all(_arcs(turn, pieces) < 2 for turn in {t for p in pieces for t in self.turns_of[p]})

    def is_whole(self, pieces: Set[int]) -> bool:
        """One piece without a hole, and no wall inside that cuts it."""
        return self.is_simple(pieces) and self.hangs_together(pieces)

    def joins_well(self, piece: int, labels: Sequence[int], label: int) -> bool:
        """Does a whole set – all pieces of this label – stay whole when a neighbour joins it?"""
        if not self._keeps_its_number(piece, labels, label):
            return False
        for turn in self.turns_of[piece]:
            inside = [p == piece or (p >= 0 and labels[p] == label) for p in turn]
            if sum(here and not inside[n - 1] for n, here in enumerate(inside)) > 1:
                return False
        return True

    def leaves_well(self, piece: int, labels: Sequence[int], label: int) -> bool:
        """Does a whole set – all pieces of this label – stay whole when one of it leaves?"""
        if not self._keeps_its_number(piece, labels, label):
            return False
        for turn in self.turns_of[piece]:
            inside = [p != piece and p >= 0 and labels[p] == label for p in turn]
            if sum(here and not inside[n - 1] for n, here in enumerate(inside)) > 1:
                return False
        return True

    def _keeps_its_number(self, piece: int, labels: Sequence[int], label: int) -> bool:
        change = self.faces[piece]
        for other, near in self.near[piece].items():
            if labels[other] == label:
                change -= near.stretches
        for others, count in self.around[piece]:
            for other in others:
                if labels[other] != label:
                    break
            else:
                change += count
        return change == 0

    def households(self, pieces: Iterable[int]) -> int:
        return sum(self.weight[p] for p in pieces)

    def compactness(self, pieces: Set[int]) -> float:
        """Polsby–Popper of a set: 1 for a disc."""
        around = self.perimeter(pieces)
        return 4 * pi * sum(self.area[p] for p in pieces) / around**2 if around else 0.0

    def perimeter(self, pieces: Set[int]) -> float:
        """Metres around a set."""
        return sum(
            self.outer[p] + sum(n.metres for q, n in self.near[p].items() if q not in pieces) for p in pieces
        )

    def toll(self, pieces: Set[int]) -> float:
        """What the borders cost that a set reaches across."""
        return sum(n.toll for p in pieces for q, n in self.near[p].items() if q < p and q in pieces)

    def units(self, pieces: Iterable[int]) -> frozenset[str]:
        """The units of a set of pieces."""
        return frozenset().union(*(self.members[p] for p in pieces))

    def joined(self, sets: Sequence[Sequence[int]]) -> Board:
        """The board on which each of these sets is one piece; what lies in none of them is outside."""
        home = {piece: number for number, pieces in enumerate(sets) for piece in pieces}
        near: list[dict[int, Near]] = [{} for _ in sets]
        outer = [0.0] * len(sets)
        for piece, number in home.items():
            outer[number] += self.outer[piece]
            for other, shared in self.near[piece].items():
                there = home.get(other)
                if there is None:
                    outer[number] += shared.metres
                elif there != number:
                    near[number][there] = _added(near[number].get(there), shared)
        corners: Counter[frozenset[int]] = Counter()
        for pieces, count in self.corners:
            around = frozenset(_EDGE if p == _EDGE else home.get(p, _EDGE) for p in pieces)
            if len(around) > 1:
                corners[around] += count
        return Board(
            tuple(self.units(pieces) for pieces in sets),
            tuple(self.households(pieces) for pieces in sets),
            tuple(sum(self.area[p] for p in pieces) for pieces in sets),
            tuple(outer),
            tuple(self.euler(frozenset(pieces)) for pieces in sets),
            tuple({q: found[q] for q in sorted(found)} for found in near),
            _ordered(corners),
            _distinct(tuple(home.get(p, _EDGE) for p in turn) for turn in self.turns),
        )


def board_of(
    units: Units,
    codes: Iterable[str],
    *,
    walls: Set[Pair] = frozenset(),
    tolls: Mapping[Pair, float] | None = None,
) -> Board:
    """The board of single units, in the order of their codes. ``tolls`` are prices of whole borders."""
    ordered = sorted(codes)
    number = {code: n for n, code in enumerate(ordered)}
    prices = tolls or {}
    near, outer = [], []
    for code in ordered:
        found, beyond = {}, units[code].outer
        for other, border in units.borders[code].items():
            if other not in number:
                beyond += border.metres
                continue
            pair = frozenset((code, other)) if walls or prices else frozenset()
            found[number[other]] = Near(
                border.metres, border.stretches, pair not in walls, prices.get(pair, 0.0)
            )
        near.append({q: found[q] for q in sorted(found)})
        outer.append(beyond)
    corners: Counter[frozenset[int]] = Counter()
    seen = {n for code in ordered for n in units.corners_of[code]}
    for around in (units.corners[n] for n in sorted(seen)):
        corners[frozenset(_EDGE if u == OUTSIDE else number.get(u, _EDGE) for u in around)] += 1
    return Board(
        tuple(frozenset((code,)) for code in ordered),
        tuple(units[code].households for code in ordered),
        tuple(units[code].area for code in ordered),
        tuple(outer),
        tuple(1 - units[code].holes for code in ordered),
        tuple(near),
        _ordered(corners),
        _distinct(
            tuple(number.get(code, _EDGE) for code in units.turns[n])
            for n in sorted(seen & units.turns.keys())
        ),
    )


def _added(one: Near | None, other: Near) -> Near:
    if one is None:
        return other
    return Near(
        one.metres + other.metres,
        one.stretches + other.stretches,
        one.open or other.open,
        one.toll + other.toll,
    )


def _ordered(corners: Mapping[frozenset[int], int]) -> tuple[tuple[frozenset[int], int], ...]:
    return tuple(sorted(corners.items(), key=lambda item: sorted(item[0])))


def _distinct(turns: Iterable[tuple[int, ...]]) -> tuple[tuple[int, ...], ...]:
    """The turns on which more than one piece lies, each once."""
    return tuple(sorted({turn for turn in turns if len(set(turn)) > 1}))


def _arcs(turn: tuple[int, ...], pieces: Set[int]) -> int:
    """How often a set is entered on a turn around a corner."""
    return sum(p in pieces and turn[n - 1] not in pieces for n, p in enumerate(turn))
