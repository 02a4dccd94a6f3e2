"""Fill a store: what is written row by row is kept in memory meanwhile, and indexes are made at the end where they are new."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from psycopg.errors import LockNotAvailable
from sqlalchemy import Connection, Index, PrimaryKeyConstraint, Table, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.schema import AddConstraint, CreateIndex, DropConstraint, DropIndex

FILLED_BY = 10
"""Where so many times as many tickets come as there are, a store is being filled."""

IN_MEMORY_KB = 262_144
"""Kilobytes of a file that SQLite keeps in memory while it is filled; afterwards no more than ever."""


def is_filled(coming: int, there: int) -> bool:
    """Do so many tickets come that indexes are made at the end?"""
    return coming >= max(1, FILLED_BY * there)


Keys = Sequence[Index | PrimaryKeyConstraint]


def indexes_of(table: Table) -> Sequence[Index]:
    """The indexes of a table that may be away while it is filled: nothing is kept apart by them."""
    return [index for index in table.indexes if not index.unique]


def has_alone(connection: Connection, table: Table) -> bool:
    """May this transaction change a table's keys on PostgreSQL? Not where anybody just looks at it: nobody is waited for who may
    wait for what is held here.
    """
    try:
        with connection.begin_nested():
            connection.execute(text(f"LOCK TABLE {table.name} IN ACCESS EXCLUSIVE MODE NOWAIT"))
    except OperationalError as error:
        if isinstance(error.orig, LockNotAvailable):
            return False
        raise
    return True


def take_away(connection: Connection, keys: Keys) -> None:
    """Drop some keys for a while: to sort all that comes meanwhile into them at once takes half as long as row by row, and it
    lies closer. Where it fails, the transaction is undone and with it that they were away.
    """
    for key in keys:
        connection.execute(DropIndex(key) if isinstance(key, Index) else DropConstraint(key))


def make_again(connection: Connection, keys: Keys) -> None:
    """Make keys that were away."""
    if keys and connection.dialect.name == "postgresql":
        # Helpers would take as long, and a third more of the machine.
        connection.execute(text("SET LOCAL max_parallel_maintenance_workers = 0"))
    for key in keys:
        # The next such table is to be made with its key as before.
        made = CreateIndex(key) if isinstance(key, Index) else AddConstraint(key, isolate_from_table=False)
        connection.execute(made)


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
