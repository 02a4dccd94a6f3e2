"""Changed households come from the table that a city keeps: whole or not at all, each wrong row told."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from tests.cli.test_commands import FIELDS, SQUARES, Shell


@pytest.fixture
def city(tmp_path: Path) -> Shell:
    """A city of two grids with 300 and 200 households."""
    shell = Shell(tmp_path)
    shell("init", "--empty")
    SQUARES.to_file(tmp_path / "squares.geojson")
    assert shell("import", "boundaries", "squares.geojson", *FIELDS, "--households", "homes").returncode == 0
    return shell


def table(shell: Shell, *rows: str, header: str = "unit,households", encoding: str = "utf-8") -> str:
    (shell.folder / "homes.csv").write_bytes("\n".join([header, *rows, ""]).encode(encoding))
    return "homes.csv"


def homes(shell: Shell) -> dict[str, int]:
    return dict(shell.rows("SELECT code, households FROM grids ORDER BY code"))


def test_households_come_in_and_the_same_table_again_changes_nothing(city: Shell) -> None:
    done = city("import", "households", table(city, "01,310", "02,200"))
    assert (done.returncode, done.stderr) == (0, "")
    assert (
        "1 units have other households, 1 as they were, 0 rows refused; the city: 500 → 510." in done.stdout
    )
    assert homes(city) == {"01": 310, "02": 200}
    revision = city.revision()
    again = city("import", "households", "homes.csv")
    assert "0 units have other households, 2 as they were" in again.stdout and city.revision() == revision
    assert city("verify").returncode == 0


def test_a_plan_that_is_drawn_on_the_former_numbers_is_named(city: Shell) -> None:
    city("export", "plan", "-o", "plan.csv")
    assert city("import", "plan", "plan.csv", "--plan", "Draft 1").returncode == 0
    would = city("import", "households", table(city, "01,310"), "--dry-run")
    assert "Drawn on the former numbers, and would be stopped: Draft 1." in would.stdout
    assert "Branch new drafts" not in would.stdout
    refused = city("import", "households", table(city, "01,310", "02,viele"))
    assert refused.returncode == 1 and "former numbers" not in refused.stdout, "nothing was stopped"
    done = city("import", "households", table(city, "01,310"))
    assert "Drawn on the former numbers: Draft 1. Branch new drafts from the plan in force." in done.stdout
    assert city("check", "--plan", "Draft 1").returncode == 1
    assert city("import", "plan", "plan.csv", "--plan", "Draft 2").returncode == 0


def test_while_a_row_is_refused_nothing_is_written_and_the_rows_come_back_with_their_reasons(
    city: Shell,
) -> None:
    done = city("import", "households", table(city, "1,310", "02,viele", "02,7"))
    assert done.returncode == 1
    assert "homes.csv: row 1: field unit: there is no unit 1; a spreadsheet may have eaten" in done.stderr
    assert "homes.csv: row 2: field households: viele is no number of households." in done.stderr
    assert "homes.csv: row 3: field unit: unit 02 has a row already, row 2." in done.stderr
    assert "Nothing was written." in done.stdout
    assert homes(city) == {"01": 300, "02": 200}
    refused = (city.folder / "homes.refused.csv").read_text("utf-8-sig").splitlines()
    assert len(refused) == 4 and refused[0] == "row,why,unit,households"


def test_a_dry_run_reads_everything_and_writes_nothing(city: Shell) -> None:
    done = city("import", "households", table(city, "01,310"), "--dry-run")
    assert done.returncode == 0 and "Nothing was written." in done.stdout
    assert homes(city) == {"01": 300, "02": 200} and city.count("units") == 0


def test_fields_of_other_names_in_gbk_and_a_workbook_come_in(city: Shell) -> None:
    named = ("--unit", "地块", "--households", "户数")
    file = table(city, "01,310", header="地块,户数", encoding="gb18030")
    assert city("import", "households", file, *named).returncode == 0
    book = openpyxl.Workbook()
    assert book.active
    for row in (["地块", "户数"], ["01", 320], ["02", 210]):
        book.active.append(row)
    book.save(city.folder / "homes.xlsx")
    assert city("import", "households", "homes.xlsx", *named).returncode == 0
    assert homes(city) == {"01": 320, "02": 210}


@pytest.mark.parametrize(
    ("file", "why"),
    [("none.csv", "none.csv: there is no such file."), ("homes.pdf", "homes.pdf: tables come as csv")],
)
def test_what_is_no_table_is_refused_in_one_sentence(city: Shell, file: str, why: str) -> None:
    (city.folder / "homes.pdf").write_bytes(b"%PDF")
    done = city("import", "households", file)
    assert done.returncode == 2 and why in done.stderr and done.stderr.count("\n") == 1
