"""Suggest which open tickets may be the same problem told twice."""

from __future__ import annotations

import math
from datetime import timedelta

from domain.place import LngLat
from domain.tickets import Ticket

WITHIN = timedelta(days=30)
NEAR = 50.0
"""Metres between two points that may be one place."""

EARTH = 6_371_008.8
"""The Earth's mean radius in metres."""


def is_alike(one: Ticket, other: Ticket) -> bool:
    """Same category, at most 50 metres apart or in the same smallest grid, raised within 30 days of each other."""
    if one.id == other.id or one.category != other.category or abs(one.opened_at - other.opened_at) > WITHIN:
        return False
    return _same_grid(one, other) or _near(one.point, other.point)


def metres(one: LngLat, other: LngLat) -> float:
    """The distance between two points on the ground (haversine)."""
    lat1, lat2 = math.radians(one.lat), math.radians(other.lat)
    half = math.sin((lat2 - lat1) / 2) ** 2
    half += math.cos(lat1) * math.cos(lat2) * math.sin(math.radians(other.lng - one.lng) / 2) ** 2
    return 2 * EARTH * math.asin(math.sqrt(half))


def _same_grid(one: Ticket, other: Ticket) -> bool:
    return one.located.grid is not None and one.located.grid == other.located.grid


def _near(one: LngLat | None, other: LngLat | None) -> bool:
    return one is not None and other is not None and metres(one, other) <= NEAR
