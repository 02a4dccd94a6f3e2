"""A whole city of the first version – something in every table – comes over, step by step or at once, or stays as it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Select, column, func, insert, inspect, select, table, text
from sqlalchemy.exc import DBAPIError
from starlette.testclient import TestClient

from city import opened
from city.opened import City
from city.settings import Settings
from city.sweeping import sweep_city
from city.verifying import verify
from demo.first import make_ready
from domain.grids import Level
from domain.said import Busy, Refused
from storage import migrate as migrating
from storage.database import Database
from storage.schema import events, imported_categories, metadata, notes, photos, ratings, sessions, tickets
from storage.seeding import continue_numbering
from tests.conftest import NOON, CityAtNoon, sqlite_url
from tests.server.client import client_of, sign_in

FIRST = "0001"
STEPS = [step.revision for step in ScriptDirectory.from_config(migrating._config()).walk_revisions()][::-1]

T = tickets.c
PLAIN = (
    T.state.in_(("raised", "accepted", "dispatched", "in_progress", "closed")),
    *(each == 0 for each in (T.card, T.returns, T.extensions, T.rework)),
    *(each.is_(None) for each in (T.queue, T.asked, T.parent_id, T.duplicate_of)),
    T.cycle == 1,
    T.source == "grid",
    T.id.not_in(select(ratings.c.ticket_id)),
    T.id.not_in(select(photos.c.ticket_id)),
)
"""Tickets to which nothing happened that the first version did not know."""

FACTS = ("city_name", "city_name_en", "demo", "revision")


@pytest.fixture(params=["sqlite", "postgresql"])
def first(request: pytest.FixtureRequest, tmp_path: Path, demo_file: Path) -> Iterator[Database]:
    """A database of the first version, with what of the demo city it could hold."""
    if request.param == "sqlite":
        made = Database(sqlite_url(tmp_path / "first.db"))
    else:
        made = Database(request.getfixturevalue("postgres_url"))
        with made.write() as connection:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE")
            connection.exec_driver_sql("CREATE SCHEMA public")
    demo = Database(sqlite_url(demo_file))
    with made.write() as new, demo.read() as old:
        migrating.bring_up(new, FIRST)
        _fill(new, old)
    demo.close()
    yield made
    made.close()


def _fill(new: Connection, old: Connection) -> None:
    chosen = select(T.id).where(*PLAIN).order_by(T.open.desc(), T.id).limit(300)
    ids = list(old.scalars(chosen))
    of_tickets = select(events.c.id).where(events.c.stream.in_([f"t:{n}" for n in ids]))
    wanted: Mapping[str, Select[Any]] = {
        "tickets": select(tickets).where(T.id.in_(ids)),
        "ticket_words": select(metadata.tables["ticket_words"]).where(
            text("ticket_id IN (SELECT id FROM tickets)")
        ),
        "events": select(events).where(events.c.id.in_(of_tickets)),
        "notes": select(notes).where(notes.c.event_id.in_(of_tickets)),
        "facts": select(metadata.tables["facts"]).where(metadata.tables["facts"].c.key.in_(FACTS)),
        "meetings": select(metadata.tables["meetings"]).where(text("held_at IS NOT NULL")),
    }
    there = inspect(new)
    held: set[int] = set()
    for each in metadata.sorted_tables:
        if each.name not in there.get_table_names():
            continue
        known = {c["name"] for c in there.get_columns(each.name)}
        rows = [
            {key: value for key, value in row._mapping.items() if key in known}
            for row in old.execute(wanted.get(each.name, select(each)))
        ]
        if each.name == "ticket_words":
            rows = [row for row in rows if row["ticket_id"] in ids]
        if each.name == "meetings":
            held = {row["id"] for row in rows}
        if each.name == "meeting_matters":
            rows = [row | {"ticket_id": None} for row in rows if row["meeting_id"] in held and row["outcome"]]
        if each is imported_categories:
            rows = [{"code": "old", "name": "an old kind"}]
        if each is sessions:
            rows = [
                {
                    "token_hash": "x",
                    "account_id": 1,
                    "created_at": NOON,
                    "expires_at": NOON + timedelta(days=1),
                }
            ]
        columns = [column(key, each.c[key].type) for key in rows[0]]
        new.execute(insert(table(each.name, *columns)), rows)
        continue_numbering(new, each)


def counts(database: Database) -> dict[str, int]:
    """How many rows every table has."""
    with database.read() as connection:
        names = set(inspect(connection).get_table_names()) - {"alembic_version"}
        return {name: connection.scalar(select(func.count()).select_from(table(name))) or 0 for name in names}


FOUND_ANEW = {"search_grams", "search_stretches"}
"""What leads from texts to tickets is no more than these say: steps may empty it, the last leaves it whole."""


def revision(database: Database) -> str | None:
    with database.read() as connection:
        return migrating.current(connection)


def opened_city(database: Database) -> City:
    url = database.engine.url.render_as_string(hide_password=False)
    return CityAtNoon(Settings(database_url=url, anchor_file=""))


def test_a_whole_city_of_the_first_version_works_under_this_one(
    first: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = counts(first)
    assert min(before.values()) >= 1, "something in every table"
    assert migrating.migrate(first) == STEPS[-1]
    assert {name: n for name, n in counts(first).items() if name in before} == before
    city = opened_city(first)
    assert verify(city).findings == ()
    monkeypatch.setattr(opened, "_here", city)
    assert make_ready(city) is None
    assert sweep_city(city) is not None
    assert verify(city).findings == (), "also after the clock acted"
    client: TestClient = sign_in(client_of(), "member")
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/m").status_code == 200
    assert sum(load.open for load in city.loads(Level.COMMUNITY).values()) > 100
    city.database.close()


def test_every_step_alone_keeps_what_was_there(first: Database) -> None:
    for step in STEPS[1:]:
        before = counts(first)
        with first.rebuild() as connection:
            assert migrating.bring_up(connection, step) == step
        kept = before.keys() - FOUND_ANEW
        assert {name: n for name, n in counts(first).items() if name in kept} == {
            name: before[name] for name in kept
        }
    assert all(counts(first)[name] for name in FOUND_ANEW)
    city = opened_city(first)
    assert verify(city).findings == ()
    city.database.close()


def test_a_step_that_fails_leaves_everything_as_it_was(first: Database) -> None:
    with first.write() as connection:
        connection.exec_driver_sql("CREATE TABLE tiles (mine INTEGER)")
    before = counts(first)
    with pytest.raises(DBAPIError):
        migrating.migrate(first)
    assert (counts(first), revision(first)) == (before, FIRST)
    with first.write() as connection:
        connection.exec_driver_sql("DROP TABLE tiles")
    assert migrating.migrate(first) == STEPS[-1]


def test_what_would_point_at_nothing_is_not_kept(first: Database) -> None:
    if not first.is_sqlite:
        pytest.skip("PostgreSQL looks at every row by itself")
    with pytest.raises(DBAPIError, match="ticket_words"), first.rebuild() as connection:
        connection.exec_driver_sql("DELETE FROM tickets")
    assert counts(first)["tickets"] == 300
    with pytest.raises(DBAPIError), first.write() as connection:
        connection.exec_driver_sql("DELETE FROM tickets")


def test_a_schema_of_another_version_is_told_with_what_to_do(first: Database) -> None:
    city = opened_city(first)
    if first.is_sqlite:
        make_ready(city)
        assert revision(first) == STEPS[-1], "nobody else works with a file"
    else:
        with pytest.raises(Refused, match="redgrid migrate"):
            make_ready(city)
        assert revision(first) == FIRST
    with first.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    for attempt in (lambda: migrating.migrate(first), lambda: make_ready(city)):
        with pytest.raises(Refused, match="newer version"):
            attempt()
    assert revision(first) == "9999"
    city.database.close()


def test_whoever_still_reads_sees_the_city_as_it_was(
    first: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An old process at work: SQLite lets it read on, PostgreSQL is waited for, and nothing is half."""
    monkeypatch.setattr(migrating, "WAITS_SECONDS", 0.2)
    old = Database(first.engine.url.render_as_string(hide_password=False))
    with old.read() as connection:
        seen = connection.scalar(text("SELECT count(*) FROM tickets"))
        if first.is_sqlite:
            migrating.migrate(first)
        else:
            with pytest.raises(Busy):
                migrating.migrate(first)
            assert revision(first) == FIRST
        assert connection.scalar(text("SELECT count(*) FROM tickets")) == seen
        assert connection.scalar(text("SELECT version_num FROM alembic_version")) == FIRST
    assert migrating.migrate(first) == STEPS[-1]
    old.close()
