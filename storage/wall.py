"""Read what a wall shows beside the counts: how many tickets are where in their life, and which wait longest."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, literal, select

from domain.tickets import State, Ticket
from storage.counts import Area
from storage.schema import tickets
from storage.tickets import ticket_from


def open_by_state(connection: Connection, area: Area) -> dict[State, int]:
    """The open tickets of an area, by state."""
    rows = connection.execute(
        select(tickets.c.state, func.count())
        .where(tickets.c.open, area.condition())
        .group_by(tickets.c.state)
    )
    return {State(state): count for state, count in rows}


def longest_overdue(connection: Connection, area: Area, now: datetime, limit: int) -> list[Ticket]:
    """The open tickets of an area whose deadline passed longest ago."""
    moment = literal(now, tickets.c.due_at.type)
    rows = connection.execute(
        select(tickets)
        .where(tickets.c.open, tickets.c.due_at < moment, area.condition())
        .order_by(tickets.c.due_at, tickets.c.id)
        .limit(limit)
    )
    return [ticket_from(row) for row in rows]
