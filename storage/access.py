"""Keep who came, was refused, or took data away: one chained stream a day, apart from the streams of the work."""

from __future__ import annotations

from sqlalchemy import Connection, func, insert, select

from domain.events import Event
from storage.schema import events
from storage.tickets import event_columns


def add_access(connection: Connection, event: Event) -> Event:
    """Append to the day's stream; ``seq`` and the chain's hash are set here."""
    if connection.dialect.name == "postgresql":
        # Two people who come at once queue here; SQLite's writers queue anyway.
        connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(event.stream, 0))))
    last = connection.execute(
        select(events.c.seq, events.c.hash)
        .where(events.c.stream == event.stream)
        .order_by(events.c.seq.desc())
        .limit(1)
    ).first()
    sealed = event.sealed_after(last.hash if last else "", seq=last.seq + 1 if last else 1)
    connection.execute(insert(events), event_columns(sealed))
    return sealed
