"""A database that somebody else keeps busy, and errors that keep people's words to themselves."""

from __future__ import annotations

import sqlite3
import threading
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest
from psycopg.pq import Format
from sqlalchemy import BigInteger, Connection, LargeBinary, Text, insert, literal, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from domain.said import Away, Busy
from storage.appending import append
from storage.database import IN_BYTES, Database
from storage.facts import read_facts, write_fact
from storage.schema import accounts, ticket_words
from tests.conftest import sqlite_url
from tests.domain.build import MONDAY


def test_an_error_of_the_database_repeats_nobodys_words(database: Database) -> None:
    told = "Mrs Wang saw it at 3 in the night"
    with pytest.raises(DBAPIError) as caught, database.write() as connection:
        connection.execute(insert(ticket_words).values(ticket_id=999, description=told))
    assert told not in str(caught.value)


def patience(database: Database) -> float:
    """Seconds that a connection waits for somebody else's lock."""
    with database.read() as connection:
        return float(connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one()) / 1000


def test_sqlite_waits_fifteen_seconds_for_another_writer_or_as_long_as_the_address_says(
    tmp_path: Path,
) -> None:
    for asked, waits in (("", 15), ("?timeout=60", 60), ("?timeout=0.05", 0.05)):
        database = Database(sqlite_url(tmp_path / "busy.db") + asked)
        assert patience(database) == waits
        database.close()


def test_a_writer_who_waits_too_long_for_sqlite_is_told_to_try_again(tmp_path: Path) -> None:
    mine, theirs = (Database(sqlite_url(tmp_path / "busy.db") + "?timeout=0.05") for _ in range(2))
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


TOLD = "Mrs Wang saw it at 3 in the night"


def _twice(connection: Connection) -> None:
    for _ in range(2):
        connection.execute(insert(accounts), _account(login=TOLD))


def _a_whole_row(connection: Connection) -> None:
    connection.execute(insert(accounts), {**_account(login="a"), "name": TOLD, "role": None})


def _unreadable(connection: Connection) -> None:
    connection.execute(text("SELECT CAST(:told AS integer)"), {"told": TOLD})


def _by_copy(connection: Connection) -> None:
    append(connection, accounts, [_account(login=TOLD), _account(login=TOLD)])


def _account(**columns: object) -> dict[str, object]:
    return {"name": "x", "role": "member", "area": "C", "password_hash": "", "created_at": MONDAY, **columns}


@pytest.mark.parametrize("wrong", [_twice, _a_whole_row, _unreadable, _by_copy])
def test_no_error_of_the_database_repeats_a_rows_values(
    database: Database, wrong: Callable[[Connection], None]
) -> None:
    if wrong is _unreadable and database.is_sqlite:
        pytest.skip("SQLite reads anything as a number")
    with pytest.raises(DBAPIError) as caught, database.write() as connection:
        wrong(connection)
    printed = "".join(traceback.format_exception(caught.value))
    assert TOLD not in printed
    assert ("integer" if wrong is _unreadable else "accounts") in printed


def test_an_error_keeps_its_kind_when_its_values_are_left_out(database: Database) -> None:
    with pytest.raises(IntegrityError, match=r"(?i)unique"), database.write() as connection:
        _twice(connection)


def test_a_reader_who_waits_too_long_for_sqlite_is_told_to_try_again(tmp_path: Path) -> None:
    mine = Database(sqlite_url(tmp_path / "busy.db") + "?timeout=0.05")
    with mine.write() as connection:
        connection.execute(text("CREATE TABLE seen (n INTEGER)"))
    mine.close()
    theirs = sqlite3.connect(tmp_path / "busy.db", isolation_level=None)
    theirs.execute("PRAGMA locking_mode=EXCLUSIVE")
    theirs.execute("BEGIN EXCLUSIVE")
    theirs.execute("INSERT INTO seen VALUES (1)")
    with pytest.raises(Busy), mine.read() as connection:
        connection.execute(text("SELECT * FROM seen"))
    theirs.close()
    with mine.read() as connection:
        assert connection.execute(text("SELECT * FROM seen")).all() == []
    mine.close()


def test_a_reader_who_waits_too_long_for_postgresql_is_told_to_try_again(database: Database) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite locks the whole file")
    with database.write() as theirs:
        theirs.execute(text("LOCK TABLE tickets IN ACCESS EXCLUSIVE MODE"))
        with pytest.raises(Busy), database.read() as connection:
            connection.execute(text("SET LOCAL lock_timeout = '50ms'"))
            connection.execute(text("SELECT count(*) FROM tickets"))


def test_a_database_that_cannot_be_reached_is_said_to_be_away(tmp_path: Path) -> None:
    nobody_listens = Database("postgresql://nobody@127.0.0.1:9/none")
    with pytest.raises(Away, match="cannot be reached"), nobody_listens.read():
        pytest.fail("nobody listens there")
    gone = tmp_path / "folder"
    unreachable = Database(sqlite_url(gone / "city.db"))
    gone.rmdir()
    with pytest.raises(Away, match="cannot be reached"), unreachable.read() as connection:
        connection.execute(text("SELECT 1"))
    for each in (nobody_listens, unreachable):
        each.close()


def test_what_is_erased_leaves_no_trace_in_the_file_of_sqlite(tmp_path: Path) -> None:
    database, secret = Database(sqlite_url(tmp_path / "one.db")), "wang 13800000000 "
    with database.write() as connection:
        connection.exec_driver_sql("CREATE TABLE words (id INTEGER PRIMARY KEY, said TEXT)")
        for n in range(50):
            connection.execute(text("INSERT INTO words (said) VALUES (:said)"), {"said": f"{secret}{n}" * 9})
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE words SET said = '' WHERE id % 2")
        connection.exec_driver_sql("DELETE FROM words")
    database.close()
    left = [file.name for file in tmp_path.iterdir() if secret.encode() in file.read_bytes()]
    assert left == []
    with database.read() as connection:
        assert connection.exec_driver_sql("PRAGMA secure_delete").scalar() == 1, (
            "whatever SQLite was built for"
        )
    database.close()


def test_each_statement_of_a_glance_sees_its_own_moment_and_a_later_reading_one_moment_again(
    database: Database,
) -> None:
    def write(value: str) -> None:
        with database.write() as connection:
            write_fact(connection, "told", value)

    write("first")
    with database.glance() as glance, database.read() as snapshot:
        assert read_facts(glance)["told"] == read_facts(snapshot)["told"] == "first"
        write("second")
        assert read_facts(glance)["told"] == "second"
        assert read_facts(snapshot)["told"] == "first"
    with database.read() as again:
        assert read_facts(again)["told"] == "second"
        write("third")
        assert read_facts(again)["told"] == "second"


def test_a_glance_holds_nothing_that_others_wait_for(database: Database) -> None:
    with database.glance() as glance:
        assert glance.scalar(text("SELECT 1")) == 1
        own = glance.connection.driver_connection
        busy = own.in_transaction if database.is_sqlite else own.info.transaction_status.name != "IDLE"
        assert not busy


def test_a_postgresql_asked_for_bytes_sends_them_as_they_are_and_everything_else_means_the_same(
    database: Database,
) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite writes nothing as text")
    kept = bytes(range(256))
    asked = select(literal(kept, LargeBinary), literal(1 << 40, BigInteger), literal("路灯", Text))
    with database.read() as connection:
        plain = connection.execute(asked)
        in_bytes = connection.execute(asked.execution_options(**IN_BYTES))
        forms = [each.cursor.pgresult.fformat(0) for each in (plain, in_bytes)]
        assert forms == [Format.TEXT, Format.BINARY]
        assert plain.one() == in_bytes.one() == (kept, 1 << 40, "路灯")
        assert connection.execute(asked).one() == (kept, 1 << 40, "路灯"), "asked for once, not for good"
