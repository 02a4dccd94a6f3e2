"""Read what a database says of itself, for verifying: rows as they stand, logs as they were written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from domain.meetings import MatterOutcome, MeetingState
from storage.database import Database
from storage.schema import meeting_matters, meetings, ratings, tickets

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


@contextmanager
def at_one_moment(database: Database) -> Iterator[Connection]:
    """A connection whose statements all see the database as it was at the first of them."""
    with database.read() as connection:
        if not database.is_sqlite:
            connection.execution_options(isolation_level="REPEATABLE READ")
        yield connection


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


def answered_cycles(connection: Connection) -> Iterator[tuple[int, int]]:
    """Ticket and cycle of every answer that the public gave."""
    for row in _each(connection, select(R.ticket_id, R.cycle).where(R.grade.is_not(None)).order_by(R.id)):
        yield row[0], row[1]


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
    return connection.execution_options(yield_per=5_000).execute(statement)
