"""Keep a city's work: transactions of people, and of the clock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from storage.database import Database
from storage.redraws import RedrawRows
from storage.sweeping import SweepRows
from storage.tickets import TicketWork


@dataclass(frozen=True, slots=True)
class TicketStore:
    """A city's work in a database; implements :class:`domain.store.Store`."""

    database: Database

    @contextmanager
    def work(self) -> Iterator[TicketWork]:
        with self.database.write() as connection:
            yield TicketWork(connection)

    @contextmanager
    def sweeping(self) -> Iterator[SweepRows]:
        with self.database.write() as connection:
            work = SweepRows(connection)
            yield work
            work.flush()

    @contextmanager
    def redrawing(self) -> Iterator[RedrawRows]:
        with self.database.write() as connection:
            work = RedrawRows(connection)
            yield work
            work.flush()
