"""List tickets for a desk; read one with its words and its story."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, literal, or_, select, true

from domain.events import Event
from domain.tickets import NOT_DONE, State, Ticket, Words, without_commands
from storage.counts import Area
from storage.erasing import erased_among
from storage.event_rows import event_from
from storage.schema import events, notes, ticket_words, tickets
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


def _matching(statement: Select[Any], area: Area, wanted: Wanted, now: datetime) -> Select[Any]:
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
    if wanted.text:
        statement = statement.where(_says(wanted.text, wanted.in_words))
    return statement


def _says(text: str, in_words: bool) -> ColumnElement[bool]:
    """Is a text – not a pattern – in a ticket's number, or in its address and its words?"""
    number = tickets.c.no.icontains(text, autoescape=True)
    if not in_words:
        return number
    told = (
        select(ticket_words.c.ticket_id)
        .where(
            ticket_words.c.ticket_id == tickets.c.id,
            ticket_words.c.description.icontains(text, autoescape=True),
        )
        .exists()
    )
    return or_(number, tickets.c.address.icontains(text, autoescape=True), told)


def list_tickets(connection: Connection, area: Area, wanted: Wanted, now: datetime) -> list[Ticket]:
    """Tickets of an area: the most pressing deadline first while open, the newest first when ended."""
    mine = tickets.c.holder == wanted.first
    order = [
        mine.desc(),
        tickets.c.open.desc(),
        tickets.c.due_at.is_(None),
        tickets.c.due_at,
        tickets.c.id.desc(),
    ]
    if wanted.only == "ended":
        order = [tickets.c.closed_at.desc(), tickets.c.id.desc()]
    statement = _matching(select(tickets), area, wanted, now).order_by(*order)
    rows = connection.execute(statement.limit(wanted.limit).offset(wanted.offset))
    return [ticket_from(row) for row in rows]


COUNTED = 1_000
"""Tickets found by a text are counted up to here: nobody turns so many pages."""


def count_tickets(connection: Connection, area: Area, wanted: Wanted, now: datetime) -> int:
    """How many tickets of an area are wanted; of those found by a text, up to ``COUNTED``."""
    if wanted.text:
        some = _matching(select(tickets.c.id), area, wanted, now).limit(COUNTED).subquery()
        return connection.scalar(select(func.count()).select_from(some)) or 0
    return connection.scalar(_matching(select(func.count()).select_from(tickets), area, wanted, now)) or 0


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
