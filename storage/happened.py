"""Count what happened in a stretch of time: tickets by what became of them, moves by their kind."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, select

from domain.meetings import Tier
from domain.tickets import State, Ticket
from storage.schema import events, meetings, sweeps, tickets
from storage.tickets import ticket_from


def became_of(connection: Connection, since: datetime) -> dict[State, int]:
    """The tickets opened since a moment, by their state now."""
    rows = connection.execute(
        select(tickets.c.state, func.count()).where(tickets.c.opened_at >= since).group_by(tickets.c.state)
    )
    return {State(state): n for state, n in rows}


def kinds_of_events(connection: Connection, since: datetime, first: int) -> dict[str, int]:
    """The events of tickets since a moment, by their kind; only those that were written after event ``first``."""
    rows = connection.execute(
        select(events.c.kind, func.count())
        .where(events.c.id > first, events.c.at >= since, events.c.stream.startswith("t:"))
        .group_by(events.c.kind)
    )
    return {row[0]: row[1] for row in rows}


def last_event(connection: Connection) -> tuple[int, datetime | None]:
    """The number of the newest event, and the latest moment of any."""
    row = connection.execute(select(func.max(events.c.id), func.max(events.c.at))).one()
    return row[0] or 0, row[1]


def last_sweep(connection: Connection) -> datetime | None:
    """When the clock last did anything."""
    at: datetime | None = connection.scalar(select(func.max(sweeps.c.at)))
    return at


def open_live_tickets(connection: Connection) -> list[Ticket]:
    """Every open ticket that is worked on, by its id."""
    rows = connection.execute(select(tickets).where(tickets.c.open, tickets.c.live).order_by(tickets.c.id))
    return [ticket_from(row) for row in rows]


def meetings_held(connection: Connection, tier: Tier, since: datetime, until: datetime) -> int:
    """How many meetings of a tier were held in a stretch."""
    held = (meetings.c.tier == tier.value, meetings.c.held_at >= since, meetings.c.held_at < until)
    return connection.scalar(select(func.count()).select_from(meetings).where(*held)) or 0
