"""Keep what follows when a plan comes into force: only rows that hang on changed codes are read and written, in few statements."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from domain.actions.into_force import Ended
from domain.events import Event, plan_stream
from domain.grids import Level, Located
from domain.meetings import Meeting, MeetingState
from domain.place import LngLat
from domain.plans.posts import HeadTerm
from domain.plans.redraw_day import PlanContent, Redraw
from domain.said import Said
from domain.tickets import Ticket
from storage import facts, schema
from storage.appending import append
from storage.drafts import read_draft
from storage.heads import head_terms, move_terms
from storage.meetings import meeting_from
from storage.schema import crosswalk, inbox, meetings, saved_views, tickets
from storage.sweeping import SweepRows
from storage.tickets import ticket_from

P, G, T, X = schema.plans.c, schema.grids.c, tickets.c, crosswalk.c

CODES_AT_ONCE = 400
"""Codes asked for by one statement: databases bound the number of parameters."""

ENDED_IN_CODES = 20
"""The same where all that ever ended there comes back: as much as a program holds easily."""

TICKETS_AT_ONCE = 4_000
"""Tickets of one stretch: so many logs' ends are read, and rows written, at once."""

SETTLING = timedelta(minutes=5)
"""So long everything on changed ground is looked at again: who raised a ticket in that moment may have seen the plan before,
and a code that stays does not tell."""

LATE = timedelta(hours=1)
"""So long after a plan came into force, a program that still saw the one before may have raised a ticket."""

FOLLOWING = (
    (schema.accounts, "area"), (schema.walls, "area"), (schema.leaders, "community"),
    (schema.department_links, "community"), (schema.inbox, "post"),
)  # fmt: skip
"""The columns that name a unit and follow it."""

IN_QUERY = frozenset({"grid", "within"})
"""What of a saved view names a unit."""


@dataclass(frozen=True, slots=True)
class RedrawRows(SweepRows):
    """Implements :class:`domain.actions.into_force.RedrawWork` on one connection."""

    # --- plans -------------------------------------------------------------------------------------------------

    def revision(self) -> int:
        return facts.revision(self.connection)

    def due_plan(self, now: datetime) -> PlanContent | None:
        row = self.connection.execute(
            select(schema.plans)
            .where(P.state == "approved", P.from_at <= now)
            .order_by(P.from_at, P.id)
            .limit(1)
            .with_for_update()
        ).first()
        return self._content(row)

    def plan_in_force(self) -> PlanContent | None:
        row = self.connection.execute(
            select(schema.plans)
            .where(P.state == "in_force")
            .order_by(P.from_at.desc(), P.id.desc())
            .limit(1)
            .with_for_update()
        ).first()
        return self._content(row)

    def plan_before(self) -> PlanContent | None:
        row = self.connection.execute(_last_retired()).first()
        return self._content(row)

    def _content(self, row: Row[Any] | None) -> PlanContent | None:
        if row is None:
            return None
        outlines = {
            r.code: r.geometry
            for r in self.connection.execute(select(G.code, G.geometry).where(G.plan_id == row.id))
        }
        draft = read_draft(self.connection, row.id)
        return PlanContent(row.id, row.name, draft, outlines, row.content_hash, row.units_hash, row.version)

    def succeed(self, old: int | None, new: int, now: datetime) -> None:
        if old is not None:
            retired = {"state": "retired", "retired_at": now, "version": P.version + 1}
            self.connection.execute(update(schema.plans).where(P.id == old).values(retired))
        began = {"state": "in_force", "version": P.version + 1}
        self.connection.execute(update(schema.plans).where(P.id == new).values(began))
        facts.bump_revision(self.connection)

    def note_refused(self, plan: int, now: datetime, why: Said) -> bool:
        values = {key: str(value) for key, value in why.values.items()}
        told = {"state": "approved", "why": why.text, "values": values}
        last = self.last_event(plan_stream(plan))
        if last is not None and last.kind == "not_in_force" and dict(last.facts) == told:
            return False
        self.add_event(Event(plan_stream(plan), 0, now, "not_in_force", None, told))
        return True

    # --- tickets -----------------------------------------------------------------------------------------------

    def open_tickets_on(self, redraw: Redraw) -> Iterator[list[Ticket]]:
        gone, seen = sorted(redraw.gone), set[int]()
        for condition in (*_lying_on(redraw), *_named(T.holder, gone), *_named(T.raised_in, gone)):
            rows = self.connection.execute(select(T.id).where(T.open, condition)).scalars()
            seen.update(rows)
        wanted = sorted(seen)
        for start in range(0, len(wanted), TICKETS_AT_ONCE):
            part = wanted[start : start + TICKETS_AT_ONCE]
            found = [
                ticket_from(row)
                for ids in _parts(part)
                for row in self.connection.execute(
                    select(tickets).where(T.id.in_(ids), T.open).order_by(T.id).with_for_update()
                )
            ]
            self._read_around([ticket.id for ticket in found])
            yield found

    def keep_rehomed(self, ticket: Ticket, event: Event) -> None:
        self.save_ticket(ticket)
        self.add_event(event)

    def ended_on(self, redraw: Redraw) -> Iterator[list[Ended]]:
        columns = (
            T.id, T.lng, T.lat, T.level1, T.level2, T.level3, X.ticket_id.label("x"), X.level1.label("x1"),
            X.level2.label("x2"), X.level3.label("x3"),
        )  # fmt: skip
        joined = select(*columns).outerjoin_from(tickets, crosswalk, X.ticket_id == T.id)
        counted = select(*columns).join_from(crosswalk, tickets, X.ticket_id == T.id)
        seen = set[int]()
        ways = ((joined, _lying_on(redraw, ENDED_IN_CODES)), (counted, _counted_on(redraw)))
        for statement, conditions in ways:
            for condition in conditions:
                rows = self.connection.execute(statement.where(T.open.is_(False), condition)).all()
                found = [_ended(row) for row in rows if row.id not in seen]
                seen.update(row.id for row in rows)
                if found:
                    yield found

    def keep_crosswalk(self, plan: int, places: Mapping[int, Located | None]) -> None:
        if not places:
            return
        # One row for each ticket: what an earlier redraw said of it does not count any more.
        for ids in _parts(list(places)):
            self.connection.execute(delete(crosswalk).where(X.ticket_id.in_(ids)))
        rows = [
            {"plan_id": plan, "ticket_id": n, "level1": at.level1, "level2": at.level2, "level3": at.level3}
            for n, at in places.items()
            if at is not None
        ]
        if rows:
            append(self.connection, crosswalk, rows)

    # --- people and units ----------------------------------------------------------------------------------------

    def head_terms(self, now: datetime) -> list[HeadTerm]:
        return head_terms(self.connection, now)

    def follow_heads(self, going: Mapping[int, str | None], now: datetime) -> None:
        move_terms(self.connection, going, now)

    def follow_units(self, going: Mapping[str, str], accounts: Mapping[str, str]) -> None:
        for table, column in FOLLOWING:
            pairs = accounts if table is schema.accounts else going
            rows = [{"the_old": old, "the_new": new} for old, new in pairs.items()]
            if rows:
                self.connection.execute(
                    update(table)
                    .where(table.c[column] == bindparam("the_old"))
                    .values({column: bindparam("the_new")}),
                    rows,
                )
        self._follow_organisations(going)
        self._follow_views(going)

    def _follow_organisations(self, going: Mapping[str, str]) -> None:
        """An organisation goes with its ground; where another sits already it stays on record under its old code."""
        table = schema.organisations
        there = set(self.connection.scalars(select(table.c.grid)))
        for old, new in going.items():
            if old in there and new not in there:
                self.connection.execute(update(table).where(table.c.grid == old).values(grid=new))
                there = (there - {old}) | {new}

    def _follow_views(self, going: Mapping[str, str]) -> None:
        views = saved_views.c
        names_one = or_(*(views.query.contains(f"{part}=") for part in IN_QUERY))
        for row in self.connection.execute(select(views.id, views.query).where(names_one)).all():
            parts = [
                (part, going.get(value, value) if part in IN_QUERY else value)
                for part, value in parse_qsl(row.query)
            ]
            query = urlencode(parts)
            if query != row.query and any(value in going for _, value in parse_qsl(row.query)):
                self.connection.execute(update(saved_views).where(views.id == row.id).values(query=query))

    def agendas_of(self, units: Iterable[str]) -> list[Meeting]:
        found = []
        for condition in _named(meetings.c.unit, sorted(units)):
            rows = self.connection.execute(
                select(meetings)
                .where(condition, meetings.c.state == MeetingState.OPEN.value)
                .order_by(meetings.c.id)
                .with_for_update()
            )
            found += [meeting_from(row) for row in rows]
        return found

    def tell_many(self, told: Mapping[tuple[str, str], int], now: datetime) -> None:
        rows = [
            {"post": post, "kind": kind, "at": now, "ticket_id": None, "meeting_id": None, "n": n}
            for (post, kind), n in sorted(told.items())
        ]
        if rows:
            self.connection.execute(insert(inbox), rows)


def _lying_on(redraw: Redraw, at_once: int = CODES_AT_ONCE) -> list[ColumnElement[bool]]:
    """Which tickets lie on changed ground, as conditions that each read one index of a level.

    Where grids nest, the smallest level says it all; what lies in none of that level is looked for by the others.
    """
    levels = [level for level in Level if redraw.before.by_level[level]]
    if not levels:
        return []
    smallest = levels[-1]
    place = T[f"level{int(smallest)}"]
    found = _named(place, redraw.changed_at(smallest), at_once)
    for level in levels[:-1]:
        column = T[f"level{int(level)}"]
        if redraw.nested:
            # Hidden, so that the few without a smallest grid are read and not all that lies in a community.
            hidden = _named(func.coalesce(column, ""), redraw.changed_at(level), at_once)
            found += [and_(place.is_(None), condition) for condition in hidden]
        else:
            found += _named(column, redraw.changed_at(level), at_once)
    return found


def _counted_on(redraw: Redraw) -> list[ColumnElement[bool]]:
    """Which tickets that have ended are counted on changed ground since an earlier redraw."""
    return [
        condition
        for level in Level
        for condition in _named(X[f"level{int(level)}"], redraw.changed_at(level), ENDED_IN_CODES)
    ]


def _named(column: Any, codes: Sequence[str], at_once: int = CODES_AT_ONCE) -> list[ColumnElement[bool]]:
    """A column is one of many codes: as conditions that a database takes."""
    return [column.in_(codes[start : start + at_once]) for start in range(0, len(codes), at_once)]


def _parts(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), CODES_AT_ONCE):
        yield ids[start : start + CODES_AT_ONCE]


def _ended(row: Any) -> Ended:
    own = Located(row.level1, row.level2, row.level3)
    counted = own if row.x is None else Located(row.x1, row.x2, row.x3)
    point = None if row.lng is None or row.lat is None else LngLat(row.lng, row.lat)
    return Ended(row.id, point, own, counted)


def _last_retired() -> Any:
    return (
        select(schema.plans)
        .where(P.state == "retired", P.retired_at.is_not(None))
        .order_by(P.retired_at.desc(), P.id.desc())
        .limit(1)
    )


# --- looking, before anything is locked ------------------------------------------------------------------------


def due_plans(connection: Connection, now: datetime) -> list[int]:
    """The approved plans whose moment has come, in their order."""
    due = select(P.id).where(P.state == "approved", P.from_at <= now).order_by(P.from_at, P.id)
    return list(connection.scalars(due))


def is_settling(connection: Connection, now: datetime) -> bool:
    """Did a plan come into force a moment ago?"""
    before = connection.execute(_last_retired()).first()
    return before is not None and before.retired_at >= now - SETTLING


def has_stragglers(connection: Connection, now: datetime) -> bool:
    """Did a plan come into force lately, and does an open ticket lie in, or is it held by, a grid that is gone since?"""
    before = connection.execute(_last_retired()).first()
    if before is None or before.retired_at < now - LATE:
        return False
    here = select(G.code).where(G.plan_id == select(P.id).where(P.state == "in_force").scalar_subquery())
    gone = connection.scalars(select(G.code).where(G.plan_id == before.id, G.code.not_in(here))).all()
    return any(
        connection.execute(select(T.id).where(T.open, condition).limit(1)).first()
        for column in (T.level3, T.level2, T.level1, T.holder)
        for condition in _named(column, gone)
    )
