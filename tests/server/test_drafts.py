"""The planner's map over HTTP: units once for ever, a plan with each version, for those who read plans."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from city import opened
from city.draft_map import coded_units
from city.drafts import OpenDraft, branch, edit
from city.opened import City
from city.settings import Settings
from domain.grids import Level
from domain.plans.bands import Fit, fit
from domain.plans.commands import Lock, MoveUnits
from domain.plans.drafts import households
from domain.said import Refused
from tests.conftest import CityAtNoon, sqlite_url
from tests.server.client import client_of, sign_in
from tests.views.test_pages import person

DRAFTS = count(1)


@pytest.fixture(scope="module")
def city(demo_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    file = tmp_path_factory.mktemp("drafts") / "city.db"
    shutil.copy(demo_file, file)
    city = CityAtNoon(Settings(database_url=sqlite_url(file)))
    yield city
    city.database.close()


@pytest.fixture
def client(city: City, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setattr(opened, "_here", city)
    yield sign_in(client_of(), "planner")


@pytest.fixture
def draft(city: City) -> OpenDraft:
    return branch(city, None, f"drawn {next(DRAFTS)}", person(city, "planner"))


def moved(city: City, draft: OpenDraft) -> OpenDraft:
    """The draft with one stretch of road in a neighbour's hands."""
    units, home, by = draft.ground.units, draft.draft.home, person(city, "planner")
    for code, unit in units.by_code.items():
        if unit.compound is None:
            for near in units.borders[code]:
                if home[near] != home[code]:
                    with suppress(Refused):
                        return edit(
                            city, draft.plan.id, MoveUnits((code,), home[near]),
                            version=draft.plan.version, by=by,
                        )  # fmt: skip
    raise AssertionError("no road can move")


def test_units_are_kept_for_ever_and_an_old_address_is_told_so(city: City, client: TestClient) -> None:
    coded = coded_units(city)
    answer = client.get(f"/geo/units/{coded.hash}")
    assert answer.content == coded.text and "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-encoding"] == "gzip"
    assert client.get("/geo/units/0123456789").status_code == 404


def test_a_plan_says_of_every_unit_where_it_lies_and_of_every_grid_what_it_holds(
    client: TestClient, draft: OpenDraft
) -> None:
    body = client.get(f"/live/draft/{draft.plan.id}").json()
    units, counted = draft.ground.units, households(draft.ground.units, draft.draft)
    codes = sorted(units.by_code)
    assert {
        code: body["grids"][n][0] for code, n in zip(codes, body["home"], strict=True)
    } == draft.draft.home
    for code, level, name, parent, households_in, band, locked, problem in body["grids"]:
        grid = draft.draft.grids[code]
        assert (level, name, households_in) == (grid.level, grid.name, counted[code])
        assert (body["grids"][parent][0] if parent >= 0 else None) == (grid.parent if level > 1 else None)
        assert (Fit.NONE if band is None else band) == fit(households_in, Level(level))
        assert not locked and not problem
    assert set(body["moved"]) == {"0"} and body["problems"] == []


def test_after_an_edit_the_answer_is_another_and_until_then_there_is_none(
    city: City, client: TestClient, draft: OpenDraft
) -> None:
    at = f"/live/draft/{draft.plan.id}"
    before = client.get(at)
    again = {"if-none-match": before.headers["etag"]}
    assert client.get(f"{at}?version=1", headers=again).status_code == 304
    after = moved(city, draft)
    answer = client.get(at, headers=again)
    assert answer.status_code == 200 and answer.json()["version"] == after.plan.version
    assert answer.json()["moved"].strip("0") and len(gzip.compress(answer.content)) < 10_000


def test_locks_are_told(city: City, client: TestClient, draft: OpenDraft) -> None:
    grid, unit = min(draft.draft.leaf_units), min(draft.draft.home)
    for code in (grid, unit):
        draft = edit(city, draft.plan.id, Lock(code), version=draft.plan.version, by=person(city, "planner"))
    body = client.get(f"/live/draft/{draft.plan.id}").json()
    assert [row[0] for row in body["grids"] if row[6]] == [grid]
    assert body["locked_units"] == [0]


@pytest.mark.parametrize("plan", ["999999", "0", "-1", "x", "1.5", "9" * 40, "%F0%9F%98%80", "²"])
def test_a_plan_that_is_none_is_not_there(client: TestClient, plan: str) -> None:
    assert client.get(f"/live/draft/{plan}").status_code == 404


def test_a_plan_is_for_those_who_read_plans(city: City, client: TestClient, draft: OpenDraft) -> None:
    for login, status in {"leader": 200, "community": 403, "admin": 403}.items():
        for path in (f"/live/draft/{draft.plan.id}", f"/geo/units/{coded_units(city).hash}"):
            assert sign_in(client_of(), login).get(path).status_code == status, (login, path)


def test_a_map_gets_no_word_of_anybody(client: TestClient, draft: OpenDraft) -> None:
    body = client.get(f"/live/draft/{draft.plan.id}").json()
    assert set(body) == {"plan", "version", "units", "grids", "home", "moved", "locked_units", "problems"}
    assert "示" not in json.dumps(body, ensure_ascii=False), (
        "names of people carry this character in the demo"
    )
