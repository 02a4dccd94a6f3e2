"""Bring a plan back into its bands with the fewest households moved: flips between the grids of one parent.

Codes stay, compounds stay whole, nothing that is locked moves, no grid breaks. Where households drifted – people moved
in, a building was pulled down – a few buildings at the borders change hands. Each parent with a grid out of its band is
tried from many beginnings, ever warmer, and at last from a division made anew; the fewest grids left out of band, then
the fewest households moved, are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from random import Random

from domain.grids import Grid, Level
from domain.plans.commands import MoveCompounds
from domain.plans.drafts import ALL, Draft, households
from domain.plans.proposals import Band, Cancelled, Proposal, Wishes, figures, moved
from domain.plans.redrawing import redraw
from domain.plans.succession import inherited, name_of
from domain.plans.units import Units
from domain.said import Refused, Said, said
from gis.solver.board import Board, board_of
from gis.solver.carving import Ground as Carving
from gis.solver.flipping import Flips, Taste
from gis.solver.grouping import unavoidable
from gis.solver.proposing import Progress, must_be_placed

WARMTHS = (0.0, 0.3, 1.0, 0.3, 1.0, 2.0, 1.0, 2.0, 4.0, 2.0, 1.0, 2.0, 4.0, 2.0, 1.0, 4.0)
"""How warm the flips begin, one beginning after another; a step is skipped once it could only be as good."""

ENOUGH = 6
"""Beginnings after which a parent that is all in band is left alone."""

SWEEPS = 60
"""Sweeps of flips from each beginning."""

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
    progress: Progress = lambda share, stage: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Proposal:
    """The draft with its smallest grids back in their band, as far as flips inside their parents reach.

    With ``compounds_too`` first whole compounds go to another compound grid of their community where that brings more
    compound grids into their band: they lie in grids of new codes then.

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
    begun = draft
    if compounds_too and draft.smallest is Level.BUILDING and Level.COMPOUND in wishes.bands:
        draft = _with_compounds_moved(units, draft, wishes, names or {}, taken)
    work = _Repair(units, draft, wishes, progress, cancelled)
    after = work.mended(names or {})
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
    """The work: what was wished, what is worth telling."""

    units: Units
    draft: Draft
    wishes: Wishes
    progress: Progress
    cancelled: Callable[[], bool]
    notes: list[Said] = field(default_factory=list)

    @property
    def band(self) -> Band:
        return self.wishes.bands[self.draft.smallest]

    def mended(self, names: Mapping[str, str]) -> Draft:
        """The draft after every parent with a grid out of band was looked at."""
        parents = self._parents()
        home = dict(self.draft.home)
        for number, parent in enumerate(parents):
            if self.cancelled():
                raise Cancelled
            self.progress(number / len(parents), said("Moving buildings between neighbouring grids"))
            home |= self._parent(parent)
        self.progress(1.0, said("Done"))
        after = replace(self.draft, home=home)
        return replace(after, grids={c: self._named(g, after, names) for c, g in self.draft.grids.items()})

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

    def _parent(self, parent: str) -> dict[str, str]:
        """Where the units of a parent go."""
        codes = [
            c
            for c, g in sorted(self.draft.grids.items())
            if g.level is self.draft.smallest and (g.parent or "") == parent
        ]
        ground = frozenset().union(*(self.draft.leaf_units.get(code, frozenset()) for code in codes))
        table = _Table.of(self, ground, codes)
        if len(codes) < 2:
            self._tell(parent, table, len(codes))
            return {}
        best = table.best(self.wishes.seed, parent)
        left = sum(best.beyond(n, weight) > 0 for n, weight in enumerate(best.weight))
        if left:
            self._tell(parent, table, left)
        return {
            unit: codes[best.labels[piece]]
            for piece, members in enumerate(table.board.members)
            for unit in members
        }

    def _tell(self, parent: str, table: _Table, left: int) -> None:
        total, count = sum(table.board.weight), len(table.codes)
        name = self.draft.grids[parent].name if parent in self.draft.grids else parent
        if unavoidable(total, count, self.band):
            words = said(
                "{grid}: {total} households do not fit {n} grids of {least}–{most}; another number of grids is needed.",
                grid=name, total=total, n=count, least=self.band[0], most=self.band[1],
            )  # fmt: skip
        else:
            words = said("{grid}: {n} grids stay out of their band.", grid=name, n=left)
        self.notes.append(words)

    def _named(self, grid: Grid, after: Draft, names: Mapping[str, str]) -> Grid:
        """A grid that was named after what lay in it is named after what lies in it."""
        then, now = self.draft.units_of(grid.code), after.units_of(grid.code)
        if then == now or grid.name != name_of(self.units, then, grid.level, names):
            return grid
        return replace(grid, name=name_of(self.units, now, grid.level, names) or grid.name)


@dataclass
class _Table:
    """One parent: its board, the grid of each piece by number, what is locked."""

    units: Units
    board: Board
    codes: Sequence[str]
    was: list[int]
    kin: list[int]
    bands: list[Band]
    fixed: frozenset[int]
    closed: frozenset[int]

    @classmethod
    def of(cls, work: _Repair, ground: frozenset[str], codes: Sequence[str]) -> _Table:
        """The table of a parent's grids; compounds are one piece each where the smallest grids hold whole ones."""
        units, draft = work.units, work.draft
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
            [work.band] * len(codes),
            frozenset(
                p
                for p, members in enumerate(board.members)
                if was[p] in closed or not members.isdisjoint(locks)
            ),
            closed,
        )

    def flips(self, labels: Sequence[int]) -> Flips:
        """The board with these grids."""
        return Flips(
            self.board, list(labels), len(self.codes), self.bands, STAY, self.kin, self.was, self.fixed, self.closed
        )  # fmt: skip

    def best(self, seed: int, parent: str) -> Flips:
        """The fewest grids out of band, then the fewest households moved, of many beginnings."""
        total = sum(self.board.weight)
        least_out = unavoidable(total, len(self.codes), self.bands[0])
        best = self.flips(self.was)
        for number, warmth in enumerate(WARMTHS):
            if number >= ENOUGH and best.outside <= least_out:
                break
            tried = self.flips(self.was)
            tried.anneal(Random(f"{seed}/{parent}/{number}"), SWEEPS, warmth)
            best = min(best, tried, key=_worth)
        if best.outside > least_out and not (self.fixed or self.closed):
            best = min((best, *self._anew(Random(f"{seed}/{parent}/anew"))), key=_worth)
        return best

    def _anew(self, random: Random) -> list[Flips]:
        """Divisions made from nothing, each grid as much as can be where it was."""
        found, count = [], len(self.codes)
        holder = {unit: self.was[p] for p, members in enumerate(self.board.members) for unit in members}
        old = {
            self.codes[n]: frozenset(unit for unit, label in holder.items() if label == n)
            for n in range(count)
        }
        for _ in range(3):
            labels = Carving(self.board, self.kin).carve(count, self.bands[0], random)
            if labels is None:
                continue
            grounds = [
                self.board.units(p for p, label in enumerate(labels) if label == n) for n in range(count)
            ]
            kept = inherited(self.units, grounds, old)
            free = [code for code in self.codes if code not in kept.values()]
            named = [self.codes.index(kept[n] if n in kept else free.pop(0)) for n in range(count)]
            flips = self.flips([named[label] for label in labels])
            flips.anneal(random, SWEEPS, 0.3)
            found.append(flips)
        return found


def _worth(flips: Flips) -> tuple[int, int, float]:
    return flips.outside, flips.moved, flips.cost


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
    units: Units, draft: Draft, wishes: Wishes, names: Mapping[str, str], taken: Set[str]
) -> Draft:
    """Move one compound after another while each brings more compound grids into their band; the smallest first."""
    while True:
        for _, compound, to in sorted(_helpful_moves(units, draft, wishes)):
            try:
                draft = draft.after(redraw(units, draft, MoveCompounds((compound,), to), taken, names))
                break
            except Refused:
                continue
        else:
            return draft


def _helpful_moves(units: Units, draft: Draft, wishes: Wishes) -> Iterator[tuple[int, str, str]]:
    """Compounds that bring more compound grids into the band by going to a neighbour of theirs: households, compound, where."""
    least, most = wishes.bands[Level.COMPOUND]
    held = households(units, draft)

    def inside(*counts: int) -> int:
        return sum(least <= n <= most for n in counts)

    for compound, members in sorted(units.by_compound.items()):
        weight = units.households(members)
        homes = {draft.above(draft.home[unit], Level.COMPOUND) for unit in members}
        here = min(code or "" for code in homes)
        if len(homes) > 1 or not here or (wishes.within and wishes.within not in draft.chain(here)):
            continue
        beside = {other for unit in draft.units_of(here) for other in units.borders[unit]}
        for to in {draft.above(draft.home[unit], Level.COMPOUND) for unit in beside} - {here, None}:
            if to and draft.grids[to].parent == draft.grids[here].parent:
                after = inside(held[here] - weight, held[to] + weight)
                if after > inside(held[here], held[to]):
                    yield weight, compound, to
