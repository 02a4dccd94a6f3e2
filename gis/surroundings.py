"""Draw a unit with its surroundings as a still picture (SVG) that a telephone can show without a script."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from domain.place import LngLat
from gis.palette import Palette

WIDTH, HEIGHT = 780, 460
"""Steps of a picture; a telephone shows two of them on one of its pixels."""

MARGIN = 1.35
"""How much more than the unit itself is seen."""

SMALLEST_M = 90.0
"""Metres from north to south that a picture shows at least."""

METRES = 111_320.0
"""Metres in a degree of latitude."""

LEAST = 10.0
"""Square steps below which a shape is left out: nobody would see it."""


INSIDE = 'fill="{colour}" stroke="{edge}" stroke-width="2"'
MARKS = {
    "ok": ("M-8 0a8 8 0 1 0 16 0a8 8 0 1 0-16 0z", INSIDE),
    "warn": ("M0-12l12 21h-24z", INSIDE),
    "bad": ("M-8-8L8 8M8-8L-8 8", 'stroke="{colour}" stroke-width="6"'),
}
"""The shapes of tickets: never colour alone."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A piece of the ground with the shape of a picture, in degrees (EPSG:4326)."""

    west: float
    south: float
    east: float
    north: float

    @classmethod
    def around(cls, bounds: tuple[float, float, float, float]) -> Frame:
        """The frame that shows west, south, east, north and a little beyond."""
        west, south, east, north = bounds
        middle = LngLat((west + east) / 2, (south + north) / 2)
        shrink = math.cos(math.radians(middle.lat))
        high = max(north - south, (east - west) * shrink * HEIGHT / WIDTH) * MARGIN
        return cls.at(middle, high)

    @classmethod
    def at(cls, middle: LngLat, high: float) -> Frame:
        """The frame around a point that is so many degrees of latitude high."""
        high = max(high, SMALLEST_M / METRES)
        wide = high * WIDTH / HEIGHT / math.cos(math.radians(middle.lat))
        return cls(middle.lng - wide / 2, middle.lat - high / 2, middle.lng + wide / 2, middle.lat + high / 2)

    @property
    def high(self) -> float:
        """Degrees of latitude from its foot to its head."""
        return self.north - self.south

    @property
    def middle(self) -> LngLat:
        return LngLat((self.west + self.east) / 2, (self.south + self.north) / 2)

    def holds(self, point: LngLat) -> bool:
        """Does the picture show this point?"""
        return self.west <= point.lng <= self.east and self.south <= point.lat <= self.north

    def share(self, point: LngLat) -> tuple[float, float]:
        """Where a point is, as shares of the picture from its left and its upper edge."""
        return (
            (point.lng - self.west) / (self.east - self.west),
            (self.north - point.lat) / (self.north - self.south),
        )

    def point(self, across: float, down: float) -> LngLat:
        """The point at these shares of the picture."""
        return LngLat(
            self.west + across * (self.east - self.west), self.north - down * (self.north - self.south)
        )


@dataclass(frozen=True, slots=True)
class Look:
    """How a kind of the quiet base is drawn; a line has a width in metres, shown when the frame is low enough."""

    fill: str = ""
    line: str = ""
    metres: float = 0.0
    opacity: float = 1.0
    lowest: float = math.inf
    """Metres from north to south above which it is left out."""


def looks(palette: Palette) -> dict[str, Look]:
    """The quiet base in the colours of a palette; the order is that of drawing."""
    water, road = palette.water, palette.road
    return {
        "sea": Look(water),
        "river": Look(water),
        "lake": Look(water),
        "water": Look(water),
        "park": Look(palette.green),
        "school": Look(palette.built, opacity=0.6),
        "square": Look(palette.panel),
        "main_road": Look(line=road, metres=22),
        "road": Look(line=road, metres=14, lowest=4_000),
        "lane": Look(line=road, metres=7, lowest=1_500),
        "rail": Look(line=palette.outline, metres=3, opacity=0.5),
        "building": Look(palette.outline, opacity=0.32, lowest=900),
    }


def picture(
    frame: Frame,
    base: Iterable[tuple[str, shapely.Geometry]],
    grids: Sequence[shapely.Geometry],
    own: shapely.Geometry | None,
    palette: Palette,
    inside: str = "",
) -> str:
    """The quiet base, the outlines of ``grids`` over it, one's ``own`` ground standing out, north up.

    ``inside`` is SVG drawn above all of it. Shapes are in EPSG:4326.
    """
    return with_inside(ground_of(frame, base, grids, own, palette), inside)


def with_inside(ground: str, inside: str) -> str:
    """A picture of its ground and of SVG drawn above it."""
    return f"{ground}{inside}</svg>"


def ground_of(
    frame: Frame,
    base: Iterable[tuple[str, shapely.Geometry]],
    grids: Sequence[shapely.Geometry],
    own: shapely.Geometry | None,
    palette: Palette,
) -> str:
    """All of a picture that lies below what is drawn :func:`with_inside` it."""
    ground = [_base_svg(frame, base, palette)]
    if own is not None:
        ground.insert(0, f'<path fill="{palette.background}" d="{_data(frame, own)}"/>')
    lines = "".join(_data(frame, grid) for grid in grids)
    ground.append(_outline(lines, palette.outline, 1.5, 0.7))
    if own is not None:
        ground.append(_outline(_data(frame, own), palette.ok, 5, 1))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH // 2}" height="{HEIGHT // 2}">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{palette.built}"/>{"".join(ground)}'
    )


def mark(frame: Frame, point: LngLat, kind: str, no: str, palette: Palette) -> str:
    """A ticket's mark – a circle, a triangle when it is due soon (``warn``), a cross when it is overdue (``bad``)."""
    shape, paint = MARKS.get(kind, MARKS["ok"])
    across, down = frame.share(point)
    colours = {"ok": palette.ok, "warn": palette.warn, "bad": palette.bad}
    # What has no inside, a cross, gets a pale one below it as its edge.
    pale = f'<path stroke="{palette.background}" stroke-width="11" d="{shape}"/>' if kind == "bad" else ""
    edge = palette.text if kind == "warn" else palette.background
    painted = paint.format(colour=colours.get(kind, palette.ok), edge=edge)
    return (
        f'<g data-no="{html.escape(no)}" transform="{_moved(across, down)}" stroke-linecap="round">'
        f'{pale}<path {painted} d="{shape}"/></g>'
    )


def pin(frame: Frame, point: LngLat, palette: Palette) -> str:
    """The place that somebody chose."""
    across, down = frame.share(point)
    drop = "M0 0c-6-14-20-22-20-38a20 20 0 1 1 40 0c0 16-14 24-20 38z"
    return (
        f'<g transform="{_moved(across, down)}"><path fill="{palette.bad}" stroke="{palette.background}" stroke-width="3" d="{drop}"/>'
        f'<circle cy="-38" r="7" fill="{palette.background}"/></g>'
    )


def _moved(across: float, down: float) -> str:
    return f"translate({across * WIDTH:.0f} {down * HEIGHT:.0f})"


def _outline(data: str, colour: str, width: float, opacity: float) -> str:
    return f'<path fill="none" stroke="{colour}" stroke-width="{width}" stroke-opacity="{opacity}" stroke-linejoin="round" d="{data}"/>'


def _base_svg(frame: Frame, base: Iterable[tuple[str, shapely.Geometry]], palette: Palette) -> str:
    metres = frame.high * METRES
    known = looks(palette)
    drawn: dict[str, list[str]] = {kind: [] for kind in known}
    box = shapely.box(frame.west, frame.south, frame.east, frame.north)
    for kind, shape in base:
        if kind in known and metres <= known[kind].lowest and shape.intersects(box):
            drawn[kind].append(_data(frame, shape))
    return "".join(_painted("".join(data), known[kind], metres) for kind, data in drawn.items() if any(data))


def _painted(data: str, look: Look, metres: float) -> str:
    if look.fill:
        return f'<path fill="{look.fill}" fill-opacity="{look.opacity}" d="{data}"/>'
    width = max(1.5, min(18.0, look.metres * HEIGHT / metres))
    return _outline(data, look.line, round(width, 1), look.opacity)


def _data(frame: Frame, shape: shapely.Geometry) -> str:
    """A shape as path data in steps of the picture: cut to a little more than the frame, and no finer than is seen."""
    over_x, over_y = (frame.east - frame.west) / 20, frame.high / 20
    cut = shapely.clip_by_rect(
        shape, frame.west - over_x, frame.south - over_y, frame.east + over_x, frame.north + over_y
    )
    corner = np.array([frame.west, frame.north])
    scale = np.array([WIDTH / (frame.east - frame.west), -HEIGHT / frame.high])
    flat = shapely.simplify(shapely.transform(cut, lambda xy: (xy - corner) * scale), 0.8)
    return "".join(_line(line) for part in shapely.get_parts(flat) for line in _lines(part))


def _lines(part: shapely.Geometry) -> list[shapely.Geometry]:
    if isinstance(part, shapely.Polygon):
        return [] if part.area < LEAST else [part.exterior, *part.interiors]
    return [part] if isinstance(part, shapely.LineString) and not part.is_empty else []


def _line(line: shapely.Geometry) -> str:
    """Relative whole steps: short to send, and what a path wants."""
    whole = np.rint(shapely.get_coordinates(line)).astype(int)
    steps = np.diff(whole, axis=0)
    steps = steps[np.any(steps != 0, axis=1)]
    if not len(steps):
        return ""
    closed = "z" if line.is_closed else ""
    return f"M{whole[0, 0]} {whole[0, 1]}l" + " ".join(f"{x} {y}" for x, y in steps.tolist()) + closed
