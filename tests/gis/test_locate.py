"""Locating points: the covering grid, the lower code on a shared edge, nothing outside – singly and by the million."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as some

from city.opened import City
from domain.grids import Level, Located
from domain.place import LngLat
from gis import locate
from gis.locate import MIXED, NEAREST, OUTSIDE, LevelLocator, Locator

SQUARES = {"a": shapely.box(0, 0, 1, 1), "b": shapely.box(1, 0, 2, 1), "c": shapely.box(0, 1, 2, 2)}


def brute(outlines: dict[str, shapely.Geometry], x: float, y: float) -> str | None:
    return min((code for code, shape in outlines.items() if shape.covers(shapely.Point(x, y))), default=None)


def test_a_point_on_a_shared_edge_goes_to_the_lower_code_whatever_the_order() -> None:
    for codes in (["a", "b", "c"], ["c", "b", "a"]):
        locator = LevelLocator(codes, [SQUARES[c] for c in codes])
        assert locator.locate(LngLat(1, 0.5)) == "a"
        assert locator.locate(LngLat(1, 1)) == "a"
        assert locator.locate(LngLat(1.5, 1)) == "b"


def test_a_point_outside_every_grid_lies_nowhere() -> None:
    locator = Locator([("a", Level.COMMUNITY, SQUARES["a"])])
    assert locator.locate(LngLat(5, 5)) == Located()
    assert locator.locate_many(np.array([5.0, np.nan]), np.array([5.0, 0.5]), Level.COMMUNITY).tolist() == [
        None,
        None,
    ]


def test_a_city_without_a_level_has_nothing_there() -> None:
    locator = Locator([("a", Level.COMMUNITY, SQUARES["a"])])
    assert locator.locate(LngLat(0.5, 0.5)) == Located("a", None, None)


def test_a_point_on_the_border_of_two_of_the_smallest_grids_lies_on_an_edge() -> None:
    locator = Locator(
        [("c", Level.COMMUNITY, shapely.box(0, 0, 2, 2)), ("e", Level.COMMUNITY, shapely.box(2, 0, 4, 2))]
        + [(code, Level.BUILDING, shape) for code, shape in SQUARES.items()]
    )
    assert locator.on_edge(LngLat(1, 0.5)) and locator.on_edge(LngLat(1, 1))
    assert not locator.on_edge(LngLat(0.5, 0.5)) and not locator.on_edge(LngLat(0, 0))
    # Two communities meet here, but only one of the smallest grids reaches it.
    assert not locator.on_edge(LngLat(2, 0.5))
    # East of it no smaller grid lies: there the communities are the smallest.
    assert not locator.on_edge(LngLat(3, 1)) and not locator.on_edge(LngLat(9, 9))


def test_a_corner_that_grids_of_the_demo_city_share_lies_on_an_edge(demo_city: City) -> None:
    ground = demo_city.ground
    codes = [g.code for g in ground.structure.at_level(Level.BUILDING)]
    first = ground.outlines[codes[0]]
    corners = [LngLat(x, y) for x, y in shapely.get_coordinates(first)]
    shared = [c for c in corners if len(ground.locator.levels[Level.BUILDING].covering(c)) > 1]
    assert shared and all(ground.locator.on_edge(corner) for corner in shared)
    inside = first.representative_point()
    assert not ground.locator.on_edge(LngLat(inside.x, inside.y))


shapes = some.lists(
    some.tuples(
        some.floats(0, 8), some.floats(0, 8), some.floats(0.3, 4), some.integers(3, 9), some.booleans()
    ),
    min_size=1,
    max_size=7,
)


def blob(x: float, y: float, r: float, corners: int, hollow: bool) -> shapely.Geometry:
    turn = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    outer = shapely.Polygon(np.column_stack([x + r * np.cos(turn), y + r * np.sin(turn)]))
    return outer.difference(shapely.Point(x, y).buffer(r / 4)) if hollow else outer


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(shapes, some.integers(0, 2**32 - 1))
def test_many_points_are_located_as_each_alone_also_where_grids_overlap_or_have_holes(parts, seed) -> None:  # type: ignore[no-untyped-def]
    outlines = {f"g{n}": blob(*part) for n, part in enumerate(parts)}
    locator = LevelLocator(list(outlines), list(outlines.values()))
    random = np.random.default_rng(seed)
    corners = np.concatenate([shapely.get_coordinates(o) for o in outlines.values()])
    xy = np.concatenate([random.uniform(-2, 12, (300, 2)), corners])
    found = locator.locate_many(xy[:, 0], xy[:, 1])
    for (x, y), index in zip(xy, found, strict=True):
        assert (locator.codes[index] if index != OUTSIDE else None) == brute(outlines, x, y)


def lattice(side: int, seed: int) -> list[shapely.Geometry]:
    """Cells side by side whose corners were moved, some of them lying askew over their neighbours."""
    random = np.random.default_rng(seed)
    corners = np.stack(np.meshgrid(np.arange(side + 1.0), np.arange(side + 1.0)), axis=-1)
    corners += random.uniform(-0.3, 0.3, corners.shape)
    rings = np.stack([corners[:-1, :-1], corners[:-1, 1:], corners[1:, 1:], corners[1:, :-1]], axis=2)
    cells = shapely.polygons(rings.reshape(-1, 4, 2))
    askew = random.integers(0, len(cells), 5)
    cells[askew] = shapely.buffer(cells[askew], 0.2)
    return list(cells[random.random(len(cells)) > 0.05])


@settings(max_examples=5, deadline=None)
@given(some.integers(0, 2**32 - 1), some.sampled_from([200, 777]))
def test_on_a_raster_of_many_grids_a_cell_tells_what_its_border_tells(seed: int, cells: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(locate, "FEWEST_CELLS", cells)
        patch.setattr(locate, "CELLS_A_GRID", 1)
        outlines = lattice(40, seed)
        codes = [f"{n:05d}" for n in range(len(outlines))]
        locator = LevelLocator(codes, outlines)
        random = np.random.default_rng(seed)
        corners = shapely.get_coordinates(outlines)
        middles = (corners[:-1] + corners[1:]) / 2
        xy = np.concatenate([random.uniform(-2, 42, (20_000, 2)), corners, middles])
        found = locator.locate_many(xy[:, 0], xy[:, 1])
        assert (found == locator.exactly(xy[:, 0], xy[:, 1])).all()
        assert len(locator.raster.starts) > 2 and locator.raster.patch.dtype == np.uint16
        told = locator.by_cell(xy[:, 0], xy[:, 1])
        assert 0 < np.count_nonzero(told == MIXED) < len(xy)


def test_the_nearest_grids_come_first_as_far_as_anybody_looks() -> None:
    outlines = lattice(40, 3)
    codes = [f"{n:05d}" for n in range(len(outlines))]
    locator = LevelLocator(codes, outlines)
    for lng, lat in ((7.3, 22.8), (-30.0, 60.0)):
        point = LngLat(lng, lat)
        scale = np.array([np.cos(np.radians(lat)), 1.0])
        flat = shapely.transform(np.array(outlines), lambda xy, scale=scale: xy * scale)
        away = shapely.distance(flat, shapely.Point(lng * scale[0], lat))
        order = [codes[i] for i in np.argsort(away, kind="stable")]
        told = locator.nearest(point)
        assert told[:NEAREST] == order[:NEAREST]
        assert sorted(told) == codes and told[NEAREST:] == sorted(told[NEAREST:])


def test_every_building_of_the_demo_city_lies_in_the_grid_it_is_assigned_to(demo_city: City) -> None:
    ground = demo_city.ground
    for code in list(ground.structure.by_level[Level.BUILDING])[::20]:
        point = ground.outlines[code.code].representative_point()
        assert ground.locator.locate(LngLat(point.x, point.y)) == Located(
            code.code[:12], code.code[:15], code.code
        )
