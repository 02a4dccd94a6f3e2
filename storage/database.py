"""Open a database by its address: SQLite (WAL) by default, PostgreSQL by URL."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from psycopg.pq import Format
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import ExceptionContext, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionLeft

from domain.said import Away, Busy, Full, ReadOnly, Unsure
from storage.one_file import OneFile
from storage.ready_connections import ReadyConnections

BUSY_SECONDS = 15.0
"""How long a writer waits for another before SQLite gives up, unless the address says otherwise (``?timeout=60``)."""

CONNECT_SECONDS = 5
"""How long a server that does not answer is waited for, unless the address says otherwise."""

PRAGMAS = (
    "journal_mode=WAL",
    "foreign_keys=ON",
    "synchronous=FULL",
    # What is erased shall not stay behind in the file; not every SQLite is built to see to it.
    "secure_delete=ON",
    # Half a megabyte for each connection: the operating system keeps the file's pages anyway, once for all of them.
    "cache_size=-512",
)

BUSY_CODES = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
"""SQLite's primary result codes for a lock that another holds."""

BUSY_STATES = frozenset({"40P01", "40001", "55P03"})
"""PostgreSQL's states: deadlock detected, serialization failure, lock not available."""


AWAY_CODES = frozenset({sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR})
"""SQLite's primary result codes for a file that cannot be got at: a disk or a share that went away."""

AWAY_STATES = ("08", "57P")
"""How PostgreSQL's states begin for a connection that broke, and for a server that goes down or comes up."""

PAUSES = (0.1, 0.2, 0.4, 0.8)
"""Seconds between the tries to reach a database that was there a moment ago: a server that is started anew is back within
them. One that stays away longer is asked once each time, so that nobody waits for nothing."""

OTHERWISE: Sequence[tuple[type[Busy], frozenset[int], frozenset[str]]] = (
    (Full, frozenset({sqlite3.SQLITE_FULL}), frozenset({"53100"})),
    (ReadOnly, frozenset({sqlite3.SQLITE_READONLY}), frozenset({"25006"})),
)
"""What else keeps a database from keeping anything: SQLite's primary result codes and PostgreSQL's states for it."""


FILES_POOL: Mapping[str, Any] = {"poolclass": ReadyConnections, "kept": 8}
SERVERS_POOL: Mapping[str, Any] = {"poolclass": ReadyConnections, "kept": 20, "most": 50}
"""Connections kept, and how many there may be at a time. Every page that is being drawn takes one, now and then two.
One to a file is opened in two milliseconds, and keeps pages and prepared statements of 2.4 MB in our own memory. A server
has 100 unless it was told otherwise, and two processes share them."""


IN_BYTES: Mapping[str, Any] = {"redgrid_in_bytes": True}
"""Options of a statement whose answer is mostly bytes: PostgreSQL would write them as text, twice as long."""


class Database:
    """One open database. ``read()`` sees one moment, ``glance()`` a moment for each statement; ``write()`` is one transaction,
    kept whole or not at all."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = _engine(url)
        self._file = OneFile.of(self.engine)
        self._was_there = False

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for reading, whose statements all see the database as it was at the first of them; nothing done on it is
        kept.

        Raises:
            Busy: when another held a lock for too long, or (as Away) when the database cannot be reached.
        """
        with _busy_is_said(), self._reached().execution_options(**self._at_one_moment) as connection:
            yield connection

    @contextmanager
    def glance(self) -> Iterator[Connection]:
        """A connection for reading whose every statement sees a moment of its own: for those that need not agree to the
        moment. Beginning and ending a transaction around one takes longer than the statement.

        Raises:
            Busy: as above.
        """
        with _busy_is_said(), self._reached() as connection:
            yield connection.execution_options(**self._at_a_glance)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that ends with the block: committed, or undone by an exception.

        On SQLite it takes the write lock at once, so that two writers queue instead of colliding at the end.

        Raises:
            Busy: when another held a lock for too long, or two waited for each other, or (as Full, ReadOnly, Away)
                nothing can be kept; nothing was kept.
            Unsure: when the server went away while it was keeping this.
        """
        through = False
        try:
            with (
                _busy_is_said(),
                self._reached().execution_options(redgrid_writes=True) as connection,
                connection.begin(),
            ):
                yield connection
                through = True
        except Busy as refused:
            if through and _went_down(refused):
                raise Unsure from refused
            raise

    @contextmanager
    def rebuild(self) -> Iterator[Connection]:
        """The same for whoever changes tables. SQLite makes a table anew for that, and would not let the old one go while
        others point at it: what points where is looked at once, at the end.

        Raises:
            Busy: as above.
            IntegrityError: when something would point at nothing; nothing was kept.
        """
        if not self.is_sqlite:
            with self.write() as connection:
                yield connection
            return
        with (
            _busy_is_said(),
            self.engine.connect().execution_options(redgrid_writes=True) as connection,
            _pointing_anywhere(connection),
            connection.begin(),
        ):
            yield connection
            if lost := connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                raise IntegrityError(None, None, ValueError(f"a row of {lost[0]} points at no {lost[2]}"))

    @property
    def is_there(self) -> bool:
        """May there be something in it? Not where SQLite's file is missing or without a byte; a server may always."""
        return self._file is None or self._file.is_there

    def close(self) -> None:
        self.engine.dispose()

    @property
    def _at_one_moment(self) -> Mapping[str, Any]:
        # SQLite has it so in any transaction.
        return {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}

    @property
    def _at_a_glance(self) -> Mapping[str, Any]:
        # SQLite's driver begins nothing by itself here; SQLAlchemy's own way would set it back to where it does.
        return {"redgrid_glances": True} if self.is_sqlite else {"isolation_level": "AUTOCOMMIT"}

    def _reached(self) -> Connection:
        """A connection: one that is away only for a moment is waited for, for nothing was begun on it yet."""
        for pause in (*PAUSES, None) if self._was_there else (None,):
            try:
                if self._file is not None:
                    self._file.look(self.engine)
                connection = self.engine.connect()
            except (Away, DBAPIError) as error:
                if isinstance(error, DBAPIError) and not _is_away(error):
                    raise
                if pause is None:
                    self._was_there = False
                    raise
                time.sleep(pause)
            else:
                self._was_there = True
                return connection
        raise AssertionError("the last try either reaches it or says why not")


@contextmanager
def _pointing_anywhere(connection: Connection) -> Iterator[None]:
    """SQLite does not look at foreign keys meanwhile; it only listens to that between transactions."""
    own: Any = connection.connection.dbapi_connection
    own.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        own.execute("PRAGMA foreign_keys=ON")


@contextmanager
def _busy_is_said() -> Iterator[None]:
    """Say in one sentence what keeps the database from its work just now; every other error goes its way."""
    try:
        yield
    except NoConnectionLeft as error:
        raise Busy from error
    except DBAPIError as error:
        for kind, codes, states in OTHERWISE:
            if _code(error) in codes or _state(error) in states:
                raise kind from error
        if _is_busy(error):
            raise Busy from error
        if _is_away(error):
            raise Away from error
        raise


def _went_down(refused: Busy) -> bool:
    """Did a server go down over it? What it was keeping may be there or not. A full disk for its log is such a case."""
    error = refused.__cause__
    if not isinstance(error, DBAPIError) or _code(error) is not None:
        return False
    severity = getattr(getattr(error.orig, "diag", None), "severity_nonlocalized", None)
    return isinstance(refused, Away) or severity == "PANIC"


def _code(error: DBAPIError) -> int | None:
    """SQLite's primary result code."""
    code = getattr(error.orig, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def _state(error: DBAPIError) -> str | None:
    """PostgreSQL's state."""
    state = getattr(error.orig, "sqlstate", None)
    return None if state is None else str(state)


def _is_busy(error: DBAPIError) -> bool:
    """Was it a lock of somebody else's, rather than a database that cannot be used?"""
    return _code(error) in BUSY_CODES or _state(error) in BUSY_STATES


def _is_away(error: DBAPIError) -> bool:
    """Can the database not be reached at all, rather than not do what it was asked?"""
    if _code(error) is not None:
        return _code(error) in AWAY_CODES
    state = _state(error)
    if state is None:
        # Whoever does not even get a connection gets no state either.
        return isinstance(error, OperationalError)
    return state.startswith(AWAY_STATES)


def _engine(url: str) -> Engine:
    """The engine of an address; its errors never repeat the values of a statement, which are people's words."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite":
        if address.database:
            Path(address.database).parent.mkdir(parents=True, exist_ok=True)
        waits = {} if "timeout" in address.query else {"timeout": BUSY_SECONDS}
        # What lies in memory has one connection a thread and no pool to be measured.
        pool = FILES_POOL if address.database else {}
        return _with_sqlite_manners(create_engine(address, hide_parameters=True, **pool, connect_args=waits))
    if address.drivername in ("postgresql", "postgres"):
        address = address.set(drivername="postgresql+psycopg")
    patience = {"connect_timeout": CONNECT_SECONDS} | dict(address.query)
    engine = create_engine(
        address, pool_pre_ping=True, hide_parameters=True, **SERVERS_POOL,
        connect_args={"connect_timeout": int(str(patience["connect_timeout"]))},
    )  # fmt: skip
    event.listen(engine, "handle_error", _keep_values_out)
    event.listen(engine, "before_cursor_execute", _answered_in_bytes)
    return engine


def _answered_in_bytes(_c: Any, cursor: Any, _s: Any, _p: Any, context: Any, _m: Any) -> None:
    """Have values sent as they are, where the statement asks for that."""
    if context is not None and context.execution_options.get("redgrid_in_bytes"):
        cursor.format = Format.BINARY


QUOTED = re.compile(r"[\"'“«].*[\"'”»]", re.DOTALL)
"""What PostgreSQL quotes in a sentence about a value that it could not read."""


def first_sentence(error: Any) -> str:
    """What PostgreSQL says is wrong, without its DETAIL and CONTEXT, which repeat a row's values."""
    sentence = str(error.diag.message_primary or "").strip() or type(error).__name__
    about_a_value = (error.sqlstate or "").startswith("22")
    return QUOTED.sub("…", sentence) if about_a_value else sentence


def _keep_values_out(context: ExceptionContext) -> None:
    """Shorten an error of PostgreSQL to its first sentence before anybody writes it into a log."""
    original, told = context.original_exception, context.sqlalchemy_exception
    if getattr(original, "diag", None) is None:
        return
    whole, short = str(original), first_sentence(original)
    original.args = (short,)
    if told is not None:
        told.args = tuple(str(each).replace(whole, short) for each in told.args)


def _with_sqlite_manners(engine: Engine) -> Engine:
    """WAL, foreign keys, patience, and transactions that begin where we say (the driver would guess)."""

    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def on_begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        if not options.get("redgrid_glances"):
            connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("redgrid_writes") else "BEGIN")

    return engine
