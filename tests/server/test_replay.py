"""The last month replayed: its shape, its size, who may see which grids, the last day as it is now."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

import pytest
from starlette.testclient import TestClient

from city import opened
from city.opened import City
from city.snapshots import frames
from city.walls import add_wall
from domain.grids import CITY, Level
from domain.people import Person, Role
from server.live import loads_text, number
from server.replay import replay_text
from tests.server.client import client_of, sign_in
from tests.server.test_live import numbers

SCREEN = Person(0, "", Role.WALL, CITY)
LARGEST = 30_000
"""Bytes of a replay of 382 grids, compressed."""


@pytest.fixture
def client(demo_city: City, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setattr(opened, "_here", demo_city)
    with client_of() as client:
        yield client


@pytest.mark.parametrize("level", list(Level))
def test_every_day_has_a_class_and_a_count_for_every_grid(demo_city: City, level: Level) -> None:
    identity, days, *lines = replay_text(demo_city, level, SCREEN).split("\n")
    dates = [date.fromisoformat(day) for day in days.split(",")]
    assert identity == demo_city.ground.identity
    assert dates == [date(2026, 11, 24) - timedelta(days=n) for n in range(30, -1, -1)]
    assert len(lines) == 2 * len(dates)
    grids = demo_city.ground.structure.at_level(level)
    kept = frames(demo_city, level)
    for frame, classes, opens in zip(kept, lines[::2], lines[1::2], strict=True):
        assert numbers(opens) == [frame.open.get(grid.code, 0) for grid in grids]
        assert len(numbers(classes)) == len(grids)
    assert any(numbers(lines[1])), "a month ago something was open"


def test_the_last_day_is_what_the_map_shows_now(demo_city: City) -> None:
    _, _, *lines = replay_text(demo_city, Level.COMPOUND, SCREEN).split("\n")
    _, classes, opens, *_ = loads_text(demo_city, Level.COMPOUND, SCREEN).split("\n")
    assert lines[-2:] == [classes, opens]


def test_a_month_of_the_smallest_grids_is_a_small_answer(client: TestClient) -> None:
    sign_in(client, "leader")
    answer = client.get("/live/replay?level=3", headers={"accept-encoding": "gzip"})
    sent = int(answer.headers["content-length"])
    print(f"a replay of 31 days and 382 grids: {sent} bytes sent, {len(answer.content)} unpacked")
    assert answer.headers["content-encoding"] == "gzip"
    assert sent <= LARGEST


def test_even_a_city_in_which_every_grid_is_busy_otherwise_every_day_fits() -> None:
    """As random as it gets: counts that have nothing to do with each other."""
    random = Random(1)
    lines = [
        "".join(line)
        for _ in range(31)
        for line in (
            [number(random.randrange(6)) for _ in range(382)],
            [number(random.randrange(60)) for _ in range(382)],
        )
    ]
    assert len(gzip.compress("\n".join(lines).encode(), 6)) <= LARGEST


def test_a_wall_screen_replays_its_own_area(own_city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opened, "_here", own_city)
    street = next(iter(own_city.ground.structure.streets))
    with client_of() as client:
        assert client.get(f"/wall/{add_wall(own_city, 'Hall', street)}").status_code == 303
        _, _, classes, opens, *_ = client.get("/live/replay?level=2").text.split("\n")
        shown = sum(n is not None for n in numbers(opens))
        assert 0 < shown < len(numbers(opens)) and classes.count("-") == opens.count("-")
        assert client.get(f"/live/replay?level=2&within={CITY}").status_code == 403


def test_the_same_again_is_not_sent_again(client: TestClient) -> None:
    sign_in(client, "leader")
    first = client.get("/live/replay?level=1")
    again = client.get("/live/replay?level=1", headers={"if-none-match": first.headers["etag"]})
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert first.headers["cache-control"] == "private, no-cache"


def test_a_person_sees_the_days_of_their_own_area_alone(client: TestClient, demo_city: City) -> None:
    sign_in(client, "community")
    _, _, _, opens, *_ = client.get("/live/replay?level=1").text.split("\n")
    structure = demo_city.ground.structure
    assert len(opens.replace("-", "")) == 1 and len(numbers(opens)) == len(
        structure.at_level(Level.COMMUNITY)
    )


def test_a_part_of_the_city_can_be_asked_for(client: TestClient, demo_city: City) -> None:
    sign_in(client, "leader")
    street = next(iter(demo_city.ground.structure.streets))
    inside = len(demo_city.ground.structure.children(street))
    _, _, _, opens, *_ = client.get(f"/live/replay?level=1&within={street}").text.split("\n")
    assert sum(n is not None for n in numbers(opens)) == inside


def test_who_sees_no_units_is_sent_away(client: TestClient, demo_city: City) -> None:
    assert client.get("/live/replay?level=1").status_code == 401
    sign_in(client, "department")
    assert client.get("/live/replay?level=1").status_code == 403


def test_nobody_asks_for_what_lies_elsewhere_or_nowhere(client: TestClient) -> None:
    sign_in(client, "community")
    assert client.get(f"/live/replay?level=1&within={CITY}").status_code == 403
    assert client.get("/live/replay?level=1&within=nowhere").status_code == 404
    assert client.get("/live/replay?level=7").status_code == 400
