"""Bring a plan back into its bands with the fewest households moved: flips between the grids of one parent.

Compounds stay whole, nothing that is locked moves, no grid breaks. Where households drifted – people moved in, a building
was pulled down – a few buildings at the borders change hands. Each parent with a grid out of its band is tried from many
beginnings, ever warmer, and at last from a division made anew; where its households ask for another number of grids, one
is retired or made. The fewest grids left out of band, then the fewest households moved, are kept: those count that get
a grid of another code. A grid that stays keeps its code; what is new knows which codes its ground came from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property
from math import fsum
from random import Random

import numpy as np
from scipy.optimize import linear_sum_assignment

from domain.grids import Level
from domain.plans.bands import FAR
from domain.plans.commands import MoveCompounds
from domain.plans.drafts import ALL, Draft, households
from domain.plans.proposals import Band, Cancelled, Pair, Proposal, Wishes, figures, moved
from domain.plans.reach import fitting
from domain.plans.redrawing import redraw
from domain.plans.succession import Ground, Heirs
from domain.plans.units import Units
from domain.said import Refused, Said, said
from gis.solver.board import Board, board_of
from gis.solver.carving import Ground as Carving
from gis.solver.flipping import Flips, Taste
from gis.solver.grouping import unavoidable
from gis.solver.proposing import must_be_placed
from gis.solver.stages import Progress

WARMTHS = (0.0, 0.3, 1.0, 0.3, 1.0, 2.0, 1.0, 2.0, 4.0, 2.0, 1.0, 2.0, 4.0, 2.0, 1.0, 4.0)
"""How warm the flips begin, one beginning after another; a step is skipped once it could only be as good."""

ENOUGH = 6
"""Beginnings after which a parent that is all in band is left alone."""

SWEEPS = 60
"""Sweeps of flips from each beginning."""

LIKELY, AGAIN, CUTS = 6, (0.0, 0.3, 1.0), 2
"""Of all ways to retire or make a grid so many are tried; how warm each begins; ways in which each grid is cut in two."""

PATIENCE = 2
"""Grids retired or made one after another in vain, before a parent is left as it is."""

NOBODY = 1e-9
"""What a square metre counts for in households where two grids have as many of them in common."""

STAY = Taste(band=40.0, shape=0.1, mixed=0.01, moved=0.01)
"""In the band first; then each household that moves counts as much as a tenth of a grid's form for every hundred."""


def repair(
    units: Units,
    draft: Draft,
    wishes: Wishes,
    *,
    names: Mapping[str, str] | None = None,
    taken: Set[str] = frozenset(),
    compounds_too: bool = False,
    keep_number: bool = False,
    progress: Progress = lambda share, stage: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Proposal:
    """The draft with its smallest grids back in their band, as far as can be inside their parents.

    A parent gets a grid more or fewer where that leaves fewer out of band, or moves fewer households, unless
    ``keep_number`` is set, something in its grids is locked, or one of them was made in this draft. With
    ``compounds_too`` first whole compounds go to another compound grid of their community where that brings more
    compound grids into their band, or gives one that has too few households for any building grid enough of them:
    they lie in grids of new codes then. None moves where a compound grid would come to reach across a wall; of those
    that help, the one goes first that reaches across the least price.

    Raises:
        Refused: when the wishes cannot be meant, everything is locked, or the smallest level has no band.
        Cancelled: when ``cancelled`` says so.
    """
    wishes.check(draft)
    must_be_placed(units, draft)
    if ALL in draft.mark("locks"):
        raise Refused(said("The whole plan is locked; there is nothing to propose."))
    if draft.smallest not in wishes.bands:
        raise Refused(said("Level {level} has no band to go back into.", level=int(draft.smallest)))
    wishes.check_repair(draft, compounds_too=compounds_too)
    begun = draft
    if compounds_too and draft.smallest is Level.BUILDING:
        draft = _with_compounds_moved(units, draft, wishes, names or {}, taken, cancelled)
    heirs = Heirs(units, draft, taken, names or {})
    drawn = begun.mark("lineage").keys()
    work = _Repair(units, draft, wishes, heirs, keep_number, drawn, progress, cancelled)
    after = work.mended()
    return Proposal(
        after,
        figures(units, begun, wishes.bands),
        figures(units, after, wishes.bands),
        moved(units, begun, after),
        False,
        tuple(work.notes),
    )


@dataclass
class _Repair:
    """The work: what was wished, who keeps which code, what is worth telling."""

    units: Units
    draft: Draft
    wishes: Wishes
    heirs: Heirs
    keep_number: bool
    drawn: Set[str]
    """Grids made in this draft before: somebody wanted them."""
    progress: Progress
    cancelled: Callable[[], bool]
    notes: list[Said] = field(default_factory=list)

    @property
    def band(self) -> Band:
        return self.wishes.bands[self.draft.smallest]

    def mended(self) -> Draft:
        """The draft after every parent with a grid out of band was looked at."""
        parents = self._parents()
        for number, parent in enumerate(parents):
            if self.cancelled():
                raise Cancelled
            self.progress(number / len(parents), said("Moving buildings between neighbouring grids"))
            self._mend(parent)
        self.progress(1.0, said("Done"))
        return self.heirs.draft()

    def _parents(self) -> list[str]:
        """The grids within the wishes that have a smallest grid out of its band below them."""
        least, most = self.band
        held, within = households(self.units, self.draft), self.wishes.within
        return sorted(
            {
                grid.parent or ""
                for code, grid in self.draft.grids.items()
                if grid.level is self.draft.smallest
                and not least <= held[code] <= most
                and (within is None or within in self.draft.chain(code))
            }
        )

    def _mend(self, parent: str) -> None:
        """Divide the ground of a parent as its households ask for."""
        grids = {
            code: self.draft.leaf_units.get(code, frozenset())
            for code, grid in self.draft.grids.items()
            if grid.level is self.draft.smallest and (grid.parent or "") == parent
        }
        table = _Table.of(self, grids)
        chosen = self.keep_number or table.is_locked or not self.drawn.isdisjoint(grids)
        free = parent in self.draft.grids and not chosen
        best = table.best(self.wishes.seed, free=free)
        self._tell(parent, table, best, free=free)
        if [best.codes[label] for label in best.labels] != [table.codes[then] for then in table.was]:
            kept = {number: code for number, code in enumerate(best.codes) if code}
            self.heirs.settle(parent, self.draft.smallest, best.grounds, kept)

    def _tell(self, parent: str, table: _Table, best: _Shares, *, free: bool) -> None:
        """What became of a parent, where it is more than that buildings changed hands."""
        name = self.draft.grids[parent].name if parent in self.draft.grids else parent
        if best.count != len(table.codes):
            self.notes.append(
                said("{grid}: {then} grids have become {now}.", grid=name, then=len(table.codes), now=best.count)
            )  # fmt: skip
        if not best.outside:
            return
        (least, most), total = self.band, table.total
        if not fitting(total, self.band):
            words = said(
                "{grid} has {total} households: no number of grids of {least}–{most} holds them.",
                grid=name, total=total, least=least, most=most,
            )  # fmt: skip
        elif unavoidable(total, best.count, self.band) and not free:
            words = said(
                "{grid}: {total} households do not fit {n} grids of {least}–{most}; another number of grids is needed.",
                grid=name, total=total, n=best.count, least=least, most=most,
            )  # fmt: skip
        else:
            words = said("{grid}: {n} grids stay out of their band.", grid=name, n=best.outside)
        self.notes.append(words)


@dataclass
class _Shares(Flips):
    """The ground of a parent in grids. ``codes``: what each was called before; None for one that is new."""

    codes: tuple[str | None, ...] = ()

    @property
    def worth(self) -> tuple[int, int, float]:
        """The fewest grids out of band – one far out of it counts twice –, then the fewest households moved."""
        return self.outside + self.far_outside, self.moved, self.cost

    @property
    def far_outside(self) -> int:
        """Grids that nobody could overlook: none is emptied to bring another into its band."""
        return sum(
            not least * (1 - FAR) <= weight <= most * (1 + FAR)
            for (least, most), weight in zip(self.bands, self.weight, strict=True)
        )

    @property
    def grids(self) -> list[list[int]]:
        """The pieces of each grid."""
        found: list[list[int]] = [[] for _ in range(self.count)]
        for piece, label in enumerate(self.labels):
            found[label].append(piece)
        return found

    @property
    def grounds(self) -> list[Ground]:
        """The units of each grid."""
        return [self.board.units(pieces) for pieces in self.grids]


@dataclass
class _Table:
    """One parent: its board, its grids in the order of their ground, the grid of each piece by number, what is locked."""

    units: Units
    board: Board
    codes: tuple[str, ...]
    was: list[int]
    kin: list[int]
    band: Band
    fixed: frozenset[int]
    closed: frozenset[int]

    @classmethod
    def of(cls, work: _Repair, grids: Mapping[str, Ground]) -> _Table:
        """The table of a parent's grids; compounds are one piece each where the smallest grids hold whole ones."""
        units, draft = work.units, work.draft
        codes = tuple(sorted(grids, key=lambda code: min(grids[code], default="")))
        ground: Ground = frozenset().union(*grids.values())
        board = board_of(units, ground, walls=work.wishes.walls, tolls=work.wishes.tolls)
        if draft.smallest is not Level.BUILDING:
            board = _of_whole_compounds(board, units, draft)
        number = {code: n for n, code in enumerate(codes)}
        compound = [units[min(members)].compound for members in board.members]
        kin = {c: n for n, c in enumerate(sorted({c for c in compound if c}))}
        locks = draft.mark("locks")
        closed = frozenset(number[code] for code in codes if code in locks)
        was = [number[draft.home[min(members)]] for members in board.members]
        return cls(
            units,
            board,
            codes,
            was,
            [kin[c] if c else -1 for c in compound],
            work.band,
            frozenset(
                p
                for p, members in enumerate(board.members)
                if was[p] in closed or not members.isdisjoint(locks)
            ),
            closed,
        )

    @property
    def is_locked(self) -> bool:
        """Is a grid or a unit of it locked?"""
        return bool(self.fixed or self.closed)

    @property
    def total(self) -> int:
        return sum(self.board.weight)

    def shares(self, labels: Sequence[int], codes: Sequence[str | None]) -> _Shares:
        """The board in these grids; what lay in a grid that is none of them has moved wherever it is now."""
        place = {code: number for number, code in enumerate(codes) if code}
        was = [place.get(self.codes[then], len(codes)) for then in self.was]
        return _Shares(
            self.board, list(labels), len(codes), [self.band] * len(codes), STAY, self.kin, was, self.fixed, self.closed,
            codes=tuple(codes),
        )  # fmt: skip

    def chance(self, *of: object) -> Random:
        """Chance goes by the ground, as in a proposal."""
        return Random("/".join(map(str, (*of, min(map(min, self.board.members), default="")))))

    def best(self, seed: int, *, free: bool) -> _Shares:
        """The fewest grids out of band, then the fewest households moved, of many beginnings.

        Where grids are left out of band, or more households moved than make a grid, and the number of grids is
        ``free``, one is retired or made if that is better, then the next.
        """
        hopeless = free and bool(self.fits) and len(self.codes) not in self.fits
        best = self._as_many(seed, hopeless=hopeless)
        began, vain = self.shares(self.was, self.codes), 0
        while free and self.fits and vain < PATIENCE and (best.outside or best.moved > self.band[0]):
            tried = min(self._with_another(began, seed), key=lambda found: found.worth, default=None)
            if tried is None:
                break
            began = tried
            if began.count not in self.fits:
                continue  # on the way to a number that fits
            vain = 0 if began.worth[:2] < best.worth[:2] else vain + 1
            best = best if vain else began
        return best

    @cached_property
    def fits(self) -> range:
        """The numbers of grids that hold these households by arithmetic."""
        return fitting(self.total, self.band)

    def _as_many(self, seed: int, *, hopeless: bool) -> _Shares:
        """The best with the grids there are; little is tried where arithmetic says that it is hopeless."""
        best = self.shares(self.was, self.codes)
        if len(self.codes) < 2:
            return best
        least_out = unavoidable(self.total, len(self.codes), self.band)
        for number, warmth in enumerate(WARMTHS):
            if number >= ENOUGH and (hopeless or best.outside <= least_out):
                break
            tried = self._annealed(self.shares(self.was, self.codes), self.chance(seed, number), warmth)
            best = min(best, tried, key=lambda found: found.worth)
        if best.outside > least_out and not (self.is_locked or hopeless):
            best = min((best, *self._anew(self.chance(seed, "anew"))), key=lambda found: found.worth)
        return best

    def _anew(self, random: Random) -> list[_Shares]:
        """Divisions made from nothing, each grid as much as can be where it was."""
        carving, count = Carving(self.board, self.kin), len(self.codes)
        tries = [carving.carve(count, self.band, random) for _ in range(3)]
        return [self._annealed(self._named(labels, count), random, 0.3) for labels in tries if labels]

    def _annealed(self, start: _Shares, random: Random, warmth: float) -> _Shares:
        """What flips make of a beginning."""
        found = self.shares(start.labels, start.codes)
        found.anneal(random, SWEEPS, warmth)
        return found if self.is_locked else self._named(found.labels, found.count)

    def _named(self, labels: Sequence[int], count: int) -> _Shares:
        """Grids under those codes with which the fewest households move; of another number, what shares nothing is new."""
        common = np.zeros((count, len(self.codes)))
        for piece, (label, then) in enumerate(zip(labels, self.was, strict=True)):
            common[label, then] += self.board.weight[piece] + NOBODY * self.board.area[piece]
        codes: list[str | None] = [None] * count
        for label, then in zip(*linear_sum_assignment(common, maximize=True), strict=True):
            if common[label, then] or count == len(self.codes):
                codes[label] = self.codes[then]
        return self.shares(labels, codes)

    def _with_another(self, began: _Shares, seed: int) -> Iterator[_Shares]:
        """Divisions with one grid fewer or more than there were, towards numbers that fit or among them."""
        for count, ways in ((began.count - 1, self._fewer), (began.count + 1, self._more)):
            if not self._is_nearer(began.count, count):
                continue
            random = self.chance(seed, count)
            likely = sorted(ways(began, random), key=lambda found: found.worth)[:LIKELY]
            for start in likely:
                for warmth in AGAIN:
                    yield self._annealed(start, random, warmth)

    def _is_nearer(self, count: int, other: int) -> bool:
        """Does another number of grids fit, or is it on the way there?"""
        return other in self.fits or count < other < self.fits.start or self.fits.stop <= other < count

    def _fewer(self, began: _Shares, random: Random) -> Iterator[_Shares]:
        """One grid retired: its ground goes to a neighbour that has at least as many households."""
        grids = began.grids
        for gone, pieces in enumerate(grids):
            beside = {began.labels[q] for p in pieces for q in self.board.order[p]} - {gone}
            for into in sorted(beside):
                if (began.weight[into], into) < (began.weight[gone], gone):
                    continue
                if self.board.is_whole(frozenset((*pieces, *grids[into]))):
                    labels = [into if label == gone else label for label in began.labels]
                    codes = [code for n, code in enumerate(began.codes) if n != gone]
                    yield self.shares([label - (label > gone) for label in labels], codes)

    def _more(self, began: _Shares, random: Random) -> Iterator[_Shares]:
        """One grid made: the lighter part of one that is cut in two."""
        for grid, pieces in enumerate(began.grids):
            if len(pieces) < 2:
                continue
            weight = began.weight[grid]
            part = Carving(self.board.joined([[p] for p in pieces]), [self.kin[p] for p in pieces])
            for _ in range(CUTS):
                cut = part.carve(2, (max(1, min(self.band[0], weight * 2 // 5)), weight), random)
                if cut is None:
                    break
                lighter = min((0, 1), key=lambda side: sum(self.board.weight[p] for p, s in zip(pieces, cut, strict=True) if s == side))  # fmt: skip
                labels = list(began.labels)
                for piece, side in zip(pieces, cut, strict=True):
                    if side == lighter:
                        labels[piece] = began.count
                yield self.shares(labels, (*began.codes, None))


def _of_whole_compounds(board: Board, units: Units, draft: Draft) -> Board:
    """The board on which every compound that may not be split is one piece."""
    split = draft.mark("split")
    seeds: dict[str, list[int]] = {}
    for piece, members in enumerate(board.members):
        compound = units[min(members)].compound
        key = f"c{compound}" if compound and compound not in split else f"u{min(members)}"
        seeds.setdefault(key, []).append(piece)
    return board.joined([seeds[key] for key in sorted(seeds)])


def _with_compounds_moved(
    units: Units, draft: Draft, wishes: Wishes, names: Mapping[str, str], taken: Set[str],
    cancelled: Callable[[], bool],
) -> Draft:  # fmt: skip
    """Move one compound after another while each helps compound grids.

    Those go first that cost least to reach, then the smallest.
    """
    while not cancelled():
        for _, _, compound, to in sorted(_helpful_moves(units, draft, wishes)):
            try:
                after = draft.after(redraw(units, draft, MoveCompounds((compound,), to), taken, names))
            except Refused:
                continue
            if not _comes_to_reach_across(units, draft, after, wishes.walls):
                draft = after
                break
        else:
            return draft
    raise Cancelled


def _comes_to_reach_across(units: Units, before: Draft, after: Draft, walls: Set[Pair]) -> bool:
    """Is a compound grid cut by a wall into more parts than it was? Where nobody lives there is nobody to reach."""
    if not walls:
        return False

    def parts(draft: Draft, code: str) -> int:
        board = board_of(units, draft.units_of(code), walls=walls)
        return sum(board.households(part) > 0 for part in board.parts())

    return any(
        parts(after, code) > parts(before, code)
        for code, grid in after.grids.items()
        if grid.level is Level.COMPOUND and after.units_of(code) != before.units_of(code)
    )


def _helpful_moves(units: Units, draft: Draft, wishes: Wishes) -> Iterator[tuple[float, int, str, str]]:
    """Compounds that help by going to a neighbour of their compound grid: the price, households, compound, where.

    More compound grids are in their band then, or have households for some number of building grids in theirs.
    """
    least, most = wishes.bands.get(Level.COMPOUND, (0, 1 << 40))
    held = households(units, draft)

    def inside(*counts: int) -> int:
        return sum((least <= n <= most) + bool(fitting(n, wishes.bands[Level.BUILDING])) for n in counts)

    for compound, members in sorted(units.by_compound.items()):
        homes = {draft.above(draft.home[unit], Level.COMPOUND) for unit in members}
        here = min(code or "" for code in homes)
        if len(homes) > 1 or not here or (wishes.within and wishes.within not in draft.chain(here)):
            continue
        # A compound goes with its building grids, and these with what else lies in them.
        moving = frozenset().union(*(draft.leaf_units[draft.home[unit]] for unit in members))
        weight = units.households(moving)
        if held[here] == weight:
            continue  # nobody would be left there
        beside = {other for unit in draft.units_of(here) for other in units.borders[unit]}
        for to in {draft.above(draft.home[unit], Level.COMPOUND) for unit in beside} - {here, None}:
            if to and draft.grids[to].parent == draft.grids[here].parent:
                after = inside(held[here] - weight, held[to] + weight)
                if after > inside(held[here], held[to]):
                    joined, left = (_toll(units, moving, draft.units_of(code), wishes) for code in (to, here))
                    yield joined - left, weight, compound, to


def _toll(units: Units, ground: Ground, other: Ground, wishes: Wishes) -> float:
    """What the borders cost between some ground and another."""
    if not wishes.tolls:
        return 0.0
    beyond = other - ground
    return fsum(
        wishes.tolls.get(frozenset((unit, near)), 0.0)
        for unit in ground
        for near in units.borders[unit]
        if near in beyond
    )
