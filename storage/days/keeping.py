"""Keep the counts: add changes up, count what was brought in, count everything anew, and find what was counted otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future
from contextlib import contextmanager, nullcontext
from datetime import datetime

from sqlalchemy import Connection, delete, func, select, text

from storage.columns import Columns, Ready, append_ready, ready
from storage.days.arrays import counts_of
from storage.days.counting import added, everything, first_counts, is_among, rolled, source
from storage.days.expressions import day_number
from storage.days.parts import KEY, MEASURES, OF_TICKETS, PARTS, begin_of, measures_of
from storage.filling import Keys, has_alone, indexes_of, make_again, take_away
from storage.schema import day_changes, day_counts, tickets

FOLDING = 7_105_384
"""The number of the advisory lock under which counts change on PostgreSQL."""

STRETCH = 250_000
"""About so many tickets are counted by one statement: some gigabyte of a database's disk, for as long as it takes."""

IN_MEMORY = 250_000
"""So many tickets are counted here and not by the database: every ticket may count for itself in the finest, half a kilobyte each."""


def is_due(connection: Connection) -> bool:
    """Are there changes to be added up?"""
    return connection.execute(select(day_changes.c.day).limit(1)).first() is not None


def fold(connection: Connection) -> None:
    """Add the changes up into the counts. Nothing where another process is at it."""
    if connection.dialect.name == "postgresql":
        if not connection.scalar(select(func.pg_try_advisory_xact_lock(FOLDING))):
            return
        gone = "WITH gone AS (DELETE FROM day_changes RETURNING *) "
        connection.exec_driver_sql(gone + added("gone"))
        return
    connection.exec_driver_sql(added("day_changes"))
    connection.execute(delete(day_changes))


def make_anew(connection: Connection) -> None:
    """Count every ticket and rating; what was kept before goes. Nobody writes tickets meanwhile."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("LOCK TABLE tickets, ratings, crosswalk IN SHARE ROW EXCLUSIVE MODE"))
    _count_anew(connection)


def _count_anew(connection: Connection) -> None:
    """The same for whoever holds the tickets already: nobody writes a rating or moves a ticket elsewhere without them."""
    _let_nobody_fold(connection)
    for table in (day_changes, day_counts):
        connection.execute(delete(table))
    first = connection.scalar(select(func.min(tickets.c.id)))
    if first is None:
        return
    begun, *others = _stretches(connection, first)
    with _keys_away(connection):
        connection.exec_driver_sql(first_counts(source(connection, PARTS, begun)))
    for ids in others:
        connection.exec_driver_sql(added(source(connection, PARTS, ids)))


def add_from(connection: Connection, first: int, *, filled: bool = False) -> None:
    """Count the tickets from an id on, which were just brought in while the triggers rested; they have no ratings yet. Where
    a store is ``filled`` with them, hardly any others are there.
    """
    if filled and connection.dialect.name == "postgresql":
        _count_anew(connection)
        return
    _let_nobody_fold(connection)
    measures = measures_of(OF_TICKETS)
    with _keys_away(connection) if filled else nullcontext():
        for ids in _stretches(connection, first):
            connection.exec_driver_sql(added(source(connection, OF_TICKETS, ids), measures))


def count_beside(
    connection: Connection, batches: Sequence[Columns], beside: Executor
) -> Future[Ready] | None:
    """Begin to count tickets that a store is filled with, with what is kept already, which is little. None where they are too
    many to be counted in our own memory: the database has a disk for that.
    """
    if sum(len(batch["state"]) for batch in batches) > IN_MEMORY:
        return None
    _let_nobody_fold(connection)
    kept = connection.execute(select(day_counts)).all()
    return beside.submit(lambda: ready(connection.dialect, counts_of(batches, kept)))


def fill(connection: Connection, counted: Ready) -> None:
    """Keep what was counted of them, which were brought in while the triggers rested."""
    connection.execute(delete(day_counts))
    with _keys_away(connection):
        append_ready(connection, day_counts, counted)


def _let_nobody_fold(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(FOLDING)))


@contextmanager
def _keys_away(connection: Connection) -> Iterator[None]:
    """Let the counts have no keys while many come: that halves PostgreSQL's work, as long as none is there yet. A file has
    them in the order of one of the two, which stays.
    """
    keys: Keys = indexes_of(day_counts)
    if connection.dialect.name == "postgresql":
        keys = [day_counts.primary_key, *keys] if has_alone(connection, day_counts) else []
    take_away(connection, keys)
    yield
    make_again(connection, keys)


def _stretches(connection: Connection, first: int) -> Sequence[range]:
    """What there is from an id on, a stretch at a time: a database sorts on its disk what it cannot hold."""
    last = connection.scalar(select(func.max(tickets.c.id))) or 0
    return [range(begin, begin + STRETCH) for begin in range(first, last + 1, STRETCH)]


def wrong_days(connection: Connection) -> list[datetime]:
    """When those days begin that are counted otherwise than their tickets and ratings are."""
    return [
        begin_of(day) for among in _stretches_of_days(connection) for day in _wrong_among(connection, among)
    ]


def _stretches_of_days(connection: Connection) -> Iterator[range]:
    """All days that count anything, or are said to, in as many stretches as a count of everything anew takes."""
    moments = " UNION ALL ".join(
        f"SELECT {day_number(connection, f'{end}({part.moment})')} AS day FROM {part.table} AS r WHERE {part.counts_at_all.sql('r')}"
        for part in PARTS
        for end in ("min", "max")
    )
    kept = " UNION ALL ".join(
        f"SELECT {end}(day) AS day FROM {table}"
        for table in ("day_counts", "day_changes")
        for end in ("min", "max")
    )
    first, last = connection.exec_driver_sql(
        f"SELECT min(day), max(day) FROM ({moments} UNION ALL {kept}) AS every"
    ).one()
    if first is None:
        return
    stretches = (connection.scalar(select(func.count()).select_from(tickets)) or 0) // STRETCH + 1
    length = -(-(last + 1 - first) // stretches)
    for begin in range(first, last + 1, length):
        yield range(begin, begin + length)


def _wrong_among(connection: Connection, days: range) -> list[int]:
    kept = f"SELECT {', '.join(KEY)}, {', '.join(MEASURES)} FROM day_counts WHERE {is_among('day', days)}"
    changed = f"(SELECT * FROM day_changes WHERE {is_among('day', days)})"
    less = ", ".join(f"-{m} AS {m}" for m in MEASURES)
    whole = (
        f"{kept} UNION ALL {rolled(changed)} UNION ALL "
        f"SELECT {', '.join(KEY)}, {less} FROM ({rolled(f'({everything(connection, days=days)})')}) AS counted"
    )
    wrong = " OR ".join(f"sum({m}) <> 0" for m in MEASURES)
    return list(
        connection.exec_driver_sql(
            f"SELECT DISTINCT day FROM (SELECT day FROM ({whole}) AS every GROUP BY {', '.join(KEY)} HAVING {wrong}) AS wrong ORDER BY day"
        ).scalars()
    )
