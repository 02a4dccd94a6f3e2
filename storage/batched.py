"""Keep a long stretch of work in one transaction: each act whole or undone on its own, and what it moved is noted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from domain.tickets import Ticket, Words
from storage.database import Database
from storage.sweeping import SweepRows
from storage.tickets import TicketWork

Noted = dict[int, Ticket]
"""Tickets as an act left them, by their ids."""


@dataclass(frozen=True, slots=True)
class NotingWork(TicketWork):
    """One act that notes the tickets it adds and moves."""

    noted: Noted = field(default_factory=dict)

    def add_ticket(self, ticket: Ticket, words: Words, once: str | None) -> Ticket:
        added = TicketWork.add_ticket(self, ticket, words, once)
        self.noted[added.id] = added
        return added

    def save_ticket(self, ticket: Ticket) -> bool:
        saved = TicketWork.save_ticket(self, ticket)
        if saved:
            self.noted[ticket.id] = ticket
        return saved


@dataclass(frozen=True, slots=True)
class NotingSweep(SweepRows):
    """One stretch of a sweep that notes the tickets it moves and those it gives a card."""

    noted: Noted = field(default_factory=dict)

    def save_ticket(self, ticket: Ticket) -> bool:
        saved = SweepRows.save_ticket(self, ticket)
        if saved:
            self.noted[ticket.id] = ticket
        return saved

    def wake(self, ticket: Ticket, at: datetime | None) -> None:
        SweepRows.wake(self, ticket, at)
        self.noted[ticket.id] = ticket


@dataclass(slots=True)
class BatchedStore:
    """A city's work in one long transaction at a time; implements :class:`domain.store.Store` inside ``batch``.

    An act that is refused is undone to where it began; the others of the batch stay. Nothing is kept before the
    batch ends, so this is for work nobody else waits for.
    """

    database: Database
    _connection: Connection | None = None
    _moved: Noted = field(default_factory=dict)

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Begin the transaction that holds all acts of the block."""
        with self.database.write() as connection:
            self._connection = connection
            try:
                yield
            finally:
                self._connection = None

    @property
    def connection(self) -> Connection:
        """The connection of the running batch, to read what its acts did."""
        assert self._connection is not None, "acts happen inside a batch"
        return self._connection

    @contextmanager
    def work(self) -> Iterator[NotingWork]:
        with self.connection.begin_nested():
            act = NotingWork(self.connection)
            yield act
        self._moved.update(act.noted)

    @contextmanager
    def sweeping(self) -> Iterator[NotingSweep]:
        with self.connection.begin_nested():
            stretch = NotingSweep(self.connection)
            yield stretch
            stretch.flush()
        self._moved.update(stretch.noted)

    def take_moved(self) -> list[Ticket]:
        """The tickets that were added, moved or given a card since this was last asked, each as it is now."""
        moved = list(self._moved.values())
        self._moved.clear()
        return moved
