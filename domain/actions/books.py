"""Bring lines into books, all in one transaction, each as if it were written down by itself.

In a book a line is checked against those before it – what a fund has left, which unit belongs to a body – and never
rewritten; one that is refused leaves the others. Lists whose rows may change are :mod:`domain.actions.listing`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from domain.actions.bodies import enter_deed, enter_done, enter_leaders_visit
from domain.actions.listing import Listed, key_of
from domain.actions.organisation import enter_line
from domain.actions.visits import enter_visit
from domain.actions.working_members import enter_activity, enter_cancelling
from domain.frontline.bodies import Deed, LeaderVisit
from domain.frontline.organisation import Entry, EntryKind
from domain.frontline.records import R, Record
from domain.frontline.sheets import Sheet
from domain.frontline.visits import Follows, Visit
from domain.frontline.working_members import Activity
from domain.people import Person
from domain.rulebook import Rulebook
from domain.said import Busy, Refused, Said, said
from domain.store import Store, Work


@dataclass(frozen=True, slots=True)
class Entered:
    """What came of the lines of a file; ``refused`` are the numbers of those that were left out, and why."""

    listed: Listed
    refused: Mapping[int, Said]


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a file's lines are written down: by whom, when, with which pictures, by the lines' numbers."""

    work: Work
    rules: Rulebook
    by: Person
    now: datetime
    pictures: Mapping[int, bytes] = field(default_factory=dict)


def enter_lines(
    store: Store, rules: Rulebook, sheet: Sheet[R], rows: Mapping[int, R], *, by: Person, now: datetime,
    pictures: Mapping[int, bytes] | None = None, dry_run: bool = False,
) -> Entered:  # fmt: skip
    """Write down the lines of a file, by their numbers there; a line that stands in the book already is that line, and may
    go one step on: what was promised is done, what was announced is cancelled."""
    try:
        with store.work() as work:
            work.records.alone(f"list:{sheet.name}")
            found = _entered(Desk(work, rules, by, now, pictures or {}), sheet, rows)
            if dry_run:
                raise _TriedOnly(found)
            return found
    except _TriedOnly as tried:
        return tried.found


class _TriedOnly(Exception):
    """All of it was tried, and nothing is kept."""

    def __init__(self, found: Entered) -> None:
        super().__init__()
        self.found = found


def _entered(desk: Desk, sheet: Sheet[R], rows: Mapping[int, R]) -> Entered:
    known: dict[tuple[object, ...], list[Record]] = defaultdict(list)
    for kept in desk.work.records.those(sheet.kind):
        known[key_of(sheet, kept)].append(kept)
    counts, refused = {"new": 0, "changed": 0, "unchanged": 0}, {}
    for number, row in sorted(rows.items(), key=lambda line: (_in_order(line[1]), line[0])):
        # Two lines of a book may say the same: the second of a file is the second of the book.
        same = known[key_of(sheet, row)]
        before = same.pop(0) if same else None
        try:
            counts[_enter(desk, number, before, row)] += 1
        except Busy:
            # The store is away: that is no flaw of this line.
            raise
        except Refused as why:
            refused[number] = why.because
    return Entered(Listed(**counts), refused)


def _enter(desk: Desk, number: int, before: Record | None, row: Record) -> str:
    if before is None:
        ENTER[type(row)](desk, number, row)
        return "new"
    after = FOLLOW.get(type(row), _stays)(desk, before, row)
    return "unchanged" if after.version == before.version else "changed"


def _in_order(row: Record) -> tuple[date, bool]:
    """A book of money is written day by day, what is granted before what is spent; others as their files have them."""
    return (row.day, row.kind is not EntryKind.GRANT) if isinstance(row, Entry) else (date.min, False)


# --- one line ---------------------------------------------------------------------------------------------------


def _line(desk: Desk, number: int, row: Entry) -> Record:
    return enter_line(desk.work, desk.rules, row, desk.pictures.get(number), by=desk.by, now=desk.now)


def _deed(desk: Desk, _: int, row: Deed) -> Record:
    return enter_deed(desk.work, desk.rules, row, by=desk.by, now=desk.now)


def _leaders_visit(desk: Desk, _: int, row: LeaderVisit) -> Record:
    return enter_leaders_visit(desk.work, desk.rules, row, by=desk.by, now=desk.now)


def _visit(desk: Desk, _: int, row: Visit) -> Record:
    if row.follows in (Follows.TICKET, Follows.LISTED):
        raise Refused(said("What becomes a ticket or a need is told one at a time."))
    return enter_visit(desk.work, desk.rules, row, by=desk.by, now=desk.now)


def _activity(desk: Desk, _: int, row: Activity) -> Record:
    return enter_activity(desk.work, desk.rules, row, by=desk.by, now=desk.now)


ENTER: Mapping[type[Record], Callable[[Desk, int, Any], Record]] = {
    Entry: _line, Deed: _deed, LeaderVisit: _leaders_visit, Visit: _visit, Activity: _activity,
}  # fmt: skip
"""How a new line of each book is written down."""


def _stays(_: Desk, before: Record, __: Record) -> Record:
    return before


def _done(desk: Desk, before: Deed, row: Deed) -> Record:
    if row.done_on in (None, before.done_on):
        return before
    return enter_done(desk.work, desk.rules, before, row.done_on, by=desk.by, now=desk.now)


def _cancelled(desk: Desk, before: Activity, row: Activity) -> Record:
    if not row.cancelled or before.cancelled:
        return before
    return enter_cancelling(desk.work, desk.rules, before, by=desk.by, now=desk.now)


FOLLOW: Mapping[type[Record], Callable[[Desk, Any, Any], Record]] = {Deed: _done, Activity: _cancelled}
"""The step that a line of a book may go on when a file brings it again."""
