"""The desk's own controls, run alone: filters and pages in the address, what is mine, saved views, the table twin."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from streamlit.testing.v1 import AppTest

from city.opened import City
from city.saved_views import keep_view
from domain.grids import Level
from domain.loads import Measure
from domain.people import Person
from tests.views.test_pages import page, person, words
from views.asking import LED, way_html
from views.ticket_list import UNLISTED


def desk(monkeypatch: pytest.MonkeyPatch, city: City, login: str, **query: str) -> AppTest:
    """Somebody's desk in English."""
    return page(monkeypatch, city, person(city, login), **{"lang": "en"} | query)


def in_address(test: AppTest, name: str) -> str | None:
    found = test.query_params.get(name)
    return found[0] if isinstance(found, list) else found


def test_choosing_writes_the_address_and_the_address_chooses(
    monkeypatch: pytest.MonkeyPatch, demo_city: City
) -> None:
    test = desk(monkeypatch, demo_city, "office")
    test = test.text_input(key="q").input("家园").run()
    test = test.button_group(key="only").set_value("overdue").run()
    assert not test.exception
    assert in_address(test, "only") == "overdue" and test.text_input(key="q").value == "家园"
    found = words(test).count('<article class="rg-card')
    again = desk(monkeypatch, demo_city, "office", only="overdue")
    assert again.button_group(key="only").value == "overdue"
    assert 0 < found <= words(again).count('<article class="rg-card')


def test_what_is_looked_for_stands_in_no_address(monkeypatch: pytest.MonkeyPatch, demo_city: City) -> None:
    test = desk(monkeypatch, demo_city, "office").text_input(key="q").input("王示兰 13800000000").run()
    assert not test.exception and "No tickets here" in words(test)
    assert "王示兰" not in str(dict(test.query_params))


@pytest.mark.parametrize("login", ["office", "street", "community", "compound", "member", "department"])
def test_whoever_holds_or_leads_has_a_list_of_the_day(
    monkeypatch: pytest.MonkeyPatch, demo_city: City, login: str
) -> None:
    test = desk(monkeypatch, demo_city, login, only="mine")
    assert not test.exception
    assert "rg-mine" in words(test) or "Nothing waits for you" in words(test)
    assert not [box for box in test.selectbox if box.key == "state"]


@pytest.mark.parametrize("login", ["leader", "planner", "admin"])
def test_who_holds_nothing_has_no_list_of_the_day(
    monkeypatch: pytest.MonkeyPatch, demo_city: City, login: str
) -> None:
    test = desk(monkeypatch, demo_city, login, only="mine")
    assert not test.exception and 'class="rg-counts rg-mine' not in words(test)


@pytest.mark.parametrize("measure", list(Measure))
def test_the_table_has_a_row_for_every_grid_that_one_may_see(
    monkeypatch: pytest.MonkeyPatch, demo_city: City, measure: Measure
) -> None:
    for login, n in (("leader", 18), ("community", 1)):
        query = {"as": "table", "measure": measure.value, "level": "1"}
        test = desk(monkeypatch, demo_city, login, **query)
        assert not test.exception and words(test).count("data-here") == n


def test_a_grid_of_others_is_in_nobodys_table(monkeypatch: pytest.MonkeyPatch, demo_city: City) -> None:
    who: Person = person(demo_city, "member")
    table = words(desk(monkeypatch, demo_city, "member", **{"as": "table", "level": "3"}))
    rows = [part.split('"')[0] for part in table.split('data-code="')[1:]]
    assert rows == [who.area]


def test_a_rate_over_few_cases_is_marked_and_one_over_very_few_is_not_shown(
    monkeypatch: pytest.MonkeyPatch, demo_city: City
) -> None:
    table = words(
        desk(monkeypatch, demo_city, "leader", **{"as": "table", "level": "3", "measure": "on_time"})
    )
    assert "small sample" in table and "not shown" in table


def test_only_who_may_raise_is_offered_to(monkeypatch: pytest.MonkeyPatch, demo_city: City) -> None:
    for login, offered in (("leader", False), ("department", False), ("member", True)):
        test = desk(monkeypatch, demo_city, login)
        assert bool([b for b in test.button if b.key == "raise"]) is offered


def test_saved_views_are_ones_own(monkeypatch: pytest.MonkeyPatch, own_city: City) -> None:
    keep_view(own_city, person(own_city, "office"), "Late", {"only": "overdue"})
    for login, shown in (("office", ["Late"]), ("street", [])):
        test = desk(monkeypatch, own_city, login).button(key="saved").click().run()
        assert not test.exception
        assert [b.label for b in test.button if str(b.key).startswith("view-open")] == shown


def press(test: AppTest, way: str) -> AppTest:
    """Press a button that leads somewhere, as its script tells it."""
    assert f'data-move="{way}"' in words(test), "there is no such button"
    return test.text_input(key="pressed").set_value(f"{way} 1").run()


def test_the_way_leads_back_step_by_step_and_a_grid_opens_into_its_grids(
    monkeypatch: pytest.MonkeyPatch, demo_city: City
) -> None:
    structure = demo_city.ground.structure
    compound = next(
        g for g in structure.grids.values() if structure.children(g.code) and g.parent in structure.grids
    )
    test = press(desk(monkeypatch, demo_city, "office", grid=compound.code), f"into {compound.code}")
    assert not test.exception and in_address(test, "within") == compound.code
    assert f'data-move="into {compound.code}"' not in words(test)
    test = press(test, f"to {compound.parent}")
    assert in_address(test, "grid") == compound.parent and not in_address(test, "within")
    test = press(test, "to city")
    assert not in_address(test, "grid") and not in_address(test, "within")


def test_a_code_of_several_words_is_told_as_one() -> None:
    assert LED.fullmatch(f"to {quote('东 1/2')} 1790000000000") and not LED.fullmatch(
        "to 东 1/2 1790000000000"
    )
    assert 'data-move="to %E4%B8%9C%201/2"' in way_html("to", "东 1/2", "东")


def test_where_ones_tickets_do_not_lie_none_are_listed_and_no_choice_of_them_is_seen(
    monkeypatch: pytest.MonkeyPatch, demo_city: City
) -> None:
    who = person(demo_city, "member")
    other = next(g.code for g in demo_city.ground.structure.grids.values() if g.code != who.area and g.level is Level.BUILDING)  # fmt: skip
    there, own = (desk(monkeypatch, demo_city, "member", grid=code) for code in (other, who.area))
    assert f'class="{UNLISTED}"' in words(there) and "rg-card" not in words(there).split("</style>")[-1]
    assert f'class="{UNLISTED}"' not in words(own)


def test_who_may_list_nothing_has_nothing_to_choose(monkeypatch: pytest.MonkeyPatch, demo_city: City) -> None:
    test = desk(monkeypatch, demo_city, "planner")
    assert not [box for box in test.selectbox if box.key in ("state", "category")]
    assert "Your role sees counts, not tickets." in words(test)
