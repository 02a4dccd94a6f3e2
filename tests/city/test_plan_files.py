"""Plans come in from files and go out into them: whole or not at all, and the same on the way back."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from city.drafts import OpenDraft, edit
from city.opened import City
from city.plan_checks import check_opened
from city.plan_comparison import as_value, compare_plans, comparison_bytes
from city.plan_files import (
    PolygonFields,
    grids_of_level,
    import_plan,
    list_plans,
    open_plan,
    plan_bytes,
    read_plan,
    refused_table,
)
from city.settings import Settings
from city.words import speak
from domain.findings import Severity
from domain.grids import Level
from domain.people import CLOCK, Person, Role
from domain.plans.commands import MoveUnits, Rename, Split
from domain.plans.drafts import Draft
from domain.said import BadInput, Refused
from gis.writing import boundaries_bytes
from storage import schema
from tests.conftest import CityAtNoon, sqlite_url

PLANNER = Person(0, "", Role.PLANNER)
FIELDS = PolygonFields()
POLYGONS = (".geojson", ".gpkg", ".zip")


@pytest.fixture(scope="module")
def city(demo_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """A demo city in which every test makes plans under names of its own."""
    file = tmp_path_factory.mktemp("plans") / "city.db"
    shutil.copy(demo_file, file)
    made = CityAtNoon(Settings(database_url=sqlite_url(file)))
    yield made
    made.database.close()


@pytest.fixture(scope="module")
def base(city: City) -> OpenDraft:
    return open_plan(city, None)


def lines(opened: OpenDraft) -> list[str]:
    """The plan's table as lines of a CSV."""
    return plan_bytes(opened, "csv").decode("utf-8-sig").splitlines()


def sent(tmp_path: Path, rows: list[str], name: str = "plan.csv", encoding: str = "utf-8") -> Path:
    path = tmp_path / name
    path.write_bytes(("\n".join(rows) + "\n").encode(encoding))
    return path


def cleaned(draft: Draft) -> str:
    return replace(draft, marks={}).hash


# --- there and back -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_plan_that_is_exported_comes_in_as_the_same_plan(
    city: City, base: OpenDraft, tmp_path: Path, kind: str
) -> None:
    (tmp_path / f"p.{kind}").write_bytes(plan_bytes(base, kind))
    done = import_plan(city, tmp_path / f"p.{kind}", f"same {kind}", by=PLANNER)
    assert done.opened and done.opened.draft.hash == base.draft.hash
    assert (done.refused, done.missing, done.findings, done.moved, done.new, done.gone) == (
        (),
        (),
        (),
        0,
        (),
        (),
    )
    assert open_plan(city, f"same {kind}").draft.hash == base.draft.hash


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_table_comes_in_whatever_its_encoding(
    city: City, base: OpenDraft, tmp_path: Path, encoding: str
) -> None:
    read = read_plan(city, sent(tmp_path, lines(base), encoding=encoding), base, FIELDS)
    assert read.draft and read.draft.hash == base.draft.hash


@pytest.mark.parametrize("kind", POLYGONS)
def test_grids_as_polygons_come_in_as_the_same_plan(
    city: City, base: OpenDraft, tmp_path: Path, kind: str
) -> None:
    path = tmp_path / f"grids{kind}"
    path.write_bytes(boundaries_bytes(kind, grids_of_level(city, base, Level.BUILDING)))
    read = read_plan(city, path, base, FIELDS)
    assert read.draft and read.draft.hash == base.draft.hash


def test_a_redrawn_plan_comes_back_from_a_file_too(city: City, base: OpenDraft, tmp_path: Path) -> None:
    """A grid split, one renamed into something that looks like a formula, a new code: nothing is lost on the way."""
    opened = import_plan(city, sent(tmp_path, lines(base)), "redrawn", by=PLANNER).opened
    assert opened
    grid, unit = _an_end(opened)
    opened = edit(
        city, opened.plan.id, Split(grid, (unit,), "=新网格"), version=opened.plan.version, by=PLANNER
    )
    opened = edit(city, opened.plan.id, Rename(grid, "-旧"), version=opened.plan.version, by=PLANNER)
    for kind in ("csv", "xlsx"):
        (tmp_path / f"p.{kind}").write_bytes(plan_bytes(opened, kind))
        back = read_plan(city, tmp_path / f"p.{kind}", base, FIELDS).draft
        assert back and cleaned(back) == cleaned(opened.draft)
        assert back.mark("lineage") == {
            code: [grid] for code in opened.draft.grids.keys() - base.draft.grids.keys()
        }
    for kind in POLYGONS:
        path = tmp_path / f"grids{kind}"
        path.write_bytes(boundaries_bytes(kind, grids_of_level(city, opened, Level.BUILDING)))
        back = read_plan(city, path, base, FIELDS).draft
        assert back and cleaned(back) == cleaned(opened.draft)


def _an_end(opened: OpenDraft) -> tuple[str, str]:
    """A grid and a unit of it without which it is still whole."""
    units = opened.ground.units
    for unit, grid in sorted(opened.draft.home.items()):
        rest = opened.draft.leaf_units[grid] - {unit}
        if units[unit].compound and rest and units.form(rest).is_whole:
            return grid, unit
    raise AssertionError("no grid of the demo city can be cut in two")


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_assignment_to_known_grids_goes_out_and_comes_in(
    city: City, base: OpenDraft, tmp_path: Path, data: st.DataObject
) -> None:
    grids = st.sampled_from(sorted(base.draft.leaf_units))
    moved = data.draw(st.dictionaries(st.sampled_from(sorted(base.draft.home)), grids, max_size=20))
    home = {**base.draft.home, **moved}
    kept = {code for grid in home.values() for code in base.draft.chain(grid)}
    drawn = Draft({code: base.draft.grids[code] for code in kept}, home)
    kind = "csv"
    (tmp_path / f"p.{kind}").write_bytes(plan_bytes(replace(base, draft=drawn), kind))
    read = read_plan(city, tmp_path / f"p.{kind}", base, FIELDS)
    assert read.draft and read.draft.hash == drawn.hash
    assert read.moved == sum(base.draft.home[unit] != grid for unit, grid in moved.items())


# --- a draft is for mending -----------------------------------------------------------------------------------------


def test_a_draft_with_problems_is_kept_and_they_are_told(city: City, base: OpenDraft, tmp_path: Path) -> None:
    unit, grid = min(base.draft.home.items())
    far = max(base.draft.leaf_units)
    rows = [line.replace(f"{unit},{grid}", f"{unit},{far}") for line in lines(base)]
    rows = [",".join(row.split(",")[:2]) for row in rows]
    done = import_plan(city, sent(tmp_path, rows), "with problems", by=PLANNER)
    assert done.opened and done.moved == 1
    assert any("pieces" in str(finding.words) for finding in done.findings)
    assert all(finding.severity is Severity.ERROR for finding in done.findings)
    assert check_opened(city, done.opened)[: len(done.findings)] == list(done.findings)


def test_a_plan_without_problems_has_notes_alone(city: City, base: OpenDraft, tmp_path: Path) -> None:
    opened = import_plan(city, sent(tmp_path, lines(base)), "without problems", by=PLANNER).opened
    assert opened and {f.severity for f in check_opened(city, opened)} == {Severity.NOTE}


def test_from_another_plan_means_its_grids(city: City, base: OpenDraft, tmp_path: Path) -> None:
    gone = min(base.draft.leaf_units)
    parent = base.draft.grids[gone].parent
    home = {unit: "X1" if grid == gone else grid for unit, grid in base.draft.home.items()}
    told = [f"{unit},{grid}," + (f"{parent},New" if grid == "X1" else ",") for unit, grid in home.items()]
    one = import_plan(city, sent(tmp_path, ["unit,level3,level2,name", *told]), "first", by=PLANNER)
    assert one.opened and (one.new, one.gone) == (("X1",), (gone,))
    bare = ["unit,level3", *(f"{unit},{grid}" for unit, grid in home.items())]
    two = import_plan(city, sent(tmp_path, bare), "second", by=PLANNER, base="first")
    assert two.opened and two.opened.draft.grids["X1"].name == "New"
    three = import_plan(city, sent(tmp_path, bare), "third", by=PLANNER)
    assert three.opened is None and {one.field for one in three.refused} == {"level2"}


# --- what is refused ----------------------------------------------------------------------------------------------


def test_nothing_is_written_while_a_row_is_refused_or_a_unit_is_missing(
    city: City, base: OpenDraft, tmp_path: Path
) -> None:
    rows = lines(base)
    rows[2] = rows[2].replace("2106", "9906", 1)
    done = import_plan(city, sent(tmp_path, [*rows, rows[5]]), "refused", by=PLANNER)
    assert [(one.row, one.field) for one in done.refused] == [(2, "unit"), (len(rows), "unit")]
    assert done.missing == (lines(base)[2].split(",")[0],)
    assert done.opened is None and done.draft is None
    with pytest.raises(BadInput, match="no plan refused"):
        open_plan(city, "refused")
    header, *told = refused_table(done, speak("en").of)
    assert header[:5] == ["row", "field", "why", "unit", "level3"]
    assert (
        told[0][:2] == ["2", "unit"]
        and "there is no unit 9906" in told[0][2]
        and told[0][3].startswith("9906")
    )
    assert told[-1][2:4] == ["this unit is in no row", done.missing[0]]


def test_a_long_code_that_a_spreadsheet_took_for_a_number_is_recognised(
    city: City, base: OpenDraft, tmp_path: Path
) -> None:
    rows = [row.split(",")[:2] for row in lines(base)]
    text = [",".join(row) for row in rows]
    text[1] = f"{rows[1][0]},2.10681E+16"
    done = read_plan(city, sent(tmp_path, text), base, FIELDS)
    assert [one.row for one in done.refused] == [1] and "took for a number" in str(done.refused[0].why)
    book = openpyxl.Workbook()
    assert book.active
    book.active.append(rows[0])
    for unit, grid in rows[1:]:
        book.active.append([unit, int(grid)])
    book.save(tmp_path / "numbers.xlsx")
    done = read_plan(city, tmp_path / "numbers.xlsx", base, FIELDS)
    assert len(done.refused) == len(rows) - 1
    assert "2.10681E+16 is a code that a spreadsheet took for a number" in str(done.refused[0].why)


def test_cells_for_codes_stay_text_when_somebody_types_into_them(base: OpenDraft) -> None:
    book = openpyxl.load_workbook(io.BytesIO(plan_bytes(base, "xlsx")))
    sheet = book.worksheets[0]
    assert {cell.data_type for row in sheet.iter_rows(max_row=50) for cell in row} == {"s"}
    assert {cell.number_format for cell in sheet[2]} == {"@"}
    assert sheet.cell(2, 2).value == lines(base)[1].split(",")[1]


def polygons(city: City, base: OpenDraft) -> gpd.GeoDataFrame:
    drawn = grids_of_level(city, base, Level.BUILDING)
    return gpd.GeoDataFrame(
        {"code": [g.code for g, _, _ in drawn], "name": [g.name for g, _, _ in drawn]},
        geometry=list(shapely.from_wkb([outline for _, _, outline in drawn])),
        crs=4326,
    )


def test_a_unit_in_no_polygon_or_in_two_is_named_with_them(
    city: City, base: OpenDraft, tmp_path: Path
) -> None:
    frame = polygons(city, base)
    first, second = frame["code"][0], frame["code"][1]
    frame.drop(index=1).to_file(tmp_path / "gap.geojson")
    done = read_plan(city, tmp_path / "gap.geojson", base, FIELDS)
    assert {str(one.why) for one in done.refused} == {
        f"unit {unit} lies in no polygon" for unit in base.draft.leaf_units[second]
    }
    assert done.draft is None and done.missing == ()
    frame.loc[1, "geometry"] = shapely.union(frame.geometry[0], frame.geometry[1])
    frame.to_file(tmp_path / "both.geojson")
    done = read_plan(city, tmp_path / "both.geojson", base, FIELDS)
    assert {(one.row, one.field, str(one.why)) for one in done.refused} == {
        (1, "code", f"unit {unit} lies in {first}, {second} at once") for unit in base.draft.leaf_units[first]
    }


def test_a_polygon_without_units_and_one_without_a_parent_are_refused(
    city: City, base: OpenDraft, tmp_path: Path
) -> None:
    frame = polygons(city, base)
    frame.loc[0, "code"] = "X1"
    west, south, *_ = frame.total_bounds
    frame.loc[len(frame)] = ["X2", "Sea", shapely.box(west - 0.01, south - 0.01, west - 0.009, south - 0.009)]
    frame.to_file(tmp_path / "b.geojson")
    done = read_plan(city, tmp_path / "b.geojson", base, FIELDS)
    assert [(one.row, one.field, str(one.why)) for one in done.refused] == [
        (1, "parent", "there is no grid X1, and no field tells what a new one would lie under"),
        (len(frame), "code", "no unit lies in X2"),
    ]


def test_new_polygons_with_a_parent_come_in(city: City, base: OpenDraft, tmp_path: Path) -> None:
    frame = polygons(city, base)
    frame["over"] = [base.draft.grids[code].parent for code in frame["code"]]
    frame.loc[0, ["code", "name"]] = ["X1", "New"]
    frame = frame.rename(columns={"code": "编码", "name": "名称"})
    for kind, driver in ((".gpkg", "GPKG"), (".geojson", "GeoJSON")):
        frame.to_file(tmp_path / f"b{kind}", driver=driver)
        done = read_plan(city, tmp_path / f"b{kind}", base, PolygonFields("编码", "名称", "over"))
        assert done.draft and done.new == ("X1",) and done.draft.grids["X1"].name == "New"


# --- bad input: one sentence each -----------------------------------------------------------------------------------


def bomb(folder: Path, name: str) -> Path:
    """A small file that would unpack to a quarter of a gigabyte."""
    with (
        zipfile.ZipFile(folder / name, "w", zipfile.ZIP_DEFLATED) as packed,
        packed.open("grids.shp", "w") as inside,
    ):
        for _ in range(250):
            inside.write(bytes(1_000_000))
    return folder / name


def crowd(folder: Path, name: str) -> Path:
    with zipfile.ZipFile(folder / name, "w") as packed:
        for n in range(1_001):
            packed.writestr(f"{n}.txt", "")
    return folder / name


def bytes_in(name: str, content: bytes) -> Callable[[Path], Path]:
    def made(folder: Path) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    return made


BAD: dict[str, tuple[Callable[[Path], Path], str]] = {
    "nothing there": (lambda folder: folder / "none.csv", "none.csv: there is no such file"),
    "a folder": (lambda folder: folder, "is a folder, not a file"),
    "an empty table": (bytes_in("e.csv", b""), "e.csv: there is nothing in it"),
    "a header alone": (bytes_in("h.csv", b"unit,level3\n"), "there is nothing in it"),
    "an empty workbook": (bytes_in("e.xlsx", b""), "there is nothing in it"),
    "no text": (bytes_in("b.csv", b"unit,level3\n\xff\xfe\xff,\x81\xff\n"), "neither UTF-8 nor GBK"),
    "a workbook named .csv": (bytes_in("w.csv", b"PK\x03\x04" + bytes(50)), "name it .xlsx"),
    "a table named .xlsx": (bytes_in("t.xlsx", b"unit,level3\na,b\n"), "cannot be unpacked"),
    "no field of a unit": (bytes_in("f.csv", b"cell,level3\na,b\n"), "has no field unit; it has cell, level3"),
    "no field of a grid": (bytes_in("f.csv", b"unit,grid\na,b\n"), "has no field level3"),
    "a field twice": (bytes_in("f.csv", b"unit,level3,level3\na,b,c\n"), "field level3 is there twice"),
    "another city's": (bytes_in("o.csv", b"unit,level3\na,b\nc,d\n"), "names no unit of this city"),
    "another kind": (bytes_in("p.pdf", b"%PDF"), "plans come as csv"),
    "no GeoJSON": (bytes_in("g.geojson", b"{"), "cannot be read as boundaries"),
    "no grids in it": (bytes_in("g.geojson", b'{"type":"FeatureCollection","features":[]}'), "g.geojson: "),
    "no GeoPackage": (bytes_in("g.gpkg", b"SQLite format 3\0" + bytes(200)), "cannot be read as boundaries"),
    "a zip without a shapefile": (lambda folder: crowd_of_one(folder), "cannot be read as boundaries"),
    "a broken zip": (bytes_in("z.zip", b"PK\x03\x04" + bytes(50)), "cannot be unpacked"),
    "a zip that grows": (lambda folder: bomb(folder, "z.zip"), "unpacks to more than"),
    "a workbook that grows": (lambda folder: bomb(folder, "z.xlsx"), "unpacks to more than"),
    "a table without end": (bytes_in("l.csv", b"unit,level3\n" + b"a,b\n" * 400_001), "too large to be a plan"),
    "a zip of a thousand files": (lambda folder: crowd(folder, "z.zip"), "unpacks to more than"),
}  # fmt: skip


def crowd_of_one(folder: Path) -> Path:
    with zipfile.ZipFile(folder / "one.zip", "w") as packed:
        packed.writestr("../../read.me", "nothing")
    return folder / "one.zip"


@pytest.mark.parametrize("what", BAD)
def test_what_is_no_plan_is_refused_in_one_sentence(
    city: City, base: OpenDraft, tmp_path: Path, what: str
) -> None:
    make, sentence = BAD[what]
    with pytest.raises(BadInput) as refused:
        read_plan(city, make(tmp_path), base, FIELDS)
    assert sentence in str(refused.value) and "\n" not in str(refused.value)


FLAWED: dict[str, tuple[Callable[[gpd.GeoDataFrame], gpd.GeoDataFrame], str]] = {
    "feet as degrees": (
        lambda frame: frame.set_geometry(frame.geometry.scale(364_000, 364_000, origin=(0, 0))),
        "are no degrees; name their CRS with --crs EPSG:n.",
    ),
    "no geometry": (lambda frame: with_geometry(frame, None), "row 3: has no geometry."),
    "an empty geometry": (lambda frame: with_geometry(frame, shapely.Polygon()), "row 3: has no geometry."),
    "a code twice": (lambda frame: twice(frame), "row 3: code {code} is there twice."),
    "no code": (lambda frame: frame.assign(code=frame["code"].where(frame.index != 2, "")), "row 3: field code is empty."),
}  # fmt: skip
"""What may be wrong with polygons, and how its sentence goes."""


def with_geometry(frame: gpd.GeoDataFrame, shape: shapely.Geometry | None) -> gpd.GeoDataFrame:
    shapes = list(frame.geometry)
    shapes[2] = shape
    return frame.set_geometry(gpd.GeoSeries(shapes, crs=4326))


def twice(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return frame.assign(code=frame["code"].where(frame.index != 2, frame["code"][0]))


@pytest.mark.parametrize(
    ("kind", "driver"), [("geojson", "GeoJSON"), ("gpkg", "GPKG"), ("shp", "ESRI Shapefile")]
)
@pytest.mark.parametrize("what", FLAWED)
def test_polygons_with_a_flaw_are_refused_in_one_sentence_with_their_row(
    city: City, base: OpenDraft, tmp_path: Path, what: str, kind: str, driver: str
) -> None:
    spoil, sentence = FLAWED[what]
    frame = polygons(city, base)
    spoil(frame).to_file(tmp_path / f"flawed.{kind}", driver=driver)
    with pytest.raises(BadInput) as refused:
        read_plan(city, tmp_path / f"flawed.{kind}", base, FIELDS)
    told = str(refused.value)
    assert told.startswith(f"flawed.{kind}: ") and told.endswith(sentence.format(code=frame["code"][0]))
    assert "\n" not in told


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_a_coordinate_that_is_no_finite_number_is_told_with_its_row(
    city: City, base: OpenDraft, tmp_path: Path, number: float
) -> None:
    frame = polygons(city, base)
    places = shapely.get_coordinates(frame.geometry[2].exterior)
    places[1, 0] = number
    with np.errstate(invalid="ignore"):
        with_geometry(frame, shapely.Polygon(places)).to_file(tmp_path / "flawed.gpkg", driver="GPKG")
    with pytest.raises(BadInput) as refused:
        read_plan(city, tmp_path / "flawed.gpkg", base, FIELDS)
    assert str(refused.value) == "flawed.gpkg: row 3: a coordinate is no finite number."


@pytest.mark.parametrize("number", ["NaN", "Infinity"])
def test_a_geojson_of_numbers_that_are_none_is_refused_in_one_sentence(
    city: City, base: OpenDraft, tmp_path: Path, number: str
) -> None:
    ring = f"[[[124.1,39.8],[{number},39.8],[124.2,39.9],[124.1,39.8]]]"
    polygon = f'{{"type":"Polygon","coordinates":{ring}}}'
    feature = f'{{"type":"Feature","properties":{{"code":"A"}},"geometry":{polygon}}}'
    path = tmp_path / "g.geojson"
    path.write_text(f'{{"type":"FeatureCollection","features":[{feature}]}}')
    with pytest.raises(BadInput) as refused:
        read_plan(city, path, base, FIELDS)
    assert str(refused.value) == "g.geojson: row 1: a coordinate is no finite number."


def test_a_shapefile_in_gbk_that_does_not_say_so_comes_in_with_its_names(
    city: City, base: OpenDraft, tmp_path: Path
) -> None:
    frame = polygons(city, base)
    frame.to_file(tmp_path / "gbk.shp", driver="ESRI Shapefile", encoding="GBK")
    (tmp_path / "gbk.cpg").unlink()
    with zipfile.ZipFile(tmp_path / "gbk.zip", "w") as packed:
        for part in tmp_path.glob("gbk.*"):
            if part.suffix != ".zip":
                packed.write(part, part.name)
    for kind in ("shp", "zip"):
        read = read_plan(city, tmp_path / f"gbk.{kind}", base, FIELDS)
        assert read.draft and read.draft.hash == base.draft.hash, "the names are those of before"


def test_a_file_of_fifty_megabytes_is_not_read(city: City, base: OpenDraft, tmp_path: Path) -> None:
    with (tmp_path / "large.csv").open("wb") as file:
        file.truncate(50_000_001)
    with pytest.raises(BadInput, match="too large"):
        read_plan(city, tmp_path / "large.csv", base, FIELDS)


def test_polygons_of_another_place_and_swapped_ones_are_told(
    city: City, base: OpenDraft, tmp_path: Path
) -> None:
    frame = polygons(city, base)
    moved = frame.set_geometry(frame.geometry.translate(5, 0))
    moved.to_file(tmp_path / "far.geojson")
    with pytest.raises(BadInput, match="lies nowhere near the city"):
        read_plan(city, tmp_path / "far.geojson", base, FIELDS)
    swapped = shapely.transform(frame.geometry.array, lambda places: places[:, ::-1])
    frame.set_geometry(gpd.GeoSeries(swapped, crs=4326)).to_file(tmp_path / "swapped.geojson")
    with pytest.raises(BadInput, match="swapped"):
        read_plan(city, tmp_path / "swapped.geojson", base, FIELDS)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [("", "give the plan a name"), ("  ", "give the plan a name"), ("donggang", "called donggang already"),
     ("x" * 61, "at most 60 letters")],
)  # fmt: skip
def test_a_name_must_be_free_and_fit_before_the_file_is_looked_at(
    city: City, tmp_path: Path, name: str, sentence: str
) -> None:
    with pytest.raises(Refused, match=sentence):
        import_plan(city, tmp_path / "none.csv", name, by=PLANNER)


def test_another_ground_under_a_draft_is_told(city: City, base: OpenDraft, tmp_path: Path) -> None:
    opened = import_plan(city, sent(tmp_path, lines(base)), "old ground", by=PLANNER).opened
    assert opened
    with city.database.write() as connection:
        connection.execute(
            update(schema.plans).where(schema.plans.c.id == opened.plan.id).values(units_hash="other")
        )
    stale = open_plan(city, "old ground")
    assert stale.is_stale
    with pytest.raises(Refused, match="units changed since old ground was drawn"):
        grids_of_level(city, stale, Level.BUILDING)
    with pytest.raises(Refused, match="units changed since old ground was drawn"):
        import_plan(city, sent(tmp_path, lines(base)), "on old ground", by=PLANNER, base="old ground")
    with pytest.raises(Refused, match="cannot be compared"):
        compare_plans(city, None, "old ground", by=PLANNER)
    assert [str(f.words) for f in check_opened(city, stale)] == [
        "The city's units changed since old ground was drawn."
    ]


def test_a_dry_run_makes_no_plan(city: City, base: OpenDraft, tmp_path: Path) -> None:
    done = import_plan(city, sent(tmp_path, lines(base)), "dry", by=PLANNER, dry_run=True)
    assert done.draft and done.opened is None
    assert "dry" not in {line.plan.name for line in list_plans(city, PLANNER)}


# --- who may ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.PLANNER])
def test_nobody_but_a_planner_brings_a_plan_in(
    city: City, base: OpenDraft, tmp_path: Path, role: Role
) -> None:
    with pytest.raises(Refused, match="not for your role"):
        import_plan(city, sent(tmp_path, lines(base)), f"by {role}", by=Person(9, "", role))


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.PLANNER, Role.LEADER)])
def test_nobody_but_planners_and_leaders_lists_and_compares_plans(city: City, role: Role) -> None:
    for ask in (
        lambda who: list_plans(city, who),
        lambda who: compare_plans(city, None, None, by=who),
    ):
        with pytest.raises(Refused, match="not for your role"):
            ask(replace(CLOCK, role=role))


# --- compared -------------------------------------------------------------------------------------------------------


def test_what_changes_hands_is_told_for_people_and_programs(
    city: City, base: OpenDraft, tmp_path: Path
) -> None:
    opened = import_plan(city, sent(tmp_path, lines(base)), "compared", by=PLANNER).opened
    assert opened
    assert compare_plans(city, None, "compared", by=PLANNER).found.is_empty
    unit, source, target = _a_move(opened)
    edit(city, opened.plan.id, MoveUnits((unit,), target), version=opened.plan.version, by=PLANNER)
    done = compare_plans(city, None, "compared", by=PLANNER)
    value = as_value(done)
    assert value["same"] is False and value["units"] == 1
    assert value["households"] == base.ground.units[unit].households
    move = next(move for move in value["moves"] if move["level"] == 3)
    assert (move["from"], move["to"], move["units"]) == (source, target, [unit])
    assert {grid["code"] for grid in value["grids"] if grid["level"] == 3} == {source, target}
    book = openpyxl.load_workbook(io.BytesIO(comparison_bytes(done, speak("en"))))
    assert book.sheetnames == ["Grids", "What moves", "Compounds"]
    rows = list(book["What moves"].iter_rows(values_only=True))
    assert len(rows) == 1 + len(value["moves"])
    back = compare_plans(city, "compared", "donggang", by=PLANNER)
    assert as_value(back)["households"] == value["households"]


def _a_move(opened: OpenDraft) -> tuple[str, str, str]:
    """A unit that may go from its grid to a neighbour of the same parent."""
    units, draft = opened.ground.units, opened.draft
    for unit, source in sorted(draft.home.items()):
        if not units[unit].households:
            continue
        for target in sorted({draft.home[near] for near in units.borders[unit]} - {source}):
            same = draft.grids[source].parent == draft.grids[target].parent
            rest = draft.leaf_units[source] - {unit}
            if same and units.form(rest).is_whole and units.form(draft.leaf_units[target] | {unit}).is_whole:
                return unit, source, target
    raise AssertionError("no unit of the demo city can move")
