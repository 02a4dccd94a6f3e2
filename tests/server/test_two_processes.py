"""Two processes on one store, and an nginx before them: what one keeps the other has, and either can go at any time."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import ssl
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import Connection, func, select, update
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect

from city.opened import City
from city.settings import HOME, Settings
from storage.database import Database
from storage.migrate import migrate
from storage.schema import metadata, tickets
from tests import nginx
from tests.alone import in_a_thread
from tests.browser.conftest import free_port
from tests.conftest import sqlite_url
from tests.copied_city import copied

LATE = 40
"""Tickets that the clock finds late."""

BUSY = timedelta(days=2)


@dataclass
class Process:
    """One process of the app."""

    port: int
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)


@dataclass
class Pair:
    """Two processes, and the city that they share as somebody else sees it."""

    one: Process
    two: Process
    city: City

    def other(self, port: str) -> Process:
        """The one that has not this port."""
        return self.two if port.endswith(str(self.one.port)) else self.one

    def at(self, port: str) -> Process:
        """The one that has this port."""
        return self.one if port.endswith(str(self.one.port)) else self.two


def _make_some_late(connection: Connection) -> None:
    """The clock finds work in some, and none in the others."""
    now = datetime.now(UTC)
    later = {
        "wake_at": now + BUSY,
        "warn_at": now + BUSY,
        "due_at": now + BUSY,
        "thrice_at": None,
        "review_at": None,
    }
    connection.execute(update(tickets).where(tickets.c.open).values(later))
    late = connection.scalars(select(tickets.c.id).where(tickets.c.state == "in_progress").limit(LATE)).all()
    connection.execute(
        update(tickets).where(tickets.c.id.in_(late)).values(
            card=0, wake_at=now, warn_at=now - timedelta(hours=2), due_at=now - timedelta(hours=1)
        )
    )  # fmt: skip


def begun(url: str) -> Process:
    """`redgrid run`, not waited for."""
    port = free_port()
    settings = {"REDGRID_DATABASE_URL": url, "REDGRID_SWEEP_SECONDS": "1", "REDGRID_ANCHOR_FILE": ""}
    process = subprocess.Popen(
        [sys.executable, "-m", "cli", "run", "--host", "127.0.0.1", "--port", str(port)],
        cwd=HOME, env=os.environ | settings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    return Process(port, process)


def healthy(process: Process) -> Process:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with suppress(httpx2.TransportError):
            if httpx2.get(f"{process.url}/healthz").status_code == 200:
                return process
        time.sleep(0.2)
    raise AssertionError("a process did not become healthy")


def file_of_both(demo: Path, folder: Path) -> str:
    """The demo city in a file of one's own."""
    url = sqlite_url(shutil.copy(demo, folder / "both.db"))
    database = Database(url)
    with database.write() as connection:
        _make_some_late(connection)
    database.close()
    return url


def server_of_both(demo: Path, postgres_url: str) -> str:
    """The demo city on a server."""
    source, target = Database(sqlite_url(demo)), Database(postgres_url)
    with target.write() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE")
        connection.exec_driver_sql("CREATE SCHEMA public")
    migrate(target)
    copied(source, target)
    with target.write() as connection:
        _make_some_late(connection)
    source.close()
    target.close()
    return postgres_url


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def pair(
    request: pytest.FixtureRequest, demo_file_of_today: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Pair]:
    """Two processes on one file, then on one PostgreSQL."""
    if request.param == "sqlite":
        url = file_of_both(demo_file_of_today, tmp_path_factory.mktemp("both"))
    else:
        url = server_of_both(demo_file_of_today, request.getfixturevalue("postgres_url"))
    processes = [begun(url) for _ in range(2)]
    city = City(Settings(database_url=url))
    try:
        yield Pair(*[healthy(process) for process in processes], city)
    finally:
        for each in processes:
            each.process.kill()
            each.process.wait(10)
        city.database.close()


def signed_in(url: str, login: str, verify: ssl.SSLContext | bool = True) -> httpx2.Client:
    client = httpx2.Client(base_url=url, verify=verify, timeout=20)
    answer = client.post("/login", data={"login": login, "password": "redgrid-demo"})
    assert answer.status_code == 303, answer.text
    return client


def form_of(client: httpx2.Client) -> dict[str, str]:
    """The form of a report as a phone shows it: its tokens, and a place in the area of who reports."""
    answer = client.get("/m/raise")
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', answer.text))
    return fields | {"category": "0101", "words": "路灯不亮", "do": "send"}


def place_of(city: City, login: str) -> str:
    area = next(a for a in _accounts(city) if a[0] == login)[1]
    point = city.ground.outlines[area].representative_point()
    return f"{point.x:.6f},{point.y:.6f}"


def _accounts(city: City) -> list[tuple[str, str]]:
    with city.database.read() as connection:
        found = select(metadata.tables["accounts"].c.login, metadata.tables["accounts"].c.area)
        return [(row.login, row.area) for row in connection.execute(found)]


def count(city: City, once: str) -> int:
    with city.database.read() as connection:
        asked = select(func.count()).select_from(tickets).where(tickets.c.once.like(f"%{once}%"))
        return connection.scalar(asked) or 0


@pytest.mark.slow
def test_the_sweep_is_done_once(pair: Pair) -> None:
    given, did = metadata.tables["cards"], metadata.tables["sweeps"]
    until = time.monotonic() + 20
    while time.monotonic() < until:
        with pair.city.database.read() as connection:
            told: Counter[str] = Counter()
            for (each,) in connection.execute(select(did.c.did)):
                told.update(each)
            cards = connection.execute(select(given.c.rule, func.count()).group_by(given.c.rule)).all()
        if told["red"] >= LATE:
            break
        time.sleep(0.3)
    assert told["red"] == told["yellow"] == LATE
    assert {rule: n for rule, n in cards if rule in ("red", "yellow")} == {"red": LATE, "yellow": LATE}


def test_a_ticket_raised_at_one_shows_at_the_other_within_seconds(pair: Pair) -> None:
    here, there = signed_in(pair.one.url, "member"), signed_in(pair.two.url, "leader")
    before = there.get("/live/loads?level=3").text
    sent = here.post("/m/raise", data=form_of(here) | {"at": place_of(pair.city, "member")})
    assert sent.status_code == 303, sent.text
    began = time.monotonic()
    while there.get("/live/loads?level=3").text == before:
        assert time.monotonic() - began < 15
        time.sleep(0.1)


def test_sign_in_and_forms_of_one_are_good_at_the_other(pair: Pair) -> None:
    here = signed_in(pair.one.url, "member")
    form = form_of(here) | {"at": place_of(pair.city, "member")}
    there = httpx2.Client(base_url=pair.two.url, cookies=here.cookies, timeout=20)
    assert there.get("/m").status_code == 200
    answers = [client.post("/m/raise", data=form).status_code for client in (there, here, there)]
    assert answers == [303, 303, 303]
    assert count(pair.city, form["once"]) == 1, "sent thrice, raised once"
    assert here.post("/logout").status_code == 303
    time.sleep(2.1)
    assert there.get("/m").status_code == 401, "signed out at one, signed out at the other"


@pytest.fixture(scope="module")
def proxy(pair: Pair, tmp_path_factory: pytest.TempPathFactory) -> Iterator[nginx.Proxy]:
    """The project's nginx before the two."""
    nginx.program()
    ports = [pair.one.port, pair.two.port]
    folder = tmp_path_factory.mktemp("nginx")
    with nginx.running(folder, ports, http=free_port(), https=free_port()) as running:
        yield running


async def first_run(proxy: nginx.Proxy, client: httpx2.Client) -> bool:
    """Open a page through the proxy: does its first run end well?"""
    cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
    page = connect(
        f"wss://localhost:{proxy.port}/_stcore/stream", ssl=proxy.trust, origin=proxy.url,  # type: ignore[arg-type]
        additional_headers={"Cookie": cookie}, subprotocols=["streamlit"], max_size=None, proxy=None,  # type: ignore[list-item]
    )  # fmt: skip
    async with asyncio.timeout(30), page as socket:
        await socket.send(BackMsg(rerun_script={"query_string": ""}).SerializeToString())
        async for body in socket:
            message = ForwardMsg()
            message.ParseFromString(body)  # type: ignore[arg-type]
            if message.WhichOneof("type") == "script_finished":
                return message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY
    return False


def test_nginx_lets_people_in_over_tls_and_keeps_them_with_one_process(
    pair: Pair, proxy: nginx.Proxy
) -> None:
    client = signed_in(proxy.url, "community", proxy.trust)
    served = {client.get("/m").headers["x-served-by"] for _ in range(8)}
    assert len(served) == 1
    answer = client.get("/account")
    assert answer.headers["strict-transport-security"]
    assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["x-request-id"]), "nginx gives the number"
    assert in_a_thread(first_run(proxy, client))
    with httpx2.Client(verify=proxy.trust) as anybody:
        came = anybody.post(f"{proxy.url}/login", data={"login": "member", "password": "redgrid-demo"})
        assert "Secure" in came.headers["set-cookie"]
        assert anybody.get(f"{proxy.url}/metrics").status_code == 404
        assert anybody.get(f"{proxy.url}/wall/a-token-of-a-link").status_code == 404
    lines = (proxy.folder / "redgrid.log").read_text() + (proxy.folder / "redgrid-error.log").read_text()
    assert lines and "a-token-of-a-link" not in lines and "127.0.0.1:" in lines


def test_nothing_is_lost_when_one_is_killed_and_its_people_land_on_the_other(
    pair: Pair, proxy: nginx.Proxy
) -> None:
    """Last in this file: one of the two is gone afterwards."""
    client = signed_in(proxy.url, "member", proxy.trust)
    place = place_of(pair.city, "member")
    sent = form_of(client) | {"at": place}
    assert client.post("/m/raise", data=sent).status_code == 303
    half_filled = form_of(client) | {"at": place}
    port = client.get("/m").headers["x-served-by"]
    pair.at(port).kill()
    began = time.monotonic()
    again = client.post("/m/raise", data=half_filled)
    assert again.status_code == 303 and time.monotonic() - began < 5
    assert str(pair.other(port).port) in again.headers["x-served-by"]
    assert (count(pair.city, sent["once"]), count(pair.city, half_filled["once"])) == (1, 1)
    assert client.get("/m").status_code == 200, "the sign-in holds"
    assert in_a_thread(first_run(proxy, client)), "and an open page is opened again there"
