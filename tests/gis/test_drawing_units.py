"""What the planner's map is drawn from: every unit's outline out of shared borders, small, and nothing of people."""

from __future__ import annotations

import gzip
import json
from collections import defaultdict
from typing import Any

import numpy as np
import pytest
import shapely

from city import assets
from city.opened import City
from city.units import unit_ground
from city.words import speak
from domain.plans.units import OUTSIDE
from gis.coding import TOLERANCE
from gis.map import build_draft_map
from gis.unit_coding import NOBODY, encode_units
from gis.units import UnitGround, build_units
from views.plan_map import plan_view

Point = tuple[int, int]
Chain = tuple[int, int, list[Point]]


def chains_of(coded: dict[str, Any]) -> list[Chain]:
    """The chains as a browser reads them, in whole numbers."""
    along = np.cumsum(np.column_stack([coded["x"], coded["y"]]), axis=0)
    found, start = [], 0
    for left, right, n in zip(coded["left"], coded["right"], coded["points"], strict=True):
        found.append((left, left + right, [(int(x), int(y)) for x, y in along[start : start + n]]))
        start += n
    return found


def outlines_of(coded: dict[str, Any]) -> dict[str, shapely.Geometry]:
    """Every unit's outline, put together from the chains around it."""
    lines = defaultdict(list)
    for left, right, points in chains_of(coded):
        if len(points) == 1:
            continue  # shorter than a step: both ends are one corner
        place = np.asarray(coded["origin"]) + np.asarray(points) * coded["step"]
        for unit in {left, right} - {NOBODY}:
            lines[coded["codes"][unit]].append(shapely.LineString(place))
    return {code: shapely.build_area(shapely.MultiLineString(around)) for code, around in lines.items()}


@pytest.fixture(scope="module")
def ground(demo_city: City) -> UnitGround:
    return unit_ground(demo_city)


@pytest.fixture(scope="module")
def coded(ground: UnitGround) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(encode_units(ground).text)
    return body


def test_the_chains_give_back_every_units_outline(ground: UnitGround, coded: dict[str, Any]) -> None:
    drawn = outlines_of(coded)
    assert drawn.keys() == ground.shapes.keys()
    for code, true in ground.shapes.items():
        shape = drawn[code]
        assert shape.geom_type == "Polygon", code
        assert shapely.hausdorff_distance(shape.exterior, true.exterior) < 2 * TOLERANCE, code


def test_neighbours_share_their_border_exactly(ground: UnitGround, coded: dict[str, Any]) -> None:
    """Each chain stands once and names both: no border is drawn twice, and all names are those of the ground."""
    codes = [*coded["codes"], OUTSIDE]
    pairs = {frozenset({codes[left], codes[right]}) for left, right, _ in chains_of(coded)}
    touching = {frozenset({one, two}) for one, near in ground.units.borders.items() for two in near}
    assert {pair for pair in pairs if OUTSIDE not in pair} == touching
    assert len(chains_of(coded)) == len(ground.chains)


def test_corners_stay_where_chains_meet(coded: dict[str, Any]) -> None:
    ends: dict[Point, int] = defaultdict(int)
    for _, _, points in chains_of(coded):
        ends[points[0]] += 1
        ends[points[-1]] += 1
    assert min(ends.values()) >= 2, "a chain that ends in nothing leaves an outline open"


def test_all_units_fit_into_a_few_kilobytes(ground: UnitGround) -> None:
    assert len(gzip.compress(encode_units(ground).text, 9)) < 120_000


def test_the_same_units_have_the_same_address(ground: UnitGround) -> None:
    assert encode_units(ground).hash == encode_units(ground).hash


def test_households_and_compounds_are_those_of_the_units_and_nothing_else_is_told(
    ground: UnitGround, coded: dict[str, Any]
) -> None:
    assert sum(coded["households"]) == ground.units.households(ground.units.by_code)
    for n, code in enumerate(coded["codes"]):
        compound = coded["compound"][n]
        assert ground.units[code].compound == (None if compound == NOBODY else coded["compounds"][compound])
    assert set(coded) == {
        "codes", "households", "compounds", "compound", "origin", "step", "left", "right", "points", "x", "y",
    }  # fmt: skip


def test_a_unit_inside_another_and_a_city_without_units_can_be_drawn() -> None:
    around = shapely.Polygon(shapely.box(124, 39, 124.01, 39.01).exterior, [shapely.box(124.004, 39.004, 124.006, 39.006).exterior])  # fmt: skip
    inner = shapely.box(124.004, 39.004, 124.006, 39.006)
    rows = [
        ("a", "x", None, None, 1, shapely.to_wkb(around)),
        ("b", "x", None, None, 2, shapely.to_wkb(inner)),
    ]
    drawn = outlines_of(json.loads(encode_units(build_units(rows)).text))
    assert len(drawn["a"].interiors) == 1 and drawn["b"].symmetric_difference(inner).area < 1e-9
    assert json.loads(encode_units(build_units([])).text)["left"] == []


def test_the_planners_map_names_no_other_host_stays_small_and_is_one_for_all_plans(demo_city: City) -> None:
    view = plan_view(demo_city, speak("en"))
    page = build_draft_map(view).get_root().render()
    assert "//cdn" not in page and "https://" not in page.replace("https://leafletjs.com", "")
    assert len(page) < 14_000
    assert view == plan_view(demo_city, speak("en"))
    assert assets.addresses()["drafting.js"] in page
