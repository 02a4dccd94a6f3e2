"""Filters of the desk: what an address says, what is found by a text, and by whom."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as some

from city import desk
from city.filters import MINE, ONLY, Filters, filters_for, query_of, read_filters, searched, wanted
from city.opened import City
from domain.people import Person
from domain.queues import Queue
from domain.tickets import State
from storage.wanted import Wanted
from tests.views.test_pages import person

FILTERS = some.builds(
    Filters,
    only=some.sampled_from([*ONLY, MINE]),
    state=some.none() | some.sampled_from(State),
    category=some.sampled_from(["", "0801", "x y&z"]),
    text=some.text(max_size=80).map(searched),
    queue=some.none() | some.sampled_from(Queue),
    page=some.integers(0, 99_999),
)


@given(FILTERS)
def test_an_address_holds_all_of_a_choice_but_the_text_looked_for(filters: Filters) -> None:
    assert read_filters(query_of(filters)) == replace(filters, text="")


@given(some.dictionaries(some.sampled_from(["only", "state", "category", "q", "queue", "page"]), some.text()))
def test_any_address_is_some_choice(query: dict[str, str]) -> None:
    filters = read_filters(query)
    assert filters.page >= 0 and len(filters.text) <= 64 and filters.only in (*ONLY, MINE)
    assert read_filters(query_of(filters)) == filters


def test_what_is_not_a_persons_own_is_as_if_it_were_not_asked(demo_city: City) -> None:
    query = {"only": MINE, "queue": "no_grid", "category": "nothing of the kind"}
    assert filters_for(demo_city, person(demo_city, "leader"), query) == Filters()
    office = filters_for(demo_city, person(demo_city, "office"), query)
    assert office == Filters(only=MINE, queue=Queue.NO_GRID)


def found(city: City, who: Person, text: str, **more: str) -> list[desk.TicketCard]:
    filters = filters_for(city, who, more, text)
    cards, _ = desk.cards(city, who, desk.area_of(city, who, None), wanted(city, who, filters, 500))
    return cards


def test_a_text_is_found_in_numbers_addresses_and_words(demo_city: City) -> None:
    office = person(demo_city, "office")
    card = next(
        c
        for c in found(demo_city, office, "")
        if c.words and len(c.words.description) > 8 and c.ticket.address
    )
    assert card.words
    for text in (
        card.ticket.no,
        card.ticket.no[3:].lower(),
        card.ticket.address,
        card.words.description[2:8],
    ):
        assert card.ticket.no in [c.ticket.no for c in found(demo_city, office, text)]


@pytest.mark.parametrize("text", ["%", "_", "100%", "\\\\", "/", "' OR 1=1 --"])
def test_a_text_is_no_pattern(demo_city: City, text: str) -> None:
    office = person(demo_city, "office")
    for card in found(demo_city, office, text):
        said = f"{card.ticket.no} {card.ticket.address} {card.words.description if card.words else ''}"
        assert text.casefold() in said.casefold()


def test_nobody_finds_a_ticket_by_words_that_they_may_not_read(demo_city: City) -> None:
    office, leader = person(demo_city, "office"), person(demo_city, "leader")
    card = next(c for c in found(demo_city, office, "") if c.words and len(c.words.description) > 8)
    assert card.words and found(demo_city, office, card.words.description[2:8])
    assert found(demo_city, leader, card.words.description[2:8]) == []
    asked = Wanted(text=card.words.description[2:8], in_words=True)
    assert desk.cards(demo_city, leader, desk.area_of(demo_city, leader, None), asked) == ([], 0)
    assert [c.ticket.no for c in found(demo_city, leader, card.ticket.no)] == [card.ticket.no]


def test_nobody_finds_a_ticket_by_who_reported_it(demo_city: City) -> None:
    office = person(demo_city, "office")
    with demo_city.database.read() as connection:
        from sqlalchemy import select

        from storage.schema import ticket_words

        phones = connection.scalars(
            select(ticket_words.c.phone).where(ticket_words.c.phone != "").limit(3)
        ).all()
    assert phones
    for phone in phones:
        assert found(demo_city, office, phone) == []


def test_a_category_narrows(demo_city: City) -> None:
    office = person(demo_city, "office")
    code = found(demo_city, office, "")[0].ticket.category
    assert {c.ticket.category for c in found(demo_city, office, "", category=code)} == {code}
