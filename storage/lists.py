"""List tickets for a desk; read one with its words and its story."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, literal, select, true

from domain.events import Event
from domain.tickets import ENDED, NOT_DONE, State, Ticket, Words, without_commands
from storage.counts import Area
from storage.erasing import erased_among
from storage.event_rows import event_from
from storage.schema import events, notes, ticket_words, tickets
from storage.search import Sought, is_among
from storage.tickets import ticket_from

LONGEST_NO = 64
"""Characters of a ticket's number."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which of an area's tickets to list; those that ``first`` holds come before the others.

    ``text`` is looked for in numbers, and ``in_words`` also in addresses and in what people wrote; never in who they
    are.
    """

    state: State | None = None
    only: str = "open"
    category: str = ""
    text: str = ""
    in_words: bool = False
    first: str = ""
    limit: int = 20
    offset: int = 0
    effort: int = 1
    """How many times as far as usual to look for a common text."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """A search went through so many tickets of its list and not on; the last one had ended then, where they have."""

    after: int
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Found:
    """A page of tickets; ``total`` is None where nobody counted, and ``more`` whether there may be more than it says."""

    tickets: list[Ticket]
    total: int | None
    more: bool = False
    stopped: Stopped | None = None


def _matching(statement: Select[Any], area: Area, wanted: Wanted, now: datetime) -> Select[Any]:
    """Narrowed to what is wanted, but for the text."""
    moment = literal(now, tickets.c.due_at.type)
    only: Mapping[str, ColumnElement[bool]] = {
        "open": and_(tickets.c.open),
        "overdue": and_(tickets.c.open, tickets.c.due_at < moment),
        "due_soon": and_(tickets.c.open, tickets.c.due_at >= moment, tickets.c.warn_at <= moment),
        "ended": tickets.c.open.is_(False),
        "all": true(),
    }
    statement = statement.where(area.condition(), only[wanted.only])
    if wanted.state:
        statement = statement.where(tickets.c.state == wanted.state.value)
    if wanted.category:
        statement = statement.where(tickets.c.category == wanted.category)
    return statement


def _is_nobody(wanted: Wanted) -> bool:
    """Can no ticket be like this? A state that ends is none of an open ticket: nothing need be read to know."""
    if wanted.state is None or wanted.only == "all":
        return False
    return (wanted.state in ENDED) is not (wanted.only == "ended")


Way = tuple[ColumnElement[bool], Sequence[ColumnElement[Any]]]
"""A stretch of a list: what is in it, and its order."""


def _ways(wanted: Wanted) -> list[Way]:
    """The stretches of a list one after another, each narrowed and ordered as an index has it.

    The most pressing deadline first while open, one's own before all others; the newest first when ended.
    """
    t = tickets.c
    pressing, latest = [t.due_at.nulls_last(), t.id.desc()], [t.closed_at.desc(), t.id.desc()]
    ended: Way = (t.open.is_(False), latest)
    own: Way = (and_(t.open, t.holder == wanted.first), pressing)
    others: Way = (and_(t.open, t.holder != wanted.first), pressing)
    if wanted.only == "ended":
        return [ended]
    return [
        *([own, others] if wanted.first else [(and_(t.open), pressing)]),
        *([ended] if wanted.only == "all" else []),
    ]


def list_tickets(connection: Connection, area: Area, wanted: Wanted, now: datetime) -> list[Ticket]:
    """Tickets of an area: the most pressing deadline first while open, the newest first when ended."""
    return find_tickets(connection, area, wanted, now).tickets


def find_tickets(connection: Connection, area: Area, wanted: Wanted, now: datetime) -> Found:
    """A page of the tickets of an area, in their order, and how far it was looked for a text."""
    if _is_nobody(wanted):
        return Found([], 0)
    if wanted.text:
        return _with_text(connection, area, wanted, now)
    found: list[Ticket] = []
    skip = wanted.offset
    for n, (way, order) in enumerate(ways := _ways(wanted)):
        statement = _matching(select(tickets), area, wanted, now).where(way).order_by(*order)
        rows = connection.execute(statement.limit(wanted.limit - len(found)).offset(skip)).all()
        found += [ticket_from(row) for row in rows]
        if len(found) == wanted.limit:
            break
        if n + 1 < len(ways) and skip:
            here = _matching(select(func.count()).select_from(tickets), area, wanted, now).where(way)
            skip = max(0, skip - (connection.scalar(here) or 0))
    return Found(found, None)


COUNTED = 1_000
"""Tickets that ended, or that a text finds, are counted up to here: nobody turns so many pages."""


def count_tickets(connection: Connection, area: Area, wanted: Wanted, now: datetime) -> int:
    """How many tickets of an area are wanted; of those that ended or are found by a text, up to ``COUNTED``."""
    if _is_nobody(wanted):
        return 0
    if wanted.text:
        return find_tickets(connection, area, wanted, now).total or 0
    if wanted.only in ("ended", "all"):
        some = _matching(select(tickets.c.id), area, wanted, now)
        if wanted.only == "ended":
            # In the list's own order, so that the first thousand of its index are read and no other.
            some = some.order_by(tickets.c.closed_at.desc())
        return connection.scalar(select(func.count()).select_from(some.limit(COUNTED).subquery())) or 0
    return connection.scalar(_matching(select(func.count()).select_from(tickets), area, wanted, now)) or 0


# --- with a text -----------------------------------------------------------------------------------------------

FEW = 2_000
"""A text that so many tickets may say leads to them; a commoner one is met soon in the list's own order."""

LOOKED_THROUGH = 20_000
"""Tickets of a list that are looked through for a common text, before it is said how far that went."""

AT_ONCE = 1_000


def _with_text(connection: Connection, area: Area, wanted: Wanted, now: datetime) -> Found:
    sought = Sought(connection, wanted.text, wanted.in_words)
    few = sought.few(FEW)
    if few is not None:
        return _of_few(connection, sought, few, area, wanted, now)
    return _by_walking(connection, sought, area, wanted, now)


def _of_few(
    connection: Connection, sought: Sought, few: list[int], area: Area, wanted: Wanted, now: datetime
) -> Found:
    """All that say it, in order: what may say it is little."""
    here = is_among(connection, tickets.c.id, few)
    listed: list[int] = []
    for way, order in _ways(wanted) if few else ():
        statement = _matching(select(tickets.c.id), area, wanted, now).where(here, way).order_by(*order)
        listed += connection.scalars(statement)
    say_it = sought.said(listed)
    return _page(connection, say_it, wanted, total=len(say_it))


def _by_walking(connection: Connection, sought: Sought, area: Area, wanted: Wanted, now: datetime) -> Found:
    """Those that say it, met along the list until the page is full and one more is known, or until it gets too far."""
    enough = wanted.offset + wanted.limit + 1
    left = LOOKED_THROUGH * wanted.effort
    found: list[int] = []
    for way, order in _ways(wanted):
        walked = select(tickets.c.id, tickets.c.closed_at if wanted.only == "ended" else tickets.c.due_at)
        statement = _matching(walked, area, wanted, now).where(way).order_by(*order).limit(left + 1)
        result = connection.execute(statement, execution_options={"yield_per": AT_ONCE})
        for rows in result.partitions():
            found += sought.said(sought.may_say([row[0] for row in rows[:left]]))
            left -= len(rows)
            if len(found) >= enough or left < 0:
                result.close()
                break
        if len(found) >= enough:
            return _page(connection, found, wanted, total=min(len(found), COUNTED), more=True)
        if left < 0:
            last = rows[-1]
            return _page(
                connection,
                found,
                wanted,
                total=len(found),
                more=True,
                stopped=Stopped(LOOKED_THROUGH * wanted.effort, last[1] if wanted.only == "ended" else None),
            )
    return _page(connection, found, wanted, total=len(found))


def _page(
    connection: Connection,
    ids: Sequence[int],
    wanted: Wanted,
    *,
    total: int,
    more: bool = False,
    stopped: Stopped | None = None,
) -> Found:
    shown = ids[wanted.offset : wanted.offset + wanted.limit]
    by_id = {ticket.id: ticket for ticket in tickets_with(connection, list(shown))}
    return Found([by_id[n] for n in shown if n in by_id], total, more, stopped)


def one_ticket(connection: Connection, *, no: str) -> Ticket | None:
    """The ticket with this number; None also for what cannot be one, which PostgreSQL would not even look for."""
    if len(no) > LONGEST_NO or without_commands(no) != no:
        return None
    row = connection.execute(select(tickets).where(tickets.c.no == no)).first()
    return ticket_from(row) if row else None


def commonest_categories(connection: Connection, area: Area, since: datetime) -> list[str]:
    """The categories of an area's tickets raised since a moment, the commonest first."""
    rows = connection.scalars(
        select(tickets.c.category)
        .where(area.condition(), tickets.c.opened_at >= since)
        .group_by(tickets.c.category)
        .order_by(func.count().desc(), tickets.c.category)
    )
    return list(rows)


def words_of(connection: Connection, ticket_ids: list[int]) -> dict[int, Words]:
    """What people said about these tickets."""
    rows = connection.execute(select(ticket_words).where(ticket_words.c.ticket_id.in_(ticket_ids)))
    words = {row.ticket_id: Words(row.description, row.reporter, row.phone) for row in rows}
    nameless = [n for n, said_of in words.items() if not (said_of.reporter or said_of.phone)]
    erased = erased_among(connection, nameless)
    return words | {n: replace(words[n], erased=True) for n in erased}


def tickets_with(connection: Connection, ids: list[int]) -> list[Ticket]:
    """The tickets with these ids."""
    return [ticket_from(row) for row in connection.execute(select(tickets).where(tickets.c.id.in_(ids)))]


def open_of_category(connection: Connection, category: str, since: datetime) -> list[Ticket]:
    """Open tickets of a category raised since a moment that are worked on in their own right, oldest first."""
    rows = connection.execute(
        select(tickets)
        .where(
            tickets.c.open, tickets.c.category == category, tickets.c.opened_at >= since,
            tickets.c.live, tickets.c.parent_id.is_(None),
        )
        .order_by(tickets.c.id)
    )  # fmt: skip
    return [ticket_from(row) for row in rows]


def parts_of(connection: Connection, ticket_id: int) -> list[Ticket]:
    """The parts of assisting departments."""
    rows = connection.execute(select(tickets).where(tickets.c.parent_id == ticket_id).order_by(tickets.c.id))
    return [ticket_from(row) for row in rows]


def merged_into(connection: Connection, ticket_id: int) -> list[Ticket]:
    """The duplicates of a ticket."""
    rows = connection.execute(
        select(tickets).where(tickets.c.duplicate_of == ticket_id).order_by(tickets.c.id)
    )
    return [ticket_from(row) for row in rows]


def parts_not_done(connection: Connection, ticket_ids: list[int]) -> dict[int, int]:
    """How many assisting departments of each ticket have not reported their part as done."""
    rows = connection.execute(
        select(tickets.c.parent_id, func.count())
        .where(tickets.c.parent_id.in_(ticket_ids), tickets.c.state.in_([s.value for s in NOT_DONE]))
        .group_by(tickets.c.parent_id)
    )
    return {row[0]: row[1] for row in rows}


def events_of(connection: Connection, stream: str) -> list[tuple[Event, str | None]]:
    """A stream's events in order, each with its note's text where one lies beside it."""
    rows = connection.execute(
        select(events, notes.c.text.label("note"))
        .outerjoin(notes, notes.c.event_id == events.c.id)
        .where(events.c.stream == stream)
        .order_by(events.c.seq)
    )
    return [(event_from(row), row.note) for row in rows]


def all_events(connection: Connection) -> Iterator[Event]:
    """Every event of every stream, stream by stream in order."""
    result = connection.execution_options(yield_per=5_000).execute(
        select(events).order_by(events.c.stream, events.c.seq)
    )
    for row in result:
        yield event_from(row)
