"""Lay the plain plan onto the ground: a drawing of straight streets is bent, turned and set on the coast.

The city is drawn in *plan* coordinates – whole decimetres, east and north, all edges straight – and every vertex is
moved once by :func:`onto_ground`. What touches in the plan touches on the ground, to the last digit.
"""

from __future__ import annotations

import math
from functools import cache

from pyproj import Transformer

DECIMETRE = 0.1
CENTRE = (124.15, 39.87)
"""Longitude and latitude of the middle of the city."""

EQUAL_AREA = f"+proj=laea +lon_0={CENTRE[0]} +lat_0={CENTRE[1]} +ellps=WGS84"
WIDTH, HEIGHT = 6300.0, 4500.0
"""Metres of the plan, east and north."""

TURN = math.radians(-7)

Point = tuple[int, int]
"""A vertex of the plan in decimetres."""


@cache
def _to_degrees() -> Transformer:
    return Transformer.from_crs(EQUAL_AREA, "EPSG:4326", always_xy=True)


def bend(east: float, north: float) -> tuple[float, float]:
    """Bend the straight plan: streets sway, the river meanders, the shore has its bays. Metres to metres."""
    x, y = east / WIDTH, north / HEIGHT
    near_river = math.exp(-(((x - 0.5) / 0.16) ** 2))
    near_shore = math.exp(-3.2 * y)
    sway = 55 * math.sin(2.1 * math.pi * y + 1.5 * x) + 28 * math.sin(5.3 * math.pi * y + 4 * x)
    meander = near_river * (150 * math.sin(2.6 * math.pi * y + 0.4) + 40 * math.sin(6.1 * math.pi * y))
    roll = 60 * math.sin(1.7 * math.pi * x + 0.8 * y) + 22 * math.sin(4.7 * math.pi * x + 2 * y)
    bays = near_shore * (170 * math.sin(2.4 * math.pi * x + 0.7) + 70 * math.sin(6.8 * math.pi * x))
    return east + sway + meander, north + roll + bays


def onto_ground(point: Point, scale: float) -> tuple[float, float]:
    """The longitude and latitude of a vertex of the plan, rounded to a centimetre (7 decimals)."""
    east, north = bend(point[0] * DECIMETRE, point[1] * DECIMETRE)
    dx, dy = (east - WIDTH / 2) * scale, (north - HEIGHT / 2) * scale
    x = dx * math.cos(TURN) - dy * math.sin(TURN)
    y = dx * math.sin(TURN) + dy * math.cos(TURN)
    lng, lat = _to_degrees().transform(x, y)
    return round(lng, 7), round(lat, 7)
