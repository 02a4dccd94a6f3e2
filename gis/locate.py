"""Find the grid that covers a point: exactly, lower code first on a shared edge, for one point or a million."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy import ndimage

from domain.grids import Level, Located
from domain.place import LngLat

OUTSIDE = -1
CELLS = 3072
"""Cells along the longer side of the raster that sorts most points without looking at a border."""

MIXED = -2
"""A cell that a border touches: its points are tested one by one."""


class LevelLocator:
    """Locates points among the grids of one level. ``codes`` are in order: the lower code has the lower index."""

    def __init__(self, codes: Sequence[str], outlines: Sequence[shapely.Geometry]) -> None:
        order = sorted(range(len(codes)), key=lambda i: codes[i])
        self.codes = [codes[i] for i in order]
        self.outlines = np.array([outlines[i] for i in order], dtype=object)
        self.tree = shapely.STRtree(self.outlines)
        shapely.prepare(self.outlines)

    def locate(self, point: LngLat) -> str | None:
        """The code of the grid that covers a point, the lowest of several; None outside."""
        found = self.covering(point)
        return found[0] if found else None

    def covering(self, point: LngLat) -> list[str]:
        """The codes of all grids that cover a point, in order: several on a shared border or where grids overlap."""
        found = self.tree.query(shapely.Point(point.lng, point.lat), predicate="intersects")
        return [self.codes[i] for i in sorted(found.tolist())]

    def nearest(self, point: LngLat) -> list[str]:
        """Every code, the grid nearest to a point first; degrees of longitude are shortened to those of latitude."""
        scale = [np.cos(np.radians(point.lat)), 1.0]
        here = shapely.transform(shapely.Point(point.lng, point.lat), lambda xy: xy * scale)
        away = shapely.distance(shapely.transform(self.outlines, lambda xy: xy * scale), here)
        return [self.codes[i] for i in np.argsort(away, kind="stable").tolist()]

    def exactly(self, lng: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.int64]:
        """The index of the covering grid of each point, by asking the borders; OUTSIDE where there is none."""
        answer = np.full(len(lng), len(self.codes), dtype=np.int64)
        points, grids = self.tree.query(shapely.points(lng, lat), predicate="intersects")
        np.minimum.at(answer, points, grids)
        answer[answer == len(self.codes)] = OUTSIDE
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
        if not self.codes:
            return np.full(len(lng), OUTSIDE, dtype=np.int64)
        labels, west, south, cell = self.raster
        with np.errstate(invalid="ignore"):
            column, row = (lng - west) / cell, (lat - south) / cell
            # A NaN is not inside anything.
            inside = (column >= 0) & (row >= 0) & (column < labels.shape[1]) & (row < labels.shape[0])
        answer = np.full(len(lng), OUTSIDE, dtype=np.int64)
        cells = row[inside].astype(np.intp) * labels.shape[1] + column[inside].astype(np.intp)
        answer[inside] = labels.ravel().take(cells)
        return answer

    @cached_property
    def raster(self) -> tuple[NDArray[np.int32], float, float, float]:
        """Cells labelled with their grid, and where they lie: labels, west, south, side in degrees.

        Every cell that a border touches is MIXED. What remains falls into connected patches that no border
        crosses, so one point of a patch speaks for the whole patch.
        """
        west, south, east, north = shapely.total_bounds(self.outlines)
        cell = max(east - west, north - south) / (CELLS - 4)
        west, south = west - 2 * cell, south - 2 * cell
        shape = (int((north - south) / cell) + 3, int((east - west) / cell) + 3)
        mixed = self._touched(shape, west, south, cell)
        patches, count = ndimage.label(~mixed)
        first = (
            np.unique(patches.ravel(), return_index=True)[1][-count:]
            if count
            else np.array([], dtype=np.intp)
        )
        rows, columns = np.divmod(first, shape[1])
        owner = self.exactly(west + (columns + 0.5) * cell, south + (rows + 0.5) * cell)
        labels = np.concatenate([[MIXED], owner]).astype(np.int32)[patches]
        return labels, float(west), float(south), float(cell)

    def _touched(self, shape: tuple[int, int], west: float, south: float, cell: float) -> NDArray[np.bool_]:
        """Cells that a border may touch: borders are sampled every half cell, and every sample marks the cells
        under a square of more than half a cell around it, so that nothing between two samples is missed."""
        dense = shapely.segmentize(shapely.boundary(self.outlines), cell / 2)
        x, y = shapely.get_coordinates(dense).T
        touched = np.zeros(shape, dtype=bool)
        reach = 0.27 * cell
        for dx in (-reach, reach):
            for dy in (-reach, reach):
                touched[
                    ((y + dy - south) / cell).astype(np.intp), ((x + dx - west) / cell).astype(np.intp)
                ] = True
        return touched


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
