"""A province on the map: what is in view comes, a level above stands in from afar, clicks and searches work as on a small one."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Frame, Page, expect

from city.opened import City
from city.settings import Settings
from demo.province import make_province
from domain.grids import Level
from storage.migrate import migrate
from tests.browser.conftest import App, Visitor, start
from tests.conftest import sqlite_url

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MANY = 100
"""Three counties have 54, 315 and 1,146 grids: those of levels 2 and 3 come in bundles, and 600 are drawn at once."""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    file = tmp_path_factory.mktemp("province") / "city.db"
    city = City(Settings(database_url=sqlite_url(file)))
    migrate(city.database)
    make_province(city, 3, tickets=900)
    city.database.close()
    process, url = start(file, REDGRID_TILED_FROM=str(MANY))
    yield App(url, file)
    process.terminate()
    process.wait(20)


HOVER = (
    "code => { const grid = redgrid.shown().find(grid => grid.code === code);"
    " grid.shape.fire('mouseover', { latlng: L.latLng(grid.label) }); }"
)


def until(frame: Frame, condition: str, seconds: float = 25) -> None:
    end = time.monotonic() + seconds
    while not frame.evaluate(condition):
        assert time.monotonic() < end, condition
        frame.page.wait_for_timeout(50)


def wheel_in(page: Page, frame: Frame, times: int) -> None:
    """Zoom in on the middle of the first county."""
    box = page.locator(".st-key-map iframe").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    for _ in range(times):
        page.mouse.wheel(0, -120)
        page.wait_for_timeout(250)


def test_a_province_is_looked_at_from_afar_from_close_by_and_found_by_name(
    browser: Browser, app: App
) -> None:
    visit = Visitor(browser, app.url)
    asked: list[str] = []
    visit.page.on("request", lambda request: asked.append(request.url))
    visit.sign_in("leader", "/?level=3")
    page, frame = visit.page, visit.map()

    # From afar the compounds stand in, and say so.
    until(frame, "redgrid.drawn === 2 && redgrid.codes().length === 315")
    closer = frame.locator(".redgrid-closer")
    assert closer.inner_text() == "放大地图可查看楼栋网格"
    assert frame.evaluate("redgrid.level") == 3
    assert not [url for url in asked if re.search(r"/geo/.*level=3", url)]

    # Of a crowd the colours come alone; the numbers of one come when the mouse rests on it.
    until(frame, "redgrid.shown().every(grid => grid.load)")
    assert any("classes=alone" in url for url in asked) and frame.evaluate("redgrid.shown()[9].load.alone")
    frame.evaluate(HOVER, frame.evaluate("redgrid.codes()[9]"))
    expect(frame.locator(".redgrid-tip")).to_contain_text("在办")
    assert frame.evaluate("redgrid.load(redgrid.codes()[9])") is not None

    # A click on one of them opens its panel, and the level that was chosen stays.
    code = frame.evaluate("redgrid.codes()[7]")
    visit.click(code)
    assert frame.evaluate("[redgrid.level, redgrid.drawn, redgrid.selected]") == [3, 2, code]
    assert "level=3" in page.url and code in page.url

    # A search brings a grid that was never loaded, selects it and shows the buildings around it.
    page.get_by_placeholder("网格、编码或地址").fill("第003县 机械厂家属院1")
    page.keyboard.press("Enter")
    page.locator(".st-key-hits button").first.click()
    page.wait_for_selector('.st-key-panel [data-grid^="210003"]')
    frame = visit.map()
    until(frame, "redgrid.drawn === 3 && redgrid.selected && redgrid.selected.startsWith('210003')")
    until(frame, "redgrid.codes().includes(redgrid.selected) && redgrid.load(redgrid.selected) !== null")
    assert closer.is_hidden()
    assert any(re.search(r"/tiles/[0-9a-f]+/14/\d+$", url) for url in asked)

    # A click among them, and what the mouse is told.
    other = frame.evaluate("redgrid.shown().find(grid => grid.code !== redgrid.selected).code")
    visit.click(other)
    frame.evaluate(HOVER, other)
    assert "县" in frame.locator(".redgrid-tip").inner_text()

    # Counts are asked for what is in view, and what is known is not told again.
    asked.clear()
    page.wait_for_timeout(2500)
    loads = [url for url in asked if "/live/loads" in url]
    assert loads and all("level=3" in url and "tiles=" in url and "known=" in url for url in loads)

    visit.leave()
    assert visit.strangers == [] and visit.errors == []


def test_closer_and_closer_the_same_grids_get_their_finer_borders(browser: Browser, app: App) -> None:
    visit = Visitor(browser, app.url)
    visit.sign_in("leader", "/?level=2")
    page, frame = visit.page, visit.map()
    until(frame, "redgrid.drawn === 2 && redgrid.codes().length === 315")
    points = "redgrid.shown().reduce((sum, grid) => sum + grid.parts.flat(2).length, 0)"
    before = frame.evaluate(points)
    frame.evaluate("void (window.kept = redgrid.shown()[0].shape)")
    wheel_in(page, frame, 8)
    until(frame, f"{points} > {before}")
    assert frame.evaluate(
        "redgrid.shown().some(grid => grid.shape === kept) || redgrid.codes().length === 315"
    )
    visit.leave()
    assert visit.strangers == [] and visit.errors == []


def test_the_wall_and_its_replay_draw_a_province(browser: Browser, app: App) -> None:
    visit = Visitor(browser, app.url)
    visit.sign_in("leader", "/?view=wall%26level=2")
    frame = visit.map()
    until(frame, "redgrid.drawn === 2 && redgrid.codes().length === 315")
    visit.page.wait_for_timeout(500)
    visit.page.keyboard.press("r")
    visit.page.wait_for_selector("#rg-replay:not([hidden])")
    until(frame, "redgrid.codes().some(code => redgrid.load(code) !== null)")
    visit.leave()
    assert visit.strangers == [] and visit.errors == []


def test_levels_of_this_province_are_what_these_tests_take_them_for(app: App) -> None:
    city = City(Settings(database_url=sqlite_url(app.file), tiled_from=MANY))
    assert [len(city.ground.structure.at_level(level)) for level in Level] == [54, 315, 1146]
    assert city.ground.tiled == {Level.COMPOUND, Level.BUILDING}
    city.database.close()
