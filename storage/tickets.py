"""Keep tickets and their events."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    Connection,
    Row,
    func,
    insert,
    select,
    update,
)

from domain.events import Event, Note
from domain.grids import Located
from domain.place import LngLat
from domain.tickets import Outcome, Source, State, Ticket, Words
from storage.database import Database
from storage.schema import accounts, events, notes, ticket_words, tickets

ZONE = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class TicketWork:
    """One transaction on tickets; implements :class:`domain.store.Work`."""

    connection: Connection

    def ticket(self, ticket_id: int) -> Ticket | None:
        row = self.connection.execute(
            select(tickets).where(tickets.c.id == ticket_id).with_for_update()
        ).first()
        return ticket_from(row) if row else None

    def ticket_once(self, key: str) -> Ticket | None:
        if self.connection.dialect.name == "postgresql":
            # Two sends of one report queue here; SQLite's writers queue anyway.
            self.connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))
        row = self.connection.execute(select(tickets).where(tickets.c.once == key)).first()
        return ticket_from(row) if row else None

    def add_ticket(self, ticket: Ticket, words: Words, once: str | None) -> Ticket:
        draft = {**columns_of(ticket), "no": f"new-{id(ticket)}-{ticket.opened_at.timestamp()}", "once": once}
        del draft["id"]
        new_id = self.connection.execute(insert(tickets).values(draft).returning(tickets.c.id)).scalar_one()
        no = number_of(new_id, ticket.opened_at)
        self.connection.execute(update(tickets).where(tickets.c.id == new_id).values(no=no))
        self.connection.execute(insert(ticket_words).values(ticket_id=new_id, **words_columns(words)))
        return replace(ticket, id=new_id, no=no)

    def save_ticket(self, ticket: Ticket) -> bool:
        saved = self.connection.execute(
            update(tickets)
            .where(tickets.c.id == ticket.id, tickets.c.version == ticket.version - 1)
            .values(columns_of(ticket))
        )
        return saved.rowcount == 1

    def add_event(self, event: Event, note: Note | None = None) -> Event:
        last = self.last_event(event.stream)
        sealed = replace(event, seq=last.seq + 1 if last else 1).sealed_after(last.hash if last else "")
        event_id = self.connection.execute(
            insert(events).values(event_columns(sealed)).returning(events.c.id)
        ).scalar_one()
        if note:
            self.connection.execute(insert(notes).values(event_id=event_id, text=note.text, salt=note.salt))
        return sealed

    def last_event(self, stream: str) -> Event | None:
        row = self.connection.execute(
            select(events).where(events.c.stream == stream).order_by(events.c.seq.desc()).limit(1)
        ).first()
        return event_from(row) if row else None

    def account_name(self, account_id: int) -> str | None:
        return self.connection.scalar(select(accounts.c.name).where(accounts.c.id == account_id))


@dataclass(frozen=True, slots=True)
class TicketStore:
    """Tickets in a database; implements :class:`domain.store.Store`."""

    database: Database

    @contextmanager
    def work(self) -> Iterator[TicketWork]:
        with self.database.write() as connection:
            yield TicketWork(connection)


# --- rows and values -------------------------------------------------------------------------------------


def number_of(ticket_id: int, opened_at: datetime) -> str:
    """A ticket's number: the day it was opened, in the city's own time, and its id."""
    return f"{opened_at.astimezone(ZONE):%y%m%d}-{ticket_id}"


def columns_of(ticket: Ticket) -> dict[str, Any]:
    """A ticket as the columns of its row."""
    return {
        "id": ticket.id,
        "no": ticket.no,
        "state": ticket.state.value,
        "open": ticket.is_open,
        "holder": ticket.holder,
        "level1": ticket.located.level1,
        "level2": ticket.located.level2,
        "level3": ticket.located.level3,
        "lng": ticket.point.lng if ticket.point else None,
        "lat": ticket.point.lat if ticket.point else None,
        "category": ticket.category,
        "urgent": ticket.urgent,
        "source": ticket.source.value,
        "address": ticket.address,
        "opened_at": ticket.opened_at,
        "stage_since": ticket.stage_since,
        "warn_at": ticket.warn_at,
        "due_at": ticket.due_at,
        "provisional": ticket.provisional,
        "limit_s": int(ticket.limit.total_seconds()) if ticket.limit is not None else None,
        "lead": ticket.lead,
        "handled_at": ticket.handled_at,
        "on_time": ticket.on_time,
        "closed_at": ticket.closed_at,
        "outcome": ticket.outcome.value if ticket.outcome else None,
        "satisfied": ticket.satisfied,
        "cycle": ticket.cycle,
        "rework": ticket.rework,
        "live": ticket.live,
        "version": ticket.version,
        "raised_by": ticket.raised_by,
    }


def ticket_from(row: Row[Any]) -> Ticket:
    """A row as a ticket."""
    return Ticket(
        id=row.id,
        no=row.no,
        state=State(row.state),
        holder=row.holder,
        located=Located(row.level1, row.level2, row.level3),
        point=None if row.lng is None or row.lat is None else LngLat(row.lng, row.lat),
        category=row.category,
        urgent=row.urgent,
        source=Source(row.source),
        address=row.address,
        opened_at=row.opened_at,
        stage_since=row.stage_since,
        warn_at=row.warn_at,
        due_at=row.due_at,
        provisional=row.provisional,
        limit=timedelta(seconds=row.limit_s) if row.limit_s is not None else None,
        lead=row.lead,
        handled_at=row.handled_at,
        on_time=row.on_time,
        closed_at=row.closed_at,
        outcome=Outcome(row.outcome) if row.outcome else None,
        satisfied=row.satisfied,
        cycle=row.cycle,
        rework=row.rework,
        live=row.live,
        version=row.version,
        raised_by=row.raised_by,
    )


def words_columns(words: Words) -> dict[str, str]:
    """What people said, as columns."""
    return {"description": words.description, "reporter": words.reporter, "phone": words.phone}


def event_columns(event: Event) -> dict[str, Any]:
    """An event as the columns of its row."""
    return {
        "stream": event.stream,
        "seq": event.seq,
        "at": event.at,
        "kind": event.kind,
        "by": event.by,
        "facts": json.dumps(event.facts, ensure_ascii=False, sort_keys=True, separators=(",", ":")),
        "previous": event.previous,
        "hash": event.hash,
    }


def event_from(row: Row[Any]) -> Event:
    """A row as an event."""
    return Event(row.stream, row.seq, row.at, row.kind, row.by, json.loads(row.facts), row.previous, row.hash)
