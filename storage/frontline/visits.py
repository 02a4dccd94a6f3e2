"""Read visits: when somebody was where last, and how many there were in a period."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime

from sqlalchemy import Connection, func, select

from domain.frontline.visits import Follows, Learned, Visit
from storage.frontline.records import AT_ONCE, those
from storage.schema import visits

V = visits.c
STANDS = V.withdrawn.is_(False)


def last_by_unit(connection: Connection, grids: Collection[str] | None = None) -> dict[str, datetime]:
    """When each building was visited last; of some grids where they are named. Never visited ones are missing."""
    question = select(V.unit, func.max(V.at)).where(STANDS, V.unit.is_not(None)).group_by(V.unit)
    if grids is None:
        return dict(connection.execute(question).all())
    return {
        unit: at
        for part in _parts(grids)
        for unit, at in connection.execute(question.where(V.grid.in_(part)))
    }


def last_by_grid(connection: Connection) -> dict[str, datetime]:
    """When somebody was last in each smallest grid."""
    question = select(V.grid, func.max(V.at)).where(STANDS).group_by(V.grid)
    return dict(connection.execute(question).all())


def between(connection: Connection, grids: Collection[str], begin: datetime, end: datetime) -> list[Visit]:
    """The visits of a period in some grids, the last first."""
    found = [
        visit
        for part in _parts(grids)
        for visit in those(connection, Visit, V.at >= begin, V.at < end, V.grid.in_(part))
    ]
    return sorted(found, key=lambda visit: (visit.at, visit.id), reverse=True)


def counted(
    connection: Connection, begin: datetime, end: datetime
) -> list[tuple[str, str | None, Learned, Follows, int]]:  # fmt: skip
    """How many visits of each kind each building of each grid had in a period."""
    keys = (V.grid, V.unit, V.learned, V.follows)
    rows = connection.execute(
        select(*keys, func.count()).where(STANDS, V.at >= begin, V.at < end).group_by(*keys)
    )
    return [(grid, unit, learned, follows, n) for grid, unit, learned, follows, n in rows]


def by_visitor(connection: Connection, begin: datetime, end: datetime) -> dict[int, int]:
    """How many visits each account wrote down in a period."""
    rows = connection.execute(
        select(V.visitor, func.count()).where(STANDS, V.at >= begin, V.at < end).group_by(V.visitor)
    )
    return dict(rows.all())


def _parts(codes: Collection[str]) -> Iterator[list[str]]:
    wanted = sorted(codes)
    return (wanted[start : start + AT_ONCE] for start in range(0, len(wanted), AT_ONCE))
