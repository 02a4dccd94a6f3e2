"""Append many rows at once: by COPY on PostgreSQL, which takes a third of the time of its inserts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Table, insert
from sqlalchemy.exc import DBAPIError

from storage.database import first_sentence


def append(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    """Append rows that all have the same columns; what is left out gets its default."""
    if connection.dialect.name != "postgresql":
        connection.execute(insert(table), list(rows))
        return
    columns = list(rows[0])
    quoted = ", ".join(connection.dialect.identifier_preparer.quote(name) for name in columns)
    with copying(connection, f"COPY {table.name} ({quoted}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row([row[name] for name in columns])


@contextmanager
def copying(connection: Connection, statement: str) -> Iterator[Any]:
    """PostgreSQL's COPY, in or out; what its driver raises by itself is told like every other error: by its kind,
    without a row's values."""
    driver: Any = connection.connection.driver_connection
    errors = connection.dialect.loaded_dbapi.Error
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            yield copy
    except errors as error:
        error.args = (first_sentence(error),)
        raise DBAPIError.instance(
            statement, None, error, errors, hide_parameters=True, dialect=connection.dialect
        ) from error
