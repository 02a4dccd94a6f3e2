"""Fill a store: what is written row by row is kept in memory meanwhile, and indexes are made at the end where they are new."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection, Index

from storage.schema import day_counts, search_grams, tickets

FILLED_BY = 10
"""Where so many times as many tickets come as there are, a store is being filled."""

IN_MEMORY_KB = 262_144
"""Kilobytes of a file that SQLite keeps in memory while it is filled; afterwards no more than ever."""


def is_filled(coming: int, there: int) -> bool:
    """Do so many tickets come that indexes are made at the end?"""
    return coming >= FILLED_BY * there


def resting(connection: Connection) -> Sequence[Index]:
    """The indexes that are made at the end where a store is filled. On PostgreSQL a table is locked for that: one alone, for
    whoever reads others with it has locked these in an order of their own.
    """
    tables = (tickets, day_counts, search_grams) if connection.dialect.name == "sqlite" else (tickets,)
    return [index for table in tables for index in table.indexes if not index.unique]


@contextmanager
def made_at_the_end(connection: Connection, indexes: Sequence[Index]) -> Iterator[None]:
    """Sort what comes meanwhile into indexes at once: that takes half as long as row by row, and they lie closer. Where it
    fails, the transaction is undone and with it that they were away.
    """
    for index in indexes:
        index.drop(connection)
    yield
    for index in indexes:
        index.create(connection)


@contextmanager
def much_in_memory(connection: Connection) -> Iterator[None]:
    """Every index is written all over: SQLite shall not read it from the file for each row. Afterwards it keeps as little as
    before, also where the import failed: the connection is used again."""
    if connection.dialect.name != "sqlite":
        yield
        return
    before = connection.exec_driver_sql("PRAGMA cache_size").scalar_one()
    connection.exec_driver_sql(f"PRAGMA cache_size = -{IN_MEMORY_KB}")
    try:
        yield
    finally:
        connection.exec_driver_sql(f"PRAGMA cache_size = {before}")
