"""Nest the city: building grids in compound grids in communities in streets in the city.

Source: DOMAIN of the field – three levels of grids; above them the street (街道) and the city office
(市联络办公室). A code is text and means nothing by its form: the parent is a value of its own, so that
a city whose codes are ``1``, ``1C``, ``1C04`` works like one whose parent is the prefix.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cached_property

CITY = "city"
"""The holder code of the city office, which owns whatever lies in no grid."""


class Level(IntEnum):
    """The three levels of grids; a smaller number is a larger grid."""

    COMMUNITY = 1
    COMPOUND = 2
    BUILDING = 3


@dataclass(frozen=True, slots=True)
class Grid:
    """One grid of a plan. ``households`` is None where a city has no household data."""

    code: str
    level: Level
    name: str
    parent: str | None
    households: int | None = None


@dataclass(frozen=True, slots=True)
class Street:
    """A street (街道): not a grid, but the unit above its communities."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Former:
    """A grid that a former plan had: what it was called, and the grid of today that follows it, or the unit over it."""

    name: str
    heir: str


@dataclass(frozen=True)
class Structure:
    """Who is above whom in one plan: its grids, the streets over them, and the city office over all.

    ``former`` are grids of former plans, of which what has ended still speaks: they lie under those that follow them,
    so that who answers for the ground today sees what ended there.
    """

    grids: Mapping[str, Grid]
    streets: Mapping[str, Street]
    city_name: str = ""
    former: Mapping[str, Former] = field(default_factory=dict)

    @classmethod
    def of(cls, grids: Iterable[Grid], streets: Iterable[Street] = (), city_name: str = "") -> Structure:
        return cls({g.code: g for g in grids}, {s.code: s for s in streets}, city_name)

    def __contains__(self, code: object) -> bool:
        return code == CITY or code in self.grids or code in self.streets

    def name(self, code: str) -> str:
        """What people call the unit with this code; a code nobody knows is its own name."""
        if code == CITY:
            return self.city_name or CITY
        unit = self.grids.get(code) or self.streets.get(code) or self.former.get(code)
        return unit.name if unit else code

    def above(self, code: str) -> str | None:
        """The unit directly above; the city office is above what has no other parent, nobody above it."""
        if code == CITY:
            return None
        grid = self.grids.get(code)
        if grid and grid.parent and grid.parent in self:
            return grid.parent
        former = None if code in self else self.former.get(code)
        return former.heir if former and former.heir in self else CITY

    def today(self, code: str) -> str:
        """The unit that a code means today: itself, or who follows a grid of a former plan; what nobody knows stays."""
        former = None if code in self else self.former.get(code)
        return former.heir if former else code

    def ever(self, code: str) -> frozenset[str]:
        """The codes that mean this unit today: its own, and those of the former grids that it follows."""
        return frozenset({code, *(former for former in self.former if self.today(former) == code)})

    def chain(self, code: str) -> tuple[str, ...]:
        """From the unit itself up to the city office."""
        if (known := self._chains.get(code)) is not None:
            return known
        found = [code]
        while (up := self.above(found[-1])) is not None and up not in found:
            found.append(up)
        chain = tuple(found)
        # Any word may be asked for, for an address may hold it: what is a unit is remembered alone.
        if code in self:
            self._chains[code] = chain
        return chain

    @cached_property
    def _chains(self) -> dict[str, tuple[str, ...]]:
        return {}

    def within(self, code: str, area: str) -> bool:
        """Is the unit ``code`` the unit ``area``, or somewhere below it?"""
        return area in self.chain(code)

    def located(self, code: str) -> Located:
        """Where something lies of which only the grid is known."""
        levels = {g.level: g.code for c in self.chain(code) if (g := self.grids.get(c))}
        return Located(*(levels.get(level) for level in Level))

    def street_over(self, located: Located, holder: str) -> str | None:
        """The street over a place, or over the unit that holds it; None where there is none."""
        chain = self.chain(located.grid or holder)
        return next((code for code in chain if code in self.streets), None)

    def at_level(self, level: Level) -> tuple[Grid, ...]:
        """All grids of a level in the order of their codes."""
        return self.by_level.get(level, ())

    def children(self, code: str) -> tuple[Grid, ...]:
        """The grids directly below a grid, a street or the city office."""
        return self.by_parent.get(code, ())

    def below(self, code: str) -> Iterator[Grid]:
        """Every grid under a unit, the unit itself included when it is a grid."""
        if code in self.grids:
            yield self.grids[code]
        for child in self.children(code):
            yield from self.below(child.code)

    @cached_property
    def by_level(self) -> dict[Level, tuple[Grid, ...]]:
        ordered = sorted(self.grids.values(), key=lambda g: g.code)
        return {level: tuple(g for g in ordered if g.level is level) for level in Level}

    @cached_property
    def by_parent(self) -> dict[str, tuple[Grid, ...]]:
        found: dict[str, list[Grid]] = {}
        for grid in sorted(self.grids.values(), key=lambda g: g.code):
            found.setdefault(self.above(grid.code) or CITY, []).append(grid)
        return {code: tuple(below) for code, below in found.items()}

    @cached_property
    def levels(self) -> tuple[Level, ...]:
        """The levels that this city has."""
        return tuple(level for level in Level if self.by_level[level])


@dataclass(frozen=True, slots=True)
class Located:
    """Where a point lies: the code of the covering grid at each level, None where there is none."""

    level1: str | None = None
    level2: str | None = None
    level3: str | None = None

    @property
    def codes(self) -> tuple[str, ...]:
        """From the smallest grid to the largest."""
        return tuple(c for c in (self.level3, self.level2, self.level1) if c is not None)

    @property
    def grid(self) -> str | None:
        """The smallest grid that covers the point, or None: then the no-grid queue."""
        return self.codes[0] if self.codes else None
