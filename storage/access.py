"""Keep who came, was refused, or took data away: one chained stream a day, apart from the streams of the work."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from sqlalchemy import Connection, func, insert, select

from domain.events import Event, access_stream
from storage.event_rows import event_columns, event_from
from storage.schema import events

FIRST, AFTER_LAST = "a:", "a;"
"""Between these lie the streams of all days; a range is found by its index."""


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


def access_log(
    connection: Connection, *, day: date | None, kinds: Collection[str], limit: int, offset: int
) -> list[Event]:
    """What was noted, the newest first: of one day or of all, of some kinds or of all."""
    asked = select(events).where(events.c.stream >= FIRST, events.c.stream < AFTER_LAST)
    if day:
        asked = asked.where(events.c.stream == access_stream(day))
    if kinds:
        asked = asked.where(events.c.kind.in_(kinds))
    newest_first = asked.order_by(events.c.stream.desc(), events.c.seq.desc())
    return [event_from(row) for row in connection.execute(newest_first.limit(limit).offset(offset))]
