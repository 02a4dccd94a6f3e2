"""Visits from door to door (走访): what a member learned at a building, where to go next, and what a period covered.

Source: the report's 网格一线工作法 – daily visits with a log. Nobody's name is written down: what was said goes into the
ticket or the list that follows from it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from domain.duplicates import metres
from domain.frontline.records import Record
from domain.place import LngLat
from domain.said import Said, said

LOGGED_WITHIN = timedelta(days=7)
"""A visit is written down within a week, or not at all."""

NEVER = datetime.min.replace(tzinfo=UTC)

SAME_WITHIN = timedelta(minutes=10)
"""The same person at the same building so soon again is the same visit, sent twice."""


class Learned(StrEnum):
    """What was learned at the door, by its kind."""

    WELL = "well"
    HARDSHIP = "hardship"
    SAFETY = "safety"
    DISPUTE = "dispute"
    SURROUNDINGS = "surroundings"
    ADVICE = "advice"
    MOVED = "moved"


LEARNED: Mapping[Learned, Said] = {
    Learned.WELL: said("All is well"),
    Learned.HARDSHIP: said("Hardship in daily life"),
    Learned.SAFETY: said("A danger"),
    Learned.DISPUTE: said("A dispute"),
    Learned.SURROUNDINGS: said("Surroundings and facilities"),
    Learned.ADVICE: said("Opinion or advice"),
    Learned.MOVED: said("Somebody moved in or out"),
}


class Follows(StrEnum):
    """What follows from a visit."""

    NOTHING = "nothing"
    SOLVED = "solved"
    TICKET = "ticket"
    LISTED = "listed"


FOLLOWS: Mapping[Follows, Said] = {
    Follows.NOTHING: said("Nothing follows"),
    Follows.SOLVED: said("Solved on the spot"),
    Follows.TICKET: said("A ticket was raised"),
    Follows.LISTED: said("Entered in the list of needs"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit(Record):
    """One visit. ``grid`` is the smallest grid it lies in; ``unit`` the building, None where a city has none."""

    LIST: ClassVar[str] = "visits"

    grid: str
    unit: str | None
    at: datetime
    visitor: int = 0
    """Whose visit it is: the account that wrote it down."""
    learned: Learned = Learned.WELL
    follows: Follows = Follows.NOTHING
    ticket_id: int | None = None
    need_id: int | None = None
    withdrawn: bool = False


def refusal_of(visit: Visit, now: datetime) -> Said | None:
    """Why a visit cannot be written down."""
    if visit.at > now:
        return said("A visit lies in the past.")
    if now - visit.at > LOGGED_WITHIN:
        return said("A visit is written down within {n} days.", n=LOGGED_WITHIN.days)
    if visit.learned is Learned.WELL and visit.follows is not Follows.NOTHING:
        return said("Please say what was learned when something follows from it.")
    return None


def is_sent_twice(visit: Visit, before: Iterable[Visit]) -> Visit | None:
    """The visit that this one repeats; None where it is a new one."""
    return next(
        (
            known
            for known in before
            if (known.unit, known.grid, known.visitor, known.learned)
            == (visit.unit, visit.grid, visit.visitor, visit.learned)
            and abs(known.at - visit.at) < SAME_WITHIN
            and not known.withdrawn
        ),
        None,
    )


# --- the day's round ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Stop:
    """A building one may visit: where it is, and when somebody was there last."""

    unit: str
    point: LngLat
    last: datetime | None = None


def suggested_round(stops: Collection[Stop], start: LngLat | None = None, most: int = 8) -> list[Stop]:
    """The buildings that were not visited for longest – never before all others – from each to the nearest next.

    Without a ``start`` it begins at the one that waits longest.
    """
    left = sorted(stops, key=lambda stop: (stop.last or NEVER, stop.unit))[:most]
    found: list[Stop] = []
    here = start or (left[0].point if left else None)
    while left and here is not None:
        nearest = _nearest(left, here)
        left.remove(nearest)
        found.append(nearest)
        here = nearest.point
    return found


def _nearest(stops: Collection[Stop], here: LngLat) -> Stop:
    return min(stops, key=lambda stop: (metres(here, stop.point), stop.unit))


# --- how long ago, how much of it -------------------------------------------------------------------------------


def days_since(last: datetime | None, now: datetime) -> int | None:
    """Whole days since a visit; None where there was none."""
    return None if last is None else max(0, (now - last).days)


@dataclass(frozen=True, slots=True)
class Coverage:
    """Of how many buildings how many were visited in a period, and by how many visits."""

    buildings: int
    visited: int
    visits: int

    @property
    def percent(self) -> float | None:
        """None where there is nothing to visit."""
        return 100 * self.visited / self.buildings if self.buildings else None


def coverage(buildings: Collection[str], visits: Sequence[Visit]) -> Coverage:
    """What the visits of a period covered of some buildings; those elsewhere count for nothing."""
    here = set(buildings)
    made = [visit.unit for visit in visits if not visit.withdrawn and visit.unit in here]
    return Coverage(len(here), len(set(made)), len(made))
