"""Weigh grids by their open tickets or by the outcome of their work, and sort the weights into fixed classes."""

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
    ON_TIME = "on_time"
    SATISFIED = "satisfied"

    @property
    def is_rate(self) -> bool:
        """Does it tell how well work ended, rather than how much of it there is?"""
        return self in (Measure.ON_TIME, Measure.SATISFIED)


@dataclass(frozen=True, slots=True)
class Share:
    """How often something went well: ``good`` of ``n`` times."""

    n: int = 0
    good: int = 0

    @property
    def percent(self) -> float | None:
        """None where there is nothing to divide by."""
        return 100 * self.good / self.n if self.n else None


SOLID_FROM = 20
"""A rate over fewer is shown as resting on a small sample, without a class."""

SHOWN_FROM = 5
"""A rate over fewer is not shown: it would tell of single tickets, and of chance."""

ZERO_CLASS = 0
"""Nothing open: drawn in the panel's colour."""

NO_BASE = 9
"""No households to divide by: drawn as a hatched outline, never as a guess."""

FEW = 8
"""A rate over a small sample: hatched."""

TOO_FEW = 7
"""A rate over so few that it is not shown."""

Thresholds = tuple[float, ...]
"""The lower bounds of classes 2 to 5; above zero and below the first of them is class 1. Of rates, in per cent,
the lower bounds of classes 4 to 1: low is bad, and class 5 is the worst of every measure."""


def value_of(load: Load, households: int | None, measure: Measure) -> float | None:
    """The number behind the colour of a measure of load; None where there is no base."""
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


def class_of_share(share: Share, thresholds: Thresholds) -> int:
    """The class of a grid by how often its work ended well: 1 (best) to 5 (worst), FEW or TOO_FEW."""
    if share.n < SHOWN_FROM or share.percent is None:
        return TOO_FEW
    if share.n < SOLID_FROM:
        return FEW
    return 5 - bisect_right(thresholds, share.percent)
