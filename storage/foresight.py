"""Read what a redraw is measured by: where the tickets of a year were raised, and which are open.

Points and flags alone: nothing that anybody said leaves the store here.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, case, literal, or_, select

from domain.grids import Located
from domain.place import LngLat
from domain.tickets import Source, State, Ticket
from storage.schema import tickets

AT_ONCE = 50_000
"""Rows fetched at a time: a year may hold a million."""


def raised_since(
    connection: Connection, since: datetime, now: datetime
) -> Iterator[list[tuple[float | None, float | None, int]]]:
    """Longitude, latitude and whether it was handled late or is overdue now, of every ticket raised since a moment.

    The parts of assisting departments are none of their own. Read by the index of the moment, in stretches.
    """
    late = or_(
        tickets.c.on_time.is_(False),
        and_(tickets.c.open, tickets.c.due_at < literal(now, tickets.c.due_at.type)),
    )
    statement = select(tickets.c.lng, tickets.c.lat, case((late, 1), else_=0)).where(
        tickets.c.opened_at >= since, tickets.c.parent_id.is_(None)
    )
    found = connection.execution_options(yield_per=AT_ONCE).execute(statement)
    for rows in found.partitions():
        yield [(lng, lat, flag) for lng, lat, flag in rows]


FACTS = (
    "id",
    "no",
    "state",
    "holder",
    "category",
    "source",
    "opened_at",
    "stage_since",
    "version",
    "raised_in",
)
PLACE = ("level1", "level2", "level3", "lng", "lat")
"""What of an open ticket leaves the store."""


def open_tickets(connection: Connection) -> list[Ticket]:
    """Every open ticket by number, its facts alone: not even its address, which somebody typed."""
    columns = [tickets.c[name] for name in (*FACTS, *PLACE)]
    rows = connection.execute(select(*columns).where(tickets.c.open).order_by(tickets.c.no))
    return [_open_ticket(row) for row in rows]


def _open_ticket(row: Row[Any]) -> Ticket:
    return Ticket(
        id=row.id, no=row.no, state=State(row.state), holder=row.holder, category=row.category,
        source=Source(row.source), opened_at=row.opened_at, stage_since=row.stage_since, version=row.version,
        raised_in=row.raised_in, located=Located(row.level1, row.level2, row.level3),
        point=None if row.lng is None or row.lat is None else LngLat(row.lng, row.lat),
    )  # fmt: skip
