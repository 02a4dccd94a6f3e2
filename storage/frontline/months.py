"""Read what a month of the grids' work holds of each grid: how soon tickets were taken up, who raised them, what met."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, String, cast, func, literal, select

from domain.grids import Level
from domain.meetings import MeetingState
from storage.counts import Area
from storage.days.parts import ASKED, RAISED
from storage.days.sums import Asked, Stretch, sums
from storage.schema import events, meetings, tickets

T, E, M = tickets.c, events.c, meetings.c


@dataclass(frozen=True, slots=True)
class TakenUp:
    """A ticket that was raised in the month: the grids it lies in, and when somebody first did something about it."""

    grids: tuple[str, ...]
    opened_at: datetime
    urgent: bool
    first: datetime | None


def taken_up(connection: Connection, since: datetime, until: datetime) -> list[TakenUp]:
    """Every ticket of its own that was raised in a stretch of time; not what came with an import as history."""
    stream = literal("t:") + cast(T.id, String)
    first = (
        select(func.min(E.at))
        .where(E.stream == stream, E.seq > 1, E.by.is_not(None))
        .correlate(tickets)
        .scalar_subquery()
    )
    rows = connection.execute(
        select(T.level1, T.level2, T.level3, T.opened_at, T.urgent, first.label("first")).where(
            T.opened_at >= since, T.opened_at < until, T.parent_id.is_(None), T.live.is_(True)
        )
    )
    return [
        TakenUp(tuple(filter(None, (r.level1, r.level2, r.level3))), r.opened_at, r.urgent, r.first)
        for r in rows
    ]


def raised_in(connection: Connection, since: datetime, until: datetime) -> dict[str, int]:
    """How many tickets each unit raised itself."""
    rows = connection.execute(
        select(T.raised_in, func.count())
        .where(T.opened_at >= since, T.opened_at < until, T.raised_in.is_not(None), T.parent_id.is_(None))
        .group_by(T.raised_in)
    )
    return dict(rows.all())


def counted(
    connection: Connection, level: Level, since: datetime, until: datetime
) -> Mapping[str, tuple[int, int, int]]:  # fmt: skip
    """Of each grid of a level: settled on the spot, rated, satisfied."""
    stretch = Stretch(since, until)
    spot = sums(connection, Asked(RAISED, ("on_the_spot",), Area(), level, wholes=True), stretch)
    rated = sums(connection, Asked(ASKED, ("rated", "satisfied"), Area(), level, wholes=True), stretch)
    return {
        code: (*spot.get(code, (0,)), *rated.get(code, (0, 0)))  # type: ignore[misc]
        for code in spot.keys() | rated.keys()
    }


def meetings_held(connection: Connection, since: datetime, until: datetime) -> dict[str, int]:
    """How many meetings each unit held."""
    rows = connection.execute(
        select(M.unit, func.count())
        .where(M.held_at >= since, M.held_at < until, M.state == MeetingState.CLOSED.value)
        .group_by(M.unit)
    )
    return dict(rows.all())
