"""Know the days that are worked: the official arrangement, and what the rule files say beside it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import chinese_calendar

from storage.rules import YearOverride


@dataclass(frozen=True)
class OfficialCalendar:
    """China's official arrangement of holidays and make-up workdays; None for a year not announced yet."""

    overrides: dict[int, YearOverride]

    def is_workday(self, day: date) -> bool | None:
        """Whether people work on this day."""
        override = self.overrides.get(day.year)
        if override and day in override.holidays:
            return False
        if override and day in override.workdays:
            return True
        known = _announced(day)
        return day.weekday() < 5 if known is None and override else known


@lru_cache(maxsize=10_000)
def _announced(day: date) -> bool | None:
    """What was announced; kept, because the library goes through its whole table each time it is asked."""
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return None
