"""Build the ground from its units: who owns each stretch of border, where corners are, what a set of units looks like.

The units of a city share their vertices bit for bit; so a segment that two units own is found by its two ends, without
any tolerance. Coordinates are EPSG:4326, lengths and areas metres of the city's metric projection.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

from domain.findings import Finding, Severity
from domain.grids import Level
from domain.place import LngLat
from domain.plans.drafts import Draft
from domain.plans.units import OUTSIDE, Border, Unit, Units
from domain.said import said
from gis.crs import Points, metric, projected

Numbers = NDArray[np.int64]

NOBODY = -1
"""The number of whoever owns what lies outside the city."""


class UnitRow(NamedTuple):
    """A unit as the store keeps it; ``geometry`` is WKB in EPSG:4326."""

    code: str
    kind: str
    compound: str | None
    building: str | None
    households: int
    geometry: bytes


@dataclass(frozen=True, slots=True)
class Chain:
    """A stretch of border from corner to corner (or a closed ring) with the same units on its left and right.

    ``points`` are longitude and latitude along it; ``OUTSIDE`` stands where the city ends.
    """

    left: str
    right: str
    points: Points

    @property
    def is_ring(self) -> bool:
        return bool((self.points[0] == self.points[-1]).all())


@dataclass(frozen=True)
class UnitGround:
    """The units of a city with their shapes. ``findings`` tell where they are no clean coverage."""

    units: Units
    shapes: Mapping[str, shapely.Polygon]
    chains: tuple[Chain, ...]
    findings: tuple[Finding, ...] = ()

    def outline(self, codes: Iterable[str]) -> shapely.Geometry:
        """What a set of units looks like together: one polygon where they hang together, else several."""
        return shapely.normalize(shapely.coverage_union_all([self.shapes[code] for code in sorted(codes)]))

    def outlines(self, draft: Draft) -> dict[str, shapely.Geometry]:
        """The outlines of all grids of a draft that have units, level by level from the smallest."""
        inside = {
            grid: sorted(units) for grid, units in sorted(draft.leaf_units.items()) if grid in draft.grids
        }
        found = _united(inside, self.shapes)
        for level in sorted(Level, reverse=True):
            below = {
                code: [child for child in draft.children.get(code, ()) if child in found]
                for code, grid in sorted(draft.grids.items())
                if grid.level is level and code not in found
            }
            found |= _united({code: children for code, children in below.items() if children}, found)
        return found

    @cached_property
    def whole(self) -> shapely.Geometry:
        """The city: all its units together."""
        return self.outline(self.shapes)

    @cached_property
    def vertices(self) -> NDArray[np.complex128]:
        """Every vertex of a unit once, in order; longitude is the real part, latitude the imaginary."""
        at = shapely.get_coordinates(self.shape_array)
        return np.unique(at[:, 0] + 1j * at[:, 1])

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """The codes in the order of ``shape_array`` and ``points``."""
        return tuple(self.shapes)

    @cached_property
    def number(self) -> Mapping[str, int]:
        """The place of each code in that order."""
        return {code: n for n, code in enumerate(self.codes)}

    @cached_property
    def shape_array(self) -> NDArray[np.object_]:
        """The shapes in degrees, for work on many at once."""
        return _objects(self.shapes.values())

    @cached_property
    def points(self) -> Points:
        """A point inside each unit: longitude and latitude."""
        return np.array([(u.at.lng, u.at.lat) for u in self.units.by_code.values()]).reshape(-1, 2)

    @cached_property
    def to_metres(self) -> Transformer:
        """Degrees to metres of this city."""
        return metric(tuple(shapely.total_bounds(self.shape_array)))


def build_units(rows: Iterable[UnitRow | tuple[str, str, str | None, str | None, int, bytes]]) -> UnitGround:
    """The ground that rows (code, kind, compound, building, households, WKB in EPSG:4326) describe.

    Never refuses: what is no clean coverage – a unit in several parts, ground that two units claim – is a finding.
    """
    given = sorted((UnitRow(*row) for row in rows), key=lambda row: row.code)
    shapes = _single(shapely.from_wkb([row.geometry for row in given]))
    if not given:
        return UnitGround(Units({}, {}, (), _hash(given, shapes)), {}, ())
    net = _Net.of(shapes)
    corners, turns = net.corners(given)
    chains, borders, outer = _chained(net, given)
    units = Units(_units(given, shapes, net, outer), borders, corners, _hash(given, shapes), turns)
    return UnitGround(
        units, {row.code: shape for row, shape in zip(given, shapes, strict=True)}, chains, tuple(_findings(given, shapes))
    )  # fmt: skip


@dataclass(frozen=True)
class _Net:
    """All segments of a coverage, each once, with the unit on its left and right as it runs from ``one`` to ``other``."""

    vertices: Points
    metres: Points
    to_metres: Transformer
    one: Numbers
    other: Numbers
    left: Numbers
    right: Numbers
    holes: Numbers
    """The holes of each unit that touch none of its other rings."""

    @classmethod
    def of(cls, shapes: NDArray[np.object_]) -> _Net:
        parts, unit_of_part = shapely.get_parts(shapes, return_index=True)
        rings, part_of_ring = shapely.get_rings(shapely.orient_polygons(parts), return_index=True)
        unit_of_ring = unit_of_part[part_of_ring]
        points, ring = shapely.get_coordinates(rings, return_index=True)
        places, at = np.unique(points[:, 0] + 1j * points[:, 1], return_inverse=True)
        vertices = np.column_stack((places.real, places.imag))
        to_metres = metric(tuple(shapely.total_bounds(shapes)))
        along = (ring[1:] == ring[:-1]) & (at[1:] != at[:-1])
        begin, end, owner = at[:-1][along], at[1:][along], unit_of_ring[ring[:-1][along]]
        keys, number = np.unique(
            np.minimum(begin, end) * len(vertices) + np.maximum(begin, end), return_inverse=True
        )
        left, right = np.full(len(keys), NOBODY), np.full(len(keys), NOBODY)
        forth = begin < end  # rings are oriented with their inside on the left
        left[number[forth]], right[number[~forth]] = owner[forth], owner[~forth]
        return cls(
            vertices=vertices,
            metres=np.column_stack(to_metres.transform(vertices[:, 0], vertices[:, 1])),
            to_metres=to_metres,
            one=keys // len(vertices),
            other=keys % len(vertices),
            left=left,
            right=right,
            holes=_free_holes(len(shapes), unit_of_ring, ring, at),
        )

    @cached_property
    def lengths(self) -> NDArray[np.float64]:
        """Metres of each segment."""
        return np.hypot(*(self.metres[self.one] - self.metres[self.other]).T)

    @cached_property
    def origin(self) -> Numbers:
        """Where each half of a segment begins: half 2n runs along segment n, half 2n + 1 back."""
        return np.column_stack((self.one, self.other)).ravel()

    @cached_property
    def beside(self) -> Numbers:
        """The unit on the left of each half."""
        return np.column_stack((self.left, self.right)).ravel()

    @cached_property
    def degree(self) -> Numbers:
        """How many segments meet in each vertex."""
        return np.bincount(self.origin, minlength=len(self.vertices))

    @cached_property
    def around(self) -> tuple[Numbers, Numbers]:
        """The halves in the order of their origin, and counter-clockwise around it; where each vertex's begin."""
        towards = self.vertices[self.origin[np.arange(len(self.origin)) ^ 1]] - self.vertices[self.origin]
        order = np.lexsort((np.arctan2(towards[:, 1], towards[:, 0]), self.origin))
        return order, np.concatenate(([0], np.cumsum(self.degree)))

    def corners(
        self, rows: Sequence[UnitRow]
    ) -> tuple[tuple[frozenset[str], ...], dict[int, tuple[str, ...]]]:
        """The units around each corner; around those of four and more, in order."""
        order, begins = self.around
        names = [*(row.code for row in rows), OUTSIDE]
        beside = [names[n] for n in self.beside[order].tolist()]
        places = np.flatnonzero(self.degree > 2)
        turns = [
            tuple(beside[a:b])
            for a, b in zip(begins[places].tolist(), begins[places + 1].tolist(), strict=True)
        ]
        return tuple(map(frozenset, turns)), {n: turn for n, turn in enumerate(turns) if len(turn) > 3}

    @cached_property
    def runs(self) -> list[list[int]]:
        """The chains as halves of segments one after another: from corner to corner, then the closed rings."""
        order, begins = self.around
        after = np.full(len(self.origin), NOBODY)
        passed = begins[np.flatnonzero(self.degree == 2)]
        one, other = order[passed], order[passed + 1]
        after[one ^ 1], after[other ^ 1] = other, one
        following, seen = after.tolist(), bytearray(len(self.origin))
        from_corners = np.flatnonzero(self.degree[self.origin] != 2).tolist()
        found = []
        for first in (*from_corners, *range(0, len(seen), 2)):
            if seen[first]:
                continue
            run, half = [], first
            while half != NOBODY and not seen[half]:
                seen[half] = seen[half ^ 1] = 1
                run.append(half)
                half = following[half]
            found.append(run)
        return found


def _chained(
    net: _Net, rows: Sequence[UnitRow]
) -> tuple[tuple[Chain, ...], dict[str, dict[str, Border]], dict[str, float]]:
    """The chains, the borders between units that they make up, and the metres of each unit on the city's edge."""
    names = [*(row.code for row in rows), OUTSIDE]
    borders: dict[str, dict[str, Border]] = {row.code: {} for row in rows}
    outer = dict.fromkeys(borders, 0.0)
    is_corner, ends = net.degree != 2, net.origin[np.arange(len(net.origin)) ^ 1]
    chains = []
    for run in net.runs:
        halves = np.array(run)
        left, right = names[net.beside[run[0]]], names[net.beside[run[0] ^ 1]]
        path = np.append(net.origin[halves], ends[run[-1]])
        chains.append(Chain(left, right, net.vertices[path]))
        metres = float(net.lengths[halves >> 1].sum())
        if OUTSIDE in (left, right):
            outer[left or right] += metres
        elif left != right:
            before = borders[left].get(right, Border(0.0, 0))
            both = Border(before.metres + metres, before.stretches + int(is_corner[path[0]]))
            borders[left][right] = borders[right][left] = both
    return tuple(chains), borders, outer


def _units(
    rows: Sequence[UnitRow], shapes: NDArray[np.object_], net: _Net, outer: Mapping[str, float]
) -> dict[str, Unit]:
    areas = shapely.area(projected(shapes, net.to_metres)).tolist()
    places = shapely.get_coordinates(shapely.point_on_surface(shapes)).tolist()
    return {
        row.code: Unit(
            row.code, row.kind, row.compound, row.building, row.households, area, outer[row.code],
            LngLat(*place), holes,
        )
        for row, area, place, holes in zip(rows, areas, places, net.holes.tolist(), strict=True)
    }  # fmt: skip


def _free_holes(count: int, unit_of_ring: Numbers, ring: Numbers, at: Numbers) -> Numbers:
    """For each unit, how many groups of rings it has beyond one; rings that meet in a vertex are one group."""
    found = np.bincount(unit_of_ring, minlength=count) - 1
    for unit in np.flatnonzero(found > 0):
        groups: list[set[int]] = []
        for mine in np.flatnonzero(unit_of_ring == unit):
            group = set(at[ring == mine].tolist())
            apart = [known for known in groups if not known & group]
            groups = [*apart, group.union(*(known for known in groups if known & group))]
        found[unit] = len(groups) - 1
    return found


def _findings(rows: Sequence[UnitRow], shapes: NDArray[np.object_]) -> Iterator[Finding]:
    """What is no clean coverage: units in several parts, borders that do not fit, ground that several claim."""
    for n in np.flatnonzero(shapely.get_num_geometries(shapes) != 1).tolist():
        words = said(
            "Unit {unit} lies in {n} pieces.", unit=rows[n].code, n=int(shapely.get_num_geometries(shapes[n]))
        )
        yield Finding("unit_pieces", Severity.ERROR, words, (), _place(shapes[n]))
    if shapely.coverage_is_valid(shapes):
        return
    wrong = shapely.coverage_invalid_edges(shapes)
    for n in np.flatnonzero(~shapely.is_empty(wrong)).tolist():
        words = said(
            "Unit {unit} does not fit its neighbours: the borders differ or overlap.", unit=rows[n].code
        )
        yield Finding("unit_borders", Severity.ERROR, words, (), _place(wrong[n]))


def _place(shape: shapely.Geometry) -> LngLat:
    lng, lat = shapely.get_coordinates(shape)[0].tolist()
    return LngLat(lng, lat)


def _single(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """A collection of one polygon is that polygon."""
    alone = (shapely.get_type_id(shapes) > shapely.GeometryType.POLYGON) & (
        shapely.get_num_geometries(shapes) == 1
    )
    shapes[alone] = shapely.get_geometry(shapes[alone], 0)
    return shapes


def _united(
    inside: Mapping[str, Collection[str]], shapes: Mapping[str, shapely.Geometry]
) -> dict[str, shapely.Geometry]:
    """The union of the named shapes for each key, all in one call."""
    if not inside:
        return {}
    table = np.full((len(inside), max(map(len, inside.values()))), None, dtype=object)
    for row, codes in zip(table, inside.values(), strict=True):
        row[: len(codes)] = [shapes[code] for code in codes]
    return dict(zip(inside, shapely.normalize(shapely.coverage_union_all(table, axis=1)), strict=True))


def _objects(shapes: Iterable[shapely.Geometry]) -> NDArray[np.object_]:
    found = list(shapes)
    array = np.empty(len(found), dtype=object)
    array[:] = found
    return array


def _hash(rows: Sequence[UnitRow], shapes: NDArray[np.object_]) -> str:
    """SHA-256 over codes, kinds, compounds, households and geometry, in the order of the codes."""
    content = hashlib.sha256()
    for row, shape in zip(rows, shapely.to_wkb(shapes), strict=True):
        content.update(repr((row.code, row.kind, row.compound, row.households)).encode())
        content.update(shape)
    return content.hexdigest()
