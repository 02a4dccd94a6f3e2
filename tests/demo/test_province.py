"""A synthetic province: counties side by side, its tickets as the rules have them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from city.boundaries import import_boundaries
from city.opened import City
from city.settings import HOME, Settings
from city.verifying import verify
from demo.boundaries import read_boundaries
from demo.province import Province, make_province, write_province
from domain.findings import is_clean
from domain.grids import Level
from gis.reading import Columns
from storage.migrate import migrate

BOUNDARIES = HOME / "data" / "boundaries"


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[City]:
    city = City(Settings(database_url=f"sqlite:///{tmp_path / 'province.db'}"))
    migrate(city.database)
    yield city
    city.database.close()


def test_counties_have_codes_of_their_own_and_lie_beside_each_other() -> None:
    counties = list(Province(read_boundaries(BOUNDARIES), 5).counties())
    codes = [grid.code for county in counties for grid in county.grids]
    assert len(set(codes)) == len(codes) == 5 * 505
    wholes = np.array([shapely.union_all(list(county.outlines)) for county in counties])
    first, second = shapely.STRtree(wholes).query(wholes, predicate="intersects")
    assert (first == second).all()
    assert shapely.distance(wholes[0], wholes[1]) < 0.005


def test_a_province_is_a_city_that_verifies(empty: City) -> None:
    assert make_province(empty, 3, tickets=500) == 3 * 505
    assert [len(empty.ground.structure.at_level(level)) for level in Level] == [54, 315, 1146]
    leaf = empty.ground.structure.at_level(Level.BUILDING)[0]
    assert empty.ground.structure.chain(leaf.code)[-2] in empty.ground.structure.streets
    assert verify(empty).findings == ()
    assert sum(load.open for load in empty.loads(Level.BUILDING).values()) == 500
    assert any(load.overdue for load in empty.loads(Level.COMMUNITY).values())


def test_its_files_are_read_as_boundaries(empty: City, tmp_path: Path) -> None:
    assert write_province(BOUNDARIES, tmp_path / "files", 2) == 2 * 505
    for level in Level:
        path = tmp_path / "files" / f"level{int(level)}.parquet"
        columns = Columns("code", "name", "parent" if level > 1 else None, "households")
        done = import_boundaries(empty, path, level, columns)
        assert done.grids == len(gpd.read_parquet(path))
        assert is_clean(done.findings)
