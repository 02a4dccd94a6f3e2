"""People and the clock whose ways cross: one wins, the others are told, nothing is left half done – on both databases."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.actions import meetings as convening
from domain.actions.raising import Report, raise_ticket
from domain.actions.sweep import sweep
from domain.actions.tickets import act
from domain.meetings import Decision, MatterOutcome
from domain.moves import Given
from domain.people import Person
from domain.place import LngLat
from domain.said import Busy, Refused, Stale
from domain.tickets import State, Ticket, Words
from storage import lists
from storage.database import Database
from storage.store import TicketStore
from tests.domain.build import COMMUNITY, COMPOUND, DEPARTMENT, FIRE, MEMBER, MONDAY, RULES, STREET

LIMIT = timedelta(hours=15)


@pytest.fixture
def store(database: Database) -> TicketStore:
    return TicketStore(database)


def raised(store: TicketStore, now: datetime = MONDAY) -> Ticket:
    return raise_ticket(store, RULES, Report(LngLat(1, 1), "noise", Words("loud")), by=MEMBER, now=now)


def made(
    store: TicketStore, one: Ticket, name: str, by: Person, now: datetime = MONDAY, **given: Any
) -> Ticket:
    return act(store, RULES, one.id, name, Given("because", **given), version=one.version, by=by, now=now)


def in_progress(
    store: TicketStore, now: datetime = MONDAY, *, at_street: bool = False, **given: Any
) -> Ticket:
    one = raised(store, now)
    steps: list[tuple[str, Person]] = [("hand_up", MEMBER), ("hand_up", COMPOUND)]
    steps += [("hand_up", COMMUNITY)] if at_street else []
    for name, by in steps:
        one = made(store, one, name, by, now)
    holder = STREET if at_street else COMMUNITY
    one = made(store, one, "accept", holder, now)
    one = made(store, one, "dispatch", holder, now, department="water", **given)
    return made(store, one, "sign", DEPARTMENT, now)


def as_it_is(store: TicketStore, no: str) -> Ticket:
    with store.database.read() as connection:
        found = lists.one_ticket(connection, no=no)
    assert found
    return found


def at_once(*deeds: Callable[[], object]) -> list[str]:
    """Do several things at the same moment; what became of each."""
    outcomes: list[str] = ["?"] * len(deeds)
    start = threading.Barrier(len(deeds))

    def go(n: int) -> None:
        start.wait()
        try:
            deeds[n]()
            outcomes[n] = "done"
        except (Refused, Stale) as refused:
            outcomes[n] = type(refused).__name__

    runners = [threading.Thread(target=go, args=(n,)) for n in range(len(deeds))]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join()
    return outcomes


@pytest.mark.parametrize("turn", range(4))
def test_of_two_who_merge_two_tickets_into_each_other_one_is_told(store: TicketStore, turn: int) -> None:
    one, other = raised(store), raised(store)
    outcomes = at_once(
        lambda: made(store, one, "merge", COMMUNITY, original=other.no),
        lambda: made(store, other, "merge", STREET, original=one.no),
    )
    assert outcomes.count("done") == 1
    assert sorted(as_it_is(store, t.no).is_open for t in (one, other)) == [False, True]


@pytest.mark.parametrize("turn", range(4))
def test_a_whole_that_ends_while_a_part_reports_leaves_no_part_open(store: TicketStore, turn: int) -> None:
    whole = in_progress(store, assistants=("fire",))
    with store.database.read() as connection:
        (part,) = lists.parts_of(connection, whole.id)
    part = made(store, part, "sign", FIRE)
    at_once(
        lambda: made(store, whole, "cancel", STREET),
        lambda: made(store, part, "report_done", FIRE),
    )
    ended = as_it_is(store, whole.no)
    if not ended.is_open:
        assert not as_it_is(store, part.no).is_open
    else:
        assert as_it_is(store, part.no).state is State.AWAITING_CHECK


@pytest.mark.parametrize("turn", range(4))
def test_a_meeting_that_closes_while_the_clock_fills_agendas(store: TicketStore, turn: int) -> None:
    for n in range(30):
        in_progress(store, at_street=n % 2 == 0)
    matter = convening.add_matter(store, RULES, "C", "Parking", by=COMMUNITY, now=MONDAY)
    moved = Decision(MatterOutcome.MOVED_UP, ledger="Tried twice.")
    convening.decide(store, RULES, matter.id, moved, version=2, by=COMMUNITY, now=MONDAY)
    with store.work() as work:
        agenda = work.meetings.open_agenda("C")
    assert agenda
    late = RULES.clock.add(MONDAY, LIMIT * 3) + timedelta(hours=1)

    def close() -> None:
        for _ in range(3):
            try:
                convening.close_meeting(
                    store, RULES, agenda.id, ["A", "B"], "Minutes.", late - timedelta(minutes=5),
                    version=agenda.version, by=COMMUNITY, now=late,
                )  # fmt: skip
                return
            except Busy:
                continue

    at_once(close, lambda: sweep(store, RULES, now=late))
    sweep(store, RULES, now=late)
    with store.database.read() as connection:
        found = lists.tickets_with(connection, list(range(1, 31)))
    with store.work() as work:
        assert all(work.meetings.open_matter_of_ticket(t.id) for t in found if t.state is State.AT_MEETING)
    assert {t.state for t in found} == {State.AT_MEETING}


def test_a_meeting_does_not_close_with_a_due_date_that_has_passed(store: TicketStore) -> None:
    matter = convening.add_matter(store, RULES, "C", "Parking", by=COMMUNITY, now=MONDAY)
    soon = Decision(MatterOutcome.ASSIGNED, "To be mended.", "water", MONDAY + timedelta(hours=2))
    convening.decide(store, RULES, matter.id, soon, version=2, by=COMMUNITY, now=MONDAY)
    later = MONDAY + timedelta(days=2)
    with store.work() as work:
        agenda = work.meetings.open_agenda("C")
    assert agenda
    with pytest.raises(Refused, match="decide it anew"):
        convening.close_meeting(
            store, RULES, agenda.id, ["A"], "Minutes.", later, version=agenda.version, by=COMMUNITY, now=later
        )


def test_an_assistant_is_asked_once_and_never_beside_its_own_lead(store: TicketStore) -> None:
    one = in_progress(store, assistants=("fire",))
    one = made(store, one, "redispatch", STREET, department="law", assistants=("fire", "water"))
    with store.database.read() as connection:
        parts = lists.parts_of(connection, one.id)
    assert sorted((p.lead, p.is_open) for p in parts) == [("fire", True), ("water", True)]
    made(store, one, "redispatch", STREET, department="fire")
    with store.database.read() as connection:
        parts = lists.parts_of(connection, one.id)
    assert sorted((p.lead, p.is_open) for p in parts) == [("fire", False), ("water", True)]


def test_a_part_begins_with_counters_of_its_own(store: TicketStore) -> None:
    one = raised(store)
    for name, by in (("hand_up", MEMBER), ("hand_up", COMPOUND), ("accept", COMMUNITY)):
        one = made(store, one, name, by)
    for _ in range(2):
        one = made(store, one, "dispatch", COMMUNITY, department="water")
        one = made(store, one, "return", DEPARTMENT, department="fire")
    one = made(store, one, "dispatch", COMMUNITY, department="water", assistants=("fire",))
    with store.database.read() as connection:
        (part,) = lists.parts_of(connection, one.id)
    assert (one.returns, part.returns, part.rework, part.extensions) == (2, 0, 0, 0)
    assert made(store, part, "return", FIRE, department="water").returns == 1
