"""Weigh grids by their open tickets, and sort the weights into fixed classes."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Load:
    """Tickets of one grid now: open, of these past their deadline, of these past four fifths of their limit."""

    open: int = 0
    overdue: int = 0
    due_soon: int = 0


class Measure(StrEnum):
    """What the map's colours count."""

    OPEN_PER_100 = "open_per_100"
    OPEN = "open"
    OVERDUE = "overdue"


ZERO_CLASS = 0
"""Nothing open: drawn in the panel's colour."""

NO_BASE = 9
"""No households to divide by: drawn as a hatched outline, never as a guess."""

Thresholds = tuple[float, ...]
"""The lower bounds of classes 2 to 5; above zero and below the first of them is class 1."""


def value_of(load: Load, households: int | None, measure: Measure) -> float | None:
    """The number behind the colour; None where a rate has no base."""
    if measure is Measure.OPEN:
        return load.open
    if measure is Measure.OVERDUE:
        return load.overdue
    return 100 * load.open / households if households else None


def class_of(load: Load, households: int | None, measure: Measure, thresholds: Thresholds) -> int:
    """The class of a grid: 0 for none, 1 (low) to 5 (high), NO_BASE where a rate has no base."""
    value = value_of(load, households, measure)
    if value is None:
        return NO_BASE
    return ZERO_CLASS if value == 0 else 1 + bisect_right(thresholds, value)
