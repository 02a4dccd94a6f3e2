"""The page in a cold browser: first polygons, click to panel, bytes of a refresh – ours and the plain way, in turn."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
from playwright.sync_api import Browser, Frame, Page, sync_playwright

from benchmarks.table import Row
from city.assets import LEAFLET
from city.settings import HOME
from setup_steps.chromium import found
from tests.browser.conftest import FLAGS, free_port

FIRSTS, CLICKS = 5, 25
PASSWORD = "redgrid-demo"


@contextmanager
def serving(script: Path, url: str, folder: Path, *options: str) -> Iterator[str]:
    """Streamlit on a script, with the store's address."""
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        str(script),
        "--server.port",
        str(port),
        "--server.address",
        "127.0.0.1",
        *options,
    ]
    environment = os.environ | {"REDGRID_DATABASE_URL": url, "PYTHONPATH": str(HOME)}
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    address = f"http://127.0.0.1:{port}"
    for _ in range(200):
        try:
            if httpx2.get(f"{address}/_stcore/health").status_code in (200, 401):
                break
        except httpx2.TransportError:
            time.sleep(0.2)
    yield address
    process.terminate()
    process.wait(20)


@contextmanager
def plain_way(url: str, folder: Path) -> Iterator[str]:
    """The peer with its assets served locally and Streamlit's own settings."""
    (folder / "static").mkdir(parents=True)
    for name in ("leaflet.js", "leaflet.css"):
        shutil.copy(LEAFLET / name, folder / "static")
    shutil.copy(HOME / "benchmarks" / "plain.py", folder / "plain.py")
    with serving(
        folder / "plain.py",
        url,
        folder,
        "--server.enableStaticServing",
        "true",
        "--server.headless",
        "true",
        "--server.fileWatcherType",
        "none",
    ) as address:
        yield address


def map_frame(page: Page, ready: str, seconds: float = 60) -> Frame:
    """The map's frame as soon as ``ready`` is true in it."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for frame in page.frames:
            if "streamlit_folium" in frame.url:
                try:
                    if frame.evaluate(ready):
                        return frame
                except (
                    Exception
                ) as error:  # the frame is being replaced; anything else shows when the time is up
                    last = error
        page.wait_for_timeout(20)
    raise AssertionError(f"no polygons: {last}")


SEEN = "document.querySelectorAll('#redgrid-first path').length > 300"
OURS = "!!(window.redgrid && redgrid.ready && redgrid.countedAt)"
PLAIN = "!!(window.map && Object.values(map._layers).filter(l => l.feature).length > 300)"


def first_polygons(browser: Browser, address: str, ready: str, *, login: bool) -> tuple[float, float]:
    """Seconds from navigation to the first polygons and to the live map, with nothing in the browser's cache but
    the sign-in. Ours come first as a still picture; the plain way has none, its first polygons are the map's."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    if login:
        sign_in(page, address)
    begun = time.perf_counter()
    page.goto(f"{address}/?level=3" if login else address, wait_until="commit")
    if login:
        page.wait_for_function(SEEN, polling=10)
    seen = time.perf_counter() - begun
    map_frame(page, ready)
    live = time.perf_counter() - begun
    context.close()
    return (seen if login else live), live


def sign_in(page: Page, address: str) -> None:
    """A session's cookie, without loading the page."""
    answer = page.request.post(
        f"{address}/login", form={"login": "leader", "password": PASSWORD}, max_redirects=0
    )
    assert answer.status == 303


def clicks(page: Page, frame: Frame, codes: list[str], click: str) -> list[float]:
    """Milliseconds from a click to the panel of its grid, one grid after the other."""
    took = []
    for code in codes:
        begun = time.perf_counter()
        frame.evaluate(click, code)
        page.wait_for_selector(f'[data-grid="{code}"]', state="attached")
        took.append(1000 * (time.perf_counter() - begun))
        page.wait_for_timeout(400)
    return took[3:]


def p95(values: list[float]) -> float:
    return sorted(values)[round(0.95 * (len(values) - 1))]


def received(page: Page) -> list[int]:
    """A list that grows by the size of every WebSocket message the page receives."""
    sizes: list[int] = []
    page.on(
        "websocket",
        lambda socket: socket.on(
            "framereceived", lambda data: sizes.append(len(data) if isinstance(data, bytes | str) else 0)
        ),
    )
    return sizes


def measure(url: str, folder: Path) -> list[Row]:
    """All rows of the page."""
    path = found()
    if path is None:
        raise SystemExit("the bench needs a Chromium")
    with (
        serving(HOME / "dashboard.py", url, HOME) as ours,
        plain_way(url, folder) as plain,
        sync_playwright() as tool,
    ):
        browser = tool.chromium.launch(executable_path=path, args=FLAGS)
        firsts: dict[str, list[tuple[float, float]]] = {"ours": [], "plain": []}
        for n in range(FIRSTS + 1):
            pair = (
                first_polygons(browser, ours, OURS, login=True),
                first_polygons(browser, plain, PLAIN, login=False),
            )
            if n:
                firsts["ours"].append(pair[0])
                firsts["plain"].append(pair[1])
        rows = _first_rows(firsts)
        rows += _click_and_refresh(browser, ours, plain)
        browser.close()
    return rows


def _first_rows(firsts: dict[str, list[tuple[float, float]]]) -> list[Row]:
    (a, live), (b, _) = (
        tuple(map(statistics.median, zip(*firsts[who], strict=True))) for who in ("ours", "plain")
    )
    return [
        Row(
            "first grid polygons after navigation, cold browser, median of 5 (ours: a still picture in the page)",
            f"{b:.2f} s", f"{a:.2f} s", f"{a / b:.2f} ×", "≤ 0.5 ×", a / b <= 0.5,
        ),
        Row("the same until the map is live: Streamlit's own start dominates both", f"{b:.2f} s", f"{live:.2f} s", f"{live / b:.2f} ×", "–", True),
    ]  # fmt: skip


def _click_and_refresh(browser: Browser, ours: str, plain: str) -> list[Row]:
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    sign_in(page, ours)
    page.goto(f"{ours}/?level=3")
    frame = map_frame(page, OURS)
    codes = frame.evaluate("redgrid.codes()")[::13][: CLICKS + 3]
    mine = clicks(page, frame, codes, "code => redgrid.click(code)")
    refresh = _refresh_bytes(page, ours)
    other = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    sizes = received(other)
    other.goto(plain)
    frame = map_frame(other, PLAIN)
    first = sum(sizes)
    click = "code => { const l = Object.values(map._layers).find(l => l.feature && l.feature.properties.code === code); l.fire('click', {latlng: l.getBounds().getCenter(), layer: l}, true); }"
    theirs = clicks(other, frame, codes, click)
    a, b = statistics.median(mine), statistics.median(theirs)
    pa, pb = p95(mine), p95(theirs)
    return [
        Row(
            "bytes to one viewer for one refresh of counts (headers included)",
            f"{first:,} B",
            f"{refresh:,} B",
            f"{refresh / first:.4f} ×",
            "≤ 1,024 B",
            refresh <= 1024,
        ),
        Row(
            f"click → panel with the tickets from the store, median of {len(mine)}",
            f"{b:.0f} ms",
            f"{a:.0f} ms",
            f"{a / b:.2f} ×",
            "≤ 0.15 ×",
            a / b <= 0.15,
        ),
        Row(
            f"the same, p95 of {len(mine)}",
            f"{pb:.0f} ms",
            f"{pa:.0f} ms",
            f"{pa / pb:.2f} ×",
            "≤ 0.25 ×",
            pa / pb <= 0.25,
        ),
    ]


def _refresh_bytes(page: Page, address: str) -> int:
    """Headers and compressed body of an answer with changed counts, as the browser's own cookie gets it."""
    answer = page.request.get(f"{address}/live/loads?level=3", headers={"accept-encoding": "gzip"})
    head = sum(len(h["name"]) + len(h["value"]) + 4 for h in answer.headers_array) + 20
    return head + int(answer.headers["content-length"])
