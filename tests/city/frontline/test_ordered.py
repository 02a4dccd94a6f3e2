"""Needs, services and orders as each person may look at them: of their own area, who ordered only to those who may hear it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import pytest

from city.frontline import needed, ordered
from city.frontline.ordered import LinkIsOver, NoSuchLink
from city.opened import City
from domain.actions.pledges import place_order, step_order
from domain.frontline import records
from domain.frontline.pledges import Need, NeedState, Order, OrderState, Resource, Service, Sort
from domain.frontline.records import Beside
from domain.grids import Level
from domain.people import RESIDENT, Person
from storage.frontline.records import those
from tests.areas import everybody

CALLER = Beside("the fridge hums", "Wang", "13812345678")
LINK = "x" * 40


@pytest.fixture
def people(own_city: City) -> Mapping[str, Person]:
    return everybody(own_city)


def listed(city: City, row: records.R) -> records.R:
    with city.store.work() as work:
        return records.add(work, row, "listed", by=RESIDENT, now=city.now())


@pytest.fixture
def service(own_city: City, people: Mapping[str, Person]) -> Service:
    row = Service(grid=people["community"].area, sort=Sort.REPAIR, title="磨刀磨剪", provider="红管家")
    return listed(own_city, row)


@pytest.fixture
def order(own_city: City, people: Mapping[str, Person], service: Service) -> Order:
    grid = people["member"].area
    return place_order(own_city.store, own_city.rulebook, service.id, grid, CALLER, LINK, now=own_city.now())


def moved(city: City, order: Order, by: Person, *names: str) -> Order:
    for name in names:
        order = step_order(
            city.store, city.rulebook, order.id, name, version=order.version, by=by, now=city.now()
        )
    return order


# --- orders -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("login", "sees", "hears"),
    [
        ("member", True, True), ("compound", True, True), ("community", True, True), ("street", True, False), ("office", True, False),
        ("leader", False, False), ("planner", False, False), ("department", False, False), ("admin", False, False),
    ],
)  # fmt: skip
def test_an_order_is_seen_in_ones_own_area_and_who_ordered_by_the_people_of_the_grid(
    own_city: City, people: Mapping[str, Person], order: Order, login: str, sees: bool, hears: bool
) -> None:
    card = ordered.order_card(own_city, people[login], order.id)
    assert (card is not None) is sees
    cards = ordered.orders_for(own_city, people[login], people["member"].area)
    assert (order.id in {each.order.id for each in cards}) is sees
    if card is not None:
        assert card.beside == (replace(CALLER, phone="138****5678") if hears else None)


def test_an_order_of_elsewhere_is_nobodys(own_city: City, people: Mapping[str, Person], order: Order) -> None:
    structure = own_city.ground.structure
    foreign = next(g for g in structure.at_level(Level.COMMUNITY) if g.code != people["community"].area)
    for login in ("member", "compound"):
        stranger = replace(people[login], area=structure.children(foreign.code)[0].code)
        assert ordered.order_card(own_city, stranger, order.id) is None
        assert ordered.orders_for(own_city, stranger, people["member"].area) == []


def test_what_waits_longest_comes_first_and_what_was_taken_says_by_whom(
    own_city: City, people: Mapping[str, Person], order: Order
) -> None:
    member = people["member"]
    before = ordered.waiting(own_city, member)
    moved(own_city, order, member, "take")
    assert ordered.waiting(own_city, member) == before - 1
    card = ordered.order_card(own_city, member, order.id)
    assert card and card.taker == member.name and {s.name for s in card.steps} == {"give_back", "deliver"}
    cards = ordered.orders_for(own_city, people["office"], "city")
    waits = [c.order.ordered_at for c in cards if c.order.state is OrderState.ORDERED]
    assert waits == sorted(waits) and waits


def test_an_order_that_waits_for_more_than_a_day_is_marked(
    own_city: City, people: Mapping[str, Person], order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    def card() -> ordered.OrderCard:
        found = ordered.order_card(own_city, people["member"], order.id)
        assert found
        return found

    assert not card().waits_long
    later = own_city.now() + timedelta(days=1, minutes=1)
    monkeypatch.setattr(type(own_city), "now", lambda _self: later)
    assert card().waits_long
    moved(own_city, order, people["member"], "take")
    assert not card().waits_long


def test_what_was_delivered_and_never_graded_waits_no_longer_than_it_can_be_graded(
    own_city: City, people: Mapping[str, Person], order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    member = people["member"]
    moved(own_city, order, member, "take", "deliver")

    def listed_as(*, ended: bool) -> bool:
        cards = ordered.orders_for(own_city, member, member.area, ended=ended)
        return order.id in {card.order.id for card in cards}

    assert (listed_as(ended=False), listed_as(ended=True)) == (True, False)
    later = own_city.now() + timedelta(days=31)
    monkeypatch.setattr(type(own_city), "now", lambda _self: later)
    assert (listed_as(ended=False), listed_as(ended=True)) == (False, True)


def test_services_count_their_orders_and_grades_and_serve_what_lies_below(
    own_city: City, people: Mapping[str, Person], service: Service, order: Order
) -> None:
    for unit in (people["community"].area, people["compound"].area, people["member"].area):
        found = {each.service.id: each for each in ordered.services_of(own_city, people["community"], unit)}
        assert (found[service.id].orders, found[service.id].grade) == (1, None)
    assert service in needed.services_at(own_city, people["member"].area)
    other = replace(service, id=0, grid=people["compound"].area, title="–")
    below = listed(own_city, other)
    assert below not in needed.services_at(own_city, people["community"].area)


def test_a_link_tells_how_its_order_stands_until_months_after_its_end(
    own_city: City, people: Mapping[str, Person], order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = ordered.followed(own_city, RESIDENT, LINK)
    assert found.order == order and {step.name for step in found.steps} == {"cancel"}
    for link in ("", "y" * 40, LINK[:-1]):
        with pytest.raises(NoSuchLink):
            ordered.followed(own_city, RESIDENT, link)
    moved(own_city, order, people["member"], "take", "deliver")
    assert {s.name for s in ordered.followed(own_city, RESIDENT, LINK).steps} == {"rate"}
    later = own_city.now() + timedelta(days=91)
    monkeypatch.setattr(type(own_city), "now", lambda _self: later)
    with pytest.raises(LinkIsOver):
        ordered.followed(own_city, RESIDENT, LINK)


# --- needs --------------------------------------------------------------------------------------------------------


def test_the_map_counts_needs_beyond_the_resources_of_their_sort(
    own_city: City, people: Mapping[str, Person]
) -> None:
    member, community = people["member"].area, people["community"].area
    before = {level: needed.unmet_by_grid(own_city, level) for level in Level}
    for _ in range(3):
        listed(own_city, Need(grid=member, sort=Sort.OTHER, title="–", since=date(2026, 1, 1)))
    after = {level: needed.unmet_by_grid(own_city, level) for level in Level}
    assert after[Level.BUILDING][member] == before[Level.BUILDING].get(member, 0) + 3
    assert after[Level.COMMUNITY][community] == before[Level.COMMUNITY][community] + 3
    listed(own_city, Resource(grid=community, sort=Sort.OTHER, title="–", provider="–", most=2))
    listed(own_city, Resource(grid=community, sort=Sort.CULTURE, title="–", provider="–", most=50))
    again = needed.unmet_by_grid(own_city, Level.COMMUNITY)[community]
    assert before[Level.COMMUNITY][community] - 50 <= again <= before[Level.COMMUNITY][community] + 1


def test_a_department_is_shown_needs_that_its_own_resources_could_meet(
    own_city: City, people: Mapping[str, Person]
) -> None:
    department = people["department"]
    need = listed(
        own_city, Need(grid=people["member"].area, sort=Sort.OTHER, title="–", since=date(2026, 1, 1))
    )
    with own_city.database.read() as connection:
        others = those(connection, Need)
    assert need not in needed.to_act_on(own_city, department, others)
    own = listed(
        own_city,
        Resource(
            grid=people["community"].area,
            sort=Sort.OTHER,
            title="–",
            provider="–",
            department=department.area,
        ),
    )
    assert need in needed.to_act_on(own_city, department, others)
    assert [s.resource for s in needed.suggestions(own_city, department, need)] == [own]
    taken = replace(need, state=NeedState.PLEDGED, resource_id=own.id)
    assert needed.to_act_on(own_city, department, [taken]) == [taken]
    assert needed.pledged_for(own_city, [taken, need]) == {need.id: own}
    assert needed.to_act_on(own_city, people["leader"], others) == []


def test_the_demo_has_orders_in_every_state_with_people_who_are_none(demo_city: City) -> None:
    with demo_city.database.read() as connection:
        orders = those(connection, Order)
    assert {order.state for order in orders} == set(OrderState) and len(orders) > 200
    assert all(order.ordered_at < demo_city.now() for order in orders)
    assert ordered.waiting(demo_city, everybody(demo_city)["member"]) >= 1
