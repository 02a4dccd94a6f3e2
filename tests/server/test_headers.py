"""What every answer tells a browser: pages, files, refusals – and what a page that is stricter keeps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit
from starlette.applications import Starlette
from starlette.responses import HTMLResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from city import opened
from city.opened import City
from server.headers import FIRST_LINE, policy
from server.routes import MIDDLEWARE, ROUTES
from tests.alone import in_a_thread
from tests.server.client import sign_in


async def _page(_request: object) -> HTMLResponse:
    return HTMLResponse("<body>the page</body>")


@pytest.fixture
def client(demo_city: City, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setattr(opened, "_here", demo_city)
    behind = [Route("/", _page), Route("/component/{path:path}", _page), Route("/static/{path:path}", _page)]
    app = Starlette(routes=[*ROUTES, *behind], middleware=MIDDLEWARE)
    with TestClient(app, base_url="http://testserver", follow_redirects=False) as client:
        yield client


ANSWERS = (
    ("/login", 200), ("/healthz", 200), ("/", 200), ("/geo/none", 404), ("/slips/x/rating-qr", 404), ("/static/x", 200),
    ("/_stcore/agent/openapi.json", 403), ("/public/rate/nobody-gave-this-link", 404), ("/account", 200),
)  # fmt: skip


@pytest.mark.parametrize(("path", "status"), ANSWERS)
def test_every_answer_has_the_headers(client: TestClient, path: str, status: int) -> None:
    answer = sign_in(client, "office").get(path)
    assert answer.status_code == status
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert answer.headers["permissions-policy"].startswith("geolocation=(self), camera=()")
    assert "frame-ancestors" in answer.headers["content-security-policy"]


def test_a_refusal_at_the_door_has_them_too(client: TestClient) -> None:
    for answer in (client.get("/"), client.post("/login", headers={"origin": "https://elsewhere.example"})):
        assert answer.status_code in (401, 403) and "content-security-policy" in answer.headers


def test_no_page_runs_scripts_from_text_but_the_frame_of_the_map() -> None:
    frame = "/component/streamlit_folium.st_folium/index.html"
    for path in ("/", "/login", "/m", "/component/other/index.html", "/static/index.html"):
        assert "'unsafe-eval'" not in policy(path) and "script-src 'self' 'sha256-" in policy(path)
    assert "'unsafe-eval'" in policy(frame) and "connect-src 'self';" in policy(frame)
    for path in (frame, "/"):
        assert "object-src 'none'" in policy(path) and "frame-ancestors 'self'" in policy(path)


def test_the_script_in_streamlits_own_page_is_the_one_that_is_let() -> None:
    index = Path(streamlit.__file__).parent / "static" / "index.html"
    scripts = index.read_text(encoding="utf-8").split("<script>")[1:]
    assert [script.split("</script>")[0] for script in scripts] == [FIRST_LINE]


@pytest.mark.parametrize(
    ("basemap", "named"),
    [
        (
            "https://tiles.example:8443/{z}/{x}/{y}.png",
            "img-src 'self' data: blob: https://tiles.example:8443;",
        ),
        ("http://{s}.tiles.example/{z}/{x}/{y}.png", "img-src 'self' data: blob: http://*.tiles.example;"),
        ("/tiles/{z}/{x}/{y}.png", "img-src 'self' data: blob:;"),
        ("", "img-src 'self' data: blob:;"),
    ],
)
def test_tiles_may_come_from_where_the_city_keeps_them(basemap: str, named: str) -> None:
    assert named in policy("/component/streamlit_folium.st_folium/index.html", basemap)
    assert "tiles.example" not in policy("/", basemap)


def test_a_page_that_is_stricter_stays_so(client: TestClient) -> None:
    answer = client.get("/public/rate/nobody-gave-this-link")
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


def test_only_over_tls_a_browser_is_told_to_stay_with_it(client: TestClient) -> None:
    assert "strict-transport-security" not in client.get("/login").headers
    behind = client.get("/login", headers={"x-forwarded-proto": "https"})
    assert behind.headers["strict-transport-security"] == "max-age=31536000"


def test_pages_are_kept_by_no_browser_and_geometry_by_all(client: TestClient, demo_city: City) -> None:
    sign_in(client, "office")
    for path in ("/", "/login", "/account"):
        assert "no-store" in client.get(path).headers["cache-control"]
    geometry = client.get(f"/geo/{demo_city.ground.coded_base.hash}")
    assert "immutable" in geometry.headers["cache-control"]


def test_a_page_leads_to_the_sign_in_by_a_script_of_ours(client: TestClient) -> None:
    page = sign_in(client, "office").get("/?view=figures").text
    source = page.split('<script src="')[1].split('"')[0]
    assert "/login?next=" in client.get(source).text and page.endswith("</body>")


def test_who_leaves_in_the_middle_of_a_form_is_no_error_of_ours(client: TestClient) -> None:
    scope = {
        "type": "http", "method": "POST", "path": "/public/report", "raw_path": b"/public/report", "scheme": "http",
        "query_string": b"", "headers": [(b"content-type", b"application/x-www-form-urlencoded")],
        "client": ("10.1.1.1", 1), "server": ("testserver", 80), "root_path": "", "http_version": "1.1",
    }  # fmt: skip
    sent = []

    async def leave() -> dict[str, str]:
        return {"type": "http.disconnect"}

    async def send(message: object) -> None:
        sent.append(message)

    in_a_thread(client.app(scope, leave, send))
    assert sent == []
