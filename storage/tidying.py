"""Count and remove what is kept no longer: what was told, what sweeps did, days looked back upon, residents' links.

Nothing that a ticket's story, a figure or the log rests on is here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, Table, delete, func, select

from storage.schema import inbox, report_links, snapshot_loads, snapshots, sweeps, tickets


@dataclass(frozen=True, slots=True)
class Old:
    """Before when something is old: as a moment, and as a day of the city."""

    moment: datetime
    day: date


@dataclass(frozen=True, slots=True)
class Kind:
    """Rows of a table that may be removed when they are old."""

    table: Table
    is_old: Callable[[Old], ColumnElement[bool]]
    with_them: tuple[tuple[Table, str], ...] = ()
    """What hangs on them by a column, and goes first."""


def _of_ended(old: Old) -> ColumnElement[bool]:
    ended = select(tickets.c.id).where(tickets.c.open.is_(False), tickets.c.closed_at < old.moment)
    return report_links.c.ticket_id.in_(ended)


KINDS: Mapping[str, Kind] = {
    "inbox": Kind(inbox, lambda old: inbox.c.at < old.moment),
    "sweeps": Kind(sweeps, lambda old: sweeps.c.at < old.moment),
    "snapshots": Kind(
        snapshots, lambda old: snapshots.c.day < old.day.isoformat(), ((snapshot_loads, "day"),)
    ),
    "report_links": Kind(report_links, _of_ended),
}


def count_old(connection: Connection, kind: str, old: Old) -> int:
    """How many rows of a kind are old."""
    asked = KINDS[kind]
    counted = select(func.count()).select_from(asked.table).where(asked.is_old(old))
    return connection.scalar(counted) or 0


def remove_old(connection: Connection, kind: str, old: Old, at_once: int) -> int:
    """Remove at most so many old rows of a kind, and what hangs on them; how many it were."""
    asked = KINDS[kind]
    (key,) = asked.table.primary_key.columns
    keys = connection.scalars(select(key).where(asked.is_old(old)).order_by(key).limit(at_once)).all()
    for hanging, column in asked.with_them:
        connection.execute(delete(hanging).where(hanging.c[column].in_(keys)))
    connection.execute(delete(asked.table).where(key.in_(keys)))
    return len(keys)
