"""Keep joint meetings and their matters; read agendas, the cadence, the four figures."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, bindparam, func, insert, select, update

from domain.meetings import Matter, MatterOutcome, Meeting, MeetingState, Origin, Tier
from storage.schema import meeting_matters, meetings, plans, tickets

M, X = meetings.c, meeting_matters.c

IN_ONE_QUESTION = 500
"""How many numbers or codes one question names: older SQLite takes a thousand."""


@dataclass(frozen=True, slots=True)
class MeetingRows:
    """Meetings inside one transaction; implements :class:`domain.store.MeetingWork`."""

    connection: Connection

    def meeting(self, meeting_id: int) -> Meeting | None:
        row = self.connection.execute(select(meetings).where(M.id == meeting_id).with_for_update()).first()
        return meeting_from(row) if row else None

    def open_agenda(self, unit: str) -> Meeting | None:
        if self.connection.dialect.name == "postgresql":
            # Two who both need a first agenda queue here; SQLite's writers queue anyway.
            key = func.hashtextextended(f"agenda:{unit}", 0)
            self.connection.execute(select(func.pg_advisory_xact_lock(key)))
        row = self.connection.execute(
            select(meetings).where(M.unit == unit, M.state == MeetingState.OPEN.value).with_for_update()
        ).first()
        return meeting_from(row) if row else None

    def add_meeting(self, meeting: Meeting) -> Meeting:
        columns = meeting_columns(meeting)
        new_id = self.connection.execute(insert(meetings).values(columns).returning(M.id)).scalar_one()
        return replace(meeting, id=new_id)

    def save_meeting(self, meeting: Meeting) -> bool:
        saved = self.connection.execute(
            update(meetings)
            .where(M.id == meeting.id, M.version == meeting.version - 1)
            .values(meeting_columns(meeting))
        )
        return saved.rowcount == 1

    def matter(self, matter_id: int) -> Matter | None:
        row = self.connection.execute(select(meeting_matters).where(X.id == matter_id)).first()
        return matter_from(row) if row else None

    def matters_of(self, meeting_id: int) -> list[Matter]:
        return matters_of(self.connection, meeting_id)

    def add_matter(self, matter: Matter) -> Matter:
        columns = matter_columns(matter)
        new_id = self.connection.execute(insert(meeting_matters).values(columns).returning(X.id)).scalar_one()
        return replace(matter, id=new_id)

    def save_matter(self, matter: Matter) -> None:
        self.connection.execute(
            update(meeting_matters).where(X.id == matter.id).values(matter_columns(matter))
        )

    def open_matter_of_ticket(self, ticket_id: int) -> Matter | None:
        row = self.connection.execute(_OPEN_MATTER, {"the_ticket": ticket_id}).first()
        return matter_from(row) if row else None

    def assigned_of_ticket(self, ticket_id: int) -> list[Matter]:
        rows = self.connection.execute(_ASSIGNED, {"the_ticket": ticket_id})
        return [matter_from(row) for row in rows]


def _matters() -> Select[Any]:
    return select(meeting_matters).join_from(meeting_matters, meetings, X.meeting_id == M.id)


# Made once: every ticket that is handled asks these, and making a statement takes longer than running it.
_OPEN_MATTER = _matters().where(
    X.ticket_id == bindparam("the_ticket"),
    M.state == MeetingState.OPEN.value,
    X.outcome.is_distinct_from(MatterOutcome.WITHDRAWN.value),
)
_ASSIGNED = (
    _matters()
    .where(
        X.ticket_id == bindparam("the_ticket"),
        M.state == MeetingState.CLOSED.value,
        X.outcome == MatterOutcome.ASSIGNED.value,
        X.settled_at.is_(None),
    )
    .order_by(X.id)
)


# --- reading -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OpenAgenda:
    """A unit's open agenda at a glance."""

    meeting: Meeting
    matters: int
    undecided: int


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """A matter with the meeting that discussed it, and where its way up ended so far."""

    meeting: Meeting
    matter: Matter
    last_meeting: Meeting
    last: Matter
    from_unit: str | None = None


@dataclass(frozen=True, slots=True)
class FourFigures:
    """The report's four figures, for any stretch of time and any units.

    ``settled`` are matters settled at their own level; ``moved_up`` counts each matter once, where it came from;
    ``settled_above`` are those of them that a meeting above settled, at once or by what it assigned.
    """

    held: int
    settled: int
    moved_up: int
    settled_above: int


def one_meeting(connection: Connection, meeting_id: int) -> Meeting | None:
    """The meeting with this number."""
    row = connection.execute(select(meetings).where(M.id == meeting_id)).first()
    return meeting_from(row) if row else None


def open_agenda(connection: Connection, unit: str) -> Meeting | None:
    """The agenda on which a unit's matters are now; None while it has none."""
    row = connection.execute(
        select(meetings).where(M.unit == unit, M.state == MeetingState.OPEN.value)
    ).first()
    return meeting_from(row) if row else None


def open_agendas(connection: Connection) -> dict[str, OpenAgenda]:
    """Every open agenda by its unit."""
    rows = connection.execute(
        select(meetings, func.count(X.id).label("n"), func.count(X.outcome).label("decided"))
        .outerjoin_from(meetings, meeting_matters, X.meeting_id == M.id)
        .where(M.state == MeetingState.OPEN.value)
        .group_by(M.id)
    )
    return {row.unit: OpenAgenda(meeting_from(row), row.n, row.n - row.decided) for row in rows}


def matters_of(connection: Connection, meeting_id: int) -> list[Matter]:
    """The matters of one meeting in the order in which they came."""
    rows = connection.execute(select(meeting_matters).where(X.meeting_id == meeting_id).order_by(X.id))
    return [matter_from(row) for row in rows]


def meetings_held(connection: Connection, unit: str, limit: int = 20) -> list[Meeting]:
    """The meetings that a unit held, the newest first."""
    rows = connection.execute(
        select(meetings)
        .where(M.unit == unit, M.state == MeetingState.CLOSED.value)
        .order_by(M.held_at.desc(), M.id.desc())
        .limit(limit)
    )
    return [meeting_from(row) for row in rows]


def regular_held(connection: Connection, since: datetime) -> dict[str, list[datetime]]:
    """When each unit held its regular meetings since a moment, oldest first."""
    found: dict[str, list[datetime]] = {}
    rows = connection.execute(
        select(M.unit, M.held_at)
        .where(M.regular, M.state == MeetingState.CLOSED.value, M.held_at >= since)
        .order_by(M.held_at)
    )
    for unit, held_at in rows:
        found.setdefault(unit, []).append(held_at)
    return found


def begun(connection: Connection) -> datetime | None:
    """Since when the city's grids are in force, and owe their meetings; None where none ever were."""
    was_in_force = plans.c.state.in_(("in_force", "retired"))
    return connection.execute(select(plans.c.from_at).where(was_in_force).order_by(plans.c.from_at)).scalar()


def led_by(connection: Connection, department: str, limit: int = 50) -> list[LedgerLine]:
    """What meetings assigned to a department: what still waits first, then the newest."""
    rows = connection.execute(
        _matters()
        .where(X.lead == department, M.state == MeetingState.CLOSED.value)
        .order_by(X.settled_at.is_not(None), X.due_at, X.id.desc())
        .limit(limit)
    )
    return lines_of(connection, [matter_from(row) for row in rows])


def last_of(connection: Connection, matters: Iterable[Matter]) -> dict[int, Matter]:
    """For each matter where its way up ended so far: the matter itself when nobody moved it up."""
    found = {matter.id: matter for matter in matters}
    above = found
    while above:
        by_lower = {
            m.from_matter: m
            for m in _matters_where(connection, X.from_matter, {m.id for m in above.values()})
        }
        above = {start: by_lower[m.id] for start, m in above.items() if m.id in by_lower}
        found = found | above
    return found


def numbers_of(connection: Connection, ticket_ids: Collection[int]) -> dict[int, str]:
    """The numbers that people know tickets by."""
    found: dict[int, str] = {}
    for some in _in_parts(ticket_ids):
        rows = connection.execute(select(tickets.c.id, tickets.c.no).where(tickets.c.id.in_(some)))
        found |= {row.id: row.no for row in rows}
    return found


def lines_of(connection: Connection, matters: Sequence[Matter]) -> list[LedgerLine]:
    """Each matter with its meeting, the lower meeting's matter it came from, and where its way up ended so far."""
    last = last_of(connection, matters)
    came_from = {m.from_matter for m in matters if m.from_matter is not None}
    lower = {m.id: m for m in _matters_where(connection, X.id, came_from)}
    every = (*matters, *last.values(), *lower.values())
    where = _meetings_by_id(connection, {m.meeting_id for m in every})

    def line(matter: Matter) -> LedgerLine:
        below = lower.get(matter.from_matter or 0)
        return LedgerLine(
            meeting=where[matter.meeting_id],
            matter=matter,
            last_meeting=where[last[matter.id].meeting_id],
            last=last[matter.id],
            from_unit=where[below.meeting_id].unit if below else None,
        )

    return [line(matter) for matter in matters]


def ledger(
    connection: Connection, since: datetime, until: datetime, units: Collection[str] | None = None
) -> list[LedgerLine]:
    """Every matter of the meetings held from ``since`` until before ``until``, by meeting; of some units or all."""
    held = _held(since, until)
    rows = connection.execute(
        _matters().add_columns(M.unit.label("unit")).where(held).order_by(M.held_at, M.id, X.id)
    )
    return lines_of(connection, [matter_from(row) for row in rows if units is None or row.unit in units])


def four_figures(
    connection: Connection, since: datetime, until: datetime, units: Collection[str] | None = None
) -> FourFigures:
    """The report's four figures of the meetings held from ``since`` until before ``until``; of some units or all.

    The compounds' monthly councils are not counted among the meetings; their matters are counted.
    """
    held = connection.execute(select(M.unit).where(_held(since, until), M.tier != Tier.COMPOUND.value))
    lines = [line for line in ledger(connection, since, until, units) if not line.matter.is_from_below]
    moved = [line.last for line in lines if line.matter.outcome is MatterOutcome.MOVED_UP]
    return FourFigures(
        held=sum(units is None or unit in units for (unit,) in held),
        settled=sum(line.matter.outcome is MatterOutcome.SETTLED for line in lines),
        moved_up=len(moved),
        settled_above=sum(is_settled(last) for last in moved),
    )


def is_settled(matter: Matter) -> bool:
    """Is this over: settled by the meeting, or done after the meeting assigned it?"""
    if matter.outcome is MatterOutcome.ASSIGNED:
        return matter.settled_at is not None
    return matter.outcome is MatterOutcome.SETTLED


def _held(since: datetime, until: datetime) -> ColumnElement[bool]:
    return and_(M.state == MeetingState.CLOSED.value, M.held_at >= since, M.held_at < until)


def _meetings_by_id(connection: Connection, ids: Collection[int]) -> dict[int, Meeting]:
    found: dict[int, Meeting] = {}
    for some in _in_parts(ids):
        for row in connection.execute(select(meetings).where(M.id.in_(some))):
            found[row.id] = meeting_from(row)
    return found


def _matters_where(connection: Connection, column: Any, ids: Collection[int]) -> Iterable[Matter]:
    for some in _in_parts(ids):
        for row in connection.execute(select(meeting_matters).where(column.in_(some))):
            yield matter_from(row)


def _in_parts(ids: Collection[int]) -> Iterable[list[int]]:
    ordered = sorted(ids)
    for start in range(0, len(ordered), IN_ONE_QUESTION):
        yield ordered[start : start + IN_ONE_QUESTION]


# --- rows and values -----------------------------------------------------------------------------------------


def meeting_columns(meeting: Meeting) -> dict[str, Any]:
    """A meeting as the columns of its row; the number is the row's own."""
    return {
        "tier": meeting.tier.value,
        "unit": meeting.unit,
        "regular": meeting.regular,
        "state": meeting.state.value,
        "planned_at": meeting.planned_at,
        "held_at": meeting.held_at,
        "closed_at": meeting.closed_at,
        "title": meeting.title,
        "present": list(meeting.present),
        "minutes": meeting.minutes,
        "version": meeting.version,
    }


def meeting_from(row: Row[Any]) -> Meeting:
    """A row as a meeting."""
    return Meeting(
        id=row.id,
        tier=Tier(row.tier),
        unit=row.unit,
        regular=row.regular,
        state=MeetingState(row.state),
        planned_at=row.planned_at,
        held_at=row.held_at,
        closed_at=row.closed_at,
        title=row.title,
        present=tuple(row.present),
        minutes=row.minutes,
        version=row.version,
    )


def matter_columns(matter: Matter) -> dict[str, Any]:
    """A matter as the columns of its row; the number is the row's own."""
    return {
        "meeting_id": matter.meeting_id,
        "from_matter": matter.from_matter,
        "ticket_id": matter.ticket_id,
        "title": matter.title,
        "origin": matter.origin.value,
        "outcome": matter.outcome.value if matter.outcome else None,
        "resolution": matter.resolution,
        "lead": matter.lead,
        "due_at": matter.due_at,
        "ledger": matter.ledger,
        "feedback": matter.feedback,
        "fed_back_at": matter.fed_back_at,
        "settled_at": matter.settled_at,
    }


def matter_from(row: Row[Any]) -> Matter:
    """A row as a matter."""
    return Matter(
        id=row.id,
        meeting_id=row.meeting_id,
        title=row.title,
        origin=Origin(row.origin),
        from_matter=row.from_matter,
        ticket_id=row.ticket_id,
        outcome=MatterOutcome(row.outcome) if row.outcome else None,
        resolution=row.resolution,
        lead=row.lead,
        due_at=row.due_at,
        ledger=row.ledger,
        feedback=row.feedback,
        fed_back_at=row.fed_back_at,
        settled_at=row.settled_at,
    )
