"""Figures of the report: how they are put together, that parts add up, which day a period is told of."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.frontline.rights import RIGHTS
from domain.grids import CITY, Grid, Level, Street, Structure
from domain.periods import Days, Span, days_of
from domain.report.figure import (
    Counted,
    Kind,
    Period,
    ReportFigure,
    Together,
    Value,
    value_of,
    within,
)
from domain.report.figures import BY_NAME, CHAPTERS, FIGURES, GROUND, of_chapter
from domain.said import said

STRUCTURE = Structure.of(
    [
        Grid("A", Level.COMMUNITY, "A", "S"), Grid("B", Level.COMMUNITY, "B", "S"),
        Grid("A1", Level.COMPOUND, "A1", "A"), Grid("A2", Level.COMPOUND, "A2", "A"), Grid("B1", Level.COMPOUND, "B1", "B"),
    ],
    [Street("S", "S")],
)  # fmt: skip
PLACES = ("A1", "A2", "B1", "A", "B", "")

counted = st.lists(
    st.builds(Counted, st.sampled_from(PLACES), st.integers(0, 1000), st.sampled_from(("", "x", "y", "z"))),
    max_size=30,
)
dates = st.dates(date(2, 1, 1), date(9998, 12, 31))


def figure(name: str = "f", **more: object) -> ReportFigure:
    return ReportFigure(name=name, chapter=GROUND, title=said("F"), formula=said("F"), **more)  # type: ignore[arg-type]


def number_in(unit: str, rows: list[Counted], one: ReportFigure) -> int:
    value = value_of(one, {one.rows: rows}, {one.name: one}, within(unit, STRUCTURE), STRUCTURE)
    return int(value.number or 0)


# --- the registry -------------------------------------------------------------------------------------------------


def test_every_figure_has_its_own_name_and_a_chapter() -> None:
    assert len(BY_NAME) == len(FIGURES)
    assert [figure for chapter in CHAPTERS for figure in of_chapter(chapter)] == list(FIGURES)


def test_what_a_figure_is_worked_out_of_is_a_figure_before_it() -> None:
    names = [figure.name for figure in FIGURES]
    for one in FIGURES:
        assert all(names.index(part) < names.index(one.name) or part in names for part in one.of)
        assert bool(one.of) is (one.kind in (Kind.RATE, Kind.EACH, Kind.LESS, Kind.SUM))
        assert len(one.of) == 2 or one.kind is Kind.SUM or not one.of


def test_whose_rows_they_are_is_a_row_of_the_table_of_rights() -> None:
    assert {one.rights for one in FIGURES} <= set(RIGHTS) | {"", "tickets", "meetings"}


# --- what a figure comes to ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "parts", "shown"),
    [
        (Kind.COUNT, (1234,), "1,234"), (Kind.COUNT, (0,), "0"), (Kind.COUNT, (), "–"), (Kind.YUAN, (100_000_000,), "1,000,000"),
        (Kind.YUAN, (1_050,), "10.50"), (Kind.AREA, (27_000_000,), "27"), (Kind.AREA, (27_450_000,), "27.5"),
        (Kind.RATE, (911, 972), "93.72 %"), (Kind.RATE, (737, 972), "75.82 %"), (Kind.RATE, (0, 0), "–"),
        (Kind.EACH, (630_000, 105), "6,000"), (Kind.EACH, (96_817, 382), "253.4"), (Kind.EACH, (5, 0), "–"),
        (Kind.LESS, (241_000, 89_000), "152,000"), (Kind.SUM, (2_600, 300, 200), "3,100"),
    ],
)  # fmt: skip
def test_a_figure_is_read_in_its_own_unit(kind: Kind, parts: tuple[int, ...], shown: str) -> None:
    value = Value(kind, parts)
    assert value.shown() == shown
    assert value.is_something is (shown not in ("–", "0"))


@given(counted)
def test_the_units_of_a_street_add_up_to_it_and_what_lies_nowhere_is_the_citys_alone(
    rows: list[Counted],
) -> None:
    one = figure()
    assert number_in("A", rows, one) + number_in("B", rows, one) == number_in("S", rows, one)
    nowhere = sum(row.n for row in rows if not row.place)
    assert number_in(CITY, rows, one) == number_in("S", rows, one) + nowhere


@given(counted)
def test_what_counts_once_is_never_more_in_a_part_than_in_the_whole(rows: list[Counted]) -> None:
    one = figure(together=Together.DISTINCT)
    parts = [number_in(unit, rows, one) for unit in ("A", "B")]
    whole = number_in("S", rows, one)
    assert max(parts) <= whole <= sum(parts)
    assert number_in(CITY, rows, one) == len({row.key for row in rows} - {""})


@given(counted)
def test_the_least_is_never_more_than_the_most(rows: list[Counted]) -> None:
    least, most = figure(together=Together.LEAST), figure(together=Together.MOST)
    assert number_in(CITY, rows, least) <= number_in(CITY, rows, most)


@given(counted)
def test_the_levels_of_the_grids_add_up_to_all_that_lie_in_one(rows: list[Counted]) -> None:
    levels = [number_in(CITY, rows, figure(level=level)) for level in Level]
    assert sum(levels) == sum(row.n for row in rows if row.place)


def test_what_nobody_counted_is_not_known_and_makes_what_is_worked_out_of_it_unknown() -> None:
    a, b = figure("a"), figure("b")
    both = figure("both", kind=Kind.SUM, of=("a", "b"))
    known = {each.name: each for each in (a, b, both)}
    everywhere = within(CITY, STRUCTURE)
    value = value_of(both, {"a": [Counted("A", 1)]}, known, everywhere, STRUCTURE)
    assert value.parts == () and value.shown() == "–"


# --- periods ------------------------------------------------------------------------------------------------------


@given(dates)
def test_the_last_twelve_months_end_today_and_begin_the_day_after_the_same_one_a_year_ago(
    today: date,
) -> None:
    days = days_of(Span.TWELVE_MONTHS, today)
    assert days.last == today and (days.last - days.first).days in (364, 365)
    before = days.first - timedelta(days=1)
    assert before.year == today.year - 1 or (before.month, before.day) == (12, 31)
    assert (before.month, before.day) == (today.month, today.day) or (today.month, today.day) == (2, 29)


@given(dates)
def test_the_last_quarter_and_year_end_where_this_one_begins(today: date) -> None:
    for last, this in ((Span.LAST_QUARTER, Span.THIS_QUARTER), (Span.LAST_YEAR, Span.THIS_YEAR)):
        assert days_of(last, today).last + timedelta(days=1) == days_of(this, today).first


@given(dates, st.integers(0, 800), dates)
def test_a_state_is_told_of_the_last_day_that_is_not_ahead(first: date, length: int, today: date) -> None:
    last = min(date(9998, 12, 31), first + timedelta(days=length))
    now = datetime.combine(today, time(12), UTC)
    period = Period(Days(first, last), UTC, now)
    assert period.day <= last and period.day <= today
    assert period.day in (last, today) and period.at <= now
    assert period.since < period.until
