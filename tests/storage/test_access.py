"""The log of who came: one unbroken chain a day, also when many come at once – on both databases."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from city.access import note_access, noted, watching
from city.opened import City
from city.settings import Settings
from city.verifying import verify
from domain.events import access_stream, breaks
from domain.people import Person, Role
from domain.said import Busy, Refused, Stale, said
from storage import lists
from storage.access import add_access
from storage.database import Database
from tests.conftest import NOON, CityAtNoon

OFFICE = Person(3, "office", Role.CITY_OFFICE)
WALL = Person(1, "wall", Role.WALL)


@pytest.fixture
def city(database: Database) -> City:
    made = CityAtNoon(Settings(database_url=database.url))
    made.database = database
    return made


def log_of(city: City) -> list[tuple[str, int | None, dict[str, object]]]:
    with city.database.read() as connection:
        return [(e.kind, e.by, dict(e.facts)) for e in lists.all_events(connection) if e.stream[:2] == "a:"]


def test_many_who_come_at_once_are_one_unbroken_chain(city: City) -> None:
    crowd = [
        threading.Thread(target=note_access, args=(city, "signed_in"), kwargs={"by": OFFICE})
        for _ in range(12)
    ]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join()
    with city.database.read() as connection:
        story = list(lists.all_events(connection))
    assert [e.seq for e in story] == list(range(1, 13)) and breaks(story) == []
    assert verify(city).findings == ()


def test_a_days_stream_is_the_citys_own_day(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    late = NOON.replace(hour=15, minute=59)
    for moment in (late, late + timedelta(minutes=1)):
        monkeypatch.setattr(city, "now", lambda moment=moment: moment)
        note_access(city, "signed_in", by=OFFICE)
    with city.database.read() as connection:
        streams = [e.stream for e in lists.all_events(connection)]
    assert streams == ["a:2026-11-24", "a:2026-11-25"]
    assert access_stream(late.astimezone(city.zone).date()) == streams[0]


def test_a_refusal_is_noted_with_its_sentence_and_without_the_words_in_it(city: City) -> None:
    with pytest.raises(Refused), watching(city, OFFICE, "close", "260101-1"):
        raise Refused(said("{name} may not.", name="Li Lei"))
    facts = {"role": "city_office", "doing": "close", "about": "260101-1", "because": "{name} may not."}
    assert log_of(city) == [("refused", 3, facts)]


@pytest.mark.parametrize("raised", [Busy(), Stale(said("Somebody was faster."))])
def test_to_have_come_second_is_no_refusal(city: City, raised: Refused) -> None:
    with pytest.raises(type(raised)), watching(city, OFFICE, "close"):
        raise raised
    assert log_of(city) == []


def test_a_wall_and_a_stranger_are_nobodys_account(city: City) -> None:
    note_access(city, "refused", by=WALL, doing="page", about="/photos")
    note_access(city, "sign_in_failed", by=None, address="10.0.0.9")
    assert [(kind, by) for kind, by, _ in log_of(city)] == [("refused", None), ("sign_in_failed", None)]


def test_what_is_noted_in_a_transaction_that_fails_is_not_kept(city: City) -> None:
    with pytest.raises(ZeroDivisionError), city.database.write() as connection:
        add_access(connection, noted(city, "signed_in", by=OFFICE))
        _ = 1 // 0
    assert log_of(city) == []


def test_a_note_that_was_changed_is_found(city: City) -> None:
    for _ in range(3):
        note_access(city, "signed_in", by=OFFICE)
    with city.database.write() as connection:
        connection.exec_driver_sql("UPDATE events SET kind = 'signed_out' WHERE seq = 2")
    changed = "The log of who came on 2026-11-24: event 2 (signed out) was changed."
    assert [str(f) for f in verify(city).findings] == [changed]
