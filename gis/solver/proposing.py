"""Propose a division of the city: whole compounds into compound grids exactly, buildings into building grids by trees and flips.

Level by level from above: what lies above stays, what is locked stays, the rest is divided anew. The same wishes, the
same seed and the same ground give the same division: nothing looks at a clock, nor at a code that was minted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import replace

from domain.grids import Level
from domain.plans.drafts import ALL, Draft
from domain.plans.proposals import Impossible, Pair, Proposal, Wishes, figures, moved
from domain.plans.reach import Scope, arithmetic, proof
from domain.plans.succession import Ground, Heirs
from domain.plans.units import Units
from domain.said import Refused, said
from gis.solver.board import board_of
from gis.solver.buildings import Buildings
from gis.solver.compounds import Compounds
from gis.solver.stages import NoDivision, Plot, Progress, Work


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
    work = Work(units, draft, wishes, Heirs(units, draft, taken, names or {}), progress, cancelled)
    try:
        _divide(work)
    except NoDivision as found:
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


def _divide(work: Work) -> None:
    """Every level that is redrawn, from above."""
    scope = Scope(work.units, work.draft, work.wishes)
    grounds = {root: scope.ground(root) for root in scope.roots}
    for number, level in enumerate(scope.levels):
        plots = [_plot(work.draft, code, ground, level) for code, ground in grounds.items()]
        plots.sort(key=lambda plot: plot.first)
        count = scope.count(level) - sum(len(plot.kept) for plot in plots)
        kind = Buildings if level is Level.BUILDING and level is work.draft.smallest else Compounds
        stage = kind(work, level, plots, count)
        span = (number / len(scope.levels), (number + 1) / len(scope.levels))
        found = stage.solved(span)
        grounds = {}
        for plot, pieces in zip(plots, found, strict=True):
            here = [*(ground for _, ground in plot.kept), *pieces]
            certain = {n: code for n, (code, _) in enumerate(plot.kept)}
            codes = work.heirs.settle(plot.code, level, here, certain)
            grounds |= dict(zip(codes, here, strict=True))
    work.progress(1.0, said("Done"))


def _plot(draft: Draft, code: str, ground: Ground, level: Level) -> Plot:
    """A grid to be divided; below one with a new code nothing is kept, for nothing was there."""
    below = sorted(
        c
        for c, g in draft.grids.items()
        if g.level is level and (g.parent == code or not code) and _is_held(draft, c)
    )
    return Plot(code, ground, tuple((c, draft.units_of(c)) for c in below))


def _is_held(draft: Draft, code: str) -> bool:
    """Is this grid locked, or something in it?"""
    locks = draft.mark("locks").keys()
    if not locks:
        return False
    grid = draft.grids[code]
    if code in locks or (grid.level is draft.smallest and locks & draft.units_of(code)):
        return True
    return any(_is_held(draft, child) for child in draft.children.get(code, ()))
