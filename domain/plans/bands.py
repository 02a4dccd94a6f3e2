"""Say how a grid's households lie to the band of its level: a note that a planner reads, never a gate.

Source: the city's report – about 300 households to a building grid (200–400), 1,000–1,500 to a compound grid.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum

from domain.grids import Level

BANDS: Mapping[Level, tuple[int, int]] = {Level.COMPOUND: (1_000, 1_500), Level.BUILDING: (200, 400)}
"""The fewest and the most households of a grid; a level that is not named has no band."""

FAR = 0.25
"""Beyond this share of the band's end a grid lies far outside."""


class Fit(IntEnum):
    """How households lie to a band, from far below to far above; NONE where there is no band."""

    FAR_BELOW = -2
    BELOW = -1
    INSIDE = 0
    ABOVE = 1
    FAR_ABOVE = 2
    NONE = 9


def fit(households: int, level: Level, bands: Mapping[Level, tuple[int, int]] = BANDS) -> Fit:
    """How a grid of a level with so many households lies to its band."""
    if level not in bands:
        return Fit.NONE
    least, most = bands[level]
    if households < least:
        return Fit.BELOW if households >= least * (1 - FAR) else Fit.FAR_BELOW
    if households > most:
        return Fit.ABOVE if households <= most * (1 + FAR) else Fit.FAR_ABOVE
    return Fit.INSIDE
