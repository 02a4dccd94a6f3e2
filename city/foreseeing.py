"""Foresee what a draft would do on the day it came into force, against the plan in force now.

Counts for whoever reads plans; which tickets they are for those alone who may see tickets listed. What was read of
tickets is kept a while, for a planner looks again after every stroke.
"""

from __future__ import annotations

import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from weakref import WeakKeyDictionary

import numpy as np

from city.drafts import OpenDraft, compound_names, draft_in_force
from city.opened import City
from city.words import Words
from domain.grids import CITY, Level
from domain.people import READS_TICKET_FACTS, Person
from domain.plans.drafts import Draft, households
from domain.plans.foresight import NOWHERE, Comparison, Fate, Places, compare
from domain.plans.hands import (
    Handing,
    Spot,
    Staffing,
    Work,
    handings,
    hands,
    redraw_between,
    staffing,
    workload,
)
from domain.plans.life import refusal_to_read
from domain.plans.posts import HeadTerm, heads_after
from domain.plans.redraw_day import Redraw
from domain.said import Refused, said
from domain.tickets import State, Ticket
from gis.coding import Coded, encode_grids
from gis.spots import Spots
from gis.units import UnitGround
from storage.foresight import open_tickets, raised_since
from storage.heads import head_terms

YEAR = timedelta(days=365)
"""The workload is that of so many days."""

YEAR_KEPT, TICKETS_KEPT = 600.0, 30.0
"""Seconds for which the year's tickets, and what was foreseen with the open ones, are taken as they were read."""

DRAFTS_KEPT = 8


@dataclass(frozen=True, slots=True)
class TicketRow:
    """An open ticket that comes into other hands: facts alone. ``zh`` and ``en`` name its category."""

    no: str
    zh: str
    en: str
    state: State
    holder_before: str
    holder_after: str
    grid_before: str
    grid_after: str


@dataclass(frozen=True, slots=True)
class HandsRow:
    """How many open tickets pass from one unit to another."""

    source: str
    target: str
    tickets: int


@dataclass(frozen=True, slots=True)
class LinkRow:
    """A department whose linked community changes; ``after`` is the unit that the link follows to."""

    zh: str
    en: str
    before: str
    after: str
    fate: Fate
    households_before: int
    households_after: int


@dataclass(frozen=True, slots=True)
class WorkRow:
    """The year's work of one grid under the plan in force and under the draft: None where the grid is not there.

    ``heads`` are those of the smallest grids in it, who go there; None in a city that keeps no list of heads.
    """

    level: Level
    before: str | None
    after: str | None
    work_before: Work | None
    work_after: Work | None
    households_before: int
    households_after: int
    heads_before: int | None
    heads_after: int | None

    @property
    def code(self) -> str:
        return self.after or self.before or NOWHERE

    @property
    def differs(self) -> bool:
        """Does anybody there have other work than before?"""
        return (self.work_before, self.households_before, self.heads_before) != (
            self.work_after, self.households_after, self.heads_after
        )  # fmt: skip

    @property
    def change(self) -> float | None:
        """Tickets more (or less) in per cent of those before; None where there is nothing to compare with."""
        if self.work_before is None or self.work_after is None or not self.work_before.count:
            return None
        return 100 * (self.work_after.count - self.work_before.count) / self.work_before.count


@dataclass(frozen=True)
class Foresight:
    """What a draft would do. Grids and units are codes; :meth:`name` tells what people call them."""

    plan: str
    against: str
    at: datetime
    comparison: Comparison
    tickets_of: Mapping[tuple[Level, str, str], int]
    """Open tickets that pass from grid to grid on a level, whoever answers for them."""
    hands: tuple[HandsRow, ...]
    listed: tuple[TicketRow, ...]
    lists_tickets: bool
    """Whether the person who asked may see the tickets themselves; without, ``listed`` is empty."""
    staffing: Staffing
    links: tuple[LinkRow, ...]
    work: tuple[WorkRow, ...]
    has_households: bool
    names: Mapping[str, str] = field(repr=False)
    compounds: Mapping[str, str] = field(repr=False)

    @property
    def is_empty(self) -> bool:
        """Would nothing be different?"""
        staff = self.staffing
        return self.comparison.is_empty and not (self.hands or staff.moves or staff.vacant or staff.idle)

    @property
    def changed(self) -> int:
        """How many grids change in more than their code or name."""
        quiet = (Fate.RECODED, Fate.RENAMED)
        return sum(grid.fate not in quiet for grid in self.comparison.grids)

    @property
    def recoded(self) -> int:
        """How many grids get another code, or another name, and nothing else."""
        return len(self.comparison.grids) - self.changed

    @property
    def tickets(self) -> int:
        """How many open tickets come into other hands."""
        return sum(row.tickets for row in self.hands)

    def name(self, code: str, say: Words) -> str:
        """What people call a unit of either plan."""
        if code in (NOWHERE, CITY):
            return say("in no grid") if code == NOWHERE else say("the city office")
        return self.names.get(code, code)


def foresee(city: City, opened: OpenDraft, person: Person) -> Foresight:
    """What a plan would do against the one in force, as far as this person may know it.

    Raises:
        Refused: for who does not read plans, and of a plan drawn on units that are not the city's any more.
    """
    refusal = refusal_to_read(person)
    if refusal:
        raise Refused(refusal)
    found = _foresee(city, opened)
    if person.role in READS_TICKET_FACTS:
        return found
    return replace(found, listed=(), lists_tickets=False)


# --- for the map ----------------------------------------------------------------------------------------


class ForesightMeasure(StrEnum):
    """What a map of a foresight is coloured by."""

    WORK = "work"
    OVERDUE = "overdue"
    PER_HEAD = "per_head"
    HOUSEHOLDS = "households"


CHANGE_FROM = (-25.0, -5.0, 5.0, 25.0)
"""Per cent: below the first a grid has much less, from the last on much more; between the middle ones about the same."""

NEW_GRID, UNKNOWN = 9, 8
"""The classes of a grid that was not there before, and of one of which the figure is not known before or after."""

CHANGE_CLASS = {
    -2: said("much less"), -1: said("less"), 0: said("about the same"), 1: said("more"), 2: said("much more"),
    NEW_GRID: said("new grid"), UNKNOWN: said("nothing to compare"),
}  # fmt: skip
"""Classes of change in words."""


def measures_of(foresight: Foresight) -> list[ForesightMeasure]:
    """What a map of a foresight can be coloured by: nothing that this city does not know."""
    unknown = set() if foresight.has_households else {ForesightMeasure.HOUSEHOLDS}
    if all(row.heads_after is None for row in foresight.work):
        unknown.add(ForesightMeasure.PER_HEAD)
    return [measure for measure in ForesightMeasure if measure not in unknown]


def map_classes(foresight: Foresight, measure: ForesightMeasure) -> dict[str, int]:
    """For each grid of the draft, how much more (or less) it would have: a class of :data:`CHANGE_CLASS`."""
    figure = _FIGURES[measure]
    return {row.after: _class_of(row, *figure(row)) for row in foresight.work if row.after}


def change_class(percent: float) -> int:
    """-2 to 2, from much less to much more."""
    return sum(percent >= at for at in CHANGE_FROM[2:]) - sum(percent < at for at in CHANGE_FROM[:2])


def _class_of(row: WorkRow, before: float | None, after: float | None) -> int:
    if row.before is None:
        return NEW_GRID
    if before is None or after is None:
        return UNKNOWN
    if before == after:
        return change_class(0.0)
    # From nothing, anything is much more.
    return change_class(100 * (after / before - 1) if before else math.inf)


Figures = tuple[float | None, float | None]
"""A figure of a grid before and after; None where it is not known."""


def _counts(row: WorkRow) -> Figures:
    return _read_of(row.work_before, lambda work: work.count), _read_of(
        row.work_after, lambda work: work.count
    )


def _overdue(row: WorkRow) -> Figures:
    return _read_of(row.work_before, lambda work: work.overdue), _read_of(
        row.work_after, lambda work: work.overdue
    )


def _read_of(work: Work | None, figure: Callable[[Work], int]) -> int | None:
    return figure(work) if work else None


def _per_head(row: WorkRow) -> Figures:
    before, after = _counts(row)
    return _shared(before, row.heads_before), _shared(after, row.heads_after)


def _shared(tickets: float | None, heads: int | None) -> float | None:
    return tickets / heads if tickets is not None and heads else None


_FIGURES: Mapping[ForesightMeasure, Callable[[WorkRow], Figures]] = {
    ForesightMeasure.WORK: _counts,
    ForesightMeasure.OVERDUE: _overdue,
    ForesightMeasure.PER_HEAD: _per_head,
    ForesightMeasure.HOUSEHOLDS: lambda row: (row.households_before, row.households_after),
}
"""The figure that is compared, of each measure."""


def drawn_level(city: City, opened: OpenDraft, level: Level) -> tuple[list[str], Coded]:
    """The grids of a level of a plan in the compact form of pictures, and their codes in its order."""
    kept, key = _kept(city, opened.ground), (opened.draft.hash, level)
    drawn = kept.drawn.get(key)
    if drawn is None:
        grids, outlines = opened.draft.grids, opened.ground.outlines(opened.draft)
        codes = [code for code in sorted(outlines) if grids[code].level is level]
        coded = encode_grids([(code, grids[code].name, outlines[code]) for code in codes])
        drawn = codes, coded
        kept.drawn = {key: drawn}
    return drawn


# --- how it is found out --------------------------------------------------------------------------------


@dataclass
class _Kept:
    """What is known of a city: where its year's tickets lie, and what was foreseen last."""

    units: str
    spots: Spots
    year: tuple[float, Mapping[Spot, Work]] | None = None
    foreseen: dict[tuple[object, ...], tuple[float, Foresight]] = field(default_factory=dict)
    drawn: dict[tuple[str, Level], tuple[list[str], Coded]] = field(default_factory=dict)


_of: WeakKeyDictionary[City, _Kept] = WeakKeyDictionary()
_keeping = threading.Lock()


def _foresee(city: City, opened: OpenDraft) -> Foresight:
    if opened.is_stale:
        raise Refused(said("The city's units changed since {plan} was drawn.", plan=opened.plan.name))
    now_in_force = draft_in_force(city)
    kept = _kept(city, opened.ground)
    # What is in force is frozen: its number and version name its content.
    base = now_in_force.plan
    key = (opened.plan.name, opened.draft.hash, base.id, base.version, city.ground.revision)
    before = kept.foreseen.get(key)
    if before and time.monotonic() - before[0] < TICKETS_KEPT:
        return before[1]
    found = _found(city, opened, now_in_force, kept)
    with _keeping:
        kept.foreseen.pop(key, None)
        kept.foreseen[key] = (time.monotonic(), found)
        while len(kept.foreseen) > DRAFTS_KEPT:
            kept.foreseen.pop(next(iter(kept.foreseen)))
    return found


def _kept(city: City, ground: UnitGround) -> _Kept:
    with _keeping:
        kept = _of.get(city)
        if kept is None or kept.units != ground.units.hash:
            kept = _of[city] = _Kept(ground.units.hash, Spots(ground.shapes))
        return kept


def _found(city: City, opened: OpenDraft, in_force: OpenDraft, kept: _Kept) -> Foresight:
    units, before, after = opened.ground.units, in_force.draft, opened.draft
    now, structure = city.now(), city.ground.structure
    comparison = compare(units, before, after)
    was, will = Places(before), Places(after)
    year = _year(city, kept, now)
    with city.database.read() as connection:
        tickets, heads = open_tickets(connection), head_terms(connection, now)
    redraw = redraw_between(units, before, after, structure, opened.plan.name)
    handed = handings(comparison, redraw, will, _with_spots(kept.spots, tickets))
    passed = hands(handed)
    counted = households(units, before), households(units, after)
    return Foresight(
        plan=opened.plan.name,
        against=in_force.plan.name,
        at=now,
        comparison=comparison,
        tickets_of=_tickets_of(comparison, handed),
        hands=tuple(HandsRow(*pair, n) for pair, n in sorted(passed.items())),
        listed=tuple(_ticket_row(city, each) for each in handed if each.other_hands),
        lists_tickets=True,
        staffing=staffing(comparison, redraw, after, heads, counted, passed),
        links=tuple(_links(city, comparison, redraw, counted[1])),
        work=_work(comparison, (before, after), (workload(was, year), workload(will, year)), counted, heads),
        has_households=any(counted[0].values()),
        names={c: s.name for c, s in structure.streets.items()} | _names(before) | _names(after),
        compounds=compound_names(city),
    )


def _names(draft: Draft) -> dict[str, str]:
    return {code: grid.name for code, grid in draft.grids.items()}


def _year(city: City, kept: _Kept, now: datetime) -> Mapping[Spot, Work]:
    """The year's tickets by the units under them."""
    if kept.year and time.monotonic() - kept.year[0] < YEAR_KEPT:
        return kept.year[1]
    with city.database.read() as connection:
        stretches = [np.array(rows, dtype=float) for rows in raised_since(connection, now - YEAR, now)]
    found = _counted(kept.spots, np.concatenate([*stretches, np.empty((0, 3))]))
    kept.year = (time.monotonic(), found)
    return found


def _counted(spots: Spots, rows: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> Mapping[Spot, Work]:
    number, units = spots.of(rows[:, 0], rows[:, 1])
    count = np.bincount(number, minlength=len(units)).tolist()
    overdue = np.bincount(number, weights=rows[:, 2], minlength=len(units)).astype(int).tolist()
    return {spot: Work(n, late) for spot, n, late in zip(units, count, overdue, strict=True) if n}


def _with_spots(spots: Spots, tickets: Sequence[Ticket]) -> list[tuple[Ticket, Spot]]:
    lng = np.array([t.point.lng if t.point else np.nan for t in tickets])
    lat = np.array([t.point.lat if t.point else np.nan for t in tickets])
    number, units = spots.of(lng, lat)
    return [(ticket, units[n]) for ticket, n in zip(tickets, number.tolist(), strict=True)]


def _tickets_of(comparison: Comparison, handed: Sequence[Handing]) -> Mapping[tuple[Level, str, str], int]:
    found = Counter[tuple[Level, str, str]]()
    for each in handed:
        was, will = each.before.located, each.after.located
        for level, one, other in (
            (Level.COMMUNITY, was.level1, will.level1),
            (Level.COMPOUND, was.level2, will.level2),
            (Level.BUILDING, was.level3, will.level3),
        ):
            if comparison.now(one or NOWHERE) != (other or NOWHERE):
                found[level, one or NOWHERE, other or NOWHERE] += 1
    return found


def _ticket_row(city: City, handed: Handing) -> TicketRow:
    before, after = handed.before, handed.after
    category = city.category(before.category)
    return TicketRow(
        before.no, category.zh, category.en, before.state, before.holder, after.holder,
        before.located.grid or NOWHERE, after.located.grid or NOWHERE,
    )  # fmt: skip


def _links(city: City, comparison: Comparison, redraw: Redraw, counted: Mapping[str, int]) -> list[LinkRow]:
    """The departments of every community that is gone, has another code, or lies otherwise; by community and name.
    Those of one that is gone follow its ground."""
    touching = (Fate.GONE, Fate.CHANGED, Fate.RECODED)
    found = []
    for grid in comparison.grids:
        if grid.level is not Level.COMMUNITY or grid.fate not in touching or grid.before is None:
            continue
        after = grid.after.code if grid.after else redraw.follow(grid.before.code)
        households = grid.households_before, counted.get(after, 0)
        for department in sorted(city.ground.links.get(grid.before.code, ())):
            names = city.department(department)
            found.append(LinkRow(*names, grid.before.code, after, grid.fate, *households))
    return found


def _work(
    comparison: Comparison, drafts: tuple[Draft, Draft], work: tuple[Mapping[str, Work], Mapping[str, Work]],
    counted: tuple[Mapping[str, int], Mapping[str, int]], heads: Sequence[HeadTerm],
) -> tuple[WorkRow, ...]:  # fmt: skip
    """Every grid of either plan, by level and code."""
    before, after = drafts
    going = {code for code in heads_after(after, heads).values() if code}
    staffed = _staffed(before, {term.grid for term in heads}), _staffed(after, going)
    same = {comparison.now(code): code for code in before.grids}
    rows = []
    for code in {*same, *after.grids}:
        old, new = same.get(code), code if code in after.grids else None
        grid = after.grids[code] if new else before.grids[same[code]]
        rows.append(
            WorkRow(
                grid.level, old, new, work[0].get(old or NOWHERE), work[1].get(new or NOWHERE),
                counted[0].get(old or NOWHERE, 0), counted[1].get(new or NOWHERE, 0),
                staffed[0].get(old or NOWHERE, 0) if heads else None,
                staffed[1].get(new or NOWHERE, 0) if heads else None,
            )
        )  # fmt: skip
    return tuple(sorted(rows, key=lambda row: (row.level, row.code)))


def _staffed(draft: Draft, headed: set[str]) -> Counter[str]:
    """How many of the smallest grids in each grid have a head."""
    smallest = [c for c in headed if c in draft.grids and draft.grids[c].level is draft.smallest]
    return Counter(above for code in smallest for above in draft.chain(code))
