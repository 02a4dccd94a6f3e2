"""Orders on the desk: who waits, who took it, the number when it is asked for, a grade told by telephone."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from city.frontline import needed
from city.opened import City
from domain.actions.pledges import place_order, step_order
from domain.frontline.pledges import Order, OrderState, Service
from domain.frontline.records import Beside
from domain.people import Person
from storage import lists
from storage.frontline.records import besides, those
from tests.views.test_pages import page, person, words

CALLER = Beside("冰箱不制冷<b>", "居民甲", "13812345678")
MASKED = "138****5678"


@pytest.fixture
def order(own_city: City) -> Order:
    grid = person(own_city, "member").area
    service = needed.services_at(own_city, grid)[0]
    return place_order(
        own_city.store, own_city.rulebook, service.id, grid, CALLER, "x" * 40, now=own_city.now()
    )


def now(city: City, order: Order) -> Order:
    with city.database.read() as connection:
        return those(connection, Order, id=order.id)[0]


def moved(city: City, order: Order, *names: str) -> Order:
    for name in names:
        order = step_order(
            city.store, city.rulebook, order.id, name, version=order.version, by=person(city, "member"),
            now=city.now(),
        )  # fmt: skip
    return order


def part(monkeypatch: pytest.MonkeyPatch, city: City, who: Person) -> AppTest:
    test = page(monkeypatch, city, who, view="work", part="orders", lang="en")
    assert not test.exception
    return test


def chosen(monkeypatch: pytest.MonkeyPatch, city: City, login: str, order: Order) -> AppTest:
    test = part(monkeypatch, city, person(city, login))
    box = test.selectbox(key="order-chosen")
    shown = next(o for o in box.options if o.startswith(f"{order.id} · "))
    after = box.select(shown).run()
    assert not after.exception
    return after


def press(test: AppTest, key: str) -> AppTest:
    after = next(b for b in test.button if b.key == key).click().run()
    assert not after.exception
    return after


def test_an_order_is_taken_delivered_and_graded_by_telephone(
    monkeypatch: pytest.MonkeyPatch, own_city: City, order: Order
) -> None:
    press(chosen(monkeypatch, own_city, "compound", order), f"order-take-{order.id}")
    taken = now(own_city, order)
    assert (taken.state, taken.taken_by) == (OrderState.TAKEN, person(own_city, "compound").id)
    assert person(own_city, "compound").name in words(part(monkeypatch, own_city, person(own_city, "street")))
    press(chosen(monkeypatch, own_city, "compound", order), f"order-deliver-{order.id}")
    test = chosen(monkeypatch, own_city, "community", order)
    send = next(b for b in test.button if b.label == "Keep the grade")
    test = send.click().run()
    assert any("choose a grade" in e.value for e in test.error)
    test.radio(key=f"grade-{order.id}").set_value(4)
    next(b for b in test.button if b.label == "Keep the grade").click().run()
    assert (now(own_city, order).state, now(own_city, order).grade) == (OrderState.RATED, 4)


def test_the_number_is_masked_until_it_is_asked_for_and_that_is_noted(
    monkeypatch: pytest.MonkeyPatch, own_city: City, order: Order
) -> None:
    test = chosen(monkeypatch, own_city, "community", order)
    assert MASKED in words(test) and CALLER.phone not in words(test) and "&lt;b&gt;" in words(test)
    test = press(test, f"order-phone-{order.id}")
    assert CALLER.phone in words(test)
    with own_city.database.read() as connection:
        noted = [e.kind for e in lists.all_events(connection) if e.stream.startswith("a:")]
    assert noted == ["phone_shown"]
    test.run()
    assert CALLER.phone not in words(test)


@pytest.mark.parametrize("login", ["street", "office"])
def test_who_stands_over_the_grids_sees_orders_and_not_who_ordered(
    monkeypatch: pytest.MonkeyPatch, own_city: City, order: Order, login: str
) -> None:
    test = chosen(monkeypatch, own_city, login, order)
    assert not any(told in words(test) for told in (CALLER.name, MASKED, "冰箱不制冷"))
    assert not any(str(b.key).startswith(("order-take", "order-phone")) for b in test.button)


def test_who_ordered_is_erased_by_the_street_after_a_reason_and_a_second_look(
    monkeypatch: pytest.MonkeyPatch, own_city: City, order: Order
) -> None:
    test = chosen(monkeypatch, own_city, "street", order)
    assert not any(b.label == "Erase" for b in test.button), "it is still open"
    moved(own_city, order, "take", "deliver")
    test = chosen(monkeypatch, own_city, "street", order)
    test = next(b for b in test.button if b.label == "Erase").click().run()
    assert any("cannot be undone" in e.value for e in test.error)
    test.checkbox[0].check()
    test = next(b for b in test.button if b.label == "Erase").click().run()
    assert any("choose why" in e.value for e in test.error)
    reason = next(box for box in test.selectbox if box.label == "Why?")
    reason.select("The person asked for it")
    test.checkbox[0].check()
    test = next(b for b in test.button if b.label == "Erase").click().run()
    assert not test.exception
    with own_city.database.read() as connection:
        assert besides(connection, Order.LIST, [order.id]) == {}


@pytest.mark.parametrize("login", ["leader", "planner", "department"])
def test_orders_are_no_part_of_those_who_read_none(
    monkeypatch: pytest.MonkeyPatch, demo_city: City, login: str
) -> None:
    test = page(monkeypatch, demo_city, person(demo_city, login), view="work", part="orders", lang="en")
    assert not test.exception and "Orders" not in words(test)
    assert not [box for box in test.selectbox if box.key == "order-chosen"]


def test_a_community_offers_a_service_and_offers_it_no_more(
    monkeypatch: pytest.MonkeyPatch, own_city: City
) -> None:
    community = person(own_city, "community")
    test = part(monkeypatch, own_city, community)
    test.text_input(key="offer-services-title").set_value("磨刀磨剪")
    test.text_input(key="offer-services-provider").set_value("红管家服务队")
    test = next(b for b in test.button if b.label == "Enter it").click().run()
    assert not test.exception and not test.error
    made = those_services(own_city)[-1]
    assert (made.title, made.grid) == ("磨刀磨剪", community.area)
    box = test.selectbox(key="stop-services")
    test = box.select(next(o for o in box.options if o.startswith("磨刀磨剪"))).run()
    press(test, f"stop-services-{made.id}")
    assert not those_services(own_city)[-1].active
    assert made.id not in {each.id for each in needed.services_at(own_city, community.area)}


def test_an_order_stands_in_the_inbox_and_leads_to_its_part(
    monkeypatch: pytest.MonkeyPatch, own_city: City, order: Order
) -> None:
    test = page(monkeypatch, own_city, person(own_city, "member"), view="inbox", lang="en")
    assert not test.exception
    assert 'href="/?view=work&part=orders"' in words(test) and "A resident ordered a service" in words(test)


def those_services(city: City) -> list[Service]:
    with city.database.read() as connection:
        return those(connection, Service)
