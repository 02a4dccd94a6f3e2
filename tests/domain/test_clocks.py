"""Working time: adding and counting undo each other, over lunch, nights, weekends, holidays and make-up days; pauses are intervals."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as some

from city.calendar import OfficialCalendar
from domain.clocks import Limit, WorkClock
from domain.tickets import State
from domain.timeline import Beat, handling_time, running
from storage.rules import YearOverride
from tests.domain.build import CLOCK, RULES, ZONE, ticket

OFFICIAL = WorkClock(OfficialCalendar({}), CLOCK.windows, ZONE)
"""The real calendar: holidays and make-up workdays of 2024 to 2026 as they were announced."""

moments = some.datetimes(datetime(2024, 1, 1), datetime(2026, 10, 1)).map(lambda at: at.replace(tzinfo=UTC))
worktimes = some.timedeltas(timedelta(microseconds=1), timedelta(hours=200))


@given(moments, worktimes)
def test_counting_gives_back_what_was_added(start: datetime, worktime: timedelta) -> None:
    assert OFFICIAL.elapsed(start, OFFICIAL.add(start, worktime)) == worktime


@given(moments, some.timedeltas(timedelta(), timedelta(days=60)))
def test_adding_what_was_counted_leads_to_the_last_working_moment(start: datetime, span: timedelta) -> None:
    end = start + span
    counted = OFFICIAL.elapsed(start, end)
    back = OFFICIAL.add(start, counted)
    assert OFFICIAL.elapsed(back, end) == timedelta()
    assert back <= end or counted == timedelta()


@given(moments, worktimes, worktimes)
def test_more_work_ends_later_and_parts_add_up(start: datetime, a: timedelta, b: timedelta) -> None:
    assert OFFICIAL.add(OFFICIAL.add(start, a), b) == OFFICIAL.add(start, a + b)
    assert OFFICIAL.add(start, a) < OFFICIAL.add(start, a + b)


def local(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=ZONE)


def test_lunch_the_national_day_and_a_make_up_sunday_are_kept() -> None:
    assert OFFICIAL.add(local(9, 22, 11, 30), timedelta(hours=1)) == local(9, 22, 14)
    # 1 to 7 October 2026 are off; Sunday 20 September and Saturday 10 October are worked instead.
    assert OFFICIAL.add(local(9, 30, 17), timedelta(hours=1)) == local(10, 8, 9)
    assert OFFICIAL.add(local(9, 19, 12), timedelta(hours=1)) == local(9, 20, 9, 30)
    assert OFFICIAL.elapsed(local(10, 10, 0), local(10, 11, 0)) == timedelta(hours=7, minutes=30)


def test_what_is_urgent_knows_no_night() -> None:
    night = local(10, 1, 23)
    assert OFFICIAL.after(night, Limit(timedelta(hours=2), around_the_clock=True)) == local(10, 2, 1)


def test_a_deadline_into_a_year_not_announced_is_provisional_and_never_guessed_silently() -> None:
    far = OFFICIAL.due(datetime(2031, 12, 30, tzinfo=UTC), Limit(timedelta(hours=30)))
    assert far.provisional
    assert [OFFICIAL.is_worked(date(2031, 3, day)) for day in (7, 8)] == [True, False]  # a Friday, a Saturday
    assert not OFFICIAL.due(local(9, 22, 9), Limit(timedelta(hours=30))).provisional


def test_friday_evening_counts_from_monday_morning() -> None:
    assert CLOCK.add(datetime(2026, 11, 20, 20, tzinfo=ZONE), timedelta(hours=1)) == datetime(
        2026, 11, 23, 9, 30, tzinfo=ZONE
    )


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
        .due(datetime(2035, 3, 1, 9, tzinfo=ZONE), Limit(timedelta(hours=1)))
        .provisional
    )


# --- the clock of handling -------------------------------------------------------------------------------------

PAUSES = (State.ON_HOLD, State.AT_MEETING, State.AWAITING_RATING)
steps = some.lists(
    some.tuples(
        some.sampled_from([State.IN_PROGRESS, State.AWAITING_CHECK, *PAUSES]), some.integers(1, 4_000)
    ),
    max_size=12,
)


def log_with(story: list[tuple[State, int]], start: datetime) -> tuple[list[Beat], datetime]:
    """A log that was dispatched at ``start`` and then stood in each state for so many minutes; ends in progress."""
    beats, at = [Beat(1, start, "dispatch", State.DISPATCHED, "C", "water")], start
    for state, minutes in story:
        beats.append(Beat(len(beats) + 1, at, "moved", state, "C", "water"))
        at += timedelta(minutes=minutes)
    beats.append(Beat(len(beats) + 1, at, "moved", State.IN_PROGRESS, "C", "water"))
    return beats, at


@given(moments, steps, some.booleans())
def test_the_time_for_handling_is_counted_without_its_pauses(
    start: datetime, story: list[tuple[State, int]], around: bool
) -> None:
    beats, end = log_with(story, start)
    rules = replace(RULES, clock=OFFICIAL)
    spent, at = timedelta(), start
    for state, minutes in story:
        if state not in PAUSES:
            spent += OFFICIAL.passed(at, at + timedelta(minutes=minutes), around_the_clock=around)
        at += timedelta(minutes=minutes)
    assert handling_time(beats, OFFICIAL, end, around=around) == spent
    limit = Limit(timedelta(hours=2000), around)
    now = running(ticket(State.IN_PROGRESS, "C", lead="water", limit=limit), beats, rules)
    assert now.due_at == now.handle_by == OFFICIAL.after(end, Limit(limit.length - spent, around))


@given(moments, steps)
def test_a_pause_that_lasts_longer_moves_the_deadline_and_nothing_else(
    start: datetime, story: list[tuple[State, int]]
) -> None:
    rules = replace(RULES, clock=OFFICIAL)
    one = ticket(State.IN_PROGRESS, "C", lead="water", limit=Limit(timedelta(days=90), True))
    due = running(one, log_with(story, start)[0], rules).due_at
    longer = [(s, m + 60 if s in PAUSES else m) for s, m in story]
    later = running(one, log_with(longer, start)[0], rules).due_at
    pauses = sum(state in PAUSES for state, _ in story)
    assert due and later and later - due == pauses * timedelta(hours=1)


@given(moments, steps)
def test_yellow_comes_before_red_and_red_before_the_meeting(
    start: datetime, story: list[tuple[State, int]]
) -> None:
    now = running(
        ticket(State.IN_PROGRESS, "C", lead="water"),
        log_with(story, start)[0],
        replace(RULES, clock=OFFICIAL),
    )
    assert now.warn_at and now.due_at and now.thrice_at
    assert now.warn_at <= now.due_at <= now.thrice_at
    assert now.thresholds == (now.warn_at, now.due_at, now.thrice_at)
