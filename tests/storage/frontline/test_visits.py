"""Visits on both databases: written once however often they are sent, and who was where last."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.actions.raising import Report, raise_ticket
from domain.actions.visits import list_need, log_visits, withdraw_visit
from domain.frontline.pledges import Need, NeedState, Sort
from domain.frontline.visits import Follows, Learned, Visit
from domain.people import Person
from domain.place import LngLat
from domain.said import Refused
from domain.tickets import Words
from storage.database import Database
from storage.frontline import visits
from storage.frontline.records import those
from storage.store import TicketStore
from tests.domain.build import COMMUNITY, MEMBER, MONDAY, NEIGHBOUR, RULES

VISIT = Visit(grid="C11", unit="B1", at=MONDAY, visitor=0)
EVER = MONDAY - timedelta(days=999), MONDAY + timedelta(days=999)


@pytest.fixture
def store(database: Database) -> TicketStore:
    return TicketStore(database)


def log(store: TicketStore, *made: Visit, by: Person = MEMBER) -> list[Visit]:
    return log_visits(store, RULES, made, by=by, now=MONDAY)


def kept(store: TicketStore) -> list[Visit]:
    with store.database.read() as connection:
        return those(connection, Visit)


def test_a_visit_is_its_visitors_whoever_the_form_says(store: TicketStore) -> None:
    (made,) = log(store, replace(VISIT, visitor=99))
    assert made.visitor == MEMBER.id and kept(store) == [made]


def test_a_batch_is_written_down_whole_or_not_at_all(store: TicketStore) -> None:
    with pytest.raises(Refused):
        log(store, VISIT, replace(VISIT, unit="B2", at=MONDAY - timedelta(days=8)))
    with pytest.raises(Refused):
        log(store, VISIT, replace(VISIT, grid="D"))
    assert kept(store) == []


def test_the_same_visit_sent_by_eight_at_once_is_one(store: TicketStore) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: log(store, VISIT)[0].id, range(8)))
    assert len(set(made)) == len(kept(store)) == 1


def test_a_visit_of_somebody_else_is_taken_back_by_nobody(store: TicketStore) -> None:
    (made,) = log(store, VISIT)
    for other in (COMMUNITY, NEIGHBOUR):
        with pytest.raises(Refused):
            withdraw_visit(store, made.id, by=other, now=MONDAY)
    gone = withdraw_visit(store, made.id, by=MEMBER, now=MONDAY)
    assert gone.withdrawn and kept(store) == [gone]
    with pytest.raises(Refused):
        withdraw_visit(store, made.id, by=MEMBER, now=MONDAY)


def test_a_need_learned_at_the_door_stands_on_the_list_once(store: TicketStore) -> None:
    def learn() -> tuple[Visit, Need]:
        visit = replace(VISIT, learned=Learned.HARDSHIP)
        return list_need(store, RULES, visit, Sort.CARE, " 老人助餐 ", by=MEMBER, now=MONDAY)

    visit, need = learn()
    assert learn() == (visit, need)
    assert (need.grid, need.title, need.state) == ("C11", "老人助餐", NeedState.OPEN)
    assert (visit.follows, visit.need_id) == (Follows.LISTED, need.id)
    with pytest.raises(Refused):
        list_need(store, RULES, VISIT, Sort.CARE, " ", by=MEMBER, now=MONDAY)


def test_a_ticket_that_follows_from_a_visit_is_named_by_it(store: TicketStore) -> None:
    (visit,) = log(store, replace(VISIT, learned=Learned.SAFETY))
    report = Report(LngLat(1, 1), "noise", Words("井盖松动"), visit=visit.id)
    ticket = raise_ticket(store, RULES, report, by=MEMBER, now=MONDAY)
    (after,) = kept(store)
    assert (after.follows, after.ticket_id) == (Follows.TICKET, ticket.id)


def test_a_ticket_is_not_raised_from_a_visit_that_is_anothers(store: TicketStore) -> None:
    (visit,) = log(store, VISIT, by=COMMUNITY)
    with pytest.raises(Refused):
        raise_ticket(
            store,
            RULES,
            Report(LngLat(1, 1), "noise", Words("井盖松动"), visit=visit.id),
            by=MEMBER,
            now=MONDAY,
        )
    assert kept(store) == [visit]


# --- reading ------------------------------------------------------------------------------------------------------


@pytest.fixture
def seen(store: TicketStore) -> Callable[[], TicketStore]:
    def earlier(days: int, **more: object) -> Visit:
        return replace(VISIT, at=MONDAY - timedelta(days=days), **more)  # type: ignore[arg-type]

    log(store, earlier(5), earlier(2), earlier(3, unit="B2"), earlier(1, unit="B3", learned=Learned.SAFETY))
    (gone,) = log(store, earlier(0, unit="B2"))
    withdraw_visit(store, gone.id, by=MEMBER, now=MONDAY)
    return lambda: store


def test_who_was_where_last_leaves_out_what_was_taken_back(seen: Callable[[], TicketStore]) -> None:
    with seen().database.read() as connection:
        last = visits.last_by_unit(connection)
        assert {unit: (MONDAY - at).days for unit, at in last.items()} == {"B1": 2, "B2": 3, "B3": 1}
        assert visits.last_by_unit(connection, {"D", *map(str, range(999))}) == {}
        assert visits.last_by_grid(connection) == {"C11": MONDAY - timedelta(days=1)}


def test_a_period_is_counted_by_building_and_kind_and_person(seen: Callable[[], TicketStore]) -> None:
    with seen().database.read() as connection:
        rows = visits.counted(connection, MONDAY - timedelta(days=4), MONDAY)
        assert sorted((unit, what.value, n) for _, unit, what, _, n in rows) == [
            ("B1", "well", 1), ("B2", "well", 1), ("B3", "safety", 1),
        ]  # fmt: skip
        assert visits.by_visitor(connection, *EVER) == {MEMBER.id: 4}


def test_the_log_of_a_period_begins_with_the_last_and_shows_what_was_taken_back(
    seen: Callable[[], TicketStore],
) -> None:
    with seen().database.read() as connection:
        found = visits.between(connection, {"C11"}, *EVER)
        assert [(visit.unit, visit.withdrawn) for visit in found] == [
            ("B2", True), ("B3", False), ("B1", False), ("B2", False), ("B1", False),
        ]  # fmt: skip
        assert visits.between(connection, {"D"}, *EVER) == []
