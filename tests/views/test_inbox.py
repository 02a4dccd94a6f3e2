"""The inbox runs headless: nothing new is lost below the first page, and nothing counts as seen that nobody saw."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some
from sqlalchemy import delete, insert
from streamlit.testing.v1 import AppTest

from city import inbox
from city.inbox import Stretch
from city.opened import City
from domain.people import Person
from domain.said import Busy
from storage.schema import inbox as told
from storage.schema import inbox_seen
from tests.conftest import NOON
from tests.views.alone import alone
from tests.views.test_pages import person, words


def page(monkeypatch: pytest.MonkeyPatch, city: City, who: Person, **query: str) -> AppTest:
    """The inbox for somebody, in English."""
    return alone(monkeypatch, "inbox", city, who, query)


def lines(test: AppTest) -> tuple[int, int]:
    """How many entries the page shows, and how many of them as new."""
    shown = words(test)
    return shown.count("<time>"), shown.count('class="new"')


def click(test: AppTest, key: str) -> AppTest:
    return test.button(key=key).click().run()


def keys(test: AppTest) -> set[str]:
    return {str(button.key) for button in test.button}


@pytest.fixture
def reader(own_city: City) -> Person:
    """A community's head who was told 250 things and has read none."""
    who = person(own_city, "community")
    with own_city.database.write() as connection:
        connection.execute(delete(told).where(told.c.post == who.post))
        connection.execute(delete(inbox_seen).where(inbox_seen.c.account_id == who.id))
        connection.execute(insert(told), [{"post": who.post, "kind": "yellow", "at": NOON}] * 250)
    return who


def test_everything_new_is_reached_page_by_page_and_counts_as_new_until_then(
    monkeypatch: pytest.MonkeyPatch, own_city: City, reader: Person
) -> None:
    test = page(monkeypatch, own_city, reader)
    assert lines(test) == (100, 100) and inbox.unread(own_city, reader) == 250
    test = click(test, "inbox-older")
    assert lines(test) == (100, 100) and inbox.unread(own_city, reader) == 250
    test = click(test, "inbox-older")
    assert lines(test) == (50, 50) and "inbox-older" not in keys(test)
    assert inbox.unread(own_city, reader) == 0
    assert lines(click(test, "inbox-newest")) == (100, 0)


def test_what_came_while_somebody_turned_pages_stays_new(
    monkeypatch: pytest.MonkeyPatch, own_city: City, reader: Person
) -> None:
    test = page(monkeypatch, own_city, reader)
    with own_city.database.write() as connection:
        connection.execute(insert(told).values(post=reader.post, kind="red", at=NOON))
    test = click(click(test, "inbox-older"), "inbox-older")
    assert inbox.unread(own_city, reader) == 1
    assert lines(click(test, "inbox-newest")) == (100, 1)
    assert inbox.unread(own_city, reader) == 0


def test_a_page_in_the_middle_alone_is_not_all(
    monkeypatch: pytest.MonkeyPatch, own_city: City, reader: Person
) -> None:
    below = inbox.told(own_city, reader).lines[-1].entry.id
    assert lines(page(monkeypatch, own_city, reader, below=str(below))) == (100, 100)
    assert inbox.unread(own_city, reader) == 250


def test_all_can_be_marked_as_read_at_once(
    monkeypatch: pytest.MonkeyPatch, own_city: City, reader: Person
) -> None:
    test = click(page(monkeypatch, own_city, reader), "inbox-all")
    assert lines(test) == (100, 0) and "inbox-all" not in keys(test)
    assert inbox.unread(own_city, reader) == 0


@pytest.mark.parametrize("below", ["x", "-1", "9" * 5000, "²", "0"])
def test_an_address_that_names_no_entry_shows_a_page(
    monkeypatch: pytest.MonkeyPatch, own_city: City, reader: Person, below: str
) -> None:
    test = page(monkeypatch, own_city, reader, below=below)
    assert not test.exception and lines(test)[0] in (0, 100)


def test_a_busy_database_shows_the_inbox_all_the_same(
    monkeypatch: pytest.MonkeyPatch, own_city: City, reader: Person
) -> None:
    def busy(*_: object) -> None:
        raise Busy

    test = click(click(page(monkeypatch, own_city, reader), "inbox-older"), "inbox-older")
    with own_city.database.write() as connection:
        connection.execute(insert(told).values(post=reader.post, kind="red", at=NOON))
    monkeypatch.setattr(inbox.inbox, "keep_seen", busy)
    test = click(test, "inbox-newest")
    assert not test.exception and lines(test) == (100, 1)
    assert inbox.unread(own_city, reader) == 1


@given(some.lists(some.integers(0, 400), max_size=12), some.integers(1, 400))
def test_a_stretch_holds_no_entry_that_was_on_no_page(cursors: list[int], newest: int) -> None:
    seen, shown = None, set()
    for cursor in cursors:
        below = cursor or None
        ids = range(min(newest, (below or newest + 1) - 1), 0, -1)[:30]
        if not ids:
            continue
        shown |= set(ids)
        one = Stretch(ids[0], ids[-1])
        seen = seen.and_then(one, below) if seen else one
        assert set(range(seen.oldest, seen.newest + 1)) <= shown
