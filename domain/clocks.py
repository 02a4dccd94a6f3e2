"""Count working time: windows of the day, holidays, make-up workdays (调休), and years not announced yet.

Times are timezone-aware and kept in UTC; a working day is a day of the city's own zone. A year whose
official arrangement nobody knows yet is counted as Monday to Friday, and what rests on it is *provisional*.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
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
    _days: dict[date, tuple[tuple[datetime, datetime], ...]] = field(
        default_factory=dict, compare=False, repr=False
    )

    @property
    def day(self) -> timedelta:
        """The working time of one working day."""
        any_day = date(2000, 1, 1)
        return sum((b - a for a, b in (self._span(any_day, w) for w in self.windows)), timedelta())

    def due(self, start: datetime, limit: Limit) -> Due:
        """When a limit that begins at ``start`` runs out."""
        at = self.after(start, limit)
        return Due(at, provisional=not limit.around_the_clock and self.rests_on_unknown_year(start, at))

    def after(self, start: datetime, limit: Limit) -> datetime:
        """The moment at which a limit that begins at ``start`` has passed, in UTC."""
        if limit.around_the_clock:
            return start.astimezone(UTC) + limit.length
        return self.add(start, limit.length)

    def passed(self, start: datetime, end: datetime, *, around_the_clock: bool) -> timedelta:
        """The time between two moments as a limit of this kind counts it."""
        if around_the_clock:
            return max(timedelta(), end - start)
        return self.elapsed(start, end)

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
            for opens, closes in self._spans_of(day):
                if closes > start:
                    yield max(opens, start), closes
            day += timedelta(days=1)

    def _spans_of(self, day: date) -> tuple[tuple[datetime, datetime], ...]:
        """The windows of one day in UTC, none on a day off; kept, for every deadline asks for the same days."""
        if day not in self._days:
            worked = self.is_worked(day)
            self._days[day] = tuple(self._span(day, window) for window in self.windows) if worked else ()
        return self._days[day]

    def _span(self, day: date, window: Window) -> tuple[datetime, datetime]:
        return (
            datetime.combine(day, window.opens, self.zone).astimezone(UTC),
            datetime.combine(day, window.closes, self.zone).astimezone(UTC),
        )

    def is_worked(self, day: date) -> bool:
        """Do people work on this day? Monday to Friday in a year whose arrangement is not known yet."""
        known = self.calendar.is_workday(day)
        return day.weekday() < 5 if known is None else known

    def rests_on_unknown_year(self, start: datetime, end: datetime) -> bool:
        """Does the time between two moments touch a year whose arrangement nobody knows yet?"""
        first, last = start.astimezone(self.zone).year, end.astimezone(self.zone).year
        return any(self.calendar.is_workday(date(year, 6, 1)) is None for year in range(first, last + 1))
