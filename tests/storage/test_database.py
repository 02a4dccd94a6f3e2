"""A database that somebody else keeps busy, and errors that keep people's words to themselves."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError, OperationalError

from domain.said import Busy
from storage import database as module
from storage.database import Database
from storage.facts import read_facts, write_fact
from storage.schema import ticket_words
from tests.conftest import sqlite_url


def test_an_error_of_the_database_repeats_nobodys_words(database: Database) -> None:
    told = "Mrs Wang saw it at 3 in the night"
    with pytest.raises(DBAPIError) as caught, database.write() as connection:
        connection.execute(insert(ticket_words).values(ticket_id=999, description=told))
    assert told not in str(caught.value)


def test_a_writer_who_waits_too_long_for_sqlite_is_told_to_try_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BUSY_MS", 50)
    mine, theirs = (Database(sqlite_url(tmp_path / "busy.db")) for _ in range(2))
    with theirs.write(), pytest.raises(Busy, match="nothing was saved"), mine.write():
        pytest.fail("two people write at once")
    with mine.write() as connection:
        assert connection.scalar(text("SELECT 1")) == 1
    for each in (mine, theirs):
        each.close()


def test_who_loses_a_deadlock_on_postgresql_is_told_to_try_again(database: Database) -> None:
    if database.is_sqlite:
        pytest.skip("on SQLite writers queue")
    with database.write() as connection:
        for key in ("a", "b"):
            write_fact(connection, key, 0)
    met, refused = threading.Barrier(2), []

    def changes(first: str, second: str) -> None:
        try:
            with database.write() as connection:
                write_fact(connection, first, first)
                met.wait()
                write_fact(connection, second, first)
        except Busy as busy:
            refused.append(busy)

    both = [threading.Thread(target=changes, args=keys) for keys in (("a", "b"), ("b", "a"))]
    for each in both:
        each.start()
    for each in both:
        each.join(30)
    assert len(refused) == 1
    with database.read() as connection:
        kept = read_facts(connection)
    assert kept["a"] == kept["b"] in ("a", "b")


def test_what_is_wrong_with_a_database_otherwise_is_not_called_busy(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path / "new.db"))
    with pytest.raises(OperationalError, match="no such table"), database.write() as connection:
        connection.execute(text("SELECT * FROM tickets"))
    database.close()
