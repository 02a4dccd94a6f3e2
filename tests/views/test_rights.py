"""What a page shows to whom: a place that is not this person's is none, and nothing of another area or of anybody's own
words stands on a page where it must not – told as a table, tried for every view and role."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from city.opened import City
from city.settings import Settings
from domain.people import Person, Role
from tests.areas import MARK, ROLES, Spot, everybody, mark, two_areas
from tests.conftest import CityAtNoon, sqlite_url
from tests.views.alone import alone
from tests.views.test_pages import page
from views.navigation import PLACES
from views.planner import DRAWERS
from views.work import PARTS

IS_FOR: Mapping[str, str] = {
    "inbox": "leader street office community compound member department",
    "meetings": "leader street office community compound department",
    "figures": "leader street office community compound member department planner",
    "planner": "leader planner",
    "routing": "street office community planner admin",
    "work": "leader street office community compound member department planner",
    "sweeps": "leader office admin",
    "access": "admin",
}
"""Whose each place is; to everybody else it is no place, and they stand before their desk."""

SHOWS: Mapping[str, str] = {
    "inbox": ".rg-told {",
    "meetings": ".rg-calendar {",
    "figures": ".rg-figures {",
    "planner": ".rg-sides {",
    "routing": ".rg-rules {",
    "work": ".rg-list-wrap {",
    "sweeps": "The clock warns at four fifths",
    "access": "Accounts are changed with the command",
}
"""What stands on each place's page and on no other."""

WORKERS = "street office community compound member department"
ASIDE = ("planner", "admin")


@pytest.fixture(scope="module")
def city(demo_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    file = tmp_path_factory.mktemp("pages") / "city.db"
    shutil.copy(demo_file, file)
    made = CityAtNoon(Settings(database_url=sqlite_url(file)))
    yield made
    made.database.close()


@pytest.fixture(scope="module")
def people(city: City) -> dict[str, Person]:
    return everybody(city)


@pytest.fixture(scope="module")
def areas(city: City, people: dict[str, Person]) -> tuple[Spot, Spot]:
    """The member's own and a foreign one; everything that is somebody's own is marked."""
    found = two_areas(city, people)
    mark(city)
    return found


def everything(test: AppTest) -> str:
    """All that a page sends to the browser, whatever shows it."""
    return "\n".join(str(getattr(element, "proto", "")) for element in test)


def screen_of(people: Mapping[str, Person]) -> Person:
    return Person(0, "hall", Role.WALL, people["community"].area)


# --- places -------------------------------------------------------------------------------------------------------


def test_the_table_names_every_place() -> None:
    assert {place.view for place in PLACES} == set(IS_FOR) == set(SHOWS)


@pytest.mark.parametrize("login", ROLES)
@pytest.mark.parametrize("view", list(IS_FOR))
def test_a_place_is_shown_to_those_whose_it_is_and_others_see_their_desk(
    monkeypatch: pytest.MonkeyPatch, city: City, people: dict[str, Person], view: str, login: str
) -> None:
    test = page(monkeypatch, city, people[login], view=view, lang="en")
    shown = everything(test)
    assert not test.exception
    theirs = login in IS_FOR[view].split()
    assert (SHOWS[view] in shown) is theirs
    assert theirs or 'class=\\"rg-kpis\\"' in shown


@pytest.mark.parametrize("login", ROLES)
def test_the_wall_is_a_page_of_those_who_watch_an_area_of_many_grids(
    monkeypatch: pytest.MonkeyPatch, city: City, people: dict[str, Person], login: str
) -> None:
    shown = everything(page(monkeypatch, city, people[login], view="wall", lang="en"))
    watches = login in ("leader", "street", "office", "community", *ASIDE)
    assert ('id=\\"rg-wall\\"' in shown, 'class=\\"rg-kpis\\"' in shown) == (watches, not watches)


NOTHING: Mapping[str, str] = {
    "inbox": "Nobody has told you anything yet.",
    "meetings": "Joint meetings are not among what your role sees.",
    "figures": "Figures are not among what your role sees.",
    "planner": "That is not for your role.",
    "routing": "The routing table is not among what your role sees.",
    "work": "Grid work is not among what your role sees.",
    "sweeps": "The clock has not had anything to do yet.",
    "access": "The access log is for administrators.",
}
"""What a page says by itself to those whose it is not, should anything ever lead them there."""


@pytest.mark.parametrize("view", list(IS_FOR))
def test_a_page_by_itself_tells_nothing_to_those_whose_it_is_not(
    monkeypatch: pytest.MonkeyPatch, city: City, people: dict[str, Person], view: str
) -> None:
    for who in (*(people[login] for login in ROLES if login not in IS_FOR[view].split()), screen_of(people)):
        shown = everything(alone(monkeypatch, view, city, who, {}))
        assert NOTHING[view] in shown, who.role


# --- tickets ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("login", ROLES)
def test_a_ticket_in_the_address_is_shown_to_those_who_may_see_it_and_is_none_to_others(
    monkeypatch: pytest.MonkeyPatch,
    city: City,
    people: dict[str, Person],
    areas: tuple[Spot, Spot],
    login: str,
) -> None:
    own, other = areas
    sees = {own.no: login not in ASIDE, other.waiting: login in ("leader", "office")}
    for no, may in sees.items():
        shown = page(monkeypatch, city, people[login], ticket=no, lang="en")
        text = everything(shown)
        assert ('class=\\"rg-card' in text) is may, no
        assert may or f"There is no ticket {no} in your area." in shown.warning[0].value
        reads = may and login != "leader"
        assert (MARK in text) is reads, no


@pytest.mark.parametrize("login", ROLES)
def test_a_grid_of_another_area_is_shown_without_its_tickets(
    monkeypatch: pytest.MonkeyPatch,
    city: City,
    people: dict[str, Person],
    areas: tuple[Spot, Spot],
    login: str,
) -> None:
    _, other = areas
    whole = login in ("leader", "office")
    codes = (other.grid, other.compound, other.community)
    for code in codes if login in ("community", "leader") else codes[:1]:
        text = everything(page(monkeypatch, city, people[login], grid=code, lang="en"))
        assert f'data-grid=\\"{code}\\"' in text
        assert (other.no in text or other.waiting in text) is whole
        assert ('class=\\"rg-counts\\"' in text) is (whole or login in ("department", *ASIDE))


def test_the_parent_of_ones_own_grid_is_another_area_too(
    monkeypatch: pytest.MonkeyPatch, city: City, people: dict[str, Person], areas: tuple[Spot, Spot]
) -> None:
    own, _ = areas
    for login, code in (("member", own.compound), ("member", own.community), ("compound", own.community)):
        text = everything(page(monkeypatch, city, people[login], grid=code, lang="en"))
        assert f'data-grid=\\"{code}\\"' in text
        assert 'class=\\"rg-card' not in text and 'class=\\"rg-counts\\"' not in text


# --- nobody's words -----------------------------------------------------------------------------------------------

EVERYWHERE = (
    {}, *({"view": view} for view in IS_FOR),
    *({"view": "meetings", "section": section} for section in ("calendar", "figures")),
    {"view": "figures", "by": "department"}, {"view": "wall"},
    *({"view": "work", "part": part.name} for part in PARTS),
    *({"view": "planner", "do": drawer.name} for drawer in DRAWERS),
)  # fmt: skip


def is_theirs(query: Mapping[str, str], login: str) -> bool:
    """A place that is not somebody's is their desk, which is looked at once."""
    return query.get("view", "wall") == "wall" or login in IS_FOR[query["view"]].split()


@pytest.mark.slow
@pytest.mark.parametrize("login", ["leader", *ASIDE])
def test_nobodys_words_are_on_any_page_of_leaders_planners_and_administrators(
    monkeypatch: pytest.MonkeyPatch,
    city: City,
    people: dict[str, Person],
    areas: tuple[Spot, Spot],
    login: str,
) -> None:
    own, other = areas
    named = ({"ticket": own.no}, {"ticket": own.waiting}, {"ticket": other.no}, {"grid": own.grid})
    for query in (*(q for q in EVERYWHERE if is_theirs(q, login)), *named):
        test = page(monkeypatch, city, people[login], lang="en", **query)
        assert not test.exception and MARK not in everything(test), query


@pytest.mark.parametrize("login", WORKERS.split())
def test_no_address_on_any_page_holds_anybodys_words(
    monkeypatch: pytest.MonkeyPatch,
    city: City,
    people: dict[str, Person],
    areas: tuple[Spot, Spot],
    login: str,
) -> None:
    read = everything(page(monkeypatch, city, people[login], ticket=areas[0].no, lang="en"))
    read += everything(page(monkeypatch, city, people[login], lang="en"))
    assert MARK in read, "those who work on a ticket read it"
    for attribute in ("href=", "src=", "action="):
        assert not any(
            MARK in piece[:200].split('\\"')[1] for piece in read.split(attribute)[1:] if '\\"' in piece[:200]
        )


@pytest.mark.parametrize(
    "query", [{}, {"view": "inbox"}, {"view": "figures"}, {"ticket": "own"}, {"grid": "own"}, {"view": "wall", "area": "other"}],
    ids=str,
)  # fmt: skip
def test_a_wall_screen_has_one_page_whatever_its_address_asks_for(
    monkeypatch: pytest.MonkeyPatch,
    city: City,
    people: dict[str, Person],
    areas: tuple[Spot, Spot],
    query: dict[str, str],
) -> None:
    own, other = areas
    meant = {"ticket": {"own": own.no}, "grid": {"own": own.grid}, "area": {"other": other.community}}
    asked = {key: meant.get(key, {}).get(value, value) for key, value in query.items()}
    text = everything(page(monkeypatch, city, screen_of(people), lang="en", **asked))
    assert "rg-wall" in text and MARK not in text
    for hidden in ('class=\\"rg-card', ".st-key-nav", own.no, other.no, other.community):
        assert hidden not in text, hidden
