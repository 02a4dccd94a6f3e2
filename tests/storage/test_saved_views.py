"""Saved views, on both databases: a person's own, by name, and no more than some."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from city.opened import City
from city.saved_views import LONGEST_NAME, MOST, drop_view, keep_view, query_of, query_text, views_of
from city.settings import Settings
from domain.grids import CITY
from domain.people import Person, Role
from domain.said import Refused
from storage.database import Database
from storage.people import add_account
from storage.saved_views import SavedView
from tests.conftest import NOON


@pytest.fixture
def city(database: Database) -> Iterator[City]:
    opened = City(Settings(database_url=database.url))
    yield opened
    opened.database.close()


def somebody(city: City, login: str) -> Person:
    with city.database.write() as connection:
        number = add_account(
            connection,
            login=login,
            name=login,
            role=Role.CITY_OFFICE,
            area=CITY,
            password="password",
            now=NOON,
        )
    return Person(number, login, Role.CITY_OFFICE)


def test_a_view_comes_back_as_it_was_kept_and_without_its_page(city: City) -> None:
    ann = somebody(city, "ann")
    address = {
        "only": "overdue",
        "grid": "210681001001",
        "measure": "on_time",
        "page": "7",
        "x": "y",
    }
    kept = keep_view(city, ann, "  Lamps\n now ", address)
    assert kept.name == "Lamps now" and views_of(city, ann) == [kept]
    assert query_of(kept) == {k: v for k, v in address.items() if k not in ("page", "x")}


def test_the_same_name_is_replaced_and_other_people_have_their_own(city: City) -> None:
    ann, bob = somebody(city, "ann"), somebody(city, "bob")
    keep_view(city, ann, "Mine", {"only": "overdue"})
    keep_view(city, bob, "Mine", {"only": "ended"})
    keep_view(city, ann, "Mine", {"only": "due_soon"})
    assert [query_of(v) for v in views_of(city, ann)] == [{"only": "due_soon"}]
    assert not drop_view(city, bob, "mine") and drop_view(city, bob, "Mine")
    assert views_of(city, bob) == [] and len(views_of(city, ann)) == 1


def test_there_are_so_many_views_and_no_more_but_known_names_can_be_replaced(city: City) -> None:
    ann = somebody(city, "ann")
    for n in range(MOST):
        keep_view(city, ann, f"view {n}", {})
    with pytest.raises(Refused, match="20 views"):
        keep_view(city, ann, "one more", {})
    keep_view(city, ann, "view 3", {"only": "ended"})
    assert len(views_of(city, ann)) == MOST


@pytest.mark.parametrize("name", ["", "  \n ", "\x00\x01", "长" * (LONGEST_NAME + 1)])
def test_a_name_that_is_none_is_refused(city: City, name: str) -> None:
    with pytest.raises(Refused):
        keep_view(city, somebody(city, "ann"), name, {})


def test_a_wall_screen_keeps_nothing(city: City) -> None:
    with pytest.raises(Refused, match="sign in"):
        keep_view(city, Person(0, "", Role.WALL), "x", {})


def test_what_a_view_holds_is_bounded_and_of_the_desk_alone() -> None:
    text = query_text({"grid": "x" * 5000, "category": "y" * 5000, "ticket": "1", "next": "//elsewhere"})
    assert len(text) < 200 and query_of(SavedView("v", "ticket=1&next=//x&only=ended")) == {"only": "ended"}
