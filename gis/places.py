"""Draw where a place lies: a still map (SVG) of a window on the ground, and back from its pixels to the ground."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from domain.place import LngLat
from gis.palette import Palette

METRES = 111_320.0
"""Metres of a degree of latitude."""

MARGIN = 0.06
"""How much of a window's width lies around what is shown in it."""

LETTER = 10
"""Pixels of a name's letters."""

HAN = 0x2E80
"""Letters from here on are as wide as they are high."""

FINE = 4
"""Steps of a drawn line within one pixel."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A window on the ground: its north-west corner, degrees for each pixel, and its size in pixels."""

    west: float
    north: float
    lng_step: float
    lat_step: float
    width: int
    height: int

    @classmethod
    def around(cls, bounds: tuple[float, float, float, float], width: int) -> Frame:
        """The window of a width around bounds (west, south, east, north in degrees), about as high as it is wide."""
        west, south, east, north = bounds
        shrink = math.cos(math.radians((south + north) / 2))
        across, up = max((east - west) * shrink, 1e-5), max(north - south, 1e-5)
        height = round(width * min(1.1, max(0.75, up / across)))
        step = max(across / width, up / height) * (1 + 2 * MARGIN)
        lng_step = step / shrink
        middle = (west + east) / 2, (south + north) / 2
        return cls(
            middle[0] - lng_step * width / 2, middle[1] + step * height / 2, lng_step, step, width, height
        )

    @property
    def metres(self) -> float:
        """How wide the window is on the ground."""
        return self.lat_step * self.width * METRES

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north in degrees."""
        return (
            self.west,
            self.north - self.lat_step * self.height,
            self.west + self.lng_step * self.width,
            self.north,
        )

    def point(self, x: float, y: float) -> LngLat:
        """The place under a pixel, its middle."""
        return LngLat(
            self.west + (x + 0.5) * self.lng_step,
            self.north - (y + 0.5) * self.lat_step,
        )

    def pixel(self, point: LngLat) -> tuple[float, float]:
        """The pixel over a place; it may lie outside the window."""
        return (point.lng - self.west) / self.lng_step - 0.5, (self.north - point.lat) / self.lat_step - 0.5


@dataclass(frozen=True, slots=True)
class Look:
    """How a kind of feature is drawn, and up to how many metres for each pixel it is worth drawing."""

    color: str
    up_to: float
    metres: float = 0
    """How wide a line is; 0 for an area."""
    opacity: float = 1


def looks(palette: Palette) -> dict[str, Look]:
    """What is drawn of the quiet base, from below."""
    return {
        **{kind: Look(palette.water, 1e9) for kind in ("sea", "river", "lake", "water")},
        "park": Look(palette.green, 30),
        "compound": Look(palette.background, 9),
        "school": Look(palette.built, 9, opacity=0.6),
        "square": Look(palette.background, 9),
        "lane": Look(palette.road_edge, 5, 5),
        "road": Look(palette.road_edge, 12, 10),
        "main_road": Look(palette.road_edge, 60, 18),
        "building": Look(palette.built, 6),
    }


def drawn(
    frame: Frame,
    base: Sequence[tuple[str, shapely.Geometry]],
    outlines: Sequence[shapely.Geometry],
    chosen: shapely.Geometry | None,
    names: Iterable[tuple[str, shapely.Geometry]],
    palette: Palette,
) -> str:
    """The window's picture: the base (kind, shape), outlines of grids, the chosen one standing out, and names where they
    fit."""
    size = f"{frame.width * FINE} {frame.height * FINE}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{frame.width}" height="{frame.height}" viewBox="0 0 {size}">'
        f'<rect width="100%" height="100%" fill="{palette.panel}"/>'
    ]
    parts += [_layer(frame, look, [s for k, s in base if k == kind]) for kind, look in looks(palette).items()]
    parts.append(_border("".join(_path(frame, outline) for outline in outlines), palette.outline, 0.9))
    if chosen is not None:
        path = _path(frame, chosen)
        parts.append(f'<path d="{path}" fill="{palette.ok}" fill-opacity=".2"/>')
        parts.append(_border(path, palette.ok, 2.6))
    return "".join([*parts, *_labels(frame, names, palette)]) + "</svg>"


def _layer(frame: Frame, look: Look, shapes: list[shapely.Geometry]) -> str:
    metres_a_pixel = frame.metres / frame.width
    path = "" if metres_a_pixel > look.up_to else "".join(_path(frame, shape) for shape in shapes)
    if not path:
        return ""
    if not look.metres:
        return f'<path d="{path}" fill="{look.color}" fill-opacity="{look.opacity:g}"/>'
    wide = max(1.0, look.metres / metres_a_pixel) * FINE
    return f'<path d="{path}" fill="none" stroke="{look.color}" stroke-width="{wide:.0f}" stroke-linecap="round"/>'


def _border(path: str, color: str, wide: float) -> str:
    return f'<path d="{path}" fill="none" stroke="{color}" stroke-width="{wide * FINE:.1f}" stroke-linejoin="round"/>'


def _path(frame: Frame, shape: shapely.Geometry) -> str:
    """A shape as path data, as far as it lies in the window."""
    west, south, east, north = frame.bounds
    near = 3 * frame.lng_step
    seen = shapely.clip_by_rect(shape, west - near, south - near, east + near, north + near)
    found = []
    for part in shapely.get_parts(shapely.simplify(seen, frame.lat_step / 2)):
        if isinstance(part, shapely.Polygon):
            rings = [part.exterior, *part.interiors]
            found += [_steps(frame, ring) + "z" for ring in rings if not ring.is_empty]
        elif isinstance(part, shapely.LineString):
            found.append(_steps(frame, part))
    return "".join(found)


def _steps(frame: Frame, line: shapely.Geometry) -> str:
    corner, step = np.array([frame.west, frame.north]), np.array([frame.lng_step, -frame.lat_step])
    whole = np.rint((shapely.get_coordinates(line) - corner) / step * FINE).astype(int)
    start, moves = whole[0], np.diff(whole, axis=0)
    return f"M{start[0]} {start[1]}l" + " ".join(map(str, moves.ravel()))


def _labels(frame: Frame, names: Iterable[tuple[str, shapely.Geometry]], palette: Palette) -> Iterator[str]:
    """Each name in its place, unless it is wider than that, or runs into one before it."""
    taken: list[shapely.Geometry] = []
    window = shapely.box(0, 0, frame.width, frame.height)
    for name, shape in names:
        if not name or shape.is_empty:
            continue
        west, _, east, _ = shape.bounds
        wide = sum(LETTER if ord(c) > HAN else LETTER * 0.56 for c in name)
        middle = shape.centroid if shape.covers(shape.centroid) else shape.representative_point()
        x, y = frame.pixel(LngLat(middle.x, middle.y))
        box = shapely.box(x - wide / 2, y - LETTER / 2, x + wide / 2, y + LETTER / 2)
        fits = (east - west) / frame.lng_step > 0.8 * wide and window.contains(box)
        if not fits or any(box.intersects(other) for other in taken):
            continue
        taken.append(box)
        yield (
            f'<text x="{x * FINE:.0f}" y="{(y + LETTER * 0.35) * FINE:.0f}" font-size="{LETTER * FINE}" '
            f'text-anchor="middle" font-family="system-ui,sans-serif" fill="{palette.text}" '
            f'stroke="{palette.background}" stroke-width="{3 * FINE}" stroke-linejoin="round" '
            f'paint-order="stroke">{html.escape(name)}</text>'
        )
