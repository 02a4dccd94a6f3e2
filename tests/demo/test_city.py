"""The demo city's ground, as committed: exact counts, whole coverage, one deterministic build."""

from __future__ import annotations

import filecmp
import itertools
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pytest
import shapely
from pyproj import Geod

from city.settings import HOME
from demo.boundaries import Boundaries, read_boundaries, table
from demo.build import BOUND, build_city
from domain.grids import Level

FOLDER = HOME / "data" / "boundaries"
FILES = ("units.geojson", "assignment.csv", "compounds.csv", "grids.csv", "streets.csv", "base.geojson")


@pytest.fixture(scope="module")
def boundaries() -> Boundaries:
    return read_boundaries(FOLDER)


def test_counts_are_exactly_the_reports(boundaries: Boundaries) -> None:
    levels = Counter(g.level for g in boundaries.grids)
    assert (levels[Level.COMMUNITY], levels[Level.COMPOUND], levels[Level.BUILDING]) == (18, 105, 382)
    assert len(boundaries.streets) == 3 and len(boundaries.compounds) == 168
    assert sum(u["compound"] is not None for u in boundaries.units) == 1_800
    assert sum(u["households"] for u in boundaries.units) == 96_817


def test_the_city_is_27_square_kilometres(boundaries: Boundaries) -> None:
    geod = Geod(ellps="WGS84")
    area = sum(geod.geometry_area_perimeter(u["shape"])[0] for u in boundaries.units)
    assert abs(area - 27e6) < 0.005 * 27e6


def test_units_cover_the_city_without_gap_or_overlap(boundaries: Boundaries) -> None:
    shapes = np.array([u["shape"] for u in boundaries.units])
    assert bool(shapely.coverage_is_valid(shapes))
    whole = shapely.coverage_union_all(shapes)
    assert isinstance(whole, shapely.Polygon) and not whole.interiors
    assert whole.area == pytest.approx(float(shapely.area(shapes).sum()), rel=1e-9)


def test_every_inner_edge_is_owned_exactly_twice(boundaries: Boundaries) -> None:
    owners: Counter[tuple[tuple[float, float], ...]] = Counter()
    for unit in boundaries.units:
        ring = [tuple(p) for p in shapely.get_coordinates(unit["shape"]).tolist()]
        owners.update(tuple(sorted(pair)) for pair in itertools.pairwise(ring))
    outer = {n for n in owners.values() if n not in (1, 2)}
    assert not outer
    outline = shapely.get_coordinates(shapely.coverage_union_all([u["shape"] for u in boundaries.units]))
    assert sum(n == 1 for n in owners.values()) == len(outline) - 1


def test_every_grid_is_one_piece_without_holes(boundaries: Boundaries) -> None:
    for outline in boundaries.outlines.values():
        assert isinstance(outline, shapely.Polygon) and not outline.interiors


def test_every_building_grid_has_200_to_400_households(boundaries: Boundaries) -> None:
    for grid in boundaries.grids:
        if grid.level is Level.BUILDING:
            assert grid.households and 200 <= grid.households <= 400


def test_compounds_stay_whole_in_level_2_and_as_many_grids_as_said_are_in_band(
    boundaries: Boundaries,
) -> None:
    homes: dict[str, set[str]] = defaultdict(set)
    for unit in boundaries.units:
        if unit["compound"]:
            homes[unit["compound"]].add(boundaries.home_of[unit["unit"]][:15])
    assert all(len(grids) == 1 for grids in homes.values())
    in_band = sum(
        g.level is Level.COMPOUND and 1_000 <= (g.households or 0) <= 1_500 for g in boundaries.grids
    )
    assert in_band == 66 <= BOUND


def test_codes_nest_by_prefix(boundaries: Boundaries) -> None:
    for grid in boundaries.grids:
        assert grid.parent == grid.code[: {1: 9, 2: 12, 3: 15}[grid.level]]


def test_compounds_of_the_report_are_there(boundaries: Boundaries) -> None:
    rows = {row["name"]: row["level2"] for row in table(FOLDER / "compounds.csv")}
    assert rows["鼎林华庭"].startswith("210681001002")
    assert {"如锦江畔", "太平湖小区"} <= set(rows)
    assert len(rows) == 168


def test_departments_are_linked_three_to_five_to_a_community(boundaries: Boundaries) -> None:
    links = table(FOLDER / "department_links.csv")
    assert len({row["department"] for row in links}) == len(links) == 78
    counts = Counter(row["community"] for row in links)
    assert set(counts) == {g.code for g in boundaries.grids if g.level is Level.COMMUNITY}
    assert all(3 <= n <= 5 for n in counts.values())
    assert len(table(FOLDER / "leaders.csv")) == 32


def test_building_again_gives_the_same_files_byte_for_byte(tmp_path: Path) -> None:
    report = build_city(tmp_path)
    assert f"66 of 105 ({'the solver'}" in str(report)
    assert filecmp.cmpfiles(FOLDER, tmp_path, FILES, shallow=False) == (list(FILES), [], [])
