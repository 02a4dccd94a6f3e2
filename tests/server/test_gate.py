"""The door: what is open, what is closed – pages, sockets, files – and what each person is told."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from city import opened
from city.opened import City
from city.walls import add_wall
from domain.grids import Level
from gis.palette import LIGHT
from server import gate, live
from server.live import DIGITS, number
from server.routes import MIDDLEWARE, ROUTES
from server.turnstile import Turnstile
from storage.lists import all_events


async def _page(_request: object) -> HTMLResponse:
    return HTMLResponse("<body>the page</body>")


async def _socket(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text("hello")
    await socket.close()


@pytest.fixture
def client(demo_city: City, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """The real routes and the real door; a plain page stands where Streamlit would."""
    monkeypatch.setattr(opened, "_here", demo_city)
    behind = [Route("/", _page), WebSocketRoute("/_stcore/stream", _socket), Route("/media/x", _page)]
    app = Starlette(routes=[*ROUTES, *behind], middleware=MIDDLEWARE)
    with TestClient(app, base_url="http://testserver", follow_redirects=False) as client:
        yield client


def sign_in(client: TestClient, login: str, password: str = "redgrid-demo", **more: str) -> int:
    return client.post("/login", data={"login": login, "password": password, **more}).status_code


CLOSED = (
    "/",
    "/media/x",
    "/live/loads?level=1",
    "/geo/abc",
    "/assets/a/b.js",
    "/component/x/index.html",
    "/_stcore/health",
)


@pytest.mark.parametrize("path", CLOSED)
def test_everything_but_sign_in_health_and_public_pages_is_closed(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 401
    asked = client.get(path, headers={"accept": "text/html"})
    assert (asked.status_code, asked.headers["location"][:12]) == (303, "/login?next=")


def test_sockets_are_closed_without_a_sign_in(client: TestClient) -> None:
    with pytest.raises(WebSocketDisconnect) as closed, client.websocket_connect("/_stcore/stream"):
        pass
    assert closed.value.code == 4401


def test_health_and_sign_in_are_open(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    page = client.get("/login", headers={"accept-language": "zh-CN"}).text
    assert "登录" in page and "redgrid-demo" in page


def test_signing_in_opens_pages_and_sockets_and_signing_out_closes_them(client: TestClient) -> None:
    assert sign_in(client, "leader") == 303
    assert "the page" in client.get("/").text
    with client.websocket_connect("/_stcore/stream") as socket:
        assert socket.receive_text() == "hello"
    client.get("/logout")
    assert client.get("/").status_code == 401


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(client: TestClient) -> None:
    answer = client.post("/login", data={"login": "leader", "password": "redgrid-demo"})
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=lax" in cookie


def test_a_wrong_password_says_so_and_no_more(client: TestClient) -> None:
    for login in ("leader", "nobody"):
        answer = client.post(
            "/login", data={"login": login, "password": "wrong"}, headers={"accept-language": "en"}
        )
        assert answer.status_code == 401 and "do not fit" in answer.text


@pytest.mark.parametrize(
    "there", ["https://elsewhere.example", "//elsewhere.example", "/\\elsewhere.example"]
)
def test_no_sign_in_sends_people_elsewhere(client: TestClient, there: str) -> None:
    answer = client.post("/login", data={"login": "leader", "password": "redgrid-demo", "next": there})
    assert answer.headers["location"] == "/"


def test_a_form_from_another_site_is_refused(client: TestClient) -> None:
    answer = client.post(
        "/login",
        data={"login": "leader", "password": "redgrid-demo"},
        headers={"origin": "https://elsewhere.example"},
    )
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "headers",
    [{"origin": "https://elsewhere.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}],
)
def test_nothing_is_changed_for_another_site(client: TestClient, headers: dict[str, str]) -> None:
    sign_in(client, "leader")
    for path in ("/logout", "/account/out", "/account/password", "/_stcore/upload_file/a/b"):
        assert client.post(path, headers=headers).status_code == 403
    assert client.get("/").status_code == 200


@pytest.mark.parametrize("origin", ["https://elsewhere.example", "null", "http://testserver:81"])
def test_no_socket_opens_for_another_site(client: TestClient, origin: str) -> None:
    sign_in(client, "leader")
    with (
        pytest.raises(WebSocketDisconnect) as closed,
        client.websocket_connect("/_stcore/stream", headers={"origin": origin}),
    ):
        pass
    assert closed.value.code == 4403
    with client.websocket_connect("/_stcore/stream", headers={"origin": "http://testserver"}) as socket:
        assert socket.receive_text() == "hello"


WALL_SEES = (
    "/",
    "/assets/x/y.js",
    "/geo/x",
    "/live/loads?level=1",
    "/static/x",
    "/component/x",
    "/_stcore/host-config",
)
WALL_DOES_NOT = (
    "/photos/1", "/slips/1/assignment", "/account", "/account/password", "/m", "/media/x", "/_stcore/upload_file/a/b",
    "/anything", "/_stcore/agent/openapi.json", "/_stcore/metrics", "/app/static/x", "//photos/1",
)  # fmt: skip


def test_a_wall_screen_gets_its_page_and_what_that_is_made_of_and_nothing_else(
    client: TestClient, own_city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opened, "_here", own_city)
    client.cookies.set("redgrid_wall", add_wall(own_city, "Hall", "city"))
    assert [path for path in WALL_SEES if client.get(path).status_code in (401, 403)] == []
    assert [path for path in WALL_DOES_NOT if client.get(path).status_code != 403] == []
    for path in ("/photos/1", "/photos/2"):
        client.get(path)
    with own_city.database.read() as connection:
        refused = [
            (e.by, e.facts["role"], e.facts["about"]) for e in all_events(connection) if e.kind == "refused"
        ]
    assert refused.count((None, "wall", "/photos")) == 1


@pytest.mark.parametrize("login", ["admin", "planner", "leader"])
@pytest.mark.parametrize("path", ["/photos/1", "/slips/1/assignment"])
def test_who_reads_no_tickets_has_no_business_at_photos_and_slips_and_it_is_noted(
    client: TestClient, own_city: City, monkeypatch: pytest.MonkeyPatch, login: str, path: str
) -> None:
    monkeypatch.setattr(opened, "_here", own_city)
    monkeypatch.setattr(gate, "NOTES", Turnstile(a_minute=1))
    sign_in(client, login)
    assert client.get(path).status_code == 403
    with own_city.database.read() as connection:
        last = [e for e in all_events(connection) if e.kind == "refused"][-1]
    assert last.facts["about"] == f"/{path.split('/')[1]}" and last.by is not None


def test_a_forged_cookie_opens_nothing(client: TestClient) -> None:
    client.cookies.set("redgrid", "made-up")
    assert client.get("/").status_code == 401


def decode(text: str) -> list[int | None]:
    found: list[int | None] = []
    while text:
        if text[0] == "-":
            found.append(None)
            text = text[1:]
        elif text[0] == "~":
            digits, text = text[1:].split(";", 1)
            n = 0
            for digit in digits:
                n = n * 62 + DIGITS.index(digit)
            found.append(n)
        else:
            found.append(DIGITS.index(text[0]))
            text = text[1:]
    return found


@pytest.mark.parametrize("n", [0, 1, 61, 62, 3843, 3844, 10_000_000])
def test_numbers_survive_their_coding(n: int) -> None:
    assert decode("0" + number(n) + "-") == [0, n, None]


def test_the_counts_of_a_refresh_are_the_stores_in_less_than_a_kilobyte(
    client: TestClient, demo_city: City
) -> None:
    sign_in(client, "leader")
    answer = client.get("/live/loads?level=3")
    _, _, open_, overdue, _ = answer.text.split("\n")
    grids = demo_city.ground.structure.at_level(Level.BUILDING)
    loads = demo_city.loads(Level.BUILDING)
    assert decode(open_) == [loads[g.code].open if g.code in loads else 0 for g in grids]
    assert sum(n or 0 for n in decode(overdue)) == sum(x.overdue for x in loads.values())
    assert int(answer.headers["content-length"]) < 700
    again = client.get("/live/loads?level=3", headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_grid_head_gets_no_counts_of_other_areas(client: TestClient, demo_city: City) -> None:
    sign_in(client, "community")
    account = next(a for a in accounts(demo_city) if a[0] == "community")
    grids = demo_city.ground.structure.at_level(Level.BUILDING)
    counts = decode(client.get("/live/loads?level=3").text.split("\n")[2])
    assert [n is not None for n in counts] == [g.code.startswith(account[1]) for g in grids]


def accounts(city: City) -> list[tuple[str, str]]:
    from storage.people import all_accounts

    with city.database.read() as connection:
        return [(a.login, a.person.area) for a in all_accounts(connection)]


def test_a_bad_level_and_an_old_geometry_are_told(client: TestClient) -> None:
    sign_in(client, "leader")
    assert client.get("/live/loads?level=9").status_code == 400
    assert client.get("/geo/0123456789").status_code == 404
    assert client.get("/assets/0/redgrid.js").status_code == 404


def test_geometry_and_assets_are_kept_for_ever(client: TestClient, demo_city: City) -> None:
    sign_in(client, "leader")
    for coded in (*demo_city.ground.coded_levels.values(), demo_city.ground.coded_base):
        answer = client.get(f"/geo/{coded.hash}")
        assert answer.status_code == 200 and "immutable" in answer.headers["cache-control"]
        assert not {"reporter", "phone", "description"} & set(answer.text.split('"'))


def test_no_residents_data_is_in_what_a_map_gets(client: TestClient) -> None:
    sign_in(client, "leader")
    text = client.get("/live/loads?level=3").text
    assert set("".join(text.split("\n")[1:])) <= set(DIGITS + "-~;")
    assert live.HIDDEN == "-"


def test_the_page_shows_the_grids_before_any_script_has_run_and_only_those_one_may_see(
    client: TestClient, demo_city: City
) -> None:
    sign_in(client, "leader")
    page = client.get("/?level=3", headers={"accept": "text/html"})
    assert page.text.count("<path ") == 382 and page.text.endswith("</body>")
    assert (
        int(page.headers["content-length"]) == len(page.content)
        and "no-store" in page.headers["cache-control"]
    )
    assert client.get("/?ticket=1").text.count("<path ") == 0
    sign_in(client, "member")
    fills = re.findall(r'fill="(#\w+)" d=', client.get("/?level=3").text)
    assert len(fills) == 382 and sum(fill != LIGHT.panel for fill in fills) <= 1
