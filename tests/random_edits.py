"""Draw at random: every kind of command, aimed at what is there, and some that must be refused."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from domain.grids import Level
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
from domain.plans.drafts import ALL, Draft
from domain.plans.units import Units


class _At:
    """A place to draw at: a unit, and what lies around it."""

    def __init__(self, random: Random, units: Units, draft: Draft) -> None:
        self.random, self.units, self.draft = random, units, draft
        for _ in range(6):
            self.unit = random.choice(_codes(units))
            self.leaf = draft.home[self.unit]
            near = [draft.home[code] for code in units.borders[self.unit] if draft.home[code] != self.leaf]
            if near:
                break
        self.beside = random.choice(sorted(near)) if near else self.leaf

    def pair(self) -> tuple[str, str]:
        """Two neighbouring grids of one level, mostly the smallest on which they differ, or twice the same."""
        levels = sorted({grid.level for grid in self.draft.grids.values()})
        level = self.random.choices(levels, [1, 2, 6][-len(levels) :])[0]
        one, two = self.draft.above(self.leaf, level), self.draft.above(self.beside, level)
        assert one and two
        return one, two

    def grid(self) -> str:
        return self.pair()[0]

    def parts(self, code: str) -> list[str]:
        """What a grid is made of: units, or grids below."""
        if self.draft.grids[code].level is self.draft.smallest:
            return sorted(self.draft.leaf_units[code])
        return list(self.draft.children[code])

    def spread(self, within: list[str]) -> tuple[str, ...]:
        """Some of these that hang together: units from one of them on, grids that share compounds."""
        if not within:
            return ()
        inside, wanted = set(within), self.random.randint(1, max(1, len(within) - 1))
        found = [self.random.choice(within)]
        if not inside <= self.units.by_code.keys():
            return self._with_its_compounds(found, inside)
        for code in found:
            for near in sorted(self.units.borders[code]):
                if near in inside and near not in found and len(found) < wanted:
                    found.append(near)
        return tuple(found)

    def _with_its_compounds(self, found: list[str], inside: set[str]) -> tuple[str, ...]:
        """A grid, and those beside it that hold homes of the same compounds."""
        homes = {
            code: {self.units[unit].compound for unit in self.draft.units_of(code)} - {None}
            for code in inside
        }
        for code in found:
            found.extend(
                other for other in sorted(inside) if other not in found and homes[other] & homes[code]
            )
        return tuple(found)


_listed: dict[str, list[str]] = {}


def _codes(units: Units) -> list[str]:
    if units.hash not in _listed:
        _listed[units.hash] = sorted(units.by_code)
    return _listed[units.hash]


def _some_units(at: _At) -> Command:
    near = [c for c in (at.unit, *sorted(at.units.borders[at.unit])) if at.draft.home[c] == at.leaf]
    return MoveUnits(tuple(near[: at.random.randint(1, 3)]), at.beside)


def _compound(at: _At) -> Command:
    compounds = {at.units[u].compound for u in at.draft.leaf_units[at.leaf]} - {None}
    level = min(Level.COMPOUND, at.draft.smallest)
    return MoveCompounds(tuple(sorted(c for c in compounds if c)), at.draft.above(at.beside, level) or "")


def _parent(at: _At) -> Command:
    one, two = at.pair()
    return MoveGrid(one, at.draft.grids[two].parent or two)


def _split(at: _At) -> Command:
    code = at.grid()
    return Split(code, at.spread(at.parts(code)), f"New {at.random.randint(1, 99)}")


def _border(at: _At) -> Command:
    """What lies along the border changes sides, in one direction or the other."""
    one, two = at.random.sample(at.pair(), 2)
    mine, theirs = at.parts(one), at.parts(two)
    if not set(mine) <= at.units.by_code.keys():
        return MoveBorder(one, two, (*mine, at.random.choice(theirs)))
    there = set(mine)
    coming = [unit for unit in theirs if at.units.borders[unit].keys() & there]
    return MoveBorder(one, two, (*mine, *coming[: at.random.randint(1, 3)]))


def _new(at: _At) -> Command:
    levels = sorted({grid.level for grid in at.draft.grids.values()})
    level = at.random.choices(levels, [1, 2, 6][-len(levels) :])[0]
    parent = at.draft.above(at.leaf, Level(level - 1)) if level > Level.COMMUNITY else ""
    inside = at.parts(parent) if parent else at.parts(at.draft.above(at.leaf, Level.COMMUNITY) or "")
    if level is at.draft.smallest:
        inside = sorted(at.draft.leaf_units[at.leaf])
    elif parent:
        inside = at.parts(at.draft.above(at.leaf, level) or "")
    return NewGrid(parent or "", at.spread(inside), f"New {at.random.randint(1, 99)}")


def _exception(at: _At) -> Command:
    allowed = sorted(at.draft.mark("split"))
    if allowed and at.random.random() < 0.5:
        return ForbidSplit(at.random.choice(allowed))
    return AllowSplit(at.units[at.unit].compound or "none", "two owners")


def _lock(at: _At) -> Command:
    held = sorted(at.draft.mark("locks"))
    if len(held) > 2:
        return Unlock(held[0])
    return Lock(at.random.choice((at.unit, at.grid(), ALL)) if at.random.random() < 0.3 else at.unit)


KINDS: tuple[tuple[int, Callable[[_At], Command]], ...] = (
    (30, _some_units),
    (12, _split),
    (10, lambda at: Merge(*at.pair())),
    (8, _compound),
    (5, _parent),
    (8, _border),
    (8, _new),
    (5, lambda at: Retire(at.grid())),
    (4, lambda at: Rename(at.grid(), f"Name {at.random.randint(1, 9)}")),
    (4, _exception),
    (3, _lock),
    (3, lambda at: Post(str(at.random.randint(1, 5)), at.grid())),
)
"""How often each kind is drawn."""


def any_command(random: Random, units: Units, draft: Draft) -> Command:
    """A random command, aimed at a random place of the draft; whatever holds everything is let go first."""
    if ALL in draft.mark("locks"):
        return Unlock(ALL)
    at = _At(random, units, draft)
    (make,) = random.choices([make for _, make in KINDS], [often for often, _ in KINDS])
    return make(at)
