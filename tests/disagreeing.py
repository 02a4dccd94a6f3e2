"""Tell where a ticket's row and its log disagree: a plain second telling of what ``redgrid verify`` checks."""

from __future__ import annotations

import json
from collections.abc import Iterator

from sqlalchemy import Connection, and_, func, select

from domain.events import ticket_stream
from domain.tickets import ENDED, State
from storage.schema import events, tickets


def disagreements(connection: Connection) -> Iterator[str]:
    """The numbers of tickets whose row does not say what their last event says."""
    newest = (
        select(events.c.stream, func.max(events.c.seq).label("seq"), func.count().label("n"))
        .where(events.c.stream.startswith("t:"))
        .group_by(events.c.stream)
        .subquery()
    )
    last = {
        row.stream: (row.seq, row.n, json.loads(row.facts))
        for row in connection.execute(
            select(newest, events.c.facts).join(
                events, and_(events.c.stream == newest.c.stream, events.c.seq == newest.c.seq)
            )
        )
    }
    rows = connection.execute(
        select(tickets.c.id, tickets.c.no, tickets.c.state, tickets.c.holder, tickets.c.open)
    )
    for row in rows:
        seq, n, facts = last.get(ticket_stream(row.id), (0, 0, {}))
        told = (row.state, row.holder) == (facts.get("state"), facts.get("holder"))
        if not n or n != seq or not told or row.open != (State(row.state) not in ENDED):
            yield row.no
