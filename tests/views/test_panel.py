"""The panel beside the map: its pages of tickets, and the form of a move."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update
from streamlit.testing.v1 import AppTest

from city.opened import City
from domain.grids import Level
from domain.tickets import State, Ticket
from storage.schema import tickets
from storage.tickets import ticket_from
from tests.views.test_pages import page, person, words
from views.ticket_list import PAGE


def office(monkeypatch: pytest.MonkeyPatch, city: City, **query: str) -> AppTest:
    """The desk of the city office, in English."""
    return page(monkeypatch, city, person(city, "office"), **{"lang": "en"} | query)


def on_page_three(test: AppTest) -> AppTest:
    for _ in range(2):
        test = test.button(key="page-on").click().run()
    assert page_of(test) == 3
    return test


def page_of(test: AppTest) -> int:
    """The page that the address names; the first needs no word."""
    found = test.query_params.get("page", "1")
    return int(found if isinstance(found, str) else found[0])


def shown(test: AppTest) -> int:
    return words(test).count('<article class="rg-card')


@pytest.mark.parametrize("choice", ["state", "only"])
def test_other_tickets_are_read_from_their_first_page(
    monkeypatch: pytest.MonkeyPatch, own_city: City, choice: str
) -> None:
    test = on_page_three(office(monkeypatch, own_city))
    if choice == "state":
        with own_city.database.write() as connection:
            few = select(tickets.c.id).where(tickets.c.open).order_by(tickets.c.id).limit(5)
            ids = list(connection.scalars(few))
            aside = update(tickets).where(tickets.c.state == State.ON_HOLD.value, tickets.c.open)
            connection.execute(aside.values(state=State.IN_PROGRESS.value))
            connection.execute(update(tickets).where(tickets.c.id.in_(ids)).values(state=State.ON_HOLD.value))
        test = test.selectbox(key="state").select(State.ON_HOLD.value).run()
        assert shown(test) == 5
    else:
        test = test.button_group(key="only").set_value("overdue").run()
        assert shown(test) > 0
    assert page_of(test) == 1 and "No tickets here" not in words(test)


def test_when_tickets_go_away_the_last_page_that_is_left_is_shown(
    monkeypatch: pytest.MonkeyPatch, own_city: City
) -> None:
    test = on_page_three(office(monkeypatch, own_city))
    with own_city.database.write() as connection:
        kept = list(connection.scalars(select(tickets.c.id).where(tickets.c.open).limit(PAGE + 3)))
        gone = update(tickets).where(tickets.c.open, tickets.c.id.not_in(kept))
        connection.execute(gone.values(open=False, state=State.CLOSED.value))
    test = test.run()
    assert shown(test) == 3 and page_of(test) == 2
    assert not test.button(key="page-back").disabled


def press(test: AppTest, move: str) -> AppTest:
    """Press a card's button, as its script tells it."""
    assert f'data-move="{move}"' in words(test), "there is no such button"
    return test.text_input(key="pressed").set_value(f"{move} 1").run()


def fresh_ticket(city: City, category: str) -> Ticket:
    """A ticket that a community's head may accept, of this category."""
    area = person(city, "community").area
    with city.database.write() as connection:
        row = connection.execute(select(tickets).where(tickets.c.open, tickets.c.level1 == area)).first()
        values = {
            "state": State.RAISED.value, "holder": area, "category": category, "live": True, "parent_id": None,
            "queue": None, "asked": None, "lead": None,
        }  # fmt: skip
        assert row is not None
        connection.execute(update(tickets).where(tickets.c.id == row.id).values(values))
        return ticket_from(connection.execute(select(tickets).where(tickets.c.id == row.id)).one())


def test_a_ticket_that_changed_meanwhile_is_shown_as_it_is_and_opens_no_form(
    monkeypatch: pytest.MonkeyPatch, own_city: City
) -> None:
    ticket = fresh_ticket(own_city, next(iter(own_city.rules_read.categories)))
    test = page(monkeypatch, own_city, person(own_city, "community"), ticket=ticket.no, lang="en")
    with own_city.database.write() as connection:
        newer = update(tickets).where(tickets.c.id == ticket.id).values(version=ticket.version + 1)
        connection.execute(newer)
    test = press(test, f"accept {ticket.no} {ticket.version}")
    assert not any(box.label == "Category" for box in test.selectbox)
    assert f'data-move="accept {ticket.no} {ticket.version + 1}"' in words(test)
    assert any("acted on this ticket first" in box.value for box in test.warning)


def test_a_ticket_that_is_nobodys_here_any_more_opens_no_form_and_the_page_says_so(
    monkeypatch: pytest.MonkeyPatch, own_city: City
) -> None:
    ticket = fresh_ticket(own_city, next(iter(own_city.rules_read.categories)))
    head = person(own_city, "community")
    test = page(monkeypatch, own_city, head, ticket=ticket.no, lang="en")
    grids = own_city.ground.structure.grids.values()
    elsewhere = next(grid.code for grid in grids if grid.level == Level.COMMUNITY and grid.code != head.area)
    with own_city.database.write() as connection:
        gone = {"holder": elsewhere, "level1": elsewhere, "level2": None, "level3": None}
        away = update(tickets).where(tickets.c.id == ticket.id)
        connection.execute(away.values(**gone, version=ticket.version + 1))
    test = press(test, f"accept {ticket.no} {ticket.version}")
    assert not any(box.label == "Category" for box in test.selectbox)
    assert any("in your area" in box.value for box in test.warning)


def test_a_move_that_the_rules_no_longer_offer_opens_no_form_and_the_page_says_so(
    monkeypatch: pytest.MonkeyPatch, own_city: City
) -> None:
    ticket = fresh_ticket(own_city, next(iter(own_city.rules_read.categories)))
    test = page(monkeypatch, own_city, person(own_city, "community"), ticket=ticket.no, lang="en")
    test = test.text_input(key="pressed").set_value(f"sign {ticket.no} {ticket.version} 1").run()
    assert any("no longer possible" in box.value for box in test.warning)


def test_a_form_of_a_ticket_has_those_of_all_others_forgotten(
    monkeypatch: pytest.MonkeyPatch, own_city: City
) -> None:
    kept = list[int]()
    monkeypatch.setattr("views.asking.forget_others", kept.append)
    ticket = fresh_ticket(own_city, next(iter(own_city.rules_read.categories)))
    test = page(monkeypatch, own_city, person(own_city, "community"), ticket=ticket.no, lang="en")
    assert not kept
    press(test, f"accept {ticket.no} {ticket.version}")
    assert kept == [ticket.id]


@pytest.mark.parametrize("known", [True, False])
def test_accepting_offers_the_categories_of_the_rules_alone(
    monkeypatch: pytest.MonkeyPatch, own_city: City, known: bool
) -> None:
    codes = list(own_city.rules_read.categories)
    ticket = fresh_ticket(own_city, codes[3] if known else "奇怪的事")
    test = page(monkeypatch, own_city, person(own_city, "community"), ticket=ticket.no, lang="en")
    test = press(test, f"accept {ticket.no} {ticket.version}")
    category = next(box for box in test.selectbox if box.label == "Category")
    assert len(category.options) == len(codes)
    assert category.value == (codes[3] if known else None)
