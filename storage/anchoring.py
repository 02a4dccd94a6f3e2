"""Keep the anchors of the log: what nothing can be written before any more, and the digests over it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import Connection, func, select, text
from sqlalchemy.dialects import postgresql, sqlite

from domain.anchors import Anchor, Head, anchored
from storage.database import Database
from storage.schema import anchors, events

A, E = anchors.c, events.c

PATIENCE = "2s"
"""How long an anchor waits for writers on PostgreSQL, while those who come after them wait for it."""


def add_anchor(database: Database, day: str, at: datetime) -> Anchor | None:
    """Anchor everything up to now; None where the day is anchored already, or nothing was ever written.

    Raises:
        Busy: when somebody wrote for too long; the same may be tried again.
    """
    with database.read() as connection:
        if is_anchored(connection, day):
            return None
    upto = end_of_log(database)
    if upto == 0:
        return None
    with database.read() as connection:
        last = next(iter(anchors_of(connection, newest=True)), None)
        before, first = (last.digest, last.upto) if last else ("", 0)
        new = anchored(day, at, upto, before, heads(connection, after=first, upto=upto))
    return new if _kept(database, new, before) else None


def end_of_log(database: Database) -> int:
    """The number of the newest event; no event with a lower one can appear any more."""
    with database.write() as connection:  # which on SQLite nobody else does meanwhile
        if not database.is_sqlite:
            # Numbers are given before they are seen: wait for whoever has one and has not committed.
            connection.execute(text(f"SET LOCAL lock_timeout = '{PATIENCE}'"))
            connection.execute(text("LOCK TABLE events IN SHARE MODE"))
        return connection.scalar(select(func.max(E.id))) or 0


def _kept(database: Database, new: Anchor, before: str) -> bool:
    """Keep an anchor, unless another process anchored meanwhile."""
    with database.write() as connection:
        if not database.is_sqlite:
            connection.execute(text("LOCK TABLE anchors IN SHARE ROW EXCLUSIVE MODE"))
        last = next(iter(anchors_of(connection, newest=True)), None)
        if (last.digest if last else "") != before:
            return False
        row = {"day": new.day, "at": new.at, "upto": new.upto, "events": new.events, "digest": new.digest}
        make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        kept = make(anchors).values(row).on_conflict_do_nothing().returning(A.id)
        return connection.execute(kept).first() is not None


def is_anchored(connection: Connection, day: str) -> bool:
    """Does this day have its anchor?"""
    return connection.execute(select(A.id).where(A.day == day)).first() is not None


def anchors_of(connection: Connection, *, newest: bool = False) -> list[Anchor]:
    """Every anchor as it was made, one after the other; or the newest alone."""
    order = select(A.day, A.at, A.upto, A.events, A.digest).order_by(A.id.desc() if newest else A.id)
    return [Anchor(*row) for row in connection.execute(order.limit(1) if newest else order)]


def heads(connection: Connection, *, after: int = 0, upto: int) -> Iterator[Head]:
    """The events of a stretch by their numbers, read a few thousand at a time."""
    wanted = select(E.id, E.stream, E.seq, E.hash).where(E.id > after, E.id <= upto).order_by(E.id)
    for row in connection.execute(wanted.execution_options(yield_per=5_000)):
        yield Head(*row)


def not_anchored(connection: Connection, after: int) -> tuple[int, int | None, datetime | None]:
    """How many events came after a number, and the number and moment of the first of them."""
    n = connection.scalar(select(func.count()).select_from(events).where(E.id > after)) or 0
    first = connection.execute(select(E.id, E.at).where(E.id > after).order_by(E.id).limit(1)).first()
    return (n, first.id, first.at) if first else (n, None, None)
