"""Count what the report tells, by place, and read the rows behind each figure: both of one source, so that they agree.

A :class:`Source` says which rows count in a period, where each lies, and which of its columns may be shown. None of them
is what somebody said. Tickets that have ended are counted on the ground of today, as everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Connection, FromClause, String, and_, cast, func, literal, or_, select

from domain.frontline.allowances import AllowanceState
from domain.frontline.assessment import LEAST_ANSWERS, RoundState
from domain.frontline.organisation import EntryKind
from domain.frontline.outside import Kind, Party
from domain.frontline.pledges import NeedState
from domain.frontline.visits import Follows
from domain.grids import Level
from domain.indicators import LEVEL_OF, Grouping, Tally
from domain.meetings import MatterOutcome, MeetingState, Tier
from domain.report.figure import Counted, Period
from domain.tickets import Outcome, State
from storage import schema as s
from storage.counts import Area
from storage.crosswalks import counted_place
from storage.indicators import tallies

Column: TypeAlias = ColumnElement[Any]
Conditions: TypeAlias = Callable[[Period], Sequence[ColumnElement[bool]]]

ONE: Column = literal(1)


def _always(_: Period) -> Sequence[ColumnElement[bool]]:
    return ()


@dataclass(frozen=True, slots=True)
class Source:
    """Rows that count: ``n`` of each (one where it is not said), once for each ``key``, in the ``place`` it lies in."""

    of: FromClause
    place: Column
    where: Conditions = _always
    n: Column | None = None
    key: Column | None = None
    shown: Mapping[str, Column] = field(default_factory=dict)
    newest: Column | None = None
    """By what the rows stand in order, the newest first."""


# --- periods as conditions ------------------------------------------------------------------------------------------


def _in(moment: Column) -> Conditions:
    """A moment lies in the period."""
    return lambda period: (moment >= period.since, moment < period.until)


def _on(day: Column) -> Conditions:
    """A day lies in the period."""
    return lambda period: (day >= period.days.first, day <= period.days.last)


def _until(until: Column) -> Conditions:
    """It has not ended on the day a state is told."""
    return lambda period: (or_(until.is_(None), until > period.day),)


def _all(*conditions: Conditions | ColumnElement[bool]) -> Conditions:
    def both(period: Period) -> Sequence[ColumnElement[bool]]:
        return [
            one
            for each in conditions
            for one in (each(period) if not isinstance(each, ColumnElement) else (each,))
        ]

    return both


# --- tickets --------------------------------------------------------------------------------------------------------

T = s.tickets.c
PLACE: Column = func.coalesce(*(counted_place(level) for level in reversed(Level)))
"""The smallest grid that a ticket is counted in."""

ON_GROUND = s.tickets.outerjoin(s.crosswalk, s.crosswalk.c.ticket_id == T.id)
HELD_AT_FIRST: Column = func.coalesce(T.level3, T.level2, T.level1)
TICKET: Mapping[str, Column] = {
    "no": T.no, "grid": PLACE, "category": T.category, "state": T.state, "opened_at": T.opened_at, "closed_at": T.closed_at,
    "lead": T.lead, "on_time": T.on_time,
}  # fmt: skip
CLOSED = and_(
    T.open.is_(False), T.state == State.CLOSED.value, T.outcome.is_distinct_from(Outcome.MERGED.value)
)


def _tickets(*where: Conditions | ColumnElement[bool], newest: Column = T.opened_at) -> Source:
    # A ticket that assists another is a part of it, and counts there.
    return Source(ON_GROUND, PLACE, _all(*where, T.parent_id.is_(None)), shown=TICKET, newest=newest)


def disputes(categories: Sequence[str]) -> Source:
    """Tickets about disputes that ended in the period; which categories these are is a rule of the city."""
    return _tickets(_in(T.closed_at), CLOSED, T.category.in_(categories), newest=T.closed_at)


# --- meetings -------------------------------------------------------------------------------------------------------

M, X = s.meetings.c, s.meeting_matters.c
IS_CLOSED = M.state == MeetingState.CLOSED.value
MEETING: Mapping[str, Column] = {"unit": M.unit, "tier": M.tier, "held_at": M.held_at, "title": M.title}
MATTERS = s.meeting_matters.join(s.meetings, X.meeting_id == M.id)
MATTER: Mapping[str, Column] = {
    "unit": M.unit, "tier": M.tier, "held_at": M.held_at, "matter": X.title, "matter_outcome": X.outcome, "settled_at": X.settled_at,
}  # fmt: skip


def _meetings(of_compounds: bool) -> Source:
    tier = M.tier == Tier.COMPOUND.value if of_compounds else M.tier != Tier.COMPOUND.value
    return Source(s.meetings, M.unit, _all(_in(M.held_at), IS_CLOSED, tier), shown=MEETING, newest=M.held_at)


def _matters(outcome: MatterOutcome, *more: ColumnElement[bool]) -> Source:
    own = (X.from_matter.is_(None), X.outcome == outcome.value, *more)
    return Source(MATTERS, M.unit, _all(_in(M.held_at), IS_CLOSED, *own), shown=MATTER, newest=M.held_at)


def _settled_above() -> ColumnElement[bool]:
    """Did what came of a matter that was moved up end well, however many levels above?"""
    first = select(X.id.label("start"), X.id, X.outcome, X.settled_at).where(
        X.from_matter.is_(None), X.outcome == MatterOutcome.MOVED_UP.value
    )
    way = first.cte("way_up", recursive=True)
    way = way.union_all(select(way.c.start, X.id, X.outcome, X.settled_at).where(X.from_matter == way.c.id))
    done = and_(way.c.outcome == MatterOutcome.ASSIGNED.value, way.c.settled_at.is_not(None))
    return X.id.in_(select(way.c.start).where(or_(way.c.outcome == MatterOutcome.SETTLED.value, done)))


# --- organisation ----------------------------------------------------------------------------------------------------

FUND, H = s.fund.c, s.heads.c
ENTRY: Mapping[str, Column] = {"grid": FUND.grid, "day": FUND.day, "what": FUND.what, "fen": FUND.fen}


def _entries(kind: EntryKind) -> Source:
    reversals = s.fund.alias("reversals")
    stands = ~select(reversals.c.id).where(reversals.c.reverses == FUND.id).exists()
    return Source(
        s.fund, FUND.grid, _all(_on(FUND.day), FUND.kind == kind, stands), n=FUND.fen, key=FUND.grid, shown=ENTRY,
        newest=FUND.day,
    )  # fmt: skip


def _running_heads(period: Period) -> Sequence[ColumnElement[bool]]:
    begun = or_(H.since.is_(None), H.since <= period.at)
    return begun, or_(H.until.is_(None), H.until > period.at)


def _months(period: Period) -> Sequence[ColumnElement[bool]]:
    month = s.allowances.c.month
    return month >= f"{period.days.first:%Y-%m}", month <= f"{period.days.last:%Y-%m}"


APPROVED = s.allowances.c.state.in_((AllowanceState.APPROVED, AllowanceState.DECIDED))


def _councils() -> Source:
    """Grids in whose council each side has somebody."""
    seats = s.councils.c

    def full(period: Period) -> Sequence[ColumnElement[bool]]:
        sides = select(seats.grid).where(*_until(seats.until)(period)).group_by(seats.grid)
        return (s.organisations.c.grid.in_(sides.having(func.count(func.distinct(seats.side)) == 3)),)

    organisations = s.organisations.c
    return Source(
        s.organisations, organisations.grid, full,
        shown={"grid": organisations.grid, "organisation": organisations.name},
    )  # fmt: skip


def _cross_held() -> Source:
    """Posts of those who hold some on several sides of one council, each person once."""
    seats, others = s.councils.c, s.councils.alias("others")

    def several(period: Period) -> Sequence[ColumnElement[bool]]:
        other = select(others.c.id).where(
            others.c.grid == seats.grid, others.c.holder == seats.holder, others.c.side != seats.side,
            *_until(others.c.until)(period),
        )  # fmt: skip
        return (*_until(seats.until)(period), other.exists())

    return Source(
        s.councils, seats.grid, several, key=seats.grid + "\n" + seats.holder,
        shown={"grid": seats.grid, "holder": seats.holder, "side": seats.side, "post": seats.post},
    )  # fmt: skip


# --- who enters -------------------------------------------------------------------------------------------------------

D, W, V, LV = s.deeds.c, s.working_members.c, s.visits.c, s.leader_visits.c
MEMBER: Mapping[str, Column] = {
    "department": W.department, "branch": W.branch, "since": W.since, "member_post": W.post, "team": W.team, "zone": W.zone,
    "study_group": W.study_group, "paired": W.paired,
}  # fmt: skip


def _members(n: Column | None = None, key: Column | None = None) -> Source:
    def there(period: Period) -> Sequence[ColumnElement[bool]]:
        came = or_(W.since.is_(None), W.since <= period.day)
        return (
            W.branch.is_not(None),
            came,
            *_until(W.until)(period),
            *([key.is_not(None)] if key is not None else []),
        )

    return Source(s.working_members, W.branch, there, n, key, MEMBER, W.since)


ACTIVITIES = s.sign_ups.join(s.activities, s.sign_ups.c.activity_id == s.activities.c.id)
CAME = and_(s.sign_ups.c.hours > 0, s.sign_ups.c.withdrawn.is_(False), s.activities.c.cancelled.is_(False))
SIGNED: Mapping[str, Column] = {
    "grid": s.activities.c.grid, "begins": s.activities.c.begins, "title": s.activities.c.title, "hours": s.sign_ups.c.hours,
    "settled": s.sign_ups.c.settled,
}  # fmt: skip
SERVED_AT = Source(
    ACTIVITIES,
    s.activities.c.grid,
    _all(_in(s.activities.c.begins), CAME),
    shown=SIGNED,
    newest=s.activities.c.begins,
)

DEED: Mapping[str, Column] = {
    "community": D.community, "done_on": D.done_on, "function": D.function, "deed": D.title, "member_unit": D.unit, "fen": D.fen,
}  # fmt: skip
OUT = s.outside.c
OUTSIDE: Mapping[str, Column] = {
    "name": OUT.name, "kind": OUT.kind, "grid": OUT.grid, "address": OUT.address, "party": OUT.party,
}  # fmt: skip


def _outside(*where: ColumnElement[bool]) -> Source:
    return Source(s.outside, OUT.grid, _all(OUT.gone.is_(False), *where), shown=OUTSIDE)


def _assessed() -> Source:
    """Communities with enough answers in a round that was closed in the period."""
    answers, rounds = s.assessment_answers.c, s.assessment.c
    enough = (
        select(answers.round_id, answers.community, func.count().label("answers"))
        .group_by(answers.round_id, answers.community)
        .having(func.count() >= LEAST_ANSWERS)
        .subquery("enough")
    )
    return Source(
        enough.join(s.assessment, enough.c.round_id == rounds.id), enough.c.community,
        _all(_in(rounds.frozen_at), rounds.state == RoundState.FROZEN), key=enough.c.community,
        shown={"year": rounds.year, "community": enough.c.community, "answers": enough.c.answers},
    )  # fmt: skip


LINKS = s.department_links.c
LINK: Mapping[str, Column] = {"community": LINKS.community, "department": LINKS.department}
N, R, SV, ORDER = s.needs.c, s.resources.c, s.services.c, s.orders.c
NEED: Mapping[str, Column] = {
    "grid": N.grid, "sort": N.sort, "need": N.title, "need_since": N.since, "need_state": N.state, "ended": N.ended,
}  # fmt: skip
VISIT: Mapping[str, Column] = {"grid": V.grid, "at": V.at, "learned": V.learned, "follows": V.follows}
STANDS = V.withdrawn.is_(False)

SOURCES: Mapping[str, Source] = {
    "organisations": Source(
        s.organisations, s.organisations.c.grid,
        shown={"grid": s.organisations.c.grid, "organisation": s.organisations.c.name},
    ),
    "heads": Source(s.heads, H.grid, _running_heads, shown={"grid": H.grid, "head": H.name, "post": H.title, "term": H.since}),
    "fund_granted": _entries(EntryKind.GRANT),
    "fund_spent": _entries(EntryKind.SPENDING),
    "allowances": Source(
        s.allowances, s.allowances.c.grid, _all(_months, APPROVED), n=s.allowances.c.fen,
        shown={"grid": s.allowances.c.grid, "month": s.allowances.c.month, "fen": s.allowances.c.fen},
        newest=s.allowances.c.month,
    ),
    "meetings_held": _meetings(of_compounds=False),
    "councils_held": _meetings(of_compounds=True),
    "matters_settled": _matters(MatterOutcome.SETTLED),
    "matters_moved_up": _matters(MatterOutcome.MOVED_UP),
    "moved_up_settled": _matters(MatterOutcome.MOVED_UP, _settled_above()),
    "bodies": Source(s.bodies, s.bodies.c.community, shown={"community": s.bodies.c.community, "body": s.bodies.c.name}),
    "body_units": Source(
        s.body_units, s.body_units.c.community, _until(s.body_units.c.until),
        shown={"community": s.body_units.c.community, "member_unit": s.body_units.c.name},
    ),
    "deeds": Source(s.deeds, D.community, _on(D.done_on), key=cast(D.function, String), shown=DEED, newest=D.done_on),
    "help": Source(s.deeds, D.community, _all(_on(D.done_on), D.fen > 0), n=D.fen, shown=DEED, newest=D.done_on),
    "councils": _councils(),
    "cross_held": _cross_held(),
    "building_groups": Source(
        s.building_groups, s.building_groups.c.grid,
        shown={"grid": s.building_groups.c.grid, "group": s.building_groups.c.name, "centres": s.building_groups.c.centres},
    ),
    "centres": Source(
        s.building_groups, s.building_groups.c.grid, n=s.building_groups.c.centres,
        shown={"grid": s.building_groups.c.grid, "group": s.building_groups.c.name, "centres": s.building_groups.c.centres},
    ),
    "leaders": Source(
        s.leaders, s.leaders.c.community, lambda _: (s.leaders.c.gone.is_(False),),
        shown={"leader": s.leaders.c.name, "post": s.leaders.c.title, "community": s.leaders.c.community},
    ),
    "leader_visits": Source(
        s.leader_visits.join(s.leaders, LV.leader == s.leaders.c.id), LV.community,
        _all(_on(LV.day), LV.at_meeting.is_(False)), key=cast(LV.leader, String),
        shown={"day": LV.day, "leader": s.leaders.c.name, "community": LV.community, "what": LV.what}, newest=LV.day,
    ),
    "department_links": Source(s.department_links, LINKS.community, key=LINKS.department, shown=LINK),
    "linked_communities": Source(s.department_links, LINKS.community, key=LINKS.community, shown=LINK),
    "assessed": _assessed(),
    "working_members": _members(),
    "posts": _members(key=W.post),
    "teams": _members(key=W.team),
    "zones": _members(key=W.zone),
    "study_groups": _members(key=W.study_group),
    "paired": _members(n=W.paired),
    "attended": SERVED_AT,
    "problems_solved": Source(
        ACTIVITIES, s.activities.c.grid, _all(_in(s.activities.c.begins), CAME, s.sign_ups.c.settled > 0),
        n=s.sign_ups.c.settled, shown=SIGNED, newest=s.activities.c.begins,
    ),
    "visits": Source(s.visits, V.grid, _all(_in(V.at), STANDS), key=V.unit, shown=VISIT, newest=V.at),
    "visits_solved": Source(
        s.visits, V.grid, _all(_in(V.at), STANDS, V.follows == Follows.SOLVED), shown=VISIT, newest=V.at
    ),
    "orders_delivered": Source(
        s.orders, ORDER.grid, _in(ORDER.delivered_at),
        shown={"grid": ORDER.grid, "sort": ORDER.sort, "ordered_at": ORDER.ordered_at, "delivered_at": ORDER.delivered_at},
        newest=ORDER.delivered_at,
    ),
    "grid_settled": _tickets(_in(T.closed_at), CLOSED, T.lead.is_(None), newest=T.closed_at),
    "passed_up": _tickets(_in(T.opened_at), T.holder.is_distinct_from(HELD_AT_FIRST), HELD_AT_FIRST.is_not(None)),
    "by_departments": _tickets(_in(T.closed_at), CLOSED, T.lead.is_not(None), newest=T.closed_at),
    "raised": _tickets(_in(T.opened_at)),
    "on_the_spot": _tickets(_in(T.opened_at), T.outcome == Outcome.SETTLED_ON_THE_SPOT.value),
    "needs": Source(s.needs, N.grid, _on(N.since), shown=NEED, newest=N.since),
    "needs_met": Source(s.needs, N.grid, _all(_on(N.ended), N.state == NeedState.MET), shown=NEED, newest=N.ended),
    "resources": Source(
        s.resources, R.grid, _all(R.active.is_(True)),
        shown={"grid": R.grid, "sort": R.sort, "resource": R.title, "provider": R.provider},
    ),
    "services": Source(
        s.services, SV.grid, _all(SV.active.is_(True)),
        shown={"grid": SV.grid, "sort": SV.sort, "service": SV.title, "provider": SV.provider},
    ),
    "economic": _outside(OUT.kind == Kind.ECONOMIC),
    "social": _outside(OUT.kind == Kind.SOCIAL),
    "grass_roots": _outside(OUT.kind == Kind.GRASS_ROOTS),
    "with_party": _outside(OUT.party.in_((Party.OWN, Party.JOINT))),
}  # fmt: skip
"""By the name of what a figure counts. Disputes are beside it (:func:`disputes`): their categories are a rule."""

PLAIN = frozenset({"raised", "on_the_spot"})
"""What the days keep counted (:func:`tallied`); here it is for its rows alone."""


def source_of(name: str, categories: Sequence[str]) -> Source | None:
    """The rows that count under a name; None where they are not rows of the store."""
    return disputes(categories) if name == "disputes" else SOURCES.get(name)


# --- counting ---------------------------------------------------------------------------------------------------------


def counted(connection: Connection, source: Source, period: Period) -> list[Counted]:
    """What counts in a period, by place and key."""
    n = func.count() if source.n is None else func.sum(source.n)
    keys = [source.place] if source.key is None else [source.place, source.key]
    asked = select(n, *keys).select_from(source.of).where(*source.where(period)).group_by(*keys)
    found = connection.execute(asked)
    return [
        Counted(place or "", int(n or 0), *("" if k is None else str(k) for k in key))
        for n, place, *key in found
    ]


def grouped(
    connection: Connection, source: Source, by: Sequence[str], period: Period
) -> list[tuple[str, tuple[Any, ...], int]]:
    """What counts in a period, by place and by some of its shown columns."""
    columns = [source.shown[name] for name in by]
    n = func.count() if source.n is None else func.sum(source.n)
    asked = (
        select(source.place, n, *columns)
        .select_from(source.of)
        .where(*source.where(period))
        .group_by(source.place, *columns)
    )
    return [(place or "", tuple(values), int(n or 0)) for place, n, *values in connection.execute(asked)]


def rows_behind(
    connection: Connection, source: Source, period: Period
) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """The rows that count in a period, each with its place, the newest first."""
    order = [source.place] if source.newest is None else [source.newest.desc(), source.place]
    asked = select(source.place, *source.shown.values()).select_from(source.of).where(*source.where(period))
    for place, *values in connection.execute(asked.order_by(*order)):
        yield place or "", tuple(values)


def tallied(connection: Connection, period: Period) -> dict[Level | None, dict[str, Tally]]:
    """The work of a period by the grids of each level, and of the whole city under no code: kept by day, so it is cheap."""
    by: Mapping[Level | None, Grouping] = {level: grouping for grouping, level in LEVEL_OF.items()} | {None: Grouping.CITY}  # fmt: skip
    return {
        level: tallies(connection, since=period.since, until=period.until, now=period.now, by=grouping, area=Area())
        for level, grouping in by.items()
    }  # fmt: skip


def first_day(connection: Connection) -> date | None:
    """The day of the first ticket there is, as UTC tells it; None in a city without any."""
    found = connection.scalar(select(T.opened_at).order_by(T.opened_at).limit(1))
    return None if found is None else found.date()
