"""What happens at the very moment of a redraw, on SQLite and on PostgreSQL alike: nothing is lost, nothing is half."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.actions.into_force import put_in_force, rehome_the_rest
from domain.actions.raising import Report, raise_ticket
from domain.actions.tickets import act
from domain.events import breaks, ticket_stream
from domain.grids import Structure
from domain.moves import Given
from domain.people import RESIDENT, Role
from domain.place import LngLat
from domain.plans.drafts import Draft
from domain.said import Busy, Refused
from domain.tickets import State, Ticket, Words
from storage import happened, lists, redraws
from storage.database import Database
from storage.store import TicketStore
from tests.domain.build import MEMBER, MONDAY
from tests.storage.test_redraws import AFTER, BEFORE, LATER, RULES_BEFORE, draw, keep_plan, located_in, now_of

PEOPLE = 64
GIVEN = Given("because", category="noise", urgent=False)
SHIFTED = Draft(BEFORE.grids, {**BEFORE.home, "u5": "C12"})
"""The same grids as before, but for one unit that changes hands: no code tells of it."""


@pytest.fixture
def store(database: Database) -> TicketStore:
    keep_plan(database, 1, BEFORE, "in_force", MONDAY)
    return TicketStore(database)


def raised(store: TicketStore, unit: int, seconds: int = 0) -> Ticket:
    """A resident raises a ticket by a program that sees the plan before."""
    report = Report(LngLat(unit, 1), "noise", Words("loud"))
    return raise_ticket(store, RULES_BEFORE, report, by=RESIDENT, now=LATER + timedelta(seconds=seconds))


def test_what_was_raised_in_that_moment_on_ground_that_changed_hands_is_brought_along(
    store: TicketStore,
) -> None:
    keep_plan(store.database, 2, SHIFTED, "approved", LATER)
    assert put_in_force(store, draw, now=LATER)
    late = raised(store, 5, seconds=1)
    assert late.holder == "C11", "it was located by the plan before"
    with store.database.read() as connection:
        assert redraws.is_settling(connection, LATER + timedelta(minutes=1))
        assert not redraws.is_settling(connection, LATER + timedelta(minutes=6))
    assert rehome_the_rest(store, draw, now=LATER + timedelta(minutes=1)) == 1
    assert (now_of(store, late).holder, now_of(store, late).located.grid) == ("C12", "C12")
    assert rehome_the_rest(store, draw, now=LATER + timedelta(minutes=2)) == 0


@pytest.mark.slow
@pytest.mark.parametrize("after", [AFTER, SHIFTED], ids=["other codes", "the same codes"])
def test_whoever_acts_while_a_plan_comes_into_force_acts_before_it_or_after_it(
    store: TicketStore, after: Draft
) -> None:
    there = [raised(store, n % 12, seconds=-60) for n in range(PEOPLE)]
    keep_plan(store.database, 2, after, "approved", LATER)
    begin, told = threading.Barrier(PEOPLE + 2), list[str]()

    def tried(move: Callable[[], object]) -> None:
        begin.wait()
        for _ in range(5):
            try:
                move()
            except Busy:
                continue
            except Refused as refused:
                told.append(str(refused.because))
            return

    def moved(number: int) -> None:
        ticket, at = there[number], LATER + timedelta(seconds=1)
        holder = replace(MEMBER, area=ticket.holder)
        first, second = ("hand_up", "accept") if number % 3 else ("accept", "hand_up")
        ticket = act(store, RULES_BEFORE, ticket.id, first, GIVEN, version=ticket.version, by=holder, now=at)
        over = replace(holder, role=Role.COMPOUND, area="C1") if first == "hand_up" else holder
        act(store, RULES_BEFORE, ticket.id, second, GIVEN, version=ticket.version, by=over, now=at)
        raised(store, number % 12, seconds=1)

    def swept() -> None:
        put_in_force(store, draw, now=LATER)

    with ThreadPoolExecutor(PEOPLE + 2) as crowd:
        work = [crowd.submit(tried, swept) for _ in range(2)]
        work += [crowd.submit(tried, lambda n=n: moved(n)) for n in range(PEOPLE)]
        for done in work:
            done.result()
    assert all("first" in sentence or "area" in sentence for sentence in told), told
    with store.database.read() as connection:
        assert not redraws.due_plans(connection, LATER)
    rehome_the_rest(store, draw, now=LATER + timedelta(minutes=1))
    assert rehome_the_rest(store, draw, now=LATER + timedelta(minutes=2)) == 0
    structure = Structure.of(after.grids.values())
    with store.database.read() as connection:
        every = happened.open_live_tickets(connection)
        assert len(every) >= PEOPLE
        for ticket in every:
            assert ticket.point and ticket.located == located_in(after, f"u{int(ticket.point.lng)}")
            assert ticket.holder in structure and ticket.state in (State.RAISED, State.ACCEPTED)
            log = [event for event, _ in lists.events_of(connection, ticket_stream(ticket.id))]
            assert breaks(log) == [] and len(log) == ticket.version, (ticket, [e.kind for e in log])
