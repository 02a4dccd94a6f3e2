"""The stage above the buildings: whole compounds, each with the ground around it, into grids – the best grouping there is, proved."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from random import Random

from domain.grids import Level
from domain.plans.proposals import Band
from domain.plans.reach import fitting
from domain.plans.succession import Ground
from domain.said import said
from gis.solver.board import Board
from gis.solver.districting import Group, TooMany
from gis.solver.flipping import Flips, Taste
from gis.solver.grouping import Choice, Ladder, Score, arithmetic_rungs, ladder, shared_out, unavoidable
from gis.solver.stages import NoDivision, Plot, Stage, grounds_of
from gis.solver.territories import territories

GROUPING = said("Grouping whole compounds")

HEAVIER = (1.0, 1.5, 2.5, 5.0, inf)
"""How much heavier than the band a group may be, tried in turn: only where fewer grids are wished than would fit."""


@dataclass(frozen=True)
class _Grouping:
    """What groups up to some weight come to: the numbers of grids of each plot, and whether no others do better."""

    ladders: list[Ladder | None]
    options: list[dict[int, Score]]
    counts: list[int] | None = None
    proved: bool = False


@dataclass
class Compounds(Stage):
    """A level above the buildings: whole compounds, each with the ground around it, into grids.

    ``shares``: ground that belongs to no compound was shared out among them.
    """

    shares: bool = False

    def solved(self, span: tuple[float, float]) -> list[list[Ground]]:
        """The grounds of each plot."""
        boards = [self._territories(plot) for plot in self.plots]
        best = self._grouped(boards, span)

        def divided(number: int, count: int) -> tuple[int, list[Ground]] | None:
            return self._grounds(self.plots[number], boards[number], best.ladders[number], count)

        self.work.proved &= best.proved
        return self.tried(best.options, divided, span, GROUPING)

    def _grouped(self, boards: Sequence[Board], span: tuple[float, float]) -> _Grouping:
        """Groups for each number of grids, ever heavier ones until such numbers sum to what is wished.

        Where every grid has to be in its band the first try is the last: a heavier group is none of them.
        """
        for heavier in HEAVIER:
            found = self._grouping(boards, heavier, span)
            if found.counts is not None:
                return found
            if self.must and self.band:
                break
        raise self._nothing(boards, found)

    def _grouping(self, boards: Sequence[Board], heavier: float, span: tuple[float, float]) -> _Grouping:
        """The best groups of each plot up to a weight, and the numbers of grids shared out by them."""
        ladders: list[Ladder | None] = []
        for number, (plot, board) in enumerate(zip(self.plots, boards, strict=True)):
            self.work.tell(span, number / len(boards), GROUPING)
            ladders.append(self._ladder(plot, board, heavier))
        options = [
            {n: choice.score for n, choice in found.rungs.items()}
            if found is not None
            else arithmetic_rungs(sum(board.weight), range(1, len(board) + 1), self.band)
            for found, board in zip(ladders, boards, strict=True)
        ]
        counts = shared_out(options, self.count) if all(options) or not self.count else None
        if counts is None:
            return _Grouping(ladders, options)
        out = sum(known[n][0] for known, n in zip(options, counts, strict=True))
        return _Grouping(ladders, options, counts, out <= self._least_out(boards, ladders))

    def _nothing(self, boards: Sequence[Board], found: _Grouping) -> NoDivision:
        """Why no numbers of grids sum to what is wished, and which parents are to blame.

        It is proved but where the solver came to its limit.
        """
        parents = list(zip(self.plots, boards, found.options, found.ladders, strict=True))
        bad = [(plot, ladder) for plot, board, o, ladder in parents if len(board) and not o]
        if bad:
            none = self.blamed(
                [plot for plot, _ in bad], proved=not any(ladder and ladder.undecided for _, ladder in bad)
            )
        else:
            none = self._no_sum(
                [(plot, board, o) for plot, board, o, _ in parents if o],
                proved=not any(ladder and ladder.undecided for ladder in found.ladders),
            )
        if none.proved and self.shares:
            none.because += (
                said(
                    "This holds with streets and parks shared out as here: each goes with what lies beside it."
                ),
            )
        return none

    def _no_sum(
        self, parents: Sequence[tuple[Plot, Board, Mapping[int, Score]]], *, proved: bool
    ) -> NoDivision:
        """How few and how many grids there can be; to blame are parents that cannot have as few or as many as others."""
        least, most = sum(min(o) for *_, o in parents), sum(max(o) for *_, o in parents)
        blame = [plot for plot, board, o in parents if self._is_in_the_way(board, o, least)]
        words = (
            said(
                "Level {level}: {n} grids are wished, but whole grids can be made of this ground only in numbers from {least} to {most}.",
                level=int(self.level), n=self.count, least=least, most=most,
            )
            if proved
            else said(
                "Level {level}: {n} grids are wished; whole grids of this ground were found only in numbers from {least} to {most}.",
                level=int(self.level), n=self.count, least=least, most=most,
            )
        )  # fmt: skip
        codes = [plot.code for plot in blame or [plot for plot, *_ in parents] if plot.code]
        return NoDivision([words], codes, proved=proved)

    def _is_in_the_way(self, board: Board, options: Mapping[int, Score], least: int) -> bool:
        """Does a parent need more grids, or allow fewer, than its households and its pieces would by arithmetic?"""
        numbers = range(1, len(board) + 1)
        if self.must and self.band:
            fits = fitting(sum(board.weight), self.band)
            numbers = range(max(1, fits.start), min(len(board) + 1, fits.stop))
        if self.count < least:
            return min(options) > numbers.start
        return max(options) < numbers.stop - 1

    def _territories(self, plot: Plot) -> Board:
        """The board of whole compounds with the ground around each; what is lived in outside of them is a piece too."""
        units, board = self.work.units, self.work.board(plot.free)
        split = self.work.draft.mark("split")
        seeds: dict[str, list[int]] = {}
        for number, members in enumerate(board.members):
            unit = units[min(members)]
            if unit.compound and unit.compound not in split:
                seeds.setdefault(f"c{unit.compound}", []).append(number)
            elif unit.households or unit.compound:
                seeds[f"u{unit.code}"] = [number]
        if not seeds:
            return board
        found = territories(board, [seeds[key] for key in sorted(seeds)])
        self.shares |= sum(map(len, found)) > sum(map(len, seeds.values()))
        held = {piece for pieces in found for piece in pieces}
        lonely = [[p] for p in range(len(board)) if p not in held]
        return board.joined([*found, *lonely])

    def _ladder(self, plot: Plot, board: Board, heavier: float) -> Ladder | None:
        """The best groups for each number of grids; None where there are too many groups to look at each."""
        if not len(board):
            return Ladder({0: Choice((), 0, 0.0, 0)})
        heaviest = self.band[1] * heavier if self.band else inf
        random = self.work.random(int(self.level), plot.first, "groups")
        try:
            return ladder(
                board,
                self.count,
                self.band,
                heaviest,
                self._price(plot, board, random),
                only_in_band=self.must,
            )
        except TooMany:
            return None

    def _least_out(self, boards: Sequence[Board], ladders: Sequence[Ladder | None]) -> int:
        """So many grids are out of band whatever is done: by what is known of each number of grids, else by arithmetic."""
        bounds = [
            {n: (unavoidable(sum(board.weight), n, self.band), 0.0) for n in range(1, len(board) + 1)}
            | {n: (choice.least_out, 0.0) for n, choice in (ladder.rungs if ladder else {}).items()}
            for board, ladder in zip(boards, ladders, strict=True)
        ]
        best = shared_out(bounds, self.count)
        return sum(bound[n][0] for bound, n in zip(bounds, best, strict=True)) if best else 0

    def _price(self, plot: Plot, board: Board, random: Random) -> Callable[[Group, int], float]:
        """What a group costs: an unwieldy form, households beyond the band, no room for the grids below, people moved."""
        below = (
            self.work.wishes.bands.get(Level(self.level + 1))
            if self.level < self.work.draft.smallest
            else None
        )
        old, stay = self.old(plot), self.work.wishes.stay
        units = self.work.units

        def price(group: Group, weight: int) -> float:
            cost = min(3.0, board.compactness(group) ** -0.5 - 1) + board.toll(group) + 0.02 * random.random()
            if self.band:
                cost += max(self.band[0] - weight, weight - self.band[1], 0) / max(1, self.band[0])
            if below:
                cost += _tightness(weight, below)
            if stay and old:
                ground = board.units(group)
                cost += stay * (weight - max(units.households(ground & there) for there in old.values()))
            return cost

        return price

    def _grounds(
        self, plot: Plot, board: Board, ladder: Ladder | None, count: int
    ) -> tuple[int, list[Ground]] | None:
        """The groups of a plot, and how many of them are out of band; None where no way was found."""
        if not count:
            return 0, []
        if ladder is not None:
            chosen = ladder.rungs[count]
            groups = [board.units(group) for group in chosen.groups]
            return chosen.out_of_band, self._smoothed(plot, groups)
        self.work.proved = False
        random = self.work.random(int(self.level), plot.first, "carve", count)
        starts = self.carved(plot, board, count, random)
        if not starts:
            return None
        flips = self.settled(plot, board, starts, count, random)
        return flips.outside, self._smoothed(plot, grounds_of(flips))

    def _smoothed(self, plot: Plot, groups: list[Ground]) -> list[Ground]:
        """Streets and parks on the border go where they make both sides more compact; nobody moves with them."""
        board = self.work.board(plot.free)
        label = {unit: n for n, ground in enumerate(groups) for unit in ground}
        labels = [label[min(members)] for members in board.members]
        units = self.work.units
        fixed = frozenset(
            n
            for n, members in enumerate(board.members)
            if (u := units[min(members)]).households or u.compound
        )
        if len(fixed) == len(board):
            return groups
        wide = [(0, 1 << 40)] * len(groups)
        flips = Flips(board, labels, len(groups), wide, Taste(), [-1] * len(board), [-1] * len(board), fixed)
        flips.anneal(self.work.random(int(self.level), plot.first, "smooth"), 20, 0.0)
        return grounds_of(flips)


def _tightness(total: int, band: Band) -> float:
    """What it costs that so many households leave little room for the grids below, or none."""
    numbers = [n for n in fitting(total, band) if n]
    if not numbers:
        return 2.0
    half = max(1.0, (band[1] - band[0]) / 2)
    room = max(min(total / n - band[0], band[1] - total / n) for n in numbers) / half
    return 2 * max(0.0, 0.25 - room)
