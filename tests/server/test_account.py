"""One's own account: a new password, out everywhere, and nothing before a password that must be changed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress

import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from city import opened, signed_in
from city.opened import City
from domain.entering import TRIES
from server import sign_in as entrance
from server import sockets
from server.routes import MIDDLEWARE, ROUTES
from server.turnstile import Turnstile
from storage import people
from tests.server.client import sign_in

PAGE = {"accept": "text/html"}
NEW = "three blue kites"


async def _page(_request: object) -> HTMLResponse:
    return HTMLResponse("<body>the page</body>")


async def _echo(socket: WebSocket) -> None:
    await socket.accept()
    with suppress(WebSocketDisconnect):
        while True:
            await socket.send_text(await socket.receive_text())


@pytest.fixture
def city(own_city: City, monkeypatch: pytest.MonkeyPatch) -> City:
    monkeypatch.setattr(opened, "_here", own_city)
    monkeypatch.setattr(entrance, "TRIES", Turnstile(60))
    monkeypatch.setattr(signed_in, "_browsers", signed_in._Strangers())
    monkeypatch.setattr(sockets, "EVERY", 0.05)
    return own_city


def browser() -> TestClient:
    behind = [Route("/", _page), WebSocketRoute("/_stcore/stream", _echo)]
    app = Starlette(routes=[*ROUTES, *behind], middleware=MIDDLEWARE)
    return TestClient(
        app, base_url="http://testserver", follow_redirects=False, headers={"accept-language": "en"}
    )


@pytest.fixture
def client(city: City) -> Iterator[TestClient]:
    with browser() as client:
        yield client


def form_token(client: TestClient, path: str = "/account/password") -> str:
    found = re.search(r'name="form_token" value="([^"]+)"', client.get(path, headers=PAGE).text)
    assert found
    return found[1]


def changed(client: TestClient, old: str, new: str, again: str | None = None) -> tuple[int, str]:
    fields = {
        "old": old,
        "new": new,
        "again": new if again is None else again,
        "form_token": form_token(client),
    }
    answer = client.post("/account/password", data=fields)
    return answer.status_code, answer.text or answer.headers["location"]


def test_people_see_who_they_are_and_where_they_are_signed_in(client: TestClient) -> None:
    assert client.get("/account").status_code == 401
    sign_in(sign_in(client, "office"), "office")
    page = client.get("/account", headers=PAGE)
    assert page.status_code == 200 and page.headers["cache-control"] == "no-store"
    assert page.text.count("<tr><td>24 Nov 2026, 12:00</td>") == 2 and page.text.count("this browser") == 1
    assert "City office" in page.text


@pytest.mark.parametrize(
    ("old", "new", "again", "why"),
    [
        ("wrong", NEW, None, "The old password is wrong."),
        ("redgrid-demo", "short", None, "at least 8"),
        ("redgrid-demo", NEW, "three blue kites!", "not the same"),
        ("redgrid-demo", "redgrid-demo", None, "printed in the handbook"),
    ],
)
def test_what_is_no_new_password_is_told_and_kept_nowhere(
    client: TestClient, old: str, new: str, again: str | None, why: str
) -> None:
    sign_in(client, "office")
    status, text = changed(client, old, new, again)
    assert status == 422 and why in text
    assert NEW not in text and client.get("/account").status_code == 200


def test_a_new_password_signs_out_everywhere_else_and_only_there(client: TestClient, city: City) -> None:
    other = sign_in(browser(), "office")
    sign_in(client, "office")
    before = client.cookies["redgrid"]
    assert changed(client, "redgrid-demo", NEW) == (303, "/account?changed=1")
    assert client.cookies["redgrid"] != before
    assert "is changed" in client.get("/account?changed=1").text
    assert other.get("/account").status_code == 401


def test_a_form_that_is_not_ours_changes_nothing(client: TestClient) -> None:
    sign_in(client, "office")
    fields = {"old": "redgrid-demo", "new": NEW, "again": NEW, "form_token": "made up"}
    assert client.post("/account/password", data=fields).status_code == 403
    assert client.post("/account/out", data={"form_token": "made up"}).status_code == 403
    assert client.get("/account").status_code == 200


def test_to_sign_out_everywhere_turns_every_open_page_away(client: TestClient) -> None:
    with browser() as other:
        sign_in(other, "office")
        with other.websocket_connect("/_stcore/stream") as socket:
            socket.send_text("still here")
            assert socket.receive_text() == "still here"
            sign_in(client, "office")
            answer = client.post("/account/out", data={"form_token": form_token(client)})
            assert (answer.status_code, answer.headers["location"]) == (303, "/login")
            with pytest.raises(WebSocketDisconnect) as closed:
                socket.receive_text()
        assert closed.value.code == 4401
        assert other.get("/").status_code == 401 and client.get("/").status_code == 401
        with pytest.raises(WebSocketDisconnect), other.websocket_connect("/_stcore/stream"):
            pass


def test_an_open_page_of_somebody_else_stays_open(client: TestClient, city: City) -> None:
    sign_in(client, "leader")
    with client.websocket_connect("/_stcore/stream") as socket:
        other = sign_in(browser(), "office")
        other.post("/account/out", data={"form_token": form_token(other)})
        for word in ("one", "two"):
            socket.send_text(word)
            assert socket.receive_text() == word


def must_change(city: City, login: str) -> None:
    with city.database.write() as connection:
        people.change_account(connection, login, must_change=True)


def test_who_must_change_the_password_can_do_nothing_else_until_it_is_done(
    client: TestClient, city: City
) -> None:
    must_change(city, "office")
    sign_in(client, "office")
    for path in ("/", "/account", "/?view=inbox", "/slips/1/assignment"):
        answer = client.get(path, headers=PAGE)
        assert (answer.status_code, answer.headers["location"]) == (303, "/account/password")
    assert client.get("/live/loads?level=1").status_code == 403
    assert client.post("/account/out").status_code == 403
    with pytest.raises(WebSocketDisconnect) as closed, client.websocket_connect("/_stcore/stream"):
        pass
    assert closed.value.code == 4403
    page = client.get("/account/password", headers=PAGE).text
    assert "before you go on" in page and 'href="/"' not in page
    assert changed(client, "redgrid-demo", NEW)[0] == 303
    assert "the page" in client.get("/").text


def test_who_must_change_the_password_can_still_leave(client: TestClient, city: City) -> None:
    must_change(city, "office")
    sign_in(client, "office")
    assert client.post("/logout").headers["location"] == "/login"
    assert client.get("/account/password").status_code == 401


def test_outside_demo_mode_no_demo_account_is_told_and_each_must_change_its_password(
    client: TestClient, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(city.settings, "demo_mode", "off")
    assert "redgrid-demo" not in client.get("/login").text
    sign_in(client, "leader")
    assert client.get("/", headers=PAGE).headers["location"] == "/account/password"


def test_who_is_locked_out_hears_for_how_long_and_the_right_password_does_not_help(
    client: TestClient,
) -> None:
    answers = [client.post("/login", data={"login": "office", "password": "x"}) for _ in range(TRIES)]
    assert [a.status_code for a in answers] == [401] * 4 + [429]
    assert "wait a minute" in answers[-1].text and answers[-1].headers["retry-after"] == "61"
    assert client.post("/login", data={"login": "office", "password": "redgrid-demo"}).status_code == 429
    assert client.post("/login", data={"login": "street", "password": "redgrid-demo"}).status_code == 303


def test_who_was_let_in_here_before_is_not_locked_out_by_strangers(client: TestClient, city: City) -> None:
    sign_in(client, "office")
    client.get("/logout")
    with browser() as stranger:
        tries = [stranger.post("/login", data={"login": "office", "password": "x"}) for _ in range(TRIES)]
        assert tries[-1].status_code == 429
        assert (
            stranger.post("/login", data={"login": "office", "password": "redgrid-demo"}).status_code == 429
        )
    sign_in(client, "office")
    kept = next(cookie for cookie in client.cookies.jar if cookie.name == "redgrid_known")
    assert kept.path == "/login" and kept.has_nonstandard_attr("HttpOnly")


def test_signing_out_leaves_nothing_typed_in_the_browser_and_the_wall_on_its_screen(
    client: TestClient,
) -> None:
    sign_in(client, "office")
    client.cookies.set("redgrid_wall", "a-walls-token")
    answer = client.get("/logout")
    assert answer.headers["clear-site-data"] == '"storage"'
    assert "redgrid_wall" not in answer.headers["set-cookie"]
    from_elsewhere = client.get("/logout", headers={"sec-fetch-site": "cross-site"})
    assert "clear-site-data" not in from_elsewhere.headers


def test_an_address_that_tries_too_often_is_told_to_wait_and_sign_ins_do_not_count(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entrance, "TRIES", Turnstile(3))
    for _ in range(4):
        sign_in(client, "office")
    with browser() as another:
        tries = [another.post("/login", data={"login": f"nobody{n}", "password": "x"}) for n in range(4)]
    assert [t.status_code for t in tries] == [401, 401, 401, 429]
    assert "in a minute" in tries[-1].text
    sign_in(client, "office")
    tries = [client.post("/login", data={"login": f"nobody{n}", "password": "x"}) for n in range(4)]
    assert [t.status_code for t in tries] == [401, 401, 429, 429], "who is known has some tries of its own"


def test_each_sign_in_is_a_new_session(client: TestClient) -> None:
    client.cookies.set("redgrid", "chosen-by-somebody-else")
    answer = client.post("/login", data={"login": "office", "password": "redgrid-demo"})
    assert "chosen-by-somebody-else" not in answer.headers["set-cookie"]


def test_a_form_of_any_size_is_not_read(client: TestClient) -> None:
    assert client.post("/login", data={"login": "x" * 20_000, "password": "x"}).status_code == 413


def test_over_https_the_cookie_is_never_sent_in_the_clear(city: City) -> None:
    with browser() as client:
        client.base_url = "https://testserver"
        answer = client.post("/login", data={"login": "office", "password": "redgrid-demo"})
        assert "; secure" in answer.headers["set-cookie"].lower()


def test_a_link_on_another_site_signs_nobody_out(client: TestClient) -> None:
    sign_in(client, "office")
    client.get("/logout", headers={"sec-fetch-site": "cross-site"})
    assert client.get("/").status_code == 200
