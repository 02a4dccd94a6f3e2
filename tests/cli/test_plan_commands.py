"""The commands of plans as a shell sees them: exit status, one sentence, nothing half written."""

from __future__ import annotations

import csv
import json
import shutil
import zipfile
from pathlib import Path

import geopandas as gpd
import openpyxl
import pytest
import shapely

from city.drafts import approve, open_draft, send
from city.opened import City
from city.settings import Settings
from storage import people
from tests.cli.test_commands import FIELDS, Shell
from tests.conftest import sqlite_url


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@pytest.fixture
def demo(shell: Shell, demo_file: Path) -> Shell:
    shutil.copy(demo_file, shell.file)
    return shell


@pytest.fixture
def exported(demo: Shell) -> Shell:
    """The demo city with its plan in force in a file."""
    done = demo("export", "plan", "-o", "plan.csv")
    assert done.returncode == 0 and "3479 rows are in plan.csv" in done.stdout, done.stderr
    return demo


def lines(shell: Shell, name: str = "plan.csv") -> list[str]:
    return (shell.folder / name).read_text(encoding="utf-8-sig").splitlines()


def write(shell: Shell, rows: list[str], name: str = "changed.csv") -> str:
    (shell.folder / name).write_text("\n".join(rows) + "\n", encoding="utf-8")
    return name


def plans(shell: Shell) -> dict[str, dict[str, object]]:
    return {plan["name"]: plan for plan in json.loads(shell("plans", "--json").stdout)["plans"]}


# --- there and back ---------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_export_and_import_give_the_same_plan_in_every_kind_of_file(exported: Shell) -> None:
    for kind in ("csv", "xlsx"):
        assert exported("export", "plan", "-o", f"p.{kind}").returncode == 0
    for kind in ("geojson", "gpkg", "zip"):
        assert exported("export", "boundaries", "--level", 3, "-o", f"p.{kind}").returncode == 0
    for kind in ("csv", "xlsx", "geojson", "gpkg", "zip"):
        done = exported("import", "plan", f"p.{kind}", "--plan", f"from {kind}")
        assert done.returncode == 0, done.stderr
        assert f"The draft from {kind} is ready." in done.stdout
        same = exported("compare", "donggang", f"from {kind}")
        assert (same.returncode, same.stdout.strip()) == (0, f"donggang and from {kind} are the same.")
    assert exported("verify").returncode == 0


def test_a_plan_is_written_as_text_with_a_bom(exported: Shell) -> None:
    raw = (exported.folder / "plan.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbfunit,level3,name,level2,level2_name,level1,level1_name,street\n")
    assert lines(exported)[1].split(",")[:2] == ["21068100100100101-01", "21068100100100101"]


def test_boundaries_of_a_draft_are_written_with_their_counts(exported: Shell) -> None:
    exported("import", "plan", "plan.csv", "--plan", "draft")
    for level, count in ((1, 18), (2, 105), (3, 382)):
        done = exported("export", "boundaries", "--level", level, "--plan", "draft", "-o", "d.geojson")
        assert done.returncode == 0
        frame = gpd.read_file(exported.folder / "d.geojson")
        assert list(frame.columns) == ["code", "name", "parent", "households", "units", "geometry"]
        assert (len(frame), frame["households"].sum(), frame["units"].sum()) == (count, 96_817, 3_479)
        assert shapely.coverage_is_valid(frame.geometry.array)
    exported("export", "boundaries", "--level", 2, "--plan", "draft", "-o", "d.zip")
    assert {Path(name).suffix for name in zipfile.ZipFile(exported.folder / "d.zip").namelist()} == {
        ".shp", ".shx", ".dbf", ".prj", ".cpg",
    }  # fmt: skip


def test_every_export_of_a_plan_is_noted(exported: Shell) -> None:
    exported("export", "boundaries", "--level", 1, "-o", "b.gpkg")
    exported("import", "plan", "plan.csv", "--plan", "draft")
    exported("compare", "donggang", "draft", "-o", "c.xlsx")
    noted = [json.loads(row[0])["what"] for row in exported.rows("SELECT facts FROM events WHERE kind = 'exported' ORDER BY id")]  # fmt: skip
    assert noted == ["plan", "boundaries", "comparison"]


@pytest.mark.parametrize("what", [("plan",), ("boundaries", "--level", "3")])
def test_what_cannot_be_exported_is_one_sentence(demo: Shell, what: tuple[str, ...]) -> None:
    for more, sentence in (
        (("-o", "p.pdf"), "written as"),
        (("-o", "nowhere/p.csv" if what == ("plan",) else "nowhere/p.gpkg"), "cannot be written"),
        (
            ("--plan", "nowhere", "-o", "p.csv" if what == ("plan",) else "p.gpkg"),
            "There is no plan nowhere.",
        ),
    ):
        done = demo("export", *what, *more)
        assert (done.returncode, len(done.stderr.strip().splitlines())) == (2, 1) and sentence in done.stderr
        assert not [
            path for path in demo.folder.iterdir() if path.name != "city.db" and "city.db" not in path.name
        ]


# --- in ---------------------------------------------------------------------------------------------------------------


def test_refused_rows_go_to_a_file_and_nothing_is_written(exported: Shell) -> None:
    rows = lines(exported)
    rows[1] = rows[1].replace("2106", "9906", 1)
    rows[2] = rows[2].split(",")[0] + ",2.10681E+16,,,,,,"
    before = exported.count("plans"), exported.count("assignments"), exported.revision()
    done = exported("import", "plan", write(exported, rows), "--plan", "refused")
    assert done.returncode == 1
    assert "changed.csv: row 1: field unit: there is no unit 99068100100100101-01." in done.stderr
    assert "changed.csv: row 2: field level3: 2.10681E+16 is a code that a spreadsheet took" in done.stderr
    assert "changed.csv: unit 21068100100100101-01 is in no row." in done.stderr
    assert "2 rows refused, 1 units without a row; nothing was written." in done.stdout
    assert (exported.count("plans"), exported.count("assignments"), exported.revision()) == before
    with (exported.folder / "changed.refused.csv").open(encoding="utf-8-sig", newline="") as file:
        told = list(csv.reader(file))
    assert told[0][:5] == ["row", "field", "why", "unit", "level3"] and len(told) == 4
    assert [row[:2] for row in told[1:]] == [["1", "unit"], ["2", "level3"], ["", ""]]
    assert told[2][4] == "2.10681E+16"


def test_refused_rows_are_told_to_programs_too(exported: Shell) -> None:
    rows = lines(exported)
    done = exported("import", "plan", write(exported, [*rows[:-1], rows[1]]), "--plan", "r", "--json")
    told = json.loads(done.stdout)
    assert done.returncode == 1 and told["written"] is False
    assert told["refused"] == [
        {"file": "changed.csv", "row": 3479, "field": "unit", "why": "unit 21068100100100101-01 has a row already, row 1"}
    ]  # fmt: skip
    assert told["missing"] == [rows[-1].split(",")[0]] and told["refused_file"] == "changed.refused.csv"


def test_a_draft_with_problems_is_kept_told_and_found_by_check(exported: Shell) -> None:
    rows = lines(exported)
    unit, last = rows[1].split(",")[0], rows[-1].split(",")[1:]
    rows[1] = ",".join([unit, *last])
    done = exported("import", "plan", write(exported, rows), "--plan", "torn")
    assert done.returncode == 1 and "✕" in done.stdout and "lies in 2 pieces" in done.stdout
    assert "The draft torn is ready." in done.stdout and "a draft is for mending them" in done.stdout
    check = exported("check", "--plan", "torn", "--json")
    assert check.returncode == 1
    assert {finding["severity"] for finding in json.loads(check.stdout)["findings"]} >= {"error"}
    assert exported("check").returncode == 0, "the plan in force is another"


def test_a_dry_run_writes_nothing(exported: Shell) -> None:
    before = exported.revision()
    done = exported("import", "plan", "plan.csv", "--plan", "dry", "--dry-run")
    assert done.returncode == 0 and "Nothing was written." in done.stdout
    assert list(plans(exported)) == ["donggang"] and exported.revision() == before


@pytest.mark.parametrize(
    ("file", "plan", "sentence"),
    [
        (".", "p", "is a folder, not a file."),
        ("none.csv", "p", "none.csv: there is no such file."),
        ("plan.csv", "", "Please give the plan a name."),
        ("plan.csv", "donggang", "There is a plan called donggang already."),
        ("plan.csv", "长" * 61, "A plan's name has at most 60 letters."),
        ("plan.docx", "p", "plan.docx: plans come as csv"),
        ("empty.csv", "p", "empty.csv: there is nothing in it."),
        ("other.csv", "p", "other.csv: names no unit of this city; is it another city's?"),
    ],
)
def test_bad_input_is_one_sentence_and_status_2(exported: Shell, file: str, plan: str, sentence: str) -> None:
    (exported.folder / "plan.docx").write_bytes(b"PK")
    (exported.folder / "empty.csv").write_bytes(b"")
    write(exported, ["unit,level3", "a,b"], "other.csv")
    done = exported("import", "plan", file, "--plan", plan)
    assert (done.returncode, done.stdout) == (2, "") and sentence in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert list(plans(exported)) == ["donggang"]
    assert not list(exported.folder.glob("*.refused.csv"))


def test_from_a_plan_that_is_not_there(exported: Shell) -> None:
    done = exported("import", "plan", "plan.csv", "--plan", "p", "--from", "nowhere")
    assert (done.returncode, done.stderr.strip()) == (2, "There is no plan nowhere.")


def test_formulas_in_names_stay_names(exported: Shell) -> None:
    rows = [row.split(",") for row in lines(exported)]
    evil = '=HYPERLINK("http://elsewhere.example")'
    grid = rows[1][1]
    for row in rows[1:]:
        if row[1] == grid:
            row[2] = '"' + evil.replace('"', '""') + '"'
    done = exported("import", "plan", write(exported, [",".join(row) for row in rows]), "--plan", "evil")
    assert done.returncode == 0, done.stderr
    exported("export", "plan", "--plan", "evil", "-o", "evil.csv")
    exported("export", "plan", "--plan", "evil", "-o", "evil.xlsx")
    exported("compare", "donggang", "evil", "-o", "names.xlsx")
    assert all(cell[:1] != "=" for row in csv.reader(lines(exported, "evil.csv")) for cell in row)
    for name in ("evil.xlsx", "names.xlsx"):
        book = openpyxl.load_workbook(exported.folder / name)
        assert "f" not in {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert exported("import", "plan", "evil.csv", "--plan", "evil again").returncode == 0
    assert "are the same" in exported("compare", "evil", "evil again").stdout


# --- compared, listed, published ----------------------------------------------------------------------------------------


def test_two_plans_are_compared_for_people_programs_and_spreadsheets(exported: Shell) -> None:
    rows = lines(exported)
    unit, last = rows[1].split(",")[0], rows[-1].split(",")[1:]
    exported(
        "import", "plan", write(exported, [rows[0], ",".join([unit, *last]), *rows[2:]]), "--plan", "moved"
    )
    done = exported("compare", "donggang", "moved", "-o", "c.xlsx")
    assert done.returncode == 0, "a difference is no finding"
    assert "From donggang to moved: 1 units with" in done.stdout and "Other ground: 6" in done.stdout
    told = json.loads(exported("compare", "moved", "donggang", "--json").stdout)
    assert told["same"] is False and told["units"] == 1
    assert {(move["level"], move["from"], move["to"]) for move in told["moves"]} >= {
        (3, last[0], rows[1].split(",")[1])
    }
    assert len(openpyxl.load_workbook(exported.folder / "c.xlsx").sheetnames) == 3
    wrong = exported("compare", "donggang", "moved", "-o", "c.pdf")
    assert wrong.returncode == 2 and "written as xlsx" in wrong.stderr
    assert exported("compare", "donggang", "nowhere").returncode == 2


def test_plans_are_listed_with_where_they_are_in_their_life(exported: Shell) -> None:
    exported("import", "plan", "plan.csv", "--plan", "草案")
    known = plans(exported)
    assert list(known) == ["草案", "donggang"]
    assert known["草案"] | {"made": ""} == {
        "name": "草案", "state": "draft", "from": None, "until": None, "version": 1, "made": "", "made_by": None,
        "based_on": "donggang", "grids": {"1": 18, "2": 105, "3": 382},
    }  # fmt: skip
    table = exported("plans").stdout.splitlines()
    assert table[0].split() == ["Plan", "State", "In", "force", "from", "Version", "Made", "by", "Grids"]
    assert table[1].startswith("草案") and "Draft" in table[1] and table[1].endswith("18 / 105 / 382")
    assert "草案" in exported("plans", lang="zh").stdout


def test_publishing_needs_the_approval_on_record(exported: Shell) -> None:
    exported("import", "plan", "plan.csv", "--plan", "new")
    done = exported("publish", "new", "--from", "2099-01-01")
    assert done.returncode == 2
    assert done.stderr.strip() == "new is not approved: another planner or a leader approves it first."
    exported.run("UPDATE plans SET state = 'approved' WHERE name = 'new'")
    done = exported("publish", "new", "--from", "2099-01-01")
    assert done.returncode == 2 and "is not what was sent to review" in done.stderr
    assert plans(exported)["new"]["from"] is None


@pytest.mark.slow
def test_an_approved_plan_is_published_from_midnight_in_the_city(exported: Shell) -> None:
    exported("import", "plan", "plan.csv", "--plan", "new")
    _approve(exported, "new")
    for bad in ("tomorrow", "2026-13-01", ""):
        done = exported("publish", "new", "--from", bad)
        assert done.returncode == 2 and "is no day and no moment" in done.stderr
    past = exported("publish", "new", "--from", "2020-01-01")
    assert past.returncode == 2 and "a time ahead" in past.stderr
    done = exported("publish", "new", "--from", "2099-01-01", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"plan": "new", "state": "approved", "from": "2099-01-01T00:00+08:00"}
    assert plans(exported)["new"]["from"] == "2099-01-01T00:00+08:00"
    assert exported("verify").returncode == 0


def _approve(shell: Shell, name: str) -> None:
    """As the planner sends it and a leader approves it on their pages."""
    city = City(Settings(database_url=sqlite_url(shell.file)))
    with city.database.read() as connection:
        known = {account.login: account.person for account in people.all_accounts(connection)}
    plan = open_draft(city, name).plan
    sent = send(city, plan.id, version=plan.version, by=known["planner"])
    approve(city, plan.id, version=sent.version, by=known["leader"])
    city.database.close()


# --- another kind of city ---------------------------------------------------------------------------------------------


SQUARES = gpd.GeoDataFrame(
    {"code": ["1E04", "1E05", "0002"], "name": ["东", "西", "北"]},
    geometry=[
        shapely.box(124.1, 39.8, 124.2, 39.9), shapely.box(124.2, 39.8, 124.3, 39.9),
        shapely.box(124.1, 39.9, 124.3, 40.0),
    ],
    crs=4326,
)  # fmt: skip


def test_a_city_that_came_as_polygons_of_one_level_has_plans_too(shell: Shell) -> None:
    assert shell("init", "--empty").returncode == 0
    none = shell("export", "plan", "-o", "p.csv")
    assert none.returncode == 2 and "There is no plan" in none.stderr
    assert shell("plans").stdout.strip() == "There are no plans yet."
    SQUARES.to_file(shell.folder / "squares.geojson")
    assert shell("import", "boundaries", "squares.geojson", *FIELDS).returncode == 0
    assert shell("export", "plan", "-o", "p.csv").returncode == 0
    assert lines(shell, "p.csv") == ["unit,level1,name", "0002,0002,北", "1E04,1E04,东", "1E05,1E05,西"]
    assert shell("import", "plan", "p.csv", "--plan", "same").returncode == 0
    rows = ["unit,level1,name", "0002,9,新", "1E04,9,新", "1E05,1E05,"]
    done = shell("import", "plan", write(shell, rows), "--plan", "two")
    assert done.returncode == 0 and "1 grids are new, 2 are gone" in done.stdout, done.stderr
    eaten = ["unit,level1", "2,0002", "1E04,1E04", "1E05,1E05"]
    done = shell("import", "plan", write(shell, eaten), "--plan", "eaten")
    assert done.returncode == 1 and "may have eaten its leading zeros" in done.stderr
    done = shell("export", "boundaries", "--level", 1, "--plan", "two", "-o", "two.geojson")
    assert done.returncode == 0
    told = gpd.read_file(shell.folder / "two.geojson")
    assert sorted(told["code"]) == ["1E05", "9"] and told["households"].isna().all()
    assert told["parent"].isna().all()
