"""Read what was drawn on the planner's map: a gesture is a command, believed in nothing but its form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from domain.place import LngLat
from domain.said import BadInput

KINDS = frozenset({"click", "rectangle", "lasso", "line", "clear", "undo", "redo", "stale"})
"""What a map may tell. ``clear``: Escape was pressed; ``stale``: the units it has are no longer the city's."""

MODES = frozenset({"unit", "compound", "grid"})
"""What a click or a lasso takes: single units, whole compounds, whole grids of the level shown."""

MOST_POINTS, MOST_UNITS = 1_000, 100_000


@dataclass(frozen=True, slots=True)
class Gesture:
    """One finished drawing: its kind, what it takes, where it went, and the plan and version it was made on.

    ``add`` is Shift: in addition to what is selected. ``units`` are those under a click. ``stamp`` is another for each.
    """

    kind: str
    mode: str
    points: tuple[LngLat, ...]
    units: tuple[str, ...]
    add: bool
    level: int
    plan: int
    version: int
    stamp: tuple[int, int]


def gesture_of(told: Any) -> Gesture | None:
    """What the browser told as a gesture; None where it is none."""
    if not isinstance(told, dict):
        return None
    try:
        if told["kind"] not in KINDS:
            return None
        points = tuple(LngLat(float(lng), float(lat)) for lng, lat in told["points"][:MOST_POINTS])
        return Gesture(
            kind=told["kind"],
            mode=told["mode"] if told["mode"] in MODES else "unit",
            points=points,
            units=tuple(str(code) for code in told["units"][:MOST_UNITS]),
            add=bool(told["add"]),
            level=int(told["level"]),
            plan=int(told["plan"] or 0),
            version=int(told["version"] or 0),
            stamp=(int(told["at"]), int(told["n"])),
        )
    except (KeyError, TypeError, ValueError, OverflowError, BadInput):
        return None
