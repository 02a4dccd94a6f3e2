"""Erase what residents said and what was written about them; find what has been kept long enough."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, String, bindparam, cast, delete, exists, func, literal, or_, select, update
from sqlalchemy.sql import ColumnElement

from domain.events import ticket_stream
from storage.schema import events, list_words, notes, photos, report_links, ticket_words, tickets
from storage.search import forget

T, W, E, N, P, L = tickets.c, ticket_words.c, events.c, notes.c, photos.c, list_words.c


def erase_reporter(connection: Connection, ticket_id: int) -> int:
    """Erase who reported a ticket, and the link by which they follow it; how many things that were."""
    named = (W.ticket_id == ticket_id, or_(W.reporter != "", W.phone != ""))
    erased = connection.execute(update(ticket_words).where(*named).values(reporter="", phone="")).rowcount
    links = report_links.c.ticket_id == ticket_id
    return erased + connection.execute(delete(report_links).where(links)).rowcount


def erase_everything(connection: Connection, ticket_id: int) -> int:
    """Erase also the description, every note beside the log, and the photos; how many things that were.

    The pairs by which the description and the address are found go too: whoever erases these erases the address.
    """
    forget(connection, ticket_id, _texts(connection, ticket_id))
    described = (W.ticket_id == ticket_id, W.description != "")
    of_ticket = select(E.id).where(E.stream == ticket_stream(ticket_id))
    return (
        erase_reporter(connection, ticket_id)
        + connection.execute(update(ticket_words).where(*described).values(description="")).rowcount
        + connection.execute(delete(notes).where(N.event_id.in_(of_ticket))).rowcount
        + connection.execute(delete(photos).where(P.ticket_id == ticket_id)).rowcount
    )


def _texts(connection: Connection, ticket_id: int) -> list[str]:
    """What can be found of a ticket's words."""
    described = connection.scalars(select(W.description).where(W.ticket_id == ticket_id))
    return [*described, *connection.scalars(select(T.address).where(T.id == ticket_id))]


def holds_words(before: datetime) -> tuple[ColumnElement[bool], ...]:
    """Tickets that ended before a moment and still hold something of people."""
    said_of = exists(
        select(W.ticket_id).where(
            W.ticket_id == T.id, or_(W.description != "", W.reporter != "", W.phone != "")
        )
    )
    pictured = exists(select(P.id).where(P.ticket_id == T.id))
    stream = literal("t:") + cast(T.id, String)
    noted = exists(select(N.event_id).join_from(events, notes, N.event_id == E.id).where(E.stream == stream))
    return T.open.is_(False), T.closed_at < before, or_(T.address != "", said_of, pictured, noted)


def count_ended_with_words(connection: Connection, before: datetime) -> int:
    """How many tickets that ended before a moment still hold something of people."""
    return connection.scalar(select(func.count()).select_from(tickets).where(*holds_words(before))) or 0


ERASED = (
    select(E.stream).where(E.stream.in_(bindparam("streams", expanding=True)), E.kind == "erased").distinct()
)


def erased_among(connection: Connection, ids: Collection[int]) -> set[int]:
    """The tickets of which somebody erased something."""
    if not ids:
        return set()
    streams = {ticket_stream(n): n for n in ids}
    return {streams[stream] for stream in connection.scalars(ERASED, {"streams": list(streams)})}
