"""Write a table's rows as text and read them back, the same from SQLite as from PostgreSQL.

The text is that of PostgreSQL's COPY: a row a line, columns between tabs, ``\\N`` for nothing, a backslash before what
would be read otherwise. PostgreSQL speaks it by itself; for SQLite each value is turned here, by the kind of its column.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import JSON, Boolean, Connection, Float, Integer, LargeBinary, Table
from sqlalchemy.types import TypeEngine

from storage.copying import copying
from storage.schema import Instant, microseconds

Columns = Sequence[tuple[str, str]]
"""Names of columns, each with the kind of what stands in it."""

NOTHING = "\\N"
AT_ONCE = 2_000
"""Rows that SQLite reads or writes at a time."""

_KINDS: Sequence[tuple[type[TypeEngine[Any]] | type[Instant], str]] = (
    (Instant, "instant"), (Boolean, "bool"), (LargeBinary, "bytes"), (JSON, "json"), (Float, "float"), (Integer, "int"),
)  # fmt: skip
"""The kind of each type of column; whatever is none of these is text."""


def columns_of(table: Table) -> Columns:
    """A table's columns in their order."""
    return [(column.name, _kind(column.type)) for column in table.columns]


def _kind(of: Any) -> str:
    return next((kind for made, kind in _KINDS if isinstance(of, made)), "text")


# --- values and text -------------------------------------------------------------------------------------------

_ESCAPES = str.maketrans(
    {"\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v"}
)
_UNESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _escaped(text: str) -> str:
    return str(text).translate(_ESCAPES)


def _unescaped(text: str) -> str:
    return _ESCAPED.sub(lambda found: _UNESCAPES.get(found[1], found[1]), text) if "\\" in text else text


def _moment(micros: int) -> str:
    return (_EPOCH + timedelta(microseconds=micros)).isoformat(sep=" ")


def _micros(text: str) -> int:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone is no moment")
    return microseconds(moment.astimezone(UTC))


def _truth(text: str) -> int:
    return {"t": 1, "f": 0}[text]


def _bytes(text: str) -> bytes:
    if not text.startswith("\\\\x"):
        raise ValueError("bytes begin with \\x")
    return bytes.fromhex(text[3:])


TO_TEXT: Mapping[str, Callable[[Any], str]] = {
    "instant": _moment,
    "bool": lambda value: "t" if value else "f",
    "bytes": lambda value: "\\\\x" + value.hex(),
    "json": _escaped,
    "float": lambda value: repr(float(value)),
    "int": str,
    "text": _escaped,
}
"""How a value of SQLite is written, by the kind of its column."""

FROM_TEXT: Mapping[str, Callable[[str], Any]] = {
    "instant": _micros,
    "bool": _truth,
    "bytes": _bytes,
    "json": _unescaped,
    "float": float,
    "int": int,
    "text": _unescaped,
}
"""How a value of SQLite is read from the text."""


def line_of(values: Sequence[Any], columns: Columns) -> str:
    """A row of SQLite as a line, without its end."""
    return "\t".join(
        NOTHING if value is None else TO_TEXT[kind](value)
        for value, (_, kind) in zip(values, columns, strict=True)
    )


def values_of(line: str, columns: Columns) -> tuple[Any, ...]:
    """A line as a row of SQLite.

    Raises:
        ValueError: when it does not have these columns, or a value is not of its kind.
    """
    texts = line.split("\t")
    if len(texts) != len(columns):
        raise ValueError(f"{len(texts)} values for {len(columns)} columns")
    try:
        return tuple(
            None if text == NOTHING else FROM_TEXT[kind](text)
            for text, (_, kind) in zip(texts, columns, strict=True)
        )
    except KeyError as error:
        raise ValueError("neither true nor false") from error


# --- tables ----------------------------------------------------------------------------------------------------


def copied_out(connection: Connection, table: str, columns: Columns) -> Iterator[bytes]:
    """A table's rows as pieces of text, each of whole lines; the connection's transaction says as of when."""
    named = _named(connection, columns)
    name = connection.dialect.identifier_preparer.quote(table)
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL TIME ZONE 'UTC'")
        connection.exec_driver_sql("SET LOCAL datestyle = 'ISO'")
        connection.exec_driver_sql("SET LOCAL bytea_output = 'hex'")
        with copying(connection, f"COPY (SELECT {named} FROM {name}) TO STDOUT") as copy:
            yield from (bytes(piece) for piece in copy)
        return
    rows = connection.exec_driver_sql(f"SELECT {named} FROM {name}", execution_options={"yield_per": AT_ONCE})
    for some in rows.partitions():
        yield "".join(f"{line_of(row, columns)}\n" for row in some).encode()


def copy_in(connection: Connection, table: str, columns: Columns, lines: Iterable[bytes]) -> None:
    """Append the rows of these lines, each with its end, to a table.

    Raises:
        ValueError: when a line is no row of this table.
        DBAPIError: when the database does not take a row; the message repeats no value.
    """
    named = _named(connection, columns)
    name = connection.dialect.identifier_preparer.quote(table)
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL datestyle = 'ISO'")
        with copying(connection, f"COPY {name} ({named}) FROM STDIN") as copy:
            for some in _by(AT_ONCE, lines):
                copy.write(b"".join(some))
        return
    insert = f"INSERT INTO {name} ({named}) VALUES ({', '.join('?' * len(columns))})"
    rows = (values_of(line.decode().removesuffix("\n"), columns) for line in lines)
    for many in _by(AT_ONCE, rows):
        connection.exec_driver_sql(insert, many)


def _named(connection: Connection, columns: Columns) -> str:
    quote = connection.dialect.identifier_preparer.quote
    return ", ".join(quote(name) for name, _ in columns)


def _by(n: int, things: Iterable[Any]) -> Iterator[list[Any]]:
    ahead = iter(things)
    while some := list(islice(ahead, n)):
        yield some
