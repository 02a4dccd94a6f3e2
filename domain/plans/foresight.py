"""Foresee what a redraw does: which grids change, whose ground moves from whom to whom – by two drafts over the same units.

A grid whose ground stays and whose code alone is another is no move of households: it is *re-coded*. Whose ground is more
than half that of one grid gone, by the draft's own lineage, is the same grid under another code too, and what else it
got or lost is what moves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from domain.grids import Grid, Level
from domain.plans.drafts import Draft
from domain.plans.units import Units

NOWHERE = ""
"""In place of a code: the ground lies in no grid of this level."""


class Fate(StrEnum):
    """What becomes of a grid."""

    NEW = "new"
    GONE = "gone"
    CHANGED = "changed"
    RECODED = "recoded"
    REHUNG = "rehung"
    RENAMED = "renamed"


@dataclass(frozen=True, slots=True)
class GridFate:
    """A grid before and after: None where it is new or gone. ``came`` and ``left`` are the households that move.

    ``kin`` are the grids that a new one's ground comes from, or that a gone one's ground goes to.
    """

    fate: Fate
    level: Level
    before: Grid | None
    after: Grid | None
    households_before: int
    households_after: int
    came: int
    left: int
    kin: tuple[str, ...] = ()

    @property
    def code(self) -> str:
        """The code after, or the last one of a grid that is gone."""
        grid = self.after or self.before
        assert grid is not None
        return grid.code

    @property
    def name(self) -> str:
        grid = self.after or self.before
        assert grid is not None
        return grid.name


@dataclass(frozen=True, slots=True)
class Flow:
    """Ground of one level that passes from one grid to another; ``compounds`` are those it lies in."""

    level: Level
    source: str
    target: str
    units: frozenset[str]
    households: int
    buildings: int
    compounds: frozenset[str]


@dataclass(frozen=True, slots=True)
class CompoundMove:
    """A compound that lies in other compound grids than before."""

    compound: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    households: int


@dataclass(frozen=True)
class Comparison:
    """What differs between two drafts. ``successors``: codes gone → the code that the same grid has after."""

    grids: tuple[GridFate, ...]
    flows: tuple[Flow, ...]
    compounds: tuple[CompoundMove, ...]
    successors: Mapping[str, str]
    households: int
    """Households of whom a grid of any level becomes another."""
    buildings: int

    @property
    def is_empty(self) -> bool:
        return not (self.grids or self.flows)

    @cached_property
    def moved(self) -> frozenset[str]:
        """The units of which a grid of any level becomes another."""
        return frozenset().union(*(flow.units for flow in self.flows))

    def of_level(self, level: Level) -> tuple[Flow, ...]:
        """What passes from grid to grid on one level."""
        return tuple(flow for flow in self.flows if flow.level is level)

    def now(self, code: str) -> str:
        """The code that a grid has after, where the same grid is still there."""
        return self.successors.get(code, code)


def compare(units: Units, before: Draft, after: Draft) -> Comparison:
    """What differs between two drafts over the same units."""
    one, other = _Seen(units, before), _Seen(units, after)
    successors = _successors(one, other)
    flows = tuple(_flows(units, one, other, successors))
    moved = frozenset().union(*(flow.units for flow in flows))
    return Comparison(
        grids=tuple(_fates(one, other, successors, flows)),
        flows=flows,
        compounds=tuple(_compound_moves(units, one, other, successors)),
        successors=successors,
        households=units.households(moved),
        buildings=_buildings(units, moved),
    )


class Places:
    """Where each unit of a draft lies: its grid on every level."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self._of_leaf = {leaf: self._levels(leaf) for leaf in set(draft.home.values())}

    def _levels(self, leaf: str) -> Mapping[Level, str]:
        return {self.draft.grids[code].level: code for code in self.draft.chain(leaf)}

    def of(self, unit: str) -> Mapping[Level, str]:
        """The grids of a unit by level; none where the draft does not place it."""
        return self._of_leaf.get(self.draft.home.get(unit, NOWHERE), {})

    def at(self, spot: Iterable[str], level: Level) -> str:
        """The grid of a level that covers a point in or between these units: the lowest code on a shared edge."""
        return min((code for unit in spot if (code := self.of(unit).get(level))), default=NOWHERE)


class _Seen:
    """A draft with what a comparison asks of it."""

    def __init__(self, units: Units, draft: Draft) -> None:
        self.draft = draft
        self.places = Places(draft)
        self.ground: dict[str, frozenset[str]] = _ground(draft, self.places)
        self.households = {code: units.households(ground) for code, ground in self.ground.items()}

    def weight(self, code: str) -> int:
        """By what grids are weighed: households, or units where nobody lives."""
        return self.households[code] or len(self.ground[code])

    def roots(self, code: str, others: Mapping[str, Grid]) -> frozenset[str]:
        """The grids of the other draft that a code of this one came from, by the lineage kept in this one."""
        lineage, found, seen, ahead = self.draft.mark("lineage"), set(), set(), [code]
        while ahead:
            here = ahead.pop()
            if here in others:
                found.add(here)
            elif here not in seen:
                seen.add(here)
                ahead.extend(lineage.get(here, ()))
        return frozenset(found)


def _ground(draft: Draft, places: Places) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {code: set() for code in draft.grids}
    for unit in draft.home:
        for code in places.of(unit).values():
            found[code].add(unit)
    return {code: frozenset(units) for code, units in found.items()}


def _successors(one: _Seen, other: _Seen) -> dict[str, str]:
    """Codes gone → codes new of the same grid: the same ground, or by lineage alone more than half of either."""
    gone = [code for code in sorted(one.draft.grids) if code not in other.draft.grids]
    new = [code for code in sorted(other.draft.grids) if code not in one.draft.grids]
    by_ground = {(other.draft.grids[code].level, other.ground[code]): code for code in new}
    same = {
        code: by_ground[key]
        for code in gone
        if one.ground[code] and (key := (one.draft.grids[code].level, one.ground[code])) in by_ground
    }
    told = {(old, code) for code in new for old in other.roots(code, one.draft.grids)}
    told |= {(code, later) for code in gone for later in one.roots(code, other.draft.grids)}
    by_lineage = {old: later for old, later in sorted(told) if _is_same_grid(one, other, old, later)}
    taken = set(same.values())
    return {old: later for old, later in by_lineage.items() if old not in same and later not in taken} | same


def _is_same_grid(one: _Seen, other: _Seen, old: str, later: str) -> bool:
    """One code gone, one new, on one level, and more than half of either is the other's."""
    if old in other.draft.grids or later in one.draft.grids:
        return False
    if one.draft.grids[old].level is not other.draft.grids[later].level:
        return False
    shared = one.ground[old] & other.ground[later]
    larger = max(len(one.ground[old]), len(other.ground[later]))
    return 2 * len(shared) > larger


def _flows(units: Units, one: _Seen, other: _Seen, successors: Mapping[str, str]) -> Iterable[Flow]:
    """What passes from grid to grid, by level and codes."""
    levels = sorted({grid.level for seen in (one, other) for grid in seen.draft.grids.values()})
    found: dict[tuple[Level, str, str], set[str]] = {}
    for unit in one.draft.home.keys() | other.draft.home.keys():
        was, will = one.places.of(unit), other.places.of(unit)
        for level in levels:
            source, target = was.get(level, NOWHERE), will.get(level, NOWHERE)
            if successors.get(source, source) != target:
                found.setdefault((level, source, target), set()).add(unit)
    for (level, source, target), moved in sorted(found.items()):
        yield Flow(
            level, source, target, frozenset(moved), units.households(moved), _buildings(units, moved),
            frozenset(compound for code in moved if (compound := units[code].compound)),
        )  # fmt: skip


def _buildings(units: Units, codes: Iterable[str]) -> int:
    """The buildings that units are cells of; numbers of houses are not unique in a city, those of a compound are."""
    return len({(units[code].compound, units[code].building) for code in codes if units[code].building})


def _fates(
    one: _Seen, other: _Seen, successors: Mapping[str, str], flows: Iterable[Flow]
) -> Iterable[GridFate]:
    """What becomes of each grid of which anything changes, by level and code."""
    came: dict[str, int] = {}
    left: dict[str, int] = {}
    for flow in flows:
        came[flow.target] = came.get(flow.target, 0) + flow.households
        left[flow.source] = left.get(flow.source, 0) + flow.households
    pairs: list[tuple[str | None, str | None]] = [
        (code, later if (later := successors.get(code, code)) in other.draft.grids else None)
        for code in one.draft.grids
    ]
    arrived = {later for _, later in pairs}
    pairs += [(None, code) for code in other.draft.grids if code not in arrived]
    fates = (_fate(one, other, old, later, successors, came, left) for old, later in pairs)
    yield from sorted((fate for fate in fates if fate), key=lambda fate: (fate.level, fate.code))


def _fate(
    one: _Seen, other: _Seen, old: str | None, later: str | None, successors: Mapping[str, str],
    came: Mapping[str, int], left: Mapping[str, int],
) -> GridFate | None:  # fmt: skip
    before = one.draft.grids[old] if old is not None else None
    after = other.draft.grids[later] if later is not None else None
    what = _what(before, after, one, other, successors)
    if what is None:
        return None
    known = after or before
    assert known is not None
    return GridFate(
        what, known.level, before, after,
        one.households[before.code] if before else 0, other.households[after.code] if after else 0,
        came.get(after.code, 0) if after else 0, left.get(before.code, 0) if before else 0,
        _kin(before, after, one, other),
    )  # fmt: skip


def _what(
    before: Grid | None, after: Grid | None, one: _Seen, other: _Seen, successors: Mapping[str, str]
) -> Fate | None:
    """What becomes of a grid, the weightiest word first; None where nothing does."""
    if before is None or after is None:
        return Fate.NEW if before is None else Fate.GONE
    above = before.parent or NOWHERE
    if one.ground[before.code] != other.ground[after.code]:
        return Fate.CHANGED
    if before.code != after.code:
        return Fate.RECODED
    if successors.get(above, above) != (after.parent or NOWHERE):
        return Fate.REHUNG
    return Fate.RENAMED if before.name != after.name else None


def _kin(before: Grid | None, after: Grid | None, one: _Seen, other: _Seen) -> tuple[str, ...]:
    """Where a new grid's ground comes from, or a gone one's goes to."""
    if before and after:
        return ()
    if after:
        ground, there = other.ground[after.code], one.places
    else:
        assert before is not None
        ground, there = one.ground[before.code], other.places
    level = (after or before).level  # type: ignore[union-attr]
    return tuple(sorted({code for unit in ground if (code := there.of(unit).get(level))}))


def _compound_moves(
    units: Units, one: _Seen, other: _Seen, successors: Mapping[str, str]
) -> Iterable[CompoundMove]:
    """The compounds that lie in other compound grids than before, by code."""
    for compound, codes in sorted(units.by_compound.items()):
        before = _homes(one.places, codes)
        after = _homes(other.places, codes)
        if {successors.get(code, code) for code in before} != set(after):
            yield CompoundMove(compound, before, after, units.households(codes))


def _homes(places: Places, codes: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({code for unit in codes if (code := places.of(unit).get(Level.COMPOUND))}))
