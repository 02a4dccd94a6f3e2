"""What the store promises about joint meetings, and how they meet the tickets: on SQLite and on PostgreSQL alike."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from domain.actions.meetings import add_matter, close_meeting, decide, plan_meeting, settle_assigned
from domain.actions.raising import Report, raise_ticket
from domain.actions.tickets import act
from domain.events import breaks, meeting_stream
from domain.grids import CITY
from domain.meetings import Decision, Matter, MatterOutcome, Meeting, Tier
from domain.moves import Given
from domain.people import Person, Role
from domain.place import LngLat
from domain.said import Refused, Stale
from domain.tickets import State, Ticket, Words
from storage import lists, people
from storage import meetings as kept
from storage.database import Database
from storage.meetings import FourFigures
from storage.schema import events, inbox
from storage.store import TicketStore
from tests.domain.build import (
    COMMUNITY,
    COMPOUND,
    DEPARTMENT,
    LEADER,
    MEMBER,
    MONDAY,
    NEIGHBOUR,
    OFFICE,
    RULES,
    STREET,
)

HEADS = {"C1": COMPOUND, "C": COMMUNITY, "D": NEIGHBOUR, "S": STREET, CITY: OFFICE}
UP = Decision(MatterOutcome.MOVED_UP, ledger="It costs too much.", feedback="It was moved further up.")
SETTLE = Decision(MatterOutcome.SETTLED, "It is mended.", feedback="It is mended.")
ASSIGN = Decision(
    MatterOutcome.ASSIGNED, "To be mended.", "water", MONDAY + timedelta(days=20), feedback="Soon."
)
RETURN = Decision(MatterOutcome.RETURNED, "No public lamp.", feedback="Ask the owner.")


@pytest.fixture
def store(database: Database) -> TicketStore:
    return TicketStore(database)


def hours(n: float) -> datetime:
    return MONDAY + timedelta(hours=n)


def agenda_of(store: TicketStore, unit: str) -> tuple[Meeting, list[Matter]]:
    with store.database.read() as connection:
        meeting = kept.open_agenda(connection, unit)
        assert meeting is not None
        return meeting, kept.matters_of(connection, meeting.id)


def hold(store: TicketStore, unit: str, *decisions: Decision, at: float, by: Person | None = None) -> Meeting:
    """Decide what is on a unit's open agenda, one decision after the other, and close the meeting."""
    head = by or HEADS[unit]
    for n, decision in enumerate(decisions):
        meeting, matters = agenda_of(store, unit)
        decide(store, RULES, matters[n].id, decision, version=meeting.version, by=head, now=hours(at))
    meeting, _ = agenda_of(store, unit)
    return close_meeting(
        store, RULES, meeting.id, ["王主任"], "会议研究了路灯问题。", hours(at - 0.5),
        version=meeting.version, by=head, now=hours(at),
    )  # fmt: skip


def at_the_meeting(store: TicketStore) -> Ticket:
    """A ticket that the community has brought to its own meeting."""
    made = raise_ticket(store, RULES, Report(LngLat(1, 1), "noise", Words("loud")), by=MEMBER, now=MONDAY)
    for by, move, given in (
        (MEMBER, "hand_up", Given("too big")),
        (COMPOUND, "hand_up", Given("too big")),
        (COMMUNITY, "accept", Given()),
        (COMMUNITY, "to_meeting", Given("too big", unit="C")),
    ):
        made = act(store, RULES, made.id, move, given, version=made.version, by=by, now=hours(0.3))
    return made


def ticket_now(store: TicketStore, made: Ticket) -> Ticket:
    with store.database.read() as connection:
        found = lists.one_ticket(connection, no=made.no)
    assert found is not None
    return found


def told(store: TicketStore, kind: str) -> list[str]:
    with store.database.read() as connection:
        return list(connection.scalars(select(inbox.c.post).where(inbox.c.kind == kind).order_by(inbox.c.id)))


def test_a_ticket_climbs_to_the_city_and_the_answer_comes_back_through_every_level(
    store: TicketStore,
) -> None:
    made = at_the_meeting(store)
    hold(store, "C", UP, at=1)
    assert ticket_now(store, made).state is State.AT_MEETING
    hold(store, "S", UP, at=2)
    hold(store, CITY, SETTLE, at=3)
    after = ticket_now(store, made)
    assert (after.state, after.handled_at) == (State.CLOSED, hours(3))
    assert told(store, "matter_submitted") == ["S", CITY]
    assert told(store, "matter_fed_back") == ["C", "S", "C"]
    with store.database.read() as connection:
        for unit in ("C", "S"):
            (meeting,) = kept.meetings_held(connection, unit)
            (matter,) = kept.matters_of(connection, meeting.id)
            assert (matter.feedback, matter.fed_back_at) == ("It is mended.", hours(3))
            assert kept.last_of(connection, [matter])[matter.id].outcome is MatterOutcome.SETTLED


def test_what_is_returned_is_dispatched_anew_and_what_is_assigned_is_handled(store: TicketStore) -> None:
    returned, assigned = at_the_meeting(store), at_the_meeting(store)
    hold(store, "C", RETURN, ASSIGN, at=1)
    assert ticket_now(store, returned).state is State.ACCEPTED
    after = ticket_now(store, assigned)
    assert (after.state, after.lead) == (State.IN_PROGRESS, "water")


def test_what_was_assigned_is_settled_when_its_ticket_is_handled(store: TicketStore) -> None:
    made = at_the_meeting(store)
    hold(store, "C", ASSIGN, at=1)
    after = ticket_now(store, made)
    for by, move in ((DEPARTMENT, "report_done"), (MEMBER, "check_pass")):
        after = act(store, RULES, made.id, move, Given("done"), version=after.version, by=by, now=hours(2))
    with store.database.read() as connection:
        (line,) = kept.led_by(connection, "water")
    assert line.matter.settled_at == hours(2)


def test_a_ticket_that_ends_elsewhere_is_withdrawn_and_the_meeting_can_close(store: TicketStore) -> None:
    made = at_the_meeting(store)
    hold(store, "C", UP, at=1)
    act(store, RULES, made.id, "cancel", Given("a mistake"), version=made.version, by=STREET, now=hours(2))
    _, (matter,) = agenda_of(store, "S")
    assert matter.outcome is MatterOutcome.WITHDRAWN
    hold(store, "S", at=3)
    assert told(store, "matter_fed_back") == ["C"]
    assert ticket_now(store, made).state is State.CANCELLED


def test_many_first_matters_at_once_make_one_agenda(store: TicketStore) -> None:
    def add(n: int) -> None:
        add_matter(store, RULES, "C", f"Matter {n}", by=COMMUNITY, now=MONDAY)

    people_at_it = [threading.Thread(target=add, args=(n,)) for n in range(6)]
    for one in people_at_it:
        one.start()
    for one in people_at_it:
        one.join()
    meeting, matters = agenda_of(store, "C")
    assert len(matters) == 6 and meeting.version == 7


def test_what_is_submitted_while_the_upper_meeting_closes_is_on_exactly_one_agenda(
    store: TicketStore,
) -> None:
    for unit in ("C", "D"):
        add_matter(store, RULES, unit, f"Lamps of {unit}", by=HEADS[unit], now=MONDAY)
        meeting, (matter,) = agenda_of(store, unit)
        decide(store, RULES, matter.id, UP, version=meeting.version, by=HEADS[unit], now=hours(1))
    add_matter(store, RULES, "S", "Trees", by=STREET, now=MONDAY)
    meeting, (matter,) = agenda_of(store, "S")
    decide(store, RULES, matter.id, SETTLE, version=meeting.version, by=STREET, now=hours(1))
    start, outcomes = threading.Barrier(3), []

    def close(unit: str) -> None:
        meeting, _ = agenda_of(store, unit)
        start.wait()
        try:
            close_meeting(
                store, RULES, meeting.id, ["x"], "x", hours(1), version=meeting.version, by=HEADS[unit], now=hours(2)
            )  # fmt: skip
            outcomes.append(unit)
        except Stale:
            outcomes.append("told")

    people_at_it = [threading.Thread(target=close, args=(unit,)) for unit in ("C", "D", "S")]
    for one in people_at_it:
        one.start()
    for one in people_at_it:
        one.join()
    assert {"C", "D"} <= set(outcomes) and len(outcomes) == 3
    _, waiting = agenda_of(store, "S")
    assert sorted(m.title for m in waiting if m.is_from_below) == ["Lamps of C", "Lamps of D"]


def test_the_second_of_two_people_is_told_and_nothing_of_theirs_is_kept(store: TicketStore) -> None:
    with store.database.write() as connection:
        number = people.add_account(
            connection, login="a", name="Anna", role=Role.COMMUNITY, area="C", password="password", now=MONDAY
        )
    anna = replace(COMMUNITY, id=number)
    add_matter(store, RULES, "C", "Lamps", by=COMMUNITY, now=MONDAY)
    seen, (matter,) = agenda_of(store, "C")
    decide(store, RULES, matter.id, SETTLE, version=seen.version, by=anna, now=hours(1))
    for act_late in (
        lambda: decide(store, RULES, matter.id, UP, version=seen.version, by=COMMUNITY, now=hours(1)),
        lambda: plan_meeting(
            store, RULES, "C", hours(9), regular=True, version=seen.version, by=COMMUNITY, now=hours(1)
        ),
        lambda: close_meeting(
            store, RULES, seen.id, ["x"], "x", hours(1), version=seen.version, by=COMMUNITY, now=hours(1)
        ),
    ):
        with pytest.raises(Stale, match="Anna"):
            act_late()
    _, (now,) = agenda_of(store, "C")
    assert now.outcome is MatterOutcome.SETTLED


def test_a_closing_that_fails_leaves_everything_as_it_was(store: TicketStore) -> None:
    at_the_meeting(store)
    meeting, (matter,) = agenda_of(store, "C")
    decide(store, RULES, matter.id, SETTLE, version=meeting.version, by=COMMUNITY, now=hours(1))
    before = agenda_of(store, "C")

    def power_cut(*_: object, **__: object) -> None:
        raise RuntimeError("power cut")

    with pytest.raises(RuntimeError):
        close_meeting(
            store, RULES, meeting.id, ["x"], "x", hours(1), version=before[0].version, by=COMMUNITY, now=hours(1),
            follow=power_cut,
        )  # fmt: skip
    assert agenda_of(store, "C") == before


def test_a_second_open_agenda_of_one_unit_is_refused_by_the_database_itself(store: TicketStore) -> None:
    with pytest.raises(IntegrityError), store.work() as work:
        work.meetings.add_meeting(Meeting(tier=Tier.COMMUNITY, unit="C"))
        work.meetings.add_meeting(Meeting(tier=Tier.COMMUNITY, unit="C"))


def test_a_meeting_comes_back_as_it_was_kept(store: TicketStore) -> None:
    add_matter(store, RULES, "C", "路灯", by=COMMUNITY, now=MONDAY)
    plan_meeting(store, RULES, "C", hours(5), regular=False, version=2, by=COMMUNITY, now=MONDAY)
    closed = hold(store, "C", ASSIGN, at=6)
    with store.database.read() as connection:
        assert kept.one_meeting(connection, closed.id) == closed
        (matter,) = kept.matters_of(connection, closed.id)
    assert (closed.present, closed.planned_at, closed.regular) == (("王主任",), hours(5), False)
    assert (matter.lead, matter.due_at) == ("water", ASSIGN.due)


def test_the_log_of_a_meeting_is_chained_and_its_words_lie_beside(store: TicketStore) -> None:
    add_matter(store, RULES, "C", "路灯", by=COMMUNITY, now=MONDAY)
    closed = hold(store, "C", UP, at=1)
    with store.database.read() as connection:
        log = lists.events_of(connection, meeting_stream(closed.id))
        texts = connection.scalars(select(events.c.facts)).all()
    assert [event.kind for event, _ in log] == ["opened", "added", "decided", "closed"]
    assert breaks([event for event, _ in log]) == []
    assert "It costs too much." in (log[2][1] or "")
    assert not any(word in text for text in texts for word in ("路灯", "王主任", "costs"))


def test_ad_hoc_meetings_do_not_count_for_the_cadence(store: TicketStore) -> None:
    plan_meeting(store, RULES, CITY, hours(5), regular=False, version=None, by=LEADER, now=MONDAY)
    with pytest.raises(Refused, match="leader"):
        plan_meeting(store, RULES, CITY, hours(5), regular=True, version=2, by=LEADER, now=MONDAY)
    hold(store, CITY, at=6, by=LEADER)
    plan_meeting(store, RULES, CITY, hours(9), regular=True, version=None, by=OFFICE, now=MONDAY)
    with pytest.raises(Refused, match="leader"):
        hold(store, CITY, at=10, by=LEADER)
    hold(store, CITY, at=10)
    with store.database.read() as connection:
        assert kept.regular_held(connection, MONDAY) == {CITY: [hours(9.5)]}
        assert [m.regular for m in kept.meetings_held(connection, CITY)] == [True, False]


def test_open_agendas_tell_how_many_matters_wait(store: TicketStore) -> None:
    for title in ("Lamps", "Lifts"):
        add_matter(store, RULES, "C", title, by=COMMUNITY, now=MONDAY)
    meeting, matters = agenda_of(store, "C")
    decide(store, RULES, matters[0].id, SETTLE, version=meeting.version, by=COMMUNITY, now=hours(1))
    with store.database.read() as connection:
        found = kept.open_agendas(connection)
    assert {unit: (a.matters, a.undecided) for unit, a in found.items()} == {"C": (2, 1)}


def test_the_four_figures_count_a_matter_once_where_it_came_from(store: TicketStore) -> None:
    for n in range(4):
        add_matter(store, RULES, "C", f"Matter {n}", by=COMMUNITY, now=MONDAY)
    hold(store, "C", SETTLE, UP, UP, UP, at=1)
    hold(store, "S", UP, SETTLE, ASSIGN, at=2)
    hold(store, CITY, SETTLE, at=3)
    add_matter(store, RULES, "C1", "Stairs", by=COMPOUND, now=MONDAY)
    hold(store, "C1", SETTLE, at=3)

    def figures(since: float, until: float, *units: str) -> FourFigures:
        with store.database.read() as connection:
            return kept.four_figures(connection, hours(since), hours(until), units or None)

    assert figures(0, 9) == FourFigures(held=3, settled=2, moved_up=3, settled_above=2)
    assert figures(0, 9, "S", CITY) == FourFigures(2, 0, 0, 0)
    assert figures(0, 1) == FourFigures(1, 1, 3, 2)
    assert figures(5, 9) == FourFigures(0, 0, 0, 0)
    with store.database.read() as connection:
        (waiting,) = kept.led_by(connection, "water")
    settle_assigned(store, RULES, waiting.matter.id, by=STREET, now=hours(8))
    assert figures(0, 9).settled_above == 3
    with pytest.raises(Refused):
        settle_assigned(store, RULES, waiting.matter.id, by=STREET, now=hours(8))


def test_a_meeting_is_not_recorded_before_it_is_held_nor_long_after(store: TicketStore) -> None:
    add_matter(store, RULES, "C", "Lamps", by=COMMUNITY, now=MONDAY)
    meeting, (matter,) = agenda_of(store, "C")
    decide(store, RULES, matter.id, SETTLE, version=meeting.version, by=COMMUNITY, now=MONDAY)
    for held_at in (hours(1), MONDAY - timedelta(days=40)):
        with pytest.raises(Refused, match="held"):
            close_meeting(
                store, RULES, meeting.id, ["x"], "x", held_at, version=meeting.version + 1, by=COMMUNITY, now=MONDAY
            )  # fmt: skip


def test_nothing_is_assigned_to_a_department_that_is_none(store: TicketStore) -> None:
    add_matter(store, RULES, "C", "Lamps", by=COMMUNITY, now=MONDAY)
    meeting, (matter,) = agenda_of(store, "C")
    with pytest.raises(Refused, match="no department"):
        decide(
            store, RULES, matter.id, replace(ASSIGN, lead="nobody"), version=meeting.version, by=COMMUNITY, now=MONDAY
        )  # fmt: skip
