"""The dry-run page of the routing table, headless."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from city.opened import City
from city.words import speak
from domain.grids import Level
from domain.people import Person, Role
from views.visit import Visit

ADMINISTRATOR = Person(1, "管理", Role.ADMINISTRATOR)


def routing_page(visit):  # type: ignore[no-untyped-def]
    from views.routing import show_routing

    show_routing(visit)


def opened(city: City, lang: str = "zh") -> AppTest:
    visit = Visit(city, ADMINISTRATOR, speak(lang))
    return AppTest.from_function(routing_page, kwargs={"visit": visit}, default_timeout=30).run()


def words(test: AppTest) -> str:
    return " ".join(str(getattr(e, "body", "") or getattr(e.proto, "body", "")) for e in test.get("html"))


def test_the_whole_table_is_shown_in_its_order_with_every_because(demo_city: City) -> None:
    test = opened(demo_city)
    shown, rules = words(test), demo_city.rules_read.routing.rules
    assert not test.exception and not test.error and not test.warning
    places = [shown.index(f'data-rule="{rule.name}"') for rule in rules]
    assert places == sorted(places)
    assert all(rule.because.zh in shown for rule in rules)
    assert "新港社区" in shown and "class=hit" not in shown


def test_a_category_and_a_grid_tell_where_a_ticket_would_go(demo_city: City) -> None:
    test = opened(demo_city)
    test.selectbox(key="routing-category").set_value("0107")
    test.selectbox(key="routing-grid").set_value(demo_city.ground.structure.at_level(Level.BUILDING)[0].code)
    test.run()
    shown = words(test)
    assert not test.exception
    assert "<h2>住房和城乡建设局</h2>" in shown and "供暖投诉由住建牵头" in shown
    assert 'data-rule="heating" class=hit' in shown


@pytest.mark.parametrize(
    ("typed", "expected"),
    [("100, 30", "the city office answers for it"), ("124.15，39.87", "Rule heating")],
)
def test_a_typed_point_is_explained_too(demo_city: City, typed: str, expected: str) -> None:
    test = opened(demo_city, "en")
    test.selectbox(key="routing-category").set_value("0107")
    test.segmented_control(key="routing-way").set_value("point").run()
    test.text_input(key="routing-point").set_value(typed).run()
    assert not test.exception and expected in words(test)


@pytest.mark.parametrize("typed", ["here", "1, 2, 3", "400, 30"])
def test_what_is_no_point_is_said_in_one_sentence(demo_city: City, typed: str) -> None:
    test = opened(demo_city, "en")
    test.segmented_control(key="routing-way").set_value("point").run()
    test.text_input(key="routing-point").set_value(typed).run()
    assert not test.exception and len(test.error) == 1
