"""Say what cannot be reached before anybody tries: arithmetic on households, bands and counts.

105 grids of at least 1,000 households cannot be filled by 96,817. Most of what is told is worth knowing and no bar; a
wish that demands every grid of a level in its band makes it one (an error).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from domain.findings import Finding, Severity
from domain.grids import Level
from domain.plans.drafts import Draft
from domain.plans.proposals import Band, Impossible, Wishes
from domain.plans.units import Units
from domain.said import Said, said
from domain.titles import LEVEL

SHOWN = 3
"""Pieces named in one sentence, the largest first."""


@dataclass(frozen=True)
class Scope:
    """What is redrawn: the levels, each with the grids that divide nothing further up, and how many grids there shall be."""

    units: Units
    draft: Draft
    wishes: Wishes
    names: Mapping[str, str] = field(default_factory=dict)
    """What compounds are called, by code."""

    @cached_property
    def levels(self) -> tuple[Level, ...]:
        """The levels that are redrawn, the largest grids first."""
        return self.wishes.levels(self.draft)

    @cached_property
    def roots(self) -> tuple[str, ...]:
        """The grids that are divided anew and stay themselves; ``""`` for the city where its largest are redrawn too."""
        if self.wishes.within is not None:
            return (self.wishes.within,)
        above = [g for g in self.draft.grids.values() if g.level < self.levels[0]]
        lowest = max((g.level for g in above), default=None)
        return tuple(sorted(g.code for g in above if g.level is lowest)) or ("",)

    def ground(self, root: str) -> frozenset[str]:
        """The units of a root."""
        return self.draft.units_of(root) if root else frozenset(self.draft.home)

    def now(self, level: Level) -> int:
        """How many grids of a level there are within all that is redrawn."""
        within = self.wishes.within
        return sum(
            grid.level is level and (within is None or within in self.draft.chain(code))
            for code, grid in self.draft.grids.items()
        )

    def count(self, level: Level) -> int:
        """How many grids of a level are wished."""
        return self.wishes.counts.get(level, self.now(level))

    @cached_property
    def total(self) -> int:
        """The households of all that is redrawn."""
        return sum(self.units.households(self.ground(root)) for root in self.roots)

    def pieces(self, level: Level) -> int:
        """Into how many grids of a level the ground could be cut at most: compounds stay whole but in building grids."""
        if level is self.draft.smallest and level is Level.BUILDING:
            return sum(len(self.ground(root)) for root in self.roots)
        split = self.draft.mark("split")
        return sum(
            len(
                {
                    unit.compound if unit.compound and unit.compound not in split else code
                    for code in self.ground(root)
                    if (unit := self.units[code]).compound or unit.households or not self.total
                }
            )
            for root in self.roots
        )


def arithmetic(
    units: Units, draft: Draft, wishes: Wishes, names: Mapping[str, str] | None = None
) -> list[Finding]:
    """Everything that cannot be reached, for whoever is about to try: notes, and errors where nothing can come of it.

    ``names`` is what compounds are called, by code.
    """
    scope = Scope(units, draft, wishes, names or {})
    if not scope.total:
        words = said("There is no household data here: nothing can be balanced.")
        return [Finding("reach", Severity.ERROR, words)]
    return [finding for level in scope.levels for finding in _of_level(scope, level)]


def proof(found: Iterable[Finding]) -> Impossible | None:
    """The proof that nothing can come of the wishes, from what arithmetic tells of them; None where it is worth trying."""
    bars = [finding for finding in found if finding.severity is Severity.ERROR]
    blame = dict.fromkeys(code for finding in bars for code in finding.grids)
    return Impossible(tuple(finding.words for finding in bars), tuple(blame)) if bars else None


def fitting(total: int, band: Band) -> range:
    """Into how many grids of a band so many households can be divided by arithmetic; empty where into none."""
    least, most = band
    return range(-(-total // most), total // least + 1 if least else total + 1)


def _of_level(scope: Scope, level: Level) -> Iterator[Finding]:
    count, pieces = scope.count(level), scope.pieces(level)
    above = max((scope.count(up) for up in scope.levels if up < level), default=len(scope.roots))
    if count < above:
        yield _bar(
            said(
                "{level}: {n} cannot lie in {above} grids above them, each of which needs at least one.",
                level=LEVEL[level], n=count, above=above,
            )
        )  # fmt: skip
    if count > pieces:
        yield _bar(
            said(
                "{level}: {n} cannot be made of {pieces} pieces that stay whole.",
                level=LEVEL[level], n=count, pieces=pieces,
            )
        )  # fmt: skip
    band = scope.wishes.bands.get(level)
    if band:
        severity = Severity.ERROR if level in scope.wishes.must else Severity.NOTE
        for words, grids in (
            *_in_all(scope, level, band),
            *_too_heavy(scope, level, band),
            *_unfit(scope, level, band),
        ):
            yield Finding("reach", severity, words, grids)


def _in_all(scope: Scope, level: Level, band: Band) -> Iterator[tuple[Said, tuple[str, ...]]]:
    count, (least, most) = scope.count(level), band
    if count * least > scope.total:
        yield said(
            "{level}: {n} × {least} = {product} households are more than the {total} there are; at most {reach} of them can reach {least}.",
            level=LEVEL[level], n=count, least=least, product=count * least, total=scope.total, reach=scope.total // least,
        ), ()  # fmt: skip
    if count * most < scope.total:
        yield said(
            "{level}: {n} × {most} = {product} households are fewer than the {total} there are; at least {reach} are needed.",
            level=LEVEL[level], n=count, most=most, product=count * most, total=scope.total, reach=-(-scope.total // most),
        ), ()  # fmt: skip


def _too_heavy(scope: Scope, level: Level, band: Band) -> Iterator[tuple[Said, tuple[str, ...]]]:
    """What nobody splits and is larger than a grid may be."""
    weights: dict[str, int] = {}
    whole = not (level is scope.draft.smallest and level is Level.BUILDING)
    for root in scope.roots:
        for code in scope.ground(root):
            unit = scope.units[code]
            held = (
                unit.compound
                if whole and unit.compound and unit.compound not in scope.draft.mark("split")
                else code
            )
            weights[held] = weights.get(held, 0) + unit.households
    heavy = sorted(
        (code for code, weight in weights.items() if weight > band[1]), key=lambda c: (-weights[c], c)
    )
    if heavy:
        told = ", ".join(f"{scope.names.get(code, code)} {weights[code]}" for code in heavy[:SHOWN])
        yield said(
            "{level}: what stays whole and has more than {most} households by itself: {pieces}.",
            level=LEVEL[level], most=band[1], pieces=told if len(heavy) <= SHOWN else f"{told} …",
        ), ()  # fmt: skip


def _unfit(scope: Scope, level: Level, band: Band) -> Iterator[tuple[Said, tuple[str, ...]]]:
    """Parents that stay and whose households no number of grids can hold."""
    if level is not scope.levels[0]:
        return
    for root in scope.roots:
        total = scope.units.households(scope.ground(root))
        if root and not fitting(total, band):
            yield said(
                "{grid} has {total} households: no number of grids of {least}–{most} holds them.",
                grid=scope.draft.grids[root].name, total=total, least=band[0], most=band[1],
            ), (root,)  # fmt: skip


def _bar(words: Said) -> Finding:
    return Finding("reach", Severity.ERROR, words)
