"""What browsers get: outlines coded small and true, and a folium map that asks nobody outside."""

from __future__ import annotations

import gzip
import json

import numpy as np
import shapely

from city import assets
from city.opened import City
from domain.grids import Level
from gis.coding import STEP, encode_grids
from gis.map import build_map
from gis.view import MapView, MeasureView


def decoded(text: bytes) -> list[tuple[str, shapely.Geometry]]:
    coded = json.loads(text)
    origin = np.array(coded["origin"])
    found = []
    for feature in coded["features"]:
        rings = [
            [origin + np.cumsum(np.reshape(r, (-1, 2)), axis=0) * STEP for r in part] for part in feature["r"]
        ]
        found.append((feature["c"], shapely.union_all([shapely.Polygon(p[0], p[1:]) for p in rings])))
    return found


def test_coded_grids_are_the_grids_to_a_few_metres(demo_city: City) -> None:
    ground = demo_city.ground
    coded = ground.coded_levels[Level.BUILDING]
    shapes = decoded(coded.text)
    assert [code for code, _ in shapes] == [g.code for g in ground.structure.at_level(Level.BUILDING)]
    for code, shape in shapes[::10]:
        true = ground.outlines[code]
        assert shape.symmetric_difference(true).area < 0.01 * true.area


def test_shared_borders_stay_shared(demo_city: City) -> None:
    shapes = [shape for _, shape in decoded(demo_city.ground.coded_levels[Level.COMPOUND].text)]
    assert bool(shapely.coverage_is_valid(shapes))


def test_all_building_grids_fit_into_a_few_kilobytes(demo_city: City) -> None:
    assert len(gzip.compress(demo_city.ground.coded_levels[Level.BUILDING].text, 9)) < 32_000


def test_the_same_outlines_have_the_same_address() -> None:
    one = encode_grids([("a", "A", shapely.box(0, 0, 1, 1))])
    assert one.hash == encode_grids([("a", "A", shapely.box(0, 0, 1, 1))]).hash
    assert one.hash != encode_grids([("a", "B", shapely.box(0, 0, 1, 1))]).hash


def view() -> MapView:
    words = dict.fromkeys(("open", "overdue", "due_soon", "legend", "zoom_in", "zoom_out"), "</script>")
    return MapView(
        "p",
        (124, 39, 125, 40),
        {1: "/geo/x"},
        "/geo/b",
        "/live/loads",
        assets.addresses(),
        words,
        {"open": MeasureView("</script>", "0", {1: ("a",)})},
    )


def test_the_map_names_no_other_host_and_stays_small() -> None:
    page = build_map(view()).get_root().render()
    assert "//cdn" not in page and "https://" not in page.replace("https://leafletjs.com", "")
    assert len(page) < 12_000


def test_words_cannot_break_out_of_the_map_script() -> None:
    assert '</script>"' not in build_map(view()).get_root().render()
