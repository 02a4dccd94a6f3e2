"""What the store promises, on SQLite and on PostgreSQL alike."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import func, select, update

from domain.actions.raising import Report, raise_ticket
from domain.actions.tickets import act
from domain.events import breaks, ticket_stream
from domain.grids import CITY, Level
from domain.loads import Load
from domain.moves import Given
from domain.people import Person, Role
from domain.place import LngLat
from domain.said import Refused, Stale
from domain.tickets import State, Ticket, Words
from storage import counts, lists, people
from storage.counts import Area
from storage.database import Database
from storage.distribution import is_there
from storage.schema import events, metadata, ticket_words, tickets
from storage.store import TicketStore
from storage.wanted import Wanted
from tests.disagreeing import disagreements
from tests.domain.build import COMMUNITY, LEADER, MEMBER, MONDAY, NEIGHBOUR, OFFICE, RULES

HERE, NOWHERE = LngLat(1, 1), LngLat(-1, 1)
SOON = MONDAY + timedelta(minutes=20)


@pytest.fixture
def store(database: Database) -> TicketStore:
    return TicketStore(database)


def raised(store: TicketStore, by: Person = MEMBER, point: LngLat = HERE, once: str | None = None) -> Ticket:
    return raise_ticket(store, RULES, Report(point, "noise", Words("loud"), once=once), by=by, now=MONDAY)


def test_the_migrations_make_the_schema_of_the_code(database: Database) -> None:
    with database.read() as connection:
        there = {"include_object": is_there} if connection.dialect.name == "postgresql" else {}
        context = MigrationContext.configure(connection, opts=there)
        assert compare_metadata(context, metadata) == []


def test_a_raised_ticket_is_held_by_the_smallest_grid_and_comes_back_as_it_was(store: TicketStore) -> None:
    made = raised(store)
    assert (made.holder, made.state) == ("C11", State.RAISED)
    with store.database.read() as connection:
        assert lists.one_ticket(connection, no=made.no) == made


def test_a_ticket_outside_every_grid_goes_to_the_city_office(store: TicketStore) -> None:
    made = raised(store, by=OFFICE, point=NOWHERE)
    assert made.holder == CITY
    with store.database.read() as connection:
        assert counts.queue_load(connection, MONDAY) == Load(1)


def test_nobody_raises_tickets_outside_their_area_or_without_the_role(store: TicketStore) -> None:
    for by, point in ((NEIGHBOUR, HERE), (LEADER, HERE), (MEMBER, NOWHERE)):
        with pytest.raises(Refused):
            raised(store, by=by, point=point)


def test_the_same_send_twice_is_one_ticket(store: TicketStore) -> None:
    assert raised(store, once="a").id == raised(store, once="a").id != raised(store, once="b").id


def test_the_same_send_from_many_tabs_at_once_is_one_ticket(store: TicketStore) -> None:
    found: list[int] = []
    tabs = [threading.Thread(target=lambda: found.append(raised(store, once="one").id)) for _ in range(6)]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()
    assert len(found) == 6 and len(set(found)) == 1


def test_every_move_is_an_event_in_an_unbroken_chain_and_notes_lie_beside(store: TicketStore) -> None:
    made = raised(store)
    made = act(store, RULES, made.id, "accept", Given(), version=1, by=MEMBER, now=SOON)
    act(store, RULES, made.id, "hand_up", Given("张三 at 12345 says so"), version=2, by=MEMBER, now=SOON)
    with store.database.read() as connection:
        told = lists.events_of(connection, ticket_stream(made.id))
        facts = connection.scalars(select(events.c.facts)).all()
    assert [event.kind for event, _ in told] == ["raised", "accept", "hand_up"]
    assert breaks([event for event, _ in told]) == []
    assert told[-1][1] == "张三 at 12345 says so"
    assert not any("12345" in text for text in facts)


def test_the_second_of_two_people_is_told_who_did_what_and_nothing_is_lost(store: TicketStore) -> None:
    with store.database.write() as connection:
        first = people.add_account(
            connection, login="a", name="Anna", role=Role.MEMBER, area="C11", password="password", now=MONDAY
        )
    anna = replace(MEMBER, id=first)
    made = raised(store, by=anna)
    act(store, RULES, made.id, "accept", Given(), version=1, by=anna, now=SOON)
    with pytest.raises(Stale, match=r"Anna.*Accept"):
        act(store, RULES, made.id, "settle", Given("done"), version=1, by=MEMBER, now=SOON)
    with store.database.read() as connection:
        now = lists.one_ticket(connection, no=made.no)
        assert now and (now.state, now.version) == (State.ACCEPTED, 2)
        assert len(lists.events_of(connection, ticket_stream(made.id))) == 2


def test_of_many_people_at_once_one_wins_and_all_others_are_told(store: TicketStore) -> None:
    made, outcomes = raised(store), []
    start = threading.Barrier(8)

    def try_it() -> None:
        start.wait()
        try:
            act(store, RULES, made.id, "settle", Given("done"), version=1, by=MEMBER, now=SOON)
            outcomes.append("won")
        except Stale:
            outcomes.append("told")

    people_at_it = [threading.Thread(target=try_it) for _ in range(8)]
    for one in people_at_it:
        one.start()
    for one in people_at_it:
        one.join()
    assert sorted(outcomes) == ["told"] * 7 + ["won"]


def test_a_transaction_that_fails_leaves_nothing(store: TicketStore) -> None:
    made = raised(store)
    with pytest.raises(RuntimeError), store.work() as work:
        work.save_ticket(replace(made, state=State.ACCEPTED, version=2))
        raise RuntimeError("power cut")
    with store.database.read() as connection:
        assert lists.one_ticket(connection, no=made.no) == made


def test_what_lies_in_another_area_cannot_be_touched(store: TicketStore) -> None:
    made = raised(store)
    for by, why in ((NEIGHBOUR, "not in your area"), (LEADER, "who holds this ticket")):
        with pytest.raises(Refused, match=why):
            act(store, RULES, made.id, "accept", Given(), version=1, by=by, now=SOON)


def test_loads_count_open_overdue_and_due_soon(store: TicketStore) -> None:
    one, two = raised(store), raised(store)
    raised(store, by=OFFICE, point=NOWHERE)
    act(store, RULES, two.id, "settle", Given("done"), version=1, by=MEMBER, now=SOON)
    later = MONDAY + timedelta(minutes=100)
    with store.database.read() as connection:
        assert counts.loads(connection, Level.BUILDING, SOON) == {"C11": Load(1), "": Load(1)}
        assert counts.loads(connection, Level.BUILDING, later)["C11"] == Load(1, 0, 1)
        assert counts.loads(connection, Level.COMMUNITY, MONDAY + timedelta(days=2))["C"] == Load(1, 1, 0)
        found = lists.list_tickets(connection, Area(Level.BUILDING, ("C11",)), Wanted(), SOON)
    assert [t.id for t in found] == [one.id]


def test_moments_keep_their_microseconds(store: TicketStore) -> None:
    moment = MONDAY + timedelta(microseconds=123_457)
    made = raise_ticket(store, RULES, Report(HERE, "noise", Words("loud")), by=MEMBER, now=moment)
    with store.database.read() as connection:
        kept = lists.one_ticket(connection, no=made.no)
    assert kept and kept.opened_at == moment


def test_the_ended_and_open_are_all_there_are(store: TicketStore) -> None:
    for n in range(4):
        made = raised(store)
        if n % 2:
            act(store, RULES, made.id, "settle", Given("done"), version=1, by=MEMBER, now=SOON)
    with store.database.read() as connection:
        found = {
            only: lists.count_tickets(connection, Area(), Wanted(only=only), SOON)
            for only in ("open", "ended", "all")
        }
    assert found == {"open": 2, "ended": 2, "all": 4}


def test_a_tampered_ticket_row_disagrees_with_its_log(store: TicketStore) -> None:
    made = raised(store)
    with store.database.read() as connection:
        assert list(disagreements(connection)) == []
    with store.database.write() as connection:
        connection.execute(update(tickets).where(tickets.c.id == made.id).values(holder="D"))
    with store.database.read() as connection:
        assert list(disagreements(connection)) == [made.no]


def test_erasing_a_residents_words_leaves_the_chain_whole(store: TicketStore) -> None:
    made = raised(store)
    with store.database.write() as connection:
        connection.execute(update(ticket_words).values(description="", reporter="", phone=""))
    with store.database.read() as connection:
        assert breaks([e for e, _ in lists.events_of(connection, ticket_stream(made.id))]) == []


def test_signing_in_needs_the_password_and_ends_with_signing_out(store: TicketStore) -> None:
    with store.database.write() as connection:
        people.add_account(
            connection,
            login="anna",
            name="Anna",
            role=Role.COMMUNITY,
            area="C",
            password="long enough",
            now=MONDAY,
        )
    with store.database.read() as connection:
        assert people.check_password(connection, "anna", "wrong") is None
        assert people.check_password(connection, "nobody", "long enough") is None
        anna = people.check_password(connection, "anna", "long enough")
    assert anna and (anna.role, anna.area) == (Role.COMMUNITY, "C")
    with store.database.write() as connection:
        token = people.open_session(connection, anna, MONDAY)
    with store.database.read() as connection:
        assert people.person_of_session(connection, token, MONDAY) == anna
        assert people.person_of_session(connection, token, MONDAY + timedelta(days=1)) is None
    with store.database.write() as connection:
        people.change_account(connection, "anna", disabled=True)
    with store.database.read() as connection:
        assert people.person_of_session(connection, token, MONDAY) is None
        assert people.check_password(connection, "anna", "long enough") is None


def test_figures_have_no_rate_where_there_is_nothing_to_divide_by(store: TicketStore) -> None:
    raised(store, by=COMMUNITY)
    with store.database.read() as connection:
        found = counts.figures(connection, Area(), MONDAY, MONDAY - timedelta(days=30), SOON)
        assert connection.scalar(select(func.count()).select_from(tickets)) == 1
    assert (found.open, found.raised_today, found.on_time_rate, found.satisfied_rate) == (1, 1, None, None)
