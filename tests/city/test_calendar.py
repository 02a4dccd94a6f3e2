"""The official calendar: holidays, make-up workdays, years nobody has announced yet."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from city.calendar import OfficialCalendar
from city.settings import HOME
from domain.clocks import Limit, WorkClock
from storage.rules import YearOverride, read_rules

OFFICIAL = OfficialCalendar({})
SPRING_FESTIVAL_2027 = YearOverride(
    frozenset({date(2027, 2, day) for day in range(5, 12)}), frozenset({date(2027, 2, 13), date(2027, 2, 14)})
)


def clock(calendar: OfficialCalendar) -> WorkClock:
    return WorkClock(calendar, read_rules(HOME / "data" / "rules").windows, ZoneInfo("Asia/Shanghai"))


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        (date(2026, 11, 24), True),  # a Tuesday
        (date(2026, 11, 22), False),  # a Sunday
        (date(2025, 10, 1), False),  # National Day
        (date(2025, 9, 28), True),  # a Sunday made up for it (调休)
        (date(2021, 2, 12), False),  # Spring Festival
    ],
)
def test_holidays_rest_and_make_up_days_are_worked(day: date, worked: bool) -> None:
    assert OFFICIAL.is_workday(day) is worked


@pytest.mark.parametrize("year", range(2020, 2027))
def test_these_years_are_known(year: int) -> None:
    assert OFFICIAL.is_workday(date(year, 6, 1)) is not None


def test_a_year_nobody_announced_is_unknown_not_guessed() -> None:
    assert OFFICIAL.is_workday(date(2099, 6, 1)) is None


def test_a_deadline_in_an_unknown_year_is_provisional() -> None:
    late = datetime(2099, 6, 1, 3, tzinfo=UTC)
    assert clock(OFFICIAL).due(late, Limit(timedelta(hours=4))).provisional
    known = datetime(2026, 6, 1, 3, tzinfo=UTC)
    assert not clock(OFFICIAL).due(known, Limit(timedelta(hours=4))).provisional


def test_the_rule_files_can_announce_a_year() -> None:
    told = OfficialCalendar(
        {2099: YearOverride(frozenset({date(2099, 1, 1)}), frozenset({date(2099, 1, 3)}))}
    )
    assert told.is_workday(date(2099, 1, 1)) is False  # a Thursday off
    assert told.is_workday(date(2099, 1, 3)) is True  # a Saturday worked
    assert told.is_workday(date(2099, 1, 5)) is True and told.is_workday(date(2099, 1, 4)) is False
    late = datetime(2099, 6, 1, 3, tzinfo=UTC)
    assert not clock(told).due(late, Limit(timedelta(hours=4))).provisional


def test_the_rule_files_correct_a_known_year() -> None:
    told = OfficialCalendar(
        {2026: YearOverride(frozenset({date(2026, 11, 24)}), frozenset({date(2026, 11, 22)}))}
    )
    assert told.is_workday(date(2026, 11, 24)) is False and told.is_workday(date(2026, 11, 22)) is True
    assert told.is_workday(date(2026, 11, 25)) is True


def test_work_begun_before_spring_festival_is_due_after_it() -> None:
    told = clock(OfficialCalendar({2027: SPRING_FESTIVAL_2027}))
    eve = datetime(2027, 2, 4, 8, 30, tzinfo=told.zone)
    due = told.due(eve, Limit(timedelta(hours=15)))
    assert due.at.astimezone(told.zone).date() == date(2027, 2, 12)
