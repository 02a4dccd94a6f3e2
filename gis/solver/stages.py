"""What all stages of a division share: the work as a whole, the plots that are divided, and how one is carved and settled.

A stage is one level of the city. Numbers of grids are shared out among the plots; where one came out worse than was hoped,
they are shared out anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random

from domain.grids import Level
from domain.plans.drafts import Draft
from domain.plans.proposals import Band, Cancelled, Wishes
from domain.plans.succession import Ground, Heirs, inherited
from domain.plans.units import Units
from domain.said import Said, said
from gis.solver.board import Board, board_of
from gis.solver.carving import Ground as Carving
from gis.solver.flipping import Flips, Taste
from gis.solver.grouping import Score, shared_out, unavoidable

Progress = Callable[[float, Said], None]
"""Told now and then: the share that is done, and what is being done."""

STARTS, SWEEPS, WARMTH = 3, 90, 0.06
"""Carvings of each parent of which the best is taken; sweeps of flips on each; how warm they begin."""

HOTTER = (0.5, 2.0)
"""How warm flips begin again where grids are still out of band."""

EVEN = 0.15
"""How far from each other's mean grids of a level without a band may be."""

ROUNDS = 6
"""How often numbers of grids are shared out anew when a parent could not be carved as arithmetic hoped."""


class NoDivision(Exception):
    """There is no division."""

    def __init__(self, because: Iterable[Said], blame: Iterable[str] = (), *, proved: bool = True) -> None:
        super().__init__()
        self.because, self.blame, self.proved = tuple(because), tuple(blame), proved


@dataclass(frozen=True)
class Plot:
    """A grid that is divided: its code (``""`` for the city), its ground, and what in it is locked and stays."""

    code: str
    ground: Ground
    kept: tuple[tuple[str, Ground], ...]

    @property
    def first(self) -> str:
        """The lowest of its units: order and chance go by the ground, for codes depend on what was drawn before."""
        return min(self.ground, default="")

    @property
    def free(self) -> Ground:
        return self.ground.difference(*(ground for _, ground in self.kept))


@dataclass
class Work:
    """The work: what was wished, what came of it so far."""

    units: Units
    draft: Draft
    wishes: Wishes
    heirs: Heirs
    progress: Progress
    cancelled: Callable[[], bool]
    proved: bool = True
    notes: list[Said] = field(default_factory=list)

    def board(self, ground: Ground) -> Board:
        """The board of single units of a ground, with walls and tolls."""
        return board_of(self.units, ground, walls=self.wishes.walls, tolls=self.wishes.tolls)

    def kin(self, board: Board) -> list[int]:
        """The compound of each piece by number, -1 for none."""
        compounds = [self.units[min(members)].compound for members in board.members]
        number = {c: n for n, c in enumerate(sorted({c for c in compounds if c}))}
        return [number[c] if c else -1 for c in compounds]

    def random(self, *of: object) -> Random:
        """Chance of its own for each part of the work: what one part draws changes no other."""
        return Random("/".join(map(str, (self.wishes.seed, *of))))

    def tell(self, span: tuple[float, float], share: float, stage: Said) -> None:
        """Tell how far a stage is; stop where somebody asked to."""
        if self.cancelled():
            raise Cancelled
        self.progress(span[0] + (span[1] - span[0]) * share, stage)


@dataclass
class Stage:
    """One level of all plots."""

    work: Work
    level: Level
    plots: Sequence[Plot]
    count: int

    @property
    def band(self) -> Band | None:
        """The band of this level; where it has none its grids shall have about as many households as each other."""
        band = self.work.wishes.bands.get(self.level)
        total = sum(self.work.units.households(plot.free) for plot in self.plots)
        if band is None and total and self.count > len(self.plots):
            even = total / self.count
            return int((1 - EVEN) * even), int((1 + EVEN) * even) + 1
        return band

    @property
    def must(self) -> bool:
        return self.level in self.work.wishes.must

    def solved(self, span: tuple[float, float]) -> list[list[Ground]]:
        """The grounds of each plot; ``span`` is the part of all progress that this stage is."""
        raise NotImplementedError

    def name(self, plot: Plot) -> str:
        """What people call a plot."""
        grid = self.work.heirs.grids.get(plot.code)
        return grid.name if grid else plot.code

    def blamed(self, plots: Iterable[Plot], *, proved: bool) -> NoDivision:
        """No division, and the parents to blame."""
        blame = list(plots)
        return NoDivision(
            [self._why(plot, proved) for plot in blame],
            [plot.code for plot in blame if plot.code],
            proved=proved,
        )

    def _why(self, plot: Plot, proved: bool) -> Said:
        name, n, level = self.name(plot), self.work.units.households(plot.ground), int(self.level)
        if proved:
            return said(
                "{grid}: its {n} households cannot be divided into whole grids of level {level} as wished.",
                grid=name, n=n, level=level,
            )  # fmt: skip
        return said(
            "{grid}: no way was found to divide its {n} households into whole grids of level {level} as wished.",
            grid=name, n=n, level=level,
        )  # fmt: skip

    def tried(
        self,
        options: list[dict[int, Score]],
        divided: Callable[[int, int], tuple[int, list[Ground]] | None],
        span: tuple[float, float],
        stage: Said,
    ) -> list[list[Ground]]:
        """Share the numbers of grids out and divide; where a parent came out worse than hoped, share out anew."""
        done: dict[tuple[int, int], tuple[int, list[Ground]] | None] = {}
        best: tuple[int, list[list[Ground]]] | None = None
        for round_ in range(ROUNDS):
            counts = shared_out(options, self.count)
            if counts is None:
                break
            out, grounds = 0, []
            for number, count in enumerate(counts):
                self.work.tell(span, (round_ + number / len(counts)) / (round_ + 1), stage)
                if (number, count) not in done:
                    done[number, count] = divided(number, count)
                found = done[number, count]
                if found is None:
                    del options[number][count]
                    break
                options[number][count] = (found[0], options[number][count][1])
                out += found[0]
                grounds.append(found[1])
            else:
                if best is None or out < best[0]:
                    best = out, grounds
                if shared_out(options, self.count) == counts:
                    break
        if best is None:
            bad = [plot for plot, o in zip(self.plots, options, strict=True) if not o]
            raise self.blamed(bad or self.plots, proved=False)
        if self.must and best[0]:
            raise self.blamed(self._out_of_band(best[1]), proved=False)
        return best[1]

    def _out_of_band(self, grounds: list[list[Ground]]) -> list[Plot]:
        least, most = self.band or (0, 1 << 40)
        return [
            plot
            for plot, cells in zip(self.plots, grounds, strict=True)
            if any(not least <= self.work.units.households(cell) <= most for cell in cells)
        ]

    def old(self, plot: Plot) -> dict[str, Ground]:
        """What lay in a plot before, by code; nothing where its code is new."""
        draft = self.work.draft
        if plot.code and plot.code not in draft.grids:
            return {}
        kept = {code for code, _ in plot.kept}
        return {
            c: draft.units_of(c)
            for c, g in sorted(draft.grids.items())
            if g.level is self.level and (g.parent == plot.code or not plot.code) and c not in kept
        }

    def settled(
        self, plot: Plot, board: Board, starts: Sequence[list[int]], count: int, random: Random
    ) -> Flips:
        """The best of several beginnings after flips; warmer ones where grids are still out of band."""
        band = self.band or (0, 1 << 40)
        taste, kin, old = Taste(moved=self.work.wishes.stay), self.work.kin(board), self.old(plot)
        least_out = unavoidable(sum(board.weight), count, band)
        best: Flips | None = None
        for warmth in (WARMTH, *HOTTER):
            for labels in starts:
                was = self._was(board, labels, count, old)
                flips = Flips(board, list(labels), count, [band] * count, taste, kin, was)
                flips.anneal(random, SWEEPS, warmth)
                if best is None or (flips.outside, flips.cost) < (best.outside, best.cost):
                    best = flips
            if best is None or best.outside <= least_out:
                break
        assert best is not None, "there is a beginning"
        return best

    def _was(self, board: Board, labels: Sequence[int], count: int, old: Mapping[str, Ground]) -> list[int]:
        """Where each piece lay, as the number of the grid that would keep that code; -1 where nobody asks."""
        if not self.work.wishes.stay or not old:
            return [-1] * len(board)
        grounds = [board.units(p for p, label in enumerate(labels) if label == n) for n in range(count)]
        label_of = {code: n for n, code in inherited(self.work.units, grounds, old).items()}
        holder = {unit: label_of.get(code, count) for code, ground in old.items() for unit in ground}
        return [holder.get(min(members), -1) for members in board.members]

    def carved(self, plot: Plot, board: Board, count: int, random: Random) -> list[list[int]]:
        """Several ways to carve a board; with a wider band where the narrow one cannot be."""
        carving = Carving(board, self.work.kin(board))
        least, most = self.band or (0, 1 << 40)
        starts: list[list[int]] = []
        for wider in (0.0, 0.1, 0.25, 0.5, 1.0):
            band = (
                max(min(1, least), int(least * (1 - wider))),
                int(most * (1 + wider)) if wider < 1 else 1 << 40,
            )
            for _ in range(STARTS):
                found = carving.carve(count, band, random)
                if found is None:
                    break
                starts.append(found)
            if starts:
                return starts
        return starts


def grounds_of(flips: Flips) -> list[Ground]:
    """The units of each grid on the board."""
    pieces: list[list[int]] = [[] for _ in range(flips.count)]
    for piece, label in enumerate(flips.labels):
        pieces[label].append(piece)
    return [flips.board.units(found) for found in pieces]
