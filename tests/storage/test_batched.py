"""Many acts in one transaction: each whole or undone on its own, all of them kept at the end or none."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from domain.actions.raising import Report, raise_ticket
from domain.actions.sweep import sweep
from domain.actions.tickets import act
from domain.moves import Given
from domain.place import LngLat
from domain.said import Refused
from domain.tickets import State, Ticket, Words
from storage import happened
from storage.batched import BatchedStore
from storage.database import Database
from storage.schema import events, tickets
from tests.domain.build import COMPOUND, MEMBER, MONDAY, RULES


@pytest.fixture
def store(database: Database) -> BatchedStore:
    return BatchedStore(database)


def raised(store: BatchedStore) -> Ticket:
    return raise_ticket(store, RULES, Report(LngLat(1, 1), "noise", Words("loud")), by=MEMBER, now=MONDAY)


def rows(store: BatchedStore) -> tuple[int, int]:
    """How many tickets and events are kept."""
    with store.database.read() as connection:
        count = select(func.count())
        return (
            connection.scalar(count.select_from(tickets)) or 0,
            connection.scalar(count.select_from(events)) or 0,
        )


def test_what_is_refused_leaves_nothing_and_the_acts_around_it_stay(store: BatchedStore) -> None:
    with store.batch():
        one = raised(store)
        with pytest.raises(Refused):
            act(store, RULES, one.id, "hand_up", Given("up"), version=1, by=COMPOUND, now=MONDAY)
        up = act(store, RULES, one.id, "hand_up", Given("up"), version=1, by=MEMBER, now=MONDAY)
    assert up.version == 2
    assert rows(store) == (1, 2)


def test_an_act_that_breaks_halfway_is_undone_and_not_noted(store: BatchedStore) -> None:
    with store.batch():
        one = raised(store)
        store.take_moved()
        with pytest.raises(RuntimeError), store.work() as work:
            found = work.ticket(one.id)
            assert found is not None
            work.add_ticket(found, Words("half"), None)
            raise RuntimeError
        assert store.take_moved() == []
    assert rows(store) == (1, 1)


def test_a_batch_that_breaks_keeps_nothing_at_all(store: BatchedStore) -> None:
    with pytest.raises(RuntimeError), store.batch():
        raised(store)
        raise RuntimeError
    assert rows(store) == (0, 0)


def test_it_notes_what_people_and_the_clock_moved_as_it_is_now(store: BatchedStore) -> None:
    with store.batch():
        one = raised(store)
        assert [t.id for t in store.take_moved()] == [one.id]
        swept = sweep(store, RULES, now=MONDAY + timedelta(days=3))
        assert swept and swept.did["hand_up"] == 1
        (moved,) = store.take_moved()
        assert (moved.id, moved.version, moved.state) == (one.id, 2, State.RAISED)
        assert moved.holder != one.holder
        assert store.take_moved() == []
    with store.database.read() as connection:
        assert happened.open_live_tickets(connection) == [moved]
