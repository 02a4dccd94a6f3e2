"""Find what waits for a post: what it holds, leads, checks or approves, ordered by how it presses today.

Each way in which a ticket may wait is a question of its own to an index of its own; together they are few.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, func, literal, or_, select, union

from domain.mine import PRESSING, Press
from domain.tickets import NOT_DONE, Asked, State, Ticket
from storage.schema import tickets
from storage.tickets import ticket_from


@dataclass(frozen=True, slots=True)
class Post:
    """Who is waited for: a unit that holds and checks, or a department that leads; and where it approves."""

    holder: str | None = None
    lead: str | None = None
    approves_in: tuple[str, ...] = ()
    """The communities whose departments ask this street."""
    approves_units: tuple[str, ...] = ()
    """The same street and its units, as holders of what lies in no community."""
    approves_beside: tuple[str, ...] | None = None
    """The communities under streets, of an office that stands in where there is no street."""


@dataclass(frozen=True, slots=True)
class Day:
    """A day in whose course something is looked at."""

    begins: datetime
    ends: datetime
    now: datetime


def count_mine(connection: Connection, post: Post, day: Day) -> dict[Press, int]:
    """How many tickets wait for a post, by how they press."""
    rank = _rank(day)
    statement = select(rank, func.count()).where(_waiting(post)).group_by(rank)
    found = {PRESSING[row[0]]: row[1] for row in connection.execute(statement)}
    return {press: found.get(press, 0) for press in PRESSING}


def list_mine(connection: Connection, post: Post, day: Day, limit: int, offset: int) -> list[Ticket]:
    """A page of the tickets that wait for a post, the most pressing first."""
    statement = (
        select(tickets)
        .where(_waiting(post))
        .order_by(_rank(day), tickets.c.due_at.is_(None), tickets.c.due_at, tickets.c.id)
    )
    return [ticket_from(row) for row in connection.execute(statement.limit(limit).offset(offset))]


def _rank(day: Day) -> ColumnElement[int]:
    def moment(at: datetime) -> ColumnElement[Any]:
        return literal(at, tickets.c.due_at.type)

    # Numbers in the text: PostgreSQL groups by an expression only when it looks the same everywhere.
    return case(
        (tickets.c.due_at < moment(day.now), literal(0, literal_execute=True)),
        (tickets.c.due_at < moment(day.ends), literal(1, literal_execute=True)),
        (tickets.c.stage_since >= moment(day.begins), literal(2, literal_execute=True)),
        else_=literal(3, literal_execute=True),
    )


def _waiting(post: Post) -> ColumnElement[bool]:
    asked = [select(tickets.c.id).where(tickets.c.open, tickets.c.live, way) for way in _ways(post)]
    return tickets.c.id.in_(union(*asked)) if len(asked) > 1 else tickets.c.id.in_(asked[0])


def _ways(post: Post) -> Iterator[ColumnElement[bool]]:
    """How a ticket may wait for this post."""
    t = tickets.c
    if post.lead is not None:
        yield and_(t.lead == post.lead, or_(t.state == State.DISPATCHED.value, _lead_can_go_on()))
        return
    checked = t.state == State.AWAITING_CHECK.value
    yield and_(t.holder == post.holder, t.state.in_([State.RAISED.value, State.ACCEPTED.value]))
    yield and_(checked, t.raised_in == post.holder)
    yield and_(checked, t.level1 == post.holder)
    yield and_(checked, t.holder == post.holder, t.raised_in.is_(None), t.level1.is_(None))
    if post.approves_in or post.approves_units or post.approves_beside is not None:
        yield and_(_asks_the_street(), _asks_here(post))


def _lead_can_go_on() -> ColumnElement[bool]:
    """In progress; not when the lead waits both for its assistants and for an answer."""
    parts = tickets.alias("parts")
    assisted = (
        select(parts.c.id)
        .where(parts.c.parent_id == tickets.c.id, parts.c.state.in_([s.value for s in NOT_DONE]))
        .exists()
    )
    return and_(tickets.c.state == State.IN_PROGRESS.value, or_(tickets.c.asked.is_(None), ~assisted))


def _asks_the_street() -> ColumnElement[bool]:
    t = tickets.c
    # Named one by one, so that the index of what is asked is used: it holds few rows beside those without a question.
    by_index = t.asked.in_([asked.value for asked in Asked])
    not_the_leader = or_(t.asked == Asked.HOLD.value, t.extensions == 0)
    return and_(by_index, t.state == State.IN_PROGRESS.value, not_the_leader)


def _asks_here(post: Post) -> ColumnElement[bool]:
    t = tickets.c
    if post.approves_beside is not None:
        return or_(t.level1.is_(None), t.level1.not_in(post.approves_beside))
    return or_(t.level1.in_(post.approves_in), and_(t.level1.is_(None), t.holder.in_(post.approves_units)))
