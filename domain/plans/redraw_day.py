"""Follow a redraw on its day: which grids are not what they were, and where everything that hangs on them goes.

A redraw changes a ticket's grid, never its state or its clocks. What has a point goes where the point lies; what has
none follows the ground of its grid. A unit that is gone is followed by the grid that got most of its households.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from domain.grids import CITY, Level, Located, Structure
from domain.place import LngLat
from domain.plans.drafts import Draft
from domain.plans.posts import successors
from domain.tickets import Ticket

REHOMED = "rehomed"
"""The kind of the event that tells of a ticket that came into another grid by a new plan."""


@dataclass(frozen=True, slots=True)
class PlanContent:
    """A plan with all that is in it; outlines are WKB in EPSG:4326, opaque here. ``frozen`` is the hash it was approved by."""

    id: int
    name: str
    draft: Draft
    outlines: Mapping[str, bytes] = field(default_factory=dict)
    frozen: str = ""
    units_hash: str = ""
    version: int = 1


@dataclass(frozen=True)
class Redraw:
    """The way from the plan in force to the next one.

    ``changed`` are the codes in force whose ground or whose place in the tree will not be the same; ``kin`` gives for
    each code that is gone the grids of its level that got its ground, the one with most of its households first.
    ``nested`` says that every grid is the sum of those below it: then what lies in an unchanged smallest grid stays.
    """

    plan: str
    before: Structure
    after: Structure
    changed: frozenset[str]
    kin: Mapping[str, tuple[str, ...]]
    locate: Callable[[Sequence[LngLat]], Sequence[Located]]
    nested: bool = True

    @cached_property
    def gone(self) -> frozenset[str]:
        """The codes that no grid has any more."""
        return frozenset(self.before.grids) - frozenset(self.after.grids)

    @cached_property
    def redrawn(self) -> frozenset[str]:
        """The codes of the new plan that are new, or whose ground is another."""
        new = frozenset(self.after.grids) - frozenset(self.before.grids)
        return new | (self.changed & frozenset(self.after.grids))

    def changed_at(self, level: Level) -> tuple[str, ...]:
        """The changed codes of a level, in order."""
        return tuple(sorted(c for c in self.changed if self.before.grids[c].level is level))

    def follow(self, code: str) -> str:
        """The unit that a unit's own things go to: itself while it is there, else who got most of it, else the one above."""
        if code in self.after or code not in self.before:
            return code
        for unit in self.before.chain(code):
            if unit in self.after:
                return unit
            if self.kin.get(unit):
                return self.kin[unit][0]
        return CITY

    @cached_property
    def going(self) -> Mapping[str, str]:
        """Every code that is gone, and the unit that follows it."""
        return {code: self.follow(code) for code in sorted(self.gone)}


def changed_codes(before: Draft, after: Draft) -> frozenset[str]:
    """The codes of one plan that are gone in another, lie elsewhere in the tree, or hold other units."""
    return frozenset(
        code
        for code in before.grids
        if code not in after.grids
        or before.chain(code) != after.chain(code)
        or before.units_of(code) != after.units_of(code)
    )


def kin_of(before: Draft, after: Draft, households: Mapping[str, int]) -> dict[str, tuple[str, ...]]:
    """For each code that is gone, the grids of its level that got its ground, the one with most households first.

    ``households`` are those of each unit; where there are none the number of units decides, then the lower code. A
    grid without units follows the plan's lineage.
    """
    onward, found = successors(after), {}
    for code in before.grids.keys() - after.grids.keys():
        level = before.grids[code].level
        ranked = tuple(heir for heir, _ in _shares(before, code, after, households))
        found[code] = ranked or tuple(c for c in onward.get(code, ()) if after.grids[c].level is level)
    return {code: heirs for code, heirs in found.items() if heirs}


def _shares(
    one: Draft, code: str, other: Draft, households: Mapping[str, int]
) -> list[tuple[str, tuple[int, int]]]:
    """In which grids of another plan a grid's ground lies: households and units in each, the most first."""
    level, found = one.grids[code].level, dict[str, tuple[int, int]]()
    for unit in one.units_of(code):
        there = other.above(other.home.get(unit, ""), level)
        if there:
            people, pieces = found.get(there, (0, 0))
            found[there] = people + households.get(unit, 0), pieces + 1
    return sorted(found.items(), key=lambda share: (-share[1][0], -share[1][1], share[0]))


def branched(in_force: Draft, base: Draft, households: Mapping[str, int]) -> Draft:
    """A plan that is or was in force as the beginning of another: its marks speak of the plan in force, not of the one
    that it came after. Where heads go is said anew.

    A grid that is gone again is taken over by the one that gets more than half of it; what is new comes from these, or
    from the one that it has most of its ground from.
    """
    lineage: dict[str, list[str]] = {}
    for code in sorted(in_force.grids.keys() - base.grids.keys()):
        shares = _shares(in_force, code, base, households)
        whole = [sum(share[n] for _, share in shares) for n in range(2)]
        by = 0 if whole[0] else 1
        if shares and 2 * shares[0][1][by] > whole[by]:
            lineage.setdefault(shares[0][0], []).append(code)
    for code in sorted(base.grids.keys() - in_force.grids.keys() - lineage.keys()):
        if sources := _shares(base, code, in_force, households):
            lineage[code] = [sources[0][0]]
    for code, sources_of in lineage.items():
        if code in in_force.grids:
            sources_of.insert(0, code)
    marks = {kind: found for kind, found in base.marks.items() if kind not in ("lineage", "posts") and found}
    return replace(base, marks={**marks, "lineage": lineage} if lineage else marks)


def place_after(redraw: Redraw, located: Located, there: Located | None) -> Located:
    """Where something lies under the new plan: where its point does, else where its smallest grid went."""
    if there is not None and there.grid is not None:
        return there
    return redraw.after.located(redraw.follow(located.grid)) if located.grid else located


def rehomed(redraw: Redraw, ticket: Ticket, there: Located | None) -> Ticket:
    """The ticket under the new plan, one version on; the same ticket where nothing of it changes.

    ``there`` is where its point lies, None without one. Street and city office stay answerable; a grid that is gone or
    does not cover the point any more gives way to the grid of its level that does.
    """
    located = place_after(redraw, ticket.located, there)
    moved = replace(
        ticket,
        located=located,
        holder=_unit_after(redraw, ticket.holder, located),
        raised_in=ticket.raised_in and _unit_after(redraw, ticket.raised_in, located),
    )
    return ticket if moved == ticket else replace(moved, version=ticket.version + 1)


def _unit_after(redraw: Redraw, code: str, located: Located) -> str:
    grid = redraw.before.grids.get(code) or redraw.after.grids.get(code)
    if grid is None:
        return code
    covering = (located.level1, located.level2, located.level3)[grid.level - 1]
    return covering or redraw.follow(code)
