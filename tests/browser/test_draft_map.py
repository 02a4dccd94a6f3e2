"""The planner's map in a real browser: what is drawn is told, once; an edit repaints and the map stays where it is."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Browser, Frame, expect

from city.drafts import branch, edit, open_draft
from city.opened import City
from city.settings import HOME, Settings
from domain.plans.commands import Lock
from tests.browser.conftest import App, Visitor, free_port
from tests.conftest import sqlite_url
from tests.views.test_pages import person

pytestmark = [pytest.mark.browser, pytest.mark.slow]
AXE = HOME / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="module")
def app(demo_file_of_today: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The planner's map alone on a page, with a draft to draw on."""
    file = tmp_path_factory.mktemp("drawing") / "city.db"
    shutil.copy(demo_file_of_today, file)
    city = city_of(file)
    branch(city, None, "drawn", person(city, "planner"))
    city.database.close()
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", "tests/browser/drawing_app.py"]
    process = subprocess.Popen(
        [*command, "--server.address", "127.0.0.1", "--server.port", str(port)],
        cwd=HOME, env=os.environ | {"REDGRID_DATABASE_URL": sqlite_url(file)},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    url, until = f"http://127.0.0.1:{port}", time.monotonic() + 60
    while time.monotonic() < until:
        try:
            if httpx2.get(f"{url}/healthz").status_code == 200:
                break
        except httpx2.TransportError:
            time.sleep(0.2)
    yield App(url, file)
    process.terminate()
    process.wait(20)


def city_of(file: Path) -> City:
    return City(Settings(database_url=sqlite_url(file)))


@pytest.fixture
def visitor(browser: Browser, app: App) -> Iterator[Visitor]:
    one = Visitor(browser, app.url, "en-US").sign_in("planner")
    yield one
    one.leave()
    assert one.strangers == [] and one.errors == []


def told(visitor: Visitor, n: int) -> list[Any]:
    """What the page was told, once it is so much; then it stays so much."""
    shown, found = visitor.page.locator("#told"), []
    until = time.monotonic() + 20
    while time.monotonic() < until and len(found) < n:
        visitor.page.wait_for_timeout(50)
        found = json.loads(shown.inner_text())
    assert len(found) == n, found
    return found


def places(frame: Frame, n: int = 4) -> list[list[float]]:
    """Places in as many units, the last of the list far from the first."""
    found: list[list[float]] = frame.evaluate(
        "n => { const all = redgrid.units(); return [...Array(n).keys()].map((i) => redgrid.placeOf(all[i * 400])); }",
        n,
    )
    return found


def test_every_tool_tells_what_was_drawn_and_each_drawing_is_told_once(visitor: Visitor) -> None:
    frame = visitor.map()
    one, two, three, four = places(frame)
    frame.evaluate("at => redgrid.draw('click', [at])", one)
    assert told(visitor, 1) == [["click", "unit", 1, False]]
    frame.wait_for_function("redgrid.selected().length === 1")
    assert frame.evaluate("redgrid.selected()[0] === redgrid.last.units[0]")
    frame.evaluate("at => redgrid.draw('click', [at], {shiftKey: true})", two)
    assert told(visitor, 2)[1] == ["click", "unit", 1, True]
    frame.wait_for_function("redgrid.selected().length === 2")
    frame.evaluate("redgrid.setMode('compound')")
    frame.evaluate("shape => redgrid.draw('rectangle', shape)", [one, four])
    assert told(visitor, 3)[2] == ["rectangle", "compound", 4, False]
    frame.evaluate("shape => redgrid.draw('lasso', shape)", [one, two, three, four])
    assert told(visitor, 4)[3] == ["lasso", "compound", 4, False]
    frame.evaluate("shape => redgrid.draw('line', shape)", [one, two, four])
    assert told(visitor, 5)[4] == ["line", "compound", 3, False]
    points = frame.evaluate("redgrid.last.points")
    assert [
        pytest.approx(one, abs=2e-4),
        pytest.approx(two, abs=2e-4),
        pytest.approx(four, abs=2e-4),
    ] == points


def test_a_hand_with_a_mouse_draws_a_lasso_and_escape_takes_everything_back(visitor: Visitor) -> None:
    frame, mouse = visitor.map(), visitor.page.mouse
    box = visitor.page.locator("iframe").bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def drag() -> None:
        mouse.move(x, y)
        mouse.down()
        for dx, dy in ((60, 0), (80, 40), (60, 80), (0, 80), (-20, 40)):
            mouse.move(x + dx, y + dy, steps=4)

    frame.get_by_role("button", name="Select by lasso").click()
    drag()
    visitor.page.keyboard.press("Escape")
    mouse.up()
    drag()
    mouse.up()
    kind, _, points, _ = told(visitor, 1)[0]
    assert kind == "lasso" and 4 <= points <= 60
    mouse.click(x, y)
    frame.locator(".leaflet-container").press("Escape")
    assert told(visitor, 2)[1][0] == "clear"
    frame.locator(".leaflet-container").press("Control+z")
    assert told(visitor, 3)[2][0] == "undo"


def test_without_a_mouse_the_middle_of_the_map_is_the_pointer(visitor: Visitor) -> None:
    frame, keys = visitor.map(), visitor.page.keyboard
    frame.get_by_role("button", name="Move the map").focus()
    keys.press("ArrowRight")
    keys.press("Enter")
    expect(frame.get_by_role("button", name="Select by click")).to_have_attribute("aria-pressed", "true")
    frame.locator(".leaflet-container").focus()
    keys.press("Enter")
    assert told(visitor, 1)[0][0] == "click"
    keys.press("b")
    for key in ("Enter", "ArrowRight", "Shift+Enter"):
        keys.press(key)
        visitor.page.wait_for_timeout(400)
    assert told(visitor, 2)[1] == ["line", "unit", 2, False]


def test_an_edit_fetches_the_plan_alone_and_the_map_stays_where_it_is(visitor: Visitor, app: App) -> None:
    frame = visitor.map()
    frame.evaluate("window.same = true")
    frame.locator(".leaflet-control-zoom-in").click()
    frame.wait_for_timeout(600)
    city = city_of(app.file)
    draft = open_draft(city, "drawn")
    locked = min(draft.draft.leaf_units)
    edit(city, draft.plan.id, Lock(locked), version=draft.plan.version, by=person(city, "planner"))
    city.database.close()
    asked: list[str] = []
    visitor.page.on("request", lambda request: asked.append(request.url.removeprefix(app.url)))
    scale = "document.querySelector('.leaflet-proxy').style.transform"
    before = frame.evaluate(scale)
    frame.evaluate("at => redgrid.draw('click', [at])", places(frame)[0])
    frame.wait_for_function(f"redgrid.version === {draft.plan.version + 1}")
    assert frame.evaluate("window.same") and frame.evaluate(scale) == before
    assert [path for path in asked if path.startswith(("/live", "/geo", "/assets"))] == [
        f"/live/draft/{draft.plan.id}?version={draft.plan.version + 1}"
    ]


def test_the_page_shows_what_would_change_hands_and_where_to_look(visitor: Visitor) -> None:
    frame = visitor.map()
    place, *_, far = places(frame)
    units = frame.evaluate("redgrid.units().slice(0, 3)")
    to = frame.evaluate("redgrid.gridOf(redgrid.units()[400])")
    show = {
        "plan": frame.evaluate("redgrid.plan"), "version": frame.evaluate("redgrid.version"), "level": 3,
        "preview": [{"to": to, "units": units}], "focus": {"at": far, "n": 1},
    }  # fmt: skip
    frame.evaluate("show => redgrid.show(show)", show)
    expect(frame.locator(".redgrid-legend")).to_contain_text("Would change hands")
    assert frame.evaluate("redgrid.previewed()") == units
    expect(frame.locator(".redgrid-pulse")).to_have_count(1)
    frame.wait_for_function("at => redgrid.drawing.looksAt(at)", arg=far)
    # The same jump told again is no jump; the selection is told anew each time.
    frame.evaluate("([show, units]) => redgrid.show({...show, selected: units})", [show, units])
    frame.wait_for_function("redgrid.selected().length === 3")
    assert frame.locator(".redgrid-pulse").count() <= 1
    assert not frame.evaluate("at => redgrid.drawing.looksAt(at)", place)


def test_the_tools_can_be_read_reached_and_hit(visitor: Visitor) -> None:
    if not AXE.exists():
        pytest.skip("the tool that looks for barriers was not set up")
    frame = visitor.map()
    frame.evaluate(AXE.read_text(encoding="utf-8"))
    found = frame.evaluate("axe.run().then((report) => report.violations.map((v) => [v.id, v.impact]))")
    assert [each for each in found if each[1] in {"serious", "critical"}] == []
    sizes = frame.evaluate("[...document.querySelectorAll('.redgrid-tools button')].map((b) => Math.min(b.offsetWidth, b.offsetHeight))")  # fmt: skip
    assert len(sizes) == 9 and min(sizes) >= 32
