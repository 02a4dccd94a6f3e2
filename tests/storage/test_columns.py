"""Rows that are appended column by column are the rows that were given."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from domain.events import breaks, ticket_stream
from domain.grids import Located
from domain.tickets import Source, Ticket, Words
from storage.columns import append_columns, moments
from storage.database import Database
from storage.event_rows import event_from
from storage.imports import Batch, ImportedTicket, add_tickets, known_ids
from storage.migrate import migrate
from storage.schema import events, search_grams, tickets
from storage.search import wrong_stretches
from storage.tickets import TicketWork, ticket_from
from tests.conftest import sqlite_url

NOW = datetime(2026, 11, 24, 4, 30, 0, 123_456, tzinfo=UTC)

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
instants = st.datetimes(datetime(1900, 1, 1), datetime(2199, 12, 31), timezones=st.just(UTC))
degrees = st.floats(-180, 180, allow_nan=False)
rows = st.lists(
    st.tuples(texts, st.none() | instants, st.none() | degrees, st.none() | st.booleans(), st.booleans()),
    max_size=20,
)


@settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)  # every example empties the table itself
@given(rows)
def test_what_is_appended_as_columns_comes_back_as_it_was(
    database: Database, rows: list[tuple[str, datetime | None, float | None, bool | None, bool]]
) -> None:
    count = len(rows)
    with database.write() as connection:
        connection.execute(delete(tickets))
        append_columns(
            connection,
            tickets,
            {
                "id": range(1, count + 1),
                "no": [f"n{n}" for n in range(count)],
                "state": ["closed"] * count,
                "open": np.zeros(count, np.bool_),
                "holder": ["city"] * count,
                "category": ["–"] * count,
                "urgent": np.array([urgent for *_, urgent in rows], np.bool_),
                "source": ["import"] * count,
                "opened_at": moments([NOW] * count),
                "stage_since": moments([NOW]).repeat(count),
                "address": [address for address, *_ in rows],
                "closed_at": moments(closed for _, closed, *_ in rows),
                "lng": np.array([np.nan if lng is None else lng for _, _, lng, _, _ in rows], np.float64),
                "on_time": [on_time for *_, on_time, _ in rows],
            },
        )
    t = tickets.c
    with database.read() as connection:
        columns = (t.address, t.closed_at, t.lng, t.on_time, t.urgent)
        found = [tuple(row) for row in connection.execute(select(*columns).order_by(t.id))]
        assert found == rows
        assert connection.scalars(select(t.opened_at).distinct()).all() == [NOW] * bool(rows)
        assert connection.scalars(select(t.version).distinct()).all() == [1] * bool(rows), "what is left out"


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(max_size=300), max_size=20))
def test_bytes_come_back_as_they_were(database: Database, places: list[bytes]) -> None:
    count, g = len(places), search_grams.c
    with database.write() as connection:
        connection.execute(delete(search_grams))
        append_columns(
            connection, search_grams, {"stretch": [0] * count, "gram": range(count), "tickets": places}
        )
    with database.read() as connection:
        found = connection.scalars(select(g.tickets).order_by(g.gram))
        assert [bytes(each) for each in found] == places


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
    plain = Ticket(
        holder="city", located=Located(), point=None, category="–", source=Source.GRID, opened_at=NOW, stage_since=NOW,
    )  # fmt: skip
    with database.write() as connection:
        raised = TicketWork(connection).add_ticket(plain, Words(), None)
        connection.execute(update(tickets).where(tickets.c.id == raised.id).values(no="an older number"))
        came = ["A1", "261124-99", "an older number"]
        add_tickets(connection, [Batch.of([ImportedTicket(i, plain) for i in came])], {}, (), now=NOW)
        assert known_ids(connection, [*came, "A2", "no'body\\"]) == set(came)
        imported = select(tickets.c.no).where(tickets.c.once.is_not(None)).order_by(tickets.c.id)
        assert connection.scalars(imported).all() == ["A1", "imp-261124-99", "imp-an older number"]
        assert TicketWork(connection).add_ticket(plain, Words(), None).id == raised.id + 4


def test_whoever_writes_after_an_import_that_failed_holds_no_more_in_memory_than_before(
    tmp_path: Path,
) -> None:
    plain = Ticket(
        holder="city", located=Located(), point=None, category="–", source=Source.GRID, opened_at=NOW, stage_since=NOW,
    )  # fmt: skip
    twice = [Batch.of([ImportedTicket("A1", plain), ImportedTicket("A1", plain)])]
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
