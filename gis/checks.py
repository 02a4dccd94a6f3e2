"""Check a plan: each check is a small function named by what it demands, and returns findings with what and where.

``coverage_is_valid`` alone calls a hole legal; gaps are looked for in the outline's inner rings and beside the
parent. Areas are square metres of a local equal-area projection; what is smaller than SLIVER is summed up in one
finding, for real cities' borders were drawn by hand.

A province has a hundred and fifty thousand grids, so a check asks of many outlines at once, and first what costs
little: most grids meet their neighbours edge on edge, and most parents are exactly what lies in them. Only where that
does not hold are outlines laid over each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

from domain.findings import Finding, Severity
from domain.grids import Grid, Level
from domain.place import LngLat
from domain.plans.bands import BANDS
from domain.said import said
from gis.crs import metric, projected

SLIVER = 0.5
"""Square metres: less is rounding, not land."""

POLYGONAL = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)


@dataclass(frozen=True)
class Drawn:
    """A plan to be checked: grids and their outlines in EPSG:4326."""

    grids: tuple[Grid, ...]
    outlines: NDArray[np.object_]

    @cached_property
    def valid(self) -> NDArray[np.object_]:
        """Outlines that geometry can be done with, in degrees: borders are straight where their source drew them so."""
        usable, wrong = self.outlines.copy(), ~shapely.is_valid(self.outlines)
        usable[wrong] = shapely.make_valid(self.outlines[wrong])
        return usable

    @cached_property
    def _transformer(self) -> Transformer:
        return metric(tuple(shapely.total_bounds(self.outlines)))

    def areas(self, shapes: Sequence[shapely.Geometry] | NDArray[np.object_]) -> NDArray[np.float64]:
        """Square metres of shapes given in degrees."""
        return shapely.area(projected(np.array(shapes, dtype=object), self._transformer))

    def where(self, shape: shapely.Geometry) -> LngLat:
        """A point of a shape, as a place to look."""
        point = shapely.point_on_surface(shape)
        return LngLat(round(point.x, 6), round(point.y, 6))

    def larger_than_slivers(self, shapes: Sequence[shapely.Geometry]) -> list[shapely.Geometry]:
        """Those of the shapes that are land rather than rounding."""
        return [s for s, area in zip(shapes, self.areas(shapes), strict=True) if area > SLIVER]

    @cached_property
    def number(self) -> dict[str, int]:
        return {grid.code: n for n, grid in enumerate(self.grids)}

    def level(self, level: Level) -> list[int]:
        return self._by_level.get(level, [])

    @cached_property
    def levels(self) -> list[Level]:
        return sorted(self._by_level)

    @cached_property
    def _by_level(self) -> dict[Level, list[int]]:
        found: dict[Level, list[int]] = {}
        for n, grid in enumerate(self.grids):
            found.setdefault(grid.level, []).append(n)
        return found

    @cached_property
    def fits(self) -> NDArray[np.bool_]:
        """Does this grid meet every other one of its level edge on edge, and overlap none?"""
        found = np.zeros(len(self.grids), dtype=bool)
        for level in self.levels:
            numbers = np.array(self.level(level))
            polygonal = numbers[np.isin(shapely.get_type_id(self.valid[numbers]), POLYGONAL)]
            found[polygonal] = shapely.is_empty(shapely.coverage_invalid_edges(self.valid[polygonal]))
        return found

    def union(self, numbers: Sequence[int]) -> shapely.Geometry:
        """The ground of several grids of one level together."""
        fit = self.fits[numbers]
        shapes = self.valid[numbers]
        plain = shapely.coverage_union_all(shapes[fit])
        return shapely.union_all([plain, *shapes[~fit]]) if not fit.all() else plain

    @cached_property
    def children(self) -> dict[int, list[int]]:
        """The numbers of the grids that name each grid as their parent."""
        found: dict[int, list[int]] = {}
        for n, grid in enumerate(self.grids):
            if grid.parent in self.number:
                found.setdefault(self.number[grid.parent], []).append(n)
        return found

    @cached_property
    def filled(self) -> frozenset[int]:
        """The parents whose outline is that of their children together, vertex by vertex."""
        by_size: dict[int, list[int]] = {}
        for parent, below in self.children.items():
            if self.fits[below].all() and len({self.grids[n].level for n in below}) == 1:
                by_size.setdefault(len(below), []).append(parent)
        found: list[int] = []
        for same_size in by_size.values():
            parents = np.array(same_size)
            members = np.array([self.children[parent] for parent in same_size])
            together = shapely.coverage_union_all(self.valid[members], axis=1)
            same = shapely.equals_exact(
                shapely.normalize(together), shapely.normalize(self.valid[parents]), tolerance=0
            )
            found += parents[same].tolist()
        return frozenset(found)


Check = Callable[[Drawn], Iterator[Finding]]


def outlines_are_valid(drawn: Drawn) -> Iterator[Finding]:
    """Every outline is a valid polygon."""
    for n in np.flatnonzero(~shapely.is_valid(drawn.outlines)):
        grid, outline = drawn.grids[n], drawn.outlines[n]
        why = shapely.is_valid_reason(outline).split("[")[0]
        place = outline.representative_point() if outline.area else outline.centroid
        yield Finding(
            "valid", Severity.ERROR, said("{grid}: its outline is invalid ({why}).", grid=grid.code, why=why),
            (grid.code,), LngLat(round(place.x, 6), round(place.y, 6)),
        )  # fmt: skip


def grids_are_one_piece(drawn: Drawn) -> Iterator[Finding]:
    """Every grid lies in one piece."""
    for n in np.flatnonzero(shapely.get_num_geometries(drawn.valid) > 1):
        grid, parts = drawn.grids[n], drawn.larger_than_slivers(_polygons(drawn.valid[n]))
        if len(parts) > 1:
            smallest = min(parts, key=lambda p: p.area)
            yield Finding(
                "one_piece", Severity.WARNING, said("{grid} lies in {n} pieces.", grid=grid.code, n=len(parts)),
                (grid.code,), drawn.where(smallest),
            )  # fmt: skip


def grids_have_no_holes(drawn: Drawn) -> Iterator[Finding]:
    """No grid has a hole."""
    parts, owners = shapely.get_parts(drawn.valid, return_index=True)
    for n in np.unique(owners[shapely.get_num_interior_rings(parts) > 0]):
        grid, shape = drawn.grids[n], drawn.valid[n]
        holes = drawn.larger_than_slivers([h for part in _polygons(shape) for h in _holes(part)])
        if holes:
            yield Finding(
                "no_holes", Severity.WARNING, said("{grid} has {n} holes.", grid=grid.code, n=len(holes)),
                (grid.code,), drawn.where(holes[0]),
            )  # fmt: skip


def grids_do_not_overlap(drawn: Drawn) -> Iterator[Finding]:
    """No two grids of a level overlap."""
    for level in drawn.levels:
        numbers = np.array(drawn.level(level))
        shapes = drawn.valid[numbers]
        # Of two that overlap at least one meets a neighbour otherwise than edge on edge.
        unfit = np.flatnonzero(~drawn.fits[numbers])
        if not len(unfit):
            continue
        asked, other = shapely.STRtree(shapes).query(shapes[unfit], predicate="intersects")
        pairs = np.sort(np.column_stack([unfit[asked], other]), axis=1)
        one, two = np.unique(pairs[pairs[:, 0] < pairs[:, 1]], axis=0).T
        common = shapely.intersection(shapes[one], shapes[two])
        areas = drawn.areas(common)
        for n in np.flatnonzero(areas > SLIVER):
            a, b = drawn.grids[numbers[one[n]]], drawn.grids[numbers[two[n]]]
            yield Finding(
                "no_overlap", Severity.ERROR,
                said("{one} and {two} overlap by {area} m².", one=a.code, two=b.code, area=round(areas[n])),
                (a.code, b.code), drawn.where(common[n]),
            )  # fmt: skip
        yield from _slivers("no_overlap", level, areas[(areas > 0.01) & (areas <= SLIVER)], "overlap")


def levels_have_no_gaps(drawn: Drawn) -> Iterator[Finding]:
    """No ground inside a level belongs to no grid."""
    for level in drawn.levels:
        whole = drawn.union(drawn.level(level))
        gaps = [hole for part in _polygons(whole) for hole in _holes(part)]
        areas = drawn.areas(gaps)
        for gap, area in zip(gaps, areas, strict=True):
            if area > SLIVER:
                yield Finding(
                    "no_gap", Severity.ERROR,
                    said("Level {level}: a gap of {area} m² belongs to no grid.", level=int(level), area=round(area)),
                    (), drawn.where(gap),
                )  # fmt: skip
        yield from _slivers("no_gap", level, areas[(areas > 0.01) & (areas <= SLIVER)], "gap")


def children_lie_in_their_parent(drawn: Drawn) -> Iterator[Finding]:
    """No grid reaches over its parent."""
    pairs = [
        (n, parent) for parent, below in drawn.children.items() if parent not in drawn.filled for n in below
    ]
    if not pairs:
        return
    numbers, parents = np.array(sorted(pairs)).T
    beyond = shapely.difference(drawn.valid[numbers], drawn.valid[parents])
    areas = drawn.areas(beyond)
    for n in np.flatnonzero(areas > SLIVER):
        grid, (whole,) = drawn.grids[numbers[n]], drawn.areas(drawn.valid[[numbers[n]]])
        yield Finding(
            "nested", Severity.WARNING,
            said(
                "{grid} reaches over its parent {parent} by {area} m² ({share} %).",
                grid=grid.code, parent=grid.parent, area=round(areas[n]), share=round(100 * areas[n] / whole, 1),
            ),
            (grid.code, str(grid.parent)), drawn.where(beyond[n]),
        )  # fmt: skip


def parents_are_covered(drawn: Drawn) -> Iterator[Finding]:
    """The grids of a level cover those of the level above."""
    for level in drawn.levels[1:]:
        above = [n for n in drawn.level(Level(level - 1)) if n not in drawn.filled]
        for n, bare, area in _bare(drawn, above, np.array(drawn.level(level))):
            if area > SLIVER:
                grid = drawn.grids[n]
                yield Finding(
                    "covered", Severity.WARNING,
                    said("{grid}: {area} m² of it lie in no grid of level {level}.", grid=grid.code, area=round(area), level=int(level)),
                    (grid.code,), drawn.where(bare),
                )  # fmt: skip


def _bare(
    drawn: Drawn, above: list[int], below: NDArray[np.intp]
) -> Iterator[tuple[int, shapely.Geometry, float]]:
    """What of each grid lies in none of those below, and its square metres."""
    if not above:
        return
    found: list[list[int]] = [[] for _ in above]
    for which, child in zip(
        *shapely.STRtree(drawn.valid[below]).query(drawn.valid[above], predicate="intersects"), strict=True
    ):
        found[which].append(int(below[child]))
    shapes = [
        shapely.difference(drawn.valid[n], drawn.union(sorted(here)))
        for n, here in zip(above, found, strict=True)
    ]
    yield from zip(above, shapes, drawn.areas(shapes).tolist(), strict=True)


def parents_exist(drawn: Drawn) -> Iterator[Finding]:
    """Every grid below the top has a parent that exists."""
    top = min(drawn.levels)
    for grid in drawn.grids:
        if grid.level > top and grid.parent not in drawn.number:
            words = said(
                "{grid}: its parent {parent} does not exist.", grid=grid.code, parent=grid.parent or "–"
            )
            yield Finding("parent", Severity.ERROR, words, (grid.code,))


def households_are_in_band(drawn: Drawn) -> Iterator[Finding]:
    """Households lie in the band of their level: a note, never a bar."""
    if not any(grid.households for grid in drawn.grids):
        yield Finding(
            "households", Severity.NOTE, said("The city has no household data: loads are shown as counts.")
        )
        return
    for level, (least, most) in BANDS.items():
        here = [g for g in drawn.grids if g.level is level and g.households is not None]
        outside = tuple(g.code for g in here if not least <= (g.households or 0) <= most)
        if outside:
            words = said(
                "Level {level}: {n} of {all} grids are outside {least}–{most} households.",
                level=int(level), n=len(outside), all=len(here), least=least, most=most,
            )  # fmt: skip
            yield Finding("band", Severity.NOTE, words, outside)


CHECKS: tuple[Check, ...] = (
    outlines_are_valid,
    grids_are_one_piece,
    grids_have_no_holes,
    grids_do_not_overlap,
    levels_have_no_gaps,
    children_lie_in_their_parent,
    parents_are_covered,
    parents_exist,
    households_are_in_band,
)


def check(drawn: Drawn, checks: Iterable[Check] = CHECKS) -> list[Finding]:
    """Every finding of a plan."""
    return [finding for run in checks for finding in run(drawn)] if drawn.grids else []


def _slivers(name: str, level: Level, areas: NDArray[np.float64], what: str) -> Iterator[Finding]:
    if not len(areas):
        return
    words = {
        "overlap": said("Level {level}: {n} borders overlap by slivers, {area} m² in all.", level=int(level), n=len(areas), area=round(float(areas.sum()))),
        "gap": said("Level {level}: {n} sliver gaps between borders, {area} m² in all.", level=int(level), n=len(areas), area=round(float(areas.sum()))),
    }  # fmt: skip
    yield Finding(name, Severity.WARNING, words[what])


def _polygons(shape: shapely.Geometry) -> list[shapely.Polygon]:
    return [part for part in shapely.get_parts(shape) if isinstance(part, shapely.Polygon)]


def _holes(polygon: shapely.Polygon) -> list[shapely.Polygon]:
    return [shapely.Polygon(ring) for ring in polygon.interiors]
