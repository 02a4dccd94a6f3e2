"""Draw what lies under the grids: sea, river, parks, schools, compounds, buildings, streets."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from random import Random

import shapely

from demo.compounds import Compound, footprint
from demo.lots import COLUMNS, RIVER_COLUMN, ROWS, Line, Lot, Rect, avenues
from demo.names import ROADS

Onto = Callable[[tuple[int, int]], tuple[float, float]]
Drawn = tuple[str, str, shapely.Geometry]

FAR = 24_000
"""Decimetres by which the river runs beyond the city."""

OUT_AT_SEA = 0.05
"""Degrees of latitude by which the sea reaches beyond its southernmost shore."""

WIDE = 90_000
"""Decimetres by which the shore and the railway run beyond it to the east and west: screens can be very wide."""

RIVER_HALF = 380
NAMED = {"school": "学校", "park": "公园", "commerce": "商业街区", "public": "广场"}
DRAWN_AS = {"school": "school", "park": "park", "public": "square", "commerce": "square"}


def features(
    compounds: Sequence[Compound],
    others: Sequence[Lot],
    lines: Sequence[Line],
    compound_names: Sequence[str],
    onto: Onto,
    random: Random,
) -> Iterator[Drawn]:
    """Everything in drawing order, in EPSG:4326."""
    yield "sea", "黄海", _sea(onto)
    yield "river", "大东沟", _river(onto)
    for number, lot in enumerate(others, start=1):
        yield DRAWN_AS[lot.use], f"第{number}{NAMED[lot.use]}", _bent(lot.inner, onto)
    for compound, name in zip(compounds, compound_names, strict=True):
        yield "compound", name, _bent(compound.lot.inner, onto)
    for line in [line for line in lines if line.kind == "lane"]:
        yield "lane", "", _street(line, onto)
    for n, line in enumerate(line for line in lines if line.kind == "road"):
        yield "road", ROADS[(n + 17) % len(ROADS)] if n < 60 else "", _street(line, onto)
    yield "rail", "丹大铁路", _rail(onto)
    for n, line in enumerate(avenues()):
        yield "main_road", ROADS[n % len(ROADS)], _street(line, onto)
    for compound in compounds:
        for building in compound.buildings:
            yield "building", "", _corners(footprint(building, random), onto)


def _corners(rect: Rect, onto: Onto) -> shapely.Polygon:
    w, s, e, n = rect.west, rect.south, rect.east, rect.north
    return shapely.Polygon([onto(at) for at in ((w, s), (e, s), (e, n), (w, n), (w, s))])


def _bent(rect: Rect, onto: Onto) -> shapely.Polygon:
    """A rectangle with its long edges bent like the streets beside them."""
    w, s, e, n = rect.west, rect.south, rect.east, rect.north
    ring = [
        *_steps((w, s), (e, s)),
        *_steps((e, s), (e, n)),
        *_steps((e, n), (w, n)),
        *_steps((w, n), (w, s)),
        (w, s),
    ]
    return shapely.Polygon([onto(at) for at in ring])


def _steps(start: tuple[int, int], end: tuple[int, int], every: int = 900) -> list[tuple[int, int]]:
    """Vertices from start towards the end, the end not included."""
    count = max(1, (abs(end[0] - start[0]) + abs(end[1] - start[1])) // every)
    return [
        (start[0] + (end[0] - start[0]) * n // count, start[1] + (end[1] - start[1]) * n // count)
        for n in range(count)
    ]


def _street(line: Line, onto: Onto) -> shapely.LineString:
    return shapely.LineString([onto(at) for at in [*_steps(line.start, line.end), line.end]])


def _sea(onto: Onto) -> shapely.Polygon:
    """From a beach's width below the southern streets to far out."""
    west, east = -WIDE, COLUMNS[-1] + WIDE
    shore = [onto(at) for at in [*_steps((west, -250), (east, -250), 700), (east, -250)]]
    horizon = min(lat for _, lat in shore) - OUT_AT_SEA
    return shapely.Polygon([*shore, (shore[-1][0], horizon), (shore[0][0], horizon)])


def _river(onto: Onto) -> shapely.Polygon:
    middle, top = COLUMNS[RIVER_COLUMN], max(max(rows) for rows in ROWS) + FAR
    west = _steps((middle - RIVER_HALF, -400), (middle - RIVER_HALF, top), 500)
    east = _steps((middle + RIVER_HALF, top), (middle + RIVER_HALF, -400), 500)
    return shapely.Polygon([onto(at) for at in [*west, *east]])


def _rail(onto: Onto) -> shapely.LineString:
    north = max(max(rows) for rows in ROWS) + 900
    return shapely.LineString(
        [onto(at) for at in _steps((-WIDE, north - 2500), (COLUMNS[-1] + WIDE, north), 1500)]
    )
