"""Cut a level of many grids into bundles for the browser, each coded once for every range of zooms.

A grid belongs whole to one bundle, the same at every zoom, by where its label sits; so no outline is cut at an edge, and
what is known of a bundle – its grids, their counts – stays while one looks closer. A **step** is a zoom from which on
outlines are drawn a certain way: the level is simplified together by about a pixel of that zoom, and its points lie on
one lattice for all bundles, so that neighbours keep one border, also over the edge of a bundle.

Points are ``step × (x, y)`` in degrees. A body holds columns: ``i`` the grids' numbers in the level in the order of codes,
``c`` codes, ``n`` names, ``p`` label points, ``r`` rings. Numbers and label points are steps from the one before, a
ring's first pair counts from its grid's label point, and its last point, which is its first, is left out.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from gis.coding import STEP, TOLERANCE

CODING = 1
"""Another number whenever the same grids are coded another way."""

BUNDLE = 800
"""Grids of a bundle at most; bundles are halved until they have no more, so most have more than half as many."""

CLOSEST = 14
"""The zoom from which on outlines are drawn as exactly as they are coded at all."""

ZOOMS = 2
"""Zooms between two steps."""

SCREEN = 1024 * 768
"""Pixels of a map's frame on a usual screen."""

AT_ONCE = 12_000
"""Grids that a browser draws at once at most; where a frame would hold more, it draws a coarser level in their place."""

FINE = 1e5
"""Parts of a degree in which an index tells bounds."""

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Grid = tuple[str, str, shapely.Geometry]
"""Code, name, outline in EPSG:4326."""


@dataclass(frozen=True, slots=True)
class Step:
    """How outlines are drawn from a zoom on; lengths in degrees."""

    zoom: int
    tolerance: float
    lattice: float


@dataclass(frozen=True, slots=True)
class Tiled:
    """A level cut into bundles: its index, the bundle of each grid in the order given, and the bodies, all compressed.

    ``bodies`` are keyed by the zoom of their step and the number of their bundle.
    """

    index: bytes
    bundle_of: Ints
    bodies: dict[tuple[int, int], bytes]


def content_of(grids: Sequence[Grid]) -> str:
    """The name of a level by what is drawn of it: the same grids always have the same."""
    content = hashlib.sha256(f"{CODING} {len(grids)}".encode())
    content.update("\n".join(f"{code}\t{name}" for code, name, _ in grids).encode())
    for outline in shapely.to_wkb([outline for _, _, outline in grids]) if grids else ():
        content.update(outline)
    return content.hexdigest()[:20]


def tile(grids: Sequence[Grid], at_most: int = BUNDLE) -> Tiled:
    """Cut grids (in the order of codes) into bundles of at most so many."""
    codes, names = [code for code, _, _ in grids], [name for _, name, _ in grids]
    outlines = np.array([outline for _, _, outline in grids], dtype=object)
    whole = bool(shapely.coverage_is_valid(outlines))
    exact = _simplified(outlines, TOLERANCE, whole)
    labels = _label_points(exact)
    bundle_of = _bundles(labels, at_most)
    order = np.argsort(bundle_of, kind="stable")
    members = np.split(order, np.cumsum(np.bincount(bundle_of))[:-1])
    bodies: dict[tuple[int, int], bytes] = {}
    steps, drawn = steps_of(shapely.bounds(outlines), len(grids)), exact
    for step in reversed(steps):
        if step.tolerance > TOLERANCE:
            drawn = _simplified(drawn, step.tolerance, whole)
        lattice_labels = np.rint(labels / step.lattice).astype(np.int64)
        rings = _rings(drawn, lattice_labels, step.lattice)
        for number, inside in enumerate(members):
            bodies[step.zoom, number] = _squeezed(_body(step, inside, codes, names, lattice_labels, rings))
    return Tiled(_squeezed(_index(steps, members, outlines)), bundle_of, bodies)


def steps_of(bounds: Floats, n: int) -> tuple[Step, ...]:
    """The steps of a level, the farthest first: none from so far that no usual screen would draw them."""
    west, south, east, north = _extent(bounds)
    low, high = _mercator(np.array([[west, south], [east, north]]))
    across, up = np.maximum(high - low, 1e-9)
    all_in_frame = math.log2(min(1024 / across, 768 / up) / 256)
    few_in_frame = 0.5 * math.log2(n / (2 * AT_ONCE) * SCREEN / (across * up)) - 8
    first = max(0, math.floor(max(all_in_frame, few_in_frame)))
    zooms = [zoom for zoom in range(CLOSEST, -1, -ZOOMS) if zoom > first - ZOOMS] or [CLOSEST]
    return tuple(_step(zoom) for zoom in reversed(zooms))


def _step(zoom: int) -> Step:
    """Up to the next step a border is off by half a pixel at first and two at last; its points by a quarter of that."""
    pixel = 360 / (256 * 2.0**zoom)
    if zoom == CLOSEST:
        return Step(zoom, TOLERANCE, STEP)
    return Step(zoom, max(TOLERANCE, pixel / 2), max(STEP, pixel / 8))


def _simplified(outlines: Any, tolerance: float, whole: bool) -> Any:
    """Simplify together, so that neighbours keep one border – unless they overlap, as real cities' do."""
    if whole:
        return np.asarray(shapely.coverage_simplify(outlines, tolerance))
    return shapely.simplify(outlines, tolerance)


def _extent(bounds: Floats) -> tuple[float, float, float, float]:
    """The bounds of all; of nothing, the middle of the world."""
    known = bounds[~np.isnan(bounds).any(axis=1)]
    if not len(known):
        return 0.0, 0.0, 0.0, 0.0
    west, south = known[:, :2].min(axis=0)
    east, north = known[:, 2:].max(axis=0)
    return float(west), float(south), float(east), float(north)


def _mercator(points: Floats) -> Floats:
    """Longitude and latitude on the unit square of web maps, y to the north."""
    lat = np.radians(np.clip(points[:, 1], -85, 85))
    return np.column_stack([points[:, 0] / 360, np.arcsinh(np.tan(lat)) / (2 * np.pi)])


def _label_points(outlines: Any) -> Floats:
    """Where labels sit: the middle of the widest part, never outside the grid."""
    parts, of = shapely.get_parts(outlines, return_index=True)
    there = ~shapely.is_empty(parts)
    parts, of = parts[there], of[there]
    order = np.lexsort((shapely.area(parts), of))
    last = np.append(of[order][1:] != of[order][:-1], True) if len(order) else np.array([], dtype=bool)
    widest, of_grid = parts[order][last], of[order][last]
    bounds = shapely.bounds(widest)
    reach = np.maximum(bounds[:, 2] - bounds[:, 0], bounds[:, 3] - bounds[:, 1])
    is_area = shapely.area(widest) > 0
    points = np.zeros((len(outlines), 2))
    circles = shapely.maximum_inscribed_circle(widest[is_area], tolerance=reach[is_area] / 50)
    points[of_grid[is_area]] = shapely.get_coordinates(shapely.get_point(circles, 0))
    points[of_grid[~is_area]] = (bounds[~is_area, :2] + bounds[~is_area, 2:]) / 2
    return points


def _bundles(labels: Floats, at_most: int) -> Ints:
    """The bundle of each label: halved across the longer side until none holds more than so many."""
    places = _mercator(labels)
    bundle_of = np.zeros(len(labels), dtype=np.int64)
    for number, inside in enumerate(_halved(np.arange(len(labels)), places, at_most)):
        bundle_of[inside] = number
    return bundle_of


def _halved(inside: Ints, places: Floats, at_most: int) -> Iterator[Ints]:
    if len(inside) <= at_most:
        yield inside
        return
    here = places[inside]
    axis = int(np.argmax(here.max(axis=0) - here.min(axis=0)))
    order = inside[np.lexsort((inside, here[:, axis]))]
    middle = len(order) // 2
    yield from _halved(order[:middle], places, at_most)
    yield from _halved(order[middle:], places, at_most)


def _rings(outlines: Any, labels: Ints, lattice: float) -> list[list[list[list[int]]]]:
    """Every grid's parts, each its outer ring and its holes, as steps on the lattice."""
    parts, grid_of_part = shapely.get_parts(outlines, return_index=True)
    is_area = (shapely.get_type_id(parts) == shapely.GeometryType.POLYGON) & ~shapely.is_empty(parts)
    parts, grid_of_part = parts[is_area], grid_of_part[is_area]
    rings, part_of_ring = shapely.get_rings(parts, return_index=True)
    points, ring_of_point = shapely.get_coordinates(rings, return_index=True)
    whole = np.rint(points / lattice).astype(np.int64)
    first = np.append(True, ring_of_point[1:] != ring_of_point[:-1]) if len(whole) else np.array([], bool)
    moves = np.diff(whole, axis=0, prepend=np.zeros((1, 2), dtype=np.int64))
    moves[first] = whole[first] - labels[grid_of_part[part_of_ring]]
    kept = (moves != 0).any(axis=1) | first
    # A ring's last point is its first.
    kept[np.append(first[1:], True) if len(first) else first] = False
    ends = np.cumsum(np.bincount(ring_of_point[kept], minlength=len(rings))) * 2
    flat, begin = moves[kept].ravel().tolist(), 0
    found: list[list[list[list[int]]]] = [[] for _ in range(len(outlines))]
    last = -1
    for end, part in zip(ends.tolist(), part_of_ring.tolist(), strict=True):
        of_grid = found[grid_of_part[part]]
        if part != last:
            of_grid.append([])
        of_grid[-1].append(flat[begin:end])
        begin, last = end, part
    return found


def _body(
    step: Step, inside: Ints, codes: list[str], names: list[str], labels: Ints, rings: list[Any]
) -> dict[str, Any]:
    origin = labels[inside[0]]
    numbers = inside.tolist()
    return {
        "step": step.lattice,
        "origin": origin.tolist(),
        "i": np.diff(inside, prepend=0).tolist(),
        "c": [codes[n] for n in numbers],
        "n": [names[n] for n in numbers],
        "p": np.diff(labels[inside], axis=0, prepend=origin[None]).ravel().tolist(),
        "r": [rings[n] for n in numbers],
    }


def _index(steps: Sequence[Step], members: Sequence[Ints], outlines: Any) -> dict[str, Any]:
    """What a browser reads first: the steps' zooms, and of each bundle its bounds and how many grids it has."""
    bounds, over = shapely.bounds(outlines), max(step.lattice for step in steps)
    bundles = []
    for inside in members:
        west, south, east, north = _extent(bounds[inside])
        low = np.floor((np.array([west, south]) - over) * FINE).astype(int).tolist()
        high = np.ceil((np.array([east, north]) + over) * FINE).astype(int).tolist()
        bundles.append([*low, *high, len(inside)])
    return {"zooms": [step.zoom for step in steps], "fine": FINE, "bundles": bundles}


def _squeezed(body: dict[str, Any]) -> bytes:
    """The same bytes for the same content, whenever it is made."""
    return gzip.compress(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode(), 7, mtime=0)
