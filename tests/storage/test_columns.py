"""Rows that are appended column by column are the rows that were given."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from storage.columns import append_columns, moments
from storage.database import Database
from storage.schema import search_grams, tickets

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
        lists = {"stretch": [0] * count, "gram": range(count), "size": [*map(len, places)], "tickets": places}
        append_columns(connection, search_grams, lists)
    with database.read() as connection:
        found = connection.scalars(select(g.tickets).order_by(g.gram))
        assert [bytes(each) for each in found] == places
