"""Fill an empty database in one transaction, many rows at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Table, func, insert, inspect, select, text

from storage import days, facts
from storage.schema import metadata
from storage.search import seal

CHUNK = 2_000


def is_new(connection: Connection) -> bool:
    """Was this database never used? One that was made empty on purpose has a schema and is not new."""
    return not inspect(connection).get_table_names()


def is_empty(connection: Connection) -> bool:
    """Is there nothing in the database yet?"""
    counted = ("plans", "tickets", "accounts")
    return not any(connection.scalar(select(func.count()).select_from(metadata.tables[t])) for t in counted)


def clear(connection: Connection) -> None:
    """Remove every row of every table; the schema stays, and the revision goes on, so that opened programs notice."""
    before = facts.revision(connection)
    for table in reversed(metadata.sorted_tables):
        connection.execute(table.delete())
    days.make_anew(connection)  # of nothing: what was removed is no change that anybody adds up
    facts.write_fact(connection, facts.REVISION, before)


def fill(connection: Connection, rows: Mapping[str, Iterable[dict[str, Any]]]) -> None:
    """Insert rows, table by table in the order that foreign keys ask for."""
    unknown = set(rows) - set(metadata.tables)
    if unknown:
        raise KeyError(f"no such table: {', '.join(sorted(unknown))}")
    for table in metadata.sorted_tables:
        found = list(rows.get(table.name, ()))
        for start in range(0, len(found), CHUNK):
            connection.execute(insert(table), found[start : start + CHUNK])
        continue_numbering(connection, table)
    seal(connection)
    days.fold(connection)


def continue_numbering(connection: Connection, table: Table) -> None:
    """Go on after the highest number given: PostgreSQL's sequences do not see numbers that were given."""
    if connection.dialect.name != "postgresql" or list(table.primary_key.columns.keys()) != ["id"]:
        return
    highest = connection.scalar(select(func.max(table.c.id)))
    if highest:
        connection.execute(
            text("SELECT setval(pg_get_serial_sequence(:table, 'id'), :highest)"),
            {"table": table.name, "highest": highest},
        )
