"""Redraw a draft: what each command changes.

``redraw`` turns a command into a :class:`~domain.plans.drafts.Change` and refuses it, with the reason and the place, when the
plan would break a demand. A code is never re-parented: a grid that comes under another parent is retired, a new code is
minted, and the lineage is kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass, field, replace
from typing import Any

from domain.grids import Grid, Level
from domain.names import one_line
from domain.plans.codes import Codes
from domain.plans.commands import (
    AllowSplit,
    Command,
    ForbidSplit,
    Lock,
    Merge,
    MoveBorder,
    MoveCompounds,
    MoveGrid,
    MoveUnits,
    NewGrid,
    Post,
    Rename,
    Retire,
    Split,
    Unlock,
)
from domain.plans.demands import NotDrawn, must_be_allowed, name_of
from domain.plans.drafts import ALL, Change, Draft
from domain.plans.units import Units
from domain.said import Refused, said

TERM = re.compile(r"[0-9]{1,18}")
"""How the number of a head's term is written."""

LONGEST_NAME = 60
"""Letters of a grid's name."""

LONGEST_REASON = 200
"""Letters of the reason why a compound is split."""


@dataclass(slots=True)
class _Sketch:
    """A change being made: what was there is kept with every stroke."""

    units: Units
    draft: Draft
    taken: Set[str]
    names: Mapping[str, str]
    home: dict[str, str | None] = field(default_factory=dict)
    grids: dict[str, Grid | None] = field(default_factory=dict)
    marks: dict[tuple[str, str], Any] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    codes: dict[Level, Codes] = field(default_factory=dict)

    @property
    def change(self) -> Change:
        """The strokes that differ from what is there."""
        draft = self.draft
        marks = {key: (draft.mark(key[0]).get(key[1]), new) for key, new in self.marks.items()}
        return Change(
            {u: (draft.home.get(u), g) for u, g in self.home.items() if draft.home.get(u) != g},
            {c: (draft.grids.get(c), g) for c, g in self.grids.items() if draft.grids.get(c) != g},
            {key: pair for key, pair in marks.items() if pair[0] != pair[1]},
        )

    def grid(self, code: str) -> Grid:
        """A grid as it stands in the sketch.

        Raises:
            NotDrawn: when there is none.
        """
        found = self.grids.get(code, self.draft.grids.get(code))
        if found is None:
            raise NotDrawn(said("There is no grid {code} in this plan.", code=code))
        return found

    def is_leaf(self, code: str) -> bool:
        return self.grid(code).level is self.draft.smallest

    def mint(self, parent: str, like: Level, name: str) -> str:
        """A new grid without ground yet."""
        if not self.used:
            self.used |= self.taken | self.draft.grids.keys()
        if like not in self.codes:
            level = (g for g in self.draft.grids.values() if g.level is like)
            self.codes[like] = Codes.of(level, self.used)
        try:
            code = self.codes[like].next(parent)
        except Refused as refused:
            raise NotDrawn(
                refused.because, grids=(parent,) if parent in self.draft.grids else ()
            ) from refused
        self.grids[code] = Grid(code, like, name, parent or None)
        return code

    def put(self, units: Iterable[str], to: str) -> None:
        """Assign units to a grid of the smallest level."""
        for unit in units:
            if unit not in self.units:
                raise NotDrawn(said("There is no unit {code} in this city.", code=unit))
            self.home[unit] = to

    def units_in(self, code: str) -> list[str]:
        """The units that lie in a grid of the smallest level now."""
        stay = [u for u in self.draft.leaf_units.get(code, ()) if self.home.get(u, code) == code]
        return stay + [u for u, grid in self.home.items() if grid == code and self.draft.home.get(u) != code]

    def children(self, code: str) -> list[str]:
        """The grids directly below one now."""
        known = {**self.draft.grids, **self.grids}
        return sorted(c for c, grid in known.items() if grid and grid.parent == code)

    def came_from(self, code: str) -> tuple[str, ...]:
        """The codes in force whose ground a grid has."""
        kept = self.marks.get(("lineage", code), self.draft.mark("lineage").get(code))
        return tuple(kept) if kept else (code,)

    def descend(self, new: str, *olds: str) -> None:
        """Keep from which codes a grid came; one that came from itself alone needs no word."""
        came = list(dict.fromkeys(c for old in olds for c in self.came_from(old)))
        self.marks["lineage", new] = came if came != [new] else None

    def drop(self, code: str, into: str) -> None:
        """A grid is there no more: where it came from is told by its successor, and heads sent to it go there."""
        self.grids[code] = None
        if code in self.draft.mark("lineage") or ("lineage", code) in self.marks:
            self.marks["lineage", code] = None
        sent = {k: grid for (kind, k), grid in self.marks.items() if kind == "posts"}
        posts = {**self.draft.mark("posts"), **sent}
        self.marks |= {("posts", term): into for term, grid in posts.items() if grid == code}

    def move_under(self, code: str, parent: str) -> str:
        """Retire a grid and all below it, and mint it anew under another parent; the new code."""
        old = self.grid(code)
        below = [] if self.is_leaf(code) else self.children(code)
        new = self.mint(parent, old.level, old.name)
        self.descend(new, code)
        if self.is_leaf(code):
            self.put(self.units_in(code), new)
        for child in below:
            self.move_under(child, new)
        self.drop(code, new)
        return new


def redraw(
    units: Units, draft: Draft, command: Command, taken: Set[str], names: Mapping[str, str] | None = None
) -> Change:
    """What a command changes; ``taken`` are codes ever used in the city, ``names`` what compounds are called.

    Raises:
        NotDrawn: when the plan does not allow it; the reason and the place.
    """
    sketch = _Sketch(units, draft, taken, names or {})
    _STROKES[type(command)](sketch, command)
    change = sketch.change
    if change.is_empty:
        raise NotDrawn(said("That would change nothing."))
    must_be_allowed(units, draft, change, names or {})
    return change


def _move_units(sketch: _Sketch, command: MoveUnits) -> None:
    _must_be_leaf(sketch, command.to)
    if not command.units:
        raise NotDrawn(said("No unit is selected."))
    sketch.put(command.units, command.to)


def _move_compounds(sketch: _Sketch, command: MoveCompounds) -> None:
    to, draft = sketch.grid(command.to), sketch.draft
    if to.level is not min(Level.COMPOUND, draft.smallest):
        raise NotDrawn(said("A compound moves to a compound grid; {grid} is none.", grid=to.name))
    if not command.compounds:
        raise NotDrawn(said("No compound is selected."))
    if sketch.is_leaf(to.code):
        sketch.put(_homes_of(sketch, command.compounds), to.code)
        return
    for leaf in _leaves_of(sketch, set(command.compounds)):
        if draft.above(leaf, to.level) != to.code:
            sketch.move_under(leaf, to.code)


def _leaves_of(sketch: _Sketch, compounds: set[str]) -> list[str]:
    """The smallest grids that lie in these compounds; one that holds homes of others too cannot move whole."""
    moving = {sketch.draft.home[unit] for unit in _homes_of(sketch, compounds)}
    for leaf in sorted(moving):
        others = {sketch.units[u].compound for u in sketch.draft.leaf_units[leaf]} - compounds - {None}
        if others:
            raise NotDrawn(
                said(
                    "{grid} also holds homes of {compound}; move both, or split it first.",
                    grid=sketch.grid(leaf).name, compound=name_of(sketch.names, min(c for c in others if c)),
                ),
                grids=(leaf,),
            )  # fmt: skip
    return sorted(moving)


def _homes_of(sketch: _Sketch, compounds: Iterable[str]) -> list[str]:
    """The units of compounds, in order."""
    found: set[str] = set()
    for compound in sorted(compounds):
        if compound not in sketch.units.by_compound:
            raise NotDrawn(said("There is no compound {code} in this city.", code=compound))
        found |= sketch.units.by_compound[compound]
    return sorted(found & sketch.draft.home.keys())


def _move_grid(sketch: _Sketch, command: MoveGrid) -> None:
    grid, parent = sketch.grid(command.grid), sketch.grid(command.parent)
    if parent.level + 1 != grid.level:
        raise NotDrawn(
            said(
                "{grid} cannot lie under {parent}: the levels do not fit.", grid=grid.name, parent=parent.name
            )
        )
    if grid.parent == parent.code:
        raise NotDrawn(said("{grid} lies under {parent} already.", grid=grid.name, parent=parent.name))
    sketch.move_under(grid.code, parent.code)


def _split(sketch: _Sketch, command: Split) -> None:
    grid = sketch.grid(command.grid)
    parts = sketch.units_in(grid.code) if sketch.is_leaf(grid.code) else sketch.children(grid.code)
    apart = set(command.apart)
    if not apart or not apart < set(parts):
        raise NotDrawn(
            said("A grid is split into two parts, and both must hold something."), grids=(grid.code,)
        )
    new = sketch.mint(grid.parent or "", grid.level, _must_be_named(command.name))
    sketch.descend(new, grid.code)
    _give(sketch, sorted(apart), new)


def _merge(sketch: _Sketch, command: Merge) -> None:
    grid, into = sketch.grid(command.grid), sketch.grid(command.into)
    if grid.code == into.code:
        raise NotDrawn(said("A grid cannot be merged into itself."))
    if grid.level is not into.level:
        raise NotDrawn(
            said("{one} and {two} are not of one level.", one=grid.name, two=into.name),
            grids=(grid.code, into.code),
        )
    sketch.descend(into.code, into.code, grid.code)
    _give(
        sketch,
        sketch.units_in(grid.code) if sketch.is_leaf(grid.code) else sketch.children(grid.code),
        into.code,
    )
    sketch.drop(grid.code, into.code)


def _new_grid(sketch: _Sketch, command: NewGrid) -> None:
    if not command.apart:
        raise NotDrawn(said("A new grid needs ground: select what shall lie in it."))
    holders = [_holder(sketch, part) for part in sorted(set(command.apart))]
    parent, level = _place_for(sketch, command.parent, next((h for h in holders if h), ""))
    new = sketch.mint(parent, level, _must_be_named(command.name))
    sketch.descend(new, *dict.fromkeys(h for h in holders if h))
    _give(sketch, dict.fromkeys(command.apart), new)


def _holder(sketch: _Sketch, part: str) -> str:
    """The grid that a unit, or a grid, lies in directly."""
    grid = sketch.draft.grids.get(part)
    holder = (grid.parent if grid else sketch.draft.home.get(part)) or ""
    return holder if holder in sketch.draft.grids else ""


def _place_for(sketch: _Sketch, parent: str, holder: str) -> tuple[str, Level]:
    """Under what, and of which level, a new grid is: a community lies under a street where communities do."""
    grids, smallest = sketch.draft.grids, sketch.draft.smallest
    over = {grid.parent for grid in grids.values() if grid.level is Level.COMMUNITY and grid.parent}
    if not parent and over:
        beside = sketch.draft.above(holder, Level.COMMUNITY)
        return (grids[beside].parent if beside else None) or min(over), Level.COMMUNITY
    if not parent or parent in over:
        return parent, Level.COMMUNITY
    if sketch.grid(parent).level >= smallest:
        raise NotDrawn(said("There is no level below {grid}.", grid=sketch.grid(parent).name))
    return parent, Level(sketch.grid(parent).level + 1)


def _retire(sketch: _Sketch, command: Retire) -> None:
    grid, draft = sketch.grid(command.grid), sketch.draft
    here = draft.units_of(grid.code)
    siblings = [g for g in draft.grids.values() if g.level is grid.level and g.parent == grid.parent]
    touching = [
        (sketch.units.touch(here, draft.units_of(g.code)), g.code) for g in siblings if g.code != grid.code
    ]
    longest, into = max(touching, default=(0.0, ""), key=lambda pair: (pair[0], pair[1]))
    if not longest:
        raise NotDrawn(
            said("{grid} touches no grid of the same parent that could take its ground.", grid=grid.name),
            grids=(grid.code,),
        )
    _merge(sketch, Merge(grid.code, into))


def _rename(sketch: _Sketch, command: Rename) -> None:
    sketch.grids[command.grid] = replace(sketch.grid(command.grid), name=_must_be_named(command.name))


def _move_border(sketch: _Sketch, command: MoveBorder) -> None:
    one, two = sketch.grid(command.one), sketch.grid(command.two)
    if one.level is not two.level or one.code == two.code:
        raise NotDrawn(said("A border lies between two grids of one level."), grids=(one.code, two.code))
    parts = sketch.units_in if sketch.is_leaf(one.code) else sketch.children
    of_one, of_two, ones = set(parts(one.code)), set(parts(two.code)), set(command.ones)
    if not ones <= of_one | of_two:
        raise NotDrawn(said("Only what lies in the two grids can change sides."), grids=(one.code, two.code))
    _give(sketch, sorted(ones & of_two), one.code)
    _give(sketch, sorted(of_one - ones), two.code)


def _give(sketch: _Sketch, parts: Iterable[str], to: str) -> None:
    """Give units to a smallest grid, or grids to the one above them."""
    if sketch.is_leaf(to):
        sketch.put(parts, to)
        return
    for part in parts:
        if sketch.grid(part).level != sketch.grid(to).level + 1:
            raise NotDrawn(said("The levels do not fit."), grids=(part, to))
        sketch.move_under(part, to)


def _lock(sketch: _Sketch, command: Lock) -> None:
    if command.code != ALL and command.code not in sketch.draft.grids and command.code not in sketch.units:
        raise NotDrawn(said("There is no grid or unit {code} in this plan.", code=command.code))
    sketch.marks["locks", command.code] = True


def _unlock(sketch: _Sketch, command: Unlock) -> None:
    sketch.marks["locks", command.code] = None


def _allow_split(sketch: _Sketch, command: AllowSplit) -> None:
    if command.compound not in sketch.units.by_compound:
        raise NotDrawn(said("There is no compound {code} in this city.", code=command.compound))
    reason = one_line(command.reason)
    if not reason:
        raise NotDrawn(said("Splitting a compound is an exception: please give the reason."))
    if len(reason) > LONGEST_REASON:
        raise NotDrawn(said("Please use {n} characters at most.", n=LONGEST_REASON))
    sketch.marks["split", command.compound] = reason


def _forbid_split(sketch: _Sketch, command: ForbidSplit) -> None:
    sketch.marks["split", command.compound] = None


def _post(sketch: _Sketch, command: Post) -> None:
    if command.grid:
        sketch.grid(command.grid)
    if not TERM.fullmatch(command.term):
        raise NotDrawn(said("There is no such term of a head."))
    sketch.marks["posts", command.term] = command.grid


_STROKES: Mapping[type[Any], Callable[[_Sketch, Any], None]] = {
    MoveUnits: _move_units, MoveCompounds: _move_compounds, MoveGrid: _move_grid, Split: _split, Merge: _merge,
    NewGrid: _new_grid, Retire: _retire, Rename: _rename, MoveBorder: _move_border, Lock: _lock, Unlock: _unlock,
    AllowSplit: _allow_split, ForbidSplit: _forbid_split, Post: _post,
}  # fmt: skip


def _must_be_leaf(sketch: _Sketch, code: str) -> None:
    if not sketch.is_leaf(code):
        raise NotDrawn(said("Units lie in grids of the smallest level; {grid} is larger.", grid=sketch.grid(code).name))  # fmt: skip


def _must_be_named(name: str) -> str:
    called = one_line(name)
    if not called:
        raise NotDrawn(said("Please give the grid a name."))
    if len(called) > LONGEST_NAME:
        raise NotDrawn(said("A name has at most {n} letters.", n=LONGEST_NAME))
    return called
