"""Read what the public was asked about a ticket, and what it answered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from domain.store import AskedRating
from domain.tickets import Ticket
from storage.schema import ratings, tickets
from storage.tickets import asked_from, ticket_from


@dataclass(frozen=True, slots=True)
class Rating:
    """One cycle's question and its answer. ``channel`` is ``link`` or ``phone``; None while nobody answered."""

    cycle: int
    asked_at: datetime
    until: datetime
    grade: int | None
    channel: str | None
    rated_at: datetime | None


def ratings_of(connection: Connection, ticket_id: int) -> list[Rating]:
    """Every rating that was asked for a ticket, oldest first. Holds no link."""
    rows = connection.execute(
        select(ratings).where(ratings.c.ticket_id == ticket_id).order_by(ratings.c.cycle)
    )
    return [Rating(r.cycle, r.asked_at, r.until_at, r.grade, r.channel, r.rated_at) for r in rows]


def asked_of(connection: Connection, ticket_id: int, cycle: int) -> AskedRating | None:
    """What the public is asked about one cycle of a ticket, with its link's token."""
    row = connection.execute(
        select(ratings).where(ratings.c.ticket_id == ticket_id, ratings.c.cycle == cycle)
    ).first()
    return asked_from(row) if row else None


def behind_link(connection: Connection, token: str) -> tuple[AskedRating, Ticket] | None:
    """What a link asks, and the ticket as it is now; None where nobody gave out such a link."""
    asked = connection.execute(select(ratings).where(ratings.c.token == token)).first()
    if asked is None:
        return None
    row = connection.execute(select(tickets).where(tickets.c.id == asked.ticket_id)).one()
    return asked_from(asked), ticket_from(row)
