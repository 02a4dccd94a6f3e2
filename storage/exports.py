"""Rows for other programs: tickets, the ledger of meetings, the log. What people said comes only with words."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, String, cast, exists, literal, select

from storage.schema import events, meeting_matters, meetings, ticket_words, tickets

Row = tuple[object, ...]

TICKETS = (
    "no", "state", "holder", "level1", "level2", "level3", "lng", "lat", "category", "urgent", "source", "address",
    "opened_at", "due_at", "handled_at", "closed_at", "on_time", "satisfied", "outcome", "lead", "cycle", "rework", "live",
)  # fmt: skip
WORDS = ("description", "reporter", "phone", "erased")
"""What a ticket holds of people, beside its address."""

LEDGER = ("id", "tier", "unit", "held_at", "meeting", "matter", "from_matter", "outcome", "settled_at")
LOG = ("stream", "seq", "at", "kind", "by", "facts", "previous", "hash")


def ticket_rows(connection: Connection) -> Iterator[Row]:
    """Every ticket, oldest first."""
    for row in connection.execute(select(*(tickets.c[name] for name in TICKETS)).order_by(tickets.c.id)):
        yield tuple(row)


def ticket_rows_with_words(connection: Connection) -> Iterator[Row]:
    """Every ticket with what people said about it, and whether something of that was erased."""
    erased = exists(
        select(events.c.id).where(
            events.c.stream == literal("t:") + cast(tickets.c.id, String), events.c.kind == "erased"
        )
    )
    w = ticket_words.c
    columns = [
        *(tickets.c[name] for name in TICKETS),
        w.description,
        w.reporter,
        w.phone,
        erased.label("erased"),
    ]
    wanted = select(*columns).outerjoin_from(tickets, ticket_words, w.ticket_id == tickets.c.id)
    for row in connection.execute(wanted.order_by(tickets.c.id)):
        yield (*row[:-1], bool(row[-1]))


def ledger_rows(connection: Connection) -> Iterator[Row]:
    """Every matter that a meeting discussed, by meeting."""
    m, x = meetings.c, meeting_matters.c
    found = connection.execute(
        select(x.id, m.tier, m.unit, m.held_at, m.title, x.title, x.from_matter, x.outcome, x.settled_at)
        .join_from(meeting_matters, meetings, x.meeting_id == m.id)
        .order_by(m.held_at, x.id)
    )
    for row in found:
        yield tuple(row)


def log_rows(connection: Connection) -> Iterator[Row]:
    """Every event as it is chained."""
    for row in connection.execute(select(*(events.c[name] for name in LOG)).order_by(events.c.id)):
        yield tuple(row)
