"""Tickets of a table come in as they are, once each; a store that is filled is as it would have been without haste."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, func, inspect, select, update
from sqlalchemy.engine.interfaces import ReflectedIndex
from sqlalchemy.exc import IntegrityError
from sqlalchemy.schema import CreateTable

from domain.events import breaks, ticket_stream
from domain.grids import Located
from domain.tickets import Source, State, Ticket, Words
from storage import imports, search
from storage.database import Database
from storage.days import keeping, wrong_days
from storage.event_rows import event_from
from storage.imports import Batch, ImportedTicket, add_tickets, known_ids
from storage.migrate import migrate
from storage.schema import day_counts, events, metadata, tickets
from storage.search import SMALL, wrong_stretches
from storage.tickets import TicketWork, ticket_from
from tests.conftest import sqlite_url

NOW = datetime(2026, 11, 24, 4, 30, 0, 123_456, tzinfo=UTC)

PLAIN = Ticket(
    holder="city", located=Located(), point=None, category="–", source=Source.GRID, opened_at=NOW, stage_since=NOW,
)  # fmt: skip


def test_an_imported_ticket_is_kept_as_it_came_and_its_log_holds(database: Database) -> None:
    came = [
        ImportedTicket(
            f"A\t{n}\\N",
            Ticket(
                holder="1",
                located=Located("1"),
                point=None,
                category="路灯",
                source=Source.IMPORT,
                address="一号楼\n二单元",
                opened_at=NOW - timedelta(days=n),
                stage_since=NOW,
                due_at=NOW if n % 2 else None,
            ),
        )
        for n in range(1_100)
    ]
    with database.write() as connection:
        add_tickets(connection, [Batch.of(came[:3]), Batch.of([]), Batch.of(came[3:])], {}, (), now=NOW)
    with database.read() as connection:
        kept = [ticket_from(row) for row in connection.execute(select(tickets).order_by(tickets.c.id))]
        assert [(one.no, one.opened_at, one.due_at, one.address) for one in kept] == [
            (one.source_id, one.ticket.opened_at, one.ticket.due_at, one.ticket.address) for one in came
        ]
        log = [event_from(row) for row in connection.execute(select(events))]
        assert {event.stream for event in log} == {ticket_stream(one.id) for one in kept}
        assert not [event for event in log if breaks([event])]
        assert log[0].facts == {
            "state": "raised",
            "holder": "1",
            "category": "路灯",
            "urgent": False,
            "role": "import",
            "live": True,
        }
        assert not list(wrong_stretches(connection))


def test_a_number_that_is_given_here_stays_free_and_known_ids_are_found_again(database: Database) -> None:
    with database.write() as connection:
        raised = TicketWork(connection).add_ticket(PLAIN, Words(), None)
        connection.execute(update(tickets).where(tickets.c.id == raised.id).values(no="an older number"))
        came = ["A1", "261124-99", "an older number"]
        add_tickets(connection, [Batch.of([ImportedTicket(i, PLAIN) for i in came])], {}, (), now=NOW)
        assert known_ids(connection, [*came, "A2", "no'body\\"]) == set(came)
        imported = select(tickets.c.no).where(tickets.c.once.is_not(None)).order_by(tickets.c.id)
        assert connection.scalars(imported).all() == ["A1", "imp-261124-99", "imp-an older number"]
        assert TicketWork(connection).add_ticket(PLAIN, Words(), None).id == raised.id + 4


def test_whoever_writes_after_an_import_that_failed_holds_no_more_in_memory_than_before(
    tmp_path: Path,
) -> None:
    twice = [Batch.of([ImportedTicket("A1", PLAIN), ImportedTicket("A1", PLAIN)])]
    database = Database(sqlite_url(tmp_path / "city.db"))
    migrate(database)

    def kept() -> object:
        with database.read() as connection:
            return connection.exec_driver_sql("PRAGMA cache_size").scalar_one()

    before = kept()
    with pytest.raises(IntegrityError), database.write() as connection:
        add_tickets(connection, twice, {}, (), now=NOW)
    assert kept() == before
    database.close()


# --- a store that is filled ------------------------------------------------------------------------------------------


def many(count: int, begin: int = 0) -> list[Batch]:
    """So many closed tickets of three years, under numbers of their own."""
    came = [
        ImportedTicket(
            f"M{n}",
            replace(
                PLAIN,
                state=State.CLOSED,
                located=Located(f"{n % 3}", f"{n % 3}{n % 5}", f"{n % 3}{n % 5}{n % 7}"),
                lead="water" if n % 2 else None,
                opened_at=NOW - timedelta(hours=n),
                handled_at=NOW,
                on_time=bool(n % 4),
                closed_at=NOW,
            ),
        )
        for n in range(begin, begin + count)
    ]
    return [Batch.of(came)]


def indexes(database: Database) -> dict[str, list[tuple[str, ...]]]:
    """Every index and key there is, by its table, as the database itself tells of it."""
    found = inspect(database.engine)

    def told(index: ReflectedIndex) -> tuple[str, ...]:
        rows = index.get("dialect_options", {}).get(f"{found.dialect.name}_where", "")
        return str(index["name"]), str(index["column_names"]), str(index["unique"]), str(rows)

    def key(name: str) -> tuple[str, ...]:
        found_key = found.get_pk_constraint(name)
        return str(found_key["name"]), str(found_key["constrained_columns"])

    return {name: [key(name), *sorted(map(told, found.get_indexes(name)))] for name in metadata.tables}


@contextmanager
def dropped_in(database: Database) -> Iterator[list[str]]:
    """The statements that drop an index meanwhile."""
    said: list[str] = []

    def hear(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.strip().startswith("DROP INDEX"):
            said.append(statement)

    event.listen(database.engine, "before_cursor_execute", hear)
    try:
        yield said
    finally:
        event.remove(database.engine, "before_cursor_execute", hear)


def filled(database: Database, batches: list[Batch]) -> None:
    with database.write() as connection:
        add_tickets(connection, batches, {}, ["water"], now=NOW)


@pytest.mark.parametrize("in_memory", [keeping.IN_MEMORY, 1_499])
def test_a_store_that_is_filled_has_every_index_again_and_counts_and_finds_all(
    database: Database, monkeypatch: pytest.MonkeyPatch, in_memory: int
) -> None:
    """Also where they are too many to be counted in our own memory."""
    monkeypatch.setattr(keeping, "IN_MEMORY", in_memory)
    before = indexes(database)
    with dropped_in(database) as dropped:
        filled(database, many(1_500))
    assert dropped, "they were made at the end"
    assert indexes(database) == before
    assert "PRIMARY KEY" in str(CreateTable(day_counts)), "the next store is made with it as well"
    with database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(tickets)) == 1_500
        assert not wrong_days(connection)
        assert not list(wrong_stretches(connection))


@pytest.mark.parametrize("ahead", [0, 2 * SMALL, search.AHEAD])
def test_however_many_texts_are_held_while_the_database_works_all_are_found(
    database: Database, monkeypatch: pytest.MonkeyPatch, ahead: int
) -> None:
    monkeypatch.setattr(search, "AHEAD", ahead)
    filled(database, many(5_000))
    with database.read() as connection:
        assert [s.first // SMALL for s in search.stretches(connection)] == [3, 2, 1, 0]
        assert not list(wrong_stretches(connection))


def test_an_import_that_fails_leaves_what_was_not_begun_beside_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, failed = [], threading.Event()

    def slowly(*_: Any) -> None:
        begun.append(failed.wait(30))
        time.sleep(0.1)

    def fail(*_: Any) -> None:
        failed.set()
        raise RuntimeError("no room for an index")

    monkeypatch.setattr(search, "SMALL", 16)
    monkeypatch.setattr(search, "_found", slowly)
    monkeypatch.setattr(imports, "make_again", fail)
    with pytest.raises(RuntimeError, match="no room"):
        filled(database, many(1_500))
    assert len(begun) < 20, "of 93"


def test_whoever_looks_at_the_counts_before_the_tickets_does_not_stop_a_store_from_being_filled(
    database: Database,
) -> None:
    """On PostgreSQL he waits for the tickets, and so nobody may wait for him."""
    before, looked = indexes(database), threading.Event()

    def look() -> list[int | None]:
        with database.read() as connection:
            counted = connection.scalar(select(func.count()).select_from(day_counts))
            looked.set()
            until = time.monotonic() + 30
            while not database.is_sqlite and not is_held(connection) and time.monotonic() < until:
                time.sleep(0.01)
            return [counted, connection.scalar(select(func.count()).select_from(tickets))]

    with ThreadPoolExecutor(1) as beside:
        seen = beside.submit(look)
        looked.wait()
        filled(database, many(1_500))
        assert seen.result() == [0, 0], "of the moment at which he began to look"
    assert indexes(database) == before
    with database.read() as connection:
        assert not wrong_days(connection)


def is_held(connection: Connection) -> bool:
    """Does somebody have the tickets for himself?"""
    asked = (
        "SELECT count(*) FROM pg_locks WHERE relation = 'tickets'::regclass AND mode = 'AccessExclusiveLock'"
    )
    return bool(connection.exec_driver_sql(asked).scalar())


def test_where_fewer_come_than_a_store_is_filled_by_no_index_is_away(database: Database) -> None:
    filled(database, many(100))
    with dropped_in(database) as dropped:
        filled(database, many(999, begin=100))
        assert not dropped
        filled(database, many(11_000, begin=2_000))
        assert dropped
    with database.read() as connection:
        assert not wrong_days(connection)


def test_a_store_whose_filling_failed_is_as_it_was(database: Database) -> None:
    before = indexes(database)
    (good,) = many(50)
    in_no_state = Batch(
        ["A1"], {name: column[:1] for name, column in good.columns.items()} | {"state": [None]}
    )
    with pytest.raises(IntegrityError):
        filled(database, [good, in_no_state])
    assert indexes(database) == before
    with database.read() as connection:
        assert not connection.scalar(select(func.count()).select_from(tickets))
        assert not wrong_days(connection)


def test_of_two_who_fill_a_store_with_the_same_table_at_once_one_does(database: Database) -> None:
    """As an import does it: first it looks what is known."""
    at_once, new = threading.Barrier(2), []

    def bring(_: int) -> None:
        at_once.wait()
        batch = many(1_500)[0]
        with database.write() as connection:
            imports.hold_tickets(connection, 1_500)
            known = known_ids(connection, batch.source_ids)
            if not known:
                add_tickets(connection, [batch], {}, ["water"], now=NOW)
            new.append(len(batch.source_ids) - len(known))

    with ThreadPoolExecutor(2) as both:
        list(both.map(bring, range(2)))
    assert sorted(new) == [0, 1_500]


def test_whoever_reads_while_a_store_is_filled_sees_all_of_it_or_nothing(database: Database) -> None:
    """On PostgreSQL they wait for it, also in the middle of what they read."""
    is_through, seen = threading.Event(), set()

    def read() -> None:
        while not is_through.is_set():
            with database.read() as connection:
                for _ in range(3):
                    seen.add(connection.scalar(select(func.count()).select_from(tickets)))
                    connection.scalar(select(func.count()).select_from(events))

    with ThreadPoolExecutor(4) as readers:
        reading = [readers.submit(read) for _ in range(4)]
        filled(database, many(3_000))
        is_through.set()
        for each in reading:
            each.result()
    assert seen <= {0, 3_000}
