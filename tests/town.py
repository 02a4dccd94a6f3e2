"""A town for drawing: eight by eight squares under two communities, four compound grids, eight building grids.

Columns 0–3 are community 1, columns 4–7 community 2. A compound grid has four rows of four squares, a building grid two
rows of them. Two by two squares are a compound, named by its place (``k0.0``); column 3 is a road that nobody lives on.
"""

from __future__ import annotations

from collections.abc import Callable

import shapely

from domain.grids import Grid, Level
from domain.plans.commands import Command
from domain.plans.drafts import Draft
from domain.plans.redrawing import redraw
from gis.units import UnitGround, UnitRow, build_units
from tests.squares import CORNER, STEP

SIDE, ROAD = 8, 3
HOUSEHOLDS = 10
NAMES = {"k0.0": "Lotus Court"}


def town_ground() -> UnitGround:
    """The squares of the town."""
    return build_units(_row(x, y) for y in range(SIDE) for x in range(SIDE))


def _row(x: int, y: int) -> UnitRow:
    west, south = CORNER[0] + STEP * x, CORNER[1] + STEP * y
    shape = shapely.to_wkb(shapely.box(west, south, CORNER[0] + STEP * (x + 1), CORNER[1] + STEP * (y + 1)))
    if x == ROAD:
        return UnitRow(f"r{y}c{x}", "road", None, None, 0, shape)
    return UnitRow(f"r{y}c{x}", "residential", f"k{y // 2}.{x // 2}", f"b{y}.{x}", HOUSEHOLDS, shape)


def drawn(levels: Callable[[int, int], tuple[str, ...]], side: int = SIDE) -> Draft:
    """A draft in which ``levels`` says of the square in a column and row its grids, the largest first."""
    grids: dict[str, Grid] = {}
    home = {}
    for y in range(side):
        for x in range(side):
            chain = levels(x, y)
            for level, code in zip(Level, chain, strict=False):
                grids[code] = Grid(code, level, f"Grid {code}", chain[level - 2] if level > 1 else None)
            home[f"r{y}c{x}"] = chain[-1]
    return Draft(grids, home)


def town_draft() -> Draft:
    """The town as it is drawn: ``1``, ``2``; ``101`` … ``202``; ``1011`` … ``2022``."""

    def levels(x: int, y: int) -> tuple[str, ...]:
        community = str(x // 4 + 1)
        compound = f"{community}0{y // 4 + 1}"
        return community, compound, f"{compound}{y % 4 // 2 + 1}"

    return drawn(levels)


TOWN = town_ground()


def made(draft: Draft, *commands: Command, taken: frozenset[str] = frozenset()) -> Draft:
    """The draft with commands made one after another."""
    for command in commands:
        draft = draft.after(redraw(TOWN.units, draft, command, taken, NAMES))
    return draft
