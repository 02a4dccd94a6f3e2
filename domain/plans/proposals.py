"""What somebody wishes of a new division of the city, and what comes of it: a draft with its figures, or why there is none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field, replace
from math import inf, sqrt

from domain.grids import Level
from domain.plans.bands import BANDS
from domain.plans.drafts import Draft, households
from domain.plans.units import Units
from domain.said import Refused, Said, said

Band = tuple[int, int]
"""The least and the most households of a grid."""

Pair = frozenset[str]
"""Two units that touch."""


@dataclass(frozen=True)
class Wishes:
    """What is wished of a proposal or a repair.

    ``within``: None for the whole city; a community: its compound grids and what lies in them; a compound grid: its
    building grids. ``bands`` and ``counts`` (how many grids of a level within all that is redrawn; as many as now
    where nothing is said) are by level; a count of communities redraws these too. ``must``: levels of which every
    grid has to lie in its band, else there is no proposal. ``walls`` are borders that no grid may reach across,
    ``tolls`` what crossing costs, in shares of a well-formed grid. ``stay`` is the price of a household that changes
    hands. What is locked in the draft stays.
    """

    within: str | None = None
    bands: Mapping[Level, Band] = field(default_factory=lambda: dict(BANDS))
    counts: Mapping[Level, int] = field(default_factory=dict)
    must: Set[Level] = frozenset()
    walls: Set[Pair] = frozenset()
    tolls: Mapping[Pair, float] = field(default_factory=dict)
    stay: float = 0.0
    seed: int = 0

    def check(self, draft: Draft) -> None:
        """Refuse what cannot be meant.

        Raises:
            Refused: an unknown grid, a grid with nothing below it, a band upside down, a count below 1, a wish about a
                level that stays as it is, a price that is no number from 0.
        """
        if self.within is not None and self.within not in draft.grids:
            raise Refused(said("There is no grid {code} in this plan.", code=self.within))
        if self.within is not None and draft.grids[self.within].level >= draft.smallest:
            raise Refused(
                said(
                    "{code} is a grid of the smallest level; there is nothing in it to redraw.",
                    code=self.within,
                )
            )
        for level, (least, most) in self.bands.items():
            if not 0 <= least <= most < inf or most == 0:
                raise Refused(
                    said("The band {least}–{most} of level {level} is no band.", least=least, most=most, level=int(level))
                )  # fmt: skip
        present = {grid.level for grid in draft.grids.values()}
        for level, count in self.counts.items():
            if not 1 <= count < inf:
                raise Refused(
                    said(
                        "Level {level} cannot have {n} grids; give a number from 1.",
                        level=int(level),
                        n=count,
                    )
                )
            if level not in present:
                raise Refused(said("This plan has no grids of level {level}.", level=int(level)))
        self._must_count_for_something(draft)
        for price in (self.stay, *self.tolls.values()):
            _must_be_price(price)

    def _must_count_for_something(self, draft: Draft) -> None:
        """Refuse what is wished of a level that stays as it is; bands that every city has are no wish."""
        redrawn = self.levels(draft)
        asked = {level for level in self.bands if self._asks_for_band(level)}
        for level in sorted((asked | self.counts.keys() | self.must) - set(redrawn)):
            raise Refused(
                said(
                    "Level {level} stays as it is here; a number, a band or a must can be given for level {levels}.",
                    level=int(level), levels=", ".join(str(int(each)) for each in redrawn),
                )
            )  # fmt: skip
        for level in sorted(self.must - self.bands.keys()):
            raise Refused(
                said("Level {level} has no band that its grids could have to lie in; give one.", level=int(level))
            )  # fmt: skip

    def check_repair(self, draft: Draft, *, compounds_too: bool) -> None:
        """Refuse what a repair cannot do, or would not look at: it redraws the smallest grids, compound grids on request.

        Raises:
            Refused: compounds that shall move where compound grids stay, a band of a level that a repair leaves alone.
        """
        redrawn = self.levels(draft)
        if compounds_too and Level.COMPOUND not in redrawn:
            raise Refused(
                said(
                    "Compound grids stay as they are here, so no compound can move to another; repair a community or the whole city for that."
                )
            )
        for level in redrawn:
            if level < draft.smallest and not compounds_too and self._asks_for_band(level):
                raise Refused(
                    said(
                        "A band of level {level} counts in a repair only where whole compounds may move, too; allow that, or leave the band out.",
                        level=int(level),
                    )
                )

    def _asks_for_band(self, level: Level) -> bool:
        """Is there a band of a level that not every city has?"""
        return level in self.bands and BANDS.get(level) != self.bands[level]

    def levels(self, draft: Draft) -> tuple[Level, ...]:
        """The levels that are redrawn, the largest grids first."""
        present = sorted({grid.level for grid in draft.grids.values()})
        if self.within is not None:
            return tuple(level for level in present if level > draft.grids[self.within].level)
        if len(present) == 1 or Level.COMMUNITY in self.counts:
            return tuple(present)
        return tuple(present[1:])

    def as_value(self) -> dict[str, object]:
        """The wishes as the log keeps them."""
        return {
            "within": self.within,
            "bands": {str(int(level)): list(band) for level, band in self.bands.items()},
            "counts": {str(int(level)): count for level, count in self.counts.items()},
            "must": sorted(int(level) for level in self.must),
            "walls": len(self.walls),
            "tolls": len(self.tolls),
            "stay": self.stay,
            "seed": self.seed,
        }


@dataclass(frozen=True, slots=True)
class LevelFigures:
    """A level of a plan in figures. ``in_band`` is None where the level has no band."""

    grids: int
    in_band: int | None
    smallest: int
    largest: int
    broken: int
    """Grids that lie in several pieces or have a hole."""
    compactness: float
    """The mean of Polsby–Popper."""


@dataclass(frozen=True, slots=True)
class Figures:
    """A plan in figures, level by level."""

    levels: Mapping[Level, LevelFigures]

    def as_value(self) -> dict[str, dict[str, object]]:
        """For a program to read, and for the log."""
        return {
            str(int(level)): {
                "grids": f.grids, "in_band": f.in_band, "smallest": f.smallest, "largest": f.largest,
                "broken": f.broken, "compactness": round(f.compactness, 4),
            }
            for level, f in self.levels.items()
        }  # fmt: skip


@dataclass(frozen=True)
class Proposal:
    """A new draft and its figures before and after.

    ``proved``: with communities and the ground between compounds shared out as here, no grouping of whole compounds has
    more compound grids in their band.
    ``moved`` are the households whose grid of a level has another code than before. ``notes`` are worth reading.
    """

    draft: Draft
    before: Figures
    after: Figures
    moved: Mapping[Level, int]
    proved: bool
    notes: tuple[Said, ...] = ()

    @property
    def labels(self) -> Mapping[str, str]:
        """The grid of the smallest level of every unit."""
        return self.draft.home

    def as_value(self) -> dict[str, object]:
        """The figures, for a program to read, and for the log."""
        return {
            "before": self.before.as_value(),
            "after": self.after.as_value(),
            "moved": {str(int(level)): n for level, n in self.moved.items()},
            "proved": self.proved,
        }


@dataclass(frozen=True)
class Impossible:
    """There is no such division: why, in words, and which grids are to blame.

    ``proved``: it cannot be, under what the words say; otherwise none was found.
    """

    because: tuple[Said, ...]
    blame: tuple[str, ...] = ()
    proved: bool = True


class Cancelled(Exception):
    """Somebody asked the solver to stop."""


def figures(units: Units, draft: Draft, bands: Mapping[Level, Band]) -> Figures:
    """A draft in figures."""
    held, found = households(units, draft), {}
    for level in sorted({grid.level for grid in draft.grids.values()}):
        codes = sorted(code for code, grid in draft.grids.items() if grid.level is level)
        counts = [held[code] for code in codes]
        grounds = [draft.units_of(code) for code in codes]
        band = bands.get(level)
        found[level] = LevelFigures(
            len(codes),
            sum(band[0] <= n <= band[1] for n in counts) if band else None,
            min(counts),
            max(counts),
            sum(not units.form(ground).is_whole for ground in grounds),
            sum(units.compactness(ground) for ground in grounds) / len(grounds),
        )
    return Figures(found)


def moved(units: Units, before: Draft, after: Draft) -> dict[Level, int]:
    """The households of each level whose grid has another code."""
    found: dict[Level, int] = {}
    for level in sorted({grid.level for grid in after.grids.values()}):
        above_before = {code: before.above(code, level) for code in set(before.home.values())}
        above_after = {code: after.above(code, level) for code in set(after.home.values())}
        found[level] = sum(
            units[unit].households
            for unit, home in after.home.items()
            if above_before.get(before.home.get(unit, "")) != above_after[home]
        )
    return found


STREETS = frozenset({"road", "water"})
"""Kinds of ground that divide what lies beside them."""

MAIN = 8.0
"""Metres of the half of a road from which on it is a main road."""


def crossings(units: Units, kind: str) -> frozenset[Pair]:
    """The borders down the middle of a river or a main road, or of other ground of a kind, between its two sides.

    It has to be cut along its middle, half for each side, as the ground of a plan is: a piece with both sides beside
    it is no border. A road counts where each half is at least :data:`MAIN` wide.
    """
    halves = sorted(
        code
        for code, unit in units.by_code.items()
        if unit.kind == kind and (kind != "road" or _width(units, code) >= MAIN)
    )
    side = {
        code: frozenset(other for other in units.borders[code] if units[other].kind not in STREETS | {kind})
        for code in halves
    }
    return frozenset(
        frozenset((code, other))
        for code in halves
        for other in units.borders[code]
        if code < other and other in side and _are_apart(units, side[code], side[other])
    )


def _width(units: Units, code: str) -> float:
    """The width of a strip, from its area and the metres around it."""
    half = units.perimeter({code}) / 2
    return half / 2 - sqrt(max(0.0, half * half / 4 - units[code].area))


def dividing(units: Units) -> tuple[str, ...]:
    """The kinds of ground that part what lies beside them: those that can be forbidden to cross, or priced."""
    return tuple(kind for kind in sorted({u.kind for u in units.by_code.values()}) if crossings(units, kind))


def with_crossings(
    wishes: Wishes, units: Units, forbidden: Iterable[str] = (), priced: Mapping[str, float] | None = None
) -> Wishes:
    """The wishes with walls along the middle of these kinds of ground, and a price for each 100 m across those.

    Raises:
        Refused: for ground that parts nothing in this city, and for a price that is no number from 0.
    """
    walls = set(wishes.walls).union(*(_must_divide(units, kind) for kind in forbidden))
    tolls = dict(wishes.tolls)
    for kind, price in (priced or {}).items():
        _must_be_price(price)
        for pair in _must_divide(units, kind):
            one, other = sorted(pair)
            tolls[pair] = price * units.borders[one][other].metres / 100
    return replace(wishes, walls=frozenset(walls), tolls=tolls)


def _must_divide(units: Units, kind: str) -> frozenset[Pair]:
    """The borders down the middle of a kind of ground; refused where there are none."""
    found = crossings(units, kind)
    if not found:
        known = ", ".join(dividing(units))
        raise Refused(
            said("No {kind} parts this ground; known are: {kinds}.", kind=kind[:40], kinds=known)
            if known
            else said("Nothing parts this ground: no river and no main road is cut along its middle.")
        )
    return found


def _must_be_price(price: float) -> None:
    if not 0 <= price < inf:
        raise Refused(said("{price} is no price: give a number from 0.", price=price))


def _are_apart(units: Units, one: Set[str], other: Set[str]) -> bool:
    return bool(one) and bool(other) and not one & other and not units.touch(one, other)
