"""Draw a level of grids as a still picture (SVG), to be seen before any script has run."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from functools import lru_cache

from gis.coding import Coded
from gis.palette import Palette


def svg(coded: Coded, fills: Sequence[str], palette: Palette) -> str:
    """The coded grids, each with its fill, north up, as wide as it is high on the ground."""
    paths, frame, shrink = _paths(coded)
    drawn = "".join(f'<path fill="{fill}" d="{path}"/>' for path, fill in zip(paths, fills, strict=True))
    return (
        f'<svg viewBox="{frame}" aria-hidden="true"><g transform="scale({shrink:.5f} -1)" stroke="{palette.outline}" '
        f'vector-effect="non-scaling-stroke" stroke-width="18" fill-opacity=".78">{drawn}</g></svg>'
    )


@lru_cache(maxsize=12)
def _paths(coded: Coded) -> tuple[list[str], str, float]:
    """Each grid's outline as path data in coded steps, the frame around all, and how much a degree of longitude
    is shorter than one of latitude here."""
    content = json.loads(coded.text)
    corners = [_corner(ring) for feature in content["features"] for part in feature["r"] for ring in part]
    west, south = min(c[0] for c in corners), min(c[1] for c in corners)
    east, north = max(c[2] for c in corners), max(c[3] for c in corners)
    middle = content["origin"][1] + content["step"] * (south + north) / 2
    shrink = math.cos(math.radians(middle))
    margin = 0.02 * (north - south)
    frame = (
        f"{west * shrink - margin:.0f} {-north - margin:.0f} "
        f"{(east - west) * shrink + 2 * margin:.0f} {north - south + 2 * margin:.0f}"
    )
    paths = [
        "".join(_path(ring) for part in feature["r"] for ring in part) for feature in content["features"]
    ]
    return paths, frame, shrink


def _corner(steps: list[int]) -> tuple[int, int, int, int]:
    x = y = 0
    xs, ys = [], []
    for dx, dy in zip(steps[::2], steps[1::2], strict=True):
        x, y = x + dx, y + dy
        xs.append(x)
        ys.append(y)
    return min(xs), min(ys), max(xs), max(ys)


def _path(steps: list[int]) -> str:
    """The coding is already what a relative path wants: a start, then steps."""
    return f"M{steps[0]} {steps[1]}l" + " ".join(map(str, steps[2:])) + "z"
