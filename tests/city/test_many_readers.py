from __future__ import annotations

import threading

from city.opened import City
from city.settings import Settings
from storage.migrate import migrate
from tests.conftest import sqlite_url

AT_ONCE = 60
"""Pages that are being drawn at the same moment: more than any pool of connections keeps by itself."""


def test_pages_that_read_at_once_do_not_wait_for_each_other_to_look_at_the_ground(tmp_path):
    city = City(Settings(database_url=sqlite_url(tmp_path / "city.db")))
    migrate(city.database)
    all_read, done = threading.Barrier(AT_ONCE, timeout=10), []

    def page() -> None:
        with city.database.read():
            all_read.wait()
            city.look_again()
            done.append(city.ground.revision)

    threads = [threading.Thread(target=page, daemon=True) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(15)
    city.database.close()
    assert len(done) == AT_ONCE


def test_whoever_finds_another_looking_at_the_ground_goes_on_with_what_was_read_last(tmp_path, monkeypatch):
    city = City(Settings(database_url=sqlite_url(tmp_path / "city.db")))
    migrate(city.database)
    before = city.ground
    monkeypatch.setattr("city.opened.LOOK_FOR_CHANGES", -1.0)
    with city._lock:
        found = []
        reader = threading.Thread(target=lambda: found.append(city.ground), daemon=True)
        reader.start()
        reader.join(5)
        assert found == [before]
    city.database.close()
