"""What is logged: one line a request, with a number to ask by – and nothing of anybody."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket

from city import opened
from city.opened import City
from city.settings import Settings
from domain.said import said
from server import logs
from server.public import told
from server.routes import MIDDLEWARE, ROUTES
from server.watched import HEADER
from tests.server.client import client_of, sign_in

SECRET = "13800138000"


def _breaks(_request: Request) -> Response:
    raise ValueError(f"no number: {SECRET}")


def _says(request: Request) -> Response:
    logging.getLogger("redgrid").warning("something is odd")
    return PlainTextResponse(request.headers[HEADER])


async def _page(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text("123")
    await socket.close()


@pytest.fixture
def lines(own_city: City, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A city whose program logs into a file; the loggers are as before afterwards."""
    monkeypatch.setattr(opened, "_here", own_city)
    root, ours = logging.getLogger(), logging.getLogger("redgrid")
    before, level = list(root.handlers), ours.level
    file = tmp_path / "log"
    own_city.settings = own_city.settings.model_copy(update={"log": "json", "log_file": str(file)})
    logs.begin(own_city.settings)
    yield file
    for handler in set(root.handlers) - set(before):
        root.removeHandler(handler)
        handler.close()
    ours.setLevel(level)


def told_in(file: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def client_with_more() -> TestClient:
    more = [
        Route("/public-breaks", _breaks), Route("/m/says", _says), Route("/login/breaks", _breaks),
        WebSocketRoute("/_stcore/stream", _page),
    ]  # fmt: skip
    app = Starlette(routes=[*more, *ROUTES], middleware=MIDDLEWARE)
    return TestClient(app, base_url="http://testserver", follow_redirects=False)


def test_a_request_has_one_line_by_its_route_and_the_role_of_who_asked(lines: Path) -> None:
    client = sign_in(client_of(), "member")
    answer = client.get("/m/tickets/nobody-knows-it?note=13800138000")
    line = told_in(lines)[-1]
    assert {k: line[k] for k in ("method", "route", "status", "role", "level", "logger")} == {
        "method": "GET", "route": "/m/tickets/{no}", "status": 404, "role": "member", "level": "info",
        "logger": "redgrid.request",
    }  # fmt: skip
    assert line["request"] == answer.headers[HEADER]
    assert line["bytes"] == int(answer.headers["content-length"]) and isinstance(line["ms"], float)
    whole = lines.read_text(encoding="utf-8")
    assert not [each for each in ("nobody-knows-it", SECRET, "redgrid-demo", "testclient") if each in whole]


def test_tokens_of_links_are_in_no_line(lines: Path) -> None:
    for path in (
        "/wall/secret-token",
        "/public/rate/secret-token",
        "/public/ticket/secret-token",
        "/secret-token",
    ):
        client_of().get(path)
    assert [line["route"] for line in told_in(lines)] == [
        "/wall/{token}", "/public/rate/{token}", "/public/ticket/{token}", "{else}",
    ]  # fmt: skip
    assert "secret-token" not in lines.read_text(encoding="utf-8")


def test_the_number_comes_from_the_proxy_when_it_looks_like_one(lines: Path) -> None:
    assert client_of(**{HEADER: "abcdef0123456789"}).get("/login").headers[HEADER] == "abcdef0123456789"
    for strange in ("short", "a" * 65, 'x"}\\n{"forged": 1', "张三-張三-12345678"):
        given = client_of().get("/login", headers={HEADER.encode(): strange.encode()}).headers[HEADER]
        assert given != strange and len(given) == 16


def test_every_line_of_a_request_carries_its_number(lines: Path) -> None:
    client = sign_in(client_with_more(), "member")
    answer = client.get("/m/says")
    odd = next(line for line in told_in(lines) if line.get("message") == "something is odd")
    assert answer.text == answer.headers[HEADER] == odd["request"]


def test_what_breaks_is_told_by_kind_and_place_and_the_person_gets_a_number(lines: Path) -> None:
    answer = client_with_more().get("/login/breaks", headers={"accept": "text/html", "accept-language": "en"})
    assert answer.status_code == 500
    assert "Something went wrong here" in answer.text and answer.headers[HEADER] in answer.text
    assert "ValueError" not in answer.text and SECRET not in answer.text
    broke, line = told_in(lines)
    assert "ValueError" in str(broke["broke"]) and "_breaks" in str(broke["broke"])
    assert SECRET not in lines.read_text(encoding="utf-8")
    assert broke["request"] == line["request"] == answer.headers[HEADER]
    assert (line["status"], line["route"]) == (500, "/login/{rest}")


def test_a_program_that_asks_gets_a_line_and_the_headers_of_every_answer(lines: Path) -> None:
    answer = client_with_more().get("/login/breaks", headers={"accept-language": "en"})
    assert (answer.status_code, answer.headers["content-type"][:10]) == (500, "text/plain")
    assert "Traceback" not in answer.text


def test_a_page_of_a_failure_that_is_known_has_the_number_too(lines: Path) -> None:
    scope = {
        "type": "http", "method": "GET", "path": "/", "query_string": b"", "scheme": "http", "server": ("x", 80),
        "headers": [(b"x-request-id", b"0123456789abcdef"), (b"accept-language", b"zh-CN")],
    }  # fmt: skip
    body = bytes(told(Request(scope), said("There is nothing at this address."), 503).body).decode()
    assert "0123456789abcdef" in body
    assert (
        "0123456789abcdef"
        not in bytes(told(Request(scope), said("There is nothing at this address."), 404).body).decode()
    )


def test_what_maps_and_machines_ask_by_themselves_has_a_line_only_where_it_is_wanted_or_fails(
    lines: Path, own_city: City
) -> None:
    client_of().get("/healthz")
    client_of().get("/live/loads")
    assert [(line["route"], line["status"]) for line in told_in(lines)] == [("/live/loads", 401)]
    own_city.settings = own_city.settings.model_copy(update={"log_requests": "all"})
    client_of().get("/healthz")
    assert told_in(lines)[-1]["route"] == "/healthz"
    own_city.settings = own_city.settings.model_copy(update={"log_requests": "none"})
    client_of().get("/login")
    assert len(told_in(lines)) == 2


def test_a_page_has_one_line_when_it_is_closed(lines: Path) -> None:
    client = sign_in(client_with_more(), "member")
    with client.websocket_connect("/_stcore/stream") as page:
        page.receive_text()
    line = told_in(lines)[-1]
    assert (line["method"], line["route"], line["status"], line["bytes"], line["role"]) == (
        "WEBSOCKET", "/_stcore/stream", 101, 3, "member",
    )  # fmt: skip


def test_lines_for_people_hold_the_same(own_city: City) -> None:
    record = logging.makeLogRecord(
        {"name": "redgrid", "levelname": "INFO", "msg": "anchored %s", "args": ("x",)}
    )
    record.request = "0123456789abcdef"
    assert logs.TextLines().format(record).endswith(" INFO redgrid: anchored x [0123456789abcdef]")


def test_errors_of_the_machine_keep_their_words_and_no_others_do() -> None:
    assert logs.kind_of(OSError, OSError(28, "No space left on device")) == "OSError: No space left on device"
    assert logs.kind_of(ValueError, ValueError(SECRET)) == "ValueError"


def test_a_file_that_is_full_begins_anew_and_so_many_are_kept(tmp_path: Path) -> None:
    settings = Settings(log_file=str(tmp_path / "log"), log_megabytes=1, log_kept=2)
    root = logging.getLogger()
    before = list(root.handlers)
    logs.begin(settings)
    try:
        for _ in range(40):
            logging.getLogger("redgrid").warning("x" * 100_000)
    finally:
        for handler in set(root.handlers) - set(before):
            root.removeHandler(handler)
            handler.close()
    assert {file.name for file in tmp_path.iterdir()} == {"log", "log.1", "log.2"}
    assert all(file.stat().st_size <= 1_000_000 for file in tmp_path.iterdir())


def test_whoever_serves_by_another_way_writes_no_addresses(lines: Path) -> None:
    access = logging.getLogger("uvicorn.access")
    access.addHandler(logging.StreamHandler())
    logs.bring_along()
    assert access.disabled and not access.handlers
