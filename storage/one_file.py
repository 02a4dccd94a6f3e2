"""Keep to the one file of a SQLite database: SQLite would make a new, empty one where it went away, and say nothing.

Connections that are open go on with a file that was moved; what they keep would be kept where nobody looks for it.
"""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine, event

from domain.said import Away


@dataclass
class OneFile:
    """A file, and which one it was when it was opened first."""

    path: Path
    _seen: tuple[int, int] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def of(cls, engine: Engine) -> OneFile | None:
        """The file of an engine; None where there is none."""
        name = engine.url.database
        if engine.dialect.name != "sqlite" or not name or name == ":memory:" or name.startswith("file:"):
            return None
        one = cls(Path(name))
        event.listen(engine, "connect", lambda *_: one._opened())
        return one

    @property
    def is_there(self) -> bool:
        """Is there a file with anything in it?"""
        try:
            return self.path.stat().st_size > 0
        except OSError:
            return False

    def look(self, engine: Engine) -> None:
        """Before each transaction: is the file the one that was opened? Another city in its place is taken as it is.

        Raises:
            Away: when it is gone, something without a city stands in its place, or what SQLite still keeps beside it
                belongs to the former file.
        """
        if self._seen is None:
            return
        now = _which(self.path)
        if now == self._seen:
            return
        with self._lock:
            engine.dispose()
            if now is None or self._has_a_tail or not _holds_a_city(self.path):
                raise Away
            self._seen = now

    @property
    def _has_a_tail(self) -> bool:
        """Is there a log of SQLite's that it would write into whatever file stands here?"""
        try:
            return Path(f"{self.path}-wal").stat().st_size > 0
        except OSError:
            return False

    def _opened(self) -> None:
        if self._seen is None:
            self._seen = _which(self.path)


def _which(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _holds_a_city(path: Path) -> bool:
    """Does this file hold a database of ours? It is only looked at."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as one:
            found = one.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone()
    except sqlite3.Error:
        return False
    return found is not None
