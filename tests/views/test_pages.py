"""Pages run headless: each role's page, the empty city, what a role may not see."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from city import opened
from city.opened import City
from city.settings import HOME, Settings
from domain.people import Person
from storage.migrate import migrate
from storage.people import all_accounts
from tests.conftest import sqlite_url
from views import visit

MAIN = str(HOME / "views" / "main.py")


def person(city: City, login: str) -> Person:
    with city.database.read() as connection:
        return next(a.person for a in all_accounts(connection) if a.login == login)


def page(monkeypatch: pytest.MonkeyPatch, city: City, who: Person | None, **query: str) -> AppTest:
    """The page for somebody; who is signed in comes from a cookie, which AppTest does not know."""
    monkeypatch.setattr(opened, "_here", city)
    monkeypatch.setattr(visit, "person_of", lambda _city, _token: who)
    monkeypatch.setattr(visit, "wall_of", lambda _city, _token: None)
    test = AppTest.from_file(MAIN, default_timeout=30)
    for key, value in query.items():
        test.query_params[key] = value
    return test.run()


def words(test: AppTest) -> str:
    return " ".join(str(getattr(e, "body", "") or getattr(e.proto, "body", "")) for e in test.get("html"))


@pytest.mark.parametrize(
    "login",
    ["leader", "street", "office", "community", "compound", "member", "department", "planner", "admin"],
)
def test_every_role_has_a_page_that_runs(
    monkeypatch: pytest.MonkeyPatch, demo_city: City, login: str
) -> None:
    test = page(monkeypatch, demo_city, person(demo_city, login))
    assert not test.exception
    assert "rg-kpis" in words(test)


def test_without_a_sign_in_the_page_leads_to_it(monkeypatch: pytest.MonkeyPatch, demo_city: City) -> None:
    assert "url=/login" in words(page(monkeypatch, demo_city, None))


def test_a_leader_reads_no_residents_words_and_a_planner_no_tickets(
    monkeypatch: pytest.MonkeyPatch, demo_city: City
) -> None:
    leader = words(page(monkeypatch, demo_city, person(demo_city, "leader")))
    assert "rg-card" in leader and "<p>" not in leader.split("rg-card", 1)[1]
    planner = words(page(monkeypatch, demo_city, person(demo_city, "planner")))
    assert 'class="rg-card' not in planner
    member = words(page(monkeypatch, demo_city, person(demo_city, "member")))
    assert "<p>" in member.split('class="rg-card', 1)[1]


def test_a_grid_in_the_address_is_shown_and_a_foreign_one_keeps_its_counts(
    monkeypatch: pytest.MonkeyPatch, demo_city: City
) -> None:
    member = person(demo_city, "member")
    foreign = next(
        code
        for code in sorted(demo_city.ground.structure.grids)
        if len(code) == 17 and code[:12] != member.area[:12]
    )
    shown = words(page(monkeypatch, demo_city, member, grid=foreign))
    assert f'data-grid="{foreign}"' in shown
    assert 'rg-counts"' not in shown and 'class="rg-card' not in shown


def test_a_ticket_of_another_area_is_not_shown(monkeypatch: pytest.MonkeyPatch, demo_city: City) -> None:
    from city import desk

    member, leader = person(demo_city, "member"), person(demo_city, "leader")
    cards, _ = desk.cards(
        demo_city, leader, desk.area_of(demo_city, leader, None), desk.wanted("open", None, 200, 0)
    )
    foreign = next(c.ticket for c in cards if c.ticket.located.level1 != member.area[:12])
    test = page(monkeypatch, demo_city, member, ticket=foreign.no)
    assert "rg-card" not in words(test).split("</style>")[1] and test.warning


def test_an_empty_city_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, demo_city: City
) -> None:
    city = City(Settings(database_url=sqlite_url(tmp_path / "empty.db")))
    migrate(city.database)
    test = page(monkeypatch, city, person(demo_city, "leader"))
    assert not test.exception and "redgrid import boundaries" in test.info[0].value
    city.database.close()


def test_the_head_of_a_unit_that_is_no_longer_there_sees_no_tickets(demo_city: City) -> None:
    from city import desk

    gone = replace(person(demo_city, "community"), area="210681009009")
    cards, total = desk.cards(
        demo_city, gone, desk.area_of(demo_city, gone, None), desk.wanted("open", None, 20, 0)
    )
    assert (cards, total) == ([], 0)
