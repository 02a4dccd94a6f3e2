"""Tally the work of a period by unit, department or city.

Which period each part uses:

- handled, overdue, on time, reworked: tickets whose handling deadline (``handle_by``) lies in the period. Overdue is
  what is not handled although its deadline is past *now*, unless it was paused (on hold, at a meeting) before that.
  Rejected, cancelled and merged tickets are due nowhere; a ticket without a deadline is due in no period.
- raised, settled on the spot: tickets opened in the period, whatever became of them.
- asked, rated, satisfied: ratings asked for in the period, also those whose time to answer still runs.

A period holds its first moment and not its last. Everything is as known now: a ticket belongs to the department that
leads it now, and to the grid on whose ground it lies by the plan in force, also when it had ended before a redraw.
Imported history (``live`` false) counts wherever it brings the dates.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, case, func, literal_column, select, true

from domain.indicators import LEVEL_OF, Grouping, Tally
from domain.needs import SATISFIED_FROM
from domain.tickets import Outcome, State
from storage.counts import Area
from storage.crosswalks import counted_place, joined, was_redrawn
from storage.schema import ratings, tickets

PLACE: Mapping[Grouping, ColumnElement[Any]] = {
    Grouping.CITY: literal_column("''"),
    Grouping.COMMUNITY: tickets.c.level1,
    Grouping.COMPOUND: tickets.c.level2,
    Grouping.BUILDING: tickets.c.level3,
    Grouping.DEPARTMENT: tickets.c.lead,
}
"""Where a ticket is tallied. A ticket does not know its street: streets are sums of communities."""

NEVER_DUE = (State.REJECTED.value, State.CANCELLED.value)
PAUSED = (State.ON_HOLD.value, State.AT_MEETING.value)


def tallies(
    connection: Connection, *, since: datetime, until: datetime, now: datetime, by: Grouping, area: Area
) -> dict[str, Tally]:
    """The tally of each unit or department of an area that has any; the key ``""`` holds what belongs to none.

    ``by`` is any grouping but by street.
    """

    redrawn = was_redrawn(connection)
    here = area.condition(counted=redrawn)
    # A unit counts the whole, a department what it has of it: its own part too.
    counted = true() if by is Grouping.DEPARTMENT or area.lead else tickets.c.parent_id.is_(None)

    def within(moment: ColumnElement[Any]) -> ColumnElement[bool]:
        return and_(moment >= since, moment < until, here, counted)

    tallied = counted_place(LEVEL_OF[by]) if redrawn and by in LEVEL_OF else PLACE[by]
    place = tallied.label("place")
    due = select(place, *_due_columns(now)).where(within(tickets.c.handle_by), _can_be_due())
    raised = select(place, *_raised_columns()).where(within(tickets.c.opened_at))
    asked = (
        select(place, *_rating_columns())
        .join_from(ratings, tickets, ratings.c.ticket_id == tickets.c.id)
        .where(within(ratings.c.asked_at))
    )
    found: dict[str, Tally] = {}
    for statement in (due, raised, asked):
        whole = joined(statement) if redrawn and by in LEVEL_OF else statement
        for code, tally in _grouped(connection, whole if by is Grouping.CITY else whole.group_by(tallied)):
            found[code] = found.get(code, Tally()) + tally
    return {code: tally for code, tally in found.items() if tally != Tally()}


def _grouped(connection: Connection, statement: Select[Any]) -> list[tuple[str, Tally]]:
    rows = [dict(row) for row in connection.execute(statement).mappings()]
    return [(row.pop("place") or "", Tally(**row)) for row in rows]


def _due_columns(now: datetime) -> tuple[ColumnElement[int], ...]:
    handled = tickets.c.handled_at.is_not(None)
    late = and_(tickets.c.handled_at.is_(None), tickets.c.handle_by < now)
    paused_before = and_(tickets.c.state.in_(PAUSED), tickets.c.stage_since <= tickets.c.handle_by)
    return (
        _times(handled).label("handled"),
        _times(and_(late, ~paused_before)).label("overdue"),
        _times(and_(handled, tickets.c.on_time.is_(True))).label("on_time"),
        _times(and_(handled, tickets.c.rework > 0)).label("reworked"),
    )


def _can_be_due() -> ColumnElement[bool]:
    merged = Outcome.MERGED.value
    return and_(tickets.c.state.not_in(NEVER_DUE), tickets.c.outcome.is_distinct_from(merged))


def _raised_columns() -> tuple[ColumnElement[int], ...]:
    on_the_spot = tickets.c.outcome == Outcome.SETTLED_ON_THE_SPOT.value
    return func.count().label("raised"), _times(on_the_spot).label("on_the_spot")


def _rating_columns() -> tuple[ColumnElement[int], ...]:
    return (
        func.count().label("asked"),
        func.count(ratings.c.grade).label("rated"),
        _times(ratings.c.grade >= SATISFIED_FROM).label("satisfied"),
    )


def _times(condition: ColumnElement[bool]) -> ColumnElement[int]:
    """How often a condition holds; 0 over no rows at all."""
    return func.count(case((condition, 1)))
