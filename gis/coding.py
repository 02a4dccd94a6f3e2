"""Code outlines for the browser: whole numbers, each the step from the one before, simplified as a coverage.

A point is ``origin + step × (x, y)`` in degrees; rings are flat lists of steps ``[dx, dy, dx, dy, …]`` whose
first pair counts from the origin. 382 grids with names and
label points take some 29 KB compressed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import shapely

STEP = 5e-6
"""Degrees: half a metre on the ground, a pixel at the closest zoom of the map."""

TOLERANCE = 2e-5
"""Degrees: how far a simplified border may lie from the true one, about two metres."""


@dataclass(frozen=True)
class Coded:
    """Outlines as JSON text, named by a hash of their content so that browsers keep them for ever."""

    text: bytes

    @cached_property
    def hash(self) -> str:
        return hashlib.sha256(self.text).hexdigest()[:20]


def encode_grids(grids: Sequence[tuple[str, str, shapely.Geometry]]) -> Coded:
    """Code grids (code, name, outline in EPSG:4326), shared borders staying shared."""
    outlines = _simplified([outline for _, _, outline in grids])
    origin = _origin(outlines)
    features = [
        {"c": code, "n": name, "p": _label_point(outline, origin), "r": _rings(outline, origin)}
        for (code, name, _), outline in zip(grids, outlines, strict=True)
    ]
    return _coded(origin, features)


def encode_base(features: Sequence[tuple[str, str, shapely.Geometry]]) -> Coded:
    """Code the quiet base (kind, name, polygon or line in EPSG:4326) in drawing order."""
    origin = _origin([shape for _, _, shape in features])
    coded = [
        {"k": kind, "r": _rings(shape, origin)} | ({"n": name} if name else {})
        for kind, name, shape in features
    ]
    return _coded(origin, coded)


def _label_point(outline: shapely.Geometry, origin: tuple[float, float]) -> list[int]:
    """Where a label sits: the middle of the widest part, never outside the grid."""
    if outline.is_empty:
        return [0, 0]
    widest = max(shapely.get_parts(outline), key=lambda part: part.area)
    reach = max(shapely.total_bounds(widest)[2:] - shapely.total_bounds(widest)[:2])
    point = (
        shapely.maximum_inscribed_circle(widest, tolerance=reach / 50).coords[0]
        if widest.area
        else widest.centroid.coords[0]
    )
    return [round((point[0] - origin[0]) / STEP), round((point[1] - origin[1]) / STEP)]


def _simplified(outlines: list[shapely.Geometry]) -> list[shapely.Geometry]:
    """Simplify together, so that neighbours keep one border – unless they overlap, as real cities' do."""
    if not outlines or not bool(shapely.coverage_is_valid(outlines)):
        return list(shapely.simplify(outlines, TOLERANCE)) if outlines else []
    return list(shapely.coverage_simplify(outlines, TOLERANCE))


def _origin(shapes: list[shapely.Geometry]) -> tuple[float, float]:
    if not shapes:
        return 0.0, 0.0
    west, south, *_ = shapely.total_bounds(shapes)
    return round(float(west), 6), round(float(south), 6)


def _rings(shape: shapely.Geometry, origin: tuple[float, float]) -> list[list[list[int]]]:
    """Every part of a shape as its rings: outer first, then holes; a line is a part with one open ring."""
    return [
        [_steps(ring, origin) for ring in _lines_of(part)]
        for part in shapely.get_parts(shape)
        if not part.is_empty
    ]


def _lines_of(part: shapely.Geometry) -> list[shapely.Geometry]:
    return [part.exterior, *part.interiors] if isinstance(part, shapely.Polygon) else [part]


def _steps(line: shapely.Geometry, origin: tuple[float, float]) -> list[int]:
    whole = np.rint((shapely.get_coordinates(line) - np.asarray(origin)) / STEP).astype(np.int64)
    steps = np.diff(whole, axis=0, prepend=np.zeros((1, 2), dtype=np.int64))
    moved = np.any(steps != 0, axis=1)
    moved[0] = True
    return [int(n) for n in steps[moved].ravel()]


def _coded(origin: tuple[float, float], features: list[dict[str, Any]]) -> Coded:
    body = {"origin": origin, "step": STEP, "features": features}
    return Coded(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode())
