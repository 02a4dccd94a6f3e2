"""Draw a coloured map of grids as a PNG for paper: grids by class, borders of the units above, their numbers, a scale.

There are no words on it: a machine that writes a report may have no Chinese letters, and the paper says them itself.
Coordinates are degrees (EPSG:4326); north is up.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from PIL import Image, ImageColor, ImageDraw, ImageFont

from domain.loads import NO_BASE
from gis.palette import LIGHT, Palette

WIDTH = 1_600
"""Pixels across: some 250 to the inch on a page."""

TALLEST = 1.05
"""The greatest height of a picture, as a part of its width."""

FINER = 2
"""It is drawn so many times as large and made small again, so that edges are smooth."""

METRES = 111_320
"""Of a degree of latitude."""

LENGTHS = (50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000)
"""Metres that a scale may show."""


@dataclass(frozen=True, slots=True)
class Patch:
    """A grid and its class: 0 for nothing, 1 (low) to 5 (high), NO_BASE where nothing is known."""

    outline: shapely.Geometry
    number: int


@dataclass(frozen=True, slots=True)
class Part:
    """A unit above the grids: its border stands out, and its number stands in it."""

    outline: shapely.Geometry
    label: str = ""


@dataclass(frozen=True)
class _Sheet:
    """Where degrees lie on the picture, in drawn pixels."""

    west: float
    north: float
    shrink: float
    scale: float
    left: float
    top: float

    def spots(self, line: shapely.Geometry) -> list[tuple[float, float]]:
        points = shapely.get_coordinates(line)
        x = self.left + (points[:, 0] - self.west) * self.shrink * self.scale
        y = self.top + (self.north - points[:, 1]) * self.scale
        return [(float(a), float(b)) for a, b in zip(x, y, strict=True)]


def png(
    patches: Sequence[Patch], parts: Sequence[Part], water: Sequence[shapely.Geometry] = (), palette: Palette = LIGHT
) -> bytes:  # fmt: skip
    """The picture. There is at least one patch."""
    sheet, size = _laid_out([patch.outline for patch in patches])
    image = Image.new("RGB", size, palette.background)
    draw = ImageDraw.Draw(image)
    for shape in water:
        _fill(draw, sheet, shape, palette.water, None, 0, palette)
    for patch in patches:
        _fill(draw, sheet, patch.outline, fill_of(patch.number, palette), palette.outline, FINER, palette)
    for part in parts:
        for ring in _rings(part.outline):
            draw.line(sheet.spots(ring), fill=palette.text, width=3 * FINER, joint="curve")
    for part in parts:
        if part.label:
            _label(draw, sheet, part, palette)
    _scale(draw, sheet, size, palette)
    small = image.resize((size[0] // FINER, size[1] // FINER), Image.Resampling.LANCZOS)
    written = io.BytesIO()
    _of_few_colours(small, palette).save(written, "PNG", optimize=True)
    return written.getvalue()


def _of_few_colours(image: Image.Image, palette: Palette) -> Image.Image:
    """The picture in a tenth of the bytes; the ground around the grids stays as white as the paper."""
    few = image.quantize(128, dither=Image.Dither.NONE)
    colours, ground = list(few.getpalette() or ()), few.getpixel((0, 0))
    assert isinstance(ground, int)
    colours[3 * ground : 3 * ground + 3] = ImageColor.getrgb(palette.background)[:3]
    few.putpalette(colours)
    return few


def fill_of(number: int, palette: Palette = LIGHT) -> str:
    """The colour of a class."""
    if number == NO_BASE:
        return palette.background
    return palette.classes[number - 1] if number else palette.panel


def _laid_out(shapes: Sequence[shapely.Geometry]) -> tuple[_Sheet, tuple[int, int]]:
    west, south, east, north = (float(b) for b in shapely.total_bounds(np.array(shapes, dtype=object)))
    shrink = math.cos(math.radians((south + north) / 2))
    wide, high = max((east - west) * shrink, 1e-9), max(north - south, 1e-9)
    across, margin = WIDTH * FINER, 24 * FINER
    foot = 56 * FINER
    scale = min((across - 2 * margin) / wide, (across * TALLEST - 2 * margin - foot) / high)
    left = (across - wide * scale) / 2
    sheet = _Sheet(west, north, shrink, scale, left, margin)
    return sheet, (across, math.ceil(high * scale) + 2 * margin + foot)


def _rings(shape: shapely.Geometry) -> list[shapely.Geometry]:
    polygons = (part for part in shapely.get_parts(shape) if isinstance(part, shapely.Polygon))
    return [ring for part in polygons for ring in (part.exterior, *part.interiors) if not ring.is_empty]


def _fill(
    draw: ImageDraw.ImageDraw, sheet: _Sheet, shape: shapely.Geometry, fill: str, line: str | None, width: int,
    palette: Palette,
) -> None:  # fmt: skip
    for part in shapely.get_parts(shape):
        if not isinstance(part, shapely.Polygon) or part.is_empty:
            continue
        draw.polygon(sheet.spots(part.exterior), fill=fill)
        for hole in part.interiors:
            draw.polygon(sheet.spots(hole), fill=palette.background)
        if line:
            for ring in (part.exterior, *part.interiors):
                draw.line(sheet.spots(ring), fill=line, width=width)


def _label(draw: ImageDraw.ImageDraw, sheet: _Sheet, part: Part, palette: Palette) -> None:
    inside = shapely.point_on_surface(part.outline) if part.outline.area else part.outline.centroid
    if part.outline.area:
        widest = max(shapely.get_parts(part.outline), key=lambda each: each.area)
        reach = max(np.ptp(shapely.get_coordinates(widest), axis=0))
        inside = shapely.get_point(shapely.maximum_inscribed_circle(widest, tolerance=reach / 50), 0)
    (spot,) = sheet.spots(inside)
    draw.text(
        spot, part.label, fill=palette.text, font=ImageFont.load_default(46 * FINER), anchor="mm",
        stroke_width=5 * FINER, stroke_fill=palette.background,
    )  # fmt: skip


def _scale(draw: ImageDraw.ImageDraw, sheet: _Sheet, size: tuple[int, int], palette: Palette) -> None:
    """A bar of a round length, a fifth of the width at most."""
    metre = sheet.scale / METRES
    length = max((n for n in LENGTHS if n * metre <= size[0] / 5), default=LENGTHS[0])
    x, y = 24 * FINER, size[1] - 18 * FINER
    end = x + length * metre
    draw.line(
        [(x, y - 8 * FINER), (x, y), (end, y), (end, y - 8 * FINER)], fill=palette.muted, width=2 * FINER
    )
    words = f"{length // 1_000} km" if length >= 1_000 else f"{length} m"
    draw.text(
        (end + 8 * FINER, y), words, fill=palette.muted, font=ImageFont.load_default(32 * FINER), anchor="lm"
    )
    north = (size[0] - 40 * FINER, size[1] - 40 * FINER)
    arrow = [(0, 34), (13, -12), (0, -2), (-13, -12)]
    draw.polygon([(north[0] + dx * FINER, north[1] - dy * FINER) for dx, dy in arrow], fill=palette.muted)
