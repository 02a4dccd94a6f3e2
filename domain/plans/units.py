"""Know the ground in its smallest pieces: units that nobody splits, and how they touch one another.

A grid is a set of units, so whether it lies in one piece, has a hole, how many households it holds and how compact
it is are questions about sets: no geometry is needed to answer them, and no gap or overlap can arise. Lengths are
metres, areas square metres, of the city's metric projection. Source: how LINZ, Districtr and DistrictBuilder keep
districts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field, fields
from functools import cached_property
from math import pi

from domain.place import LngLat

OUTSIDE = ""
"""What lies around the city, where a corner has units on one side only."""


@dataclass(frozen=True, slots=True)
class Unit:
    """The smallest piece of ground: a building's cell, a stretch of road, a park. ``kind`` is its land use.

    ``outer`` are the metres of its border that lie on the city's edge; ``holes`` how many others lie wholly inside it,
    touching its outer ring nowhere.
    """

    code: str
    kind: str
    compound: str | None
    building: str | None
    households: int
    area: float
    outer: float
    at: LngLat
    holes: int = 0


@dataclass(frozen=True, slots=True)
class Border:
    """What two units share. A corner is no border. ``stretches`` counts those with two ends: a closed ring has none."""

    metres: float
    stretches: int


@dataclass(frozen=True, slots=True)
class Form:
    """The form of a set of units: how many pieces, how many holes."""

    pieces: int
    holes: int

    @property
    def is_whole(self) -> bool:
        """One piece without a hole."""
        return self.pieces == 1 and self.holes == 0


@dataclass(frozen=True)
class Units:
    """All units of a city and how they touch. ``hash`` names their content: another hash, another ground.

    ``corners`` are the points where three or more stretches of border meet: the units around each, ``OUTSIDE`` among
    them on the city's edge. ``turns`` gives, by the number of the corner, those where four or more meet: the units in
    the order in which they lie around it. There a set may touch itself, and so shut something in.
    """

    by_code: Mapping[str, Unit]
    borders: Mapping[str, Mapping[str, Border]]
    corners: tuple[frozenset[str], ...]
    hash: str
    turns: Mapping[int, tuple[str, ...]] = field(default_factory=dict)

    def __getstate__(self) -> dict[str, object]:
        """What another process gets: the fields alone. What was worked out of them grows while other threads look."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    def __contains__(self, code: object) -> bool:
        return code in self.by_code

    def __getitem__(self, code: str) -> Unit:
        return self.by_code[code]

    @cached_property
    def without_zeros(self) -> frozenset[str]:
        """The codes of the units without the zeros that they begin with."""
        return frozenset(code.lstrip("0") for code in self.by_code) - {""}

    def may_mean_one(self, code: str) -> bool:
        """Is this the code of a unit, be it without its leading zeros?"""
        return code in self or code.lstrip("0") in self.without_zeros

    @cached_property
    def corners_of(self) -> Mapping[str, tuple[int, ...]]:
        """The numbers of the corners of each unit."""
        found: dict[str, list[int]] = {code: [] for code in self.by_code}
        for number, around in enumerate(self.corners):
            for code in around - {OUTSIDE}:
                found[code].append(number)
        return {code: tuple(numbers) for code, numbers in found.items()}

    @cached_property
    def _holed(self) -> frozenset[str]:
        """The units that have holes themselves: few, in most cities none."""
        return frozenset(code for code, unit in self.by_code.items() if unit.holes)

    @cached_property
    def _borders_onward(self) -> Mapping[str, tuple[tuple[str, int], ...]]:
        """The stretches of border of each unit with those that come after it, so that each border is met once."""
        return {
            code: tuple((near, border.stretches) for near, border in borders.items() if code < near)
            for code, borders in self.borders.items()
        }

    @cached_property
    def _corners_onward(self) -> Mapping[str, tuple[frozenset[str], ...]]:
        """The corners within the city at which each unit is the first of those around, so that each is met once."""
        found: dict[str, list[frozenset[str]]] = {code: [] for code in self.by_code}
        for around in self.corners:
            if OUTSIDE not in around:
                found[min(around)].append(around)
        return {code: tuple(corners) for code, corners in found.items()}

    @cached_property
    def _turns_of(self) -> Mapping[str, tuple[int, ...]]:
        """The numbers of the turns that each unit lies at; most units lie at none."""
        return {
            code: turns
            for code, numbers in self.corners_of.items()
            if (turns := tuple(number for number in numbers if number in self.turns))
        }

    @cached_property
    def by_compound(self) -> Mapping[str, frozenset[str]]:
        """The units of each compound."""
        found: dict[str, set[str]] = {}
        for unit in self.by_code.values():
            if unit.compound:
                found.setdefault(unit.compound, set()).add(unit.code)
        return {compound: frozenset(codes) for compound, codes in found.items()}

    def households(self, codes: Iterable[str]) -> int:
        return sum(self.by_code[code].households for code in codes)

    def area(self, codes: Iterable[str]) -> float:
        """Square metres."""
        return sum(self.by_code[code].area for code in codes)

    def perimeter(self, codes: Set[str]) -> float:
        """Metres of border to units outside the set and to the outside of the city."""
        return sum(
            self.by_code[code].outer
            + sum(border.metres for near, border in self.borders[code].items() if near not in codes)
            for code in codes
        )

    def compactness(self, codes: Set[str]) -> float:
        """Polsby–Popper: 1 for a disc, towards 0 the more border there is for the area."""
        around = self.perimeter(codes)
        return 4 * pi * self.area(codes) / around**2 if around else 0.0

    def pieces(self, codes: Set[str]) -> list[frozenset[str]]:
        """The set as pieces that hang together over shared borders, the largest (by area) first."""
        left, found = set(codes), list[frozenset[str]]()
        while left:
            piece = [left.pop()]
            for code in piece:  # it grows while it is gone through
                for near in self.borders[code]:
                    if near in left:
                        left.remove(near)
                        piece.append(near)
            found.append(frozenset(piece))
        if len(found) < 2:
            return found
        return sorted(found, key=lambda piece: (-self.area(piece), min(piece)))

    def form(self, codes: Set[str]) -> Form:
        """In how many pieces the set lies and how many holes it has.

        Euler's formula for its open interior, and one hole more wherever a piece touches itself in a corner: what it
        shuts in there is out of reach, for a corner is no border.
        """
        parts, onward, corners = self.pieces(codes), self._borders_onward, self._corners_onward
        faces = len(codes) - sum(self.by_code[code].holes for code in codes & self._holed)
        inner = points = 0
        for code in codes:
            for near, stretches in onward[code]:
                if near in codes:
                    inner += stretches
            for around in corners[code]:
                if around <= codes:
                    points += 1
        touching = sum(_touches(turn, part) for turn in self._turns_at_the_rim(codes) for part in parts)
        return Form(len(parts), len(parts) - (faces - inner + points) + touching)

    def _turns_at_the_rim(self, codes: Set[str]) -> list[tuple[str, ...]]:
        """The turns with units inside and outside of a set where it may meet itself: in two units, or in one that comes
        twice."""
        found = []
        for number in {number for code in codes & self._turns_of.keys() for number in self._turns_of[code]}:
            turn, around = self.turns[number], self.corners[number]
            inside = len(around & codes)
            if inside < len(around) and (inside > 1 or len(turn) > len(around)):
                found.append(turn)
        return found

    @cached_property
    def island_of(self) -> Mapping[str, int]:
        """On which piece of the city each unit lies, by number; empty where the city lies in one."""
        islands = self.pieces(self.by_code.keys())
        if len(islands) == 1:
            return {}
        return {code: number for number, island in enumerate(islands) for code in island}

    def islands(self, codes: Set[str]) -> int:
        """On how many pieces of the city a set of units lies: it cannot lie in fewer pieces itself."""
        return len({self.island_of[code] for code in codes}) if self.island_of else 1

    def touch(self, one: Set[str], other: Set[str]) -> float:
        """Metres that two sets share."""
        fewer, more = sorted((one, other), key=len)
        return sum(
            border.metres for code in fewer for near, border in self.borders[code].items() if near in more
        )


def _touches(turn: tuple[str, ...], part: Set[str]) -> int:
    """How often a part of the ground meets itself again on a turn around a corner."""
    begins = sum(code in part and turn[n - 1] not in part for n, code in enumerate(turn))
    return max(begins - 1, 0)
