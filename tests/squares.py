"""A small ground for tests: squares in rows and columns, named by their place (``r2c0``)."""

from __future__ import annotations

import shapely

from gis.units import UnitGround, build_units

CORNER = (124.0, 39.0)
STEP = 0.001
"""About a hundred metres."""


def square_codes(side: int) -> list[str]:
    return [f"r{y}c{x}" for y in range(side) for x in range(side)]


def plain_ground(side: int, households: int = 10) -> UnitGround:
    """``side`` × ``side`` squares, each a residential unit without a compound."""
    xs = [CORNER[0] + STEP * n for n in range(side + 1)]
    ys = [CORNER[1] + STEP * n for n in range(side + 1)]
    return build_units(
        (f"r{y}c{x}", "residential", None, None, households,
         shapely.to_wkb(shapely.box(xs[x], ys[y], xs[x + 1], ys[y + 1])))
        for y in range(side) for x in range(side)
    )  # fmt: skip
