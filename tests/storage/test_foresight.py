"""What foresight reads of tickets: points and flags of a year, facts of what is open, nothing that anybody said."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import insert

from domain.grids import Located
from domain.place import LngLat
from domain.tickets import State
from storage.database import Database
from storage.foresight import open_tickets, raised_since
from storage.schema import tickets
from tests.domain.build import MONDAY

DAY = timedelta(days=1)
NOW = MONDAY + 400 * DAY
SINCE = NOW - 365 * DAY


def keep(database: Database, *rows: dict[str, Any]) -> None:
    """Tickets in progress, raised a month ago in grid C11, but for what is told."""
    usual = {
        "state": "in_progress", "open": True, "holder": "C11", "level1": "C", "level2": "C1", "level3": "C11",
        "lng": 124.0, "lat": 39.0, "category": "noise", "urgent": False, "source": "grid", "address": "somebody's home",
        "opened_at": NOW - 30 * DAY, "stage_since": NOW - 30 * DAY, "due_at": NOW + DAY,
    }  # fmt: skip
    with database.write() as connection:
        for n, row in enumerate(rows, start=1):
            connection.execute(insert(tickets).values(usual | {"no": f"t{n}"} | row))


def year(database: Database) -> list[tuple[float | None, float | None, int]]:
    with database.read() as connection:
        return [row for rows in raised_since(connection, SINCE, NOW) for row in rows]


def test_the_year_is_what_was_raised_in_it_and_no_assistants_part(database: Database) -> None:
    keep(
        database,
        {"lng": 1.0},
        {"lng": 2.0, "opened_at": SINCE - DAY},
        {"lng": 3.0, "parent_id": 1},
        {"lng": 4.0},
    )
    assert sorted(row[0] or 0 for row in year(database)) == [1.0, 4.0]


def test_late_is_what_was_handled_late_or_is_overdue_now(database: Database) -> None:
    ended = {"open": False, "state": "closed", "due_at": NOW - DAY}
    keep(
        database,
        {"lng": 1.0, "due_at": NOW - DAY},
        {"lng": 2.0},
        {"lng": 3.0, **ended, "on_time": False},
        {"lng": 4.0, **ended, "on_time": True},
        {"lng": 5.0, **ended, "on_time": None},
        {"lng": None, "lat": None, "due_at": None},
    )
    assert {lng: late for lng, _, late in year(database)} == {1.0: 1, 2.0: 0, 3.0: 1, 4.0: 0, 5.0: 0, None: 0}


def test_of_open_tickets_facts_are_read_and_no_address(database: Database) -> None:
    keep(
        database,
        {"no": "b"},
        {"no": "a", "lng": None, "lat": None, "level3": None},
        {"no": "c", "open": False},
    )
    with database.read() as connection:
        found = open_tickets(connection)
    assert [(t.no, t.state, t.holder, t.address) for t in found] == [
        ("a", State.IN_PROGRESS, "C11", ""),
        ("b", State.IN_PROGRESS, "C11", ""),
    ]
    assert [t.point for t in found] == [None, LngLat(124.0, 39.0)]
    assert [t.located for t in found] == [Located("C", "C1", None), Located("C", "C1", "C11")]
