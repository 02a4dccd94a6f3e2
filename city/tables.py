"""Read tables from the files that people have: CSV (UTF-8, BOM, GBK), XLSX, Parquet – every value as text."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import pandas as pd

from domain.said import BadInput, said
from gis.apart import Unreadable, apart
from gis.packed import must_unpack_small

SUFFIXES = (".csv", ".txt", ".tsv", ".xlsx", ".parquet")
LARGEST_UNPACKED = 1_000_000_000
"""Bytes that a spreadsheet may unpack to."""

LARGEST_FILE = 2_000_000_000
"""Bytes of a table: all of it is held at once."""

MOST_FIELDS = 1_000
"""Fields of a table; what has more is none."""

MOST_TOLD = 30
"""Fields that are named where one is missing."""

UNFIT = re.compile("[\x00\ud800-\udfff]")
"""What no database keeps: the end of a text in its middle, halves of letters."""

LONGEST_NUMBER = 10**15
"""A spreadsheet keeps fifteen digits of a number."""

FORMULA = ("=", "+", "-", "@", "\t", "\n", "＝", "＋", "－", "＠")
"""How a cell begins that a spreadsheet would take for a formula; Chinese ones take the wide signs too."""


@dataclass(frozen=True)
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
            present = ", ".join(name[:64] for name in self.header[:MOST_TOLD])
            raise BadInput(
                said(
                    "{file}: has no field {field}; it has {present}.",
                    file=self.file,
                    field=name,
                    present=present,
                )
            )
        return list(self._columns[self.header.index(name)]) if self.rows else []

    @cached_property
    def _columns(self) -> list[tuple[str, ...]]:
        """All at once: a table is mostly asked for every one."""
        return list(zip(*self.rows, strict=True))


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
    if path.stat().st_size > LARGEST_FILE:
        raise BadInput(said("{file}: is larger than {n} MB.", file=path.name, n=LARGEST_FILE // 1_000_000))
    table = _read_csv(path) if kind in (".csv", ".txt", ".tsv") else _read_frame(path, kind)
    if not table.rows:
        raise BadInput(said("{file}: there is nothing in it.", file=path.name))
    if len(table.header) > MOST_FIELDS:
        raise BadInput(said("{file}: has more than {n} fields.", file=path.name, n=MOST_FIELDS))
    twice = next((name for name, n in Counter(table.header).items() if n > 1), None)
    if twice is not None:
        raise BadInput(said("{file}: field {field} is there twice.", file=path.name, field=twice[:64]))
    return table


def _read_csv(path: Path) -> TextTable:
    raw = path.read_bytes()
    if raw[:2] == b"PK" or b"\0" in raw:
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
    if kind == ".xlsx":
        must_unpack_small(path, LARGEST_UNPACKED)
    try:
        return apart(table_in, path, kind)
    except Unreadable as error:
        raise BadInput(
            said("{file}: cannot be read as a table ({why}).", file=path.name, why=error)
        ) from error


def table_in(path: Path, kind: str) -> TextTable:
    """What is in a spreadsheet or a Parquet file, every value as text. For a process of its own."""
    if kind == ".xlsx":
        frame = pd.read_excel(path, dtype=object, engine="openpyxl", keep_default_na=False)
    else:
        frame = pd.read_parquet(path)
    header, rows = [str(c) for c in frame.columns], frame.map(_as_text).to_numpy().tolist()
    for number, row in enumerate([header, *rows]):
        if spoilt := [name for name, text in zip(header, row, strict=True) if UNFIT.search(text)]:
            field = UNFIT.sub("?", spoilt[0])[:64]
            raise BadInput(
                said("{file}: row {row}: field {field} holds characters that are no text.", file=path.name, row=number, field=field)
            )  # fmt: skip
    cut = _cut(frame.to_numpy().tolist()) if kind == ".xlsx" else frozenset()
    return TextTable(path.name, header, rows, cut)


def _as_text(value: object) -> str:
    """A cell as text; what a spreadsheet or a Parquet file holds beside texts, numbers and dates is told as it is written."""
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return ""
    return str(value).strip()


def _cut(rows: list[list[object]]) -> frozenset[tuple[int, int]]:
    return frozenset(
        (r, c)
        for r, row in enumerate(rows)
        for c, value in enumerate(row)
        if isinstance(value, int | float) and abs(value) >= LONGEST_NUMBER
    )


def codes_cut(table: TextTable) -> TextTable:
    """The table with every number that a spreadsheet cut as the spreadsheet shows it, and cells that we once made harmless
    as they were."""
    rows = [[as_it_was(cell) for cell in row] for row in table.rows]
    for r, c in table.cut:
        rows[r][c] = f"{float(rows[r][c]):.5E}"
    return replace(table, rows=rows)


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
