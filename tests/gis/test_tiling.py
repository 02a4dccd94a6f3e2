"""A level cut into bundles: every grid whole in one of them, borders shared at every zoom, the same bytes every time."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from city.opened import City
from domain.grids import Level
from gis.tiling import AT_ONCE, CLOSEST, FINE, SCREEN, Grid, Tiled, content_of, steps_of, tile

AT_MOST = 40
FAR = (0.6, 0.3)


@dataclass(frozen=True)
class Read:
    """One grid as a browser reads it."""

    code: str
    name: str
    label: tuple[float, float]
    shape: shapely.Geometry


def unpacked(body: bytes) -> Any:
    return json.loads(gzip.decompress(body))


def read(body: bytes) -> dict[int, Read]:
    """A bundle's grids by their numbers in the level, read as ``tiles.js`` does."""
    coded, found, number = unpacked(body), {}, 0
    at = np.array(coded["origin"])
    moves = np.array(coded["p"]).reshape(-1, 2)
    for n, (code, name, rings) in enumerate(zip(coded["c"], coded["n"], coded["r"], strict=True)):
        number += coded["i"][n]
        at = at + moves[n]
        parts = [[at + np.cumsum(np.reshape(r, (-1, 2)), axis=0) for r in part] for part in rings]
        shapes = [
            shapely.Polygon(p[0] * coded["step"], [h * coded["step"] for h in p[1:] if len(h) > 2])
            for p in parts
            if len(p[0]) > 2
        ]
        label = tuple((at * coded["step"]).tolist())
        found[number] = Read(code, name, label, shapely.union_all(shapely.make_valid(shapes)))
    return found


def whole(tiled: Tiled, zoom: int) -> dict[int, Read]:
    """Every grid of a level as it is drawn from a zoom on."""
    found: dict[int, Read] = {}
    for (at, _), body in tiled.bodies.items():
        if at == zoom:
            grids = read(body)
            assert not found.keys() & grids.keys(), "a grid is in one bundle"
            found |= grids
    return found


@pytest.fixture(scope="module")
def grids(demo_city: City) -> list[Grid]:
    """Those of two cities, so far apart that one sees both from afar alone."""
    near = demo_city.ground.drawn(Level.BUILDING)
    far = [(f"{code}-2", name, shapely.transform(o, lambda points: points + FAR)) for code, name, o in near]
    return near + far


@pytest.fixture(scope="module")
def tiled(grids: list[Grid]) -> Tiled:
    return tile(grids, AT_MOST)


def zooms(tiled: Tiled) -> list[int]:
    found: list[int] = unpacked(tiled.index)["zooms"]
    return found


def test_every_grid_is_in_one_bundle_the_same_at_every_zoom(grids: list[Grid], tiled: Tiled) -> None:
    assert len(zooms(tiled)) > 1 and zooms(tiled)[-1] == CLOSEST
    for zoom in zooms(tiled):
        found = whole(tiled, zoom)
        assert [(found[n].code, found[n].name) for n in range(len(grids))] == [g[:2] for g in grids]
    for (_, bundle), body in tiled.bodies.items():
        numbers = list(read(body))
        assert numbers == sorted(numbers) and set(tiled.bundle_of[numbers]) == {bundle}


def test_no_bundle_is_larger_than_asked_and_few_are_small(grids: list[Grid], tiled: Tiled) -> None:
    sizes = np.bincount(tiled.bundle_of)
    assert sizes.sum() == len(grids) and sizes.max() <= AT_MOST and sizes.min() > AT_MOST // 3
    assert [count for *_, count in unpacked(tiled.index)["bundles"]] == sizes.tolist()


def test_borders_stay_shared_and_nothing_opens_between_grids_at_any_zoom(
    grids: list[Grid], tiled: Tiled
) -> None:
    true = shapely.union_all([outline for *_, outline in grids])
    for zoom in zooms(tiled):
        shapes = [grid.shape for _, grid in sorted(whole(tiled, zoom).items())]
        together = shapely.union_all(shapes)
        pixel = 360 / (256 * 2**zoom)
        assert sum(shape.area for shape in shapes) == pytest.approx(together.area, rel=2e-3), "no overlaps"
        assert together.symmetric_difference(true).area < 2 * pixel * true.length, "the same ground"
        holes = sum(len(part.interiors) for part in shapely.get_parts(together))
        assert holes <= sum(len(part.interiors) for part in shapely.get_parts(true)), "no gaps"


def test_from_close_by_grids_are_true_to_a_few_metres(grids: list[Grid], tiled: Tiled) -> None:
    found = whole(tiled, CLOSEST)
    for n, (*_, true) in list(enumerate(grids))[::10]:
        assert found[n].shape.symmetric_difference(true).area < 0.01 * true.area
        assert true.contains(shapely.Point(found[n].label))


def test_a_bundle_lies_within_its_bounds(grids: list[Grid], tiled: Tiled) -> None:
    bundles = unpacked(tiled.index)["bundles"]
    for n, (*_, outline) in enumerate(grids):
        west, south, east, north, _ = bundles[tiled.bundle_of[n]]
        assert shapely.box(west / FINE, south / FINE, east / FINE, north / FINE).contains(outline)
    for (_, bundle), body in tiled.bodies.items():
        west, south, east, north, _ = bundles[bundle]
        box = shapely.box(west / FINE, south / FINE, east / FINE, north / FINE)
        assert all(box.contains(grid.shape) for grid in read(body).values())


def test_the_same_grids_have_the_same_bytes_and_the_same_name(grids: list[Grid], tiled: Tiled) -> None:
    again = tile(list(grids), AT_MOST)
    assert again.index == tiled.index and again.bodies == tiled.bodies
    assert content_of(grids) == content_of(list(grids))
    code, name, outline = grids[0]
    moved = shapely.transform(outline, lambda points: points + 1e-6)
    for other in ((code, name + "!", outline), ("x", name, outline), (code, name, moved)):
        assert content_of([other, *grids[1:]]) != content_of(grids)


def test_holes_parts_and_grids_without_an_outline_are_kept() -> None:
    outer, hole = shapely.box(0, 0, 0.01, 0.01), shapely.box(0.004, 0.004, 0.006, 0.006)
    apart = shapely.MultiPolygon([shapely.box(0.02, 0, 0.03, 0.01), shapely.box(0.04, 0, 0.05, 0.01)])
    drawn = [("a", "A", outer - hole), ("b", "B", hole), ("c", "C", apart), ("d", "D", shapely.Polygon())]
    found = whole(tile(drawn), CLOSEST)
    assert [grid.code for _, grid in sorted(found.items())] == ["a", "b", "c", "d"]
    for n, (*_, true) in enumerate(drawn):
        assert found[n].shape.symmetric_difference(true).area < 1e-7


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400)), min_size=1, max_size=60),
    st.integers(1, 12),
)
def test_wherever_grids_lie_each_is_in_one_bundle_that_is_no_larger_than_asked(
    places: list[tuple[int, int]], at_most: int
) -> None:
    drawn = [
        (str(n), "", shapely.box(x / 1e4, y / 1e4, (x + 1) / 1e4, (y + 1) / 1e4))
        for n, (x, y) in enumerate(places)
    ]
    tiled = tile(drawn, at_most)
    assert np.bincount(tiled.bundle_of).max() <= at_most
    for zoom in zooms(tiled):
        assert sorted(whole(tiled, zoom)) == list(range(len(places)))


@pytest.mark.parametrize("n", [1, 2_000, 10_000, 150_000, 2_000_000])
@pytest.mark.parametrize("degrees", [0.0, 0.01, 0.5, 5.0])
def test_there_is_a_step_for_every_zoom_from_which_a_usual_screen_is_not_too_full(
    n: int, degrees: float
) -> None:
    steps = steps_of(np.array([[100.0, 30.0, 100.0 + degrees, 30.0 + degrees]]), n)
    assert steps[-1].zoom == CLOSEST and all(a.zoom < b.zoom for a, b in pairwise(steps))
    assert all(a.tolerance >= b.tolerance and a.lattice >= b.lattice for a, b in pairwise(steps))
    first = steps[0].zoom
    if degrees and 0 < first < CLOSEST:
        density = n / (degrees / 360 * 256 * 2 ** (first - 1)) ** 2
        assert n <= 2 * AT_ONCE or density * SCREEN > AT_ONCE, "one zoom farther nobody would draw it"
