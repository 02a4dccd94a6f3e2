"""On a ticket's page: a number is masked until it is asked for; who may erase finds the button, and nobody else."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from city import desk
from city.opened import City
from storage import lists
from storage.schema import ticket_words, tickets
from tests.views.test_pages import page, person, words

PHONE, MASKED = "13812345678", "138****5678"
SHOW = "Show the telephone number"


@pytest.fixture
def no(own_city: City) -> str:
    """A closed ticket that a resident reported."""
    with own_city.database.write() as connection:
        wanted = select(tickets.c.id, tickets.c.no).where(tickets.c.state == "closed").order_by(tickets.c.id)
        row = connection.execute(wanted.limit(1)).one()
        told = {"description": "It drips.", "reporter": "Wang", "phone": PHONE}
        connection.execute(update(ticket_words).where(ticket_words.c.ticket_id == row.id).values(told))
    return str(row.no)


def kinds(city: City) -> list[str]:
    with city.database.read() as connection:
        return [e.kind for e in lists.all_events(connection) if e.stream.startswith("a:")]


def test_the_number_is_shown_once_it_is_asked_for_and_that_is_noted(
    monkeypatch: pytest.MonkeyPatch, own_city: City, no: str
) -> None:
    test = page(monkeypatch, own_city, person(own_city, "office"), ticket=no, lang="en")
    assert MASKED in words(test) and PHONE not in words(test) and kinds(own_city) == []
    next(button for button in test.button if button.label == SHOW).click().run()
    assert PHONE in words(test) and kinds(own_city) == ["phone_shown"]
    test.run()
    assert PHONE not in words(test)


@pytest.mark.parametrize(("login", "reads"), [("leader", False), ("office", True)])
def test_who_reads_no_words_sees_no_button_for_the_number_or_for_erasing(
    monkeypatch: pytest.MonkeyPatch, own_city: City, no: str, login: str, reads: bool
) -> None:
    test = page(monkeypatch, own_city, person(own_city, login), ticket=no, lang="en")
    labels = {button.label for button in test.button}
    assert (SHOW in labels, "Erase" in labels) == (reads, reads)


def test_erasing_asks_for_a_reason_and_a_second_look_and_the_page_says_that_it_was_erased(
    monkeypatch: pytest.MonkeyPatch, own_city: City, no: str
) -> None:
    office = person(own_city, "office")
    test = page(monkeypatch, own_city, office, ticket=no, lang="en")

    def press() -> None:
        next(button for button in test.button if button.label == "Erase").click().run()

    press()
    assert "cannot be undone" in test.error[0].value
    sure = next(box for box in test.checkbox if "cannot be undone" in box.label)
    sure.check()
    press()
    assert "choose why" in test.error[0].value
    next(box for box in test.selectbox if box.label == "Why?").select("asked")
    press()
    assert not test.error and "It drips." not in words(test) and "Wang" not in words(test)
    assert "Personal data erased" in words(test) and kinds(own_city)[-1] == "erased"
    card = desk.card(own_city, office, no)
    assert card and card.words and card.words.erased
