"""Orders on the phone: what waits in one's own area, one tap to take it, one to deliver it; a number is shown and noted."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2
import pytest

from city import opened
from city.frontline import needed
from city.opened import City
from domain.actions.pledges import place_order
from domain.frontline.pledges import Order, OrderState
from domain.frontline.records import Beside
from domain.grids import Level
from storage import lists
from storage.frontline.records import those
from tests.server.client import client_of
from tests.server.test_phone import Phone

CALLER = Beside("冰箱不制冷", "居民甲", "13812345678")
MASKED = "138****5678"


@pytest.fixture
def city(own_city: City, monkeypatch: pytest.MonkeyPatch) -> City:
    monkeypatch.setattr(opened, "_here", own_city)
    return own_city


@pytest.fixture
def member(city: City) -> Iterator[Phone]:
    with client_of(**{"accept-language": "en"}) as client:
        yield Phone(city, client, "member")


def placed(city: City, grid: str, link: str = "x" * 40) -> Order:
    service = needed.services_at(city, grid)[0]
    return place_order(city.store, city.rulebook, service.id, grid, CALLER, link, now=city.now())


@pytest.fixture
def order(city: City, member: Phone) -> Order:
    """One that waits in the member's own grid."""
    return placed(city, member.person.area)


def now(city: City, order: Order) -> Order:
    with city.database.read() as connection:
        (found,) = those(connection, Order, id=order.id)
    return found


def press(phone: Phone, order: Order, do: str, **more: str) -> httpx2.Response:
    path = f"/m/orders/{order.id}"
    fields = phone.fields(path) | {"version": str(now(phone.city, order).version), "do": do} | more
    return phone.client.post(path, data=fields)


def test_an_order_is_taken_and_delivered_by_a_tap_on_the_list(
    city: City, member: Phone, order: Order
) -> None:
    page = member.get("/m/orders")
    assert f'action="/m/orders/{order.id}"' in page and 'value="take"' in page
    for do, told, state in (
        ("take", "The order is yours now.", OrderState.TAKEN),
        ("deliver", "The order is delivered", OrderState.DELIVERED),
    ):
        answer = press(member, order, do)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/m/orders?did={do}")
        assert told in member.get(answer.headers["location"]) and now(city, order).state is state
    assert now(city, order).taken_by == member.person.id


def test_the_first_page_tells_how_many_wait(city: City, member: Phone) -> None:
    def waiting() -> str:
        return member.get("/m").split('href="/m/orders"')[1][:200]

    assert "waiting" in waiting()
    before = waiting()
    placed(city, member.person.area)
    assert waiting() != before


def test_an_order_stands_in_the_inbox_and_leads_to_the_list(city: City, member: Phone, order: Order) -> None:
    page = member.get("/m/inbox")
    assert 'href="/m/orders"' in page and "A resident ordered a service" in page


def test_an_order_that_was_taken_is_given_back_for_another(city: City, member: Phone, order: Order) -> None:
    press(member, order, "take")
    assert press(member, order, "give_back").status_code == 303
    assert now(city, order).state is OrderState.ORDERED


def test_of_two_who_tap_at_once_the_second_is_told(city: City, member: Phone, order: Order) -> None:
    first = press(member, order, "take")
    second = press(member, order, "take", version="1")
    assert (first.status_code, second.status_code) == (303, 409)
    assert 'role="alert"' in second.text and now(city, order).version == 2


@pytest.mark.parametrize("do", ["", "rate", "deliver", "erased", "nonsense", "cancel"])
def test_what_a_member_cannot_do_now_is_said_and_changes_nothing(
    city: City, member: Phone, order: Order, do: str
) -> None:
    answer = press(member, order, do)
    assert answer.status_code == 422 and now(city, order) == order


def test_the_number_is_masked_until_it_is_asked_for_and_that_is_noted(
    city: City, member: Phone, order: Order
) -> None:
    for path in ("/m/orders", f"/m/orders/{order.id}"):
        assert CALLER.phone not in member.get(path)
    page = member.get(f"/m/orders/{order.id}")
    assert MASKED in page and CALLER.words in page and CALLER.name in page
    shown = press(member, order, "phone")
    assert shown.status_code == 200 and f"tel:{CALLER.phone}" in shown.text
    with city.database.read() as connection:
        noted = [e for e in lists.all_events(connection) if e.kind == "phone_shown"]
    assert [(e.by, dict(e.facts)) for e in noted] == [(member.person.id, {"order": order.id})]
    assert CALLER.phone not in member.get(f"/m/orders/{order.id}")


def test_an_order_of_elsewhere_is_none(city: City, member: Phone) -> None:
    structure = city.ground.structure
    foreign = next(
        g.code for g in structure.at_level(Level.BUILDING)
        if g.code != member.person.area and needed.services_at(city, g.code)
    )  # fmt: skip
    order = placed(city, foreign, "y" * 40)
    assert member.client.get(f"/m/orders/{order.id}").status_code == 404
    token = member.fields("/m/orders/" + str(placed(city, member.person.area).id))["form_token"]
    for do in ("take", "phone"):
        sent = {"form_token": token, "version": "1", "do": do}
        answer = member.client.post(f"/m/orders/{order.id}", data=sent)
        assert answer.status_code == 404 and CALLER.phone not in answer.text
    assert now(city, order) == order and f"/m/orders/{order.id}" not in member.get("/m/orders")
    for asked in ("0", "x", "9" * 40, "1.5", "-1"):
        assert member.client.get(f"/m/orders/{asked}").status_code == 404


def test_a_form_that_is_not_ours_takes_nothing(city: City, member: Phone, order: Order) -> None:
    answer = press(member, order, "take", form_token="forged")
    assert answer.status_code == 403 and now(city, order) == order


@pytest.mark.parametrize("login", ["leader", "street", "office", "department", "planner", "admin"])
def test_who_takes_no_orders_sees_none(city: City, login: str) -> None:
    with client_of(**{"accept-language": "en"}) as client:
        phone = Phone(city, client, login)
        assert phone.client.get("/m/orders").status_code == 403
        assert "/m/orders" not in phone.get("/m")
