"""Party organisation on the grids: joint building groups with their centres, compound councils, the branch's fund.

Source: the report – 联合楼栋党小组, each with at least one 党员中心户; 党支部＋物业＋业委会 with cross-held posts
(交叉任职); ¥6,000 for each branch and year. Money is in fen (¥0.01), whole numbers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import ClassVar

from domain.frontline.records import Record
from domain.grids import Level, Structure
from domain.said import Said, said


@dataclass(frozen=True, slots=True, kw_only=True)
class Group(Record):
    """A joint building group (联合楼栋党小组) of a grid. Who its member households' centres are lies beside it."""

    LIST: ClassVar[str] = "building_groups"

    grid: str
    name: str
    buildings: tuple[str, ...] = ()
    centres: int = 0
    """How many member households' centres (党员中心户) it has."""
    gone: bool = False

    @property
    def lacks_centre(self) -> bool:
        return self.centres == 0


# --- councils ---------------------------------------------------------------------------------------------------


class Side(StrEnum):
    """The three who sit in a compound's council."""

    BRANCH = "branch"
    PROPERTY = "property"
    OWNERS = "owners"


SIDE: Mapping[Side, Said] = {
    Side.BRANCH: said("Party branch"),
    Side.PROPERTY: said("Property company"),
    Side.OWNERS: said("Owners' committee"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat(Record):
    """A post in one of the three sides of a compound's council, with who holds it: public by rule, like a head."""

    LIST: ClassVar[str] = "councils"

    grid: str
    side: Side
    post: str
    holder: str
    until: date | None = None

    def runs(self, day: date) -> bool:
        """Is the post still held on this day?"""
        return self.until is None or day < self.until


def cross_held(seats: Iterable[Seat]) -> dict[str, tuple[Seat, ...]]:
    """Who of one council holds posts on more than one side, with these posts."""
    held: dict[str, list[Seat]] = defaultdict(list)
    for seat in seats:
        held[seat.holder].append(seat)
    return {who: tuple(posts) for who, posts in held.items() if len({seat.side for seat in posts}) > 1}


def missing_sides(seats: Iterable[Seat]) -> tuple[Side, ...]:
    """The sides that have nobody in a council."""
    there = {seat.side for seat in seats}
    return tuple(side for side in Side if side not in there)


# --- the branch's fund ------------------------------------------------------------------------------------------

YEARLY_GRANT = 600_000
"""Fen that each branch is granted for a year: ¥6,000."""


def refusal_of_place(grid: str, structure: Structure) -> Said | None:
    """Why this unit has no branch with a council and a fund of its own: those are the compound grids'."""
    found = structure.grids.get(grid)
    if found is None or found.level is not Level.COMPOUND:
        return said("Only the branch of a compound has a council and a fund.")
    return None


class EntryKind(StrEnum):
    """What an entry of the fund's book does."""

    GRANT = "grant"
    SPENDING = "spending"
    REVERSAL = "reversal"


ENTRY: Mapping[EntryKind, Said] = {
    EntryKind.GRANT: said("Grant"),
    EntryKind.SPENDING: said("Spending"),
    EntryKind.REVERSAL: said("Taken back"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry(Record):
    """One line of a branch's book for a year. Nothing is changed in a book: what was wrong is taken back by another line."""

    LIST: ClassVar[str] = "fund"

    grid: str
    year: int
    kind: EntryKind
    fen: int
    what: str
    day: date
    has_receipt: bool = False
    reverses: int | None = None


@dataclass(frozen=True, slots=True)
class Book:
    """A branch's fund in a year, in fen: what it was granted and what it spent, less what was taken back."""

    granted: int
    spent: int

    @property
    def balance(self) -> int:
        return self.granted - self.spent

    @classmethod
    def of(cls, entries: Sequence[Entry]) -> Book:
        """The book that these entries make."""
        taken_back = {entry.reverses for entry in entries if entry.kind is EntryKind.REVERSAL}
        stands = [entry for entry in entries if entry.id not in taken_back]
        total = {kind: sum(entry.fen for entry in stands if entry.kind is kind) for kind in EntryKind}
        return cls(total[EntryKind.GRANT], total[EntryKind.SPENDING])


def refusal_of_entry(entry: Entry, entries: Sequence[Entry], today: date) -> Said | None:
    """Why a line cannot be written into a branch's book of a year, of which these are the lines so far."""
    if entry.fen <= 0:
        return said("An amount is more than nothing.")
    if not entry.what.strip():
        return said("Please say what it is for.")
    if entry.day > today:
        return said("A line of the book lies in the past.")
    if entry.day.year != entry.year:
        return said("This day is not in {year}.", year=entry.year)
    if entry.kind is EntryKind.REVERSAL:
        return _refusal_to_take_back(entry, entries)
    if entry.kind is EntryKind.SPENDING:
        return _refusal_to_spend(entry, Book.of(entries))
    return None


def _refusal_to_spend(entry: Entry, book: Book) -> Said | None:
    if not entry.has_receipt:
        return said("Spending needs its receipt as a picture.")
    if entry.fen > book.balance:
        return said("Only ¥{left} are left this year.", left=yuan(book.balance))
    return None


def _refusal_to_take_back(entry: Entry, entries: Sequence[Entry]) -> Said | None:
    wrong = next((each for each in entries if each.id == entry.reverses), None)
    if wrong is None or wrong.kind is EntryKind.REVERSAL:
        return said("There is no such line to take back.")
    if any(each.reverses == wrong.id for each in entries):
        return said("This line was taken back already.")
    if entry.fen != wrong.fen:
        return said("A line is taken back whole.")
    if wrong.kind is EntryKind.GRANT and wrong.fen > Book.of(entries).balance:
        return said("This grant was spent already.")
    return None


def yuan(fen: int) -> str:
    """An amount as people write it: ``1,200.50``, whole yuan without their fen."""
    whole, part = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{whole:,}" + (f".{part:02}" if part else "")
