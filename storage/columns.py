"""Append many rows given column by column: what is converted is converted a column at a time, in a third of the time.

A column is a list of texts, bytes, numbers, booleans and None, or an array: of numbers, where NaN stands for nothing, of
booleans, or of moments in UTC, where NaT does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import NoneType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Dialect, Table

from storage.copying import copying
from storage.schema import microseconds

Moments = NDArray[np.datetime64]
Column = Sequence[Any] | NDArray[Any]
Columns = Mapping[str, Column]

LINES = 1_000
"""Rows that are handed to a COPY at a time: the server works on some while the next are written here."""

NOTHING = r"\N"
"""How COPY writes that there is no value."""

MARKS = re.compile(r"[\\\t\n\r]")
"""What means something to COPY and must be written otherwise inside a text."""

WRITTEN = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


def moments(found: Iterable[datetime | None]) -> Moments:
    """Moments as a column."""
    nothing = np.iinfo(np.int64).min
    whole = [nothing if moment is None else microseconds(moment) for moment in found]
    return np.array(whole, np.int64).view("datetime64[us]")


@dataclass(frozen=True, slots=True)
class Ready:
    """Rows as a database's driver takes them: values of each, or for COPY the text of some lines at a time."""

    columns: Sequence[str]
    written: Iterable[Any]


def ready(dialect: Dialect, columns: Columns) -> Ready:
    """Columns of one length as rows, all written at once: in another thread perhaps, while the database is at other things."""
    made = _as_rows(dialect, columns)
    return Ready(made.columns, list(made.written))


def append_columns(connection: Connection, table: Table, columns: Columns) -> None:
    """Append rows given as columns of one length; a column of the table that is left out gets its default.

    Raises:
        DBAPIError: as any statement does.
    """
    append_ready(connection, table, _as_rows(connection.dialect, columns))


def append_ready(connection: Connection, table: Table, rows: Ready) -> None:
    """The same with rows that are written already."""
    quoted = ", ".join(connection.dialect.identifier_preparer.quote(name) for name in rows.columns)
    if _is_copied(connection.dialect):
        with copying(connection, f"COPY {table.name} ({quoted}) FROM STDIN") as copy:
            for lines in rows.written:
                copy.write(lines)
        return
    if written := list(rows.written):
        marks = ", ".join("?" * len(rows.columns))
        connection.exec_driver_sql(f"INSERT INTO {table.name} ({quoted}) VALUES ({marks})", written)


def _is_copied(dialect: Dialect) -> bool:
    return dialect.name == "postgresql"


def _as_rows(dialect: Dialect, columns: Columns) -> Ready:
    """For COPY they are written one after the other as they are asked for: the server works on some meanwhile."""
    written = _lines(columns) if _is_copied(dialect) else zip(*map(_as_values, columns.values()), strict=True)
    return Ready(list(columns), written)


def _lines(columns: Columns) -> Iterator[str]:
    for start in range(0, len(next(iter(columns.values()))), LINES):
        texts = [_as_text(column[start : start + LINES]) for column in columns.values()]
        yield "".join("\t".join(row) + "\n" for row in zip(*texts, strict=True))


def _as_values(column: Column) -> Sequence[Any]:
    """A column as SQLite's driver takes it: moments are whole microseconds since 1970."""
    if not isinstance(column, np.ndarray):
        return column
    kind = column.dtype.kind
    if kind not in "Mf":
        return column.tolist()  # type: ignore[no-any-return]
    gone = np.isnan(column) if kind == "f" else np.isnat(column)
    values = (column if kind == "f" else column.astype("datetime64[us]").view(np.int64)).tolist()
    for n in np.flatnonzero(gone).tolist():
        values[n] = None
    return values  # type: ignore[no-any-return]


def _as_text(column: Column) -> Sequence[str]:
    """A column as COPY reads it."""
    if not isinstance(column, np.ndarray) or column.dtype.kind not in "Mf":
        return _texts(column if isinstance(column, Sequence) else column.tolist())
    if column.dtype.kind == "f":
        gone, texts = np.isnan(column), list(map(repr, column.tolist()))
    else:
        gone, texts = np.isnat(column), np.datetime_as_string(column, timezone="UTC").tolist()
    for n in np.flatnonzero(gone).tolist():
        texts[n] = NOTHING
    return texts


def _texts(values: Sequence[Any]) -> Sequence[str]:
    kinds = set(map(type, values))
    if kinds <= {bool, NoneType}:
        return list(map(ANSWERS.__getitem__, values))
    if kinds == {int}:
        return list(map(str, values))
    if not kinds <= {str, NoneType}:
        return [WRITE[type(value)](value) for value in values]
    if MARKS.search("".join(filter(None, values))):
        return [NOTHING if value is None else value.translate(WRITTEN) for value in values]
    return values if NoneType not in kinds else [NOTHING if value is None else value for value in values]


ANSWERS: Mapping[bool | None, str] = {True: "t", False: "f", None: NOTHING}

WRITE: Mapping[type, Callable[[Any], str]] = {
    str: lambda value: value.translate(WRITTEN),
    bool: lambda value: "t" if value else "f",
    int: str,
    float: repr,
    bytes: lambda value: rf"\\x{value.hex()}",
    NoneType: lambda _: NOTHING,
}
"""How COPY writes a value."""
