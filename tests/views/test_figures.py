"""The figures page runs headless: what it shows, to whom, and the formula behind each figure."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, update
from streamlit.testing.v1 import AppTest

from city.opened import City
from domain.grids import CITY
from domain.people import Person, Role
from domain.tickets import State
from storage.schema import tickets
from tests.conftest import NOON
from tests.views.alone import alone
from tests.views.test_pages import person, words


def page(monkeypatch: pytest.MonkeyPatch, city: City, who: Person, **query: str) -> AppTest:
    """The figures page for somebody, in English unless asked otherwise."""
    return alone(monkeypatch, "figures", city, who, query)


def table(test: AppTest) -> str:
    """The table as HTML, nothing where there is none."""
    parts = words(test).split('<table class="rg-figures">')
    return parts[1].split("</table>")[0] if len(parts) > 1 else ""


def only_due(city: City, handled: int, overdue: int, on_time: int = 0) -> str:
    """Make a department's bulletin of this month the only one; returns the community it lies in."""
    community = city.ground.structure.children(next(iter(city.ground.structure.streets)))[0].code
    values = {
        "holder": CITY, "level1": community, "category": "noise", "urgent": False, "source": "grid", "lead": "chengguan",
        "opened_at": NOON.replace(month=1), "stage_since": NOON.replace(day=1), "handle_by": NOON.replace(day=10),
    }  # fmt: skip
    done = {"state": State.CLOSED, "open": False, "handled_at": NOON.replace(day=9)}
    late = {"state": State.IN_PROGRESS, "open": True, "handled_at": None, "on_time": None}
    rows = [values | done | {"on_time": n < on_time} for n in range(handled)]
    rows += [values | late for _ in range(overdue)]
    with city.database.write() as connection:
        connection.execute(update(tickets).values(handle_by=None))
        connection.execute(insert(tickets), [row | {"no": f"b-{n}"} for n, row in enumerate(rows)])
    return community


@pytest.mark.parametrize(
    "login", ["leader", "street", "office", "community", "compound", "member", "department", "planner"]
)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_role_that_has_figures_sees_a_table(
    monkeypatch: pytest.MonkeyPatch, demo_city: City, login: str, lang: str
) -> None:
    test = page(monkeypatch, demo_city, person(demo_city, login), period="this_year", lang=lang)
    assert not test.exception
    assert "<tr" in table(test)


def test_an_administrator_sees_none(monkeypatch: pytest.MonkeyPatch, demo_city: City) -> None:
    test = page(monkeypatch, demo_city, person(demo_city, "admin"))
    assert not test.exception and not table(test)
    assert "role" in test.info[0].value


def test_the_published_bulletin_stands_on_the_page_with_its_formula_one_click_away(
    monkeypatch: pytest.MonkeyPatch, own_city: City
) -> None:
    only_due(own_city, handled=911, overdue=61, on_time=737)
    shown = words(page(monkeypatch, own_city, person(own_city, "leader"), by="department"))
    assert "911 ÷ 972 = 93.72 %" in shown and "737 ÷ 972 = 75.82 %" in shown
    assert "911 + 61 = 972" in shown
    assert "Closed ÷ N × 100 %" in shown and "whose handling deadline lies in it" in shown


def test_the_popovers_carry_the_figure_of_the_whole(monkeypatch: pytest.MonkeyPatch, own_city: City) -> None:
    only_due(own_city, handled=911, overdue=61, on_time=737)
    test = page(monkeypatch, own_city, person(own_city, "leader"))
    labels = [block.proto.popover.label for block in test.get("popover")]
    assert labels[:3] == ["Cases due N · 972", "Closing rate · 93.72 %", "On-time closing rate · 75.82 %"]


def test_nothing_due_is_a_dash(monkeypatch: pytest.MonkeyPatch, own_city: City) -> None:
    with own_city.database.write() as connection:
        connection.execute(update(tickets).values(handle_by=None))
    total = table(page(monkeypatch, own_city, person(own_city, "leader"))).split('<tr class="total">')[1]
    assert "<td>0</td><td>–</td><td>–</td><td>–</td>" in total


@pytest.mark.parametrize(
    ("handled", "mark", "value"),
    [(20, "", "95.24 %"), (10, "▨ sample too small", "90.91 %"), (3, "○ too few cases", "")],
)
def test_few_cases_are_marked_with_a_shape_and_a_word_and_too_few_show_no_rate(
    monkeypatch: pytest.MonkeyPatch, own_city: City, handled: int, mark: str, value: str
) -> None:
    community = only_due(own_city, handled=handled, overdue=1)
    shown = table(page(monkeypatch, own_city, person(own_city, "leader"), by="community"))
    line = next(part for part in shown.split("<tr") if f"<small>{community}</small>" in part)
    closing = line.split("<td>")[2]
    assert f"{handled} ÷ {handled + 1}" in closing and mark in closing
    assert ("%" in closing) == bool(value) and value in closing


def test_another_period_and_another_breakdown_are_one_choice_away_and_stand_in_the_address(
    monkeypatch: pytest.MonkeyPatch, own_city: City
) -> None:
    only_due(own_city, handled=911, overdue=61)
    test = page(monkeypatch, own_city, person(own_city, "leader"))
    assert "911 ÷ 972" in table(test)
    test.selectbox(key="figures-period").select("last_month").run()
    assert not test.exception and "911 ÷ 972" not in table(test)
    test.selectbox(key="figures-by").select("compound").run()
    assert table(test).count('<th scope="row">') >= 105
    assert (test.query_params["period"], test.query_params["by"]) == ("last_month", "compound")


def test_own_dates_are_asked_for_and_backward_ones_refused(
    monkeypatch: pytest.MonkeyPatch, own_city: City
) -> None:
    only_due(own_city, handled=30, overdue=0)
    own = {"period": "own", "from": "2026-11-10", "to": "2026-11-10"}
    test = page(monkeypatch, own_city, person(own_city, "leader"), **own)
    assert "30 ÷ 30" in table(test)
    backward = page(monkeypatch, own_city, person(own_city, "leader"), **(own | {"to": "2026-11-09"}))
    assert not table(backward) and "ends before it begins" in backward.warning[0].value


def test_an_address_that_makes_no_sense_shows_the_first_choices(
    monkeypatch: pytest.MonkeyPatch, demo_city: City
) -> None:
    nonsense = {"period": "never", "by": "department", "order": "?", "from": "x", "to": "9999-12-31"}
    test = page(monkeypatch, demo_city, person(demo_city, "member"), **nonsense)
    assert not test.exception and table(test)


def test_a_name_that_is_markup_stays_text(monkeypatch: pytest.MonkeyPatch, own_city: City) -> None:
    only_due(own_city, handled=1, overdue=0)
    with own_city.database.write() as connection:
        connection.execute(update(tickets).where(tickets.c.no == "b-0").values(lead="<b>x</b>"))
    assert "<b>x" not in table(page(monkeypatch, own_city, person(own_city, "leader"), by="department"))


def test_somebody_whose_area_is_gone_is_told_so(monkeypatch: pytest.MonkeyPatch, demo_city: City) -> None:
    lost = Person(1, "lost", Role.COMMUNITY, "000000000000")
    test = page(monkeypatch, demo_city, lost)
    assert not test.exception and test.warning and not table(test)
