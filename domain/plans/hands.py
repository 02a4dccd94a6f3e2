"""Foresee into whose hands a redraw brings what: open tickets, heads, and the work of the year behind us.

What will happen is asked of the rules of the day itself (:mod:`domain.plans.redraw_day`, :mod:`domain.plans.posts`); here it is told
as a difference. What only got another code passes to nobody.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from domain.grids import Level, Located, Structure
from domain.plans.drafts import Draft
from domain.plans.foresight import NOWHERE, Comparison, Places
from domain.plans.posts import HeadTerm, heads_after, vacancies
from domain.plans.redraw_day import Redraw, changed_codes, kin_of, rehomed
from domain.plans.units import Units
from domain.tickets import Ticket

Spot = tuple[str, ...]
"""The units that cover a point: one, several on a shared border, none outside the city."""

# --- work ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Work:
    """Tickets raised: how many, and of these handled late or overdue now."""

    count: int = 0
    overdue: int = 0

    def __add__(self, other: Work) -> Work:
        return Work(self.count + other.count, self.overdue + other.overdue)


def workload(places: Places, work: Mapping[Spot, Work]) -> dict[str, Work]:
    """The work of every grid of a draft, had the tickets been raised under it."""
    found = dict.fromkeys(places.draft.grids, Work())
    for spot, done in work.items():
        for level in Level:
            if code := places.at(spot, level):
                found[code] += done
    return found


# --- open tickets -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Handing:
    """An open ticket before and after, of which the grid or the holder becomes another."""

    before: Ticket
    after: Ticket
    other_hands: bool
    """Whether another unit answers for it, rather than the same grid under another code."""


def redraw_between(units: Units, before: Draft, after: Draft, structure: Structure, plan: str) -> Redraw:
    """The way from the plan in force, as its ``structure`` stands, to a draft."""
    households = {code: unit.households for code, unit in units.by_code.items()}
    later = Structure(after.grids, structure.streets, structure.city_name)
    return Redraw(
        plan, structure, later, changed_codes(before, after), kin_of(before, after, households), _unasked
    )


def _unasked(points: Sequence[object]) -> Sequence[Located]:
    """Points are located by their units here."""
    raise AssertionError(points)


def handings(
    comparison: Comparison, redraw: Redraw, after: Places, tickets: Iterable[tuple[Ticket, Spot]]
) -> list[Handing]:
    """The tickets that a redraw moves, in their order: only those on changed ground, or held by who is gone, can. One on a border
    stays with a grid whose ground and place in the tree stay, whoever comes to lie beside it.
    """
    found = []
    for ticket, spot in tickets:
        if ticket.located.grid not in redraw.changed and ticket.holder not in redraw.gone:
            continue
        later = rehomed(redraw, ticket, _there(after, spot) if spot else None)
        other_hands = comparison.now(ticket.holder) != later.holder
        if other_hands or later.located != _renewed(comparison, ticket.located):
            found.append(Handing(ticket, later, other_hands))
    return found


def hands(handed: Iterable[Handing]) -> Counter[tuple[str, str]]:
    """How many tickets pass from whom to whom."""
    return Counter((each.before.holder, each.after.holder) for each in handed if each.other_hands)


def _there(after: Places, spot: Spot) -> Located:
    return Located(*(after.at(spot, level) or None for level in Level))


def _renewed(comparison: Comparison, located: Located) -> Located:
    """The same place under the codes of after."""
    codes = (located.level1, located.level2, located.level3)
    return Located(*(code and comparison.now(code) for code in codes))


# --- heads --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class HeadMove:
    """A head who goes to another grid, or whose grid gets or loses people or tickets. ``after`` is empty where no grid
    is left to head; ``goes`` is False where it is the same grid, under whatever code."""

    term: HeadTerm
    after: str
    goes: bool
    households_before: int
    households_after: int
    came: int
    left: int
    tickets_came: int
    tickets_left: int


@dataclass(frozen=True, slots=True)
class Staffing:
    """Who heads what after a redraw, as far as it makes a difference."""

    moves: tuple[HeadMove, ...]
    vacant: tuple[str, ...]
    """Grids that nobody heads and that are new, or had a head."""
    idle: tuple[HeadTerm, ...]
    """Terms whose grid is gone and of which the draft says neither where they go nor that they end."""
    doubled: tuple[str, ...]
    """Grids that two would head, and did not before."""
    twice: tuple[HeadTerm, ...]
    """Terms of people who would head several grids, and did not before."""


def staffing(
    comparison: Comparison, redraw: Redraw, after: Draft, heads: Sequence[HeadTerm],
    households: tuple[Mapping[str, int], Mapping[str, int]], passed: Mapping[tuple[str, str], int],
) -> Staffing:  # fmt: skip
    """What a redraw does to the heads. ``households`` are those of every grid before and after, ``passed`` the tickets
    that pass from whom to whom."""
    terms = [term for term in heads if term.grid in redraw.before.grids]
    to = {number: grid or NOWHERE for number, grid in heads_after(after, terms).items()}
    passing = _Passing(comparison, passed)
    moves = (_move(comparison, term, to[term.id], households, passing) for term in terms)
    posts = after.mark("posts")
    return Staffing(
        moves=tuple(move for move in moves if move),
        vacant=tuple(grid.code for grid in vacancies(redraw.before, after, terms)),
        idle=tuple(term for term in terms if not to[term.id] and str(term.id) not in posts),
        doubled=_doubled(comparison, terms, to),
        twice=_twice(terms, to),
    )


class _Passing:
    """Households and tickets that reach and leave each grid or holder."""

    def __init__(self, comparison: Comparison, passed: Mapping[tuple[str, str], int]) -> None:
        self.came, self.left = Counter[str](), Counter[str]()
        self.tickets_came, self.tickets_left = Counter[str](), Counter[str]()
        for flow in comparison.flows:
            self.came[flow.target] += flow.households
            self.left[flow.source] += flow.households
        for (source, target), n in passed.items():
            self.tickets_came[target] += n
            self.tickets_left[source] += n


def _move(
    comparison: Comparison, term: HeadTerm, to: str, households: tuple[Mapping[str, int], Mapping[str, int]],
    passing: _Passing,
) -> HeadMove | None:  # fmt: skip
    goes = to != comparison.now(term.grid)
    numbers = (
        passing.came[to], passing.left[term.grid], passing.tickets_came[to], passing.tickets_left[term.grid]
    )  # fmt: skip
    if not goes and not any(numbers):
        return None
    return HeadMove(term, to, goes, households[0].get(term.grid, 0), households[1].get(to, 0), *numbers)


def _doubled(comparison: Comparison, terms: Iterable[HeadTerm], to: Mapping[int, str]) -> tuple[str, ...]:
    did = Counter(comparison.now(term.grid) for term in terms)
    heading = Counter(grid for grid in to.values() if grid)
    return tuple(sorted(code for code, n in heading.items() if n > max(1, did[code])))


def _twice(terms: Sequence[HeadTerm], to: Mapping[int, str]) -> tuple[HeadTerm, ...]:
    kept = [term for term in terms if to[term.id]]
    had, has = Counter(term.person for term in terms), Counter(term.person for term in kept)
    return tuple(term for term in kept if has[term.person] > max(1, had[term.person]))
