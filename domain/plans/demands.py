"""Demand of a change what every plan must keep: locks hold, no grid is empty or in pieces, compounds stay whole.

Each demand is a small function that refuses with the reason, the place and the grids it is about.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set

from domain.grids import Grid, Level
from domain.place import LngLat
from domain.plans.drafts import ALL, Change, Draft
from domain.plans.units import Form, Units
from domain.said import Refused, Said, said


class NotDrawn(Refused):
    """A command that the plan does not allow: why, where to look, and which grids it is about."""

    def __init__(self, because: Said, *, where: LngLat | None = None, grids: Iterable[str] = ()) -> None:
        super().__init__(because)
        self.where = where
        self.grids = tuple(grids)


def must_be_allowed(units: Units, draft: Draft, change: Change, names: Mapping[str, str]) -> None:
    """Every demand on a change, in the order in which people want to hear of them."""
    after = draft.after(change)
    touched = touched_grids(draft, after, change)
    _locks_hold(units, draft, after, change, touched)
    _nothing_is_left_empty(units, draft, after, touched)
    _compounds_stay_whole(units, draft, after, change, names)
    _grids_are_whole(units, draft, after, change, touched)


def must_be_whole_plan(units: Units, draft: Draft, names: Mapping[str, str]) -> None:
    """Every demand on a whole plan, from scratch: nothing is believed of how it was drawn.

    Raises:
        NotDrawn: the first demand that it does not keep.
    """
    for problem in problems_of(units, draft, names):
        raise problem


def problems_of(units: Units, draft: Draft, names: Mapping[str, str]) -> Iterator[NotDrawn]:
    """Everything that keeps a draft from being published, one sentence with its place each."""
    yield from _unplaced(units, draft)
    lost = [code for code, grid in sorted(draft.grids.items()) if not _has_its_place(draft, grid)]
    for code in lost:
        yield NotDrawn(said("{grid} lies under no grid.", grid=draft.grids[code].name), grids=(code,))
    if any(draft.grids[code].parent in draft.grids for code in lost):
        return  # grids that lie under one another have no ground to look at
    for code, grid in sorted(draft.grids.items()):
        here = draft.units_of(code) & units.by_code.keys()
        form = units.form(here)
        if not here:
            yield NotDrawn(said("{grid} has no ground.", grid=grid.name), grids=(code,))
        elif form.pieces > units.islands(here):
            yield NotDrawn(
                said("{grid} lies in {n} pieces; a corner does not join them.", grid=grid.name, n=form.pieces),
                where=_somewhere(units, units.pieces(here)[-1]), grids=(code,),
            )  # fmt: skip
        elif form.holes:
            yield NotDrawn(
                said("{grid} encloses another grid.", grid=grid.name),
                where=_where_not_whole(units, here, Change()), grids=(code,),
            )  # fmt: skip
    yield from _torn_compounds(units, draft, sorted(units.by_compound), names)


def _has_its_place(draft: Draft, grid: Grid) -> bool:
    """Does a grid lie under a larger one, or is it of the largest level?"""
    above = draft.grids.get(grid.parent or "")
    return above.level < grid.level if above else grid.level is Level.COMMUNITY


def _unplaced(units: Units, draft: Draft) -> Iterator[NotDrawn]:
    for unit in sorted(units.by_code.keys() - draft.home.keys()):
        yield NotDrawn(said("Unit {code} lies in no grid.", code=unit), where=units[unit].at)
    for unit in sorted(draft.home.keys() - units.by_code.keys()):
        yield NotDrawn(said("There is no unit {code} in this city.", code=unit))
    for unit, grid in sorted(draft.home.items()):
        if grid not in draft.grids or draft.grids[grid].level is not draft.smallest:
            yield NotDrawn(
                said(
                    "Unit {code} lies in {grid}, which is no grid of the smallest level.",
                    code=unit,
                    grid=grid,
                )
            )


def touched_grids(before: Draft, after: Draft, change: Change) -> tuple[str, ...]:
    """The grids whose ground or record a change touches, on every level, before or after it."""
    found: dict[str, None] = {}
    for old, new in change.home.values():
        found |= dict.fromkeys([*before.chain(old or ""), *after.chain(new or "")])
    for code in change.grids:
        found |= dict.fromkeys([*before.chain(code), *after.chain(code)])
    return tuple(found)


def _locks_hold(
    units: Units, before: Draft, after: Draft, change: Change, touched: Iterable[str]
) -> None:  # fmt: skip
    locks = before.mark("locks")
    if not locks or not (change.home or change.grids):
        return
    if ALL in locks:
        raise NotDrawn(said("The whole plan is locked."))
    for unit in change.home:
        if unit in locks:
            raise NotDrawn(said("Unit {code} is locked.", code=unit), where=units[unit].at)
    for code in touched:
        if code not in locks:
            continue
        same = before.grids.get(code) == after.grids.get(code)
        if not (same and before.units_of(code) == after.units_of(code)):
            raise NotDrawn(
                said("{grid} is locked.", grid=before.grids[code].name),
                where=_somewhere(units, before.units_of(code)), grids=(code,),
            )  # fmt: skip


def _nothing_is_left_empty(units: Units, before: Draft, after: Draft, touched: Iterable[str]) -> None:
    for code in touched:
        if code in after.grids and not after.units_of(code):
            raise NotDrawn(
                said("Nothing would be left of {grid}: merge or retire it instead.", grid=after.grids[code].name),
                where=_somewhere(units, before.units_of(code) if code in before.grids else frozenset()),
                grids=(code,),
            )  # fmt: skip


def _compounds_stay_whole(
    units: Units, before: Draft, after: Draft, change: Change, names: Mapping[str, str]
) -> None:
    """A compound lies in one compound grid, unless its split was allowed with a reason.

    One that came torn, without a reason, may stay so but not be torn further.
    """
    touched = {units[unit].compound for unit in change.home} | {
        key for kind, key in change.marks if kind == "split"
    }
    worse = [
        compound
        for compound in sorted(c for c in touched if c)
        if compound in before.mark("split") or _torn(units, after, compound) > _torn(units, before, compound)
    ]
    for torn in _torn_compounds(units, after, worse, names):
        raise torn


def _torn(units: Units, draft: Draft, compound: str) -> int:
    """In how many compound grids a compound lies."""
    homes = units.by_compound.get(compound, frozenset())
    return len({draft.above(draft.home.get(unit, ""), Level.COMPOUND) for unit in homes})


def _torn_compounds(
    units: Units, draft: Draft, compounds: Iterable[str], names: Mapping[str, str]
) -> Iterator[NotDrawn]:
    if draft.smallest <= Level.COMPOUND:
        return
    for compound in compounds:
        above: dict[str | None, list[str]] = {}
        for unit in units.by_compound.get(compound, ()):
            above.setdefault(draft.above(draft.home.get(unit, ""), Level.COMPOUND), []).append(unit)
        if len(above) > 1 and compound not in draft.mark("split"):
            fewest = min(above.values(), key=lambda units_there: (len(units_there), min(units_there)))
            yield NotDrawn(
                said(
                    "{compound} would lie in {n} compound grids; move it whole, or allow its split with a reason.",
                    compound=name_of(names, compound), n=len(above),
                ),
                where=units[min(fewest)].at, grids=tuple(sorted(c for c in above if c)),
            )  # fmt: skip


def _grids_are_whole(
    units: Units, before: Draft, after: Draft, change: Change, touched: Iterable[str]
) -> None:
    """One piece on each island of the city, without a hole; what a city brought along may stay so, but not get worse."""
    for code in touched:
        if code not in after.grids:
            continue
        here = after.units_of(code)
        if code in before.grids and here == before.units_of(code):
            continue
        form = units.form(here)
        if form.pieces <= units.islands(here) and not form.holes:
            continue
        former = _form_before(units, before, after, code, change)
        if former and form.pieces <= former.pieces and form.holes <= former.holes:
            continue
        raise NotDrawn(
            _why_not_whole(after.grids[code].name, form),
            where=_where_not_whole(units, here, change), grids=(code,),
        )  # fmt: skip


def _form_before(units: Units, before: Draft, after: Draft, code: str, change: Change) -> Form | None:
    """The form that a grid had: by its code, or as that of the same ground under a code that goes."""
    here = after.units_of(code)
    gone = (old for old, (was, will) in change.grids.items() if was and not will)
    former = (
        code if code in before.grids else next((old for old in gone if before.units_of(old) == here), None)
    )
    return units.form(before.units_of(former)) if former else None


def _why_not_whole(grid: str, form: Form) -> Said:
    if form.pieces > 1:
        return said(
            "{grid} would fall into {n} pieces; a corner does not join them.", grid=grid, n=form.pieces
        )
    return said("{grid} would enclose another grid.", grid=grid)


def _where_not_whole(units: Units, here: frozenset[str], change: Change) -> LngLat | None:
    pieces = units.pieces(here)
    if len(pieces) > 1:
        return _somewhere(units, pieces[-1])
    around = units.pieces(units.by_code.keys() - here)
    enclosed = [piece for piece in around if not any(units[unit].outer for unit in piece)] or around[1:]
    return _somewhere(units, enclosed[-1] if enclosed else change.home.keys())


def _somewhere(units: Units, codes: Set[str]) -> LngLat | None:
    """A place in a set of units: in its largest."""
    largest = max(codes, key=lambda code: (units[code].area, code), default=None)
    return units[largest].at if largest else None


def name_of(names: Mapping[str, str], compound: str) -> str:
    return names.get(compound, compound)
