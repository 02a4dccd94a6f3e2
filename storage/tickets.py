"""Keep tickets and their events."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    Connection,
    Row,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from domain.clocks import Limit
from domain.events import Event, Note, ticket_stream
from domain.grids import Located
from domain.place import LngLat
from domain.store import AskedRating
from domain.tickets import Asked, Card, Outcome, Source, State, Ticket, Words
from domain.timeline import Beat, beat_of
from storage import erasing
from storage.drafts import PlanRows
from storage.event_rows import event_columns, event_from
from storage.frontline.records import RecordRows
from storage.meetings import MeetingRows
from storage.schema import (
    accounts,
    cards,
    crosswalk,
    events,
    inbox,
    notes,
    photos,
    ratings,
    ticket_words,
    tickets,
)

ZONE = ZoneInfo("Asia/Shanghai")

STREAMS_AT_ONCE = 500
"""Logs read by one statement: databases bound the number of parameters."""


@dataclass(frozen=True, slots=True)
class TicketWork:
    """One transaction on tickets; implements :class:`domain.store.Work`."""

    connection: Connection

    @property
    def plans(self) -> PlanRows:
        return PlanRows(self.connection)

    @property
    def meetings(self) -> MeetingRows:
        return MeetingRows(self.connection)

    @property
    def records(self) -> RecordRows:
        return RecordRows(self.connection)

    def ticket(self, ticket_id: int) -> Ticket | None:
        row = self.connection.execute(_TICKET, {"the_id": ticket_id}).first()
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
        new_id = self.connection.execute(_ADD_TICKET, draft).scalar_one()
        no = number_of(new_id, ticket.opened_at)
        self.connection.execute(update(tickets).where(tickets.c.id == new_id).values(no=no))
        self.connection.execute(insert(ticket_words), {"ticket_id": new_id, **words_columns(words)})
        return replace(ticket, id=new_id, no=no)

    def save_ticket(self, ticket: Ticket) -> bool:
        known_as = {"the_id": ticket.id, "the_version": ticket.version - 1}
        saved = self.connection.execute(_SAVE_TICKET, columns_of(ticket) | known_as)
        return saved.rowcount == 1

    def add_event(self, event: Event, note: Note | None = None) -> Event:
        last = self.connection.execute(_END_OF_STREAM, {"the_stream": event.stream}).first()
        sealed = replace(event, seq=last.seq + 1 if last else 1).sealed_after(last.hash if last else "")
        event_id = self.connection.execute(_ADD_EVENT, event_columns(sealed)).scalar_one()
        if note:
            self.connection.execute(
                insert(notes), {"event_id": event_id, "text": note.text, "salt": note.salt}
            )
        return sealed

    def last_event(self, stream: str) -> Event | None:
        row = self.connection.execute(
            select(events).where(events.c.stream == stream).order_by(events.c.seq.desc()).limit(1)
        ).first()
        return event_from(row) if row else None

    def beats(self, ticket_id: int) -> tuple[Beat, ...]:
        rows = self.connection.execute(_LOG, {"the_stream": ticket_stream(ticket_id)})
        return tuple(beat_of(row.seq, row.at, row.kind, json.loads(row.facts)) for row in rows)

    def lock_with_original(self, ticket_id: int, no: str) -> None:
        both = or_(tickets.c.id == ticket_id, tickets.c.no == no.strip())
        self.connection.execute(select(tickets.c.id).where(both).order_by(tickets.c.id).with_for_update())

    def ticket_numbered(self, no: str) -> Ticket | None:
        row = self.connection.execute(select(tickets).where(tickets.c.no == no.strip())).first()
        return ticket_from(row) if row else None

    def children(self, ticket_id: int) -> tuple[Ticket, ...]:
        rows = self.connection.execute(_CHILDREN, {"the_parent": ticket_id})
        return tuple(ticket_from(row) for row in rows)

    def words(self, ticket_id: int) -> Words:
        row = self.connection.execute(
            select(ticket_words).where(ticket_words.c.ticket_id == ticket_id)
        ).first()
        return Words(row.description, row.reporter, row.phone) if row else Words()

    def ask_rating(self, asked: AskedRating) -> None:
        self.connection.execute(insert(ratings).values(rating_columns(asked)))

    def asked_rating(self, token: str) -> AskedRating | None:
        row = self.connection.execute(select(ratings).where(ratings.c.token == token)).first()
        return asked_from(row) if row else None

    def keep_rating(self, ticket_id: int, cycle: int, grade: int, channel: str, at: datetime) -> bool:
        kept = self.connection.execute(
            update(ratings)
            .where(ratings.c.ticket_id == ticket_id, ratings.c.cycle == cycle, ratings.c.grade.is_(None))
            .values(grade=grade, channel=channel, rated_at=at)
        )
        if kept.rowcount == 1:
            return True
        asked = select(ratings.c.id).where(ratings.c.ticket_id == ticket_id, ratings.c.cycle == cycle)
        if self.connection.execute(asked).first():
            return False
        # A ticket that came to the public before anybody was asked: an earlier version asked nobody.
        missing = AskedRating(ticket_id, cycle, secrets.token_urlsafe(16), at, at)
        answer = {"grade": grade, "channel": channel, "rated_at": at}
        self.connection.execute(insert(ratings).values(rating_columns(missing) | answer))
        return True

    def add_card(self, ticket: Ticket, rule: str, *, at: datetime, by: int | None) -> bool:
        row = {
            "ticket_id": ticket.id, "cycle": ticket.cycle, "stage": ticket.stage, "rule": rule, "at": at, "by": by,
        }  # fmt: skip
        return bool(add_cards(self.connection, [row]))

    def add_photo(self, ticket_id: int, move: str, body: bytes, *, at: datetime) -> None:
        self.connection.execute(insert(photos).values(ticket_id=ticket_id, move=move, at=at, body=body))

    def tell(
        self, post: str, kind: str, *, at: datetime, ticket_id: int | None = None, meeting_id: int | None = None,
        n: int = 1,
    ) -> None:  # fmt: skip
        entry = {
            "post": post, "kind": kind, "at": at, "ticket_id": ticket_id, "meeting_id": meeting_id, "n": n,
        }  # fmt: skip
        self.connection.execute(insert(inbox), entry)

    def erase_words(self, ticket_id: int, *, whole: bool) -> int:
        erase = erasing.erase_everything if whole else erasing.erase_reporter
        return erase(self.connection, ticket_id)

    def ended_with_words(self, before: datetime, *, after: int, limit: int) -> list[Ticket]:
        rows = self.connection.execute(
            select(tickets)
            .where(tickets.c.id > after, *erasing.holds_words(before))
            .order_by(tickets.c.id)
            .limit(limit)
            .with_for_update()
        )
        return [ticket_from(row) for row in rows]

    def forget_crosswalk(self, ticket_id: int) -> None:
        self.connection.execute(delete(crosswalk).where(crosswalk.c.ticket_id == ticket_id))

    def account_name(self, account_id: int) -> str | None:
        return self.connection.scalar(select(accounts.c.name).where(accounts.c.id == account_id))


# --- statements that every move executes: made once, for making one takes longer than running it ---------------

_TICKET = select(tickets).where(tickets.c.id == bindparam("the_id")).with_for_update()
_CHILDREN = (
    select(tickets)
    .where(tickets.c.parent_id == bindparam("the_parent"))
    .order_by(tickets.c.id)
    .with_for_update()
)
_ADD_TICKET = insert(tickets).returning(tickets.c.id)
_SAVE_TICKET = update(tickets).where(
    tickets.c.id == bindparam("the_id"), tickets.c.version == bindparam("the_version")
)
_LOG = (
    select(events.c.seq, events.c.at, events.c.kind, events.c.facts)
    .where(events.c.stream == bindparam("the_stream"))
    .order_by(events.c.seq)
)
_END_OF_STREAM = (
    select(events.c.seq, events.c.hash)
    .where(events.c.stream == bindparam("the_stream"))
    .order_by(events.c.seq.desc())
    .limit(1)
)
_ADD_EVENT = insert(events).returning(events.c.id)


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
        "limit_s": int(ticket.limit.length.total_seconds()) if ticket.limit else None,
        "limit_around": bool(ticket.limit and ticket.limit.around_the_clock),
        "handle_by": ticket.handle_by,
        "thrice_at": ticket.thrice_at,
        "wake_at": ticket.wake_at,
        "stage": ticket.stage,
        "card": int(ticket.card),
        "lead": ticket.lead,
        "returns": ticket.returns,
        "extensions": ticket.extensions,
        "asked": ticket.asked.value if ticket.asked else None,
        "asked_s": int(ticket.asked_time.total_seconds()) if ticket.asked_time is not None else None,
        "review_at": ticket.review_at,
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
        "raised_in": ticket.raised_in,
        "parent_id": ticket.parent,
        "duplicate_of": ticket.duplicate_of,
        "queue": ticket.queue,
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
        limit=Limit(timedelta(seconds=row.limit_s), row.limit_around) if row.limit_s is not None else None,
        handle_by=row.handle_by,
        thrice_at=row.thrice_at,
        wake_at=row.wake_at,
        stage=row.stage,
        card=Card(row.card),
        lead=row.lead,
        returns=row.returns,
        extensions=row.extensions,
        asked=Asked(row.asked) if row.asked else None,
        asked_time=timedelta(seconds=row.asked_s) if row.asked_s is not None else None,
        review_at=row.review_at,
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
        raised_in=row.raised_in,
        parent=row.parent_id,
        duplicate_of=row.duplicate_of,
        queue=row.queue,
    )


def beats_of_streams(connection: Connection, streams: Sequence[str]) -> dict[str, tuple[Beat, ...]]:
    """The logs of several tickets as their clocks read them."""
    found: dict[str, list[Beat]] = {}
    for start in range(0, len(streams), STREAMS_AT_ONCE):
        rows = connection.execute(
            select(events.c.stream, events.c.seq, events.c.at, events.c.kind, events.c.facts)
            .where(events.c.stream.in_(streams[start : start + STREAMS_AT_ONCE]))
            .order_by(events.c.stream, events.c.seq)
        )
        for row in rows:
            beat = beat_of(row.seq, row.at, row.kind, json.loads(row.facts))
            found.setdefault(row.stream, []).append(beat)
    return {stream: tuple(beats) for stream, beats in found.items()}


def add_cards(connection: Connection, rows: Sequence[dict[str, Any]]) -> int:
    """Keep cards that are not there yet; how many were new. The unique key decides, also between two processes."""
    if not rows:
        return 0
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    return connection.execute(make(cards).values(list(rows)).on_conflict_do_nothing()).rowcount


def rating_columns(asked: AskedRating) -> dict[str, Any]:
    """What the public is asked, as columns."""
    return {
        "ticket_id": asked.ticket_id,
        "cycle": asked.cycle,
        "token": asked.token,
        "asked_at": asked.asked_at,
        "until_at": asked.until,
    }


def asked_from(row: Row[Any]) -> AskedRating:
    """A row as what the public is asked."""
    return AskedRating(row.ticket_id, row.cycle, row.token, row.asked_at, row.until_at, row.grade)


def words_columns(words: Words) -> dict[str, str]:
    """What people said, as columns."""
    return {"description": words.description, "reporter": words.reporter, "phone": words.phone}
