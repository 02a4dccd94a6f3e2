"""Write small tables for spreadsheets, in memory: CSV with BOM, XLSX; numbers stay numbers, no text is a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

import xlsxwriter

from city.tables import harmless

Cell = str | int | Decimal

CSV_KIND = "text/csv"
XLSX_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A named table: its first row is its header."""

    name: str
    rows: Sequence[Sequence[Cell]]
    for_codes: bool = False
    """Whether whatever is typed into it later stays text: a long code would become a number and lose its end."""


def csv_bytes(rows: Iterable[Sequence[Cell]]) -> bytes:
    """The table as a CSV that spreadsheets open rightly."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows([harmless(str(cell)) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def xlsx_bytes(sheets: Iterable[Sheet]) -> bytes:
    """The tables as one workbook."""
    scratch = io.BytesIO()
    book = xlsxwriter.Workbook(
        scratch, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    with book:
        as_text = book.add_format({"num_format": "@"})
        two_places = book.add_format({"num_format": "0.00"})
        for sheet in sheets:
            page = book.add_worksheet(sheet.name)
            page.freeze_panes(1, 0)
            if sheet.for_codes:
                page.set_column(0, max(0, *map(len, sheet.rows)) - 1, 20, as_text)
            for r, row in enumerate(sheet.rows):
                for c, cell in enumerate(row):
                    if isinstance(cell, str):
                        page.write_string(r, c, harmless(cell), as_text if sheet.for_codes else None)
                    else:
                        page.write_number(r, c, cell, two_places if isinstance(cell, Decimal) else None)
    return scratch.getvalue()
