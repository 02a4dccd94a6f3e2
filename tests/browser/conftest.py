"""A real app in a real process, and a real browser that may ask nobody else."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Frame,
    Page,
    Request,
    WebSocket,
    expect,
    sync_playwright,
)

from city.settings import HOME
from setup_steps.chromium import found
from tests.conftest import sqlite_url

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
    # Pages of one person share a process, and with it what was compiled of Streamlit's scripts.
    "--process-per-site",
    # No name but this machine's is known: whatever a page asks outside fails. A route could forbid it, too, but Playwright
    # turns the browser's cache off as soon as there is one, and Streamlit's scripts are many.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]  # fmt: skip

# Two files run at a time, on machines with little to spare: what comes late has still come.
expect.set_options(timeout=25_000)


@dataclass(frozen=True)
class App:
    """A running app and the file of its database."""

    url: str
    file: Path


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def start(file: Path, port: int = 0, **settings: str) -> tuple[subprocess.Popen[bytes], str]:
    """`redgrid run` on a database, healthy."""
    port = port or free_port()
    environment = (
        os.environ | {"REDGRID_DATABASE_URL": sqlite_url(file), "REDGRID_REFRESH_SECONDS": "1"} | settings
    )
    command = [sys.executable, "-m", "cli", "run", "--host", "127.0.0.1", "--port", str(port)]
    process = subprocess.Popen(
        command, cwd=HOME, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{port}"
    until = time.monotonic() + 120
    while time.monotonic() < until:
        try:
            if httpx2.get(f"{url}/healthz").status_code == 200:
                return process, url
        except httpx2.TransportError:
            time.sleep(0.2)
    process.kill()
    raise AssertionError("the app did not become healthy")


def started_again(app: App) -> subprocess.Popen[bytes]:
    """The same app at the same address, after it ended."""
    return start(app.file, int(app.url.rsplit(":", 1)[1]))[0]


@pytest.fixture(scope="module")
def app(demo_file_of_today: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The demo city, running. Its clock is the real one: a city that ended days ago would go on at once."""
    file = tmp_path_factory.mktemp("app") / "city.db"
    shutil.copy(demo_file_of_today, file)
    process, url = start(file)
    yield App(url, file)
    process.terminate()
    process.wait(20)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A Chromium."""
    path = found()
    if path is None:
        pytest.skip("there is no Chromium on this machine")
    with sync_playwright() as tool:
        running = tool.chromium.launch(executable_path=path, args=FLAGS)
        yield running
        running.close()


@pytest.fixture(autouse=True)
def nobody_stays(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whoever came during a test goes at its end: a page that stays open goes on asking, and keeps two processes busy."""
    if "browser" not in request.fixturenames:
        yield
        return
    browser: Browser = request.getfixturevalue("browser")
    there = set(browser.contexts)
    yield
    for context in browser.contexts:
        if context not in there:
            context.close()


def note_strangers(context: BrowserContext, url: str, strangers: list[str]) -> None:
    """Write down whom else the pages of a context ask than the app at this address; nobody of them is found (FLAGS)."""
    ours = (f"{url}/", f"{url.replace('http', 'ws', 1)}/", "data:", "blob:")

    def note(asked: Request | WebSocket) -> None:
        if not asked.url.startswith(ours):
            strangers.append(asked.url)

    context.on("request", note)
    context.on("page", lambda page: page.on("websocket", note))


class Visitor:
    """A person before a page of their own."""

    def __init__(self, browser: Browser, url: str, lang: str = "zh-CN") -> None:
        self.url = url
        self.strangers: list[str] = []
        self.errors: list[str] = []
        self._context = browser.new_context(locale=lang, viewport={"width": 1440, "height": 900})
        note_strangers(self._context, url, self.strangers)
        self.page: Page = self._context.new_page()
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def sign_in(self, login: str, to: str = "/") -> Visitor:
        self.page.goto(f"{self.url}/login?next={to}")
        self.page.fill("#login", login)
        self.page.fill("#password", "redgrid-demo")
        self.page.click("main button")
        return self

    def map(self) -> Frame:
        """The map's frame, its counts there."""
        until = time.monotonic() + 30
        while time.monotonic() < until:
            for frame in self.page.frames:
                if "streamlit_folium" in frame.url and frame.evaluate(
                    "!!(window.redgrid && redgrid.ready && redgrid.countedAt)"
                ):
                    return frame
            self.page.wait_for_timeout(100)
        raise AssertionError("no map came up")

    def click(self, code: str) -> None:
        """Click a grid and wait for its panel."""
        self.map().evaluate("code => redgrid.click(code)", code)
        self.page.wait_for_selector(f'.st-key-panel [data-grid="{code}"]')

    def leave(self) -> None:
        self._context.close()


DRAWN = '[data-testid=stApp][data-test-script-state="notRunning"]'
UNFOLDED = "() => ![...document.querySelectorAll('details')].some(each => each.getAnimations().length)"


def unfold(page: Page, words: str) -> None:
    """Open a section, once all of the page is there, and wait until it is wholly open: what is in it moves until then, and
    a button that moves between down and up was not pressed."""
    page.wait_for_selector(DRAWN)
    page.locator("summary", has_text=words).click()
    page.locator("details[open]", has=page.locator("summary", has_text=words)).wait_for()
    page.wait_for_function(UNFOLDED)


@pytest.fixture
def visit(browser: Browser, app: App, request: pytest.FixtureRequest) -> Iterator[Visitor]:
    """Somebody comes; at the end nothing outside was asked and nothing broke."""
    visitor = Visitor(browser, app.url, getattr(request, "param", "zh-CN"))
    yield visitor
    visitor.leave()
    assert visitor.strangers == []
    assert visitor.errors == []
