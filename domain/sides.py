"""Show both sides of a drawing before it is made: what each grid that it touches has now, and would have."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

from domain.bands import Fit, fit
from domain.demands import touched_grids
from domain.drafts import Change, Draft
from domain.grids import Level
from domain.units import Units


@dataclass(frozen=True, slots=True)
class Standing:
    """What a grid has: households and how they lie to the band, buildings, compounds, units, Polsby–Popper."""

    households: int
    fit: Fit
    buildings: int
    compounds: tuple[str, ...]
    units: int
    compactness: float


@dataclass(frozen=True, slots=True)
class Side:
    """A grid that a drawing touches; ``before`` or ``after`` is None where it is not there then."""

    code: str
    name: str
    level: Level
    before: Standing | None
    after: Standing | None

    @property
    def is_moved(self) -> bool:
        """Does its ground change, and not its record alone?"""
        return self.before != self.after


def standing(units: Units, here: Set[str], level: Level) -> Standing:
    """What a set of units has as a grid of a level."""
    households = units.households(here)
    homes = [units[code] for code in here if units[code].compound]
    return Standing(
        households,
        fit(households, level),
        len(homes),
        tuple(sorted({unit.compound for unit in homes if unit.compound})),
        len(here),
        round(units.compactness(here), 3),
    )


def sides(units: Units, before: Draft, change: Change) -> tuple[Side, ...]:
    """Every grid whose ground a change touches, from the largest level to the smallest, by code."""
    after = before.after(change)
    found = []
    for code in touched_grids(before, after, change):
        grid = after.grids.get(code) or before.grids[code]
        was, will = (
            standing(units, draft.units_of(code), grid.level) if code in draft.grids else None
            for draft in (before, after)
        )
        found.append(Side(code, grid.name, grid.level, was, will))
    return tuple(sorted((s for s in found if s.is_moved), key=lambda s: (s.level, s.code)))
