"""What ended is listed and counted without reading all that ever ended, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import Connection, event, insert, select

from domain.grids import Level
from domain.tickets import State
from storage import lists
from storage.counts import Area
from storage.database import Database
from storage.schema import tickets
from storage.wanted import Wanted
from tests.domain.build import MONDAY

AREAS = (Area(), Area(Level.COMMUNITY, ("C",)), Area(Level.COMMUNITY, ("C", "D")), Area(lead="water"))
OTHERWISE = (State.REJECTED, State.CANCELLED)


def fill(database: Database, count: int) -> None:
    random = Random(count)
    states = [State.CLOSED] * 20 + list(OTHERWISE)
    with database.write() as connection:
        connection.execute(
            insert(tickets),
            [
                {"id": n, "no": f"n-{n}", "state": random.choice(states), "open": False, "holder": "C11", "level1": random.choice("CD"),
                 "category": random.choice(("noise", "water")), "urgent": False, "source": "grid", "opened_at": MONDAY,
                 "stage_since": MONDAY, "closed_at": MONDAY + timedelta(minutes=random.randrange(500)), "lead": random.choice(("water", None))}
                for n in range(1, count + 1)
            ],
        )  # fmt: skip


@contextmanager
def asked(database: Database) -> Iterator[list[tuple[str, Any]]]:
    """What the database is asked meanwhile."""
    found: list[tuple[str, Any]] = []

    def note(_: Any, __: Any, statement: str, values: Any, *___: Any) -> None:
        found.append((statement, values))

    event.listen(database.engine, "before_cursor_execute", note)
    yield found
    event.remove(database.engine, "before_cursor_execute", note)


def ways(connection: Connection, statements: list[tuple[str, Any]]) -> str:
    """How SQLite finds what is asked."""
    cursor = connection.connection.cursor()
    steps = [
        row[-1]
        for statement, values in statements
        for row in cursor.execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall()
    ]
    return "\n".join(steps)


@pytest.mark.parametrize("state", OTHERWISE)
@pytest.mark.parametrize("area", AREAS)
def test_what_was_rejected_is_listed_without_reading_what_was_closed(
    database: Database, area: Area, state: State
) -> None:
    fill(database, 400)
    wanted = Wanted(only="ended", state=state, limit=300)
    with database.read() as connection:
        with asked(database) as statements:
            found = lists.list_tickets(connection, area, wanted, MONDAY)
            assert lists.count_tickets(connection, area, wanted, MONDAY) == len(found)
        here = select(tickets).where(area.condition(), tickets.c.state == state.value)
        rows = sorted(connection.execute(here).all(), key=lambda row: (row.closed_at, row.id), reverse=True)
        assert [t.id for t in found] == [row.id for row in rows] and rows
        if database.is_sqlite:
            told = ways(connection, statements)
            assert "ix_tickets_ended_otherwise" in told and "SCAN tickets" not in told


def test_of_a_category_fewer_are_counted_as_they_lie_among_many_others(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "COUNTED", 30)
    monkeypatch.setattr(lists, "COUNTED_OF_CATEGORY", 10)
    fill(database, 100)
    with database.read() as connection:
        for area in AREAS:
            counted = {
                category: lists.count_tickets(
                    connection, area, Wanted(only="ended", category=category, limit=8), MONDAY
                )
                for category in ("", "noise", "hail")
            }
            assert counted == {"": 30, "noise": 10, "hail": 0}


def test_whoever_turns_on_is_told_of_more_until_there_is_no_more(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "COUNTED", 30)
    fill(database, 100)
    with database.read() as connection:
        pages = [Wanted(only="ended", limit=8, offset=offset) for offset in (0, 24, 48, 72, 96)]
        told = [lists.count_tickets(connection, Area(), page, MONDAY) for page in pages]
        more = [n == lists.most_counted(page) for n, page in zip(told, pages, strict=True)]
    assert told == [30, 60, 60, 90, 100]
    assert more == [True, True, True, True, False]
    assert all(n > page.offset + page.limit for n, page in zip(told[:4], pages[:4], strict=True)), (
        "another page"
    )


def test_what_ended_last_is_listed_without_reading_what_is_open(database: Database) -> None:
    fill(database, 100)
    with database.write() as connection:
        connection.execute(tickets.update().where(tickets.c.id > 20).values(open=True, closed_at=None))
    with database.read() as connection, asked(database) as statements:
        found = lists.list_tickets(connection, Area(), Wanted(only="ended", limit=5), MONDAY)
        rows = connection.execute(select(tickets).where(tickets.c.id <= 20)).all()
        newest = sorted(rows, key=lambda row: (row.closed_at, row.id), reverse=True)[:5]
        assert [t.id for t in found] == [row.id for row in newest]
        if database.is_sqlite:
            assert "COVERING INDEX ix_tickets_closed_at" in ways(connection, statements)
