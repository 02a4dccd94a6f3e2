"""The map asks for buildings one by one: those in view, of one's own area, with days since somebody was there."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from city import opened
from city.frontline import places, visited
from city.frontline.shades import MOST_SPOTS
from city.opened import City
from tests.areas import everybody
from tests.server.client import client_of
from tests.server.test_phone import Phone

WHOLE = "124,39,125,41"


@pytest.fixture
def city(own_city: City, monkeypatch: pytest.MonkeyPatch) -> City:
    monkeypatch.setattr(opened, "_here", own_city)
    return own_city


@pytest.fixture
def client(city: City) -> Iterator[TestClient]:
    with client_of(**{"accept-language": "en"}) as made:
        yield made


def around(city: City, grid: str, beyond: float = 0.0) -> str:
    """A box around a grid's buildings."""
    points = [building.point for building in places.buildings(city).of(city, grid)]
    lngs, lats = [p.lng for p in points], [p.lat for p in points]
    return f"{min(lngs) - beyond},{min(lats) - beyond},{max(lngs) + beyond},{max(lats) + beyond}"


def asked(
    client: TestClient, box: str, by: str = "visits"
) -> list[tuple[float, float, str, int | None, int]] | None:
    answer = client.get(f"/live/spots?by={by}&box={box}")
    assert answer.status_code == 200
    found: list[tuple[float, float, str, int | None, int]] | None = json.loads(answer.text)
    return found


def test_a_member_sees_each_building_of_the_own_grid_with_the_days_since_somebody_was_there(
    client: TestClient, city: City
) -> None:
    phone = Phone(city, client, "member")
    found = asked(client, around(city, phone.person.area, 0.01))
    days = {door.building.name: door.days for door in visited.doors(city, phone.person.area)}
    assert found and {name: number for _, _, name, number, _ in found} == days
    assert all(class_ == visited.SHADE.class_of(number) for *_, number, class_ in found)


def test_buildings_beside_the_view_are_not_told(client: TestClient, city: City) -> None:
    community = Phone(city, client, "community").person.area
    one, other = [c.code for c in city.ground.structure.children(community)][:2]
    names = {b.name for b in places.buildings(city).of(city, other)}
    found = asked(client, around(city, one))
    assert found and not names & {name for _, _, name, _, _ in found}


def test_a_whole_city_is_a_crowd(client: TestClient, city: City) -> None:
    Phone(city, client, "leader")
    assert len(places.buildings(city).by_code) > MOST_SPOTS
    assert asked(client, WHOLE) is None


@pytest.mark.parametrize("by", ["outside", "open", "", "nonsense"])
def test_colours_that_know_no_buildings_show_none(client: TestClient, city: City, by: str) -> None:
    phone = Phone(city, client, "member")
    assert asked(client, around(city, phone.person.area), by) == []


def test_a_department_has_no_part_in_visits(client: TestClient, city: City) -> None:
    Phone(city, client, "department")
    assert asked(client, around(city, everybody(city)["member"].area)) == []


@pytest.mark.parametrize("box", ["", "1,2,3", "a,b,c,d", "5,5,4,4", "nan,nan,nan,nan", "1e999,0,1,1"])
def test_a_box_that_is_none_is_said(client: TestClient, city: City, box: str) -> None:
    Phone(city, client, "member")
    assert client.get(f"/live/spots?by=visits&box={box}").status_code == 400


def test_what_is_as_before_costs_nothing(client: TestClient, city: City) -> None:
    phone = Phone(city, client, "member")
    path = f"/live/spots?by=visits&box={around(city, phone.person.area)}"
    known = client.get(path).headers["etag"]
    assert client.get(path, headers={"if-none-match": known}).status_code == 304
