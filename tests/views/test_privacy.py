"""What somebody typed as an address is a person's words: a leader sees the grid's name in its place."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select, update

from city import desk
from city.opened import City
from domain.tickets import State, Ticket
from storage.schema import tickets
from storage.tickets import ticket_from
from tests.conftest import NOON
from tests.views.test_pages import page, person, words

TYPED = "behind Mrs Wang's kitchen, door 3"


@pytest.fixture
def alike(own_city: City) -> tuple[Ticket, Ticket]:
    """Two open tickets of the same kind at the same place, their addresses typed by somebody."""
    values = {
        "address": TYPED, "category": "0101", "opened_at": NOON, "live": True, "parent_id": None, "lead": None,
        "state": State.RAISED.value, "lng": 124.15, "lat": 39.87,
    }  # fmt: skip
    with own_city.database.write() as connection:
        found = select(tickets).where(tickets.c.open, tickets.c.level3.is_not(None)).order_by(tickets.c.id)
        first = connection.execute(found).first()
        assert first is not None
        values["level1"], values["level2"], values["level3"] = first.level1, first.level2, first.level3
        values["holder"] = first.level1
        ids = [row.id for row in connection.execute(found.limit(2))]
        connection.execute(update(tickets).where(tickets.c.id.in_(ids)).values(values))
        rows = connection.execute(found.where(tickets.c.id.in_(ids)))
        one, other = (ticket_from(row) for row in rows)
    return one, other


@pytest.mark.parametrize(("login", "reads"), [("leader", False), ("office", True)])
def test_a_leader_sees_the_grid_instead_of_the_address_typed_on_the_page_of_a_ticket(
    monkeypatch: pytest.MonkeyPatch, own_city: City, alike: tuple[Ticket, Ticket], login: str, reads: bool
) -> None:
    one, other = alike
    grid = own_city.ground.structure.name(one.located.grid or "")
    shown = words(page(monkeypatch, own_city, person(own_city, login), ticket=one.no, lang="en"))
    assert "Alike, perhaps the same problem" in shown and other.no in shown
    assert shown.count("kitchen") == (2 if reads else 0), "the card and the one alike"
    assert reads or shown.split("Alike, perhaps")[1].count(grid) == 1


def test_no_card_of_a_leader_carries_an_address_that_somebody_typed(
    monkeypatch: pytest.MonkeyPatch, own_city: City
) -> None:
    with own_city.database.write() as connection:
        connection.execute(update(tickets).values(address=TYPED))
    leader = page(monkeypatch, own_city, person(own_city, "leader"), lang="en")
    assert "rg-card" in words(leader) and "kitchen" not in words(leader)
    assert "kitchen" in words(page(monkeypatch, own_city, person(own_city, "office"), lang="en"))


def test_a_ticket_in_no_grid_has_no_place_for_a_leader(own_city: City, alike: tuple[Ticket, Ticket]) -> None:
    nowhere = replace(alike[0], located=replace(alike[0].located, level1=None, level2=None, level3=None))
    assert desk.place_of(own_city, person(own_city, "leader"), nowhere) == ""
    assert desk.place_of(own_city, person(own_city, "office"), nowhere) == TYPED
