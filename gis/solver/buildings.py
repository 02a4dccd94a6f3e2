"""The stage of the buildings: units into grids inside each parent, carved by trees and settled by flips."""

from __future__ import annotations

from domain.plans.reach import fitting
from domain.plans.succession import Ground
from domain.said import said
from gis.solver.board import Board
from gis.solver.grouping import Score, arithmetic_rungs
from gis.solver.stages import Plot, Stage, grounds_of


class Buildings(Stage):
    """The level of buildings: units into grids inside each parent."""

    def solved(self, span: tuple[float, float]) -> list[list[Ground]]:
        """The grounds of each plot."""
        work, stage = self.work, said("Dividing compound grids into building grids")
        boards = [work.board(plot.free) for plot in self.plots]
        options = [self._options(plot, board) for plot, board in zip(self.plots, boards, strict=True)]

        def divided(number: int, count: int) -> tuple[int, list[Ground]] | None:
            return self._divided(self.plots[number], boards[number], count)

        return self.tried(options, divided, span, stage)

    def _options(self, plot: Plot, board: Board) -> dict[int, Score]:
        """The numbers of grids worth trying, and what arithmetic says of each."""
        if not len(board):
            return {0: (0, 0.0)}
        total = sum(board.weight)
        fits = fitting(total, self.band) if self.band else range(1, len(board) + 1)
        low, high = min(fits.start, fits.stop), max(fits.start, fits.stop)
        wide = range(max(1, low - 3), min(len(board), high + 3, self.count) + 1)
        if len(self.plots) == 1:
            wide = range(self.count, self.count + 1)
        return arithmetic_rungs(total, wide, self.band)

    def _divided(self, plot: Plot, board: Board, count: int) -> tuple[int, list[Ground]] | None:
        """A plot in so many grids, and how many of them are out of band; None where no way was found."""
        if not count:
            return 0, []
        random = self.work.random(int(self.level), plot.first, count)
        starts = self.carved(plot, board, count, random)
        old = self.old(plot)
        if self.work.wishes.stay and len(old) == count:
            label = {unit: n for n, code in enumerate(sorted(old)) for unit in old[code]}
            if all(min(members) in label for members in board.members):
                starts.append([label[min(members)] for members in board.members])
        if not starts:
            return None
        flips = self.settled(plot, board, starts, count, random)
        return flips.outside, grounds_of(flips)
