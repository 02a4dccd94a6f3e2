"""What lives of tickets are lived in: a town with every oddity, what is seen of it in the store, and what must always hold."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, select

from domain.actions.tickets import may_see
from domain.categories import Category
from domain.clocks import Limit
from domain.events import Event, breaks, ticket_stream
from domain.grids import CITY, Grid, Level, Located, Street, Structure
from domain.meetings import Matter, MatterOutcome, Meeting, meeting_unit
from domain.moves import MOVE, Given, Move, Need, Scene, next_wake, with_clocks
from domain.needs import REJECTED_BECAUSE, meeting_units
from domain.people import Person, Role
from domain.queues import Queue, owner
from domain.routing import RoutingTable, Rule
from domain.rulebook import Rulebook
from domain.said import said
from domain.tickets import ENDED, NOT_DONE, SLIP, Card, Outcome, State, Ticket
from domain.timeline import beats_of, running
from storage import days, lists
from storage.database import Database
from storage.event_rows import event_from
from storage.meetings import matter_from, meeting_from
from storage.schema import (
    cards,
    events,
    facts,
    inbox,
    meeting_matters,
    meetings,
    notes,
    photos,
    ratings,
    sweeps,
    ticket_words,
    tickets,
)  # fmt: skip
from storage.tickets import ticket_from
from tests.disagreeing import disagreements
from tests.domain.build import CLOCK, COMMUNITY, COMPOUND, EVERYBODY, NEIGHBOUR, OFFICE, RULES, STREET

# --- the town ------------------------------------------------------------------------------------------------

TOWN = Structure.of(
    [
        Grid("C", Level.COMMUNITY, "C", "S"),
        Grid("C1", Level.COMPOUND, "C1", "C"),
        Grid("C11", Level.BUILDING, "C11", "C1"),
        Grid("C12", Level.BUILDING, "C12 without a head", "C1"),
        Grid("C2", Level.COMPOUND, "C2 without a head", "C"),
        Grid("C21", Level.BUILDING, "C21", "C2"),
        Grid("D", Level.COMMUNITY, "D without grids", "S"),
        Grid("Z", Level.COMMUNITY, "Z without a street", None),
    ],
    [Street("S", "S")],
    "City",
)
HILL = Person(12, "hill", Role.COMMUNITY, "Z")
PORTER = Person(13, "porter", Role.MEMBER, "C21")
LAW = Person(14, "law", Role.DEPARTMENT, "law")
PEOPLE = (*EVERYBODY, HILL, PORTER, LAW)
CONVENERS = {"C1": COMPOUND, "C": COMMUNITY, "D": NEIGHBOUR, "Z": HILL, "S": STREET, CITY: OFFICE}

PLACES = {
    1: Located("C", "C1", "C11"),
    2: Located("C", "C1", "C12"),
    3: Located("C", "C2", "C21"),
    4: Located("D"),
    5: Located("Z"),
    6: Located("C", "C1", "C11"),
    7: Located(),
}
"""Where points lie, by their longitude: 2 has no head, 6 is on an edge, 7 outside every grid."""


@dataclass(frozen=True)
class Holidays:
    """Monday to Friday, three days off and the Saturday worked instead; the years are known up to ``until``."""

    until: int

    def is_workday(self, day: date) -> bool | None:
        if day.year > self.until:
            return None
        if day in (
            date(2026, 12, 1),
            date(2026, 12, 2),
            date(2026, 12, 3),
            date(2027, 1, 1),
            date(2027, 1, 4),
        ):
            return False
        return day.weekday() < 5 or day == date(2026, 12, 5)


BECAUSE = said("the town says so")
TOWN_RULES = replace(
    RULES,
    structure=TOWN,
    locate=lambda point: PLACES[int(point.lng)],
    on_edge=lambda point: int(point.lng) == 6,
    categories={
        "noise": Category("noise", "噪声", "Noise", "street", Limit(timedelta(hours=15))),
        "lamp": Category("lamp", "路灯", "Lamp", "parts"),
        "gas": Category("gas", "燃气", "Gas", "safety", Limit(timedelta(days=1), True), urgent=True),
    },
    clock=replace(CLOCK, calendar=Holidays(2026), _days={}),
    routing=RoutingTable((Rule("gas", BECAUSE, frozenset({"gas"}), lead=("fire",), skips_compound=True),)),
    links={"C": frozenset({"water", "fire"}), "D": frozenset({"water"}), "Z": frozenset({"fire", "law"})},
    headed=frozenset({"C", "C1", "C11", "C21", "D", "Z"}),
)
ANNOUNCED = replace(TOWN_RULES, clock=replace(CLOCK, calendar=Holidays(2027), _days={}))
"""The same once the arrangement of the unknown year is announced."""

USED = (
    inbox, cards, notes, photos, ratings, meeting_matters, meetings, events, ticket_words, tickets, sweeps, facts,
)  # fmt: skip
"""The tables that a life writes into, those first that point to others."""

COUNTED = (inbox, cards, notes, photos, sweeps, ticket_words)


def cleared(database: Database) -> None:
    """Empty the tables that a life writes into."""
    with database.write() as connection:
        if database.is_sqlite:
            for table in USED:
                connection.execute(table.delete())
        else:
            connection.exec_driver_sql(f"TRUNCATE {', '.join(table.name for table in USED)} CASCADE")


# --- what is seen --------------------------------------------------------------------------------------------


@dataclass
class Seen:
    """All that the store holds at one moment. Two that are equal hold the same, down to the last entry."""

    rows: dict[int, tuple[Any, ...]] = field(default_factory=dict)
    counts: tuple[int, ...] = ()
    ratings: tuple[tuple[Any, ...], ...] = ()
    matters: tuple[Matter, ...] = ()
    meetings: dict[int, Meeting] = field(default_factory=dict)
    events: int = 0
    tickets: dict[int, Ticket] = field(default_factory=dict, compare=False)
    logs: dict[str, tuple[Event, ...]] = field(default_factory=dict, compare=False)

    def log(self, ticket: Ticket) -> tuple[Event, ...]:
        return self.logs.get(ticket_stream(ticket.id), ())

    def parts(self, ticket: Ticket) -> list[Ticket]:
        return [part for part in self.tickets.values() if part.parent == ticket.id]

    def agendas(self) -> list[tuple[Meeting, Matter]]:
        """Every matter of a ticket on an open agenda, with that agenda."""
        return [
            (self.meetings[m.meeting_id], m)
            for m in self.matters
            if m.ticket_id
            and self.meetings[m.meeting_id].is_open
            and m.outcome is not MatterOutcome.WITHDRAWN
        ]

    def scene(self, ticket: Ticket, by: Person, rules: Rulebook, now: datetime, given: Given) -> Scene:
        """What the store will set as the scene of a move."""
        return Scene(
            ticket, by, rules, now, given,
            beats=beats_of(self.log(ticket)),
            open_children=sum(part.state in NOT_DONE for part in self.parts(ticket)),
            original=next(
                (t for t in self.tickets.values() if t.no == given.original and may_see(by, t, rules)), None
            ),
        )  # fmt: skip


def look(connection: Connection, before: Seen) -> Seen:
    """See what the store holds now; only what is new since ``before`` is read as values."""
    rows = {row.id: row for row in connection.execute(select(tickets).order_by(tickets.c.id))}
    known = {
        n: before.tickets[n] if n in before.rows and tuple(row) == before.rows[n] else ticket_from(row)
        for n, row in rows.items()
    }
    logs, newest = dict(before.logs), before.events
    for row in connection.execute(select(events).where(events.c.id > newest).order_by(events.c.id)):
        logs[row.stream] = (*logs.get(row.stream, ()), event_from(row))
        newest = row.id
    counted = select(*(select(func.count()).select_from(t).scalar_subquery() for t in (*COUNTED, events)))
    return Seen(
        {n: tuple(row) for n, row in rows.items()},
        tuple(connection.execute(counted).one()),
        tuple(tuple(row) for row in connection.execute(select(ratings).order_by(ratings.c.id))),
        tuple(
            matter_from(row)
            for row in connection.execute(select(meeting_matters).order_by(meeting_matters.c.id))
        ),
        {row.id: meeting_from(row) for row in connection.execute(select(meetings))},
        newest,
        known,
        logs,
    )


# --- what a person gives -------------------------------------------------------------------------------------


def well_given(move: Move, scene: Scene, seen: Seen, pick: int) -> Given | None:
    """Something that a move asks for, rightly given, one of many; None where there is nothing to choose from."""
    given = Given(words="because")
    for need in move.needs:
        options = list(OPTIONS[need](scene, seen)) if need in OPTIONS else [{}]
        if not options:
            return None
        given = replace(given, **options[pick % len(options)])
    return given


def _originals(scene: Scene, seen: Seen) -> Iterable[dict[str, Any]]:
    return [
        {"original": t.no}
        for t in seen.tickets.values()
        if t.is_open and t.parent is None and t.duplicate_of is None and t.id != scene.ticket.id
        if may_see(scene.by, t, scene.rules)
    ]


def _departments(scene: Scene, _seen: Seen) -> Iterable[dict[str, Any]]:
    allowed = sorted(scene.rules.departments_of(scene.by.role, scene.by.area) - {scene.ticket.lead})
    for lead in allowed:
        others = tuple(sorted(scene.rules.departments - {lead}))
        helped = ((), others[:1], (), others) if scene.ticket.parent is None else ((),)
        yield from ({"department": lead, "assistants": helping} for helping in helped)


OPTIONS: Mapping[Need, Callable[[Scene, Seen], Iterable[dict[str, Any]]]] = {
    Need.CATEGORY: lambda s, _: [
        {}, {"category": "lamp"}, {"category": "gas", "urgent": True}, {"category": "noise", "urgent": False},
    ],
    Need.REASON_CODE: lambda s, _: [{"reason": code} for code in REJECTED_BECAUSE],
    Need.DEPARTMENT: _departments,
    Need.OWNER: lambda s, _: [{"department": code} for code in sorted(s.rules.departments)],
    Need.DAYS: lambda s, _: [{"days": n} for n in (1, 5, 60)],
    Need.REVIEW: lambda s, _: [{"until": s.now + timedelta(days=n, seconds=n / 7)} for n in (1, 9, 40)],
    Need.ORIGINAL: _originals,
    Need.HIGHER_UNIT: lambda s, _: [{"unit": c} for c in s.rules.structure.chain(s.ticket.holder)[2:]],
    Need.MEETING: lambda s, _: [{"unit": code} for code in meeting_units(s)],
    Need.GRID: lambda s, _: [{"unit": code} for code in s.rules.structure.grids],
    Need.GRADE: lambda s, _: [{"grade": n} for n in (3, 4, 5)],
    Need.COMPLAINT: lambda s, _: [{"grade": n} for n in (1, 2)],
}  # fmt: skip

CLUTTER = {
    "category": "noise", "urgent": True, "reason": "court", "department": "law", "assistants": ("fire",), "days": 3,
    "original": "no such ticket", "unit": "D", "grade": 1,
}  # fmt: skip


def cluttered(given: Given, move: Move) -> Given:
    """The same with what the move does not ask for filled in as well: a form may bring anything."""
    asked = {name for need in move.needs for name in FIELDS.get(need, ())}
    return replace(given, **{name: value for name, value in CLUTTER.items() if name not in asked})


FIELDS: Mapping[Need, tuple[str, ...]] = {
    Need.CATEGORY: ("category", "urgent"), Need.REASON_CODE: ("reason",), Need.DEPARTMENT: ("department", "assistants"),
    Need.OWNER: ("department",), Need.DAYS: ("days",), Need.ORIGINAL: ("original",), Need.HIGHER_UNIT: ("unit",),
    Need.MEETING: ("unit",), Need.GRID: ("unit",), Need.GRADE: ("grade",), Need.COMPLAINT: ("grade",),
}  # fmt: skip

ODDLY_GIVEN = (
    Given(),
    Given("  "),
    Given("because"),
    Given("because", "ghosts", True, "no reason", "moon", ("water",), 0, None, "no such ticket", "nowhere", 9),
    Given("because", "lamp", False, "court", "water", ("water",), 61, CLOCK.add(datetime(2020, 1, 1, tzinfo=CLOCK.zone), CLOCK.day), "", "C11", 0),
    Given("because", "gas", None, "court", "fire", ("law", "moon"), -1, None, None, CITY, 1),
    Given("because", "noise", True, "court", "law", ("fire",), 2, datetime(2031, 1, 1, tzinfo=CLOCK.zone), None, "S", 5),
)  # fmt: skip


# --- what always holds of one ticket -------------------------------------------------------------------------

BEGUN = frozenset({"raised", "assist"})
CARDS = frozenset({"yellow", "red"})
NEVER_BY_DEPARTMENT = frozenset({"check_pass", "check_fail", "rate", "dissatisfied"})
AGAIN = frozenset({"reopen", "dissatisfied"})
WITH_LEAD = frozenset({State.DISPATCHED, State.IN_PROGRESS, State.ON_HOLD, State.AWAITING_CHECK})
WITHOUT_LEAD = frozenset({State.RAISED, State.ACCEPTED})
CARDED = WITHOUT_LEAD | WITH_LEAD - {State.ON_HOLD}


def check_life(ticket: Ticket, before: Ticket | None, seen: Seen, rules: Rulebook) -> None:
    """Everything that holds of one ticket, its log and what stands around it."""
    try:
        for check in LIFE:
            check(ticket, before, seen, rules)
    except AssertionError as broken:
        told = (f"{e.seq} {e.at:%m-%d %H:%M:%S} {e.kind} {dict(e.facts)}" for e in seen.log(ticket))
        broken.add_note("\n".join([repr(ticket), *told]))
        raise


def it_has_one_holder_that_exists(
    ticket: Ticket, _before: Ticket | None, _seen: Seen, rules: Rulebook
) -> None:
    assert ticket.holder in rules.structure
    in_a_grid = ticket.located.grid in rules.structure.grids
    assert not ticket.is_open or in_a_grid or ticket.queue or ticket.holder == CITY
    assert ticket.slip == SLIP.get(ticket.state)


def its_queue_is_named_and_owned_while_it_must_be(
    ticket: Ticket, _before: Ticket | None, _seen: Seen, rules: Rulebook
) -> None:
    if ticket.queue is None:
        return
    queue = Queue(ticket.queue)
    assert owner(queue, ticket.holder, ticket.located) in rules.structure
    if queue is Queue.NO_PEOPLE:
        assert ticket.state in (State.DISPATCHED, State.IN_PROGRESS) and ticket.lead not in rules.staffed
    else:
        assert ticket.state is State.RAISED
    assert (queue is not Queue.NO_GRID) or (ticket.holder == CITY and ticket.located.grid is None)
    assert queue is not Queue.NO_HEAD or rules.is_headed(ticket.holder)


def every_move_is_an_event_of_an_unbroken_chain(
    ticket: Ticket, _before: Ticket | None, seen: Seen, _rules: Rulebook
) -> None:
    log = seen.log(ticket)
    assert log and log[0].kind in BEGUN and (log[0].kind == "assist") is (ticket.parent is not None)
    assert not breaks(log)
    assert all(event.kind in MOVE or event.kind in BEGUN | CARDS for event in log)
    assert not any(event.kind in BEGUN for event in log[1:])
    assert ticket.version == 1 + sum(event.kind in MOVE for event in log[1:])
    assert all(one.at <= two.at for one, two in itertools.pairwise(log))


def it_stands_as_its_last_event_says(
    ticket: Ticket, _before: Ticket | None, seen: Seen, _rules: Rulebook
) -> None:
    facts = seen.log(ticket)[-1].facts
    limit = ticket.limit
    assert (facts["state"], facts["holder"], facts.get("lead")) == (ticket.state, ticket.holder, ticket.lead)
    assert (facts["category"], facts["urgent"], facts["cycle"]) == (
        ticket.category,
        ticket.urgent,
        ticket.cycle,
    )
    assert facts.get("limit_s") == (int(limit.length.total_seconds()) if limit else None)
    assert bool(facts.get("around_the_clock")) is bool(limit and limit.around_the_clock)


def its_events_follow_each_other(
    ticket: Ticket, _before: Ticket | None, seen: Seen, _rules: Rulebook
) -> None:
    log = seen.log(ticket)
    for one, two in itertools.pairwise(log):
        if two.kind in CARDS:
            assert two.facts["state"] == one.facts["state"] and two.facts["holder"] == one.facts["holder"]
        else:
            assert State(str(two.facts["from"])) in MOVE[two.kind].starts
            assert (two.facts["from"], two.facts["from_holder"]) == (one.facts["state"], one.facts["holder"])
            assert two.facts.get("from_lead") == one.facts.get("lead")


def the_total_clock_never_resets(ticket: Ticket, before: Ticket | None, seen: Seen, _rules: Rulebook) -> None:
    assert ticket.opened_at == seen.log(ticket)[0].at
    assert before is None or (before.opened_at, before.no, before.source, before.parent) == (
        ticket.opened_at, ticket.no, ticket.source, ticket.parent,
    )  # fmt: skip


def its_clocks_are_those_of_its_log(
    ticket: Ticket, _before: Ticket | None, seen: Seen, rules: Rulebook
) -> None:
    clocks = running(ticket, beats_of(seen.log(ticket)), rules)
    assert replace(ticket, wake_at=None) == replace(with_clocks(ticket, clocks), wake_at=None)
    moments = [at for at in (next_wake(ticket, clocks), ticket.review_at, *clocks.thresholds) if at]
    assert ticket.wake_at is None or ticket.is_open
    assert ticket.wake_at in (None, *moments) or _was_refused_by_the_clock(ticket)


def _was_refused_by_the_clock(ticket: Ticket) -> bool:
    """An assisting department's part goes to no meeting: the clock looks at it again tomorrow."""
    return ticket.parent is not None and ticket.thrice_at is not None


def a_department_never_checks_or_rates_itself(
    ticket: Ticket, _before: Ticket | None, seen: Seen, _rules: Rulebook
) -> None:
    departments = {by.id for by in PEOPLE if by.role is Role.DEPARTMENT}
    for event in seen.log(ticket):
        if event.kind in NEVER_BY_DEPARTMENT:
            assert event.facts["role"] != Role.DEPARTMENT and event.by not in departments


def a_card_only_goes_up(ticket: Ticket, before: Ticket | None, seen: Seen, _rules: Rulebook) -> None:
    """In a ticket's whole life, over every stage and cycle; and it is the one that the log tells."""
    assert before is None or ticket.card >= before.card
    card = Card.NONE
    for event in seen.log(ticket):
        if event.kind == "supervise":
            card = Card(min(Card.RED, card + 1))
        elif event.kind in CARDS:
            card = max(card, Card[event.kind.upper()])
    assert ticket.card is card


def its_counters_are_those_of_its_log(
    ticket: Ticket, _before: Ticket | None, seen: Seen, _rules: Rulebook
) -> None:
    if ticket.parent is not None:
        return
    kinds = [event.kind for event in seen.log(ticket)]
    anew = len(kinds) - kinds[::-1].index("reopen") if "reopen" in kinds else 0
    told = Counter(kinds)
    since = Counter(kinds[anew:])
    assert ticket.cycle == 1 + told["reopen"] + told["dissatisfied"]
    assert ticket.rework == told["check_fail"] + told["dissatisfied"]
    assert (ticket.returns, ticket.extensions) == (since["return"], since["approve_extension"])
    assert ticket.returns <= 2 and ticket.extensions <= 2


def it_is_worked_on_by_whom_its_state_says(
    ticket: Ticket, _before: Ticket | None, _seen: Seen, rules: Rulebook
) -> None:
    if ticket.state in WITH_LEAD:
        assert ticket.lead in rules.departments
    if ticket.state in WITHOUT_LEAD:
        assert ticket.lead is None
    assert ticket.asked is None or ticket.state is State.IN_PROGRESS or not ticket.is_open
    assert (ticket.closed_at is None) is ticket.is_open
    assert ticket.is_open or (ticket.due_at, ticket.warn_at, ticket.wake_at, ticket.queue) == (None,) * 4
    handled = ticket.state is State.AWAITING_RATING or (
        ticket.state is State.CLOSED and ticket.outcome is not Outcome.MERGED
    )
    assert ticket.handled_at is not None if handled else ticket.handled_at is None or not ticket.is_open


def a_duplicate_points_to_what_was_open_and_no_circle_closes(
    ticket: Ticket, before: Ticket | None, seen: Seen, _rules: Rulebook
) -> None:
    assert (ticket.outcome is Outcome.MERGED) is (ticket.duplicate_of is not None)
    if ticket.duplicate_of is None:
        return
    original = seen.tickets[ticket.duplicate_of]
    if before is None or before.duplicate_of is None:
        assert original.is_open and original.duplicate_of is None and original.parent is None
    met: set[int] = {ticket.id}
    at: Ticket | None = original
    while at is not None:
        assert at.id not in met
        met.add(at.id)
        at = seen.tickets[at.duplicate_of] if at.duplicate_of else None


def parts_end_with_their_whole(ticket: Ticket, _before: Ticket | None, seen: Seen, _rules: Rulebook) -> None:
    parts = seen.parts(ticket)
    if ticket.state in ENDED or ticket.state is State.AWAITING_RATING:
        assert not any(part.is_open for part in parts)
    if ticket.parent is None:
        return
    assert not parts, "an assistant has no assistants"
    assert ticket.state not in (State.RAISED, State.AT_MEETING, State.AWAITING_RATING, State.REJECTED)
    whole = seen.tickets[ticket.parent]
    assert not ticket.is_open or (whole.is_open and whole.state is not State.AWAITING_RATING)


def it_is_rated_once_a_cycle(ticket: Ticket, _before: Ticket | None, seen: Seen, _rules: Rulebook) -> None:
    asked = {row[2]: row for row in seen.ratings if row[1] == ticket.id}
    answers = Counter(
        event.facts["cycle"] if event.kind == "rate" else int(str(event.facts["cycle"])) - 1
        for event in seen.log(ticket)
        if event.kind in ("rate", "dissatisfied")
    )
    assert all(n == 1 for n in answers.values())
    graded = {cycle for cycle, row in asked.items() if row[6] is not None}
    assert graded == set(answers)
    assert ticket.state is not State.AWAITING_RATING or ticket.cycle in asked.keys() - graded
    assert len(asked) == sum(row[1] == ticket.id for row in seen.ratings)


LIFE = (
    it_has_one_holder_that_exists,
    its_queue_is_named_and_owned_while_it_must_be,
    every_move_is_an_event_of_an_unbroken_chain,
    it_stands_as_its_last_event_says,
    its_events_follow_each_other,
    the_total_clock_never_resets,
    its_clocks_are_those_of_its_log,
    a_department_never_checks_or_rates_itself,
    a_card_only_goes_up,
    its_counters_are_those_of_its_log,
    it_is_worked_on_by_whom_its_state_says,
    a_duplicate_points_to_what_was_open_and_no_circle_closes,
    parts_end_with_their_whole,
    it_is_rated_once_a_cycle,
)
"""What holds of every ticket, always."""


# --- what always holds of the whole --------------------------------------------------------------------------


def check_agendas(seen: Seen, rules: Rulebook) -> None:
    """A ticket at a meeting is on exactly one open agenda, of a unit above it; no other ticket is on any."""
    on = Counter(matter.ticket_id for _, matter in seen.agendas())
    assert on == Counter(t.id for t in seen.tickets.values() if t.state is State.AT_MEETING)
    for agenda, matter in seen.agendas():
        holder = seen.tickets[matter.ticket_id or 0].holder
        assert agenda.unit in rules.structure.chain(meeting_unit(holder, rules.structure))
    open_units = Counter(m.unit for m in seen.meetings.values() if m.is_open)
    assert all(n == 1 for n in open_units.values())


def check_whole(connection: Connection, seen: Seen) -> None:
    """What the mirror saw step by step is what a fresh look at everything says; nothing was rewritten or lost."""
    logs: dict[str, list[Event]] = {}
    for event in lists.all_events(connection):
        logs.setdefault(event.stream, []).append(event)
    assert {stream: tuple(log) for stream, log in logs.items()} == seen.logs
    assert not any(breaks(log) for log in logs.values())
    assert list(disagreements(connection)) == []
    assert days.wrong_days(connection) == []
    each = dict(connection.execute(select(tickets.c.state, func.count()).group_by(tickets.c.state)).all())
    still = connection.scalar(select(func.count()).where(tickets.c.open))
    raised = sum(log[0].kind in BEGUN for stream, log in logs.items() if stream.startswith("t:"))
    assert raised == still + sum(each.get(state.value, 0) for state in ENDED) == sum(each.values())
    marks = [
        tuple(row)
        for row in connection.execute(select(cards.c.ticket_id, cards.c.cycle, cards.c.stage, cards.c.rule))
    ]
    assert len(marks) == len(set(marks))
    on_log = Counter(
        e.kind
        for s, log in logs.items()
        if s.startswith("t:")
        for e in log
        if e.kind in (*CARDS, "supervise")
    )
    assert Counter(rule.split("-")[0] for *_, rule in marks) == on_log


def check_swept(connection: Connection, seen: Seen, rules: Rulebook, now: datetime) -> None:
    """Once the clock has been, nothing that was due is left."""
    given = {
        tuple(row)
        for row in connection.execute(select(cards.c.ticket_id, cards.c.cycle, cards.c.stage, cards.c.rule))
    }
    for ticket in seen.tickets.values():
        if not ticket.is_open:
            continue
        assert ticket.wake_at is None or ticket.wake_at >= now
        if ticket.state in CARDED:
            for rule, at in (("yellow", ticket.warn_at), ("red", ticket.due_at)):
                due = at is not None and at < now
                assert ((ticket.id, ticket.cycle, ticket.stage, rule) in given) is due, (ticket.no, rule)
        pending = [at for at in _pending(ticket) if at >= now]
        assert not pending or (ticket.wake_at is not None and ticket.wake_at <= min(pending))


def _pending(ticket: Ticket) -> list[datetime]:
    """When the clock has something to do with a ticket that nobody touches."""
    moments = {
        State.ON_HOLD: (ticket.review_at,), State.AWAITING_RATING: (ticket.due_at,), State.AT_MEETING: (),
    }.get(ticket.state, (ticket.warn_at, ticket.due_at, ticket.thrice_at))  # fmt: skip
    return [at for at in moments if at is not None]
