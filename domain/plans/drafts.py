"""Hold a draft of a plan as one value: which unit lies in which grid, which grid under which; and what a change of it is.

A draft never holds a polygon. Every change is a set of single replacements, each with what was there before, so that
any change can be taken back exactly. Source: unit-to-district assignments, as serious districting tools keep them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any

from domain.grids import Grid, Level
from domain.plans.units import Units

ALL = "*"
"""The lock that holds the whole plan."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a command does to a draft: for each part of it, by key, what was there and what shall be (None: nothing)."""

    home: Mapping[str, tuple[str | None, str | None]] = field(default_factory=dict)
    grids: Mapping[str, tuple[Grid | None, Grid | None]] = field(default_factory=dict)
    marks: Mapping[tuple[str, str], tuple[Any, Any]] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return not (self.home or self.grids or self.marks)

    @property
    def back(self) -> Change:
        """The change that takes this one back."""
        return Change(
            {key: (new, old) for key, (old, new) in self.home.items()},
            {key: (new, old) for key, (old, new) in self.grids.items()},
            {key: (new, old) for key, (old, new) in self.marks.items()},
        )


MARKS = ("locks", "split", "posts", "lineage")
"""The marks of a draft. ``locks``: code of a grid or unit (or ``*``) → True. ``split``: compound → the reason why it may
lie in several compound grids. ``posts``: key of a head's term → the grid it goes to, ``""`` where the term ends.
``lineage``: code made in this draft → the codes its ground came from."""


@dataclass(frozen=True)
class Draft:
    """The content of a plan. ``grids`` carry no households: those are counted from the units.

    ``home`` says of every unit in which grid of the smallest level it lies.
    """

    grids: Mapping[str, Grid]
    home: Mapping[str, str]
    marks: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def __getstate__(self) -> dict[str, object]:
        """What another process gets: the fields alone. What was worked out of them grows while other threads look."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    def mark(self, kind: str) -> Mapping[str, Any]:
        """One kind of marks."""
        return self.marks.get(kind, {})

    @property
    def anew(self) -> Draft:
        """The same content to be drawn on anew: how it came about, and where heads went then, is told no more."""
        kept = {kind: found for kind, found in self.marks.items() if kind not in ("lineage", "posts")}
        return replace(self, marks=kept)

    @cached_property
    def smallest(self) -> Level:
        """The level that units are assigned to."""
        return max((grid.level for grid in self.grids.values()), default=Level.COMMUNITY)

    @cached_property
    def children(self) -> Mapping[str, tuple[str, ...]]:
        """The codes directly below each grid, in order."""
        found: dict[str, list[str]] = {}
        for code in sorted(self.grids):
            parent = self.grids[code].parent or ""
            if parent in self.grids:
                found.setdefault(parent, []).append(code)
        return {code: tuple(below) for code, below in found.items()}

    @cached_property
    def leaf_units(self) -> Mapping[str, frozenset[str]]:
        """The units of each grid of the smallest level."""
        found: dict[str, set[str]] = {}
        for unit, grid in self.home.items():
            found.setdefault(grid, set()).add(unit)
        return {grid: frozenset(units) for grid, units in found.items()}

    def units_of(self, code: str) -> frozenset[str]:
        """The units of a grid of any level."""
        below = self.children.get(code)
        if not below:
            return self.leaf_units.get(code, frozenset())
        return frozenset().union(*(self.units_of(child) for child in below))

    def above(self, code: str, level: Level) -> str | None:
        """The grid of a level that a grid lies in, itself included."""
        grid = self.grids.get(code)
        while grid and grid.level > level:
            grid = self.grids.get(grid.parent or "")
        return grid.code if grid and grid.level is level else None

    def chain(self, code: str) -> tuple[str, ...]:
        """A grid and those above it, the smallest first."""
        found: list[str] = []
        while code in self.grids and code not in found:
            found.append(code)
            code = self.grids[code].parent or ""
        return tuple(found)

    def is_locked(self, code: str) -> bool:
        """Is this grid or unit locked, itself or by the lock that holds everything?"""
        locks = self.mark("locks")
        return ALL in locks or code in locks

    def after(self, change: Change) -> Draft:
        """The draft with a change made."""
        grids = _replaced(self.grids, change.grids)
        home = _replaced(self.home, change.home)
        marks = dict(self.marks)
        for (kind, key), replacement in change.marks.items():
            marks[kind] = _replaced(marks.get(kind, {}), {key: replacement})
        made = replace(self, grids=grids, home=home, marks=marks)
        self._hand_on(made, change)
        return made

    def _hand_on(self, made: Draft, change: Change) -> None:
        """What is known of the draft before holds after, but for what changed: an edit costs what it touches."""
        if "leaf_units" in self.__dict__:
            units = dict(self.leaf_units)
            touched = {grid for pair in change.home.values() for grid in pair if grid}
            members = {grid: set(units.get(grid, ())) for grid in touched}
            for unit, (old, new) in change.home.items():
                if old:
                    members[old].discard(unit)
                if new:
                    members[new].add(unit)
            units |= {grid: frozenset(found) for grid, found in members.items()}
            made.__dict__["leaf_units"] = {grid: found for grid, found in units.items() if found}
        if not change.grids:
            made.__dict__.update(
                {k: self.__dict__[k] for k in ("children", "smallest") if k in self.__dict__}
            )

    @cached_property
    def hash(self) -> str:
        """The content as one SHA-256: grids, assignment, marks."""
        content = {
            "grids": [[g.code, int(g.level), g.name, g.parent] for _, g in sorted(self.grids.items())],
            "home": sorted(self.home.items()),
            "marks": {
                kind: dict(sorted(marks.items())) for kind, marks in sorted(self.marks.items()) if marks
            },
        }
        text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def change_facts(change: Change) -> dict[str, object]:
    """A change as the log keeps it."""

    def record(grid: Grid | None) -> list[object] | None:
        return [int(grid.level), grid.name, grid.parent] if grid else None

    return {
        "home": {unit: list(pair) for unit, pair in change.home.items()},
        "grids": {code: [record(old), record(new)] for code, (old, new) in change.grids.items()},
        "marks": [[kind, key, old, new] for (kind, key), (old, new) in change.marks.items()],
    }


def change_from(facts: Mapping[str, Any]) -> Change:
    """A change read back from the log."""

    def grid(code: str, record: list[Any] | None) -> Grid | None:
        return Grid(code, Level(record[0]), record[1], record[2]) if record else None

    return Change(
        {unit: (old, new) for unit, (old, new) in facts["home"].items()},
        {code: (grid(code, old), grid(code, new)) for code, (old, new) in facts["grids"].items()},
        {(kind, key): (old, new) for kind, key, old, new in facts["marks"]},
    )


def households(units: Units, draft: Draft) -> dict[str, int]:
    """The households of every grid, counted from its units."""
    here: dict[str, int] = {}
    for unit, grid in draft.home.items():
        here[grid] = here.get(grid, 0) + units[unit].households
    found = dict.fromkeys(draft.grids, 0)
    for grid, count in here.items():
        for code in draft.chain(grid):
            found[code] += count
    return found


def _replaced(mapping: Mapping[Any, Any], replacements: Mapping[Any, tuple[Any, Any]]) -> Mapping[Any, Any]:
    if not replacements:
        return mapping
    made = dict(mapping)
    for key, (_, new) in replacements.items():
        if new is None:
            made.pop(key, None)
        else:
            made[key] = new
    return made
