"""The desk on a past day and the figures over a redraw, run headless in a city whose busiest compound grid was split."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from city.opened import City
from city.settings import Settings
from tests.city.test_into_force import DAY, Town, in_two
from tests.conftest import sqlite_url
from tests.views.test_pages import page, person, words

THEN, FIRST = "2026-11-20", "2026-11-25"
"""A day before the split, and the day of it."""


@pytest.fixture(scope="module")
def redrawn(demo_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Town, str, str]]:
    path = tmp_path_factory.mktemp("redrawn") / "town.db"
    shutil.copy(demo_file, path)
    town = Town(Settings(database_url=sqlite_url(path)))
    old, new = in_two(town)
    town.at = DAY + timedelta(days=4)
    yield town, old, new
    town.database.close()


def captions(test: AppTest) -> str:
    return " ".join(caption.value for caption in test.caption)


@pytest.mark.parametrize("login", ["leader", "planner", "office", "community", "member", "department"])
def test_everybody_who_sees_the_map_sees_that_of_a_past_day(
    monkeypatch: pytest.MonkeyPatch, redrawn: tuple[Town, str, str], login: str
) -> None:
    town, _, _ = redrawn
    test = page(monkeypatch, town, person(town, login), lang="en", on=THEN)
    assert not test.exception
    assert "Counts are those of now and are not shown here" in captions(test)
    assert str(test.date_input(key="on-day").value) == THEN


def test_the_table_of_a_past_day_holds_the_grids_of_then_and_no_counts(
    monkeypatch: pytest.MonkeyPatch, redrawn: tuple[Town, str, str]
) -> None:
    town, old, new = redrawn
    ask = {"lang": "en", "as": "table", "level": "2"}
    then = words(page(monkeypatch, town, person(town, "planner"), **ask, on=THEN))
    assert f"<td>{old}</td>" in then and new not in then and "Overdue" not in then.split("rg-grids-wrap")[1]
    now = words(page(monkeypatch, town, person(town, "planner"), **ask))
    assert new in now


def test_the_way_back_to_today_leads_there(
    monkeypatch: pytest.MonkeyPatch, redrawn: tuple[Town, str, str]
) -> None:
    town, _, _ = redrawn
    test = page(monkeypatch, town, person(town, "leader"), lang="en", on=THEN)
    test = test.button(key="today").click().run()
    assert not test.exception and "on" not in test.query_params


@pytest.mark.parametrize("asked", ["yesterday", "2026-13-40", "1999-01-01", "2999-01-01", ""])
def test_a_day_that_is_none_or_had_no_plan_breaks_nothing(
    monkeypatch: pytest.MonkeyPatch, redrawn: tuple[Town, str, str], asked: str
) -> None:
    town, _, _ = redrawn
    assert not page(monkeypatch, town, person(town, "leader"), on=asked).exception


def test_a_city_that_was_never_redrawn_asks_for_no_day(
    monkeypatch: pytest.MonkeyPatch, demo_city: City
) -> None:
    assert not page(monkeypatch, demo_city, person(demo_city, "leader")).date_input


def test_the_figures_say_where_a_new_grid_came_from(
    monkeypatch: pytest.MonkeyPatch, redrawn: tuple[Town, str, str]
) -> None:
    town, old, new = redrawn
    test = page(monkeypatch, town, person(town, "leader"), lang="en", view="figures", by="compound")
    shown = words(test)
    assert not test.exception and f"({new}): since {FIRST}, from" in shown and f"({old})" in shown
