"""PostgreSQL's COPY through its own driver, whose errors are told like every other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from storage.database import first_sentence


@contextmanager
def copying(connection: Connection, statement: str) -> Iterator[Any]:
    """A COPY, in or out.

    Raises:
        DBAPIError: of the kind that any other statement would raise, without a row's values.
    """
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
