"""Streamlit's own addresses in the real app, in a real process: to strangers all are closed, to a wall's screen those
alone that its page lives on."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.sync.client import connect

from city import signed_in, walls
from city.opened import City
from city.settings import Settings
from domain.people import Person
from storage.people import open_session
from tests.areas import everybody
from tests.conftest import sqlite_url

pytest.importorskip("playwright", reason="the real app is started as for a browser")

from tests.browser.conftest import start

CLOSED, FORBIDDEN, NOT_FOUND, METHOD_NOT_ALLOWED = 401, 403, 404, 405

DOORS: tuple[tuple[str, str, int, int, int], ...] = (
    # method, address, and what a stranger, a wall's screen and a grid's member are answered
    ("GET", "/", CLOSED, 200, 200),
    ("GET", "/index.html", CLOSED, FORBIDDEN, 200),
    ("GET", "/any/page/of/the/app", CLOSED, FORBIDDEN, 200),
    ("GET", "/_stcore/health", CLOSED, 200, 200),
    ("GET", "/_stcore/host-config", CLOSED, 200, 200),
    ("GET", "/_stcore/metrics", CLOSED, FORBIDDEN, FORBIDDEN),
    ("GET", "/_stcore/script-health-check", CLOSED, FORBIDDEN, FORBIDDEN),
    ("GET", "/_stcore/agent/schema", CLOSED, FORBIDDEN, FORBIDDEN),
    ("POST", "/_stcore/agent/mcp", CLOSED, FORBIDDEN, FORBIDDEN),
    ("GET", "/_stcore/anything", CLOSED, FORBIDDEN, 200),
    ("PUT", "/_stcore/upload_file/a/b", CLOSED, FORBIDDEN, FORBIDDEN),
    ("DELETE", "/_stcore/upload_file/a/b", CLOSED, FORBIDDEN, FORBIDDEN),
    ("OPTIONS", "/_stcore/upload_file/a/b", CLOSED, FORBIDDEN, 204),
    ("GET", "/media/0123456789abcdef.png", CLOSED, FORBIDDEN, NOT_FOUND),
    ("GET", "/component/streamlit_folium.st_folium/index.html", CLOSED, 200, 200),
    ("GET", "/component/nobody.knows/index.html", CLOSED, NOT_FOUND, NOT_FOUND),
    ("GET", "/_stcore/bidi-components/x/y.js", CLOSED, NOT_FOUND, NOT_FOUND),
    ("GET", "/app/static/x.txt", CLOSED, FORBIDDEN, 200),
    ("GET", "/static/none.js", CLOSED, 200, 200),
    ("GET", "/favicon.png", CLOSED, 200, 200),
    ("GET", "/auth/login", CLOSED, FORBIDDEN, FORBIDDEN),
    ("GET", "/oauth2callback", CLOSED, FORBIDDEN, FORBIDDEN),
)
"""A member's 403 at the upload is Streamlit's own, of whoever brings no token; what Streamlit does not know shows its
page, which shows nothing before its WebSocket opens."""

OPEN_BEGINNINGS = ("/public", "/login", "/logout", "/wall", "/healthz", "/oidc/login")
"""Addresses that begin like open ones; nothing of Streamlit's stands beneath them."""


@dataclass(frozen=True)
class Running:
    url: str
    cookies: Mapping[str, Mapping[str, str]]
    people: Mapping[str, Person]

    def client(self, who: str) -> httpx2.Client:
        return httpx2.Client(base_url=self.url, cookies=dict(self.cookies[who]))

    def socket_says(self, who: str, path: str = "/_stcore/stream", **headers: str) -> int:
        """The code with which a WebSocket was closed or refused; 0 when it is open."""
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies[who].items())
        sent = {"Cookie": cookie, **headers} if cookie else headers
        address = self.url.replace("http://", "ws://") + path
        try:
            with connect(
                address, additional_headers=sent, subprotocols=["streamlit"], open_timeout=20
            ) as socket:  # type: ignore[list-item]
                socket.recv(timeout=0.5)
        except TimeoutError:
            return 0
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else 1006
        except InvalidHandshake as refused:
            return int(getattr(getattr(refused, "response", None), "status_code", 1))
        return 0


@pytest.fixture(scope="module")
def running(demo_file_of_today: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    file = tmp_path_factory.mktemp("doors") / "city.db"
    shutil.copy(demo_file_of_today, file)
    city = City(Settings(database_url=sqlite_url(file)))
    people = everybody(city)
    with city.database.write() as connection:
        token = open_session(connection, people["member"], city.now())
    screen = walls.add_wall(city, "hall", people["community"].area)
    dark = walls.add_wall(city, "old", people["community"].area)
    walls.revoke_wall(city, walls.all_walls(city)[-1].id)
    city.database.close()
    cookies = {
        "nobody": {}, "member": {signed_in.COOKIE: token}, "wall": {walls.COOKIE: screen},
        "revoked": {walls.COOKIE: dark}, "forged": {signed_in.COOKIE: "made-up", walls.COOKIE: "made-up"},
    }  # fmt: skip
    process, url = start(file)
    yield Running(url, cookies, people)
    process.terminate()
    process.wait(20)


@pytest.mark.slow
@pytest.mark.parametrize("column", [0, 1, 2], ids=["nobody", "wall", "member"])
def test_every_door_of_streamlits_is_as_open_as_the_table_says(running: Running, column: int) -> None:
    who = ("nobody", "wall", "member")[column]
    with running.client(who) as client:
        found = {(method, path): client.request(method, path).status_code for method, path, *_ in DOORS}
    assert found == {(method, path): answers[column] for method, path, *answers in DOORS}


@pytest.mark.parametrize("who", ["forged", "revoked"])
def test_whoever_brings_no_cookie_of_ours_is_a_stranger_everywhere(running: Running, who: str) -> None:
    with running.client(who) as client:
        assert {client.request(method, path).status_code for method, path, *_ in DOORS} == {CLOSED}


def test_the_socket_opens_to_people_and_screens_alone_and_only_from_our_own_pages(running: Running) -> None:
    assert {who: running.socket_says(who) == 0 for who in running.cookies} == {
        "nobody": False, "member": True, "wall": True, "revoked": False, "forged": False,
    }  # fmt: skip
    assert running.socket_says("member", Origin="https://elsewhere.example") != 0


@pytest.mark.parametrize("beginning", OPEN_BEGINNINGS)
def test_nothing_of_streamlits_stands_beneath_an_open_address(running: Running, beginning: str) -> None:
    assert running.socket_says("nobody", f"{beginning}/_stcore/stream") != 0
    with running.client("nobody") as client:
        for method, path, *_ in DOORS[1:]:
            answer = client.request(method, beginning + path)
            assert answer.status_code in (301, 308, 303, 401, 403, 404, 405, 410), (method, path)
            assert answer.text.strip() != "ok" and "allowedOrigins" not in answer.text
