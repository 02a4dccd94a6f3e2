"""Keep how much was open at the end of each day: counted once, read by whoever looks back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    case,
    delete,
    false,
    func,
    insert,
    literal,
    select,
    true,
)
from sqlalchemy.dialects import postgresql, sqlite

from domain.events import ticket_stream
from domain.grids import CITY, Level
from domain.tickets import ENDED
from storage.schema import snapshot_loads, snapshots, tickets
from storage.tickets import beats_of_streams

WHOLE = 0
"""The level under which the whole city is kept, what lies in no grid with it."""

T, S, L = tickets.c, snapshots.c, snapshot_loads.c
PLACE = (T.level1, T.level2, T.level3)
HIDDEN_PLACE = tuple(func.coalesce(level, "") for level in PLACE)
"""The same for what ended: SQLite would go by the place, and read all that ever ended instead of what ended since."""


@dataclass(frozen=True, slots=True)
class DayLoad:
    """What a grid, or the whole city, had at the end of a day. ``overdue`` is None where nobody counted in time."""

    grid: str
    level: int
    open: int
    overdue: int | None


def loads_at(connection: Connection, midnight: datetime, *, with_overdue: bool) -> list[DayLoad]:
    """What every grid and the whole city had open at a midnight that is over, where they had anything.

    Open is exact at any later time, for tickets where they lie now; overdue only as long as nobody has moved
    anything since, for a deadline that was is kept nowhere.
    """
    opens: Counter[tuple[int, str]] = Counter()
    late: Counter[tuple[int, str]] = Counter()
    doubtful = 0
    for condition, columns in zip(_counted(midnight), (PLACE, HIDDEN_PLACE), strict=True):
        for *place, n, overdue, again in connection.execute(_by_place(condition, midnight, columns)):
            doubtful += again or 0
            for unit in _units(place):
                opens[unit] += n
                late[unit] += overdue or 0
    for ended in _ended_before(connection, midnight) if doubtful else ():
        opens.subtract(_units(ended))
    return [
        DayLoad(grid, level, n, late[level, grid] if with_overdue else None)
        for (level, grid), n in sorted(opens.items())
        if n
    ]


def _counted(midnight: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Which tickets were open: those that still are, and those that ended later."""
    moment = literal(midnight, T.opened_at.type)
    # As a case, for nearly everything was there: an index over when it was opened would lead nowhere.
    was_there = case((T.opened_at < moment, true()), else_=false())
    return and_(T.open, was_there), and_(T.open.is_(False), T.closed_at >= moment, was_there)


def _by_place(condition: ColumnElement[bool], midnight: datetime, place: Sequence[ColumnElement[Any]]) -> Any:
    moment = literal(midnight, T.due_at.type)
    overdue = func.sum(case((T.due_at < moment, 1), else_=0))
    again = func.sum(case((_may_have_ended_before(midnight), 1), else_=0))
    return select(*place, func.count(), overdue, again).where(condition).group_by(*place)


def _may_have_ended_before(midnight: datetime) -> ColumnElement[bool]:
    """Whether somebody reopened it since: its row has forgotten that it was over, its log has not."""
    return and_(T.cycle > 1, T.stage_since >= literal(midnight, T.stage_since.type))


def _ended_before(connection: Connection, midnight: datetime) -> Iterator[Sequence[str | None]]:
    """Where those tickets lie that were over at a midnight and were reopened after it."""
    doubtful = {
        ticket_stream(row.id): (row.level1, row.level2, row.level3)
        for condition in _counted(midnight)
        for row in connection.execute(select(T.id, *PLACE).where(condition, _may_have_ended_before(midnight)))
    }
    for stream, beats in beats_of_streams(connection, sorted(doubtful)).items():
        before = [beat.state for beat in beats if beat.at < midnight]
        if before and before[-1] in ENDED:
            yield doubtful[stream]


def _units(place: Sequence[str | None]) -> list[tuple[int, str]]:
    """The grids of a place, one a level, and the whole city over them."""
    grids = [(int(level), code) for level, code in zip(Level, place, strict=True) if code]
    return [(WHOLE, CITY), *grids]


def add_day(
    connection: Connection, day: date, taken_at: datetime, loads: Iterable[DayLoad], *, with_overdue: bool
) -> bool:
    """Keep a day; False when it was kept before, also by another process just now."""
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    head = {"day": day.isoformat(), "taken_at": taken_at, "with_overdue": with_overdue}
    added = make(snapshots).values(head).on_conflict_do_nothing().returning(snapshots.c.day)
    if connection.execute(added).first() is None:
        return False
    rows = [
        {"day": day.isoformat(), "grid": x.grid, "level": x.level, "open": x.open, "overdue": x.overdue}
        for x in loads
    ]
    if rows:
        connection.execute(insert(snapshot_loads), rows)
    return True


def forget_made_up(connection: Connection, since: date = date.min) -> None:
    """Drop the days from ``since`` on that were made up afterwards, so that they are made up anew from what is known now.

    What was counted at its own midnight stays: that is what people knew then.
    """
    made_up = select(S.day).where(S.day >= since.isoformat(), S.with_overdue.is_(False))
    connection.execute(delete(snapshot_loads).where(L.day.in_(made_up)))
    connection.execute(delete(snapshots).where(S.day >= since.isoformat(), S.with_overdue.is_(False)))


def days_taken(connection: Connection, first: date, before: date) -> set[date]:
    """The days from ``first`` on, and before another, that are kept."""
    kept = select(S.day).where(S.day >= first.isoformat(), S.day < before.isoformat())
    return {date.fromisoformat(day) for day in connection.scalars(kept)}


def first_opened(connection: Connection) -> datetime | None:
    """When the first ticket of all was opened."""
    first: datetime | None = connection.scalar(select(func.min(T.opened_at)))
    return first


def opens(connection: Connection, level: Level, days: Iterable[date]) -> dict[date, dict[str, int]]:
    """What every grid of a level had open at the end of each of these days, where it had anything."""
    found: dict[date, dict[str, int]] = {day: {} for day in days}
    rows = connection.execute(
        select(L.day, L.grid, L.open).where(
            L.day.in_([day.isoformat() for day in found]), L.level == int(level)
        )
    )
    for day, grid, n in rows:
        found[date.fromisoformat(day)][grid] = n
    return found


def at_end_of(connection: Connection, day: date, units: Sequence[str]) -> tuple[int, int | None] | None:
    """What several units together had open and overdue at the end of a day; None when the day is not kept."""
    with_overdue = connection.scalar(select(S.with_overdue).where(S.day == day.isoformat()))
    if with_overdue is None:
        return None
    both = select(func.sum(L.open), func.sum(L.overdue)).where(L.day == day.isoformat(), L.grid.in_(units))
    found = connection.execute(both).one()
    return found[0] or 0, (found[1] or 0) if with_overdue else None
