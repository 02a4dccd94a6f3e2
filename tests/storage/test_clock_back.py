"""A machine's clock that jumps back an hour, or a day: nothing is done twice, nothing lasts less than no time, the log is whole."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from domain.actions.raising import Report, raise_ticket
from domain.actions.sweep import sweep
from domain.actions.tickets import act
from domain.events import breaks, ticket_stream
from domain.moves import Given
from domain.people import Person
from domain.place import LngLat
from domain.tickets import State, Ticket, Words
from storage import lists, people
from storage.anchoring import add_anchor, anchors_of
from storage.counts import Area, figures
from storage.database import Database
from storage.schema import cards, events
from storage.store import TicketStore
from tests.disagreeing import disagreements
from tests.domain.build import COMMUNITY, COMPOUND, DEPARTMENT, MEMBER, MONDAY, RULES

LATE = MONDAY + timedelta(hours=3)
BACK = [timedelta(hours=1), timedelta(days=1)]


@pytest.fixture
def store(database: Database) -> TicketStore:
    return TicketStore(database)


def raised(store: TicketStore, now: datetime = MONDAY) -> Ticket:
    return raise_ticket(store, RULES, Report(LngLat(1, 1), "noise", Words("loud")), by=MEMBER, now=now)


def kept(store: TicketStore, one: Ticket) -> Ticket:
    with store.database.read() as connection:
        found = lists.one_ticket(connection, no=one.no)
        log = [event for event, _ in lists.events_of(connection, ticket_stream(one.id))]
        assert list(disagreements(connection)) == []
    assert breaks(log) == []
    assert [event.seq for event in log] == list(range(1, len(log) + 1))
    assert found
    return found


def did(store: TicketStore, now: datetime) -> dict[str, int]:
    done = sweep(store, RULES, now=now)
    assert done is not None
    return dict(done.did)


@pytest.mark.parametrize("back", BACK)
def test_a_sweep_before_its_last_one_does_nothing_and_what_it_did_is_not_done_again(
    store: TicketStore, back: timedelta
) -> None:
    one = raised(store)
    assert did(store, LATE) == {"yellow": 1, "red": 1, "hand_up": 1}
    seen = kept(store, one)
    assert did(store, LATE - back) == {}
    assert did(store, LATE) == {}
    assert kept(store, one) == seen
    with store.database.read() as connection:
        assert sorted(connection.scalars(select(cards.c.rule))) == ["red", "yellow"]


@pytest.mark.parametrize("back", BACK)
def test_work_that_began_later_than_it_ends_goes_its_way_and_its_clocks_run_from_now(
    store: TicketStore, back: timedelta
) -> None:
    one, now = raised(store, LATE), LATE - back
    steps: tuple[tuple[str, Person, dict[str, object]], ...] = (
        ("hand_up", MEMBER, {}), ("hand_up", COMPOUND, {}), ("accept", COMMUNITY, {}),
        ("dispatch", COMMUNITY, {"department": "water"}), ("sign", DEPARTMENT, {}), ("report_done", DEPARTMENT, {}),
        ("check_pass", COMMUNITY, {}),
    )  # fmt: skip
    for name, by, more in steps:
        one = act(store, RULES, one.id, name, Given("because", **more), version=one.version, by=by, now=now)  # type: ignore[arg-type]
        again = kept(store, one)
        assert again.version == one.version
        assert again.due_at is None or again.due_at > now, "nobody is late for the clock's sake"
        assert again.limit is None or again.limit.length > timedelta(0)
    assert one.state in (State.CLOSED, State.AWAITING_RATING)
    assert one.on_time is True
    with store.database.read() as connection:
        found = figures(connection, Area(), MONDAY, MONDAY - timedelta(days=30), LATE)
    assert (found.open, found.overdue) == (int(one.is_open), 0)


@pytest.mark.parametrize("back", BACK)
def test_the_log_keeps_its_order_though_its_times_do_not(store: TicketStore, back: timedelta) -> None:
    raised(store, LATE)
    raised(store, LATE - back)
    with store.database.read() as connection:
        rows = connection.execute(select(events.c.id, events.c.at).order_by(events.c.id)).all()
    assert [row.at for row in rows] == [LATE, LATE - back]
    assert add_anchor(store.database, "2026-11-24", LATE) is not None
    assert add_anchor(store.database, "2026-11-24", LATE - back) is None, "a day is anchored once"
    raised(store, LATE - back)
    assert add_anchor(store.database, "2026-11-23", LATE - timedelta(days=1)) is not None
    with store.database.read() as connection:
        assert [anchor.events for anchor in anchors_of(connection)] == [2, 1]


@pytest.mark.parametrize("back", BACK)
def test_who_signed_in_stays_signed_in_as_long_as_was_promised_and_no_longer(
    store: TicketStore, back: timedelta
) -> None:
    with store.database.write() as connection:
        number = people.add_account(
            connection,
            login="head",
            name="Head",
            role=MEMBER.role,
            area="C11",
            password="long enough",
            now=MONDAY,
        )
        token = people.open_session(connection, Person(number, "Head", MEMBER.role, "C11"), LATE)
    with store.database.read() as connection:
        assert people.person_of_session(connection, token, LATE - back)
        assert people.person_of_session(connection, token, LATE + timedelta(hours=1))
        assert people.person_of_session(connection, token, LATE + timedelta(days=2)) is None
