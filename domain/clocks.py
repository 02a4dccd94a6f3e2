"""Count working time: windows of the day, holidays, make-up workdays (调休), and years not announced yet.

Times are timezone-aware and kept in UTC; a working day is a day of the city's own zone. A year whose
official arrangement nobody knows yet is counted as Monday to Friday, and what rests on it is *provisional*.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo


class Calendar(Protocol):
    """Which days are worked; the arrangement of a year is announced late in the year before."""

    def is_workday(self, day: date) -> bool | None:
        """Whether people work on this day, or None where the year's arrangement is not known."""


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of the working day in local time, the end not included."""

    opens: time
    closes: time


@dataclass(frozen=True, slots=True)
class Limit:
    """How long a stage may take: working time, or plain time where urgency runs around the clock."""

    length: timedelta
    around_the_clock: bool = False


@dataclass(frozen=True, slots=True)
class Due:
    """A deadline in UTC; provisional when it rests on a year whose arrangement is not known."""

    at: datetime
    provisional: bool = False


@dataclass(frozen=True)
class WorkClock:
    """A city's working time. ``add`` and ``elapsed`` are each other's inverse."""

    calendar: Calendar
    windows: tuple[Window, ...]
    zone: ZoneInfo

    def due(self, start: datetime, limit: Limit) -> Due:
        """When a limit that begins at ``start`` runs out."""
        if limit.around_the_clock:
            return Due(start.astimezone(UTC) + limit.length)
        at = self.add(start, limit.length)
        return Due(at, provisional=self._rests_on_unknown_year(start, at))

    def add(self, start: datetime, worktime: timedelta) -> datetime:
        """The moment at which ``worktime`` of working time has passed since ``start``, in UTC."""
        if worktime <= timedelta():
            return start.astimezone(UTC)
        for opens, closes in self._spans_from(start):
            if worktime <= closes - opens:
                return opens + worktime
            worktime -= closes - opens
        raise AssertionError("the calendar never ends")

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        """The working time between two moments; nothing when ``end`` is not later."""
        passed = timedelta()
        for opens, closes in self._spans_from(start):
            if opens >= end:
                return passed
            passed += min(closes, end.astimezone(UTC)) - opens
        raise AssertionError("the calendar never ends")

    def _spans_from(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        start = start.astimezone(UTC)
        day = start.astimezone(self.zone).date()
        while True:
            if self._is_worked(day):
                for window in self.windows:
                    opens, closes = self._span(day, window)
                    if closes > start:
                        yield max(opens, start), closes
            day += timedelta(days=1)

    def _span(self, day: date, window: Window) -> tuple[datetime, datetime]:
        return (
            datetime.combine(day, window.opens, self.zone).astimezone(UTC),
            datetime.combine(day, window.closes, self.zone).astimezone(UTC),
        )

    def _is_worked(self, day: date) -> bool:
        known = self.calendar.is_workday(day)
        return day.weekday() < 5 if known is None else known

    def _rests_on_unknown_year(self, start: datetime, end: datetime) -> bool:
        first, last = start.astimezone(self.zone).year, end.astimezone(self.zone).year
        return any(self.calendar.is_workday(date(year, 6, 1)) is None for year in range(first, last + 1))
