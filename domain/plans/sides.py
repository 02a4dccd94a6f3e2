"""Show both sides of a drawing before it is made: what each grid that it touches has now, and would have."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

from domain.grids import Level
from domain.plans.bands import Fit, fit
from domain.plans.demands import touched_grids
from domain.plans.drafts import Change, Draft
from domain.plans.units import Units


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
    was: str | None = None
    """The code of the same ground before, where only the code changes: a grid came under another parent."""

    @property
    def is_moved(self) -> bool:
        """Does its ground or its code change, and not its record alone?"""
        return self.before != self.after or self.was is not None


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
    """Every grid whose ground or code a change touches, from the largest level to the smallest, by code."""
    after = before.after(change)
    recoded = _recoded(before, after, change)
    found = []
    for code in touched_grids(before, after, change):
        if code in recoded.values():
            continue
        grid = after.grids.get(code) or before.grids[code]
        was = recoded.get(code)
        found.append(
            Side(
                code, grid.name, grid.level,
                _standing(units, before, was or code), _standing(units, after, code), was,
            )
        )  # fmt: skip
    return tuple(sorted((s for s in found if s.is_moved), key=lambda s: (s.level, s.code)))


def _standing(units: Units, draft: Draft, code: str) -> Standing | None:
    return standing(units, draft.units_of(code), draft.grids[code].level) if code in draft.grids else None


def _recoded(before: Draft, after: Draft, change: Change) -> dict[str, str]:
    """New codes for ground that another code had: by the new code, the former."""
    gone = {
        (old.level, before.units_of(code)): code
        for code, (old, new) in change.grids.items()
        if old and not new
    }
    made = [(code, new.level) for code, (old, new) in change.grids.items() if new and not old]
    return {code: gone[level, here] for code, level in made if (level, here := after.units_of(code)) in gone}
