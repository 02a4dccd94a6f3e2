"""Count tickets: the load of every grid, the figures of an area."""

from __future__ import annotations

from collections.abc import Mapping
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
from storage.crosswalks import counted_in
from storage.days.parts import ANSWERED, RAISED, SETTLED, Part
from storage.days.sums import Asked, Stretch, sums, totals
from storage.schema import tickets

Moment = datetime | BindParameter[Any]
"""A moment, or the place for one in a statement that is made once."""


def loads(connection: Connection, level: Level, now: datetime, lead: str | None = None) -> dict[str, Load]:
    """Open, overdue and due-soon tickets of every grid of a level that has any; of one department when asked.

    The key ``""`` holds what lies in no grid of this level.
    """
    rows = connection.execute(_loads_asked(level, lead is not None), {"now": now, "lead": lead})
    return {code or "": Load(count, overdue or 0, soon or 0) for code, count, overdue, soon in rows}


@cache
def _loads_asked(level: Level, by_lead: bool) -> Select[Any]:
    """Made once for each form, as what is asked of an area is."""
    place = tickets.c[f"level{int(level)}"]
    counted = select(place, *_load_columns(bindparam("now"))).where(tickets.c.open).group_by(place)
    return counted.where(tickets.c.lead == bindparam("lead")) if by_lead else counted


def shares(
    connection: Connection,
    level: Level,
    measure: Measure,
    since: datetime,
    lead: str | None = None,
) -> dict[str, Share]:
    """How often work ended well in every grid of a level since a moment, as :func:`figures` counts it.

    On time of what was handled, satisfied of what was rated; of one department when asked.
    """
    outcome = OUTCOMES[measure]
    asked = Asked(outcome.part, outcome.measures, Area(lead=lead), by=level)
    found = sums(connection, asked, Stretch(since, None))
    return {code: Share(n, good) for code, (n, good) in found.items() if code and n}


def queue_load(connection: Connection, now: datetime) -> Load:
    """The load of the no-grid queue: open tickets that lie in no grid at all."""
    row = connection.execute(select(*_load_columns(now)).where(tickets.c.open, _in_no_grid())).one()
    return Load(row[0], row[1] or 0, row[2] or 0)


def load_of(connection: Connection, area: Area, now: datetime) -> Load:
    """The load of an area: open, overdue and due-soon tickets."""
    count, overdue, soon = connection.execute(_load_asked(area.form), {"now": now} | area.values).one()
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
    def is_everything(self) -> bool:
        """Does it narrow nothing?"""
        return self == Area().form

    @property
    def area(self) -> Area:
        """An area with a place for each value."""
        place: dict[str, Any] = {
            name: bindparam(name) for name in ("lead", "queue", "holder") if getattr(self, name)
        }
        return Area(self.level, bindparam("codes", expanding=True), no_grid=self.no_grid, **place)  # type: ignore[arg-type]


@cache
def _load_asked(form: Form) -> Select[Any]:
    """Made once for each form: putting a statement together takes longer than the store takes to answer."""
    now: BindParameter[Any] = bindparam("now")
    return select(*_load_columns(now)).where(tickets.c.open, form.area.condition())


def figures(
    connection: Connection, area: Area, day_begins: datetime, since: datetime, now: datetime
) -> Figures:
    """The KPIs of an area: open work now, what happened since ``day_begins``, rates of what was due since ``since``."""
    values = {"now": now} | area.values
    open_row = connection.execute(_load_asked(area.form), values).one()
    today, lately = Stretch(day_begins, None), Stretch(since, None)
    on_time, satisfied = (OUTCOMES[measure] for measure in (Measure.ON_TIME, Measure.SATISFIED))
    (settled,), (raised,), timed, rated = totals(
        connection,
        [
            (Asked(SETTLED, ("settled",), area), today),
            (Asked(RAISED, ("raised",), area), today),
            (Asked(on_time.part, on_time.measures, area), lately),
            (Asked(satisfied.part, satisfied.measures, area), lately),
        ],
    )
    return Figures(
        open=open_row[0],
        overdue=open_row[1] or 0,
        due_soon=open_row[2] or 0,
        settled_today=settled,
        raised_today=raised,
        on_time_rate=rate_of(timed),
        on_time_n=timed[0],
        satisfied_rate=rate_of(rated),
        rated_n=rated[0],
    )


@dataclass(frozen=True, slots=True)
class Outcome:
    """How work ended: how often at all, and how often well."""

    part: Part
    measures: tuple[str, str]


OUTCOMES: Mapping[Measure, Outcome] = {
    Measure.ON_TIME: Outcome(SETTLED, ("timed", "timely")),
    Measure.SATISFIED: Outcome(ANSWERED, ("answered", "liked")),
}
"""What each rate is counted of: what was handled and had a deadline, and on time; what was rated, and well."""


def rate_of(counted: tuple[int, ...]) -> float | None:
    """How often of all it was good; None when there is nothing to divide by."""
    n, good = counted
    return good / n if n else None
