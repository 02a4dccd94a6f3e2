"""Count tickets: the load of every grid, the figures of an area."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    case,
    func,
    literal,
    select,
    true,
)

from domain.grids import Level
from domain.loads import Load, Measure, Share
from domain.needs import SATISFIED_FROM
from storage.crosswalks import counted_in, counted_place, joined, was_redrawn
from storage.schema import ratings, tickets

Moment = datetime | BindParameter[Any]
"""A moment, or the place for one in a statement that is made once."""


def loads(connection: Connection, level: Level, now: datetime, lead: str | None = None) -> dict[str, Load]:
    """Open, overdue and due-soon tickets of every grid of a level that has any; of one department when asked.

    The key ``""`` holds what lies in no grid of this level.
    """
    place = tickets.c[f"level{int(level)}"]
    counted = select(place, *_load_columns(now)).where(tickets.c.open).group_by(place)
    rows = connection.execute(counted if lead is None else counted.where(tickets.c.lead == lead))
    return {code or "": Load(count, overdue or 0, soon or 0) for code, count, overdue, soon in rows}


def shares(
    connection: Connection,
    level: Level,
    measure: Measure,
    since: datetime,
    now: datetime,
    lead: str | None = None,
) -> dict[str, Share]:
    """How often work ended well in every grid of a level since a moment, as :func:`figures` counts it.

    On time of what was handled, satisfied of what was rated; of one department when asked.
    """
    redrawn = was_redrawn(connection)
    place = counted_place(level) if redrawn else tickets.c[f"level{int(level)}"]
    asked = joined(OUTCOMES[measure](since, now)) if redrawn else OUTCOMES[measure](since, now)
    of = asked.where(place.is_not(None)).add_columns(place).group_by(place)
    rows = connection.execute(of if lead is None else of.where(tickets.c.lead == lead))
    return {code: Share(n, good or 0) for n, good, code in rows}


def queue_load(connection: Connection, now: datetime) -> Load:
    """The load of the no-grid queue: open tickets that lie in no grid at all."""
    row = connection.execute(select(*_load_columns(now)).where(tickets.c.open, _in_no_grid())).one()
    return Load(row[0], row[1] or 0, row[2] or 0)


def load_of(connection: Connection, area: Area, now: datetime) -> Load:
    """The load of an area: open, overdue and due-soon tickets."""
    asked = _figures_asked(area.form, False).open
    count, overdue, soon = connection.execute(asked, {"now": now} | area.values).one()
    return Load(count, overdue or 0, soon or 0)


def open_in(connection: Connection, area: Area) -> int:
    """How many open tickets an area has."""
    statement = select(func.count()).select_from(tickets).where(tickets.c.open, area.condition())
    return connection.scalar(statement) or 0


def _load_columns(now: Moment) -> tuple[ColumnElement[Any], ...]:
    moment = now if isinstance(now, BindParameter) else literal(now, tickets.c.due_at.type)
    overdue = case((tickets.c.due_at < moment, 1), else_=0)
    soon = case((and_(tickets.c.due_at >= moment, tickets.c.warn_at <= moment), 1), else_=0)
    return func.count(), func.sum(overdue), func.sum(soon)


def _in_no_grid() -> ColumnElement[bool]:
    return and_(tickets.c.level1.is_(None), tickets.c.level2.is_(None), tickets.c.level3.is_(None))


@dataclass(frozen=True, slots=True)
class Figures:
    """What a leader reads first. Rates are None when there is nothing to divide by."""

    open: int
    overdue: int
    due_soon: int
    settled_today: int
    raised_today: int
    on_time_rate: float | None
    on_time_n: int
    satisfied_rate: float | None
    rated_n: int


@dataclass(frozen=True, slots=True)
class Area:
    """Which tickets: a grid of a level, several communities, a holder's queue, a department – or all."""

    level: Level | None = None
    codes: tuple[str, ...] = ()
    lead: str | None = None
    no_grid: bool = False
    queue: str | None = None
    holder: str | None = None

    def condition(self, *, by_time: bool = False, counted: bool = False) -> ColumnElement[bool]:
        """The area as SQL; what is not asked for does not narrow. ``counted``: what has ended, on the ground of today.

        A statement that is narrowed ``by_time`` is to read the index of that time: for communities SQLite would
        rather read everything that ever lay in them.
        """
        asked: list[ColumnElement[bool]] = [true()]
        if self.no_grid:
            asked.append(_in_no_grid())
        if self.queue is not None:
            asked.append(tickets.c.queue == self.queue)
        if self.holder is not None:
            asked.append(tickets.c.holder == self.holder)
        if self.lead is not None:
            asked.append(tickets.c.lead == self.lead)
        if self.level is not None:
            place: ColumnElement[Any] = tickets.c[f"level{int(self.level)}"]
            hidden = by_time and self.level is Level.COMMUNITY
            read = func.coalesce(place, "") if hidden else place
            asked.append(counted_in(read, self.level, self.codes) if counted else read.in_(self.codes))
        return and_(*asked)

    @property
    def form(self) -> Form:
        """How this area is asked for, whatever its values."""
        return Form(
            self.level, self.lead is not None, self.no_grid, self.queue is not None, self.holder is not None
        )

    @property
    def values(self) -> dict[str, object]:
        """The values that a statement about its form wants."""
        return {"codes": self.codes, "lead": self.lead, "queue": self.queue, "holder": self.holder}


@dataclass(frozen=True, slots=True)
class Form:
    """An area without its values: statements about it are the same for many."""

    level: Level | None
    lead: bool
    no_grid: bool
    queue: bool
    holder: bool

    @property
    def area(self) -> Area:
        """An area with a place for each value."""
        place: dict[str, Any] = {
            name: bindparam(name) for name in ("lead", "queue", "holder") if getattr(self, name)
        }
        return Area(self.level, bindparam("codes", expanding=True), no_grid=self.no_grid, **place)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class _Asked:
    """The questions behind the figures of every area of one form."""

    open: Select[Any]
    settled: Select[Any]
    raised: Select[Any]
    timed: Select[int, Any]
    rated: Select[int, Any]


@cache
def _figures_asked(form: Form, redrawn: bool) -> _Asked:
    """Made once for each form: putting such statements together takes longer than the store takes to answer."""
    area = form.area
    here, lately = area.condition(counted=redrawn), area.condition(by_time=True, counted=redrawn)
    since: BindParameter[Any] = bindparam("since")
    now: BindParameter[Any] = bindparam("now")
    return _Asked(
        open=select(*_load_columns(now)).where(tickets.c.open, area.condition()),
        settled=select(func.count()).where(tickets.c.handled_at >= bindparam("day_begins"), lately),
        raised=select(func.count()).where(tickets.c.opened_at >= bindparam("day_begins"), here),
        timed=_on_time(since, now).where(lately),
        rated=_satisfied(since, now).where(lately),
    )


def figures(
    connection: Connection, area: Area, day_begins: datetime, since: datetime, now: datetime
) -> Figures:
    """The KPIs of an area: open work now, what happened since ``day_begins``, rates of what was due since ``since``."""
    asked = _figures_asked(area.form, was_redrawn(connection))
    values = {"day_begins": day_begins, "since": since, "now": now} | area.values
    open_row = connection.execute(asked.open, values).one()
    settled, raised = connection.scalar(asked.settled, values), connection.scalar(asked.raised, values)
    timed, rated = (
        connection.execute(asked.timed, values).one(),
        connection.execute(asked.rated, values).one(),
    )
    return Figures(
        open=open_row[0],
        overdue=open_row[1] or 0,
        due_soon=open_row[2] or 0,
        settled_today=settled or 0,
        raised_today=raised or 0,
        on_time_rate=_rate(timed[1], timed[0]),
        on_time_n=timed[0],
        satisfied_rate=_rate(rated[1], rated[0]),
        rated_n=rated[0],
    )


def _on_time(since: Moment, now: Moment) -> Select[int, Any]:
    """How many were handled in a stretch and had a deadline; how many of them on time."""
    good = func.sum(case((tickets.c.on_time, 1), else_=0))
    return select(func.count(tickets.c.on_time), good).where(
        tickets.c.handled_at >= since, tickets.c.handled_at <= now
    )


def _satisfied(since: Moment, now: Moment) -> Select[int, Any]:
    """How many were rated in a stretch; how many of them well."""
    good = func.sum(case((ratings.c.grade >= SATISFIED_FROM, 1), else_=0))
    return (
        select(func.count(), good)
        .join_from(ratings, tickets, ratings.c.ticket_id == tickets.c.id)
        .where(ratings.c.rated_at >= since, ratings.c.rated_at <= now)
    )


OUTCOMES: Mapping[Measure, Callable[[datetime, datetime], Select[int, Any]]] = {
    Measure.ON_TIME: _on_time,
    Measure.SATISFIED: _satisfied,
}
"""By which question each rate is counted."""


def _rate(part: int | None, whole: int) -> float | None:
    return (part or 0) / whole if whole else None
