"""Small cities for tests: a board of squares, each a unit; rows of communities, compounds of neighbouring squares."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import shapely

from domain.grids import Grid, Level
from domain.plans.drafts import Draft
from domain.plans.units import Units
from gis.units import build_units

STEP = 0.001
"""About a hundred metres."""


def square(x: int, y: int) -> bytes:
    return shapely.to_wkb(
        shapely.box(
            round(124 + x * STEP, 6), round(39 + y * STEP, 6), round(124 + (x + 1) * STEP, 6), round(39 + (y + 1) * STEP, 6)
        )
    )  # fmt: skip


def code(x: int, y: int) -> str:
    return f"u{x:02d}{y:02d}"


def units_of(
    households: Sequence[Sequence[int]],
    compound: Callable[[int, int], str | None] = lambda x, y: None,
    kind: Callable[[int, int], str] = lambda x, y: "residential",
) -> Units:
    """A row for each list, from the south; nobody lives where there is 0."""
    return build_units(
        (
            code(x, y), kind(x, y), compound(x, y) if count else None, f"{x + 1}号楼" if count else None, count, square(x, y),
        )
        for y, row in enumerate(households)
        for x, count in enumerate(row)
    ).units  # fmt: skip


def draft_of(units: Units, leaf: Callable[[int, int], str]) -> Draft:
    """Grids by codes of one, two and three letters, each built on its parent's."""
    home = {unit: leaf(int(unit[1:3]), int(unit[3:])) for unit in units.by_code}
    grids = {}
    for smallest in home.values():
        for length in range(1, len(smallest) + 1):
            above = smallest[: length - 1] or None
            grids[smallest[:length]] = Grid(smallest[:length], Level(length), smallest[:length], above)
    return Draft(grids, home)
