"""The commands as a shell sees them: exit status, one sentence, nothing half written."""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from docx import Document
from typer.testing import CliRunner

from cli.app import app
from tests.conftest import sqlite_url


class Done(NamedTuple):
    """What a command left behind."""

    returncode: int
    stdout: str
    stderr: str


class Shell:
    """Runs commands on one database, as a shell in one folder would."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "city.db"

    def __call__(self, *arguments: object, lang: str = "en") -> Done:
        environment = {"REDGRID_DATABASE_URL": sqlite_url(self.file), "REDGRID_LANG": lang, "COLUMNS": "200"}
        with contextlib.chdir(self.folder):
            result = CliRunner().invoke(app, [str(a) for a in arguments], env=environment)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Done(result.exit_code, result.stdout, result.stderr)

    def count(self, table: str) -> int:
        with sqlite3.connect(self.file) as connection:
            return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        with sqlite3.connect(self.file) as connection:
            return connection.execute(statement).fetchall()

    def run(self, statement: str) -> None:
        with sqlite3.connect(self.file) as connection:
            connection.execute(statement)

    def revision(self) -> int:
        with sqlite3.connect(self.file) as connection:
            return int(connection.execute("SELECT value FROM facts WHERE key = 'revision'").fetchone()[0])


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@pytest.fixture
def demo(shell: Shell, demo_file: Path) -> Shell:
    shutil.copy(demo_file, shell.file)
    return shell


SQUARES = gpd.GeoDataFrame(
    {"code": ["01", "02"], "name": ["东", "西"], "homes": [300, 200]},
    geometry=[shapely.box(124.1, 39.8, 124.2, 39.9), shapely.box(124.2, 39.8, 124.3, 39.9)],
    crs=4326,
)
FIELDS = ("--level", "1", "--code", "code", "--name", "name")


@pytest.fixture
def two_squares(shell: Shell) -> Shell:
    assert shell("init", "--empty").returncode == 0
    SQUARES.to_file(shell.folder / "squares.geojson")
    assert shell("import", "boundaries", "squares.geojson", *FIELDS, "--households", "homes").returncode == 0
    return shell


def test_a_command_without_a_city_says_what_to_do_first(shell: Shell) -> None:
    done = shell("loads")
    assert (done.returncode, done.stderr.strip()) == (
        2,
        "There is no city in this database yet. Start with: redgrid init",
    )


def test_a_database_in_use_is_not_overwritten_unless_forced(demo: Shell) -> None:
    before = demo.count("tickets")
    done = demo("init")
    assert done.returncode == 2 and "--force" in done.stderr
    assert demo.count("tickets") == before
    assert demo("init", "--empty", "--force").returncode == 0
    assert demo.count("tickets") == 0


@pytest.mark.slow
def test_an_empty_database_that_the_clock_has_seen_gets_the_demo_city(shell: Shell) -> None:
    assert shell("init", "--empty").returncode == 0
    assert shell("sweep").returncode == 0
    before = shell.revision()
    done = shell("init")
    assert done.returncode == 0 and "505 grids" in done.stdout, done.stderr
    assert shell.revision() > before, "opened programs notice"
    assert shell("verify").returncode == 0
    seeded = shell.revision()
    assert shell("init", "--empty", "--force").returncode == 0
    assert shell.revision() > seeded


@pytest.mark.slow
def test_loads_verify_check_and_doctor_agree_on_the_demo_city(demo: Shell) -> None:
    loads = json.loads(demo("loads", "--level", 3, "--json").stdout)
    assert len(loads["grids"]) == 382
    assert sum(g["open"] for g in loads["grids"]) + loads["queue"]["open"] == 310
    verified = demo("verify")
    assert verified.returncode == 0 and ", 0 findings" in verified.stdout
    assert demo("check").returncode == 0
    assert demo("doctor").returncode == 0


@pytest.mark.slow
def test_verify_names_what_was_tampered_with(demo: Shell) -> None:
    with sqlite3.connect(demo.file) as connection:
        connection.execute(
            "UPDATE events SET facts = replace(facts, 'raised', 'closed') WHERE stream = 't:5' AND seq = 1"
        )
        connection.execute(
            "UPDATE tickets SET holder = 'nowhere' WHERE id = (SELECT max(id) FROM tickets WHERE open)"
        )
    done = demo("verify")
    assert done.returncode == 1
    assert "-5: event 1 (Raised) was changed." in done.stdout
    assert "holder nowhere does not exist" in done.stdout


def test_words_come_in_the_language_of_the_terminal(demo: Shell) -> None:
    assert "没有账号 nobody" in demo("user", "disable", "nobody", lang="zh").stderr
    assert "There is no account nobody" in demo("user", "disable", "nobody", lang="en").stderr


def test_accounts_need_a_fitting_area_and_a_long_password(demo: Shell) -> None:
    wrong_area = demo(
        "user", "add", "x", "--role", "community", "--area", "210681001", "--password", "long enough"
    )
    assert wrong_area.returncode == 2 and "no area" in wrong_area.stderr
    assert demo("user", "add", "x", "--role", "leader", "--password", "short").returncode == 2
    assert demo("user", "add", "x", "--role", "leader", "--password", "long enough").returncode == 0
    assert demo("user", "add", "x", "--role", "leader", "--password", "long enough").returncode == 2
    assert "x\tLeader" in demo("user", "list").stdout


@pytest.mark.parametrize("role", ["resident", "clock"])
def test_whoever_acts_without_signing_in_has_no_account(demo: Shell, role: str) -> None:
    before = demo.count("accounts")
    for command in (("add", "x", "--role", role, "--password", "long enough"), ("role", "leader", role)):
        done = demo("user", *command)
        assert done.returncode == 2
        assert done.stderr.strip().endswith("acts without an account.")
    assert demo.count("accounts") == before


# --- boundaries -------------------------------------------------------------------------------------------


def write(kind: str, folder: Path) -> Path:
    path = folder / f"b.{kind}"
    if kind == "parquet":
        SQUARES.to_parquet(path)
    elif kind == "zip":
        (folder / "z").mkdir()
        SQUARES.to_file(folder / "z" / "b.shp", encoding="GBK")
        (folder / "z" / "b.cpg").unlink()
        shutil.make_archive(str(folder / "b"), "zip", folder / "z")
    elif kind == "shp":
        SQUARES.to_file(path, encoding="GBK")
        path.with_suffix(".cpg").unlink()
    else:
        SQUARES.to_file(path)
    return path


@pytest.mark.parametrize("kind", ["geojson", "gpkg", "shp", "zip", "parquet"])
def test_boundaries_come_in_from_every_kind_of_file_also_gbk_without_a_word_of_it(
    shell: Shell, kind: str
) -> None:
    shell("init", "--empty")
    done = shell("import", "boundaries", write(kind, shell.folder), *FIELDS)
    assert done.returncode == 0, done.stderr
    loads = json.loads(shell("loads", "--json").stdout)
    assert [(g["code"], g["name"]) for g in loads["grids"]] == [("01", "东"), ("02", "西")]


def test_importing_boundaries_twice_changes_nothing_and_others_are_refused(two_squares: Shell) -> None:
    again = two_squares("import", "boundaries", "squares.geojson", *FIELDS, "--households", "homes")
    assert again.returncode == 0 and "Unchanged" in again.stdout
    SQUARES.assign(code=["01", "03"]).to_file(two_squares.folder / "other.geojson")
    other = two_squares("import", "boundaries", "other.geojson", *FIELDS)
    assert other.returncode == 2 and "already" in other.stderr
    assert two_squares.count("grids") == 2
    assert two_squares.count("events") == 1, "the plan's log tells of the one import"
    assert two_squares("verify").returncode == 0


def test_without_a_parent_field_the_parent_is_the_largest_overlap(two_squares: Shell) -> None:
    gpd.GeoDataFrame(
        {"c": ["x"], "n": ["X"]}, geometry=[shapely.box(124.15, 39.8, 124.21, 39.9)], crs=4326
    ).to_file(two_squares.folder / "l2.geojson")
    done = two_squares("import", "boundaries", "l2.geojson", "--level", 2, "--code", "c", "--name", "n")
    assert done.returncode == 0 and "x reaches over its parent 01" in done.stdout


def test_a_dry_run_writes_nothing(shell: Shell) -> None:
    shell("init", "--empty")
    done = shell("import", "boundaries", write("geojson", shell.folder), *FIELDS, "--dry-run")
    assert done.returncode == 0 and shell.count("grids") == 0


def swapped(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return frame.set_geometry(shapely.transform(frame.geometry.array, lambda c: c[:, ::-1])).set_crs(
        4326, allow_override=True
    )


def feet(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return frame.to_crs(3857).set_crs(4326, allow_override=True)


BAD_BOUNDARIES = {
    "a missing field": (lambda f: f.rename(columns={"code": "kode"}), "has no field code; it has kode"),
    "a missing code": (lambda f: f.assign(code=["01", None]), "row 2: field code is empty"),
    "a code that is there twice": (lambda f: f.assign(code=["01", "01"]), "row 2: code 01 is there twice"),
    "leading zeros eaten": (lambda f: f.assign(code=[1001, 99]), "row 2: code 99 in field code is shorter"),
    "no geometry": (lambda f: f.set_geometry([f.geometry[0], None]), "row 2: has no geometry"),
    "an empty geometry": (
        lambda f: f.set_geometry([f.geometry[0], shapely.Polygon()]),
        "row 2: has no geometry",
    ),
    "a point": (lambda f: f.set_geometry([f.geometry[0], shapely.Point(124, 39)]), "row 2: is a Point"),
    "metres read as degrees": (feet, "--crs EPSG"),
    "longitude and latitude swapped": (swapped, "swapped"),
    "nothing in it": (lambda f: f.iloc[:0], "there is nothing in it"),
    "households that are no number": (
        lambda f: f.assign(homes=["many", "2"]),
        "field homes: many is no number",
    ),
}


@pytest.mark.parametrize("flaw", BAD_BOUNDARIES)
def test_boundaries_with_a_flaw_are_refused_in_one_sentence(shell: Shell, flaw: str) -> None:
    spoil, expected = BAD_BOUNDARIES[flaw]
    shell("init", "--empty")
    spoil(SQUARES).to_parquet(shell.folder / "bad.parquet")
    done = shell("import", "boundaries", "bad.parquet", *FIELDS, "--households", "homes")
    assert (done.returncode, len(done.stderr.strip().splitlines())) == (2, 1), done.stderr
    assert "bad.parquet" in done.stderr and expected in done.stderr
    assert shell.count("grids") == shell.count("plans") == 0


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.geojson", b"PK\x03\x04 no"),
        ("a.zip", b"no zip"),
        ("a.txt", b"x"),
        ("a.gpkg", b""),
        ("gone.shp", None),
    ],
)
def test_what_is_no_boundary_file_is_refused(shell: Shell, name: str, content: bytes | None) -> None:
    shell("init", "--empty")
    if content is not None:
        (shell.folder / name).write_bytes(content)
    done = shell("import", "boundaries", name, *FIELDS)
    assert done.returncode == 2 and name in done.stderr and len(done.stderr.strip().splitlines()) == 1


def test_level_two_needs_level_one_and_known_parents(two_squares: Shell, tmp_path: Path) -> None:
    frame = SQUARES.assign(code=["011", "021"], up=["01", "99"])
    frame.to_file(two_squares.folder / "l2.geojson")
    done = two_squares(
        "import",
        "boundaries",
        "l2.geojson",
        "--level",
        2,
        "--code",
        "code",
        "--name",
        "name",
        "--parent",
        "up",
    )
    assert done.returncode == 2 and "row 2: field up: there is no grid 99" in done.stderr
    empty = Shell(tmp_path / "e")
    empty.folder.mkdir()
    empty("init", "--empty")
    assert (
        "import level 1 first"
        in empty(
            "import",
            "boundaries",
            two_squares.folder / "l2.geojson",
            "--level",
            2,
            "--code",
            "code",
            "--name",
            "name",
        ).stderr
    )


# --- tickets ----------------------------------------------------------------------------------------------

TABLE = pd.DataFrame(
    {
        "id": ["a1", "a2", "a3"], "x": ["124.15", "124.25", "130"], "y": ["39.85", "39.85", "50"],
        "opened": ["2026-07-01 09:00", "2026-07-01T01:00:00Z", "2026/7/2 08:00"], "closed": ["2026-07-02 09:00", "", ""],
        "what": ["噪声扰民", "奇怪的事", "噪声扰民"],
    }
)  # fmt: skip
COLUMNS = (
    "--id",
    "id",
    "--lon",
    "x",
    "--lat",
    "y",
    "--opened",
    "opened",
    "--category",
    "what",
    "--closed",
    "closed",
)


def tickets(
    shell: Shell, frame: pd.DataFrame, *options: str, name: str = "t.csv", encoding: str = "utf-8"
) -> Done:
    if name.endswith(".xlsx"):
        frame.to_excel(shell.folder / name, index=False)
    elif name.endswith(".parquet"):
        frame.to_parquet(shell.folder / name)
    else:
        frame.to_csv(shell.folder / name, index=False, encoding=encoding)
    return shell("import", "tickets", name, *COLUMNS, *options)


@pytest.mark.parametrize(
    ("name", "encoding"),
    [("t.csv", "utf-8"), ("t.csv", "utf-8-sig"), ("t.csv", "gbk"), ("t.xlsx", ""), ("t.parquet", "")],
)
def test_tickets_come_in_from_every_kind_of_file(two_squares: Shell, name: str, encoding: str) -> None:
    done = tickets(two_squares, TABLE, name=name, encoding=encoding)
    assert done.returncode == 0, done.stderr
    assert "3 tickets imported (2 open, 1 in no grid)" in done.stdout
    with sqlite3.connect(two_squares.file) as connection:
        rows = connection.execute(
            "SELECT no, level1, holder, state, live, category, opened_at FROM tickets ORDER BY no"
        ).fetchall()
    assert [r[:6] for r in rows] == [
        ("a1", "01", "01", "closed", 0, "0307"), ("a2", "02", "02", "raised", 0, "奇怪的事"), ("a3", None, "city", "raised", 0, "0307"),
    ]  # fmt: skip
    assert rows[0][6] == rows[1][6], "nine in Shanghai is one in Greenwich"
    assert two_squares("verify").returncode == 0


def test_importing_tickets_twice_imports_nothing_twice_and_live_ones_are_worked(two_squares: Shell) -> None:
    assert "3 tickets imported" in tickets(two_squares, TABLE, "--live").stdout
    assert "0 tickets imported" in tickets(two_squares, TABLE, "--live").stdout
    with sqlite3.connect(two_squares.file) as connection:
        assert connection.execute("SELECT count(*) FROM tickets WHERE live").fetchone()[0] == 2


def test_bad_rows_are_refused_with_their_reason_and_the_others_come_in(two_squares: Shell) -> None:
    bad = TABLE.assign(
        id=["=cmd()", "same", "same"],
        closed=["2026-06-01", "", ""],
        opened=["2026-07-01", "yesterday", "2026-07-01"],
    )
    done = tickets(two_squares, bad)
    assert done.returncode == 1 and "0 tickets imported" not in done.stdout
    refused = (two_squares.folder / "t.refused.csv").read_text(encoding="utf-8-sig").splitlines()
    assert "it closes before it opens" in refused[1] and "'=cmd()" in refused[1]
    assert "field opened: yesterday is no date and time" in refused[2]
    assert two_squares.count("tickets") == 1


def test_a_row_without_a_usable_point_goes_to_the_queue(two_squares: Shell) -> None:
    done = tickets(two_squares, TABLE.assign(x=["", "nan", "inf"], y=["1", "39", "x"]))
    assert done.returncode == 0 and "3 in no grid" in done.stdout


def test_a_point_that_hundreds_of_rows_share_is_a_finding(two_squares: Shell) -> None:
    many = pd.concat([TABLE.iloc[[0]]] * 200).assign(id=[f"m{n}" for n in range(200)])
    done = tickets(two_squares, many)
    assert done.returncode == 0 and "200 rows share the point (124.15, 39.85)" in done.stdout


BAD_TABLES = {
    "swapped": (lambda f: f.rename(columns={"x": "y", "y": "x"}).iloc[:2], "swapped"),
    "metres": (lambda f: f.assign(x=["430000"] * 3, y=["4410000"] * 3), "--crs"),
    "no field": (lambda f: f.drop(columns="what"), "has no field what"),
    "empty": (lambda f: f.iloc[:0], "there is nothing in it"),
}


@pytest.mark.parametrize("flaw", BAD_TABLES)
def test_tables_that_cannot_be_used_are_refused_whole(two_squares: Shell, flaw: str) -> None:
    spoil, expected = BAD_TABLES[flaw]
    done = tickets(two_squares, spoil(TABLE))
    assert done.returncode == 2 and expected in done.stderr and "t.csv" in done.stderr
    assert two_squares.count("tickets") == 0


def test_a_spreadsheet_named_csv_is_told_so(two_squares: Shell) -> None:
    TABLE.to_excel(two_squares.folder / "t.xlsx", index=False)
    shutil.move(two_squares.folder / "t.xlsx", two_squares.folder / "t.csv")
    done = two_squares("import", "tickets", "t.csv", *COLUMNS)
    assert done.returncode == 2 and ".xlsx" in done.stderr


def test_route_adds_codes_and_keeps_everything_else(two_squares: Shell) -> None:
    TABLE.to_csv(two_squares.folder / "t.csv", index=False)
    done = two_squares("route", "t.csv", "--lon", "x", "--lat", "y", "-o", "out.csv")
    assert done.returncode == 0
    out = pd.read_csv(two_squares.folder / "out.csv", dtype=str, keep_default_na=False)
    assert out[list(TABLE.columns)].equals(TABLE)
    assert out[["level1", "level2", "level3"]].to_numpy().tolist() == [
        ["01", "", ""],
        ["02", "", ""],
        ["", "", ""],
    ]


def test_tickets_that_were_there_before_a_level_are_placed_in_it(two_squares: Shell) -> None:
    tickets(two_squares, TABLE)
    SQUARES.assign(code=["011", "021"]).to_file(two_squares.folder / "l2.geojson")
    assert (
        two_squares(
            "import", "boundaries", "l2.geojson", "--level", 2, "--code", "code", "--name", "name"
        ).returncode
        == 0
    )
    loads = json.loads(two_squares("loads", "--level", 2, "--json").stdout)
    assert {g["code"]: g["open"] for g in loads["grids"]} == {"011": 0, "021": 1}


# --- export -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["geojson", "gpkg"])
def test_exported_boundaries_come_in_again_as_they_were(demo: Shell, tmp_path: Path, kind: str) -> None:
    done = demo("export", "boundaries", "--level", 2, "-o", f"grids.{kind}")
    assert done.returncode == 0 and "105 rows" in done.stdout
    frame = gpd.read_file(demo.folder / f"grids.{kind}")
    assert list(frame.columns[:5]) == ["code", "name", "parent", "households", "units"]
    assert frame.households.sum() == 96_817 and bool(shapely.coverage_is_valid(frame.geometry.array))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["tickets", "ledger", "log"])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_tickets_ledger_and_log_are_exported_without_anybodys_words(
    demo: Shell, name: str, kind: str
) -> None:
    # The export itself is an event of the log, and comes after what it wrote.
    rows = demo.count({"tickets": "tickets", "ledger": "meeting_matters", "log": "events"}[name])
    done = demo("export", name, "-o", f"out.{kind}")
    assert done.returncode == 0, done.stderr
    file = demo.folder / f"out.{kind}"
    frame = pd.read_csv(file, dtype=str) if kind == "csv" else pd.read_excel(file, dtype=str)
    assert len(frame) == rows
    assert not {"description", "reporter", "phone", "note", "text"} & set(frame.columns)
    assert "000-0000" not in file.read_bytes().decode("utf-8", errors="ignore")


@pytest.mark.slow
def test_tickets_are_exported_with_their_words_only_where_asked_and_every_export_is_noted(
    demo: Shell,
) -> None:
    for option in ([], ["--with-words"]):
        assert demo("export", "tickets", "-o", "out.csv", *option).returncode == 0
        frame = pd.read_csv(demo.folder / "out.csv", dtype=str, keep_default_na=False)
        typed = {row[0] for row in demo.rows("SELECT address FROM tickets WHERE address != ''")}
        known = {row[0] for row in demo.rows("SELECT name FROM grids")}
        if option:
            assert {"description", "reporter", "phone", "erased"} <= set(frame.columns)
            assert set(frame.address) - {""} == typed
        else:
            assert set(frame.address) - {""} <= known and not typed & (set(frame.address) - known)
    noted = demo.rows("SELECT facts FROM events WHERE kind = 'exported' ORDER BY id")
    assert [json.loads(facts[0])["words"] for facts in noted] == [False, True]
    assert demo("verify").returncode == 0


# --- anchors, erasing ---------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_sweep_anchors_the_day_and_verify_compares_with_a_kept_copy(demo: Shell) -> None:
    assert "is anchored, up to event" in demo("sweep").stdout
    assert "is anchored" not in demo("sweep").stdout
    shutil.copy(demo.folder / "city.anchors.txt", demo.folder / "kept.txt")
    done = demo("verify", "--anchors", "kept.txt")
    assert done.returncode == 0 and "1 anchors verified" in done.stdout
    assert json.loads(demo("verify", "--json").stdout)["not_anchored"] == 0
    (demo.folder / "kept.txt").write_text(f"2026-11-20 5 5 {'a' * 64}\n")
    done = demo("verify", "--anchors", "kept.txt")
    assert done.returncode == 1 and "The anchor of 2026-11-20 is missing" in done.stdout
    assert demo("verify", "--anchors", "none.txt").returncode == 2


def test_personal_data_is_erased_from_the_shell(demo: Shell) -> None:
    (ended,) = demo.rows("SELECT no FROM tickets WHERE state = 'closed' ORDER BY id LIMIT 1")[0]
    done = demo("erase", ended)
    assert done.returncode == 0 and "personal data was erased" in done.stdout
    again = demo("erase", ended)
    assert again.returncode == 2 and "nothing to erase" in again.stderr
    (still,) = demo.rows("SELECT no FROM tickets WHERE open AND parent_id IS NULL ORDER BY id LIMIT 1")[0]
    assert "the rest goes when it ends" in demo("erase", still, "--reason", "mistake").stdout
    assert demo("verify").returncode == 0


def test_who_placed_an_order_is_erased_from_the_shell(demo: Shell) -> None:
    (ended,) = demo.rows("SELECT id FROM orders WHERE state = 'rated' ORDER BY id LIMIT 1")[0]
    done = demo("erase", "--order", ended)
    assert done.returncode == 0 and f"Order {ended}: personal data was erased" in done.stdout
    assert demo.rows(f"SELECT count(*) FROM list_words WHERE list = 'orders' AND row_id = {ended}") == [(0,)]
    again = demo("erase", "--order", ended)
    assert again.returncode == 2 and "nothing to erase" in again.stderr
    (still,) = demo.rows("SELECT id FROM orders WHERE state = 'ordered' ORDER BY id LIMIT 1")[0]
    assert "still open" in demo("erase", "--order", still).stderr
    assert demo("verify").returncode == 0


def test_what_was_kept_for_years_is_counted_first_and_then_erased(demo: Shell) -> None:
    assert demo("erase", "--older-than-years", 5, "--dry-run").stdout.startswith("0 tickets")
    demo.run("UPDATE tickets SET closed_at = closed_at - 200000000000000 WHERE state = 'closed' AND id < 40")
    n = demo.rows("SELECT count(*) FROM tickets WHERE state = 'closed' AND id < 40")[0][0]
    assert demo("erase", "--older-than-years", 5, "--dry-run").stdout.startswith(f"{n} tickets")
    assert demo("erase", "--older-than-years", 5).stdout.startswith(f"Personal data of {n} tickets")
    assert demo("erase", "--older-than-years", 5, "--dry-run").stdout.startswith("0 tickets")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["1", "--older-than-years", 3],
        ["1", "--dry-run"],
        ["1", "--order", 2],
        ["--order", 10**6],
        ["--order", 1, "--dry-run"],
        ["--order", 1, "--reason", "because"],
        ["1", "--reason", "because"],
        ["no such ticket"],
    ],
)
def test_what_cannot_be_erased_is_refused_in_one_sentence(demo: Shell, arguments: list[object]) -> None:
    done = demo("erase", *arguments)
    assert done.returncode == 2 and len(done.stderr.strip().splitlines()) == 1


def test_the_report_of_a_period_is_written_and_noted(demo: Shell) -> None:
    period = ("--from", "2025-11-25", "--to", "2026-11-24")
    community = demo.rows("SELECT code FROM grids WHERE level = 1 ORDER BY code LIMIT 1")[0][0]
    for lang, unit in (("en", ()), ("zh", ("--unit", community))):
        done = demo("export", "report", *period, "-o", f"{lang}.docx", *unit, lang=lang)
        assert done.returncode == 0 and f"{lang}.docx" in done.stdout
        assert Document(str(demo.folder / f"{lang}.docx")).tables
    noted = [
        json.loads(row[0])
        for row in demo.rows("SELECT facts FROM events WHERE kind = 'exported' ORDER BY id")
    ]
    assert [(each["what"], each["unit"]) for each in noted] == [("report", "city"), ("report", community)]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--from", "2026-13-01", "--to", "2026-12-31", "-o", "r.docx"], "2026-13-01 is no day"),
        (["--from", "2026-12-31", "--to", "2026-01-01", "-o", "r.docx"], "ends before it begins"),
        (
            ["--from", "2026-01-01", "--to", "2026-12-31", "-o", "r.pdf"],
            "r.pdf: the report is written as docx",
        ),
        (
            ["--from", "2026-01-01", "--to", "2026-12-31", "-o", "r.docx", "--unit", "nowhere"],
            "There is no unit nowhere",
        ),
        (["--from", "2026-01-01", "--to", "2026-12-31", "-o", "gone/r.docx"], "r.docx: cannot be written"),
    ],
)
def test_a_report_that_cannot_be_written_is_told_in_one_sentence(
    demo: Shell, arguments: list[str], sentence: str
) -> None:
    done = demo("export", "report", *arguments)
    assert done.returncode == 2 and sentence in done.stderr and done.stderr.count("\n") == 1
    assert not list(demo.folder.glob("**/*.docx")) and not list(demo.folder.glob("**/*.pdf"))


def test_an_export_of_an_unknown_kind_writes_nothing(demo: Shell) -> None:
    for arguments in (
        ["export", "tickets", "-o", "out.pdf"],
        ["export", "boundaries", "--level", 1, "-o", "out.dwg"],
        ["export", "tickets", "-o", "gone/out.csv"],
    ):
        done = demo(*arguments)
        assert done.returncode == 2 and len(done.stderr.strip().splitlines()) == 1
    assert not list(demo.folder.glob("out.*"))


KML = """<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><name>东</name>
<ExtendedData><Data name="code"><value>01</value></Data></ExtendedData><Polygon><outerBoundaryIs><LinearRing><coordinates>
124.1,39.8,0 124.2,39.8,0 124.2,39.9,0 124.1,39.9,0 124.1,39.8,0</coordinates></LinearRing></outerBoundaryIs></Polygon>
</Placemark></Document></kml>"""


def test_boundaries_come_in_from_kml(shell: Shell) -> None:
    shell("init", "--empty")
    (shell.folder / "b.kml").write_text(KML, encoding="utf-8")
    done = shell("import", "boundaries", "b.kml", "--level", 1, "--code", "code", "--name", "Name")
    assert done.returncode == 0, done.stderr
    assert [(g["code"], g["name"]) for g in json.loads(shell("loads", "--json").stdout)["grids"]] == [
        ("01", "东")
    ]
