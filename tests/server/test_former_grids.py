"""Codes that were printed, bookmarked or lie in an open form lead on after a redraw."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from city import drafts, opened
from city.into_force import put_due_in_force
from city.opened import City
from city.wall import shown
from domain.actions.raising import Report, raise_ticket
from domain.grids import CITY, Grid, Level
from domain.people import RESIDENT, Role
from domain.plans.commands import Merge, Post
from domain.plans.demands import NotDrawn
from domain.tickets import Words
from server import posting, reporting
from server.turnstile import Turnstile
from tests.city.test_into_force import Town, of_role, published, town
from tests.conftest import NOON
from tests.server.client import client_of
from tests.server.test_public import filled, raised, send

__all__ = ["town"]
DAY = NOON + timedelta(days=1)


@pytest.fixture
def city(town: Town, monkeypatch: pytest.MonkeyPatch) -> City:
    monkeypatch.setattr(opened, "_here", town)
    for module, name in (
        (reporting, "POSTS"),
        (reporting, "SENDS"),
        (reporting, "ALL_SENDS"),
        (posting, "SEARCHES"),
    ):
        monkeypatch.setattr(module, name, Turnstile(a_minute=100))
    return town


@pytest.fixture
def client(city: City) -> Iterator[TestClient]:
    with client_of(**{"accept-language": "en"}) as client:
        yield client


def merged(city: City) -> tuple[Grid, str]:
    """A building grid is merged into another and comes into force so; the former grid, and who follows it."""
    planner = of_role(city, Role.PLANNER)
    plan = drafts.branch(city, None, "merged", planner)
    for parent in plan.draft.grids.values():
        below = plan.draft.children.get(parent.code, ())
        if parent.level is not Level.COMPOUND or len(below) < 2:
            continue
        try:
            merge = Merge(below[0], below[1])
            plan = drafts.edit(city, plan.plan.id, merge, version=1, by=planner)
        except NotDrawn:
            continue
        for term in drafts.heads_on(city, planner):
            if term.grid == below[0]:
                ends = Post(term.key, "")
                plan = drafts.edit(city, plan.plan.id, ends, version=plan.plan.version, by=planner)
        published(city, plan, DAY)
        assert isinstance(city, Town)
        city.at = DAY
        former = city.ground.structure.grids[below[0]]
        assert put_due_in_force(city, DAY)
        city.look_again()
        return former, below[1]
    raise AssertionError("the demo city has such grids")


def test_a_code_that_was_printed_leads_to_the_grid_that_follows(city: City, client: TestClient) -> None:
    former, heir = merged(city)
    for page_of in ("", "/poster"):
        answer = client.get(f"/public/grids/{former.code}{page_of}?lang=en")
        assert answer.status_code == 302 and answer.headers["cache-control"] == "no-store"
        assert answer.headers["location"].startswith(f"/public/grids/{heir}{page_of}?")
    page = client.get(client.get(f"/public/grids/{former.code}").headers["location"]).text
    assert f"{former.name} was redrawn" in page and city.ground.structure.grids[heir].name in page
    assert "was redrawn" not in client.get(f"/public/grids/{heir}?was=210681").text
    other = next(code for code in city.ground.structure.grids if code != heir)
    assert "was redrawn" not in client.get(f"/public/grids/{other}?was={former.code}").text
    assert client.get("/public/grids/nowhere").status_code == 404


def test_a_form_that_names_a_former_grid_is_taken_for_the_one_that_follows(
    city: City, client: TestClient
) -> None:
    form = filled(client)
    former, heir = merged(city)
    assert f'value="{heir}" selected' in client.get(f"/public/report?grid={former.code}").text
    answer = send(client, form | {"grid": former.code, "window": former.code})
    assert answer.status_code == 303, answer.text
    assert raised(city)[-1].located.grid == heir


def test_a_phone_that_kept_a_report_for_a_former_grid_sends_it_to_the_one_that_follows(city: City) -> None:
    former, heir = merged(city)
    category = next(iter(city.rules_read.categories))
    kept = Report(None, category, Words("kept on a phone"), grid=former.code)
    made = raise_ticket(city.store, city.rulebook, kept, by=RESIDENT, now=city.now())
    assert made.located == city.ground.structure.located(heir) and made.holder in city.ground.structure.grids


def test_a_wall_that_was_linked_to_a_former_grid_shows_the_one_that_follows(city: City) -> None:
    former, heir = merged(city)
    wall = of_role(city, Role.LEADER)
    found = shown(city, wall, former.code, "")
    assert found and found.unit == heir != CITY
