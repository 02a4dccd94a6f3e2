"""What a figure of the report is: counted of rows by place, or worked out of two others; never patched by hand.

A figure says when it counts – as things stand now, on the last day of a period, or what happened in it – and how what
lies in several places comes together. What it comes to is a :class:`Value`, which keeps the numbers it was made of.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import TypeAlias

from domain.frontline.organisation import yuan
from domain.grids import CITY, Level, Structure
from domain.indicators import NOTHING
from domain.periods import Days
from domain.said import Said, said


class When(StrEnum):
    """What of a period a figure counts."""

    NOW = "now"
    DAY = "day"
    PERIOD = "period"


WHEN: Mapping[When, Said] = {
    When.NOW: said("as it stands now"),
    When.DAY: said("on the last day of the period"),
    When.PERIOD: said("in the period"),
}


class Kind(StrEnum):
    """How a figure is made and read."""

    COUNT = "count"
    YUAN = "yuan"
    """Counted in fen."""
    AREA = "area"
    """Counted in square metres, read in square kilometres."""
    RATE = "rate"
    """One figure of another, in per cent."""
    EACH = "each"
    """One figure shared out over another."""
    LESS = "less"
    """What is left of one figure without another."""
    SUM = "sum"
    """Several figures together."""


class Together(StrEnum):
    """How what was counted in several places comes together."""

    SUM = "sum"
    DISTINCT = "distinct"
    """Each key once, wherever it occurs."""
    LEAST = "least"
    MOST = "most"


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter of the report."""

    name: str
    title: Said


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFigure:
    """One figure. ``of`` names the figures it is worked out of; ``source`` the rows it counts, where they have not its name.

    ``rights`` is the list whose readers may see the rows behind it; empty where it has none of its own. ``level`` keeps
    to the grids of one level.
    """

    name: str
    chapter: Chapter
    title: Said
    formula: Said
    when: When = When.PERIOD
    kind: Kind = Kind.COUNT
    of: tuple[str, ...] = ()
    together: Together = Together.SUM
    rights: str = ""
    source: str = ""
    level: Level | None = None

    @property
    def rows(self) -> str:
        """The name of what it counts."""
        return self.source or self.name

    @property
    def is_counted(self) -> bool:
        return not self.of


@dataclass(frozen=True, slots=True)
class Period:
    """A period as figures are counted in it: its days, and where it lies from now."""

    days: Days
    zone: tzinfo
    now: datetime

    @property
    def since(self) -> datetime:
        return self.days.moments(self.zone)[0]

    @property
    def until(self) -> datetime:
        return self.days.moments(self.zone)[1]

    @property
    def day(self) -> date:
        """The day on which a state is told: its last, or today where that is still to come."""
        return min(self.days.last, self.now.astimezone(self.zone).date())

    @property
    def at(self) -> datetime:
        """The moment at which a state is told."""
        return min(self.until, self.now)


# --- what was counted, by place ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Counted:
    """So much in one place; ``key`` tells apart what counts once wherever it occurs."""

    place: str
    n: int
    key: str = ""


By: TypeAlias = Mapping[str, Collection[Counted]]
"""What was counted, by the name of its rows."""


def within(unit: str, structure: Structure) -> Callable[[str], bool]:
    """Does a place lie in a unit, by its code or by that of the grid that follows it? No place lies in the city alone."""
    if unit == CITY:
        return lambda _: True
    known: dict[str, bool] = {}

    def lies(place: str) -> bool:
        if place not in known:
            known[place] = bool(place) and structure.within(structure.today(place), unit)
        return known[place]

    return lies


# --- what a figure comes to ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Value:
    """What a figure comes to, of the numbers in ``parts``; without any it is not known here."""

    kind: Kind
    parts: tuple[int, ...] = ()

    @property
    def number(self) -> Decimal | None:
        """In its own unit: yuan, square kilometres, per cent; None where there is nothing to count or to divide by."""
        return MADE[self.kind](self.parts) if self.parts else None

    @property
    def is_something(self) -> bool:
        """Is there anything to tell of it?"""
        return bool(self.number)

    def shown(self) -> str:
        """The figure as it is read."""
        number = self.number
        if number is None:
            return NOTHING
        if self.kind is Kind.YUAN:
            return yuan(self.parts[0])
        if self.kind is Kind.RATE:
            return f"{number:.2f} %"
        return f"{number:,.1f}".removesuffix(".0") if self.kind in ROUGH else f"{number:,f}"

    def numbers(self) -> str:
        """The formula with the numbers in it; nothing where the figure is a plain count."""
        sign = SIGN.get(self.kind)
        return f" {sign} ".join(f"{part:,}" for part in self.parts) if sign and self.parts else ""


def _rate(parts: tuple[int, ...]) -> Decimal | None:
    part, whole = parts
    return (Decimal(100 * part) / whole).quantize(Decimal("0.01"), ROUND_HALF_UP) if whole else None


def _each(parts: tuple[int, ...]) -> Decimal | None:
    part, whole = parts
    return (Decimal(part) / whole).quantize(Decimal("0.1"), ROUND_HALF_UP) if whole else None


MADE: Mapping[Kind, Callable[[tuple[int, ...]], Decimal | None]] = {
    Kind.COUNT: lambda parts: Decimal(parts[0]),
    Kind.YUAN: lambda parts: Decimal(parts[0]) / 100,
    Kind.AREA: lambda parts: (Decimal(parts[0]) / 1_000_000).quantize(Decimal("0.1"), ROUND_HALF_UP),
    Kind.RATE: _rate,
    Kind.EACH: _each,
    Kind.LESS: lambda parts: Decimal(parts[0] - parts[1]),
    Kind.SUM: lambda parts: Decimal(sum(parts)),
}

SIGN: Mapping[Kind, str] = {Kind.RATE: "÷", Kind.EACH: "÷", Kind.LESS: "−", Kind.SUM: "+"}
ROUGH = frozenset({Kind.AREA, Kind.EACH})


def value_of(
    figure: ReportFigure,
    counted: By,
    figures: Mapping[str, ReportFigure],
    lies: Callable[[str], bool],
    structure: Structure,
) -> Value:
    """What a figure comes to in the places that lie in a unit."""
    if not figure.is_counted:
        parts = [value_of(figures[name], counted, figures, lies, structure) for name in figure.of]
        known = all(part.parts for part in parts)
        return Value(figure.kind, tuple(_whole(part) for part in parts) if known else ())
    if figure.rows not in counted:
        return Value(figure.kind)
    here = [
        each
        for each in counted[figure.rows]
        if lies(each.place) and is_at(figure.level, each.place, structure)
    ]
    number = COMBINED[figure.together](here)
    return Value(figure.kind, () if number is None else (number,))


def _whole(value: Value) -> int:
    """A figure as a part of another: yuan in yuan, whole as they are paid out."""
    number = value.number
    return 0 if number is None else int(number)


def is_at(level: Level | None, place: str, structure: Structure) -> bool:
    """Is a place a grid of this level? Every place is, where no level is asked for."""
    if level is None:
        return True
    grid = structure.grids.get(structure.today(place))
    return grid is not None and grid.level is level


def _least(here: Iterable[Counted]) -> int | None:
    return min((each.n for each in here), default=None)


def _most(here: Iterable[Counted]) -> int | None:
    return max((each.n for each in here), default=None)


COMBINED: Mapping[Together, Callable[[Collection[Counted]], int | None]] = {
    Together.SUM: lambda here: sum(each.n for each in here),
    Together.DISTINCT: lambda here: len({each.key for each in here} - {""}),
    Together.LEAST: _least,
    Together.MOST: _most,
}


def by_place(counted: Iterable[Counted], unit_of: Callable[[str], str | None]) -> dict[str, int]:
    """What was counted, summed up in the units that its places lie in."""
    found: dict[str, int] = defaultdict(int)
    for each in counted:
        unit = unit_of(each.place) if each.place else None
        if unit is not None:
            found[unit] += each.n
    return dict(found)
