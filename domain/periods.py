"""Name stretches of days as people ask for them: this and the last month, quarter and year, twelve months, their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from domain.said import BadInput, said


class Span(StrEnum):
    """What people call a period."""

    THIS_MONTH = "this_month"
    LAST_MONTH = "last_month"
    THIS_QUARTER = "this_quarter"
    THIS_YEAR = "this_year"
    LAST_QUARTER = "last_quarter"
    LAST_YEAR = "last_year"
    TWELVE_MONTHS = "twelve_months"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class Days:
    """From one day to another, both included.

    Raises:
        BadInput: when it ends before it begins, or at the end of time.
    """

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise BadInput(said("The period ends before it begins."))
        if self.last == date.max:
            raise BadInput(said("The period has no end."))

    def moments(self, zone: tzinfo) -> tuple[datetime, datetime]:
        """The midnight at which the period begins, and the one at which it is over, in a place's own time."""
        begins, over = self.first, self.last + timedelta(days=1)
        return datetime.combine(begins, time.min, zone), datetime.combine(over, time.min, zone)


def days_of(span: Span, today: date) -> Days:
    """The days of a named period, seen from today; one's own period begins as this month does."""
    return DAYS.get(span, _this_month)(today)


def _this_month(today: date) -> Days:
    return _months(today.replace(day=1), 1)


def _last_month(today: date) -> Days:
    return _this_month(today.replace(day=1) - timedelta(days=1))


def _this_quarter(today: date) -> Days:
    return _months(date(today.year, 3 * ((today.month - 1) // 3) + 1, 1), 3)


def _this_year(today: date) -> Days:
    return _months(date(today.year, 1, 1), 12)


def _last_quarter(today: date) -> Days:
    return _this_quarter(_this_quarter(today).first - timedelta(days=1))


def _last_year(today: date) -> Days:
    return _this_year(date(today.year - 1, 1, 1)) if today.year > 1 else _this_year(today)


def _twelve_months(today: date) -> Days:
    """A year that ends today: it begins on the day after the same one a year ago."""
    before = today - timedelta(days=365)
    if (before.month, before.day) != (today.month, today.day):  # a leap day lies between, or today is one
        before -= timedelta(days=1)
    return Days(before + timedelta(days=1), today)


def _months(first: date, n: int) -> Days:
    """So many whole months from the first day of one."""
    years, month = divmod(first.month - 1 + n, 12)
    return Days(first, date(first.year + years, month + 1, 1) - timedelta(days=1))


DAYS: Mapping[Span, Callable[[date], Days]] = {
    Span.THIS_MONTH: _this_month,
    Span.LAST_MONTH: _last_month,
    Span.THIS_QUARTER: _this_quarter,
    Span.THIS_YEAR: _this_year,
    Span.LAST_QUARTER: _last_quarter,
    Span.LAST_YEAR: _last_year,
    Span.TWELVE_MONTHS: _twelve_months,
}

SPAN = {
    Span.THIS_MONTH: said("This month"),
    Span.LAST_MONTH: said("Last month"),
    Span.THIS_QUARTER: said("This quarter"),
    Span.THIS_YEAR: said("This year"),
    Span.LAST_QUARTER: said("Last quarter"),
    Span.LAST_YEAR: said("Last year"),
    Span.TWELVE_MONTHS: said("The last twelve months"),
    Span.OWN: said("Own dates"),
}
"""The words for periods."""
