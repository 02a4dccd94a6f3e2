"""Keep groups, councils and the branch's fund."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from domain.frontline import records
from domain.frontline.organisation import Entry, EntryKind, Group, Seat, refusal_of_entry
from domain.frontline.records import Beside
from domain.frontline.rights import check_keeps
from domain.people import Person
from domain.rulebook import Rulebook
from domain.said import Refused, refuse_if, said
from domain.store import Store

RECEIPT = "receipt"
"""The name of an entry's picture."""


def keep_group(
    store: Store, rules: Rulebook, group: Group, centres: str, *, by: Person, now: datetime
) -> Group:  # fmt: skip
    """Write down a joint building group; ``centres`` names its member households' centres, one a line.

    Raises:
        Refused: when the grid is not this person's, or the group has no name.
    """
    check_keeps(by, Group.LIST, group.grid, rules.structure)
    if not group.name.strip():
        raise Refused(said("Please give it a name."))
    named = [line.strip() for line in centres.splitlines() if line.strip()]
    with store.work() as work:
        kept = replace(group, name=group.name.strip()[:60], centres=len(named))
        return records.add(
            work, kept, "listed", by=by, now=now, beside=Beside(words="\n".join(named)[:2_000])
        )


def take_seat(store: Store, rules: Rulebook, seat: Seat, *, by: Person, now: datetime) -> Seat:
    """Write down who holds a post in a compound's council.

    Raises:
        Refused: when the grid is not this person's, or post or holder is missing.
    """
    check_keeps(by, Seat.LIST, seat.grid, rules.structure)
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
        Refused: when the grid is not this person's.
    """
    with store.work() as work:
        seat = records.locked(work, Seat, number, version)
        check_keeps(by, Seat.LIST, seat.grid, rules.structure)
        return records.change(work, seat, "left", by=by, now=now, until=day)


def write_entry(
    store: Store, rules: Rulebook, entry: Entry, receipt: bytes | None, *, by: Person, now: datetime
) -> Entry:  # fmt: skip
    """Write a line into a branch's book, with the picture of its receipt.

    Raises:
        Refused: when the branch is not this person's, or the book would not be in order.
    """
    check_keeps(by, Entry.LIST, entry.grid, rules.structure)
    today = now.astimezone(rules.clock.zone).date()
    line = replace(entry, what=entry.what.strip()[:200], has_receipt=receipt is not None)
    with store.work() as work:
        # Two who spend the last of a fund queue here.
        work.records.alone(f"fund {entry.grid} {entry.year}")
        book = work.records.those(Entry, grid=entry.grid, year=entry.year)
        refuse_if(refusal_of_entry(line, book, today))
        kept = records.add(work, line, line.kind.value, by=by, now=now)
        if receipt is not None:
            work.records.keep_file(kept, RECEIPT, receipt)
        return kept


def take_back(store: Store, rules: Rulebook, number: int, *, by: Person, now: datetime) -> Entry:
    """Take a line of a book back by another one.

    Raises:
        Refused: when the branch is not this person's, or the line cannot be taken back.
    """
    with store.work() as work:
        wrong = records.locked(work, Entry, number)
    today = now.astimezone(rules.clock.zone).date()
    line = Entry(
        grid=wrong.grid, year=wrong.year, kind=EntryKind.REVERSAL, fen=wrong.fen, what=wrong.what,
        day=min(today, date(wrong.year, 12, 31)), reverses=wrong.id,
    )  # fmt: skip
    return write_entry(store, rules, line, None, by=by, now=now)
