"""Derive units from grids that came as polygons: each becomes a piece of a clean coverage, its flaws taken out.

Cleaning is done in degrees: borders are straight where their source drew them so, and vertices that need no moving stay
bit for bit. What the source drew is kept elsewhere; only the units are clean.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray

from domain.grids import Grid
from gis.checks import SLIVER
from gis.crs import metric, projected
from gis.units import UnitGround, UnitRow, build_units

Parts: TypeAlias = tuple[NDArray[np.object_], NDArray[np.int64]]
"""Polygons, and the number of the grid that each is a part of."""

KIND = "grid"
"""The land use of a unit that was a whole grid."""

GAP = 2.0 / 111_000
"""Degrees: about two metres. What is wider between grids is land that belongs to none, not a slip of the pen."""


@dataclass(frozen=True)
class Derived:
    """Units made of grids: as rows for the store, the grid of each, and the square metres that cleaning moved."""

    rows: tuple[UnitRow, ...]
    home: Mapping[str, str]
    moved: float

    @cached_property
    def ground(self) -> UnitGround:
        return build_units(self.rows)


def derive(grids: Sequence[Grid], outlines: NDArray[np.object_]) -> Derived:
    """A unit for each grid, or for each part of a grid in several; outlines in EPSG:4326, flaws and all.

    The largest part has the grid's code and its households, the others ``<code>-2``, ``<code>-3`` … and none.
    """
    if not grids:
        return Derived((), {}, 0.0)
    whole, city = shapely.make_valid(outlines), metric(tuple(shapely.total_bounds(outlines)))

    def land(parts: NDArray[np.object_], grid_of: NDArray[np.int64]) -> Parts:
        large = shapely.area(projected(parts, city)) > SLIVER
        return parts[large], grid_of[large]

    drawn = land(*_polygons(whole, np.arange(len(whole))))
    # What a sliver leaves behind is filled by its neighbours at the second time.
    parts, grid_of = land(*_cleaned(*land(*_cleaned(*drawn))))
    area = shapely.area(projected(parts, city))
    rows, taken = [], {grid.code for grid in grids}
    home = {}
    for n, grid in enumerate(grids):
        mine = sorted(np.flatnonzero(grid_of == n).tolist(), key=lambda part: -area[part])
        for place, part in enumerate(mine, start=1):
            code = grid.code if place == 1 else _free(grid.code, place, taken)
            taken.add(code)
            home[code] = grid.code
            households = (grid.households or 0) if place == 1 else 0
            rows.append(UnitRow(code, KIND, None, None, households, shapely.to_wkb(parts[part])))
    united = np.array([shapely.union_all(parts[grid_of == n]) for n in range(len(grids))], dtype=object)
    moved = shapely.area(projected(shapely.symmetric_difference(whole, united), city)).sum()
    return Derived(tuple(sorted(rows)), home, float(moved))


def _cleaned(parts: NDArray[np.object_], grid_of: NDArray[np.int64]) -> Parts:
    return _polygons(np.array(shapely.coverage_clean(parts, gap_width=GAP), dtype=object), grid_of)


def _polygons(shapes: NDArray[np.object_], grid_of: NDArray[np.int64]) -> Parts:
    """The polygons that shapes consist of, each with the number of its grid."""
    parts, shape = shapely.get_parts(shapes, return_index=True)
    flat = (shapely.get_type_id(parts) == shapely.GeometryType.POLYGON) & ~shapely.is_empty(parts)
    return parts[flat], grid_of[shape[flat]]


def _free(code: str, place: int, taken: set[str]) -> str:
    """``<code>-<place>``, or the next that no grid and no other unit has."""
    while f"{code}-{place}" in taken:
        place += 1
    return f"{code}-{place}"
