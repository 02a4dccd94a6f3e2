"""Propose a division of the city: whole compounds into compound grids exactly, buildings into building grids by trees and flips.

Level by level from above: what lies above stays, what is locked stays, the rest is divided anew. The same wishes, the
same seed and the same ground give the same division: nothing looks at a clock, nor at a code that was minted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from math import inf
from random import Random

from domain.grids import Level
from domain.plans.drafts import ALL, Draft
from domain.plans.proposals import Band, Cancelled, Impossible, Pair, Proposal, Wishes, figures, moved
from domain.plans.reach import Scope, arithmetic, fitting, proof
from domain.plans.succession import Ground, Heirs, inherited
from domain.plans.units import Units
from domain.said import Refused, Said, said
from gis.solver.board import Board, board_of
from gis.solver.carving import Ground as Carving
from gis.solver.districting import Group, TooMany
from gis.solver.flipping import Flips, Taste
from gis.solver.grouping import Choice, Ladder, Score, arithmetic_rungs, ladder, shared_out, unavoidable
from gis.solver.territories import territories

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

GROUPING = said("Grouping whole compounds")

HEAVIER = (1.0, 1.5, 2.5, 5.0, inf)
"""How much heavier than the band a group may be, tried in turn: only where fewer grids are wished than would fit."""


def propose(
    units: Units,
    draft: Draft,
    wishes: Wishes,
    *,
    names: Mapping[str, str] | None = None,
    taken: Set[str] = frozenset(),
    progress: Progress = lambda share, stage: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Proposal | Impossible:
    """A new division of what the wishes name, or why there is none.

    ``names`` are those of compounds, ``taken`` codes ever used in the city.

    Raises:
        Refused: when the wishes cannot be meant, everything is locked, or codes are used up.
        Cancelled: when ``cancelled`` says so.
    """
    wishes.check(draft)
    must_be_placed(units, draft)
    if ALL in draft.mark("locks"):
        raise Refused(said("The whole plan is locked; there is nothing to propose."))
    known = arithmetic(units, draft, wishes, names)
    if none := proof(known):
        return none
    scope = Scope(units, draft, wishes)
    wishes = replace(wishes, walls=with_doors(units, map(scope.ground, scope.roots), wishes.walls))
    work = _Division(units, draft, wishes, Heirs(units, draft, taken, names or {}), progress, cancelled)
    try:
        work.divide()
    except _None as found:
        return Impossible(found.because, found.blame, found.proved and work.proved)
    after = work.heirs.draft()
    return Proposal(
        after,
        figures(units, draft, wishes.bands),
        figures(units, after, wishes.bands),
        moved(units, draft, after),
        work.proved and Level.COMPOUND in scope.levels and Level.COMPOUND in wishes.bands,
        (*(f.words for f in known), *work.notes),
    )


def with_doors(units: Units, grounds: Iterable[Ground], walls: Set[Pair]) -> frozenset[Pair]:
    """The walls but for those that shut in ground where nobody lives: it has to lie in somebody's grid."""
    left = set(walls)
    for ground in grounds if left else ():
        opened = True
        while opened:
            opened = False
            board = board_of(units, ground, walls=left)
            parts = [board.units(part) for part in board.parts()]
            part_of = {unit: n for n, part in enumerate(parts) for unit in part}
            for part in parts:
                if units.households(part) or len(parts) == 1:
                    continue
                shared: dict[int, float] = {}
                for unit in sorted(part):
                    for other, border in units.borders[unit].items():
                        if other in ground and other not in part:
                            shared[part_of[other]] = shared.get(part_of[other], 0.0) + border.metres
                if shared:
                    beside = parts[min(shared, key=lambda n: (-shared[n], n))]
                    left -= {frozenset((u, o)) for u in part for o in units.borders[u] if o in beside}
                    opened = True
                    break
    return frozenset(left)


def must_be_placed(units: Units, draft: Draft) -> None:
    """Refuse a draft that does not place every unit of the city, or places one there is not."""
    lost = sorted(units.by_code.keys() ^ draft.home.keys())
    if lost:
        raise Refused(said("The plan and the city's units do not fit: see unit {unit}.", unit=lost[0]))


class _None(Exception):
    """There is no division."""

    def __init__(self, because: Iterable[Said], blame: Iterable[str] = (), *, proved: bool = True) -> None:
        super().__init__()
        self.because, self.blame, self.proved = tuple(because), tuple(blame), proved


@dataclass(frozen=True)
class _Plot:
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
class _Division:
    """The work: what was wished, what came of it so far."""

    units: Units
    draft: Draft
    wishes: Wishes
    heirs: Heirs
    progress: Progress
    cancelled: Callable[[], bool]
    proved: bool = True
    notes: list[Said] = field(default_factory=list)

    def divide(self) -> None:
        """Every level that is redrawn, from above."""
        scope = Scope(self.units, self.draft, self.wishes)
        grounds = {root: scope.ground(root) for root in scope.roots}
        for number, level in enumerate(scope.levels):
            plots = [self._plot(code, ground, level) for code, ground in grounds.items()]
            plots.sort(key=lambda plot: plot.first)
            count = scope.count(level) - sum(len(plot.kept) for plot in plots)
            kind = _Cells if level is Level.BUILDING and level is self.draft.smallest else _Groups
            stage = kind(self, level, plots, count)
            span = (number / len(scope.levels), (number + 1) / len(scope.levels))
            found = stage.solved(span)
            grounds = {}
            for plot, pieces in zip(plots, found, strict=True):
                here = [*(ground for _, ground in plot.kept), *pieces]
                certain = {n: code for n, (code, _) in enumerate(plot.kept)}
                codes = self.heirs.settle(plot.code, level, here, certain)
                grounds |= dict(zip(codes, here, strict=True))
        self.progress(1.0, said("Done"))

    def _plot(self, code: str, ground: Ground, level: Level) -> _Plot:
        """A grid to be divided; below one with a new code nothing is kept, for nothing was there."""
        below = sorted(
            c
            for c, g in self.draft.grids.items()
            if g.level is level and (g.parent == code or not code) and self._is_held(c)
        )
        return _Plot(code, ground, tuple((c, self.draft.units_of(c)) for c in below))

    def _is_held(self, code: str) -> bool:
        """Is this grid locked, or something in it?"""
        locks = self.draft.mark("locks").keys()
        if not locks:
            return False
        grid = self.draft.grids[code]
        if code in locks or (grid.level is self.draft.smallest and locks & self.draft.units_of(code)):
            return True
        return any(self._is_held(child) for child in self.draft.children.get(code, ()))

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
class _Stage:
    """One level of all plots."""

    work: _Division
    level: Level
    plots: Sequence[_Plot]
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

    def name(self, plot: _Plot) -> str:
        """What people call a plot."""
        grid = self.work.heirs.grids.get(plot.code)
        return grid.name if grid else plot.code

    def blamed(self, plots: Iterable[_Plot], *, proved: bool) -> _None:
        """No division, and the parents to blame."""
        blame = list(plots)
        return _None(
            [self._why(plot, proved) for plot in blame],
            [plot.code for plot in blame if plot.code],
            proved=proved,
        )

    def _why(self, plot: _Plot, proved: bool) -> Said:
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

    def _out_of_band(self, grounds: list[list[Ground]]) -> list[_Plot]:
        least, most = self.band or (0, 1 << 40)
        return [
            plot
            for plot, cells in zip(self.plots, grounds, strict=True)
            if any(not least <= self.work.units.households(cell) <= most for cell in cells)
        ]

    def old(self, plot: _Plot) -> dict[str, Ground]:
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
        self, plot: _Plot, board: Board, starts: Sequence[list[int]], count: int, random: Random
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

    def carved(self, plot: _Plot, board: Board, count: int, random: Random) -> list[list[int]]:
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


@dataclass(frozen=True)
class _Grouping:
    """What groups up to some weight come to: the numbers of grids of each plot, and whether no others do better."""

    ladders: list[Ladder | None]
    options: list[dict[int, Score]]
    counts: list[int] | None = None
    proved: bool = False


@dataclass
class _Groups(_Stage):
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

    def _nothing(self, boards: Sequence[Board], found: _Grouping) -> _None:
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

    def _no_sum(self, parents: Sequence[tuple[_Plot, Board, Mapping[int, Score]]], *, proved: bool) -> _None:
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
        return _None([words], codes, proved=proved)

    def _is_in_the_way(self, board: Board, options: Mapping[int, Score], least: int) -> bool:
        """Does a parent need more grids, or allow fewer, than its households and its pieces would by arithmetic?"""
        numbers = range(1, len(board) + 1)
        if self.must and self.band:
            fits = fitting(sum(board.weight), self.band)
            numbers = range(max(1, fits.start), min(len(board) + 1, fits.stop))
        if self.count < least:
            return min(options) > numbers.start
        return max(options) < numbers.stop - 1

    def _territories(self, plot: _Plot) -> Board:
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

    def _ladder(self, plot: _Plot, board: Board, heavier: float) -> Ladder | None:
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

    def _price(self, plot: _Plot, board: Board, random: Random) -> Callable[[Group, int], float]:
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
        self, plot: _Plot, board: Board, ladder: Ladder | None, count: int
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
        return flips.outside, self._smoothed(plot, _grounds_of(flips))

    def _smoothed(self, plot: _Plot, groups: list[Ground]) -> list[Ground]:
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
        return _grounds_of(flips)


class _Cells(_Stage):
    """The level of buildings: units into grids inside each parent."""

    def solved(self, span: tuple[float, float]) -> list[list[Ground]]:
        """The grounds of each plot."""
        work, stage = self.work, said("Dividing compound grids into building grids")
        boards = [work.board(plot.free) for plot in self.plots]
        options = [self._options(plot, board) for plot, board in zip(self.plots, boards, strict=True)]

        def divided(number: int, count: int) -> tuple[int, list[Ground]] | None:
            return self._divided(self.plots[number], boards[number], count)

        return self.tried(options, divided, span, stage)

    def _options(self, plot: _Plot, board: Board) -> dict[int, Score]:
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

    def _divided(self, plot: _Plot, board: Board, count: int) -> tuple[int, list[Ground]] | None:
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
        return flips.outside, _grounds_of(flips)


def _grounds_of(flips: Flips) -> list[Ground]:
    """The units of each grid on the board."""
    pieces: list[list[int]] = [[] for _ in range(flips.count)]
    for piece, label in enumerate(flips.labels):
        pieces[label].append(piece)
    return [flips.board.units(found) for found in pieces]


def _tightness(total: int, band: Band) -> float:
    """What it costs that so many households leave little room for the grids below, or none."""
    numbers = [n for n in fitting(total, band) if n]
    if not numbers:
        return 2.0
    half = max(1.0, (band[1] - band[0]) / 2)
    room = max(min(total / n - band[0], band[1] - total / n) for n in numbers) / half
    return 2 * max(0.0, 0.25 - room)
