"""Connections are ready for whoever reads next, no more of them than there may be, and none is lost."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.exc import TimeoutError as NoConnectionLeft

from storage.database import Database
from storage.ready_connections import ReadyConnections


def pool(kept: int = 2, most: int = 3, timeout: float = 0.05) -> ReadyConnections:
    return ReadyConnections(
        lambda: sqlite3.connect(":memory:", check_same_thread=False), kept=kept, most=most, timeout=timeout
    )


def test_what_comes_back_is_given_to_the_next_the_last_used_first() -> None:
    here = pool()
    one, other = here.connect(), here.connect()
    first, last = one.dbapi_connection, other.dbapi_connection
    one.close()
    other.close()
    again, more = here.connect(), here.connect()
    assert (again.dbapi_connection, more.dbapi_connection) == (last, first)


def test_whoever_finds_none_left_waits_for_one_to_come_back_or_is_told() -> None:
    here = pool(most=1, timeout=5)
    one = here.connect()
    threading.Timer(0.1, one.close).start()
    here.connect().close()
    here.timeout = 0.05
    taken = here.connect()
    with pytest.raises(NoConnectionLeft, match="all 1 connections are in use"):
        here.connect()
    taken.close()


def test_what_is_too_many_to_be_kept_is_closed_and_may_be_opened_anew() -> None:
    here = pool()
    for _ in range(3):
        three = [here.connect() for _ in range(3)]
        for each in three:
            each.close()
        assert here.status() == "2 ready of 2 kept, 3 at most"


def test_one_that_came_back_a_moment_ago_is_asked_whether_it_is_alive_only_where_the_server_let_it_go(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = list[object]()
    with closing(Database(postgres_url)) as database, closing(Database(postgres_url)) as other:
        ping = database.engine.dialect.do_ping
        monkeypatch.setattr(database.engine.dialect, "do_ping", lambda each: asked.append(each) or ping(each))

        def backend() -> int:
            with database.read() as connection:
                return int(connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one())

        first = backend()
        assert backend() == first and not asked
        with other.read() as connection:
            assert connection.exec_driver_sql(f"SELECT pg_terminate_backend({first}, 5000)").scalar_one()
        second = backend()
        assert second != first and len(asked) == 1
        monkeypatch.setattr("storage.ready_connections.JUST_USED", 0)
        assert backend() == second and len(asked) == 2


def test_one_that_cannot_be_opened_takes_no_room(tmp_path: Path) -> None:
    here = ReadyConnections(lambda: sqlite3.connect(tmp_path / "no" / "folder.db"), most=1, timeout=0.05)
    for _ in range(3):
        with pytest.raises(sqlite3.OperationalError):
            here.connect()


def test_a_hundred_threads_never_hold_more_than_there_may_be_and_leave_all_behind() -> None:
    here, at_once, most_seen = pool(kept=5, most=5, timeout=20), set[int](), [0]

    def read() -> None:
        for _ in range(20):
            one = here.connect()
            at_once.add(id(one))
            most_seen[0] = max(most_seen[0], len(at_once))
            one.cursor().execute("SELECT 1").fetchone()
            at_once.discard(id(one))
            one.close()

    threads = [threading.Thread(target=read) for _ in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most_seen[0] <= 5
    held, here.timeout = [here.connect() for _ in range(5)], 0.05
    with pytest.raises(NoConnectionLeft):
        here.connect()
    for each in held:
        each.close()
