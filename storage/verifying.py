"""Read what a database says of itself, for verifying: rows as they stand, logs as they were written."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from domain.events import Event
from domain.meetings import MatterOutcome, MeetingState
from domain.tampering import Place, Written
from storage.schema import events, meeting_matters, meetings, notes, plans, ratings, tickets

MOST_LOOKED_FOR = 100
"""So many events that fit nowhere are looked for elsewhere."""

T, M, X, R = tickets.c, meetings.c, meeting_matters.c, ratings.c


@dataclass(frozen=True, slots=True)
class TicketRow:
    """What a ticket's row says, as far as its log or another row must say the same."""

    id: int
    no: str
    state: str
    open: bool
    holder: str
    grid: str | None
    cycle: int
    live: bool
    version: int
    parent: int | None
    duplicate_of: int | None
    queue: str | None


@dataclass(frozen=True, slots=True)
class MeetingRow:
    """What a meeting's row says."""

    id: int
    unit: str
    state: str
    version: int


@dataclass(frozen=True, slots=True)
class OnAgenda:
    """A ticket stands on an open agenda."""

    ticket_id: int
    unit: str


def ticket_rows(connection: Connection) -> Iterator[TicketRow]:
    """Every ticket in the order of its number."""
    grid = func.coalesce(T.level3, T.level2, T.level1)
    for row in _each(connection, select(
        T.id, T.no, T.state, T.open, T.holder, grid, T.cycle, T.live, T.version, T.parent_id, T.duplicate_of, T.queue,
    ).order_by(T.id)):  # fmt: skip
        yield TicketRow(*row)


def meeting_rows(connection: Connection) -> Iterator[MeetingRow]:
    """Every meeting in the order of its number."""
    for row in _each(connection, select(M.id, M.unit, M.state, M.version).order_by(M.id)):
        yield MeetingRow(*row)


def tickets_on_open_agendas(connection: Connection) -> Iterator[OnAgenda]:
    """Every ticket that waits on an open agenda, once for each time it stands there."""
    rows = connection.execute(
        select(X.ticket_id, M.unit)
        .join_from(meeting_matters, meetings, X.meeting_id == M.id)
        .where(
            X.ticket_id.is_not(None),
            M.state == MeetingState.OPEN.value,
            X.outcome.is_distinct_from(MatterOutcome.WITHDRAWN.value),
        )
        .order_by(X.id)
    )
    for row in rows:
        yield OnAgenda(*row)


def answered_cycles(connection: Connection) -> Iterator[tuple[int, int, int]]:
    """Ticket, cycle and grade of every answer that the public gave."""
    answered = select(R.ticket_id, R.cycle, R.grade).where(R.grade.is_not(None)).order_by(R.id)
    for row in _each(connection, answered):
        yield row[0], row[1], row[2]


def written_events(connection: Connection) -> Iterator[Written]:
    """Every event exactly as its row holds it, with the words beside it, stream by stream in order."""
    e, n = events.c, notes.c
    rows = _each(
        connection,
        select(e.id, e.stream, e.seq, e.at, e.kind, e.by, e.facts, e.previous, e.hash, n.text, n.salt)
        .outerjoin_from(events, notes, n.event_id == e.id)
        .order_by(e.stream, e.seq),
    )
    for row, stream, seq, at, kind, by, facts, previous, seal, words, salt in rows:
        event = Event(stream, seq, at, kind, by, _facts(facts), previous, seal)
        yield Written(row, event, facts, None if salt is None else (words, salt))


def story_of(connection: Connection, stream: str) -> Iterator[Event]:
    """The events of one stream, in order."""
    for row in _each(connection, select(events).where(events.c.stream == stream).order_by(events.c.seq)):
        yield Event(row.stream, row.seq, row.at, row.kind, row.by, _facts(row.facts), row.previous, row.hash)


def _facts(text: str) -> Mapping[str, Any]:
    """Facts as they can be read; none where somebody wrote over them."""
    try:
        facts = json.loads(text)
    except ValueError:
        return {}
    return facts if isinstance(facts, dict) else {}


def places_after(connection: Connection, hashes: Collection[str]) -> list[Place]:
    """The places that follow the events with these hashes; reads every event once."""
    e, wanted = events.c, list(hashes)[:MOST_LOOKED_FOR]
    rows = connection.execute(select(e.stream, e.seq).where(e.hash.in_(wanted))) if wanted else ()
    return [(row.stream, row.seq + 1) for row in rows]


def words_without_event(connection: Connection) -> int:
    """How many notes lie beside no event."""
    alone = select(func.count()).select_from(notes).outerjoin(events, notes.c.event_id == events.c.id)
    return connection.scalar(alone.where(events.c.id.is_(None))) or 0


def plan_names(connection: Connection) -> dict[int, str]:
    """The names of all plans by their numbers."""
    return {row.id: row.name for row in connection.execute(select(plans.c.id, plans.c.name))}


def given_twice(connection: Connection) -> list[str]:
    """Numbers of tickets, keys of what was sent and links to rate that are there twice: no key of a database that can
    be distributed keeps them apart."""
    return [
        str(found)
        for column in (T.no, T.once, R.token)
        for found in connection.scalars(
            select(column)
            .where(column.is_not(None))
            .group_by(column)
            .having(func.count() > 1)
            .limit(MOST_LOOKED_FOR)
        )
    ]


@dataclass(frozen=True, slots=True)
class Counted:
    """How many tickets there are, and by state and openness."""

    raised: int
    open: int
    by_state: dict[str, int]


def counted(connection: Connection) -> Counted:
    """The sums that must agree: raised = open + closed + rejected + cancelled."""
    rows = connection.execute(select(T.state, T.open, func.count()).group_by(T.state, T.open)).all()
    by_state: dict[str, int] = {}
    for state, _, n in rows:
        by_state[state] = by_state.get(state, 0) + n
    raised = connection.scalar(select(func.count()).select_from(tickets)) or 0
    return Counted(raised, sum(n for _, is_open, n in rows if is_open), by_state)


def _each(connection: Connection, statement: Any) -> Any:
    return connection.execute(statement, execution_options={"yield_per": 5_000})
