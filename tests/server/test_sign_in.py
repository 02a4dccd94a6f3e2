"""Signing in and out while others keep the database busy, and with what no login is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from city import opened
from city.opened import City
from city.settings import Settings
from city.signed_in import sign_in
from storage.database import Database
from tests.conftest import CityAtNoon
from tests.server.client import client_of
from tests.server.client import sign_in as signed_in

BUSY = "The database is busy just now"


@pytest.fixture
def own_city(own_city: City) -> Iterator[City]:
    """A city that does not wait long for whoever keeps its database busy."""
    city = CityAtNoon(Settings(database_url=f"{own_city.database.url}?timeout=0.05"))
    yield city
    city.database.close()


@pytest.fixture
def client(own_city: City, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setattr(opened, "_here", own_city)
    with client_of(**{"accept-language": "en"}) as client:
        yield client


def test_who_cannot_be_signed_in_just_now_is_told_so(own_city: City, client: TestClient) -> None:
    other = Database(own_city.database.url)
    fields = {"login": "office", "password": "redgrid-demo"}
    with other.write():
        answer = client.post("/login", data=fields)
    other.close()
    assert answer.status_code == 503 and BUSY in answer.text
    assert client.post("/login", data=fields).status_code == 303


def test_who_cannot_be_signed_out_just_now_is_told_so_and_stays_signed_in(
    own_city: City, client: TestClient
) -> None:
    signed_in(client, "office")
    other = Database(own_city.database.url)
    with other.write():
        answer = client.get("/logout")
    other.close()
    assert answer.status_code == 503 and BUSY in answer.text and "set-cookie" not in answer.headers
    assert client.get("/logout").headers["location"] == "/login"


@pytest.mark.parametrize("login", ["\x00", "off\x00ice", "\ud800"])
def test_what_is_no_login_signs_nobody_in(database: Database, login: str) -> None:
    city = City(Settings(database_url=database.url))
    assert sign_in(city, login, "redgrid-demo") is None
    city.database.close()
