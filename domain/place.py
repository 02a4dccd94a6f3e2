"""Name a place on the ground."""

from __future__ import annotations

import math
from dataclasses import dataclass

from domain.said import BadInput, said


@dataclass(frozen=True, slots=True)
class LngLat:
    """A point in WGS84 (EPSG:4326): longitude, then latitude, in degrees.

    Raises:
        BadInput: when a coordinate is not finite or lies outside the Earth.
    """

    lng: float
    lat: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.lng) and math.isfinite(self.lat)):
            raise BadInput(said("A point needs two finite numbers."))
        if not (-180 <= self.lng <= 180 and -90 <= self.lat <= 90):
            raise BadInput(
                said("({lng}, {lat}) is not longitude, latitude in degrees.", lng=self.lng, lat=self.lat)
            )
