"""Change coordinates at the edge: whatever comes in becomes WGS84 degrees; lengths and areas are local metres.

Chinese sources come in three datums: CGCS2000/WGS84, GCJ-02 (the maps of most vendors, half a kilometre off) and
BD-09 (Baidu's). Inside, everything is EPSG:4326, longitude first.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import prcoords
import shapely
from numpy.typing import NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import ProjError

from domain.said import BadInput, said

Points = NDArray[np.float64]
"""Coordinates as rows of (x, y)."""

WGS84 = "EPSG:4326"
_BACK = {"gcj02": prcoords.gcj_wgs_bored, "bd09": prcoords.bd_wgs_bored}


def to_wgs84(crs: str) -> Callable[[Points], Points]:
    """What turns coordinates of a CRS – ``EPSG:n``, ``gcj02``, ``bd09`` – into longitude and latitude.

    Raises:
        BadInput: when there is no such CRS.
    """
    name = crs.strip()
    if name.casefold() in _BACK:
        back = _BACK[name.casefold()]
        return lambda points: np.array([_shifted_back(back, *point) for point in points]).reshape(-1, 2)
    try:
        known = CRS.from_user_input(name)
        if known == CRS(WGS84):
            return lambda points: points
        transformer = Transformer.from_crs(known, WGS84, always_xy=True)
    except ProjError as error:
        raise BadInput(said("There is no CRS {crs}; give EPSG:n, gcj02 or bd09.", crs=crs[:80])) from error
    return lambda points: np.column_stack(transformer.transform(points[:, 0], points[:, 1]))


def _shifted_back(
    back: Callable[[tuple[float, float]], tuple[float, float]], lng: float, lat: float
) -> tuple[float, float]:
    """A point out of a shifted datum; one that lies nowhere on earth stays where it is."""
    if not (abs(lng) <= 180 and abs(lat) <= 90):
        return lng, lat
    found = back((lat, lng))
    return found[1], found[0]


def metric(bounds: tuple[float, float, float, float]) -> Transformer:
    """Degrees to metres for a city with these bounds: an equal-area projection about its middle."""
    west, south, east, north = bounds
    local = f"+proj=laea +lon_0={(west + east) / 2} +lat_0={(south + north) / 2} +ellps=WGS84"
    return Transformer.from_crs(WGS84, local, always_xy=True)


def projected(
    shapes: NDArray[np.object_], transformer: Transformer, *, back: bool = False
) -> NDArray[np.object_]:
    """Shapes moved by a transformer; ``back`` from metres to degrees."""

    def move(points: Points) -> Points:
        direction = "INVERSE" if back else "FORWARD"
        return np.column_stack(transformer.transform(points[:, 0], points[:, 1], direction=direction))

    moved: NDArray[np.object_] = shapely.transform(shapes, move)
    return moved


def must_be_degrees(bounds: Points, file: str) -> None:
    """Refuse coordinates that cannot be longitude and latitude.

    Raises:
        BadInput: says what the numbers look like and which option to give.
    """
    west, south, east, north = (float(b) for b in bounds)
    if abs(west) <= 180 and abs(east) <= 180 and abs(south) <= 90 and abs(north) <= 90:
        return
    if abs(west) <= 90 and abs(east) <= 90 and abs(south) <= 180 and abs(north) <= 180:
        raise BadInput(said("{file}: longitude and latitude are swapped.", file=file))
    raise BadInput(
        said(
            "{file}: coordinates such as ({x}, {y}) are no degrees; name their CRS with --crs EPSG:n.",
            file=file, x=round(west, 1), y=round(south, 1),
        )
    )  # fmt: skip


def must_not_be_swapped(bounds: Points, city: tuple[float, float, float, float] | None, file: str) -> None:
    """Refuse coordinates that miss the city, and meet it when longitude and latitude change places.

    Raises:
        BadInput: says that they are swapped.
    """
    if city is None:
        return
    here = shapely.box(*city)
    west, south, east, north = (float(b) for b in bounds)
    if not here.intersects(shapely.box(west, south, east, north)) and here.intersects(
        shapely.box(south, west, north, east)
    ):
        raise BadInput(said("{file}: longitude and latitude are swapped.", file=file))
