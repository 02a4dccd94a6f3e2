"""Find the grid that covers a point: exactly, lower code first on a shared edge, for one point or a million."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy import ndimage

from domain.grids import Level, Located
from domain.place import LngLat

OUTSIDE = -1
MIXED = -2
"""A cell that a border touches: its points are tested one by one."""

FEWEST_CELLS, MOST_CELLS = 3072, 12288
"""Cells along the longer side of the raster that sorts most points without looking at a border."""

CELLS_A_GRID = 31
"""Cells along a grid's side that leave a border in one cell of nine, or in fewer."""

BAND = 64
"""Rows of cells that are numbered together: a number then takes two bytes, and a province's raster 0.2 GB."""

AT_ONCE = 4_000
"""Outlines drawn into the raster at once."""

NEAREST = 500
"""So many grids are sorted by how far away they are; what is farther nobody picks from a list."""


@dataclass(frozen=True)
class Raster:
    """Cells that tell their grid. ``patch`` numbers the patches of each band of rows, ``owners`` says what lies there.

    ``west`` and ``south`` are where the cells begin, ``cell`` is their side, all in degrees. The owner of patch *p* in
    band *b* is ``owners[starts[b] + p]``; patch 0 of each band is MIXED.
    """

    patch: NDArray[np.uint16] | NDArray[np.uint32]
    owners: NDArray[np.int32]
    starts: NDArray[np.int64]
    west: float
    south: float
    cell: float

    def at(self, lng: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.int64]:
        """What the cell under each point tells: an index, OUTSIDE or MIXED."""
        rows, columns = self.patch.shape
        with np.errstate(invalid="ignore"):
            column, row = (lng - self.west) / self.cell, (lat - self.south) / self.cell
            # A NaN is not inside anything.
            inside = (column >= 0) & (row >= 0) & (column < columns) & (row < rows)
        answer = np.full(len(lng), OUTSIDE, dtype=np.int64)
        below, left = row[inside].astype(np.intp), column[inside].astype(np.intp)
        patch = self.patch.ravel().take(below * columns + left)
        answer[inside] = self.owners.take(self.starts.take(below // BAND) + patch)
        return answer

    @property
    def nbytes(self) -> int:
        """Bytes in memory."""
        return self.patch.nbytes + self.owners.nbytes + self.starts.nbytes


class LevelLocator:
    """Locates points among the grids of one level. ``codes`` are in order: the lower code has the lower index."""

    def __init__(self, codes: Sequence[str], outlines: Sequence[shapely.Geometry]) -> None:
        order = sorted(range(len(codes)), key=lambda i: codes[i])
        self.codes = [codes[i] for i in order]
        self.outlines = np.array([outlines[i] for i in order], dtype=object)
        self.tree = shapely.STRtree(self.outlines)

    def locate(self, point: LngLat) -> str | None:
        """The code of the grid that covers a point, the lowest of several; None outside."""
        found = self.covering(point)
        return found[0] if found else None

    def covering(self, point: LngLat) -> list[str]:
        """The codes of all grids that cover a point, in order: several on a shared border or where grids overlap."""
        found = self.tree.query(shapely.Point(point.lng, point.lat), predicate="intersects")
        return [self.codes[i] for i in sorted(found.tolist())]

    def nearest(self, point: LngLat) -> list[str]:
        """Every code: the nearest grids to a point first, those too far away to matter behind them by their codes.

        Degrees of longitude are shortened to those of latitude.
        """
        if not self.codes:
            return []
        near = self._nearest(point)
        first = set(near)
        return [self.codes[i] for i in near] + [code for i, code in enumerate(self.codes) if i not in first]

    def _nearest(self, point: LngLat) -> list[int]:
        scale = np.array([np.cos(np.radians(point.lat)), 1.0])
        west, south, east, north = shapely.total_bounds(self.outlines)
        wanted, reach = min(NEAREST, len(self.codes)), max(east - west, north - south) / 64 or 1e-6
        here = shapely.transform(shapely.Point(point.lng, point.lat), lambda xy: xy * scale)
        while True:
            far = reach / scale
            around = shapely.box(
                point.lng - far[0], point.lat - far[1], point.lng + far[0], point.lat + far[1]
            )
            found = np.sort(self.tree.query(around))
            outlines = shapely.transform(self.outlines[found], lambda xy: xy * scale)
            away = shapely.distance(outlines, here)
            # Beyond the reach others may be nearer that were not looked at.
            if np.count_nonzero(away <= reach) >= wanted or len(found) == len(self.codes):
                return [int(i) for i in found[np.argsort(away, kind="stable")][:wanted]]
            reach *= 2

    def exactly(self, lng: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.int64]:
        """The index of the covering grid of each point, by asking the borders; OUTSIDE where there is none."""
        answer = np.full(len(lng), OUTSIDE, dtype=np.int64)
        points, grids = self.tree.query(shapely.points(lng, lat))
        # Grid by grid, the highest code first: each outline is fetched once, and what is written last is the lowest.
        order = np.argsort(-grids, kind="stable")
        points, grids = points[order], grids[order]
        covers = shapely.intersects_xy(self.outlines[grids], lng[points], lat[points])
        answer[points[covers]] = grids[covers]
        return answer

    def locate_many(self, lng: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.int64]:
        """The index into ``codes`` for each point (degrees), OUTSIDE where no grid covers it.

        The same answers as asking every border: only points in cells that no border touches are sorted by cell.
        """
        answer = self.by_cell(lng, lat)
        unsure = answer == MIXED
        answer[unsure] = self.exactly(lng[unsure], lat[unsure])
        return answer

    def by_cell(self, lng: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.int64]:
        """The index for each point (degrees) whose cell tells it; MIXED where a border must be asked."""
        return self.raster.at(lng, lat) if self.codes else np.full(len(lng), OUTSIDE, dtype=np.int64)

    @cached_property
    def raster(self) -> Raster:
        """Cells labelled with their grid.

        Every cell that a border touches is MIXED. What remains falls into connected patches that no border
        crosses, so one point of a patch speaks for the whole patch.
        """
        west, south, east, north = shapely.total_bounds(self.outlines)
        cells = min(MOST_CELLS, max(FEWEST_CELLS, int(CELLS_A_GRID * np.sqrt(len(self.codes)))))
        cell = max(east - west, north - south) / (cells - 4)
        west, south = west - 2 * cell, south - 2 * cell
        shape = (int((north - south) / cell) + 3, int((east - west) / cell) + 3)
        mixed = self._touched(shape, west, south, cell)
        patch: NDArray[np.uint16] | NDArray[np.uint32] = np.empty(shape, dtype=np.uint16)
        owners = []
        for first in range(0, shape[0], BAND):
            numbers, count = ndimage.label(~mixed[first : first + BAND])
            if count >= 2**16:
                patch = patch.astype(np.uint32)
            patch[first : first + BAND] = numbers
            rows, columns = np.divmod(_one_of_each(numbers, count), shape[1])
            lng, lat = west + (columns + 0.5) * cell, south + (rows + first + 0.5) * cell
            owners.append(np.concatenate([[MIXED], self.exactly(lng, lat)]))
        starts = np.cumsum([0, *(len(own) for own in owners[:-1])])
        return Raster(
            patch, np.concatenate(owners).astype(np.int32), starts, float(west), float(south), float(cell)
        )

    def _touched(self, shape: tuple[int, int], west: float, south: float, cell: float) -> NDArray[np.bool_]:
        """Cells that a border may touch: borders are sampled every half cell, and every sample marks the cells
        under a square of more than half a cell around it, so that nothing between two samples is missed."""
        touched = np.zeros(shape, dtype=bool)
        cells, reach = touched.ravel(), 0.27 * cell
        for first in range(0, len(self.outlines), AT_ONCE):
            borders = shapely.boundary(self.outlines[first : first + AT_ONCE])
            x, y = shapely.get_coordinates(shapely.segmentize(borders, cell / 2)).T
            columns = [((x + d - west) / cell).astype(np.intp) for d in (-reach, reach)]
            rows = [((y + d - south) / cell).astype(np.intp) * shape[1] for d in (-reach, reach)]
            for column in columns:
                for row in rows:
                    cells[row + column] = True
        return touched


def _one_of_each(numbers: NDArray[np.int32], count: int) -> NDArray[np.intp]:
    """The flat place of one cell of each patch, from patch 1 on."""
    at = np.zeros(count + 1, dtype=np.intp)
    at[numbers.ravel()] = np.arange(numbers.size)
    return at[1:]


class Locator:
    """Locates points on every level of a plan, each by its own outlines: real cities' grids do not always nest."""

    def __init__(self, grids: Sequence[tuple[str, Level, shapely.Geometry]]) -> None:
        self.levels = {
            level: LevelLocator(
                [c for c, at, _ in grids if at is level], [g for _, at, g in grids if at is level]
            )
            for level in Level
        }

    def locate(self, point: LngLat) -> Located:
        """The covering grid on every level."""
        return Located(*(self.levels[level].locate(point) for level in Level))

    def on_edge(self, point: LngLat) -> bool:
        """Does more than one of the smallest grids there cover the point: does it lie on their border?"""
        by_size = (self.levels[level].covering(point) for level in reversed(Level))
        return len(next((found for found in by_size if found), [])) > 1

    def nearest(self, point: LngLat) -> list[str]:
        """The codes of the smallest level that there is, the nearest to a point first."""
        smallest = next((self.levels[level] for level in reversed(Level) if self.levels[level].codes), None)
        return smallest.nearest(point) if smallest else []

    def locate_many(
        self, lng: NDArray[np.float64], lat: NDArray[np.float64], level: Level
    ) -> NDArray[np.object_]:
        """The code of the covering grid of one level for each point; None where there is none."""
        found = self.levels[level]
        codes = np.array([*found.codes, None], dtype=object)
        return codes[found.locate_many(lng, lat)]
