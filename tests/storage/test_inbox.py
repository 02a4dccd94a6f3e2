"""How far an account has read: never backwards, also when two visits are the first at once; older entries by pages."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import DBAPIError

from domain.people import Role
from storage import inbox, people
from storage.database import Database
from storage.schema import inbox as told
from storage.schema import inbox_seen
from tests.domain.build import MONDAY


@pytest.fixture
def reader(database: Database) -> int:
    """An account whose post was told 250 things, and another post one."""
    with database.write() as connection:
        account = people.add_account(
            connection, login="c", name="c", role=Role.COMMUNITY, area="C", password="long enough", now=MONDAY
        )
        entry = {"kind": "yellow", "at": MONDAY}
        connection.execute(insert(told), [entry | {"post": "C"}] * 250 + [entry | {"post": "D"}])
    return account


def test_pages_go_down_from_the_newest_to_the_very_first(database: Database, reader: int) -> None:
    with database.read() as connection:
        found, below = [], None
        while page := inbox.entries(connection, "C", 100, below):
            found += [entry.id for entry in page]
            below = found[-1]
    assert len(found) == 250 and found == sorted(set(found), reverse=True)


def test_what_is_new_is_counted_and_below_an_entry_too(database: Database, reader: int) -> None:
    with database.write() as connection:
        ids = sorted(entry.id for entry in inbox.entries(connection, "C", 250))
        assert inbox.unread(connection, "C", reader) == 250
        assert inbox.newest(connection, "C") == ids[-1]
        inbox.keep_seen(connection, reader, ids[99])
        assert inbox.unread(connection, "C", reader) == 150
        assert inbox.unread(connection, "C", reader, below=ids[100]) == 0
        assert inbox.unread(connection, "C", reader, below=ids[110]) == 10


def test_what_was_seen_stays_seen(database: Database, reader: int) -> None:
    with database.write() as connection:
        for upto, kept in ((7, 7), (200, 200), (3, 200), (201, 201)):
            inbox.keep_seen(connection, reader, upto)
            assert inbox.seen_upto(connection, reader) == kept


def test_two_first_visits_at_once_are_both_kept(database: Database, reader: int) -> None:
    ready, failed = threading.Barrier(2), []

    def visit(upto: int) -> None:
        try:
            ready.wait()
            with database.write() as connection:
                inbox.keep_seen(connection, reader, upto)
        except DBAPIError as error:
            failed.append(error)

    visits = [threading.Thread(target=visit, args=(upto,)) for upto in (40, 60)]
    for each in visits:
        each.start()
    for each in visits:
        each.join(30)
    assert not failed
    with database.read() as connection:
        assert list(connection.scalars(select(inbox_seen.c.upto))) == [60]


def test_on_postgresql_a_first_visit_waits_for_another_that_is_not_yet_kept(
    database: Database, reader: int
) -> None:
    if database.is_sqlite:
        pytest.skip("on SQLite writers queue from the beginning")
    failed: list[DBAPIError] = []

    def second() -> None:
        try:
            with database.write() as connection:
                inbox.keep_seen(connection, reader, 40)
        except DBAPIError as error:
            failed.append(error)

    with database.write() as connection:
        inbox.keep_seen(connection, reader, 60)
        waiting = threading.Thread(target=second)
        waiting.start()
        waiting.join(0.3)
        assert waiting.is_alive()
    waiting.join(30)
    assert not failed
    with database.read() as connection:
        assert inbox.seen_upto(connection, reader) == 60
