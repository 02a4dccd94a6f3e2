"""Where things are going: a month day by day, and yesterday – against the tickets themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import Row, select

from city.opened import City
from city.snapshots import begins, open_at, take_missing
from city.trends import series, yesterday
from domain.grids import CITY
from storage.schema import tickets
from tests.conftest import NOON

TODAY = date(2026, 11, 24)
DAY = timedelta(days=1)
STREET, COMMUNITY, BUILDING = "210681001", "210681001001", "21068100100100101"
AREAS: dict[str, Callable[[Row[tuple[object, ...]]], bool]] = {
    CITY: lambda row: True,
    STREET: lambda row: (row.level1 or "").startswith(STREET),
    COMMUNITY: lambda row: row.level1 == COMMUNITY,
    BUILDING: lambda row: row.level3 == BUILDING,
}


def rows(city: City, area: str) -> list[Row[tuple[object, ...]]]:
    with city.database.read() as connection:
        return [row for row in connection.execute(select(tickets)) if AREAS[area](row)]


@pytest.mark.parametrize("area", AREAS)
def test_every_day_counts_what_was_raised_and_settled_on_it(demo_city: City, area: str) -> None:
    def days(moments: Iterator[datetime | None]) -> Counter[date]:
        return Counter(at.astimezone(demo_city.zone).date() for at in moments if at)

    here = rows(demo_city, area)
    raised = days(row.opened_at for row in here)
    settled = days(row.handled_at for row in here)
    found = series(demo_city, area)
    assert [day.day for day in found] == [TODAY - DAY * n for n in range(29, -1, -1)]
    assert [(d.raised, d.settled) for d in found] == [(raised[d.day], settled[d.day]) for d in found]


@pytest.mark.parametrize("area", AREAS)
def test_the_end_of_a_day_counts_what_was_open_then(demo_city: City, area: str) -> None:
    here = rows(demo_city, area)
    for day in (TODAY - DAY, TODAY - 9 * DAY, TODAY - 30 * DAY):
        midnight = begins(demo_city, day + DAY)
        opened = sum(
            row.opened_at < midnight and (row.closed_at is None or row.closed_at >= midnight) for row in here
        )
        at_end = open_at(demo_city, area, day)
        assert at_end and (at_end.open, at_end.overdue) == (opened, None)
    assert open_at(demo_city, area, TODAY) is None


@pytest.mark.parametrize("area", AREAS)
def test_yesterday_is_counted_up_to_this_time_of_day(demo_city: City, area: str) -> None:
    here, then = rows(demo_city, area), NOON - DAY
    first = begins(demo_city, TODAY - 30 * DAY)
    handled = [row for row in here if row.handled_at and first <= row.handled_at <= then]
    timed = [row.on_time for row in handled if row.on_time is not None]
    before = yesterday(demo_city, area)
    assert before.settled == sum(
        begins(demo_city, TODAY - DAY) <= row.handled_at < then for row in here if row.handled_at
    )
    assert before.on_time_rate == (sum(timed) / len(timed) if timed else None)
    assert before.satisfied_rate is None or 0 <= before.satisfied_rate <= 1
    at_end = open_at(demo_city, area, TODAY - DAY)
    assert at_end and (before.open, before.overdue) == (at_end.open, None)


def test_what_was_overdue_at_midnight_is_known_where_the_day_was_taken_in_time(own_city: City) -> None:
    tomorrow = begins(own_city, TODAY + DAY)
    assert take_missing(own_city, tomorrow + timedelta(minutes=1)) == 1
    late = sum(
        row.opened_at < tomorrow and row.due_at is not None and row.due_at < tomorrow
        for row in rows(own_city, CITY)
        if row.open
    )
    at_end = open_at(own_city, CITY, TODAY)
    assert at_end and at_end.overdue == late > 0


def test_a_demo_city_can_be_replayed_at_once(demo_city: City) -> None:
    assert all(open_at(demo_city, CITY, TODAY - DAY * n) for n in range(1, 32))
    assert take_missing(demo_city, NOON) == 0
