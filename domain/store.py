"""What the rules expect of a store: protocols, so that the domain never learns what a database is."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from domain.events import Event, Note
from domain.tickets import Ticket, Words


class Work(Protocol):
    """One transaction: everything in it is kept, or nothing."""

    def ticket(self, ticket_id: int) -> Ticket | None:
        """The ticket as it is now, locked against others for the rest of the transaction where possible."""

    def ticket_once(self, key: str) -> Ticket | None:
        """The ticket that was raised under this key before, when the same send arrives twice."""

    def add_ticket(self, ticket: Ticket, words: Words, once: str | None) -> Ticket:
        """Keep a new ticket; it comes back with its id and its number."""

    def save_ticket(self, ticket: Ticket) -> bool:
        """Keep a moved ticket if its version in the store is one lower; False when somebody was faster."""

    def add_event(self, event: Event, note: Note | None = None) -> Event:
        """Append to the event's stream; ``seq`` and the chain's hash are set here."""

    def last_event(self, stream: str) -> Event | None:
        """The newest event of a stream."""

    def account_name(self, account_id: int) -> str | None:
        """The name to show for an account's number."""


class Store(Protocol):
    """Where a city is kept."""

    def work(self) -> AbstractContextManager[Work]:
        """Begin a transaction that ends with the block: committed, or undone by an exception."""
