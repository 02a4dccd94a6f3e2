"""The report on the desk: whose it is, that each figure shows its formula, the way to the rows behind it, the Word file."""

from __future__ import annotations

import pytest

from city.opened import City
from domain.grids import CITY
from domain.report.figures import FIGURES
from tests.views.test_pages import page, person, words
from views.frontline.report import PAGES
from views.work import PARTS

READERS = ["leader", "street", "office", "community", "planner"]


def report(monkeypatch: pytest.MonkeyPatch, city: City, login: str, **query: str) -> str:
    test = page(monkeypatch, city, person(city, login), view="work", part="report", lang="en", **query)
    assert not test.exception
    return words(test)


@pytest.mark.parametrize("login", READERS)
def test_every_figure_stands_there_with_its_formula(
    monkeypatch: pytest.MonkeyPatch, demo_city: City, login: str
) -> None:
    shown = report(monkeypatch, demo_city, login)
    assert all(f'id="figure-{figure.name}"' in shown for figure in FIGURES)
    assert "= Buildings visited ÷ residential buildings × 100 %" in shown
    whole = person(demo_city, login).area == CITY
    assert ("The printed report says" in shown) is whole
    assert ("more than 1,200" in shown) is whole


@pytest.mark.parametrize("login", ["compound", "member", "department", "admin"])
def test_to_others_it_is_no_part(monkeypatch: pytest.MonkeyPatch, demo_city: City, login: str) -> None:
    assert 'id="figure-' not in report(monkeypatch, demo_city, login)


def test_a_figure_leads_to_its_rows_and_a_ticket_among_them_to_itself(
    monkeypatch: pytest.MonkeyPatch, demo_city: City
) -> None:
    shown = report(monkeypatch, demo_city, "leader", period="twelve_months")
    assert "figure=passed_up" in shown
    rows = report(monkeypatch, demo_city, "leader", period="twelve_months", figure="passed_up")
    assert "Lead department" in rows and "/?ticket=" in rows and "The newest 200 rows" in rows
    assert 'id="figure-raised"' not in rows and "All figures of the report" in rows


def test_rows_that_are_not_for_a_role_are_not_shown_to_it(
    monkeypatch: pytest.MonkeyPatch, demo_city: City
) -> None:
    assert "figure=passed_up" not in report(monkeypatch, demo_city, "planner")
    planner = person(demo_city, "planner")
    test = page(monkeypatch, demo_city, planner, view="work", part="report", lang="en", figure="passed_up")
    assert not test.exception and "Lead department" not in words(test)
    assert ["are not among what your role sees" in each.value for each in test.info] == [True]


@pytest.mark.parametrize("period", ["twelve_months", "last_year", "this_quarter", "nonsense"])
def test_the_period_is_the_addresss(monkeypatch: pytest.MonkeyPatch, demo_city: City, period: str) -> None:
    first = {"last_year": "2025-01-01", "this_quarter": "2026-10-01"}.get(period, "2025-11-25")
    assert first in report(monkeypatch, demo_city, "street", period=period)


def test_the_word_file_is_offered_in_both_languages(monkeypatch: pytest.MonkeyPatch, demo_city: City) -> None:
    test = page(monkeypatch, demo_city, person(demo_city, "leader"), view="work", part="report", lang="zh")
    labels = [each.proto.label for each in test.get("download_button")]
    assert labels[:2] == ["Word 报告（中文）", "Word 报告（English）"]


def test_where_rows_are_kept_is_a_part_that_there_is() -> None:
    parts = {part.name for part in PARTS}
    for address, _ in PAGES.values():
        query = dict(pair.split("=") for pair in address.split("&"))
        assert query["view"] != "work" or query["part"] in parts
