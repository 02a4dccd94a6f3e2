"""A province on the map: bytes and seconds of the first view, bytes of a refresh, a click – beside the plain way and the demo city.

``python -m benchmarks.many_grids [--copies N]`` measures 9,932 smallest grids beside the plain way (some three minutes);
``make soak SOAK=many_grids`` measures 150,126 as well, where the plain way is not asked, and writes both into RESULTS.md.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Browser, Frame, Page, Response, sync_playwright

from benchmarks.browsing import OURS, PLAIN, clicks, map_frame, plain_way, received, serving, sign_in
from benchmarks.table import Row, leave, machine, table, write_section
from city import tiles
from city.opened import City
from city.settings import HOME, Settings
from demo.province import make_province
from demo.seed import seed
from domain.grids import Level
from setup_steps.chromium import found
from storage.migrate import migrate
from tests.browser.conftest import FLAGS

TEN_THOUSAND, WHOLE = 26, 393
"""Copies of the demo city: 9,932 and 150,126 smallest grids."""

TICKETS = 310
"""Open tickets of each county: as many as the demo city has."""

FIRSTS, CLICKS = 3, 12
MOST_GEOMETRY, MOST_REFRESH = 400 * 1024, 6 * 1024
PATIENCE = 180.0
"""Seconds for which a map is waited for."""

PICTURE = "document.querySelectorAll('#redgrid-first path').length > 100"


@dataclass(frozen=True, slots=True)
class FirstView:
    """What a cold browser took to show the city: seconds to the first polygons and to the live map, bytes of geometry."""

    seen: float
    live: float
    geometry: int


def make(folder: Path, copies: int) -> str:
    """A province as the app would find it; gives back its address."""
    url = f"sqlite:///{folder / f'province{copies}.db'}"
    city = City(Settings(database_url=url))
    migrate(city.database)
    make_province(city, copies, tickets=TICKETS * copies)
    tiles.ensure(city)
    city.database.close()
    return url


def demo(folder: Path) -> str:
    """The demo city beside it."""
    url = f"sqlite:///{folder / 'demo.db'}"
    city = City(Settings(database_url=url))
    migrate(city.database)
    seed(city, datetime.now(UTC))
    city.database.close()
    return url


def first_view(browser: Browser, address: str) -> FirstView:
    """The smallest grids asked for in a cold browser, with nothing but the sign-in."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    sizes: list[int] = []

    def note(answer: Response) -> None:
        if "/tiles/" in answer.url or "/geo/" in answer.url:
            sizes.append(int(answer.headers.get("content-length") or 0))

    page.on("response", note)
    sign_in(page, address)
    begun = time.perf_counter()
    page.goto(f"{address}/?level=3", wait_until="commit")
    seen = None
    while time.perf_counter() - begun < PATIENCE:
        if seen is None and page.evaluate(PICTURE):
            seen = time.perf_counter() - begun
        if any("streamlit_folium" in frame.url and _is(frame, OURS) for frame in page.frames):
            break
        page.wait_for_timeout(20)
    live = time.perf_counter() - begun
    page.wait_for_timeout(1500)
    context.close()
    return FirstView(seen if seen is not None else live, live, sum(sizes))


def _is(frame: Frame, condition: str) -> bool:
    """Is it so in a frame? One that is being replaced has nothing to say."""
    try:
        return bool(frame.evaluate(condition))
    except Exception:
        return False


def plain_first(browser: Browser, address: str) -> tuple[float, int]:
    """Seconds to the plain map's first polygons, and bytes over its WebSocket."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    sizes = received(page)
    begun = time.perf_counter()
    page.goto(address, wait_until="commit")
    map_frame(page, PLAIN, PATIENCE)
    took = time.perf_counter() - begun
    page.context.close()
    return took, sum(sizes)


def refresh(page: Page, frame: Frame, address: str) -> tuple[int, int]:
    """Bytes, headers included, of all counts in view, and of those that changed when one bundle did."""
    question = f"{address}{frame.evaluate('redgrid.question')}"
    answer = page.request.get(question, headers={"accept-encoding": "gzip"})
    stamps = [stamp.split(":")[-1] for stamp in answer.text().split("\n")[1].split(",")]
    stamps[0] = ""
    changed = page.request.get(f"{question}&known={','.join(stamps)}", headers={"accept-encoding": "gzip"})
    return _bytes(answer), _bytes(changed)


def _bytes(answer: object) -> int:
    head = sum(len(h["name"]) + len(h["value"]) + 4 for h in answer.headers_array) + 20  # type: ignore[attr-defined]
    return head + int(answer.headers["content-length"])  # type: ignore[attr-defined]


def click_times(browser: Browser, address: str) -> tuple[list[float], tuple[int, int]]:
    """Milliseconds from a click to the panel, with the smallest grids around one of them in view; and a refresh."""
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    sign_in(page, address)
    page.goto(f"{address}/?level=3")
    frame = map_frame(page, OURS, PATIENCE)
    page.wait_for_timeout(1500)
    sizes = refresh(page, frame, address) if "tiles" in frame.evaluate("redgrid.asking") else (0, 0)
    if frame.evaluate("redgrid.drawn") != int(Level.BUILDING):
        page.goto(f"{address}/?level=3&grid=21000100100100101")
        frame = map_frame(page, OURS + " && redgrid.drawn === 3", PATIENCE)
        page.wait_for_timeout(1500)
    codes = frame.evaluate("redgrid.shown().filter(grid => grid.load).map(grid => grid.code)")
    some = codes[:: max(1, len(codes) // (CLICKS + 3))][: CLICKS + 3]
    took = clicks(page, frame, some, "code => redgrid.click(code)")
    page.context.close()
    return took, sizes


def measure(copies: int = TEN_THOUSAND, *, beside: bool = True) -> list[Row]:
    """The rows of one province; ``beside`` the plain way, which is not asked for more than ten thousand grids."""
    path = found()
    if path is None:
        raise SystemExit("the bench needs a Chromium")
    with tempfile.TemporaryDirectory() as scratch, sync_playwright() as tool:
        folder = Path(scratch)
        url, small = make(folder, copies), demo(folder)
        browser = tool.chromium.launch(executable_path=path, args=FLAGS)
        with serving(HOME / "dashboard.py", url, HOME) as ours:
            views = [first_view(browser, ours) for _ in range(FIRSTS + 1)][1:]
            plain = None
            if beside:
                with plain_way(url, folder / "plain") as theirs:
                    plain = [plain_first(browser, theirs) for _ in range(FIRSTS)]
            with serving(HOME / "dashboard.py", small, HOME) as little:
                there, _ = click_times(browser, little)
                here, sizes = click_times(browser, ours)
        browser.close()
    grids = f"{382 * copies:,} grids"
    return [*_first_rows(grids, views, plain), *_refresh_rows(grids, sizes), _click_row(grids, there, here)]


def _first_rows(grids: str, views: list[FirstView], plain: list[tuple[float, int]] | None) -> list[Row]:
    seen, live = (statistics.median(getattr(view, name) for view in views) for name in ("seen", "live"))
    geometry = max(view.geometry for view in views)
    theirs, sent = (statistics.median(column) for column in zip(*plain, strict=True)) if plain else (None, 0)
    goal = "≤ 0.2 ×" if theirs else "≤ 5 s"
    return [
        Row(
            f"{grids}: bytes of geometry for the first view", f"{sent:,.0f} B" if plain else "–", f"{geometry:,} B",
            f"{geometry / sent:.3f} ×" if plain else "–", "≤ 400 KB", geometry <= MOST_GEOMETRY,
        ),
        Row(
            f"{grids}: first polygons in a cold browser, median of {FIRSTS}", f"{theirs:.2f} s" if theirs else "–",
            f"{seen:.2f} s", f"{seen / theirs:.2f} ×" if theirs else "–", goal,
            seen <= 0.2 * theirs if theirs else seen <= 5,
        ),
        Row(
            f"{grids}: the live map with its counts, median of {FIRSTS}", f"{theirs:.2f} s" if theirs else "–",
            f"{live:.2f} s", f"{live / theirs:.2f} ×" if theirs else "–", goal,
            live <= 0.2 * theirs if theirs else live <= 5,
        ),
    ]  # fmt: skip


def _refresh_rows(grids: str, sizes: tuple[int, int]) -> list[Row]:
    everything, changed = sizes
    return [
        Row(
            f"{grids}: the first answer with all counts in view – also the most that a refresh can be", "–",
            f"{everything:,} B", "–", "≤ 6 KB", everything <= MOST_REFRESH,
        ),
        Row(
            f"{grids}: a refresh after the counts of one bundle changed, headers included", "–",
            f"{changed:,} B", "–", "≤ 6 KB", changed <= MOST_REFRESH,
        ),
    ]  # fmt: skip


def _click_row(grids: str, there: list[float], here: list[float]) -> Row:
    a, b = statistics.median(here), statistics.median(there)
    return Row(
        f"{grids}: click → panel, median of {len(here)}; the peer is the demo city in the same run",
        f"{b:.0f} ms", f"{a:.0f} ms", f"{a / b:.2f} ×", "≤ 1.5 ×", a / b <= 1.5,
    )  # fmt: skip


def main() -> None:
    """Measure both provinces, write them into RESULTS.md, and say what missed its goal."""
    rows = [*measure(TEN_THOUSAND), *measure(WHOLE, beside=False)]
    about = (
        f"The demo city {TEN_THOUSAND} and {WHOLE} times, each county with {TICKETS} open tickets, in a browser on the same "
        f"machine. The peer is the plain way (`folium.GeoJson` in `st_folium`), unless a row says otherwise. {machine()}.\n\n"
    )
    write_section("A province on the map", about + table(rows))
    leave(rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--copies", type=int, default=TEN_THOUSAND)
    copies = parser.parse_args().copies
    print(table(measure(copies, beside=copies <= TEN_THOUSAND)))
