"""Give the year its rhythm: seasons of complaints, old and new compounds, weekdays and holidays, hours of the day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from random import Random

from domain.categories import Category
from domain.clocks import WorkClock

HOURS = (0.2, 0.1, 0.1, 0.1, 0.1, 0.3, 1, 3, 8, 10, 9, 7, 3, 6, 8, 8, 7, 6, 5, 6, 5, 3, 1.5, 0.6)
"""How many reports come in each hour of the day."""

WEEKDAYS = (1.2, 1.1, 1.05, 1.05, 1.0, 0.75, 0.6)
HOLIDAY = 0.4

SEASONS: dict[str, dict[int, float]] = {
    "0107": {11: 9, 12: 10, 1: 9, 2: 7, 3: 5},
    "0207": {12: 7, 1: 9, 2: 6},
    "0206": {6: 2, 7: 8, 8: 9, 9: 2},
    "0103": {6: 1.5, 7: 3, 8: 3, 9: 1.5, 3: 1, 4: 1, 5: 1, 10: 1.5, 11: 1},
    "0106": {1: 1, 2: 1, 3: 1, 4: 1, 5: 1, 6: 1.3, 7: 2, 8: 2, 9: 1.2, 10: 1, 11: 1, 12: 1},
    "0804": {7: 4, 8: 4, 6: 2, 9: 1, 3: 0.5},
    "0401": {7: 3, 8: 4, 9: 3},
    "0504": {5: 3, 6: 5, 7: 6, 8: 6, 9: 4},
    "0306": {5: 2, 6: 4, 7: 5, 8: 5, 9: 3},
    "0403": {5: 4, 6: 4, 7: 2},
    "0503": {4: 1, 5: 2, 6: 2.5, 7: 3, 8: 3, 9: 2, 10: 1},
    "0501": {4: 1, 5: 2, 6: 2, 7: 2, 8: 2, 9: 2, 10: 2},
    "1206": {3: 1, 4: 1, 5: 2, 6: 4, 7: 4, 8: 5, 9: 2},
    "1006": {12: 2, 1: 4, 2: 2, 6: 1, 9: 1, 11: 1},
}
"""Reports of a category by month, against an ordinary month's 1; a month not named has a tenth."""

COMMON = {
    "0203": 4, "0204": 4, "0301": 4, "0303": 3, "0801": 4, "0501": 3, "0805": 2.5, "1101": 3, "0106": 2.5, "0803": 2,
    "0903": 0.15, "0901": 0.2, "0902": 0.3,
}  # fmt: skip
"""Categories reported more often, or more seldom, than the others."""

AGES = {
    "院": "old",
    "村": "old",
    "区": "old",
    "馆": "new",
    "邸": "new",
    "庭": "new",
    "居": "new",
    "苑": "new",
}
"""How old a compound is, by the last character of its name: works' yards and villages came before mansions."""

BY_AGE: dict[str, dict[str, float]] = {
    "old": {"0106": 3, "0105": 2, "0102": 2, "0103": 2, "0107": 2, "0804": 3, "0803": 2, "0806": 2, "1104": 2.5,
            "1002": 1.5, "1105": 2, "1201": 1.5, "0802": 0.1, "0805": 0.5, "1003": 0.4},
    "new": {"0203": 2, "0204": 1.8, "0805": 3, "0802": 4, "1003": 3, "1005": 2, "0701": 2, "1101": 1.5,
            "0106": 0.5, "0804": 0.4, "1104": 0.3},
}  # fmt: skip
"""What old blocks suffer from (pipes, drains, roofs), what new compounds do (parking, lifts, property firms)."""


def age_of(compound: str) -> str:
    """Whether a compound is old, new or neither."""
    return AGES.get(compound[-1:], "")


def weight(category: Category, month: int, age: str = "") -> float:
    """How often a category is reported in a month from a compound of some age."""
    months = SEASONS.get(category.code)
    in_season = 1.0 if months is None else months.get(month, 0.1)
    return COMMON.get(category.code, 1.0) * in_season * BY_AGE.get(age, {}).get(category.code, 1.0)


class Year:
    """The moments of the year before ``now``, each day as likely as it is busy.

    ``taken`` counts the reports that already lie on a day, of ``total`` in the year: they are taken off, so that
    the days of which much is still open are no busier than others.
    """

    def __init__(
        self, now: datetime, clock: WorkClock, taken: Mapping[date, int] | None = None, total: int = 1
    ) -> None:
        self._now, self._zone = now, clock.zone
        today = now.astimezone(clock.zone).date()
        self._days = [today - timedelta(days=n) for n in range(365, -1, -1)]
        weights = [self.busy(day, clock) for day in self._days]
        weights[-1] *= sum(HOURS[: now.astimezone(clock.zone).hour]) / sum(HOURS)
        fair = [total * w / sum(weights) for w in weights]
        left = [max(f * 0.1, f - (taken or {}).get(day, 0)) for f, day in zip(fair, self._days, strict=True)]
        self._sums = list(accumulate(left))

    @staticmethod
    def busy(day: date, clock: WorkClock) -> float:
        """How many reports a day brings against an ordinary Friday's 1."""
        worked = clock.calendar.is_workday(day)
        if worked and day.weekday() >= 5:
            return WEEKDAYS[4]
        return HOLIDAY if worked is False and day.weekday() < 5 else WEEKDAYS[day.weekday()]

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
    reach = max(worktime, timedelta(hours=1))
    while clock.elapsed(end - reach, end) < worktime:
        reach *= 2
    low, high = int((end - reach).timestamp()), int(end.timestamp())
    while high - low > 1:
        middle = (low + high) // 2
        start = datetime.fromtimestamp(middle, UTC)
        low, high = (middle, high) if clock.elapsed(start, end) >= worktime else (low, middle)
    return datetime.fromtimestamp(low, UTC)


def when_people_are_up(at: datetime, clock: WorkClock, random: Random) -> datetime:
    """The same moment by day; of a night the morning after."""
    local = at.astimezone(clock.zone)
    if 7 <= local.hour < 21:
        return at
    day = local.date() + timedelta(days=1 if local.hour >= 21 else 0)
    morning = datetime.combine(day, time(7, random.randrange(60), random.randrange(60)), clock.zone)
    return (morning + timedelta(minutes=random.randrange(90))).astimezone(UTC)
