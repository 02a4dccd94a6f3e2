"""Working time: windows, weekends, make-up days, unknown years."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as some

from city.calendar import OfficialCalendar
from domain.clocks import Limit, WorkClock
from storage.rules import YearOverride
from tests.domain.build import CLOCK, MONDAY, ZONE

moments = some.datetimes(datetime(2024, 1, 1), datetime(2026, 12, 1)).map(lambda d: d.replace(tzinfo=UTC))
worktimes = some.integers(0, 200 * 3600).map(lambda s: timedelta(seconds=s))


def local(year: int, month: int, day: int, hour: int = 9, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=ZONE)


@given(moments, worktimes)
def test_add_and_elapsed_are_inverse(start: datetime, worktime: timedelta) -> None:
    assert CLOCK.elapsed(start, CLOCK.add(start, worktime)) == worktime


@given(moments, worktimes, worktimes)
def test_adding_twice_is_adding_the_sum(start: datetime, one: timedelta, two: timedelta) -> None:
    assert CLOCK.add(CLOCK.add(start, one), two) == CLOCK.add(start, one + two) or two == timedelta()


def test_lunch_is_not_working_time() -> None:
    assert CLOCK.add(local(2026, 11, 23, 11, 30), timedelta(hours=1)) == local(2026, 11, 23, 14, 0)


def test_friday_evening_counts_from_monday_morning() -> None:
    assert CLOCK.add(local(2026, 11, 20, 20), timedelta(hours=1)) == local(2026, 11, 23, 9, 30)


def test_urgent_limits_run_around_the_clock() -> None:
    night = local(2026, 11, 21, 3)
    assert CLOCK.due(night, Limit(timedelta(minutes=30), around_the_clock=True)).at == night + timedelta(
        minutes=30
    )


def test_a_deadline_that_rests_on_an_unannounced_year_is_provisional() -> None:
    late = local(2026, 12, 31, 16)
    assert not CLOCK.due(MONDAY, Limit(timedelta(hours=4))).provisional
    assert CLOCK.due(late, Limit(timedelta(hours=4))).provisional


def test_the_official_calendar_knows_holidays_and_make_up_days() -> None:
    calendar = OfficialCalendar({})
    assert calendar.is_workday(date(2026, 10, 1)) is False
    assert calendar.is_workday(date(2026, 2, 14)) is True  # a Saturday worked for the Spring Festival
    assert calendar.is_workday(date(2035, 3, 1)) is None


def test_a_year_in_the_rule_file_makes_it_known() -> None:
    calendar = OfficialCalendar(
        {2035: YearOverride(frozenset({date(2035, 3, 1)}), frozenset({date(2035, 3, 4)}))}
    )
    assert calendar.is_workday(date(2035, 3, 1)) is False
    assert calendar.is_workday(date(2035, 3, 4)) is True
    assert calendar.is_workday(date(2035, 3, 5)) is True
    assert (
        not WorkClock(calendar, CLOCK.windows, ZONE)
        .due(local(2035, 3, 1), Limit(timedelta(hours=1)))
        .provisional
    )
