"""Give the grids of a new division their codes, names and ancestors: who keeps a code, who gets a new one.

A grid keeps the code of the old grid of the same parent that it has most households in common with; where several
want one, the largest share has it. A code is never re-parented: below a new grid every grid is new. What is new keeps
on record which codes its ground came from.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Any

from domain.grids import Grid, Level
from domain.plans.codes import next_code
from domain.plans.drafts import Draft
from domain.plans.units import Units

Ground = frozenset[str]
"""The units of a grid."""

LONGEST = 60
"""Letters of a name that lists what lies in a grid; what would be longer is shortened to “… and n more”."""


@dataclass
class Heirs:
    """A draft whose grids are replaced parent by parent. ``names`` are those of compounds, ``taken`` codes ever used."""

    units: Units
    before: Draft
    taken: Set[str] = frozenset()
    names: Mapping[str, str] = field(default_factory=dict)
    grids: dict[str, Grid] = field(init=False)
    home: dict[str, str] = field(init=False)
    lineage: dict[str, list[str]] = field(init=False)

    def __post_init__(self) -> None:
        self.grids, self.home = dict(self.before.grids), dict(self.before.home)
        self.lineage = {code: list(old) for code, old in self.before.mark("lineage").items()}

    def settle(
        self, parent: str, level: Level, grounds: Sequence[Ground], kept: Mapping[int, str] | None = None
    ) -> list[str]:
        """The codes of the grids that divide a parent anew. ``kept`` are grounds whose code is certain.

        Raises:
            Refused: when the codes under this parent are used up.
        """
        old = self._children_before(parent, level)
        codes = inherited(self.units, grounds, {code: self.before.units_of(code) for code in old}, kept)
        for code in old:
            self._remove(code)
        for number, ground in enumerate(grounds):
            code = codes.get(number) or self._mint(parent, level, ground)
            codes[number] = code
            self.grids[code] = Grid(code, level, "", parent or self._over(code, level, ground))
            self.grids[code] = replace(self.grids[code], name=self._name(code, level, ground))
            if level is self.before.smallest:
                self.home.update(dict.fromkeys(sorted(ground), code))
        return [codes[number] for number in range(len(grounds))]

    def draft(self) -> Draft:
        """The new draft; marks of grids that are gone are gone too."""
        marks: dict[str, Mapping[str, Any]] = {
            kind: dict(found) for kind, found in self.before.marks.items() if found
        }
        lineage = {code: old for code, old in sorted(self.lineage.items()) if code in self.grids}
        gone = self.before.grids.keys() - self.grids.keys()
        posts = {term: to for term, to in marks.get("posts", {}).items() if to not in gone}
        for kind, found in (("lineage", lineage), ("posts", posts)):
            marks.pop(kind, None)
            if found:
                marks[kind] = found
        return Draft({code: self.grids[code] for code in sorted(self.grids)}, self.home, marks)

    def _children_before(self, parent: str, level: Level) -> list[str]:
        """The old grids of a level under a parent; all of the level where there is none."""
        return [
            code
            for code, grid in sorted(self.before.grids.items())
            if grid.level is level and (not parent or grid.parent == parent)
        ]

    def _remove(self, code: str) -> None:
        """Take a grid away, and everything below it."""
        for child in [c for c, grid in self.grids.items() if grid.parent == code]:
            self._remove(child)
        self.grids.pop(code, None)

    def _mint(self, parent: str, level: Level, ground: Ground) -> str:
        known = [grid for grid in (*self.before.grids.values(), *self.grids.values()) if grid.level is level]
        over = parent or self._over("", level, ground) or ""
        used = self.taken | self.before.grids.keys() | self.grids.keys()
        code = next_code(over, known, used)
        old: Counter[str] = Counter()
        for unit in ground:
            above = self.before.above(self.before.home[unit], level)
            if above and (self.units[unit].households or not self.units.households(ground)):
                old[above] += max(1, self.units[unit].households)
        ranked = sorted(old, key=lambda code: (-old[code], code))
        ancestors = (a for code in ranked for a in self.before.mark("lineage").get(code, [code]))
        self.lineage[code] = list(dict.fromkeys(ancestors))
        return code

    def _over(self, code: str, level: Level, ground: Ground) -> str | None:
        """What a grid of the largest level lies under: as before, else as most of its ground did."""
        if code in self.before.grids:
            return self.before.grids[code].parent
        parents: Counter[str] = Counter()
        for unit in ground:
            above = self.before.above(self.before.home[unit], level)
            parents[(self.before.grids[above].parent if above else None) or ""] += (
                1 + self.units[unit].households
            )
        return min(parents, key=lambda parent: (-parents[parent], parent)) or None

    def _name(self, code: str, level: Level, ground: Ground) -> str:
        """As before where the ground is the same or somebody chose the name; else after what lies in it."""
        old = self.before.grids.get(code)
        if old:
            then = self.before.units_of(code)
            if then == ground or (
                old.name not in ("", code) and old.name != name_of(self.units, then, level, self.names)
            ):
                return old.name
        return name_of(self.units, ground, level, self.names) or (old.name if old else code)


def inherited(
    units: Units, grounds: Sequence[Ground], old: Mapping[str, Ground], kept: Mapping[int, str] | None = None
) -> dict[int, str]:
    """Which ground keeps which old code: by the households in common, then the area; each code once."""
    found = dict(kept or {})
    holder = {unit: code for code, ground in old.items() for unit in ground}
    pairs = []
    for number, ground in enumerate(grounds):
        people: Counter[str] = Counter()
        area: Counter[str] = Counter()
        for unit in sorted(ground & holder.keys()):
            people[holder[unit]] += units[unit].households
            area[holder[unit]] += round(units[unit].area)
        pairs += [(-people[code], -area[code], code, number) for code in area]
    gone = set(found.values())
    for _, _, code, number in sorted(pairs):
        if number not in found and code not in gone:
            found[number] = code
            gone.add(code)
    return found


# --- names ----------------------------------------------------------------------------------------------


def name_of(units: Units, ground: Ground, level: Level, names: Mapping[str, str]) -> str:
    """What a grid is called after what lies in it; empty where nothing in it has a name."""
    if level is Level.COMMUNITY:
        return ""
    people: Counter[str] = Counter()
    for unit in ground:
        compound = units[unit].compound
        if compound and compound in names:
            people[compound] += units[unit].households
    ranked = sorted(people, key=lambda compound: (-people[compound], compound))
    if not ranked:
        return ""
    if level is Level.COMPOUND:
        first = names[ranked[0]]
        return f"{first}网格" if len(ranked) == 1 else f"{first}等{len(ranked)}小区网格"
    parts = [names[compound] + _buildings(units, ground, compound) for compound in ranked]
    whole = "、".join(parts)
    return whole if len(whole) <= LONGEST else f"{parts[0][:LONGEST]}等{len(parts)}处"


def _buildings(units: Units, ground: Ground, compound: str) -> str:
    """The buildings of a compound, as ``1—4、7号楼``; empty where they have no such numbers."""
    buildings = (units[unit].building for unit in ground if units[unit].compound == compound)
    numbers = [re.fullmatch(r"(\d+)号楼", building or "") for building in buildings]
    return _runs(sorted(int(n[1]) for n in numbers if n)) + "号楼" if all(numbers) and numbers else ""


def _runs(numbers: Iterable[int]) -> str:
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return "、".join(str(run[0]) if len(run) == 1 else f"{run[0]}—{run[-1]}" for run in runs)
