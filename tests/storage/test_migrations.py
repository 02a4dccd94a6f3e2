"""A city that was kept by an earlier version comes over whole, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Connection, column, insert, select, table

from domain.actions.sweep import sweep
from domain.events import Event, ticket_stream
from domain.tickets import State
from storage import lists, search
from storage import migrate as migrating
from storage.counts import Area
from storage.database import Database
from storage.schema import Instant, meeting_matters, meetings, tickets
from storage.seeding import continue_numbering
from storage.store import TicketStore
from storage.tickets import TicketWork
from storage.wanted import Wanted
from tests.conftest import sqlite_url
from tests.domain.build import MONDAY, RULES


@pytest.fixture(params=["sqlite", "postgresql"])
def old_city(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database of the first version with a ticket, a meeting and a matter that was moved up."""
    if request.param == "sqlite":
        made = Database(sqlite_url(tmp_path / "old.db"))
    else:
        made = Database(request.getfixturevalue("postgres_url"))
        with made.write() as connection:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE")
            connection.exec_driver_sql("CREATE SCHEMA public")
    with made.write() as connection:
        config = migrating._config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        _fill(connection)
    yield made
    made.close()


def _fill(connection: Connection) -> None:
    due = MONDAY + timedelta(hours=2)
    rows: dict[str, list[dict[str, Any]]] = {
        "tickets": [
            {
                "id": 7, "no": "old-7", "state": "raised", "open": True, "holder": "C11", "level1": "C", "level2": "C1",
                "level3": "C11", "category": "noise", "urgent": False, "source": "grid", "opened_at": MONDAY,
                "stage_since": MONDAY, "warn_at": MONDAY + timedelta(minutes=96), "due_at": due, "live": True,
            }
        ],
        "meetings": [
            {"id": n, "tier": tier, "unit": unit, "regular": True, "held_at": MONDAY + timedelta(days=n), "title": tier}
            for n, tier, unit in ((1, "community", "C"), (2, "street", "S"))
        ],
        "meeting_matters": [
            {"id": 1, "meeting_id": 1, "from_matter": None, "title": "Parking", "outcome": "moved_up"},
            {"id": 2, "meeting_id": 2, "from_matter": 1, "title": "Parking", "outcome": "settled"},
        ],
    }  # fmt: skip
    moments = {"opened_at", "stage_since", "warn_at", "due_at", "held_at"}
    for name, found in rows.items():
        columns = [column(key, Instant() if key in moments else None) for key in found[0]]
        connection.execute(insert(table(name, *columns)), found)
    for numbered in (tickets, meetings, meeting_matters):
        continue_numbering(connection, numbered)


def test_tickets_meetings_and_matters_come_over(old_city: Database) -> None:
    migrating.migrate(old_city)
    with old_city.read() as connection:
        ticket = lists.one_ticket(connection, no="old-7")
        held = connection.execute(select(meetings).order_by(meetings.c.id)).all()
        matters = connection.execute(select(meeting_matters).order_by(meeting_matters.c.id)).all()
        assert migrating.is_current(connection)
    assert ticket and (ticket.state, ticket.holder, ticket.due_at) == (
        State.RAISED, "C11", MONDAY + timedelta(hours=2),
    )  # fmt: skip
    assert (ticket.handle_by, ticket.wake_at) == (ticket.due_at, ticket.warn_at)
    assert [(m.state, m.closed_at == m.held_at) for m in held] == [("closed", True), ("closed", True)]
    assert [(m.id, m.from_matter, m.outcome, m.origin) for m in matters] == [
        (1, None, "moved_up", "own"), (2, 1, "settled", "own"),
    ]  # fmt: skip


def test_old_tickets_are_found_by_their_text(old_city: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "SMALL", 8)
    migrating.migrate(old_city)
    with old_city.read() as connection:
        assert [(s.first, s.last) for s in search.stretches(connection)] == [(0, 7)]
        found = lists.list_tickets(connection, Area(), Wanted(text="LD-7"), MONDAY)
    assert [ticket.no for ticket in found] == ["old-7"]


def test_new_rows_go_on_after_the_old_ones(old_city: Database) -> None:
    migrating.migrate(old_city)
    with old_city.write() as connection:
        added = connection.execute(
            insert(meetings)
            .values(tier="city", unit="city", regular=True, state="open", present=[])
            .returning(meetings.c.id)
        ).scalar_one()
    assert added == 3


def test_a_migrated_city_can_be_swept(old_city: Database) -> None:
    migrating.migrate(old_city)
    with old_city.write() as connection:
        # The first version wrote an event with every ticket; this is the least of it.
        connection.execute(tickets.update().values(version=1))
        facts = {"state": "raised", "holder": "C11", "category": "noise", "urgent": False, "role": "member"}
        TicketWork(connection).add_event(Event(ticket_stream(7), 0, MONDAY, "raised", None, facts))
    done = sweep(TicketStore(old_city), RULES, now=MONDAY + timedelta(hours=3))
    assert done and done.did["hand_up"] == 1
