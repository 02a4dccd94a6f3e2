"""Bodies that come slowly, stop, or never end, sent to a real server: they are answered in time, and nothing of them is kept."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from sqlalchemy import func, select
from starlette.applications import Starlette

from city import opened
from city.form_tokens import token_for
from city.opened import City
from server import arriving, reporting, sign_in
from server.routes import MIDDLEWARE, ROUTES
from server.turnstile import Turnstile
from storage.schema import tickets

ADDRESSES = ("/login", "/public/report", "/public/grids", "/public/rate/xxxxxxxxxxxxxxxxxxxxxxxx")


@pytest.fixture
def port(own_city: City, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    monkeypatch.setattr(opened, "_here", own_city)
    monkeypatch.setattr(reporting, "POSTS", Turnstile(1_000))
    monkeypatch.setattr(sign_in, "TRIES", Turnstile(1_000))
    app = Starlette(routes=ROUTES, middleware=MIDDLEWARE)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", lifespan="off"))
    listening = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, args=([listening],))
    thread.start()
    yield listening.getsockname()[1]
    server.should_exit = True
    thread.join(20)
    listening.close()


def kept(city: City) -> int:
    with city.database.read() as connection:
        return connection.scalar(select(func.count()).select_from(tickets)) or 0


def begun(
    port: int, path: str, length: str, kind: str = "application/x-www-form-urlencoded"
) -> socket.socket:
    """A request whose head is sent."""
    line = socket.create_connection(("127.0.0.1", port), timeout=20)
    line.sendall(
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: {kind}\r\n{length}\r\nAccept-Language: zh\r\n\r\n".encode()
    )
    return line


@pytest.mark.parametrize("length", ["Content-Length: 5000", "Transfer-Encoding: chunked"])
def test_a_body_that_stops_is_answered_in_the_persons_language(
    port: int, own_city: City, monkeypatch: pytest.MonkeyPatch, length: str
) -> None:
    monkeypatch.setattr(arriving, "LONGEST_PAUSE", 0.3)
    before = kept(own_city)
    for path in ADDRESSES:
        with begun(port, path, length) as line:
            line.sendall(b"5\r\nlogin\r\n" if "chunked" in length else b"login=a")
            answer = line.recv(100_000).decode()
            assert answer.startswith("HTTP/1.1 408"), path
            while "太慢" not in answer:
                more = line.recv(100_000).decode()
                assert more, path
                answer += more
    assert kept(own_city) == before


def test_a_body_that_drips_is_not_waited_for(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arriving, "GRACE", 0.5)
    with begun(port, "/public/report", "Content-Length: 60000") as line:
        line.settimeout(0.1)
        began, answer = time.monotonic(), b""
        while not answer and time.monotonic() - began < 15:
            line.sendall(b"a")
            try:
                answer = line.recv(1_000)
            except TimeoutError:
                continue
    assert answer.startswith(b"HTTP/1.1 408")


def test_a_body_without_end_is_cut_off_where_it_is_too_large(port: int, own_city: City) -> None:
    token = token_for(own_city, None)
    with begun(port, "/public/grids", "Transfer-Encoding: chunked") as line:
        line.sendall(b"%x\r\nform_token=%b&q=\r\n" % (14 + len(token), token.encode()))
        sent = 0
        try:
            while sent < 400_000_000:
                line.sendall(b"10000\r\n" + b"x" * 65_536 + b"\r\n")
                sent += 65_536
        except OSError:
            pass
        assert sent < 50_000_000, "the server reads on"


def test_who_leaves_in_the_middle_leaves_nothing_behind(port: int, own_city: City) -> None:
    before = kept(own_city)
    for path in ADDRESSES:
        begun(port, path, "Content-Length: 5000").close()
        with begun(port, path, "Content-Length: 5000", "multipart/form-data; boundary=x") as line:
            line.sendall(b'--x\r\nContent-Disposition: form-data; name="photo"; filename="a"\r\n\r\n\xff\xd8')
    time.sleep(0.2)
    assert kept(own_city) == before
