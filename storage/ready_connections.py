"""Keep open connections ready for whoever reads next, without a lock around them.

SQLAlchemy's own pool lets one thread at a time look into it. With a hundred pages being drawn each of them gets that lock while
another has the interpreter, and keeps both from all others: a queue that feeds itself while the processor has time left.
What is used here is whole in itself: one end of a deque.
"""

from __future__ import annotations

import select
import time
from collections import deque
from contextlib import suppress
from typing import Any

from sqlalchemy.exc import TimeoutError as NoConnectionLeft
from sqlalchemy.pool import ConnectionPoolEntry, Pool

JUST_USED = 0.5
"""Seconds for which a connection that came back, and heard nothing since, is taken to be alive: asking it first is a way there
and back of its own."""

LOOK_AGAIN = 0.005
"""Seconds between two looks whether one has come back, where there may be no more."""


class ReadyConnections(Pool):
    """A pool that keeps up to ``kept`` connections, the last used first, and has at most ``most`` at a time (0: as many as are
    asked for); whoever finds none left waits for ``timeout`` seconds.

    Raises:
        sqlalchemy.exc.TimeoutError: when none came back within them.
    """

    # SQLAlchemy hands on what it finds named here, and looks at names alone that may stand without one.
    def __init__(
        self, creator: Any, kept: int = 20, most: int = 0, timeout: float = 30.0, **more: Any
    ) -> None:
        super().__init__(creator, **more)
        self.kept, self.most, self.timeout = kept, most, timeout
        self._ready: deque[tuple[Any, float]] = deque()
        """Each with the moment it came back, the last at the right end."""
        self._room = deque([None] * most)
        """One for each connection that may still be opened."""

    def _do_get(self) -> Any:
        until = time.monotonic() + self.timeout
        while True:
            try:
                record, since = self._ready.pop()
            except IndexError:
                if self._takes_room():
                    return self._opened()
            else:
                # SQLAlchemy asks first whether it is alive, where it was told to, unless it is fresh.
                record.fresh = self._pre_ping and _is_alive(record.dbapi_connection, since)
                return record
            if time.monotonic() > until:
                raise NoConnectionLeft(f"all {self.most} connections are in use", code="3o7r")
            time.sleep(LOOK_AGAIN)

    def _do_return_conn(self, record: ConnectionPoolEntry) -> None:
        if len(self._ready) < self.kept:
            self._ready.append((record, time.monotonic()))
        else:
            self._close(record)

    def _takes_room(self) -> bool:
        if not self.most:
            return True
        try:
            self._room.pop()
        except IndexError:
            return False
        return True

    def _gives_room(self) -> None:
        if self.most:
            self._room.append(None)

    def _opened(self) -> ConnectionPoolEntry:
        try:
            return self._create_connection()
        except BaseException:
            self._gives_room()
            raise

    def _close(self, record: ConnectionPoolEntry) -> None:
        try:
            record.close()
        finally:
            self._gives_room()

    def dispose(self) -> None:
        """Close what is ready; what is in use is closed by whoever uses it."""
        with suppress(IndexError):
            while True:
                self._close(self._ready.pop()[0])

    def recreate(self) -> ReadyConnections:
        """An empty one of the same kind."""
        return ReadyConnections(
            self._creator, kept=self.kept, most=self.most, timeout=self.timeout, pre_ping=self._pre_ping,
            recycle=self._recycle, echo=self.echo, logging_name=self._orig_logging_name,
            reset_on_return=self._reset_on_return, _dispatch=self.dispatch, dialect=self._dialect,
        )  # fmt: skip

    def status(self) -> str:
        """How many are ready, and of how many."""
        return f"{len(self._ready)} ready of {self.kept} kept, {self.most or 'any number'} at most"


def _is_alive(connection: Any, since: float) -> bool:
    """A server that lets a connection go says so, or hangs up: something is there to be read then."""
    if connection is None or connection.closed or time.monotonic() - since > JUST_USED:
        return False
    heard = select.poll()
    heard.register(connection.fileno(), select.POLLIN)
    return not heard.poll(0)
