"""A resident orders a service: one form is one order, the link follows it, and nothing that was typed is lost or shown to others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from city import opened
from city.frontline import needed
from city.opened import City
from domain.actions.pledges import step_order
from domain.frontline import records
from domain.frontline.pledges import Order, OrderState, Service
from domain.frontline.records import Beside
from domain.links import hash_of
from domain.people import RESIDENT
from server import ordering
from server.turnstile import Turnstile
from storage.frontline.records import besides, those
from tests.areas import everybody
from tests.server.client import client_of

WORDS, NAME, PHONE = "the fridge of SENTINEL hums", "SENTINEL-name", "138-0000-0000"


@pytest.fixture
def city(own_city: City, monkeypatch: pytest.MonkeyPatch) -> City:
    monkeypatch.setattr(opened, "_here", own_city)
    for name in ("POSTS", "SENDS", "ALL_SENDS", "ALL_SEARCHES"):
        monkeypatch.setattr(ordering, name, Turnstile(a_minute=1_000))
    return own_city


@pytest.fixture
def client(city: City) -> Iterator[TestClient]:
    with client_of(**{"accept-language": "en"}) as client:
        yield client


def grid_of(city: City) -> str:
    return everybody(city)["member"].area


def offered(city: City) -> list[Service]:
    return needed.services_at(city, grid_of(city))


def hidden(client: TestClient, path: str) -> dict[str, str]:
    """The hidden fields of a page's first form."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', client.get(path).text))


def filled(city: City, client: TestClient, **more: str) -> dict[str, str]:
    fields = hidden(client, f"/public/order?grid={grid_of(city)}")
    typed = {"service": str(offered(city)[0].id), "words": WORDS, "name": NAME, "phone": PHONE}
    return {**fields, **typed, "go": "send"} | more


def placed(city: City, client: TestClient) -> tuple[Order, str]:
    """An order that was kept, and the path of its link."""
    answer = client.post("/public/order", data=filled(city, client))
    assert answer.status_code == 303, answer.text
    link = answer.headers["location"]
    return order_of(city, link), link


def order_of(city: City, link: str) -> Order:
    with city.database.read() as connection:
        (found,) = those(connection, Order, link=hash_of(link.rsplit("/", 1)[1]))
    return found


def count(city: City) -> int:
    with city.database.read() as connection:
        return len(those(connection, Order))


def moved(city: City, order: Order, *names: str) -> Order:
    by = everybody(city)["member"]
    for name in names:
        order = step_order(
            city.store, city.rulebook, order.id, name, version=order.version, by=by, now=city.now()
        )
    return order


def test_a_grids_page_tells_what_can_be_ordered_there_and_leads_to_the_form(
    city: City, client: TestClient
) -> None:
    grid = grid_of(city)
    page = client.get(f"/public/grids/{grid}").text
    assert f'href="/public/order?grid={grid}"' in page and all(s.title in page for s in offered(city))
    form = client.get(f"/public/order?grid={grid}").text
    assert all(f'value="{service.id}"' in form for service in offered(city)) and "<script" not in form


def test_a_grid_without_services_leads_to_no_form(city: City, client: TestClient) -> None:
    for service in offered(city):
        with city.store.work() as work:
            records.change(work, service, "withdrawn", by=RESIDENT, now=city.now(), active=False)
    grid = grid_of(city)
    assert "/public/order" not in client.get(f"/public/grids/{grid}").text
    page = client.get(f"/public/order?grid={grid}").text
    assert "No services are offered here yet" in page and 'name="phone"' not in page


def test_an_order_is_kept_once_and_its_link_tells_how_it_stands(city: City, client: TestClient) -> None:
    before, form = count(city), filled(city, client)
    first, second = (client.post("/public/order", data=form) for _ in range(2))
    assert first.status_code == second.status_code == 303
    assert first.headers["location"] == second.headers["location"] and count(city) == before + 1
    order = order_of(city, first.headers["location"])
    assert (order.grid, order.state) == (grid_of(city), OrderState.ORDERED)
    with city.database.read() as connection:
        assert besides(connection, Order.LIST, [order.id]) == {order.id: Beside(WORDS, NAME, PHONE)}
    page = client.get(first.headers["location"]).text
    assert "Received." in page and offered(city)[0].title in page


def test_nothing_that_was_typed_stands_on_the_page_of_the_link_or_in_its_address(
    city: City, client: TestClient
) -> None:
    order, link = placed(city, client)
    for names in ((), ("take",), ("deliver",)):
        order = moved(city, order, *names)
        page = client.get(link)
        assert page.status_code == 200 and "SENTINEL" not in page.text and PHONE not in page.text
    assert "SENTINEL" not in link


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"service": ""}, "choose a service"), ({"service": "x"}, "choose a service"), ({"service": "999999999"}, "no such row"),
        ({"service": "9" * 40}, "choose a service"), ({"phone": ""}, "telephone number"), ({"phone": "call me"}, "telephone number"),
        ({"phone": "1" * 31}, "30 characters at most"), ({"words": "x" * 501}, "500 characters at most"),
        ({"name": "x" * 61}, "60 characters at most"), ({"website": "http://x"}, "by a program"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_one_sentence_and_everything_typed_is_still_there(
    city: City, client: TestClient, wrong: dict[str, str], why: str
) -> None:
    before = count(city)
    refused = client.post("/public/order", data=filled(city, client, **wrong))
    assert refused.status_code == 422 and why in refused.text and count(city) == before
    assert wrong.get("words", WORDS) in refused.text and wrong.get("name", NAME) in refused.text


def test_a_service_of_another_community_is_not_ordered_here(city: City, client: TestClient) -> None:
    with city.database.read() as connection:
        here = {service.id for service in offered(city)}
        foreign = next(s for s in those(connection, Service) if s.id not in here)
    before = count(city)
    refused = client.post("/public/order", data=filled(city, client, service=str(foreign.id)))
    assert refused.status_code == 422 and "is not offered there" in refused.text and count(city) == before


def test_a_grid_that_is_none_leads_back_to_the_choice_of_one(city: City, client: TestClient) -> None:
    for asked in ("", "no-such-grid", "city", "%00"):
        page = client.get(f"/public/order?grid={asked}")
        assert page.status_code == 200 and 'name="search"' in page.text and 'name="phone"' not in page.text
    before = count(city)
    sent = client.post("/public/order", data=filled(city, client, grid="no-such-grid"))
    assert sent.status_code == 422 and 'name="search"' in sent.text and count(city) == before


def test_a_grid_is_found_by_the_name_of_a_compound(city: City, client: TestClient) -> None:
    fields = hidden(client, "/public/order")
    name = city.ground.structure.name(grid_of(city))
    page = client.post("/public/order", data=fields | {"go": "search", "search": name})
    assert page.status_code == 200 and f"/public/order?grid={grid_of(city)}" in page.text
    nothing = client.post("/public/order", data=fields | {"go": "search", "search": "no such place"})
    assert "Nothing was found" in nothing.text


def test_a_form_that_is_not_ours_orders_nothing_and_keeps_what_was_typed(
    city: City, client: TestClient
) -> None:
    before = count(city)
    refused = client.post("/public/order", data=filled(city, client, form_token="forged"))
    assert refused.status_code == 403 and WORDS in refused.text and count(city) == before
    again = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', refused.text))
    assert client.post("/public/order", data=filled(city, client) | again).status_code == 303


def test_a_secret_that_somebody_made_up_is_replaced(city: City, client: TestClient) -> None:
    answer = client.post("/public/order", data=filled(city, client, send="short"))
    assert answer.status_code == 303 and "short" not in answer.headers["location"]


def test_orders_are_limited_by_address_and_in_all(
    city: City, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SENDS", "ALL_SENDS"):
        with monkeypatch.context() as patch:
            patch.setattr(ordering, name, Turnstile(a_minute=2))
            answers = [client.post("/public/order", data=filled(city, client)) for _ in range(3)]
            assert [a.status_code for a in answers] == [303, 303, 429] and WORDS in answers[-1].text
    monkeypatch.setattr(ordering, "POSTS", Turnstile(a_minute=1))
    assert [client.post("/public/order", data=filled(city, client)).status_code for _ in range(2)] == [
        303,
        429,
    ]


# --- the link -----------------------------------------------------------------------------------------------------


def answer(client: TestClient, link: str, **fields: str) -> int:
    # A page on which nothing is asked any more has no form: what somebody sends then comes from an older one.
    token = hidden(client, "/public/order")
    return client.post(link, data=token | fields).status_code


def test_an_order_is_rated_once_after_it_was_delivered(city: City, client: TestClient) -> None:
    order, link = placed(city, client)
    assert answer(client, link, do="rate", grade="5") == 422
    order = moved(city, order, "take", "deliver")
    page = client.get(link).text
    assert 'name="grade"' in page and 'value="cancel"' not in page
    for grade in ("", "0", "6", "five", "5.0"):
        assert answer(client, link, do="rate", grade=grade) == 422
    assert answer(client, link, do="rate", grade="4") == 303
    assert order_of(city, link).grade == 4 and "Satisfied" in client.get(link).text
    assert answer(client, link, do="rate", grade="1") == 422 and order_of(city, link).grade == 4


def test_an_order_is_called_off_until_it_is_delivered(city: City, client: TestClient) -> None:
    order, link = placed(city, client)
    assert answer(client, link, do="cancel") == 303 and order_of(city, link).state is OrderState.CANCELLED
    assert "Called off." in client.get(link).text and answer(client, link, do="cancel") == 422
    order, link = placed(city, client)
    moved(city, order, "take", "deliver")
    assert answer(client, link, do="cancel") == 422 and order_of(city, link).state is OrderState.DELIVERED


def test_a_link_that_nobody_was_given_is_none(city: City, client: TestClient) -> None:
    order, link = placed(city, client)
    token = hidden(client, link)["form_token"]
    for foreign in ("x", "a" * 32, "a" * 64, f"{link.rsplit('/', 1)[1]}x", "a.b", hash_of(link)):
        path = f"/public/order/{foreign}"
        assert client.get(path).status_code == 404
        assert client.post(path, data={"form_token": token, "do": "cancel"}).status_code == 404
    assert order_of(city, link) == order


def test_a_link_ends_some_months_after_the_order(
    city: City, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    order, link = placed(city, client)
    moved(city, order, "take", "deliver")
    later = city.now() + timedelta(days=91)
    monkeypatch.setattr(type(city), "now", lambda _self: later)
    assert client.get(link).status_code == 410


def test_a_rating_without_its_forms_token_is_none(city: City, client: TestClient) -> None:
    order, link = placed(city, client)
    moved(city, order, "take", "deliver")
    refused = client.post(link, data={"do": "rate", "grade": "5"})
    assert refused.status_code == 403 and order_of(city, link).grade is None


def test_every_state_is_told_in_a_residents_words() -> None:
    assert set(ordering.STANDS) == set(OrderState)
