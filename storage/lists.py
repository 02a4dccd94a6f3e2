"""List tickets for a desk; read one with its words and its story."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    Connection,
    Integer,
    Select,
    bindparam,
    func,
    select,
)

from domain.events import Event
from domain.tickets import NOT_DONE, Ticket, Words, without_commands
from storage.by_text import Stopped, look
from storage.counts import Area, Form
from storage.erasing import erased_among
from storage.event_rows import event_from
from storage.schema import events, notes, ticket_words, tickets
from storage.tickets import ticket_from
from storage.wanted import Wanted, in_order, is_nobody, matching, ways

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
"""In the place of a moment that is told later."""

LONGEST_NO = 64
"""Characters of a ticket's number."""


@dataclass(frozen=True, slots=True)
class Found:
    """A page of tickets; ``total`` is None where nobody counted, and ``more`` whether there may be more than it says."""

    tickets: list[Ticket]
    total: int | None
    more: bool = False
    stopped: Stopped | None = None


def list_tickets(connection: Connection, area: Area, wanted: Wanted, now: datetime) -> list[Ticket]:
    """Tickets of an area: the most pressing deadline first while open, the newest first when ended."""
    return find_tickets(connection, area, wanted, now).tickets


def find_tickets(connection: Connection, area: Area, wanted: Wanted, now: datetime) -> Found:
    """A page of the tickets of an area, in their order, and how far it was looked for a text."""
    if is_nobody(wanted):
        return Found([], 0)
    if wanted.text:
        met = look(connection, area, wanted, now)
        shown = met.ids[wanted.offset : wanted.offset + wanted.limit]
        return Found(_in_this_order(connection, shown), len(met.ids), met.more, met.stopped)
    found: list[int] = []
    skip, stretches = wanted.offset, ways(wanted)
    for n, way in enumerate(stretches):
        lacking = wanted.limit - len(found)
        if len(area.codes) > 1:
            asked = in_order(area, wanted, now, way, skip + lacking).offset(skip).limit(lacking)
            found += connection.scalars(asked)
        else:
            form = Wanted(wanted.state, wanted.only, wanted.category and ANY, first=wanted.first and ANY)
            values = {"now": now, "category": wanted.category, "first": wanted.first}
            values |= area.values | {"skip": skip, "lacking": lacking}
            found += connection.scalars(_page_asked(area.form, form, n), values)
        if len(found) == wanted.limit:
            break
        if n + 1 < len(stretches) and skip:
            here = matching(select(func.count()).select_from(tickets), area, wanted, now).where(way.which)
            skip = max(0, skip - (connection.scalar(here) or 0))
    return Found(_in_this_order(connection, found), None)


ANY = "?"
"""Stands for a value in the form of what is wanted."""


@cache
def _page_asked(form: Form, wanted: Wanted, n: int) -> Select[Any]:
    """The ids of a page of one stretch, made once for each form: putting it together takes longer than an answer."""
    way = ways(wanted)[n]
    part = matching(select(tickets.c.id), form.area, wanted, BEGINNING).where(way.which)
    ordered = way.ordered(part, way.moment, tickets.c.id)
    return ordered.offset(bindparam("skip", type_=Integer)).limit(bindparam("lacking", type_=Integer))


def _in_this_order(connection: Connection, ids: Sequence[int]) -> list[Ticket]:
    by_id = {ticket.id: ticket for ticket in tickets_with(connection, list(ids))} if ids else {}
    return [by_id[n] for n in ids if n in by_id]


COUNTED, COUNTED_OF_CATEGORY = 1_000, 100
"""Tickets that ended are counted in steps of so many, beyond the page that is shown: whoever turns on sees further. Those of a
category lie among many others."""


def most_counted(wanted: Wanted) -> int | None:
    """Up to how many tickets are counted; None where all are."""
    if wanted.only not in ("ended", "all"):
        return None
    step = COUNTED_OF_CATEGORY if wanted.category else COUNTED
    return ((wanted.offset + wanted.limit) // step + 1) * step


def count_tickets(connection: Connection, area: Area, wanted: Wanted, now: datetime) -> int:
    """How many tickets of an area are wanted; of those that ended, or that a text finds, no more than are counted."""
    if is_nobody(wanted):
        return 0
    if wanted.text:
        return find_tickets(connection, area, wanted, now).total or 0
    most = most_counted(wanted)
    if most is None:
        return connection.scalar(matching(select(func.count()).select_from(tickets), area, wanted, now)) or 0
    # In the order of an index, so that the first of it are read and no other.
    found = 0
    for way in ways(replace(wanted, first="")):
        some = in_order(area, wanted, now, way, most).subquery()
        found += connection.scalar(select(func.count()).select_from(some)) or 0
    return min(found, most)


def one_ticket(connection: Connection, *, no: str) -> Ticket | None:
    """The ticket with this number; None also for what cannot be one, which PostgreSQL would not even look for."""
    if len(no) > LONGEST_NO or without_commands(no) != no:
        return None
    row = connection.execute(select(tickets).where(tickets.c.no == no)).first()
    return ticket_from(row) if row else None


NEWEST = 5_000
"""So many tickets tell which categories are common just now."""


def commonest_categories(connection: Connection, area: Area, since: datetime) -> list[str]:
    """The categories of an area's newest tickets raised since a moment, the commonest first."""
    newest = (
        select(tickets.c.category)
        .where(area.condition(), tickets.c.opened_at >= since)
        .order_by(tickets.c.opened_at.desc())
        .limit(NEWEST)
        .subquery()
    )
    common = (
        select(newest.c.category).group_by(newest.c.category).order_by(func.count().desc(), newest.c.category)
    )
    return list(connection.scalars(common))


WORDS = select(ticket_words).where(ticket_words.c.ticket_id.in_(bindparam("ids", expanding=True)))


def words_of(connection: Connection, ticket_ids: list[int]) -> dict[int, Words]:
    """What people said about these tickets; of one that was imported, nobody said anything."""
    rows = connection.execute(WORDS, {"ids": ticket_ids})
    words = dict.fromkeys(ticket_ids, Words()) | {
        row.ticket_id: Words(row.description, row.reporter, row.phone) for row in rows
    }
    nameless = [n for n, said_of in words.items() if not (said_of.reporter or said_of.phone)]
    erased = erased_among(connection, nameless)
    return words | {n: replace(words[n], erased=True) for n in erased}


BY_IDS = select(tickets).where(tickets.c.id.in_(bindparam("ids", expanding=True)))


def tickets_with(connection: Connection, ids: list[int]) -> list[Ticket]:
    """The tickets with these ids."""
    return [ticket_from(row) for row in connection.execute(BY_IDS, {"ids": ids})]


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


PARTS = (
    select(tickets.c.parent_id, func.count())
    .where(
        tickets.c.parent_id.in_(bindparam("ids", expanding=True)),
        tickets.c.state.in_([s.value for s in NOT_DONE]),
    )
    .group_by(tickets.c.parent_id)
)


def parts_not_done(connection: Connection, ticket_ids: list[int]) -> dict[int, int]:
    """How many assisting departments of each ticket have not reported their part as done."""
    return {row[0]: row[1] for row in connection.execute(PARTS, {"ids": ticket_ids})}


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
