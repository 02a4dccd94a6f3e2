"""Point at the ground: the unit under a point, the middle of a drawn line. Degrees, EPSG:4326."""

from __future__ import annotations

from collections.abc import Sequence

import shapely

from domain.place import LngLat
from gis.units import UnitGround


def unit_at(ground: UnitGround, point: LngLat) -> str | None:
    """The unit that covers a point, the lower code on a shared edge; None outside the city."""
    found = shapely.STRtree(ground.shape_array).query(
        shapely.Point(point.lng, point.lat), predicate="intersects"
    )
    return min((ground.codes[n] for n in found), default=None)


def middle_of(line: Sequence[LngLat]) -> LngLat:
    """The point half way along a line."""
    if len(line) < 2:
        return line[0]
    half = shapely.LineString([(p.lng, p.lat) for p in line]).interpolate(0.5, normalized=True)
    return LngLat(half.x, half.y)
