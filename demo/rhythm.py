"""Give the year its rhythm: seasons of complaints, weekdays and holidays, hours of the day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from random import Random

from domain.categories import Category
from domain.clocks import WorkClock

HOURS = (0.2, 0.1, 0.1, 0.1, 0.1, 0.3, 1, 3, 8, 10, 9, 7, 3, 6, 8, 8, 7, 6, 5, 6, 5, 3, 1.5, 0.6)
"""How many reports come in each hour of the day."""

WEEKDAYS = (1.2, 1.1, 1.05, 1.05, 1.0, 0.75, 0.6)
HOLIDAY = 0.4

SEASONS = {
    "0107": {11: 9, 12: 10, 1: 9, 2: 7, 3: 5},
    "0207": {12: 7, 1: 9, 2: 6},
    "0206": {6: 2, 7: 8, 8: 9, 9: 2},
    "0106": {7: 2, 8: 2},
    "0804": {7: 4, 8: 4, 6: 2},
    "0401": {7: 3, 8: 4, 9: 3},
    "0504": {5: 3, 6: 5, 7: 6, 8: 6, 9: 4},
    "0306": {5: 2, 6: 4, 7: 5, 8: 5, 9: 3},
    "0403": {5: 4, 6: 4, 7: 2},
    "0501": {4: 1, 5: 2, 6: 2, 7: 2, 8: 2, 9: 2, 10: 2},
}
"""Reports of a category by month, against an ordinary month's 1; a month not named has a tenth."""

COMMON = {
    "0203": 4,
    "0204": 4,
    "0301": 4,
    "0303": 3,
    "0801": 4,
    "0501": 3,
    "0805": 2.5,
    "1101": 3,
    "0106": 2.5,
    "0803": 2,
}
"""Categories reported more often than the others."""


def season(category: Category, month: int) -> float:
    """How likely a category is in a month."""
    months = SEASONS.get(category.code)
    return COMMON.get(category.code, 1.0) * (1.0 if months is None else months.get(month, 0.1))


class Year:
    """The moments of the year before ``now``, each day as likely as it is busy."""

    def __init__(self, now: datetime, clock: WorkClock) -> None:
        self._now, self._zone = now, clock.zone
        today = now.astimezone(clock.zone).date()
        self._days = [today - timedelta(days=n) for n in range(365, -1, -1)]
        weights = [self._busy(day, clock) for day in self._days]
        passed = sum(HOURS[: now.astimezone(clock.zone).hour]) / sum(HOURS)
        weights[-1] *= passed
        self._sums = list(accumulate(weights))

    @staticmethod
    def _busy(day: date, clock: WorkClock) -> float:
        if clock.calendar.is_workday(day) is False and day.weekday() < 5:
            return HOLIDAY
        return WEEKDAYS[day.weekday()]

    def moment(self, random: Random) -> datetime:
        """A moment of the year, never later than now."""
        while True:
            day = random.choices(self._days, cum_weights=self._sums)[0]
            hour = random.choices(range(24), HOURS)[0]
            local = datetime.combine(day, time(hour, random.randrange(60), random.randrange(60)), self._zone)
            if local < self._now:
                return local


def before(clock: WorkClock, end: datetime, worktime: timedelta) -> datetime:
    """The latest whole second from which ``worktime`` of working time passes until ``end``."""
    low, high = int((end - timedelta(days=90)).timestamp()), int(end.timestamp())
    while high - low > 1:
        middle = (low + high) // 2
        start = datetime.fromtimestamp(middle, end.tzinfo)
        low, high = (middle, high) if clock.elapsed(start, end) >= worktime else (low, middle)
    return datetime.fromtimestamp(low, end.tzinfo)


def seasonal(categories: Sequence[Category], month: int) -> list[float]:
    """Weights of categories in a month."""
    return [season(c, month) for c in categories]
