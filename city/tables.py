"""Read tables from the files that people have: CSV (UTF-8, BOM, GBK), XLSX, Parquet – every value as text."""

from __future__ import annotations

import csv
import io
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from domain.said import BadInput, said

SUFFIXES = (".csv", ".txt", ".tsv", ".xlsx", ".parquet")
LARGEST_UNPACKED = 1_000_000_000
"""Bytes that a spreadsheet may unpack to."""

MOST_FIELDS = 1_000
"""Fields of a table; what has more is none."""

LONGEST_NUMBER = 10**15
"""A spreadsheet keeps fifteen digits of a number."""

FORMULA = ("=", "+", "-", "@", "\t", "\n", "＝", "＋", "－", "＠")
"""How a cell begins that a spreadsheet would take for a formula; Chinese ones take the wide signs too."""


@dataclass(frozen=True, slots=True)
class TextTable:
    """A table of texts: its header and its rows, numbered from 1 as people count them below the header."""

    file: str
    header: list[str]
    rows: list[list[str]]
    cut: frozenset[tuple[int, int]] = frozenset()
    """Row and column, from 0, of the cells that a spreadsheet holds as a number too long for it: its end is lost."""

    def column(self, name: str) -> list[str]:
        """The values of one column.

        Raises:
            BadInput: when there is none of this name.
        """
        if name not in self.header:
            present = ", ".join(self.header)
            raise BadInput(
                said(
                    "{file}: has no field {field}; it has {present}.",
                    file=self.file,
                    field=name,
                    present=present,
                )
            )
        at = self.header.index(name)
        return [row[at] for row in self.rows]


def read_table(path: Path) -> TextTable:
    """A file's table.

    Raises:
        BadInput: one sentence with the file, and the row where there is one.
    """
    if not path.is_file():
        raise BadInput(said("{file}: there is no such file.", file=path.name))
    kind = path.suffix.lower()
    if kind not in SUFFIXES:
        raise BadInput(
            said("{file}: tables come as {kinds}.", file=path.name, kinds=", ".join(s[1:] for s in SUFFIXES))
        )
    table = _read_csv(path) if kind in (".csv", ".txt", ".tsv") else _read_frame(path, kind)
    if not table.rows:
        raise BadInput(said("{file}: there is nothing in it.", file=path.name))
    if len(table.header) > MOST_FIELDS:
        raise BadInput(said("{file}: has more than {n} fields.", file=path.name, n=MOST_FIELDS))
    twice = next((name for name, n in Counter(table.header).items() if n > 1), None)
    if twice is not None:
        raise BadInput(said("{file}: field {field} is there twice.", file=path.name, field=twice))
    return table


def _read_csv(path: Path) -> TextTable:
    raw = path.read_bytes()
    if raw[:2] == b"PK" or b"\0" in raw[:4096]:
        raise BadInput(said("{file}: is no CSV text; if it is a spreadsheet, name it .xlsx.", file=path.name))
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = raw.decode("gb18030")
        except UnicodeDecodeError as error:
            raise BadInput(said("{file}: is neither UTF-8 nor GBK text.", file=path.name)) from error
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    try:
        rows = [
            row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True) if row
        ]
    except csv.Error as error:
        raise BadInput(said("{file}: cannot be read as CSV ({why}).", file=path.name, why=error)) from error
    if not rows:
        return TextTable(path.name, [], [])
    header, body = [name.strip() for name in rows[0]], rows[1:]
    for number, row in enumerate(body, start=1):
        if len(row) != len(header):
            raise BadInput(
                said(
                    "{file}: row {row}: has {n} fields, the header has {all}.",
                    file=path.name,
                    row=number,
                    n=len(row),
                    all=len(header),
                )
            )
    return TextTable(path.name, header, body)


def _read_frame(path: Path, kind: str) -> TextTable:
    try:
        if kind == ".xlsx":
            with zipfile.ZipFile(path) as packed:
                if sum(entry.file_size for entry in packed.infolist()) > LARGEST_UNPACKED:
                    raise BadInput(said("{file}: unpacks to more than a gigabyte.", file=path.name))
            frame = pd.read_excel(path, dtype=object, engine="openpyxl", keep_default_na=False)
        else:
            frame = pd.read_parquet(path)
    except BadInput:
        raise
    except UNUSABLE as error:
        why = (str(error).strip().splitlines() or [type(error).__name__])[0][:160]
        raise BadInput(said("{file}: cannot be read as a table ({why}).", file=path.name, why=why)) from error
    texts = frame.map(lambda value: "" if pd.isna(value) else str(value).strip())
    cut = _cut(frame.to_numpy().tolist()) if kind == ".xlsx" else frozenset()
    return TextTable(path.name, [str(c) for c in frame.columns], texts.to_numpy().tolist(), cut)


UNUSABLE = (
    ValueError, TypeError, OSError, LookupError, AttributeError, EOFError, SyntaxError, RuntimeError, zlib.error,
    zipfile.BadZipFile,
)  # fmt: skip
"""What the libraries raise about a workbook that is none inside: each part of it is trusted to be what it is called."""


def _cut(rows: list[list[object]]) -> frozenset[tuple[int, int]]:
    return frozenset(
        (r, c)
        for r, row in enumerate(rows)
        for c, value in enumerate(row)
        if isinstance(value, int | float) and abs(value) >= LONGEST_NUMBER
    )


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A CSV that spreadsheets open rightly: UTF-8 with BOM, no cell a formula, written whole or not at all."""
    scratch = path.with_name(path.name + ".part")
    with scratch.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([harmless(cell) for cell in row] for row in (header, *rows))
    scratch.replace(path)


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula; numbers stay numbers.

    A carriage return becomes a new line: alone and unquoted it would begin another row, and that one with anything.
    """
    cell = cell.replace("\r\n", "\n").replace("\r", "\n")
    if not cell.startswith(FORMULA):
        return cell
    try:
        float(cell)
    except ValueError:
        return "'" + cell
    return cell


def as_it_was(cell: str) -> str:
    """A cell that we wrote, before it was made harmless."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell
