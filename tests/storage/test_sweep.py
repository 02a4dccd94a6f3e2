"""What the clock promises, on SQLite and on PostgreSQL alike: each thing once, in order, whatever the downtime."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from domain.actions.raising import Report, raise_ticket
from domain.actions.sweep import sweep
from domain.actions.tickets import act
from domain.events import breaks, ticket_stream
from domain.grids import CITY
from domain.moves import Given
from domain.people import Person
from domain.place import LngLat
from domain.tickets import Card, State, Ticket, Words
from storage import lists
from storage import sweeps as listed
from storage.database import Database
from storage.schema import cards, inbox
from storage.store import TicketStore
from tests.disagreeing import disagreements
from tests.domain.build import (
    COMMUNITY,
    COMPOUND,
    DEPARTMENT,
    MEMBER,
    MONDAY,
    OFFICE,
    RULES,
    STREET,
)

HERE = LngLat(1, 1)


@pytest.fixture
def store(database: Database) -> TicketStore:
    return TicketStore(database)


def raised(store: TicketStore, by: Person = MEMBER, point: LngLat = HERE, now: datetime = MONDAY) -> Ticket:
    return raise_ticket(store, RULES, Report(point, "noise", Words("loud")), by=by, now=now)


def made(store: TicketStore, one: Ticket, name: str, by: Person, now: datetime, **given: Any) -> Ticket:
    return act(store, RULES, one.id, name, Given("because", **given), version=one.version, by=by, now=now)


def handled(store: TicketStore, now: datetime = MONDAY) -> Ticket:
    """A ticket that the department has signed for."""
    one = raised(store, now=now)
    one = made(store, one, "hand_up", MEMBER, now)
    one = made(store, one, "hand_up", COMPOUND, now)
    one = made(store, one, "accept", COMMUNITY, now)
    one = made(store, one, "dispatch", COMMUNITY, now, department="water")
    return made(store, one, "sign", DEPARTMENT, now)


def now_of(store: TicketStore, one: Ticket) -> Ticket:
    with store.database.read() as connection:
        found = lists.one_ticket(connection, no=one.no)
    assert found
    return found


def kinds(store: TicketStore, one: Ticket) -> list[str]:
    with store.database.read() as connection:
        log = [event for event, _ in lists.events_of(connection, ticket_stream(one.id))]
    assert breaks(log) == []
    return [event.kind for event in log]


def told(store: TicketStore) -> Counter[tuple[str, str, int]]:
    with store.database.read() as connection:
        rows = connection.execute(select(inbox.c.post, inbox.c.kind, inbox.c.n))
        return Counter((row.post, row.kind, row.n) for row in rows)


def did(store: TicketStore, now: datetime, rules: Any = RULES) -> dict[str, int]:
    done = sweep(store, rules, now=now)
    assert done is not None
    return dict(done.did)


def test_nothing_is_done_before_its_time_and_nothing_twice(store: TicketStore) -> None:
    one = raised(store)
    assert did(store, MONDAY + timedelta(minutes=95)) == {}
    yellow = MONDAY + timedelta(minutes=97)
    assert did(store, yellow) == {"yellow": 1}
    assert did(store, yellow) == {}
    assert now_of(store, one).card is Card.YELLOW
    assert ("C11", "yellow", 1) in told(store)


def test_a_card_takes_nobodys_form_away(store: TicketStore) -> None:
    one = raised(store)
    did(store, MONDAY + timedelta(minutes=97))
    assert made(store, one, "accept", MEMBER, MONDAY + timedelta(minutes=98)).version == 2


def test_what_waits_too_long_goes_up_and_the_unit_above_is_told(store: TicketStore) -> None:
    one = raised(store)
    late = MONDAY + timedelta(hours=2, seconds=1)
    assert did(store, late) == {"yellow": 1, "red": 1, "hand_up": 1}
    after = now_of(store, one)
    assert (after.holder, after.state, after.stage_since, after.opened_at) == (
        "C1", State.RAISED, late, MONDAY,
    )  # fmt: skip
    assert kinds(store, one) == ["raised", "yellow", "red", "hand_up"]
    assert {("C1", "red", 1), ("C1", "hand_up", 1), ("C11", "hand_up", 1)} <= set(told(store))


def test_after_three_days_each_level_comes_once_and_the_new_holder_has_the_full_time(
    store: TicketStore,
) -> None:
    one = raised(store)
    later = MONDAY + timedelta(days=3)
    assert did(store, later) == {"yellow": 1, "red": 1, "hand_up": 1}
    after = now_of(store, one)
    assert after.holder == "C1" and after.due_at == RULES.clock.add(later, timedelta(hours=2))
    assert did(store, later) == {}


def test_the_clock_never_hands_above_the_city(store: TicketStore) -> None:
    lost = raised(store, by=OFFICE, point=LngLat(-1, 1))
    assert did(store, MONDAY + timedelta(days=3)) == {"yellow": 1, "red": 1}
    assert now_of(store, lost).holder == CITY
    assert did(store, MONDAY + timedelta(days=9)) == {}


def test_a_late_department_is_warned_reported_and_at_three_times_the_limit_brought_to_a_meeting(
    store: TicketStore,
) -> None:
    one, clock = handled(store), RULES.clock
    limit = timedelta(hours=15)
    assert did(store, clock.add(MONDAY, limit * 0.8) + timedelta(seconds=1)) == {"yellow": 1}
    assert did(store, clock.add(MONDAY, limit) + timedelta(seconds=1)) == {"red": 1}
    assert did(store, clock.add(MONDAY, limit * 3)) == {}
    assert did(store, clock.add(MONDAY, limit * 3) + timedelta(seconds=1)) == {"to_meeting": 1}
    after = now_of(store, one)
    assert (after.state, after.holder, after.due_at, after.wake_at) == (State.AT_MEETING, "C", None, None)
    with store.work() as work:
        matter = work.meetings.open_matter_of_ticket(one.id)
    assert matter and matter.origin.value == "sweep"
    assert {("water", "yellow", 1), ("C", "yellow", 1), ("S", "red", 1), ("C", "to_meeting", 1)} <= set(
        told(store)
    )


def test_a_new_cycle_is_warned_anew(store: TicketStore) -> None:
    one, clock = handled(store), RULES.clock
    late = clock.add(MONDAY, timedelta(hours=16))
    assert did(store, late) == {"yellow": 1, "red": 1}
    one = made(store, now_of(store, one), "report_done", DEPARTMENT, late)
    one = made(store, one, "check_fail", COMMUNITY, late)
    assert one.due_at == clock.add(late, clock.day)
    assert did(store, clock.add(late, clock.day) + timedelta(seconds=1))["red"] == 1


def test_a_hold_ends_by_itself_on_its_review_date(store: TicketStore) -> None:
    one, review = handled(store), MONDAY + timedelta(days=20)
    one = made(store, one, "ask_hold", DEPARTMENT, MONDAY, until=review)
    one = made(store, one, "approve_hold", STREET, MONDAY)
    assert did(store, review) == {}
    assert did(store, review + timedelta(seconds=1)) == {"resume": 1}
    after = now_of(store, one)
    assert after.state is State.IN_PROGRESS
    assert after.due_at == RULES.clock.add(review + timedelta(seconds=1), timedelta(hours=15))


def test_what_was_late_before_its_hold_is_late_when_it_goes_on_and_one_sweep_does_it_all(
    store: TicketStore,
) -> None:
    one, clock = handled(store), RULES.clock
    late = clock.add(MONDAY, timedelta(hours=16))
    one = made(store, one, "ask_hold", DEPARTMENT, late, until=late + timedelta(days=20))
    one = made(store, one, "approve_hold", STREET, late)
    review = late + timedelta(days=20, seconds=1)
    assert did(store, review) == {"resume": 1, "yellow": 1, "red": 1}
    after = now_of(store, one)
    assert (after.state, after.card, after.wake_at) == (State.IN_PROGRESS, Card.RED, after.thrice_at)
    assert did(store, review) == {}


def test_what_nobody_rates_is_closed_apart_after_fourteen_days(store: TicketStore) -> None:
    one = handled(store)
    one = made(store, one, "report_done", DEPARTMENT, MONDAY)
    one = made(store, one, "check_pass", COMMUNITY, MONDAY)
    assert did(store, MONDAY + timedelta(days=14)) == {}
    assert did(store, MONDAY + timedelta(days=14, seconds=1)) == {"unrated": 1}
    assert (now_of(store, one).state, now_of(store, one).satisfied) == (State.CLOSED, None)


def test_many_at_once_are_one_entry_in_an_inbox(store: TicketStore) -> None:
    for _ in range(9):
        raised(store)
    did(store, MONDAY + timedelta(hours=3))
    assert {("C11", "yellow", 9), ("C1", "red", 9), ("C1", "hand_up", 9)} <= set(told(store))


def test_two_sweeps_at_once_do_each_thing_once(store: TicketStore) -> None:
    for _ in range(40):
        raised(store)
    late, start = MONDAY + timedelta(hours=3), threading.Barrier(4)

    def go() -> None:
        start.wait()
        sweep(store, RULES, now=late)

    runners = [threading.Thread(target=go) for _ in range(4)]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join()
    sweep(store, RULES, now=late)
    with store.database.read() as connection:
        given = Counter(row.rule for row in connection.execute(select(cards)))
    assert given == {"yellow": 40, "red": 40}


def test_a_move_made_while_the_clock_sweeps_is_not_lost(store: TicketStore) -> None:
    tickets = [raised(store) for _ in range(25)]
    late, outcomes = MONDAY + timedelta(hours=3), []

    def people() -> None:
        for one in tickets:
            try:
                made(store, one, "settle", MEMBER, MONDAY + timedelta(minutes=5))
                outcomes.append(one.id)
            except Exception as refused:
                assert type(refused).__name__ in ("Stale", "Refused")

    both = [threading.Thread(target=people), threading.Thread(target=lambda: sweep(store, RULES, now=late))]
    for one in both:
        one.start()
    for one in both:
        one.join()
    sweep(store, RULES, now=late)
    for one in tickets:
        log = kinds(store, one)
        assert ("settle" in log) is (one.id in outcomes)
        assert now_of(store, one).version == 1 + sum(kind in ("settle", "hand_up") for kind in log)
    with store.database.read() as connection:
        assert list(disagreements(connection)) == []


class Announced:
    """The same calendar once the next year's arrangement is known, with a holiday on its first days."""

    def is_workday(self, day: date) -> bool | None:
        holidays = (date(2027, 1, 1), date(2027, 1, 4))
        return day.weekday() < 5 and day not in holidays if day.year <= 2027 else None


def test_deadlines_that_rest_on_an_unknown_year_are_computed_anew_when_it_is_announced(
    store: TicketStore,
) -> None:
    december = datetime(2026, 12, 31, 1, tzinfo=MONDAY.tzinfo)
    one = handled(store, now=december)
    assert one.provisional and one.due_at
    did(store, december)
    known = replace(RULES, clock=replace(RULES.clock, calendar=Announced(), _days={}))
    assert did(store, december, known) == {"recomputed": 1}
    after = now_of(store, one)
    assert not after.provisional and after.due_at and after.due_at > one.due_at
    assert after.due_at == known.clock.add(december, timedelta(hours=15))
    assert did(store, december, known) == {}


def test_what_sweeps_did_is_listed(store: TicketStore) -> None:
    raised(store)
    did(store, MONDAY + timedelta(hours=3))
    did(store, MONDAY + timedelta(hours=3))
    with store.database.read() as connection:
        assert listed.latest(connection, 10) == [
            (MONDAY + timedelta(hours=3), {"hand_up": 1, "red": 1, "yellow": 1})
        ]
