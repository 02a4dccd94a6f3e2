"""Take units by what a person draws: those inside a lasso, those on the left and right of a line.

Nothing is ever cut: a drawing chooses whole units. A unit is inside a lasso when its point is; it lies on the side of a
line on which most of its area lies, whatever its kind. Drawings are longitude and latitude (EPSG:4326), taken as straight
from point to point.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import shapely
from numpy.typing import NDArray

from domain.place import LngLat
from domain.plans.demands import NotDrawn
from domain.said import BadInput, Said, said
from gis.crs import Points
from gis.units import UnitGround

MOST_POINTS = 5_000
"""Points of a drawing; no hand draws more."""

LEAST = 1e-14
"""Square degrees, a square centimetre: a lasso that holds less is a line."""

Drawn: TypeAlias = Iterable[LngLat | Sequence[float]]
"""What came from the map: points, or pairs of longitude and latitude."""


def units_in(ground: UnitGround, ring: Drawn) -> frozenset[str]:
    """The units whose point lies inside a lasso or rectangle. One that crosses itself holds what it goes around.

    Raises:
        BadInput: when the coordinates are no points on the Earth.
        NotDrawn: when it has fewer than three different points, holds no ground, or no unit.
    """
    points = _points(ring)
    if len(np.unique(points, axis=0)) < 3:
        raise NotDrawn(said("A lasso needs three different points."), where=_first(points))
    shape = shapely.make_valid(shapely.Polygon(points))
    if shape.area < LEAST:
        raise NotDrawn(said("The lasso holds no ground: its points lie on one line."), where=_first(points))
    shapely.prepare(shape)
    inside = shapely.intersects_xy(shape, ground.points[:, 0], ground.points[:, 1])
    if not inside.any():
        raise NotDrawn(said("No unit lies inside the lasso."), where=_first(points))
    return frozenset(ground.codes[n] for n in np.flatnonzero(inside))


def sides(ground: UnitGround, codes: Collection[str], line: Drawn) -> tuple[frozenset[str], frozenset[str]]:
    """The units of a set on the left and on the right of a line drawn across it; together they are the set.

    Whole units do not always hang together where their ground does: what would lie apart goes with the other side.

    Raises:
        BadInput: when the coordinates are no points on the Earth.
        NotDrawn: when the line does not part the set in two, each in one piece; says why, and where.
    """
    points = _points(line)
    if len(np.unique(points, axis=0)) < 2:
        raise NotDrawn(said("A line needs two different points."), where=_first(points))
    # One direction for both ways of drawing it, also where it ends where it began: a unit halfway lies on the same ground
    # either way.
    turned = points.tolist() > points[::-1].tolist()
    cut = _Cut(
        ground, sorted(codes), ground.outline(codes), shapely.LineString(points[::-1] if turned else points)
    )
    _must_part(cut)
    left, right = _hanging_together(ground, *cut.sided())
    return (right, left) if turned else (left, right)


@dataclass(frozen=True)
class _Cut:
    """A line over a set of units."""

    ground: UnitGround
    codes: Sequence[str]
    outline: shapely.Geometry
    line: shapely.LineString

    def refused(self, because: Said, place: shapely.Geometry | None = None) -> NotDrawn:
        at = shapely.point_on_surface(self.line if place is None or place.is_empty else place)
        return NotDrawn(because, where=LngLat(at.x, at.y))

    def sided(self) -> tuple[frozenset[str], frozenset[str]]:
        """The units on the left and right, by most of their area.

        Raises:
            NotDrawn: when there is nothing on one side, or a side is several grounds.
        """
        left, right = self._faces()
        shapes = self.ground.shape_array[[self.ground.number[code] for code in self.codes]]
        on_left, on_right = (_areas_inside(shapes, faces) for faces in (left, right))
        mine = on_left.sum(axis=1) > on_right.sum(axis=1)
        if mine.all() or not mine.any():
            raise self.refused(_ONE_SIDED, self._inside)
        for areas, here in ((on_left, mine), (on_right, ~mine)):
            if len(np.unique(areas[here].argmax(axis=1))) > 1:
                raise self.refused(_TOO_OFTEN, self._inside)
        return (
            frozenset(code for code, is_mine in zip(self.codes, mine, strict=True) if is_mine),
            frozenset(code for code, is_mine in zip(self.codes, mine, strict=True) if not is_mine),
        )

    @property
    def _inside(self) -> shapely.Geometry:
        return shapely.intersection(self.line, self.outline)

    def _faces(self) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
        """The pieces of ground on the left and right of the line.

        Raises:
            NotDrawn: when the same ground lies on both.
        """
        edges = shapely.get_parts(shapely.node(shapely.union_all([self.outline.boundary, self.line])))
        faces = shapely.orient_polygons(shapely.get_parts(shapely.polygonize(edges)))
        face_of = {
            (tuple(a), tuple(b)): n
            for n, face in enumerate(faces)
            for ring in shapely.get_rings(face)
            for a, b in zip(
                shapely.get_coordinates(ring)[:-1], shapely.get_coordinates(ring)[1:], strict=True
            )
        }
        along = self._along(edges)
        left = {face_of[a, b] for a, b in along if (a, b) in face_of}
        right = {face_of[b, a] for a, b in along if (b, a) in face_of}
        if left & right:
            raise self.refused(_TOO_OFTEN, self._inside)
        if not (left and right):
            raise self.refused(_ONE_SIDED, self._inside)
        return faces[sorted(left)], faces[sorted(right)]

    def _along(self, edges: NDArray[np.object_]) -> list[tuple[tuple[float, ...], tuple[float, ...]]]:
        """A segment of each stretch of the line inside the set, in the line's direction."""
        found = []
        shapely.prepare(self.outline)
        for edge in edges:
            ends = shapely.get_coordinates(edge)[:2]
            middle = shapely.Point(ends.mean(axis=0))
            if self.outline.contains(middle) and _is_on(self.line, edge):
                one, other = (shapely.line_locate_point(self.line, shapely.Point(end)) for end in ends)
                a, b = (tuple(end) for end in (ends if one < other else ends[::-1]))
                found.append((a, b))
        return found


_TOO_OFTEN = said("The line crosses so often that a side would fall into several pieces.")
_ONE_SIDED = said("The line leaves all units on one side: it runs along the border.")


def _must_part(cut: _Cut) -> None:
    """Refuse a line that cannot part the set, before anything is computed."""
    line, outline = cut.line, cut.outline
    if not line.is_simple:
        raise cut.refused(said("The line crosses itself."))
    if not shapely.intersects(line, outline):
        raise cut.refused(said("The line misses: it does not meet the ground that it shall part."))
    ends = [shapely.Point(line.coords[n]) for n in (0, -1)]
    for end in ends:
        if shapely.contains(outline, end):
            raise cut.refused(said("The line ends inside: draw it right across."), end)
    if not shapely.relate_pattern(line, outline, "T********"):
        along = shapely.intersection(line, outline)
        if along.length:
            raise cut.refused(_ONE_SIDED, along)
        raise cut.refused(said("The line only touches: draw it right across."), along)


def _is_on(line: shapely.LineString, edge: shapely.LineString) -> bool:
    """Is an edge part of the line? Where lines cross, a node may lie beside both by a rounding."""
    return bool(shapely.distance(line, shapely.Point(shapely.get_coordinates(edge)[:2].mean(axis=0))) < 1e-12)


def _areas_inside(shapes: NDArray[np.object_], faces: NDArray[np.object_]) -> NDArray[np.float64]:
    """How much of each shape lies in each face."""
    shapely.prepare(faces)
    return shapely.area(shapely.intersection(shapes[:, None], faces[None, :]))


def _hanging_together(
    ground: UnitGround, left: frozenset[str], right: frozenset[str]
) -> tuple[frozenset[str], frozenset[str]]:
    """Both sides in one piece each, what lay apart given to the other.

    Raises:
        NotDrawn: when that does not help.
    """
    one, *apart = ground.units.pieces(left)
    other, *adrift = ground.units.pieces(right)
    if apart or adrift:
        one, other = one.union(*adrift), other.union(*apart)
        if len(ground.units.pieces(one)) > 1 or len(ground.units.pieces(other)) > 1:
            raise NotDrawn(_TOO_OFTEN, where=ground.units[min(one)].at)
    return one, other


def _points(drawn: Drawn) -> Points:
    """What was drawn, without points twice in a row.

    Raises:
        BadInput: when it is no list of points on the Earth, or of more than a hand draws.
    """
    given = list(drawn)
    if len(given) > MOST_POINTS:
        raise BadInput(said("The drawing has more than {n} points.", n=MOST_POINTS))
    points = np.array([_pair(point) for point in given]).reshape(-1, 2)
    return points[np.append(True, (points[1:] != points[:-1]).any(axis=1))] if len(points) else points


def _pair(point: LngLat | Sequence[float]) -> tuple[float, float]:
    if isinstance(point, LngLat):
        return point.lng, point.lat
    if len(point) != 2 or not all(isinstance(n, int | float) and math.isfinite(n) for n in point):
        raise BadInput(said("A point needs two finite numbers."))
    at = LngLat(float(point[0]), float(point[1]))
    return at.lng, at.lat


def _first(points: Points) -> LngLat | None:
    return LngLat(*points[0].tolist()) if len(points) else None
