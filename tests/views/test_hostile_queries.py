"""The page by addresses that somebody made up: it runs, whatever they hold. ``make soak SOAK=fuzzing`` tries more of them."""

from __future__ import annotations

import pytest

from city.opened import City
from tests.hostile_forms import Known, hostile_query
from tests.views.test_pages import page, person

KNOWN = Known(("261124-0001",), ("city", "210681001"), ("x",), ("x",), ("light_out",))


@pytest.mark.parametrize("number", range(8))
def test_a_page_runs_by_any_address(monkeypatch: pytest.MonkeyPatch, demo_city: City, number: int) -> None:
    login = ("office", "planner", "member", "leader")[number % 4]
    test = page(monkeypatch, demo_city, person(demo_city, login), **hostile_query(number, KNOWN))
    assert not test.exception
