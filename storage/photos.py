"""Read the photos that lie beside the moves of a ticket."""

from __future__ import annotations

from sqlalchemy import Connection, select

from domain.tickets import Ticket
from storage.schema import photos, tickets
from storage.tickets import ticket_from


def photos_of(connection: Connection, ticket_id: int) -> dict[tuple[str, object], list[int]]:
    """The numbers of a ticket's photos, by the move and the moment they belong to."""
    found: dict[tuple[str, object], list[int]] = {}
    rows = connection.execute(
        select(photos.c.id, photos.c.move, photos.c.at)
        .where(photos.c.ticket_id == ticket_id)
        .order_by(photos.c.id)
    )
    for row in rows:
        found.setdefault((row.move, row.at), []).append(row.id)
    return found


def photo(connection: Connection, photo_id: int) -> tuple[Ticket, bytes] | None:
    """A photo with the ticket it belongs to."""
    row = connection.execute(
        select(tickets, photos.c.body)
        .join_from(photos, tickets, photos.c.ticket_id == tickets.c.id)
        .where(photos.c.id == photo_id)
    ).first()
    return (ticket_from(row), row.body) if row else None
