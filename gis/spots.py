"""Find the units that cover a point: one, all of them on a shared border, none outside – for a million points at once.

Whoever knows the units of a point knows its grid in every draft, without asking a border again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import shapely
from numpy.typing import NDArray

from gis.locate import MIXED, OUTSIDE, LevelLocator

BY_CELL_FROM = 100_000
"""From so many points on, sorting them by the cells of a raster pays for making one."""

Numbers = NDArray[np.int64]


class Spots:
    """Locates points among units. Degrees."""

    def __init__(self, shapes: Mapping[str, shapely.Geometry]) -> None:
        self.locator = LevelLocator(list(shapes), list(shapes.values()))

    def of(self, lng: NDArray[np.float64], lat: NDArray[np.float64]) -> tuple[Numbers, list[tuple[str, ...]]]:
        """The number of each point's spot, and what each spot is: the codes of the units that cover it, in order."""
        codes = self.locator.codes
        many = len(lng) >= BY_CELL_FROM
        number = self.locator.by_cell(lng, lat) if many else np.full(len(lng), MIXED, dtype=np.int64)
        unsure = np.flatnonzero(number == MIXED)
        points, units = self.locator.tree.query(
            shapely.points(lng[unsure], lat[unsure]), predicate="intersects"
        )
        number[unsure] = OUTSIDE
        number[unsure[points]] = units
        spots: list[tuple[str, ...]] = [(code,) for code in codes]
        known: dict[tuple[str, ...], int] = {}
        for point, several in _several(points, units):
            spot = tuple(codes[n] for n in several)
            if spot not in known:
                known[spot] = len(spots)
                spots.append(spot)
            number[unsure[point]] = known[spot]
        number[number == OUTSIDE] = len(spots)
        return number, [*spots, ()]


def _several(points: Numbers, units: Numbers) -> Iterator[tuple[int, list[int]]]:
    """The points that several units cover, and which: points come in order."""
    which, begin, count = np.unique(points, return_index=True, return_counts=True)
    for n in np.flatnonzero(count > 1).tolist():
        yield int(which[n]), sorted(units[begin[n] : begin[n] + count[n]].tolist())
