"""Needs, resources and orders on both databases: nothing promised twice, each order one, only its taker delivers it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta

import pytest

from domain.actions.pledges import (
    cancel_order,
    end_need,
    enter_grade,
    offer,
    place_order,
    pledge,
    rate_order,
    release_need,
    step_order,
    stop_offering,
)
from domain.frontline import records
from domain.frontline.pledges import Need, NeedState, Order, OrderState, Resource, Service, Sort
from domain.frontline.records import Beside
from domain.people import Person
from domain.said import Refused, Stale
from storage import inbox
from storage.database import Database
from storage.frontline.records import besides, those
from storage.store import TicketStore
from tests.domain.build import (
    COMMUNITY,
    COMPOUND,
    DEPARTMENT,
    FIRE,
    LEADER,
    MEMBER,
    MONDAY,
    NEIGHBOUR,
    OFFICE,
    RULES,
)

NEED = Need(grid="C11", sort=Sort.LAW, title="继承咨询", since=date(2026, 11, 1))
RESOURCE = Resource(grid="C", sort=Sort.LAW, title="律师值班", provider="司法局", department="water", most=1)
SERVICE = Service(grid="C", sort=Sort.REPAIR, title="家电维修", provider="红管家")
CALLER = Beside("冰箱坏了", "居民甲", "13900000000")


@pytest.fixture
def store(database: Database) -> TicketStore:
    return TicketStore(database)


def listed(store: TicketStore, row: records.R) -> records.R:
    with store.work() as work:
        return records.add(work, row, "listed", by=OFFICE, now=MONDAY)


def promise(store: TicketStore, need: Need, resource: Resource, by: Person = MEMBER) -> Need:
    return pledge(store, RULES, need.id, resource.id, version=need.version, by=by, now=MONDAY)


@pytest.mark.slow
def test_a_resource_is_promised_by_the_grids_own_people_or_the_department_whose_it_is(
    store: TicketStore,
) -> None:
    resource = listed(store, replace(RESOURCE, most=9))
    for by in (MEMBER, COMMUNITY, OFFICE, DEPARTMENT):
        after = promise(store, listed(store, NEED), resource, by)
        assert (after.state, after.resource_id, after.pledged_by) == (NeedState.PLEDGED, resource.id, by.area)
    for by in (NEIGHBOUR, FIRE, LEADER):
        with pytest.raises(Refused):
            promise(store, listed(store, NEED), resource, by)


def test_the_last_of_a_resource_is_promised_once_also_by_eight_at_once(store: TicketStore) -> None:
    resource, needs = listed(store, RESOURCE), [listed(store, NEED) for _ in range(8)]

    def attempt(need: Need) -> bool:
        try:
            promise(store, need, resource)
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, needs)) == 1


def test_a_need_ends_once_and_gives_its_resource_back(store: TicketStore) -> None:
    resource, first, second = listed(store, RESOURCE), listed(store, NEED), listed(store, NEED)
    pledged = promise(store, first, resource)
    with pytest.raises(Refused):
        promise(store, second, resource)
    met = end_need(store, RULES, first.id, met=True, version=pledged.version, by=MEMBER, now=MONDAY)
    assert (met.state, met.ended) == (NeedState.MET, date(2026, 11, 23))
    with pytest.raises(Refused):
        end_need(store, RULES, first.id, met=False, version=met.version, by=MEMBER, now=MONDAY)
    assert promise(store, second, resource).state is NeedState.PLEDGED
    with pytest.raises(Stale):
        end_need(store, RULES, second.id, met=False, version=second.version, by=MEMBER, now=MONDAY)


def test_a_promise_that_is_taken_back_leaves_the_need_open_and_room_for_another(store: TicketStore) -> None:
    resource, first, second = listed(store, RESOURCE), listed(store, NEED), listed(store, NEED)
    pledged = promise(store, first, resource)
    with pytest.raises(Refused):
        release_need(store, RULES, first.id, version=pledged.version, by=FIRE, now=MONDAY)
    freed = release_need(store, RULES, first.id, version=pledged.version, by=DEPARTMENT, now=MONDAY)
    assert (freed.state, freed.resource_id, freed.pledged_by) == (NeedState.OPEN, None, None)
    with pytest.raises(Refused, match="Nothing is pledged"):
        release_need(store, RULES, first.id, version=freed.version, by=MEMBER, now=MONDAY)
    assert promise(store, second, resource).state is NeedState.PLEDGED


# --- what is offered ----------------------------------------------------------------------------------------------


def test_what_is_offered_says_what_and_by_whom_and_lies_in_a_grid(store: TicketStore) -> None:
    for wrong in (replace(SERVICE, title=" "), replace(SERVICE, provider=""), replace(SERVICE, grid="none")):
        with pytest.raises(Refused):
            offer(store, RULES, wrong, by=COMMUNITY, now=MONDAY)
    with pytest.raises(Refused, match="one need at least"):
        offer(store, RULES, replace(RESOURCE, most=0), by=COMMUNITY, now=MONDAY)
    made = offer(store, RULES, replace(SERVICE, title=f"  {SERVICE.title} "), by=COMMUNITY, now=MONDAY)
    assert made == replace(SERVICE, id=made.id)


def test_a_department_offers_in_its_own_name_alone(store: TicketStore) -> None:
    assert offer(store, RULES, RESOURCE, by=DEPARTMENT, now=MONDAY).department == DEPARTMENT.area
    for row in (replace(RESOURCE, department="fire"), replace(RESOURCE, department=None), SERVICE):
        with pytest.raises(Refused):
            offer(store, RULES, row, by=DEPARTMENT, now=MONDAY)


def test_a_service_that_is_offered_no_more_is_ordered_no_more_until_it_is_offered_again(
    store: TicketStore,
) -> None:
    service = listed(store, SERVICE)
    gone = stop_offering(store, RULES, service, by=COMMUNITY, now=MONDAY)
    with pytest.raises(Refused, match="not offered"):
        place_order(store, RULES, service.id, "C11", CALLER, "a link", now=MONDAY)
    with pytest.raises(Stale):
        stop_offering(store, RULES, service, by=COMMUNITY, now=MONDAY)
    stop_offering(store, RULES, gone, again=True, by=COMMUNITY, now=MONDAY)
    assert place_order(store, RULES, service.id, "C11", CALLER, "a link", now=MONDAY).id


# --- orders -----------------------------------------------------------------------------------------------------


def placed(store: TicketStore, link: str = "a link of an order", **more: object) -> Order:
    service = listed(store, SERVICE)
    return place_order(store, RULES, service.id, "C11", replace(CALLER, **more), link, now=MONDAY)  # type: ignore[arg-type]


def step(store: TicketStore, order: Order, name: str, by: Person = MEMBER) -> Order:
    return step_order(store, RULES, order.id, name, version=order.version, by=by, now=MONDAY)


def test_an_order_that_is_sent_twice_is_one_and_its_caller_lies_beside_it(store: TicketStore) -> None:
    service = listed(store, SERVICE)
    first, second = (
        place_order(store, RULES, service.id, "C11", CALLER, "a link of an order", now=MONDAY)
        for _ in range(2)
    )
    assert first == second
    with store.database.read() as connection:
        assert those(connection, Order) == [first]
        assert besides(connection, Order.LIST, [first.id]) == {first.id: CALLER}


def test_the_grid_is_told_of_an_order_once_and_when_one_is_called_off_that_somebody_took(
    store: TicketStore,
) -> None:
    def told() -> list[str]:
        with store.database.read() as connection:
            return [entry.kind for entry in inbox.entries(connection, "C11", 9)]

    service = listed(store, SERVICE)
    for _ in range(2):
        order = place_order(store, RULES, service.id, "C11", CALLER, "a link of an order", now=MONDAY)
    assert told() == ["ordered"]
    placed(store, "another link")
    cancel_order(store, "another link", now=MONDAY)
    assert told() == ["ordered", "ordered"]
    step(store, order, "take")
    cancel_order(store, "a link of an order", now=MONDAY)
    assert told()[0] == "order_called_off"


def test_an_order_needs_a_service_that_is_offered_there_and_a_telephone(store: TicketStore) -> None:
    service = listed(store, SERVICE)
    with pytest.raises(Refused, match="not offered there"):
        place_order(store, RULES, service.id, "D", CALLER, "a link", now=MONDAY)
    with pytest.raises(Refused, match="not offered there"):
        place_order(store, RULES, service.id, "no such grid", CALLER, "a link", now=MONDAY)
    with pytest.raises(Refused, match="telephone"):
        place_order(store, RULES, service.id, "C11", Beside("冰箱坏了"), "a link", now=MONDAY)
    gone = listed(store, replace(SERVICE, active=False))
    with pytest.raises(Refused, match="not offered"):
        place_order(store, RULES, gone.id, "C11", CALLER, "a link", now=MONDAY)


def test_an_order_is_taken_delivered_and_rated_once(store: TicketStore) -> None:
    order = step(store, step(store, placed(store), "take"), "deliver")
    assert (order.state, order.taken_by, order.delivered_at) == (OrderState.DELIVERED, MEMBER.id, MONDAY)
    with pytest.raises(Refused):
        rate_order(store, "a link of an order", 6, now=MONDAY)
    rated = rate_order(store, "a link of an order", 5, now=MONDAY + timedelta(days=1))
    assert (rated.state, rated.grade) == (OrderState.RATED, 5)
    with pytest.raises(Refused):
        rate_order(store, "a link of an order", 1, now=MONDAY + timedelta(days=1))
    with pytest.raises(Refused, match="not valid"):
        rate_order(store, "no such link", 5, now=MONDAY)


def test_of_two_who_take_an_order_the_second_is_told(store: TicketStore) -> None:
    order = placed(store)
    step(store, order, "take")
    with pytest.raises(Stale):
        step(store, order, "take", COMMUNITY)


def test_who_gives_an_order_back_leaves_it_for_another(store: TicketStore) -> None:
    order = step(store, step(store, placed(store), "take"), "give_back")
    assert (order.state, order.taken_by, order.taken_at) == (OrderState.ORDERED, None, None)
    assert step(store, order, "take", COMMUNITY).taken_by == COMMUNITY.id


def test_an_order_of_elsewhere_is_nobodys(store: TicketStore) -> None:
    order = placed(store)
    for by in (NEIGHBOUR, OFFICE, DEPARTMENT):
        with pytest.raises(Refused):
            step(store, order, "take", by)


def test_the_head_over_a_member_gives_an_order_back_in_their_stead(store: TicketStore) -> None:
    order = step(store, placed(store), "take")
    assert step(store, order, "give_back", COMPOUND).state is OrderState.ORDERED


def test_the_community_enters_a_grade_told_by_telephone_unless_it_delivered_itself(
    store: TicketStore,
) -> None:
    def enter(order: Order, grade: int, by: Person) -> Order:
        return enter_grade(store, RULES, order.id, grade, version=order.version, by=by, now=MONDAY)

    order = step(store, step(store, placed(store), "take"), "deliver")
    for grade, by in ((0, COMMUNITY), (6, COMMUNITY), (5, MEMBER), (5, NEIGHBOUR)):
        with pytest.raises(Refused):
            enter(order, grade, by)
    assert enter(order, 4, COMMUNITY).grade == 4
    own = step(store, step(store, placed(store, "another link"), "take", COMMUNITY), "deliver", COMMUNITY)
    with pytest.raises(Refused, match="does not grade"):
        enter(own, 5, COMMUNITY)


def test_a_grade_is_never_given_by_a_step_without_one(store: TicketStore) -> None:
    order = step(store, step(store, placed(store), "take"), "deliver")
    for name in ("rate", "erased", "nonsense"):
        with pytest.raises(Refused, match="choose what"):
            step(store, order, name, COMMUNITY)


def test_a_resident_cancels_until_it_is_delivered(store: TicketStore) -> None:
    assert step(store, placed(store), "take").state is OrderState.TAKEN
    assert cancel_order(store, "a link of an order", now=MONDAY).state is OrderState.CANCELLED
    late = step(store, step(store, placed(store, "another link"), "take"), "deliver")
    with pytest.raises(Refused):
        cancel_order(store, "another link", now=MONDAY)
    assert late.state is OrderState.DELIVERED
