"""Bodies and links: who works together for a community, what they did for it, and which leader visits it.

Source: the report – 18 社区治理服务协同体 of 109 member units with four functions, 78 departments linked to communities,
three to five each, and to grid branches so that nobody crowds; 32 city leaders with a visit each quarter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import ClassVar

from domain.frontline.records import Record
from domain.said import Said, said

LINKED_FROM, LINKED_TO = 3, 5
"""So many departments a community is linked to."""


class Function(StrEnum):
    """The four functions of a body."""

    PARTY = "party"
    ORDER = "order"
    FACILITIES = "facilities"
    CULTURE = "culture"


FUNCTION: Mapping[Function, Said] = {
    Function.PARTY: said("Party building together"),
    Function.ORDER: said("Public order together"),
    Function.FACILITIES: said("Facilities together"),
    Function.CULTURE: said("Culture together"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Body(Record):
    """A collaborative body (社区治理服务协同体) of one community."""

    LIST: ClassVar[str] = "bodies"

    community: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit(Record):
    """A member unit of a community's body; ``department`` where it is one of the city's departments."""

    LIST: ClassVar[str] = "body_units"

    community: str
    name: str
    department: str | None = None
    until: date | None = None

    def belongs(self, day: date) -> bool:
        """Is it still a member on this day?"""
        return self.until is None or day < self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed(Record):
    """Something a body promised its community for a year; ``fen`` is what it is worth, done once ``done_on`` is known."""

    LIST: ClassVar[str] = "deeds"

    community: str
    unit: str | None = None
    """The member unit that does it, by its name; None: all of them together."""
    function: Function
    year: int
    title: str
    fen: int = 0
    done_on: date | None = None


@dataclass(frozen=True, slots=True)
class Yearly:
    """What a body did in a year."""

    promised: int
    done: int
    fen: int
    """What its done deeds were worth."""


def yearly(deeds: Iterable[Deed], year: int) -> Yearly:
    """The sum of a body's deeds of a year."""
    those = [deed for deed in deeds if deed.year == year]
    done = [deed for deed in those if deed.done_on is not None]
    return Yearly(len(those), len(done), sum(deed.fen for deed in done))


# --- links ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchLink(Record):
    """A department linked to the branch of a compound grid, beside its community."""

    LIST: ClassVar[str] = "branch_links"

    department: str
    grid: str
    gone: bool = False


def crowded(links: Iterable[BranchLink], branches: Iterable[str]) -> tuple[str, ...]:
    """The branches that are linked to more departments than there would be for each, were they spread evenly."""
    there = set(branches)
    n = Counter(link.grid for link in links if not link.gone and link.grid in there)
    if not there:
        return ()
    even = -(-sum(n.values()) // len(there))
    return tuple(sorted(code for code, count in n.items() if count > even))


@dataclass(frozen=True, slots=True)
class LinkFinding:
    """A community linked to too few or too many departments, or a department linked to none."""

    code: str
    n: int
    words: Said


def link_findings(
    links: Mapping[str, frozenset[str]], communities: Iterable[str], departments: Iterable[str]
) -> list[LinkFinding]:  # fmt: skip
    """Where links are not as they should be; ``links`` are the departments of each community."""
    found = [
        LinkFinding(code, n, words)
        for code in sorted(communities)
        for n in (len(links.get(code, ())),)
        if (words := _of_community(n)) is not None
    ]
    linked = Counter(department for those in links.values() for department in those)
    found += [
        LinkFinding(code, linked[code], said("This department is linked to no community."))
        for code in sorted(departments)
        if not linked[code]
    ]
    return found


def _of_community(n: int) -> Said | None:
    if n < LINKED_FROM:
        return said("Linked to {n} departments, fewer than {least}.", n=n, least=LINKED_FROM)
    if n > LINKED_TO:
        return said("Linked to {n} departments, more than {most}.", n=n, most=LINKED_TO)
    return None


# --- leaders' visits -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class LeaderVisit(Record):
    """A leader's visit to the community they answer for, or a meeting they attended there."""

    LIST: ClassVar[str] = "leader_visits"

    leader: int
    community: str
    day: date
    at_meeting: bool = False
    what: str = ""


@dataclass(frozen=True, slots=True, order=True)
class Quarter:
    """Three months of a year."""

    year: int
    n: int

    @classmethod
    def of(cls, day: date) -> Quarter:
        """The quarter of a day."""
        return cls(day.year, (day.month + 2) // 3)

    @property
    def first(self) -> date:
        return date(self.year, 3 * self.n - 2, 1)

    @property
    def last(self) -> date:
        return self.next.first - timedelta(days=1)

    @property
    def next(self) -> Quarter:
        return Quarter(self.year + self.n // 4, self.n % 4 + 1)

    def __str__(self) -> str:
        return f"{self.year}Q{self.n}"


class Duty(StrEnum):
    """How a leader stands with a quarter's visit."""

    DONE = "done"
    DUE = "due"
    MISSED = "missed"


DUTY: Mapping[Duty, Said] = {
    Duty.DONE: said("Visited"),
    Duty.DUE: said("Due"),
    Duty.MISSED: said("Visit missed"),
}


def duties(visits: Sequence[LeaderVisit], first: Quarter, today: date) -> dict[Quarter, Duty]:
    """How one leader stands with each quarter from the first to that of today. A meeting attended is no visit."""
    visited = {Quarter.of(visit.day) for visit in visits if not visit.at_meeting}
    now, quarter, found = Quarter.of(today), first, {}
    while quarter <= now:
        if quarter in visited:
            found[quarter] = Duty.DONE
        else:
            found[quarter] = Duty.DUE if quarter == now else Duty.MISSED
        quarter = quarter.next
    return found
