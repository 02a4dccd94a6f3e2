"""Indicators and periods: the published check values, nothing to divide by, and how people name stretches of days."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as some

from domain.indicators import (
    INDICATORS,
    Grouping,
    Rate,
    Reliability,
    Tally,
    concern,
    indicators_by,
    reliability,
    reliability_of,
    total,
)
from domain.periods import Days, Span, days_of
from domain.said import BadInput
from tests.domain.build import ZONE

BY_CODE = {i.code: i for i in INDICATORS}
BULLETIN = Tally(handled=911, overdue=61, on_time=737)


def shown(code: str, tally: Tally) -> str:
    return BY_CODE[code].of(tally).shown()


def test_the_published_bulletin_comes_out_to_the_second_decimal() -> None:
    assert [shown(code, BULLETIN) for code in ("due", "closed", "on_time")] == ["972", "93.72 %", "75.82 %"]
    assert BY_CODE["closed"].of(BULLETIN).numbers() == "911 ÷ 972"
    assert BY_CODE["due"].of(BULLETIN).numbers() == "911 + 61"


def test_nothing_to_divide_by_gives_a_dash_never_zero_and_never_a_hundred() -> None:
    rates = [i.of(Tally()) for i in INDICATORS if i.code != "due"]
    assert {rate.shown() for rate in rates} == {"–"}
    assert all(rate.value is None for rate in rates)
    assert shown("due", Tally()) == "0"


def test_each_indicator_divides_what_its_formula_says() -> None:
    tally = Tally(
        handled=50, overdue=50, on_time=40, reworked=5, raised=80, on_the_spot=20, asked=30, rated=24, satisfied=18
    )  # fmt: skip
    assert {code: shown(code, tally) for code in BY_CODE} == {
        "due": "100",
        "closed": "50.00 %",
        "on_time": "40.00 %",
        "reworked": "10.00 %",
        "on_the_spot": "25.00 %",
        "satisfied": "75.00 %",
        "rated": "80.00 %",
    }


@pytest.mark.parametrize(
    ("part", "whole", "text"), [(1, 800, "0.13 %"), (3, 800, "0.38 %"), (1, 8, "12.50 %")]
)
def test_a_half_is_rounded_up_as_on_paper(part: int, whole: int, text: str) -> None:
    assert Rate(part, whole).shown() == text


@given(some.integers(1, 10**7), some.data())
def test_a_rate_is_shown_within_half_of_a_hundredth_and_never_below_it(
    whole: int, data: some.DataObject
) -> None:
    part = data.draw(some.integers(0, whole))
    percent = Rate(part, whole).percent
    assert percent is not None and percent == percent.quantize(Decimal("0.01"))
    off = Fraction(percent) - Fraction(100 * part, whole)
    assert -Fraction(1, 200) < off <= Fraction(1, 200)


@given(some.lists(some.builds(Tally, *[some.integers(0, 99)] * 9), max_size=6))
def test_the_total_of_tallies_is_due_what_they_are_due_together(tallies: list[Tally]) -> None:
    assert total(tallies).due == sum(t.due for t in tallies)
    assert total(tallies) == total(reversed(tallies))


def test_a_rate_needs_twenty_cases_and_says_nothing_below_five() -> None:
    assert [reliability(n) for n in (0, 4, 5, 19, 20)] == [
        Reliability.HIDDEN,
        Reliability.HIDDEN,
        Reliability.SMALL,
        Reliability.SMALL,
        Reliability.SURE,
    ]
    assert reliability_of(BY_CODE["due"].of(Tally())) is Reliability.SURE


def test_departments_have_no_part_in_what_is_settled_on_the_spot() -> None:
    assert "on_the_spot" not in {i.code for i in indicators_by(Grouping.DEPARTMENT)}
    assert indicators_by(Grouping.COMMUNITY) == INDICATORS


def test_the_most_worrying_comes_first_and_what_rests_on_too_few_cases_last() -> None:
    good, bad = Tally(handled=20, reworked=1), Tally(handled=10, overdue=10, reworked=9)
    few = Tally(handled=1, overdue=3, reworked=1)

    def order(code: str) -> list[Tally]:
        return sorted((few, good, bad, Tally()), key=lambda t: concern(BY_CODE[code], t))

    assert order("closed") == [bad, good, few, Tally()]
    assert order("reworked")[:2] == [bad, good]
    assert order("due")[:2] in ([good, bad], [bad, good])


@pytest.mark.parametrize(
    ("span", "today", "first", "last"),
    [
        (Span.THIS_MONTH, date(2026, 2, 28), date(2026, 2, 1), date(2026, 2, 28)),
        (Span.LAST_MONTH, date(2026, 1, 31), date(2025, 12, 1), date(2025, 12, 31)),
        (Span.LAST_MONTH, date(2028, 3, 31), date(2028, 2, 1), date(2028, 2, 29)),
        (Span.THIS_QUARTER, date(2026, 11, 24), date(2026, 10, 1), date(2026, 12, 31)),
        (Span.THIS_YEAR, date(2026, 11, 24), date(2026, 1, 1), date(2026, 12, 31)),
        (Span.OWN, date(2026, 11, 24), date(2026, 11, 1), date(2026, 11, 30)),
    ],
)
def test_periods_are_whole_months_quarters_years(span: Span, today: date, first: date, last: date) -> None:
    assert days_of(span, today) == Days(first, last)


@given(some.dates(date(1900, 1, 1), date(2200, 1, 1)))
def test_today_lies_in_this_month_quarter_and_year_and_last_month_ends_where_this_begins(today: date) -> None:
    for span in (Span.THIS_MONTH, Span.THIS_QUARTER, Span.THIS_YEAR):
        days = days_of(span, today)
        assert days.first <= today <= days.last
    assert days_of(Span.LAST_MONTH, today).last + timedelta(days=1) == days_of(Span.THIS_MONTH, today).first


def test_a_period_begins_and_ends_at_the_citys_own_midnight() -> None:
    since, until = Days(date(2026, 11, 1), date(2026, 11, 30)).moments(ZONE)
    assert since == datetime(2026, 10, 31, 16, tzinfo=UTC)
    assert until == datetime(2026, 11, 30, 16, tzinfo=UTC)


@pytest.mark.parametrize("last", [date(2026, 10, 31), date.max])
def test_a_period_that_cannot_be_is_refused(last: date) -> None:
    with pytest.raises(BadInput):
        Days(date(2026, 11, 1), last)
