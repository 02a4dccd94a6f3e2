"""Keep groups, councils and the branch's fund."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime

from domain.frontline import records
from domain.frontline.organisation import (
    YEARLY_GRANT,
    Book,
    Entry,
    EntryKind,
    Group,
    Seat,
    refusal_of_entry,
    refusal_of_place,
)
from domain.frontline.records import Beside
from domain.frontline.rights import check_keeps
from domain.people import Person, Role
from domain.rulebook import Rulebook
from domain.said import Refused, refuse_if, said
from domain.store import Store, Work

RECEIPT = "receipt"
"""The name of an entry's picture."""


def keep_group(
    store: Store, rules: Rulebook, group: Group, centres: str, *, by: Person, now: datetime
) -> Group:  # fmt: skip
    """Write down a joint building group, or what changed of one that has a number; ``centres`` names its member
    households' centres, one a line.

    Raises:
        Stale: when somebody changed it since ``group.version``.
        Refused: when the grid is not this person's or none, or the group has no name.
    """
    check_keeps(by, Group.LIST, group.grid, rules.structure)
    if group.grid not in rules.structure.grids:
        raise Refused(said("A building group belongs to a grid."))
    if not group.name.strip():
        raise Refused(said("Please give it a name."))
    named = [line.strip() for line in centres.splitlines() if line.strip()]
    beside = Beside(words="\n".join(named)[:2_000])
    kept = replace(group, name=group.name.strip()[:60], centres=len(named))
    with store.work() as work:
        if not group.id:
            return records.add(work, kept, "listed", by=by, now=now, beside=beside)
        before = _own_group(work, rules, group.id, group.version, by)
        work.records.keep_beside(before, beside)
        return records.change(
            work,
            before,
            "changed",
            by=by,
            now=now,
            name=kept.name,
            centres=kept.centres,
            buildings=kept.buildings,
        )


def dissolve_group(
    store: Store, rules: Rulebook, number: int, *, version: int, by: Person, now: datetime
) -> Group:  # fmt: skip
    """Note that a group is no more; who its centres were is forgotten.

    Raises:
        Stale: when somebody changed it since ``version``.
        Refused: when the grid is not this person's.
    """
    with store.work() as work:
        group = _own_group(work, rules, number, version, by)
        work.records.keep_beside(group, Beside())
        return records.change(work, group, "dissolved", by=by, now=now, gone=True)


def _own_group(work: Work, rules: Rulebook, number: int, version: int, by: Person) -> Group:
    group = records.locked(work, Group, number, version)
    check_keeps(by, Group.LIST, group.grid, rules.structure)
    return group


def take_seat(store: Store, rules: Rulebook, seat: Seat, *, by: Person, now: datetime) -> Seat:
    """Write down who holds a post in a compound's council.

    Raises:
        Refused: when the compound is not this person's, or post or holder is missing.
    """
    check_keeps(by, Seat.LIST, seat.grid, rules.structure)
    refuse_if(refusal_of_place(seat.grid, rules.structure))
    if not (seat.post.strip() and seat.holder.strip()):
        raise Refused(said("Please name the post and who holds it."))
    with store.work() as work:
        kept = replace(seat, post=seat.post.strip()[:60], holder=seat.holder.strip()[:60])
        return records.add(work, kept, "seated", by=by, now=now)


def leave_seat(
    store: Store, rules: Rulebook, number: int, day: date, *, version: int, by: Person, now: datetime
) -> Seat:
    """Note from which day on somebody holds a post no more.

    Raises:
        Stale: when somebody changed it since ``version``.
        Refused: when the compound is not this person's.
    """
    with store.work() as work:
        seat = records.locked(work, Seat, number, version)
        check_keeps(by, Seat.LIST, seat.grid, rules.structure)
        return records.change(work, seat, "left", by=by, now=now, until=day)


# --- the branch's fund ------------------------------------------------------------------------------------------


def write_entry(
    store: Store, rules: Rulebook, entry: Entry, receipt: bytes | None, *, by: Person, now: datetime
) -> Entry:  # fmt: skip
    """Write a line into a branch's book, with the picture of its receipt.

    Raises:
        Refused: when the branch is not this person's, it would grant itself something, or the book would not be in order.
    """
    with store.work() as work:
        return enter_line(work, rules, entry, receipt, by=by, now=now)


def enter_line(
    work: Work, rules: Rulebook, entry: Entry, receipt: bytes | None, *, by: Person, now: datetime
) -> Entry:  # fmt: skip
    """The same inside a transaction: what is refused leaves nothing behind in it.

    Raises:
        Refused: as :func:`write_entry`.
    """
    _check_line(rules, entry, by)
    return _write(work, rules, entry, receipt, by, now)


def grant_year(
    store: Store, rules: Rulebook, branches: Iterable[str], year: int, what: str, *, by: Person, now: datetime
) -> list[Entry]:
    """Grant each of these branches the year's money, where it has no grant of that year yet.

    Raises:
        Refused: when one of the branches is not this person's, or the year is not the running one.
    """
    day = now.astimezone(rules.clock.zone).date()
    lines = [
        Entry(grid=grid, year=year, kind=EntryKind.GRANT, fen=YEARLY_GRANT, what=what, day=day)
        for grid in sorted(branches)
    ]
    for line in lines:
        _check_line(rules, line, by)
    with store.work() as work:
        return [
            _write(work, rules, line, None, by, now)
            for line in lines
            if not Book.of(_book(work, rules, line)).granted
        ]


def take_back(store: Store, rules: Rulebook, number: int, *, by: Person, now: datetime) -> Entry:
    """Take a line of a book back by another one.

    Raises:
        Refused: when the branch is not this person's, or the line cannot be taken back.
    """
    with store.work() as work:
        wrong = records.locked(work, Entry, number)
        _check_line(rules, wrong, by)
        today = now.astimezone(rules.clock.zone).date()
        line = Entry(
            grid=rules.structure.today(wrong.grid), year=wrong.year, kind=EntryKind.REVERSAL, fen=wrong.fen, what=wrong.what,
            day=min(today, date(wrong.year, 12, 31)), reverses=wrong.id,
        )  # fmt: skip
        return _write(work, rules, line, None, by, now)


def _check_line(rules: Rulebook, entry: Entry, by: Person) -> None:
    check_keeps(by, Entry.LIST, entry.grid, rules.structure)
    refuse_if(refusal_of_place(rules.structure.today(entry.grid), rules.structure))
    if entry.kind is EntryKind.GRANT and by.role is Role.COMPOUND:
        raise Refused(said("A branch grants nothing to itself: its community writes the grant down."))


def _write(
    work: Work, rules: Rulebook, entry: Entry, receipt: bytes | None, by: Person, now: datetime
) -> Entry:  # fmt: skip
    line = replace(entry, what=entry.what.strip()[:200], has_receipt=receipt is not None)
    # Two who spend the last of a fund queue here.
    work.records.alone(f"fund {entry.grid} {entry.year}")
    book = _book(work, rules, entry)
    refuse_if(refusal_of_entry(line, book, now.astimezone(rules.clock.zone).date()))
    kept = records.add(work, line, line.kind.value, by=by, now=now)
    if receipt is not None:
        work.records.keep_file(kept, RECEIPT, receipt)
    return kept


def _book(work: Work, rules: Rulebook, entry: Entry) -> list[Entry]:
    """The lines of a branch's year so far, also those of a branch that it followed when the grids were redrawn."""
    return work.records.those(Entry, grid=rules.structure.ever(entry.grid), year=entry.year)
