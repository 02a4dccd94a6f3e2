"""The wall: fills every screen, shows what it must and nothing else, and looks after itself while nobody is there."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from playwright.sync_api import Error as PlaywrightError
from sqlalchemy import text

from storage import walls
from storage.database import Database
from tests.browser.conftest import App, note_strangers, start, started_again
from tests.conftest import sqlite_url
from tests.domain.build import MONDAY

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LONG = "滨海经济开发区大东沟东港湾第一社区"
SCREENS = {
    "full HD": (1920, 1080, 1.0),
    "4K": (3840, 2160, 1.0),
    "32 to 9": (3840, 1080, 1.0),
    "full HD at 125 %": (1536, 864, 1.25),
}

LETTERS = """() => {
  const root = document.getElementById('rg-wall'), rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
  const small = [], out = [], walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const box = node.parentElement, at = box.getBoundingClientRect();
    if (!node.textContent.trim() || !at.width) continue;
    if (parseFloat(getComputedStyle(box).fontSize) < 1.875 * rem - 0.1) small.push(node.textContent);
    const range = document.createRange(); range.selectNodeContents(node);
    const panel = box.closest('.box, .head').getBoundingClientRect();
    for (const line of range.getClientRects())
      if (line.right > panel.right + 1 || line.left < panel.left - 1) out.push(node.textContent);
    if (at.bottom > panel.bottom + 1 || at.top < panel.top - 1) out.push(node.textContent + ' (high)');
  }
  return { small, out, rem };
}"""
"""Every text of the wall: which is too small to be read from afar, which leaves its panel."""

READS_BEFORE = """() => {
  window.minutesBefore = 0;
  const ask = window.fetch;
  window.fetch = async (...asked) => {
    const answer = await ask(...asked), headers = new Headers(answer.headers);
    headers.set("X-Redgrid-Read", Number(headers.get("X-Redgrid-Read")) - minutesBefore * 60000);
    return new Response(answer.status === 304 ? null : answer.body, { status: answer.status, headers });
  };
}"""
"""The server's own answers, as if it had read the store some minutes before."""


WATCHES_LETTERS = """
  window.lettersDrawn = {};
  const write = CanvasRenderingContext2D.prototype.fillText;
  CanvasRenderingContext2D.prototype.fillText = function (words, ...where) {
    lettersDrawn[words] = parseFloat(this.font.match(/([\\d.]+)px/)[1]);
    return write.call(this, words, ...where);
  };
"""
"""Letters on a canvas are no text that a page could be asked for: what is written there, and how large."""


class Screen:
    """One wall screen."""

    def __init__(self, browser: Browser, url: str, token: str, size: tuple[int, int, float], query: str = "", lang: str = "zh-CN") -> None:  # fmt: skip
        width, height, ratio = size
        self.strangers: list[str] = []
        self.errors: list[str] = []
        self.context: BrowserContext = browser.new_context(
            locale=lang, viewport={"width": width, "height": height}, device_scale_factor=ratio
        )
        note_strangers(self.context, url, self.strangers)
        self.context.add_init_script(WATCHES_LETTERS)
        self.page: Page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.goto(f"{url}/wall/{token}?{query}")

    def ready(self) -> Screen:
        """Wait for the map's counts."""
        self.until(
            "() => { const f = document.querySelector('.st-key-wallmap iframe');"
            " return !!(f && f.contentWindow.redgrid && f.contentWindow.redgrid.countedAt) }",
            60,
        )
        self.until("() => !!(window.redgridWall && redgridWall.state.unit)")
        return self

    def map(self, script: str) -> Any:
        return self.page.evaluate(
            f"() => (({script})(document.querySelector('.st-key-wallmap iframe').contentWindow.redgrid))"
        )

    def kpis(self) -> list[str]:
        return self.page.locator("#rg-wall .kpi strong").all_inner_texts()

    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = self.page.evaluate("() => redgridWall.state")
        return found

    def until(self, script: str, seconds: float = 20) -> None:
        """Wait until something holds; Playwright's own way of waiting is stopped by the page's policy."""
        ends = time.monotonic() + seconds
        while not self._holds(script):
            assert time.monotonic() < ends, script
            self.page.wait_for_timeout(100)

    def _holds(self, script: str) -> bool:
        try:
            return bool(self.page.evaluate(script))
        except PlaywrightError as error:
            # While a page loads itself anew there is nobody to ask.
            assert "context was destroyed" in str(error) or "navigation" in str(error), error
            return False


def link(file: Path, area: str = "city") -> str:
    """A new wall link of a running app."""
    database = Database(sqlite_url(file))
    with database.write() as connection:
        token = walls.add_wall(connection, "hall", area, MONDAY)
    database.close()
    return token


@pytest.fixture
def opened(browser: Browser) -> Iterator[list[Screen]]:
    """The screens of a test; none asked anybody outside, none broke."""
    screens: list[Screen] = []
    yield screens
    for screen in screens:
        screen.context.close()
        assert screen.strangers == []
        assert screen.errors == []


@pytest.fixture
def screen(browser: Browser, app: App, opened: list[Screen]) -> Screen:
    """A full-HD wall of the whole city."""
    opened.append(Screen(browser, app.url, link(app.file), SCREENS["full HD"]))
    return opened[-1].ready()


@pytest.fixture
def own_app(demo_file_of_today: Path, tmp_path: Path) -> Iterator[tuple[App, list[subprocess.Popen[bytes]]]]:
    """An app of the test's own, to be stopped and started."""
    file = tmp_path / "city.db"
    shutil.copy(demo_file_of_today, file)
    process, url = start(file)
    running = [process]
    yield App(url, file), running
    for one in running:
        one.kill()
        one.wait(20)


@pytest.mark.parametrize("size", SCREENS.values(), ids=list(SCREENS))
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_it_fills_the_screen_and_can_be_read_from_afar(
    browser: Browser, app: App, opened: list[Screen], size: tuple[int, int, float], theme: str
) -> None:
    opened.append(Screen(browser, app.url, link(app.file), size, f"theme={theme}"))
    page = opened[-1].ready().page
    width, height, _ = size
    assert page.evaluate("() => [document.documentElement.scrollWidth, document.documentElement.scrollHeight]") == [width, height]  # fmt: skip
    box = page.locator("#rg-wall").bounding_box()
    assert box == {"x": 0, "y": 0, "width": width, "height": height}
    found = page.evaluate(LETTERS)
    assert (found["small"], found["out"]) == ([], [])
    assert found["rem"] == pytest.approx(min(width / 120, height / 67.5))
    zones = page.evaluate(
        "() => ['.head','.kpis','.rank','.map','.trend','.slips','.alert'].map(z => {"
        " const r = document.querySelector('#rg-wall ' + z).getBoundingClientRect(); return [r.left, r.top, r.right, r.bottom] })"
    )
    assert all(
        0 <= left < right <= width and 0 <= top < bottom <= height for left, top, right, bottom in zones
    )
    # Letters come with the next frame of the picture, after the counts.
    letters = "document.querySelector('.st-key-wallmap iframe').contentWindow.lettersDrawn"
    opened[-1].until(f"() => Object.keys({letters}).length > 10")
    drawn = page.evaluate(f"() => {letters}")
    assert min(drawn.values()) >= 1.875 * found["rem"] - 0.1, drawn
    legend = page.evaluate(
        "() => { const inside = document.querySelector('.st-key-wallmap iframe').contentWindow;"
        " return [...inside.document.querySelectorAll('.redgrid-legend, .redgrid-legend *')].filter(e => e.textContent.trim())"
        ".map(e => parseFloat(inside.getComputedStyle(e).fontSize)) }"
    )
    assert len(legend) > 5 and min(legend) >= 1.875 * found["rem"] - 0.1
    frame = page.locator(".st-key-wallmap iframe").bounding_box()
    zone = page.locator("#rg-wall .map").bounding_box()
    assert frame and zone and all(frame[side] == pytest.approx(zone[side], abs=1) for side in frame)


def test_the_longest_names_stay_in_their_panels(
    browser: Browser, demo_file_of_today: Path, tmp_path: Path, opened: list[Screen]
) -> None:
    file = tmp_path / "long.db"
    shutil.copy(demo_file_of_today, file)
    database = Database(sqlite_url(file))
    with database.write() as connection:
        connection.execute(text("UPDATE grids SET name = :name || substr(code, -3)"), {"name": LONG})
        connection.execute(text("UPDATE departments SET name = :name"), {"name": LONG + "综合行政执法局"})
    database.close()
    process, url = start(file)
    try:
        for lang in ("zh-CN", "en-GB"):
            opened.append(Screen(browser, url, link(file), SCREENS["full HD"], "theme=light", lang))
            found = opened[-1].ready().page.evaluate(LETTERS)
            assert (found["small"], found["out"]) == ([], [])
            opened[-1].context.close()
    finally:
        process.kill()
        process.wait(20)


def test_the_link_leaves_the_address_at_once(screen: Screen) -> None:
    assert "/wall" not in screen.page.url
    assert "view=wall" in screen.page.url


def test_the_four_slips_and_the_ranking_agree_with_what_is_open(screen: Screen) -> None:
    shown = [int(n.replace(",", "")) for n in screen.page.locator("#rg-wall .slips dd").all_inner_texts()]
    assert sum(shown) == int(screen.kpis()[0].replace(",", ""))
    assert screen.page.locator("#rg-wall .rank li:not([hidden])").count() == 8


def test_a_click_leads_into_a_community_and_escape_out_again(screen: Screen) -> None:
    code = screen.map("m => m.codes()[0]")
    screen.map(f"m => m.click('{code}')")
    screen.until(f"() => redgridWall.state.unit === '{code}'")
    screen.until("() => document.querySelector('.st-key-wallmap iframe').contentWindow.redgrid.level === 2")
    screen.until(f"() => location.search.includes('area={code}')")
    assert screen.page.locator("#rg-wall nav button").count() == 3
    screen.page.keyboard.press("Escape")
    screen.until(f"() => redgridWall.state.unit !== '{code}'")
    screen.page.keyboard.press("2")
    screen.until(
        "() => document.querySelector('.st-key-wallmap iframe').contentWindow.redgrid.codes().length === 105"
    )
    screen.until("() => location.search.includes('level=2')")


def test_the_ranking_can_be_walked_by_keyboard(screen: Screen) -> None:
    screen.page.keyboard.press("ArrowDown")
    screen.page.keyboard.press("ArrowDown")
    wanted = screen.page.evaluate("() => document.activeElement.dataset.code")
    screen.page.keyboard.press("Enter")
    screen.until(f"() => redgridWall.state.unit === '{wanted}'")


def test_the_carousel_visits_the_worst_and_rests_after_any_input(
    browser: Browser, app: App, opened: list[Screen]
) -> None:
    opened.append(Screen(browser, app.url, link(app.file), SCREENS["full HD"], "carousel=4"))
    wall = opened[-1].ready()
    worst = wall.page.evaluate("() => document.querySelector('#rg-wall .rank button').dataset.code")
    wall.until(f"() => redgridWall.state.unit === '{worst}'")
    wall.page.mouse.click(5, 5)
    rests = wall.state()["unit"]
    wall.page.wait_for_timeout(6_000)
    assert wall.state()["unit"] == rests


def test_the_replay_shows_the_last_thirty_days_and_comes_back(screen: Screen) -> None:
    legend = "m => document.querySelector('.st-key-wallmap iframe').contentDocument.querySelector('.redgrid-legend').textContent"
    before, scale = screen.map("m => m.codes().map(m.load)"), screen.map(legend)
    screen.page.keyboard.press("r")
    screen.until("() => redgridWall.state.replaying && !document.getElementById('rg-replay').hidden")
    at_that_time = "(m => JSON.stringify(m.codes().map(m.load)))(document.querySelector('.st-key-wallmap iframe').contentWindow.redgrid)"
    screen.until(f"() => {at_that_time} !== '{str(before).replace(' ', '')}'")
    assert screen.map(legend) == scale
    assert "/ 3" in screen.page.locator("#rg-replay span").inner_text()
    screen.page.keyboard.press("r")
    screen.until("() => !redgridWall.state.replaying && document.getElementById('rg-replay').hidden")
    screen.until(f"() => JSON.stringify((m => m.codes().map(m.load))(document.querySelector('.st-key-wallmap iframe').contentWindow.redgrid)) === '{str(before).replace(' ', '')}'")  # fmt: skip


def test_five_hundred_refreshes_leave_the_page_as_large_as_it_was(screen: Screen) -> None:
    size = "() => [document, document.querySelector('.st-key-wallmap iframe').contentDocument].map(d => d.querySelectorAll('*').length)"
    refresh = "async (n) => { for (let i = 0; i < n; i++) { await redgridWall.refresh(); await document.querySelector('.st-key-wallmap iframe').contentWindow.redgrid.refresh(); } }"
    tool = screen.context.new_cdp_session(screen.page)

    def heap() -> float:
        tool.send("HeapProfiler.collectGarbage")
        used: float = tool.send("Runtime.getHeapUsage")["usedSize"]
        return used

    screen.page.evaluate(refresh, 50)
    elements, used = screen.page.evaluate(size), heap()
    screen.page.evaluate(refresh, 500)
    assert screen.page.evaluate(size) == elements
    assert heap() < used * 1.1 + 1_000_000


def test_a_moved_ticket_shows_without_anything_else_being_drawn_anew(screen: Screen, app: App) -> None:
    screen.page.evaluate(
        "() => { window.changes = []; new MutationObserver(found => found.forEach(f => changes.push(f.target.parentElement?.className || f.target.className)))"
        ".observe(document.getElementById('rg-wall'), {subtree: true, childList: true, characterData: true}) }"
    )
    before = screen.kpis()[0]
    database = Database(sqlite_url(app.file))
    with database.write() as connection:
        connection.execute(text("UPDATE tickets SET open = 0, state = 'cancelled' WHERE id = (SELECT id FROM tickets WHERE open = 1 AND due_at IS NULL LIMIT 1)"))  # fmt: skip
        connection.execute(text("UPDATE tickets SET open = 0, state = 'cancelled' WHERE id = (SELECT max(id) FROM tickets WHERE open = 1)"))  # fmt: skip
    database.close()
    screen.until(f"() => document.querySelector('#rg-wall .kpi strong').textContent !== '{before}'")
    changed = set(screen.page.evaluate("() => changes"))
    assert not any("rank" in name and "box" in name for name in changed), changed


def test_a_dead_server_is_said_within_fifteen_seconds_and_a_living_one_heals_the_page(
    browser: Browser, own_app: tuple[App, list[subprocess.Popen[bytes]]], opened: list[Screen]
) -> None:
    app, running = own_app
    opened.append(Screen(browser, app.url, link(app.file), SCREENS["full HD"]))
    wall = opened[-1].ready()
    wall.page.evaluate("() => { window.untouched = true }")
    shown = wall.kpis()
    running[0].kill()
    running[0].wait(20)
    died = time.monotonic()
    wall.until("() => redgridWall.state.lost", 15)
    assert time.monotonic() - died <= 15
    assert wall.kpis() == shown
    assert wall.page.locator("#rg-wall .lost").inner_text().startswith("✕ 连接已断开")
    wall.page.wait_for_timeout(8_000)
    dialogs = wall.page.locator("div[role=dialog], [data-testid=stConnectionStatus]")
    assert not any(dialogs.nth(n).is_visible() for n in range(dialogs.count()))
    running.append(started_again(app))
    wall.until("() => !redgridWall.state.lost", 30)
    assert wall.page.evaluate("() => window.untouched")
    wall.until(
        "() => document.querySelector('.st-key-wallmap iframe').contentWindow.redgrid.codes().length === 18",
        40,
    )
    assert len(wall.kpis()) == 5


def test_the_age_of_the_data_turns_amber_and_red_while_the_server_answers(screen: Screen) -> None:
    screen.page.evaluate(READS_BEFORE)
    for minutes, mark, look in ((0, "●", "age"), (4, "▲", "age warn"), (11, "✕", "age bad"), (0, "●", "age")):
        screen.page.evaluate("minutes => { minutesBefore = minutes; }", minutes)
        screen.until(f"() => document.querySelector('#rg-wall .age').className === '{look}'", 10)
        told = screen.page.locator("#rg-wall .age").inner_text()
        assert told.startswith(f"{mark} 数据") and (f"{minutes} 分钟前" in told) is bool(minutes)
        assert not screen.state()["lost"]


def test_a_revoked_link_goes_dark(browser: Browser, app: App, opened: list[Screen]) -> None:
    opened.append(Screen(browser, app.url, link(app.file), SCREENS["full HD"]))
    wall = opened[-1].ready()
    database = Database(sqlite_url(app.file))
    with database.write() as connection:
        last = walls.all_walls(connection)[-1]
        assert walls.revoke_wall(connection, last.id, MONDAY)
    database.close()
    wall.until("() => redgridWall.state.lost", 15)
    assert wall.page.locator("#rg-wall .lost").inner_text().startswith("✕ 此大屏链接已失效")
    assert not wall.page.locator("#rg-wall .kpis").is_visible()
    assert not wall.page.locator(".st-key-wallmap").is_visible()


def test_a_street_sees_itself_alone(browser: Browser, app: App, opened: list[Screen]) -> None:
    database = Database(sqlite_url(app.file))
    with database.read() as connection:
        streets = connection.execute(text("SELECT code, name FROM streets ORDER BY code")).all()
    database.close()
    (own, name), (other, _) = streets[0], streets[1]
    opened.append(Screen(browser, app.url, link(app.file, own), SCREENS["full HD"], f"area={other}"))
    wall = opened[-1].ready()
    assert wall.state()["unit"] == own
    assert wall.page.locator("#rg-wall nav").inner_text() == name
    loads = wall.map("m => m.codes().map(c => [c, m.load(c)])")
    assert {load is None for code, load in loads if not code.startswith(own)} == {True}
    assert all(load is not None for code, load in loads if code.startswith(own))


def test_a_page_that_ran_through_the_night_loads_itself_anew(screen: Screen) -> None:
    # Somewhere on earth it is past three in the morning; and this page has been here for a while.
    screen.page.evaluate("() => { window.old = true }")
    screen.page.clock.set_fixed_time(datetime.now(UTC) + timedelta(hours=3))
    hour = time.gmtime().tm_hour
    offset = (3 - hour) % 24
    zone = f"Etc/GMT{'-' if offset <= 12 else '+'}{offset if offset <= 12 else 24 - offset}"
    screen.page.evaluate(
        "zone => Object.assign(document.getElementById('rg-wall').dataset, {zone, reload: 0})", zone
    )
    screen.until("() => !window.old && window.redgridWall", 40)
    assert "view=wall" in screen.page.url


def test_the_command_makes_a_link_that_works(browser: Browser, app: App, opened: list[Screen]) -> None:
    environment = {
        "REDGRID_DATABASE_URL": sqlite_url(app.file),
        "PATH": "/usr/bin:/bin",
        "REDGRID_LANG": "en",
    }
    made = subprocess.run(
        [sys.executable, "-m", "cli", "wall", "add", "hall"], capture_output=True, text=True, env=environment, check=True
    )  # fmt: skip
    token = made.stdout.strip().rsplit("/wall/", 1)[1].split()[0]
    opened.append(Screen(browser, app.url, token, SCREENS["full HD"]))
    assert opened[-1].ready().state()["unit"] == "city"
