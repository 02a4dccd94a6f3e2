"""The city's units: read once for each content, derived where the city came as polygons."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import shapely
from sqlalchemy import update

from city.boundaries import import_boundaries
from city.opened import City
from city.settings import Settings
from city.units import derive_missing, derive_units, read_units, unit_ground
from domain.grids import Grid, Level
from domain.plans.drafts import Draft
from gis.crs import projected
from gis.reading import Columns
from gis.strict import strict
from storage import plans, schema
from storage.database import Database
from storage.drafts import read_draft
from storage.facts import bump_revision
from storage.imports import add_level
from storage.lists import all_events
from storage.migrate import migrate
from tests.conftest import NOON, sqlite_url

STEP = 0.001
LEVELS = ((1, "wards", "WARD_ID", None), (2, "ancs", "ANC_ID", "WARD_ID"), (3, "smds", "SMD_ID", "ANC_ID"))


def box(x: float, y: float, w: float = 1, h: float = 1) -> shapely.Polygon:
    return shapely.box(124 + x * STEP, 39 + y * STEP, 124 + (x + w) * STEP, 39 + (y + h) * STEP)


FLAWED = {
    "A1": box(0, 0, 1.01),  # a metre into its neighbour
    "A2": box(1, 0),
    "B1": shapely.MultiPolygon([box(0, 1), box(1.5, 1, 0.5)]),  # in two parts
    "B2": box(1.01, 1, 0.49),  # a metre from its neighbour
    "B1-2": box(0, 2, 2),  # has the code that the second part would have
}


def drawn_city(folder: Path) -> City:
    """A city that came as polygons, with flaws: two levels, the smaller one under A and B."""
    city = City(Settings(database_url=sqlite_url(folder / "drawn.db")))
    migrate(city.database)
    levels = (
        (1, [("A", None, 0, box(0, 0, 2)), ("B", None, 0, box(0, 1, 2, 2))]),
        (2, [(code, code[0], 100, shape) for code, shape in FLAWED.items()]),
    )
    for level, grids in levels:
        features = [
            {"type": "Feature", "geometry": shapely.geometry.mapping(shape),
             "properties": {"code": code, "name": code, "parent": parent, "households": households}}
            for code, parent, households, shape in grids
        ]  # fmt: skip
        file = folder / f"{level}.geojson"
        file.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
        columns = Columns(
            "code", "name", "parent" if level > 1 else None, "households" if level > 1 else None
        )
        import_boundaries(city, file, Level(level), columns)
    return city


def test_the_demo_citys_units_are_read_once_for_each_content(own_city: City) -> None:
    ground = unit_ground(own_city)
    assert len(ground.shapes) == 3_479 and not ground.findings
    assert unit_ground(own_city) is ground
    with own_city.database.write() as connection:
        bump_revision(connection)
    own_city._looked_at = 0
    assert unit_ground(own_city) is ground
    with own_city.database.write() as connection:
        connection.execute(update(schema.units).values(households=1))
        bump_revision(connection)
    own_city._looked_at = 0
    assert unit_ground(own_city).units.hash != ground.units.hash


def test_a_city_of_polygons_has_units_before_anybody_drafts_and_the_same_after(tmp_path: Path) -> None:
    city = drawn_city(tmp_path)
    before = unit_ground(city)
    assert set(before.shapes) == {"A1", "A2", "B1", "B1-2", "B1-3", "B2"} and not before.findings
    derive_missing(city)
    derive_missing(city)
    city._looked_at = 0
    assert unit_ground(city).units.hash == before.units.hash
    assert unit_ground(city).units.households(before.codes) == 500
    assert before.units["B1-3"].households == 0 and before.units["B1"].kind == "grid"
    city.database.close()


def test_flaws_are_cleaned_away_in_the_units_and_stay_in_the_source(tmp_path: Path) -> None:
    city = drawn_city(tmp_path)
    before = dict(city.ground.outlines)
    derive_missing(city)
    ground = unit_ground(city)
    assert shapely.coverage_is_valid(ground.shape_array)
    whole = ground.outline(ground.codes)
    assert whole.geom_type == "Polygon" and whole.equals(box(0, 0, 2, 3))
    city._looked_at = 0
    assert all(city.ground.outlines[code].equals(shape) for code, shape in before.items())
    city.database.close()


def test_the_plan_in_force_reads_as_a_draft_over_derived_units(database: Database) -> None:
    with database.write() as connection:
        add_level(
            connection,
            [
                plans.DrawnGrid(Grid(c, Level.COMMUNITY, c, None, 7), 0, shapely.to_wkb(s))
                for c, s in FLAWED.items()
            ],
            NOON,
        )
    with database.write() as connection:
        ground = derive_units(connection, now=NOON)
        assert derive_units(connection, now=NOON).units.hash == ground.units.hash
    with database.read() as connection:
        plan = plans.plan_in_force(connection)
        assert plan is not None
        draft = read_draft(connection, plan.id)
        assert read_units(connection).units.hash == ground.units.hash
        events = [e for e in all_events(connection) if e.kind == "units_derived"]
    assert draft.home == {**{c: c for c in FLAWED}, "B1-3": "B1"}
    assert [e.facts["units"] for e in events] == [6] and events[0].facts["content"] == ground.units.hash
    assert 0 < float(str(events[0].facts["moved"])) < 1_000


def test_an_empty_city_has_no_units(tmp_path: Path) -> None:
    city = City(Settings(database_url=sqlite_url(tmp_path / "empty.db")))
    migrate(city.database)
    derive_missing(city)
    assert not unit_ground(city).shapes
    city.database.close()


@pytest.mark.slow
def test_washingtons_districts_become_units(washington: Path, tmp_path: Path) -> None:
    city = City(Settings(database_url=sqlite_url(tmp_path / "washington.db")))
    migrate(city.database)
    for level, name, code, parent in LEVELS:
        import_boundaries(city, washington / f"{name}.geojson", Level(level), Columns(code, "NAME", parent))
    derive_missing(city)
    ground = unit_ground(city)
    assert len(ground.shapes) == 296 and not ground.findings
    source = np.array([city.ground.outlines[code] for code in ground.codes])
    moved = projected(shapely.symmetric_difference(source, ground.shape_array), ground.to_metres)
    assert shapely.area(moved).sum() < 1
    with city.database.read() as connection:
        draft: Draft = read_draft(connection, city.ground.plan.id)  # type: ignore[union-attr]
    assert {len(draft.units_of(g)) for g in draft.grids if draft.grids[g].level is Level.BUILDING} == {1}
    assert len(ground.outlines(draft)) == 344
    assert strict(ground, draft) == []
    city.database.close()
