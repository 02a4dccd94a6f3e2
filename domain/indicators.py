"""Measure the work: how much was due, closed, on time, done again, settled on the spot, and how people liked it.

Each indicator carries its formula and the rule of its period, so that a page can show both beside the figure.
“Handled” and “closed” are the same moment, the check passed: waiting for a rating hurts nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from domain.grids import Level
from domain.said import Said, said

NOTHING = "–"
"""What is shown where there is nothing to divide by: never 0, never 100."""

ENOUGH, FEW = 20, 5
"""From how many cases on a rate says something; below how many it says nothing."""


class Grouping(StrEnum):
    """By what the figures are broken down."""

    CITY = "city"
    STREET = "street"
    COMMUNITY = "community"
    COMPOUND = "compound"
    BUILDING = "building"
    DEPARTMENT = "department"


LEVEL_OF = {
    Grouping.COMMUNITY: Level.COMMUNITY,
    Grouping.COMPOUND: Level.COMPOUND,
    Grouping.BUILDING: Level.BUILDING,
}
"""The level of the grids behind a grouping."""

GROUPING = {
    Grouping.CITY: said("The whole city"),
    Grouping.STREET: said("Streets"),
    Grouping.COMMUNITY: said("Community grids"),
    Grouping.COMPOUND: said("Compound grids"),
    Grouping.BUILDING: said("Building grids"),
    Grouping.DEPARTMENT: said("Departments"),
}
"""The words for groupings."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What was counted for one unit, department or city in one period."""

    handled: int = 0
    overdue: int = 0
    """Past its deadline and not handled."""
    on_time: int = 0
    reworked: int = 0
    raised: int = 0
    on_the_spot: int = 0
    asked: int = 0
    rated: int = 0
    satisfied: int = 0

    @property
    def due(self) -> int:
        """N: what should have been closed, handled or not."""
        return self.handled + self.overdue

    def __add__(self, other: Tally) -> Tally:
        return Tally(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


def total(tallies: Iterable[Tally]) -> Tally:
    """Several tallies as one."""
    return sum(tallies, Tally())


# --- figures: what an indicator comes to ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Count:
    """A number that is the sum of its parts."""

    parts: tuple[int, ...]

    @property
    def value(self) -> float:
        return sum(self.parts)

    def shown(self) -> str:
        return f"{sum(self.parts):,}"

    def numbers(self) -> str:
        """The formula with the numbers in it."""
        return " + ".join(f"{part:,}" for part in self.parts)


@dataclass(frozen=True, slots=True)
class Rate:
    """A part of a whole."""

    part: int
    whole: int

    @property
    def value(self) -> float | None:
        """Between 0 and 1; None where there is nothing to divide by."""
        return self.part / self.whole if self.whole else None

    @property
    def percent(self) -> Decimal | None:
        """Per cent with two decimals, a half rounded up as on paper; None where there is nothing to divide by."""
        if not self.whole:
            return None
        return (Decimal(100 * self.part) / self.whole).quantize(Decimal("0.01"), ROUND_HALF_UP)

    def shown(self) -> str:
        return NOTHING if self.percent is None else f"{self.percent} %"

    def numbers(self) -> str:
        """The formula with the numbers in it."""
        return f"{self.part:,} ÷ {self.whole:,}"


Figure = Count | Rate


class Reliability(StrEnum):
    """How far a rate may be trusted."""

    SURE = "sure"
    SMALL = "small"
    HIDDEN = "hidden"


def reliability(n: int) -> Reliability:
    """How far a rate over ``n`` cases may be trusted: shown from 20 on, marked from 5 on, hidden below."""
    if n >= ENOUGH:
        return Reliability.SURE
    return Reliability.SMALL if n >= FEW else Reliability.HIDDEN


def reliability_of(figure: Figure) -> Reliability:
    """How far a figure may be trusted; a count speaks for itself."""
    return Reliability.SURE if isinstance(figure, Count) else reliability(figure.whole)


# --- the indicators -----------------------------------------------------------------------------------------

BY_DUE_DATE = said(
    "Period: tickets whose handling deadline lies in it. Overdue means now, pauses apart; rejected, cancelled and merged tickets do not count."
)
BY_DAY_RAISED = said("Period: tickets raised in it.")
BY_DAY_ASKED = said("Period: ratings asked for in it.")


@dataclass(frozen=True, slots=True)
class Indicator:
    """One indicator: its name, its formula in words, which tickets its period holds, and the formula itself.

    ``more_is_better`` is None where more is neither. ``of_departments`` is False where no department has a part in it.
    """

    code: str
    title: Said
    formula: Said
    period: Said
    of: Callable[[Tally], Figure]
    more_is_better: bool | None = True
    of_departments: bool = True


INDICATORS: tuple[Indicator, ...] = (
    Indicator(
        "due", said("Cases due N"), said("Handled + overdue and not handled"), BY_DUE_DATE,
        lambda t: Count((t.handled, t.overdue)), more_is_better=None,
    ),
    Indicator(
        "closed", said("Closing rate"), said("Closed ÷ N × 100 %"), BY_DUE_DATE,
        lambda t: Rate(t.handled, t.due),
    ),
    Indicator(
        "on_time", said("On-time closing rate"), said("Closed on time ÷ N × 100 %"), BY_DUE_DATE,
        lambda t: Rate(t.on_time, t.due),
    ),
    Indicator(
        "reworked", said("Rework rate"), said("Reworked ÷ handled × 100 %"), BY_DUE_DATE,
        lambda t: Rate(t.reworked, t.handled), more_is_better=False,
    ),
    Indicator(
        "on_the_spot", said("Self-settling rate"), said("Settled on the spot ÷ raised × 100 %"), BY_DAY_RAISED,
        lambda t: Rate(t.on_the_spot, t.raised), of_departments=False,
    ),
    Indicator(
        "satisfied", said("Satisfaction rate"), said("Satisfied ÷ rated × 100 %"), BY_DAY_ASKED,
        lambda t: Rate(t.satisfied, t.rated),
    ),
    Indicator(
        "rated", said("Rating rate"), said("Rated ÷ asked × 100 %"), BY_DAY_ASKED,
        lambda t: Rate(t.rated, t.asked),
    ),
)  # fmt: skip
"""Every indicator in the order of the pages; one more is one more row."""


def indicators_by(by: Grouping) -> tuple[Indicator, ...]:
    """The indicators that mean something when broken down like this."""
    return tuple(i for i in INDICATORS if i.of_departments or by is not Grouping.DEPARTMENT)


def concern(indicator: Indicator, tally: Tally) -> tuple[bool, float]:
    """How to sort by an indicator, the most worrying first; what rests on too few cases comes last."""
    figure = indicator.of(tally)
    if figure.value is None or reliability_of(figure) is Reliability.HIDDEN:
        return True, 0
    return False, figure.value if indicator.more_is_better else -figure.value
