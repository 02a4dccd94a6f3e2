"""Keep what the clock does to many tickets at once: read once, buffered, written in few statements when the block ends."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, insert, select, text, update

from domain.events import Event, Note, ticket_stream
from domain.people import Role
from domain.record import facts_of
from domain.tickets import Ticket
from domain.timeline import Beat, beat_of
from storage import facts as city_facts
from storage.appending import append
from storage.event_rows import event_columns
from storage.schema import cards, events, inbox, sweeps, tickets
from storage.tickets import TicketWork, beats_of_streams, columns_of, ticket_from

SWEEPING = 7_105_382
"""The number of the advisory lock that a sweep holds on PostgreSQL; on SQLite the write lock does the same."""

CLOCKS_BY = "clocks_by"
"""The fact that names the calendar and limits by which open tickets' clocks were computed."""

ONE_BY_ONE = 3
"""So many entries of a kind a post gets singly; more of one sweep come as one entry that counts them."""

CARDS = ("yellow", "red")


def hold_sweeps(connection: Connection) -> None:
    """Wait for a sweep that runs, and let none begin until this transaction ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(SWEEPING)))


@dataclass(slots=True)
class _Last:
    """The end of a stream: where the next event goes."""

    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class SweepRows(TicketWork):
    """Implements :class:`domain.store.SweepWork` on one connection."""

    given: set[tuple[int, int, int, str]] = field(default_factory=set)
    ends: dict[str, _Last] = field(default_factory=dict)
    """The ends of the logs of the tickets that are due, and locked."""
    new_cards: list[dict[str, Any]] = field(default_factory=list)
    new_events: list[Event] = field(default_factory=list)
    woken: list[dict[str, Any]] = field(default_factory=list)
    moved: list[Ticket] = field(default_factory=list)
    told: dict[tuple[str, str], list[tuple[datetime, int | None]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    parents: set[int] = field(default_factory=set)
    logs: dict[str, tuple[Beat, ...]] = field(default_factory=dict)
    new_beats: dict[str, list[Beat]] = field(default_factory=lambda: defaultdict(list))

    def alone(self) -> bool:
        if self.connection.dialect.name != "postgresql":
            return True
        return bool(self.connection.scalar(select(func.pg_try_advisory_xact_lock(SWEEPING))))

    def due(self, now: datetime, limit: int) -> list[Ticket]:
        rows = self.connection.execute(
            select(tickets)
            .where(tickets.c.open, tickets.c.wake_at < now)
            .order_by(tickets.c.wake_at, tickets.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        found = [ticket_from(row) for row in rows]
        self._read_around([t.id for t in found])
        return found

    def _read_around(self, ids: Sequence[int]) -> None:
        """What the due tickets' cards, logs and parts look like: three statements for all of them."""
        wanted = [ticket_stream(n) for n in ids]
        c = cards.c
        self.given.update(
            (row.ticket_id, row.cycle, row.stage, row.rule)
            for row in self.connection.execute(
                select(c.ticket_id, c.cycle, c.stage, c.rule).where(c.ticket_id.in_(ids), c.rule.in_(CARDS))
            )
        )
        self.ends.update({row.stream: _Last(row.seq, row.hash) for row in self._newest_events(wanted)})
        parents = self.connection.scalars(
            select(tickets.c.parent_id).where(tickets.c.parent_id.in_(ids)).distinct()
        )
        self.parents.update(parent for parent in parents if parent is not None)

    def _newest_events(self, streams: Sequence[str]) -> Iterable[Row[Any]]:
        if self.connection.dialect.name == "postgresql":
            # One look into the index for each stream; grouping reads every event of all of them.
            return self.connection.execute(_NEWEST, {"streams": list(streams)})
        e = events.c
        newest = (
            select(e.stream, func.max(e.seq).label("seq"))
            .where(e.stream.in_(streams))
            .group_by(e.stream)
            .subquery()
        )
        return self.connection.execute(
            select(e.stream, e.seq, e.hash).join(
                newest, (e.stream == newest.c.stream) & (e.seq == newest.c.seq)
            )
        )

    # --- what the clock does, buffered -----------------------------------------------------------------------

    def give_card(self, ticket: Ticket, rule: str, now: datetime) -> bool:
        mark = (ticket.id, ticket.cycle, ticket.stage, rule)
        if mark in self.given:
            return False
        self.given.add(mark)
        row = dict(zip(("ticket_id", "cycle", "stage", "rule"), mark, strict=True))
        self.new_cards.append(row | {"at": now, "by": None})
        self.add_event(Event(ticket_stream(ticket.id), 0, now, rule, None, facts_of(ticket, Role.CLOCK)))
        return True

    def wake(self, ticket: Ticket, at: datetime | None) -> None:
        self.woken.append({"the_id": ticket.id, "the_card": int(ticket.card), "the_wake": at})

    def save_ticket(self, ticket: Ticket) -> bool:
        if ticket_stream(ticket.id) not in self.ends:
            return TicketWork.save_ticket(self, ticket)
        self.moved.append(ticket)
        return True

    def add_event(self, event: Event, note: Note | None = None) -> Event:
        end = self.ends.get(event.stream)
        if end is None:
            return TicketWork.add_event(self, event, note)
        assert note is None, "the clock writes no words"
        sealed = event.sealed_after(end.hash, seq=end.seq + 1)
        self.ends[event.stream] = _Last(sealed.seq, sealed.hash)
        self.new_events.append(sealed)
        self.new_beats[event.stream].append(beat_of(sealed.seq, sealed.at, sealed.kind, sealed.facts))
        return sealed

    def read_logs(self, ids: Sequence[int]) -> None:
        self.logs.update(beats_of_streams(self.connection, [ticket_stream(n) for n in ids]))

    def beats(self, ticket_id: int) -> tuple[Beat, ...]:
        stream = ticket_stream(ticket_id)
        if stream not in self.logs:
            self.read_logs([ticket_id])
        return (*self.logs.get(stream, ()), *self.new_beats[stream])

    def children(self, ticket_id: int) -> tuple[Ticket, ...]:
        return TicketWork.children(self, ticket_id) if ticket_id in self.parents else ()

    def tell(
        self, post: str, kind: str, *, at: datetime, ticket_id: int | None = None, meeting_id: int | None = None,
        n: int = 1,
    ) -> None:  # fmt: skip
        if meeting_id is not None:
            TicketWork.tell(self, post, kind, at=at, ticket_id=ticket_id, meeting_id=meeting_id, n=n)
        else:
            self.told[post, kind].append((at, ticket_id))

    # --- clocks, and the list of sweeps -------------------------------------------------------------------------

    def clocks_are_by(self, calendar: str) -> bool:
        return bool(city_facts.read_facts(self.connection).get(CLOCKS_BY) == calendar)

    def open_after(self, ticket_id: int, limit: int) -> list[Ticket]:
        rows = self.connection.execute(
            select(tickets)
            .where(tickets.c.open, tickets.c.live, tickets.c.id > ticket_id)
            .order_by(tickets.c.id)
            .limit(limit)
            .with_for_update()
        )
        found = [ticket_from(row) for row in rows]
        self.read_logs([ticket.id for ticket in found])
        return found

    def keep_calendar(self, calendar: str) -> None:
        city_facts.write_fact(self.connection, CLOCKS_BY, calendar)

    def keep_clocks(self, ticket: Ticket) -> None:
        self.moved.append(ticket)

    def keep_sweep(self, now: datetime, did: Mapping[str, int]) -> None:
        self.connection.execute(insert(sweeps).values(at=now, did=dict(did)))

    # --- writing it down --------------------------------------------------------------------------------------------

    def flush(self) -> None:
        """Write what is buffered, in few statements."""
        if self.new_events:
            append(self.connection, events, [event_columns(event) for event in self.new_events])
        if self.new_cards:
            append(self.connection, cards, self.new_cards)
        if self.moved:
            rows = [_renamed(columns_of(ticket)) for ticket in self.moved]
            self.connection.execute(_move_statement(), rows)
        if self.woken:  # after the moves: what moved and was late again is woken as it stands then
            self._flush_woken()
        entries = list(self._entries())
        if entries:
            self.connection.execute(insert(inbox), entries)

    def _flush_woken(self) -> None:
        if self.connection.dialect.name != "postgresql":
            self.connection.execute(_WAKE, self.woken)
            return
        # One statement that carries three arrays: a tenth of the time of one statement a ticket.
        columns = {key: [row[key] for row in self.woken] for key in ("the_id", "the_card", "the_wake")}
        self.connection.execute(_WAKE_ALL, columns)

    def _entries(self) -> Iterable[dict[str, Any]]:
        for (post, kind), told in self.told.items():
            entry = {"post": post, "kind": kind, "at": told[-1][0], "meeting_id": None}
            if len(told) > ONE_BY_ONE:
                yield entry | {"ticket_id": None, "n": len(told)}
            else:
                for at, ticket_id in told:
                    yield entry | {"at": at, "ticket_id": ticket_id, "n": 1}


_WAKE = (
    update(tickets)
    .where(tickets.c.id == bindparam("the_id"))
    .values(card=bindparam("the_card"), wake_at=bindparam("the_wake"))
)


_NEWEST = text(
    "SELECT wanted.stream, newest.seq, newest.hash FROM unnest(CAST(:streams AS text[])) AS wanted(stream) CROSS JOIN LATERAL "
    "(SELECT seq, hash FROM events WHERE events.stream = wanted.stream ORDER BY seq DESC LIMIT 1) AS newest"
)
_WAKE_ALL = text(
    "UPDATE tickets SET card = new.card, wake_at = new.wake FROM unnest(CAST(:the_id AS bigint[]), "
    "CAST(:the_card AS integer[]), CAST(:the_wake AS timestamptz[])) AS new(id, card, wake) WHERE tickets.id = new.id"
)


def _renamed(columns: Mapping[str, Any]) -> dict[str, Any]:
    """Columns under names that do not clash with those of the statement that sets them."""
    return {f"new_{name}": value for name, value in columns.items()}


def _move_statement() -> Any:
    names = [column.name for column in tickets.columns if column.name not in ("id", "once")]
    return (
        update(tickets)
        .where(tickets.c.id == bindparam("new_id"))
        .values({name: bindparam(f"new_{name}") for name in names})
    )
