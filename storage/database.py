"""Open a database by its address: SQLite (WAL) by default, PostgreSQL by URL."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from domain.said import Busy

BUSY_MS = 15_000
"""How long a writer waits for another before SQLite gives up."""

BUSY_CODES = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
"""SQLite's primary result codes for a lock that another holds."""

BUSY_STATES = frozenset({"40P01", "40001", "55P03"})
"""PostgreSQL's states: deadlock detected, serialization failure, lock not available."""


class Database:
    """One open database. ``read()`` sees a snapshot; ``write()`` is one transaction, kept whole or not at all."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = _engine(url)

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for reading; nothing done on it is kept."""
        with self.engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that ends with the block: committed, or undone by an exception.

        On SQLite it takes the write lock at once, so that two writers queue instead of colliding at the end.

        Raises:
            Busy: when another held a lock for too long, or two waited for each other; nothing was kept.
        """
        try:
            with (
                self.engine.connect().execution_options(redgrid_writes=True) as connection,
                connection.begin(),
            ):
                yield connection
        except OperationalError as error:
            if _is_busy(error):
                raise Busy from error
            raise

    def close(self) -> None:
        self.engine.dispose()


def _is_busy(error: OperationalError) -> bool:
    """Was it a lock of somebody else's, rather than a database that cannot be used?"""
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is not None:
        return code & 0xFF in BUSY_CODES
    return getattr(error.orig, "sqlstate", None) in BUSY_STATES


def _engine(url: str) -> Engine:
    """The engine of an address; its errors never repeat the values of a statement, which are people's words."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        if address.database:
            Path(address.database).parent.mkdir(parents=True, exist_ok=True)
        return _with_sqlite_manners(create_engine(address, hide_parameters=True))
    if address.drivername in ("postgresql", "postgres"):
        address = address.set(drivername="postgresql+psycopg")
    return create_engine(address, pool_pre_ping=True, hide_parameters=True)


def _with_sqlite_manners(engine: Engine) -> Engine:
    """WAL, foreign keys, patience, and transactions that begin where we say (the driver would guess)."""

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL", f"busy_timeout={BUSY_MS}"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("redgrid_writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
