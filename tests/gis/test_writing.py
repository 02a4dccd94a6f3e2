"""Boundaries for other programs: what RFC 7946 asks for, and nothing lost on the way there and back."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from city.settings import HOME
from demo.boundaries import Boundaries, read_boundaries
from domain.grids import Grid, Level
from domain.said import BadInput
from gis.reading import Columns
from gis.reading import read_boundaries as read_back
from gis.writing import Written, boundaries_bytes, write_boundaries

KINDS = (".geojson", ".gpkg", ".zip")


def written(*shapes: shapely.Geometry, names: Sequence[str] = ()) -> list[Written]:
    """Grids of these shapes; their codes begin with zeros and have seventeen digits."""
    return [
        (Grid(f"0{n:016}", Level.BUILDING, name, "021068100100", n or None), n, shapely.to_wkb(shape))
        for n, (shape, name) in enumerate(
            zip(shapes, names or [f"第{n}网格" for n in range(len(shapes))], strict=True)
        )
    ]


SQUARE = shapely.Polygon([(124.1, 39.8), (124.1, 39.9), (124.2, 39.9), (124.2, 39.8)])
FRAME = shapely.Polygon(SQUARE.exterior.coords, [shapely.box(124.14, 39.84, 124.16, 39.86).exterior.coords])
TWO = shapely.MultiPolygon([SQUARE, shapely.box(124.3, 39.8, 124.4, 39.9)])
SHAPES = (SQUARE, FRAME, TWO)


@pytest.fixture(scope="module")
def town() -> Boundaries:
    return read_boundaries(HOME / "data" / "boundaries")


def of_level(town: Boundaries, level: Level) -> list[Written]:
    return [
        (g, town.unit_counts[g.code], shapely.to_wkb(town.outlines[g.code]))
        for g in town.grids
        if g.level is level
    ]


# --- RFC 7946 -----------------------------------------------------------------------------------------------------


def signed(ring: list[list[float]]) -> float:
    """Twice the area: positive where the ring runs counter-clockwise."""
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairwise(ring))


def test_geojson_follows_the_right_hand_rule_and_names_no_crs() -> None:
    told = json.loads(boundaries_bytes(".geojson", written(*SHAPES)))
    assert told["type"] == "FeatureCollection" and "crs" not in told
    for feature in told["features"]:
        shape = feature["geometry"]
        polygons = shape["coordinates"] if shape["type"] == "MultiPolygon" else [shape["coordinates"]]
        for outer, *holes in polygons:
            assert signed(outer) > 0 and all(signed(hole) < 0 for hole in holes)
            assert all(ring[0] == ring[-1] for ring in (outer, *holes))
            assert all(len(place) == 2 for ring in (outer, *holes) for place in ring)
    lng, lat = told["features"][0]["geometry"]["coordinates"][0][0]
    assert 124 < lng < 125 and 39 < lat < 40, "longitude comes first"
    assert list(told["features"][0]["properties"]) == ["code", "name", "parent", "households", "units"]
    assert told["features"][0]["properties"]["code"] == "00000000000000000"
    assert told["features"][0]["properties"]["households"] is None


def test_geojson_is_utf_8_without_a_bom() -> None:
    content = boundaries_bytes(".geojson", written(SQUARE))
    assert content.startswith(b"{") and "第0网格" in content.decode("utf-8")


@pytest.mark.parametrize("level", list(Level))
def test_grids_of_a_whole_city_still_fit_each_other(town: Boundaries, level: Level, tmp_path: Path) -> None:
    """Seven places are less than the units have, yet neighbours are rounded alike."""
    grids = of_level(town, level)
    for kind in KINDS:
        path = tmp_path / f"grids{kind}"
        write_boundaries(path, grids)
        back = np.array(gpd.read_file(path).geometry.array)
        assert shapely.coverage_is_valid(back)
        assert shapely.is_valid(back).all() and len(back) == len(grids)


# --- there and back ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_written_is_read_again(kind: str, tmp_path: Path) -> None:
    grids = written(*SHAPES)
    write_boundaries(tmp_path / f"b{kind}", grids)
    back = read_back(tmp_path / f"b{kind}", Columns("code", "name", "parent", "households"))
    assert [(r.code, r.name, r.parent, r.households) for r in back] == [
        (g.code, g.name, g.parent, g.households) for g, _, _ in grids
    ]
    for read, (_, _, outline) in zip(back, grids, strict=True):
        assert shapely.equals(read.outline, shapely.from_wkb(outline))


NAMES = st.text(
    st.characters(exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp", "Cn", "Co"]), min_size=1, max_size=20
)


@pytest.mark.slow
@settings(max_examples=20, deadline=None)
@given(st.lists(NAMES, min_size=1, max_size=4))
def test_names_come_back_as_they_were_whatever_they_are(
    tmp_path_factory: pytest.TempPathFactory, names: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("names")
    grids = written(*[SQUARE] * len(names), names=names)
    for kind in KINDS:
        write_boundaries(folder / f"b{kind}", grids)
        back = read_back(folder / f"b{kind}", Columns("code", "name"))
        assert [r.name for r in back] == names


def test_a_shapefile_says_its_encoding_and_its_projection_and_cuts_no_field() -> None:
    packed = zipfile.ZipFile(io.BytesIO(boundaries_bytes(".zip", written(*SHAPES))))
    assert {name.rsplit(".", 1)[1] for name in packed.namelist()} == {"shp", "shx", "dbf", "prj", "cpg"}
    assert packed.read("grids.cpg").strip() == b"UTF-8"
    table = packed.read("grids.dbf")
    assert all(name in table[:500] for name in (b"code", b"name", b"parent", b"households", b"units"))
    assert b"00000000000000001" in table, "codes are text"


def test_a_city_without_parents_and_households_is_written_too(tmp_path: Path) -> None:
    bare = [(replace(g, parent=None, households=None), n, shape) for g, n, shape in written(SQUARE)]
    for kind in KINDS:
        write_boundaries(tmp_path / f"b{kind}", bare)
        back = gpd.read_file(tmp_path / f"b{kind}")
        assert back["parent"].isna().all() and back["households"].isna().all()


# --- what cannot be written ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["b.shp", "b.kml", "b", "b.csv"])
def test_other_kinds_are_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="written as geojson, gpkg, zip"):
        write_boundaries(tmp_path / name, written(SQUARE))
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be written"):
        write_boundaries(tmp_path / "nowhere" / "b.geojson", written(SQUARE))


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "b.gpkg"
    write_boundaries(path, written(*SHAPES))
    write_boundaries(path, written(SQUARE))
    assert len(gpd.read_file(path)) == 1
    assert [file.name for file in tmp_path.iterdir()] == ["b.gpkg"]
    (tmp_path / "folder.gpkg").mkdir()
    with pytest.raises(BadInput, match="cannot be written"):
        write_boundaries(tmp_path / "folder.gpkg", written(SQUARE))
    assert {file.name for file in tmp_path.iterdir()} == {"b.gpkg", "folder.gpkg"}
