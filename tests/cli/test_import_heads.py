"""Heads of a city's own come from the table it keeps: each wrong row is told, the others stand, terms stay on record."""

from __future__ import annotations

import io
import sqlite3
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

from tests.cli.test_commands import FIELDS, SQUARES, Shell

HEADER = "code,name,title,work_phone,duties,photo"


@pytest.fixture
def city(tmp_path: Path) -> Shell:
    """A city of two grids without heads."""
    shell = Shell(tmp_path)
    shell("init", "--empty")
    SQUARES.to_file(tmp_path / "squares.geojson")
    assert shell("import", "boundaries", "squares.geojson", *FIELDS).returncode == 0
    return shell


def table(shell: Shell, *rows: str, header: str = HEADER, name: str = "heads.csv") -> str:
    (shell.folder / name).write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return name


def picture(path: Path, size: tuple[int, int] = (900, 1200)) -> None:
    out = io.BytesIO()
    Image.effect_noise(size, 80).convert("RGB").save(out, "JPEG", quality=95)
    path.write_bytes(out.getvalue())


def names(shell: Shell) -> list[tuple[str, str, bool]]:
    """Each term: the grid, the name, whether it runs."""
    with sqlite3.connect(shell.file) as connection:
        rows = connection.execute("SELECT grid, name, until IS NULL FROM heads ORDER BY id").fetchall()
    return [(grid, name, bool(runs)) for grid, name, runs in rows]


def test_heads_come_with_their_photos_made_small(city: Shell) -> None:
    (city.folder / "photos").mkdir()
    picture(city.folder / "photos" / "wang.jpg")
    file = table(city, "01,王示安,书记,0415-000-0001,入户走访,photos/wang.jpg", "02,李示宁,,,,")
    done = city("import", "heads", file)
    assert (done.returncode, done.stderr) == (0, "") and "2 heads begin" in done.stdout
    assert names(city) == [("01", "王示安", True), ("02", "李示宁", True)]
    with sqlite3.connect(city.file) as connection:
        photo, demo = connection.execute("SELECT photo, demo FROM heads WHERE grid = '01'").fetchone()
    with Image.open(io.BytesIO(photo)) as kept:
        assert max(kept.size) <= 480 and len(photo) <= 40_000 and not demo


def test_the_same_table_again_changes_nothing_and_another_ends_the_terms(city: Shell) -> None:
    file = table(city, "01,王示安,书记,,,", "02,李示宁,,,,")
    city("import", "heads", file)
    revision = city.revision()
    again = city("import", "heads", file)
    assert "2 stay as they are" in again.stdout and city.revision() == revision
    table(city, "01,赵示康,书记,,,", "02,,,,,")
    changed = city("import", "heads", file)
    assert "1 heads begin, 1 grids are vacant" in changed.stdout
    assert names(city) == [("01", "王示安", False), ("02", "李示宁", False), ("01", "赵示康", True)]
    assert city.revision() > revision


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("99,王示安,,,,", "row 1: field code: there is no grid 99."),
        (",王示安,,,,", "row 1: field code: there is no grid –."),
        ("01,,书记,,,", "row 1: field name: is empty."),
        ("01,王示安,,call me,,", "row 1: field work_phone: call me is no telephone number."),
        (f"01,{'长' * 61},,,,", "row 1: field name: has more than 60 characters."),
        ("01,王示安,,,,none.jpg", "row 1: field photo: there is no file none.jpg beside the table."),
        # No system has a file of such a name; asking for it is an error of its own.
        (f"01,王示安,,,,{'x' * 300}", f"row 1: field photo: there is no file {'x' * 80} beside the table."),
        (
            "01,王示安,,,,../secret.jpg",
            "row 1: field photo: there is no file ../secret.jpg beside the table.",
        ),
        ("01,王示安,,,,heads.csv", "row 1: field photo: heads.csv is no photo."),
    ],
)
def test_a_wrong_row_is_told_and_refused_the_others_stand(
    city: Shell,
    row: str,
    why: str,
) -> None:
    picture(city.folder.parent / "secret.jpg", (8, 8))
    done = city("import", "heads", table(city, row, "02,李示宁,,,,"))
    assert done.returncode == 1 and f"heads.csv: {why}" in done.stderr
    assert names(city) == [("02", "李示宁", True)]
    refused = (city.folder / "heads.refused.csv").read_text("utf-8-sig").splitlines()
    assert len(refused) == 2 and refused[0] == f"row,why,{HEADER}"


def test_a_grid_has_one_row(city: Shell) -> None:
    done = city("import", "heads", table(city, "01,王示安,,,,", "01,李示宁,,,,"))
    assert done.returncode == 1 and "row 2: field code: grid 01 has a row already." in done.stderr
    assert names(city) == [("01", "王示安", True)]


def test_what_cannot_be_used_writes_nothing(city: Shell) -> None:
    missing = city("import", "heads", "none.csv")
    nameless = city("import", "heads", table(city, "01", header="code"))
    tried = city("import", "heads", table(city, "01,王示安,,,,"), "--dry-run")
    assert (missing.returncode, nameless.returncode, tried.returncode) == (2, 2, 0)
    assert "none.csv: there is no such file." in missing.stderr and "has no field name" in nameless.stderr
    assert "Nothing was written." in tried.stdout and city.count("heads") == 0


def test_a_spreadsheet_with_fields_of_its_own_comes_in(city: Shell) -> None:
    frame = pd.DataFrame({"编码": ["01"], "姓名": ["王示安"], "电话": ["0415-000-0001"]})
    frame.to_excel(city.folder / "heads.xlsx", index=False)
    fields = ("--code", "编码", "--name", "姓名", "--work-phone", "电话")
    assert city("import", "heads", "heads.xlsx", *fields).returncode == 0
    assert names(city) == [("01", "王示安", True)]
