"""A redraw from the first line to the new head: drawn, foreseen, undone, repaired, reviewed by another, in force, worked on."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Frame, Page, expect

from city import drafts, planning
from city.opened import City
from city.settings import HOME, Settings
from city.words import speak
from domain.grids import Level
from domain.place import LngLat
from domain.plans.bands import BANDS
from domain.plans.proposals import Wishes
from domain.plans.redrawing import redraw
from domain.said import Refused
from gis.pointing import unit_at
from gis.solver.repairing import repair
from storage.drafts import codes_taken
from tests.browser.conftest import App, Visitor
from tests.conftest import sqlite_url

pytestmark = [pytest.mark.browser, pytest.mark.slow]

say = speak("zh")
PLAN, NEW_GRID, NEW_HEAD = "春季调整", "东边新网格", "新来示"


@dataclass(frozen=True)
class Cut:
    """A line that splits a building grid, with an open ticket on the side that becomes the new grid."""

    grid: str
    line: tuple[LngLat, LngLat]
    ticket: str
    unit: str | None


@pytest.fixture(scope="module")
def cut(app: App) -> Cut:
    city = City(Settings(database_url=sqlite_url(app.file)))
    # Not everywhere are there households for one more grid, and houses are not divided: where tickets lie changes by the hour.
    found = next(found for found in cuts(city) if is_mended(city, found))
    city.database.close()
    return found


def is_mended(city: City, cut: Cut) -> bool:
    """Does the solver bring the new grid into its band, as the page asks it to, with the ticket in it?"""
    opened = drafts.draft_in_force(city)
    units, split = opened.ground.units, planning.split_by(opened, cut.grid, cut.line, NEW_GRID)
    with city.database.read() as connection:
        taken = codes_taken(connection, opened.plan.id)
    change = redraw(units, opened.draft, split, taken, drafts.compound_names(city))
    made = next(code for code, (_, grid) in change.grids.items() if grid and grid.name == NEW_GRID)
    own = repair(units, opened.draft.after(change), Wishes(seed=1), taken=taken).draft.units_of(made)
    return units.households(own) >= BANDS[Level.BUILDING][0] and cut.unit in own


def cuts(city: City) -> Iterator[Cut]:
    """Lines across building grids, through the middle of each, where an open ticket lies on the smaller side.

    The youngest first: the clock runs meanwhile, and what is old may end or go up by itself.
    """
    opened = drafts.draft_in_force(city)
    with city.database.read() as connection:
        rows = connection.exec_driver_sql(
            "SELECT no, level3, lng, lat FROM tickets WHERE open = 1 AND holder = level3 AND lead IS NULL ORDER BY no DESC"
        ).all()
    for no, grid, lng, lat in rows:
        west, south, east, north = opened.ground.outline(opened.draft.units_of(grid)).bounds
        middle = (west + east) / 2
        line = (LngLat(middle, south - 0.002), LngLat(middle, north + 0.002))
        try:
            command = planning.split_by(opened, grid, line, NEW_GRID)
        except Refused:
            continue
        allowed = planning.preview(city, opened, command).is_allowed
        unit = unit_at(opened.ground, LngLat(lng, lat))
        if allowed and unit in command.apart:
            yield Cut(grid, line, no, unit)


def redgrid(app: App, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "cli", *arguments], cwd=HOME, capture_output=True, text=True, timeout=120,
        env=os.environ | {"REDGRID_DATABASE_URL": sqlite_url(app.file), "REDGRID_LANG": "zh"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def button(page: Page, text: str) -> None:
    page.get_by_role("button", name=text).first.click()


def drawer(page: Page, title: str) -> None:
    """Open a drawer of the planner's table."""
    page.get_by_role("radio", name=say(title)).click()


def plan_in(page: Page) -> str:
    """The plan that the address names."""
    return parse_qs(urlsplit(page.url).query).get("plan", [""])[0]


def drawn(visitor: Visitor, version: int) -> Frame:
    """The map, once it shows this version of the plan that the address names."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        frame = visitor.map()
        if frame.evaluate("[String(redgrid.plan), redgrid.version]") == [plan_in(visitor.page), version]:
            return frame
        visitor.page.wait_for_timeout(100)
    raise AssertionError(f"version {version} was never shown")


def begin(visitor: Visitor) -> None:
    page = visitor.page
    button(page, say("New draft"))
    in_force = plan_in(page)
    page.get_by_label(say("Name of the plan")).fill(PLAN)
    page.get_by_role("dialog").get_by_role("button", name=say("Begin")).click()
    until = time.monotonic() + 30
    while plan_in(page) == in_force:
        assert time.monotonic() < until, "no draft was begun"
        page.wait_for_timeout(100)


def test_a_grid_is_split_reviewed_put_in_force_and_its_tickets_come_to_the_new_head(
    browser: Browser, app: App, cut: Cut, tmp_path: Path
) -> None:
    planner = Visitor(browser, app.url).sign_in("planner", "/%3Fview=planner")
    page = planner.page
    begin(planner)
    frame = drawn(planner, 1)

    # The line says which grid is meant; both sides are told before anything changes.
    frame.evaluate("code => redgrid.look(code)", cut.grid)
    frame.evaluate("line => redgrid.draw('line', line)", [[p.lng, p.lat] for p in cut.line])
    page.get_by_label(say("Name of the grid")).fill(NEW_GRID)
    page.keyboard.press("Enter")
    both = page.locator(".rg-sides tbody tr")
    expect(both).to_have_count(2)
    expect(both.filter(has_text=NEW_GRID)).to_contain_text(say("new grid"))
    assert frame.evaluate("redgrid.version") == 1
    button(page, say("Apply"))
    frame = drawn(planner, 2)
    made = next(code for code in codes(frame) if frame.evaluate("c => redgrid.drawing.state.draft.byCode.get(c).name", code) == NEW_GRID)  # fmt: skip

    # Undone and made again, each a new row of the log.
    button(page, say("Undo"))
    frame = drawn(planner, 3)
    assert made not in codes(frame)
    button(page, say("Redo"))
    frame = drawn(planner, 4)
    assert made in codes(frame)

    # Both parts are too small now: the solver brings them back into the band, as a draft of its own.
    drawer(page, "Propose")
    button(page, say("Repair: back into the bands, few households moved"))
    page.get_by_role("button", name=say("Open the draft")).click(timeout=120_000)
    frame = drawn(planner, 1)
    assert frame.evaluate("c => redgrid.households(c)", made) >= 200

    # What it would do to people and tickets.
    drawer(page, "Foresee")
    expect(page.locator(".rg-foresee-head")).to_contain_text("1")

    # To review; another person approves; the vacancy is confirmed; the day comes.
    drawer(page, "Review and publish")
    button(page, say("Send to review"))
    expect(page.get_by_text(say("In review")).first).to_be_visible()
    expect(page.get_by_role("button", name=say("Approve"), exact=True)).to_have_count(0)
    leader = Visitor(browser, app.url).sign_in("leader", "/%3Fview=planner%26do=review")
    button(leader.page, say("Approve"))
    expect(leader.page.get_by_text(say("Approved")).first).to_be_visible()
    page.reload()
    page.get_by_text(say("Grids without a head are published as vacant")).click()
    button(page, say("Publish"))
    expect(page.get_by_text(say("{step}: done", step=say("Publish")))).to_be_visible()
    city = City(Settings(database_url=sqlite_url(app.file)))
    tomorrow = (city.now().astimezone(city.zone) + timedelta(days=1)).replace(hour=0, minute=0, second=30)
    city.database.close()
    redgrid(app, "sweep", "--now", tomorrow.isoformat())
    with sqlite3.connect(app.file) as store:
        assert store.execute("SELECT level3 FROM tickets WHERE no = ?", (cut.ticket,)).fetchone() == (made,)

    # The new grid gets its head, who signs in and finds the ticket.
    heads = tmp_path / "heads.csv"
    heads.write_text(
        f"code,name,title,work_phone,duties,photo\n{made},{NEW_HEAD},网格员,,,\n", encoding="utf-8"
    )
    redgrid(app, "import", "heads", str(heads))
    redgrid(app, "user", "add", "newhead", "--role", "member", "--area", made, "--name", NEW_HEAD, "--password", "redgrid-demo")  # fmt: skip
    head = Visitor(browser, app.url).sign_in("newhead", f"/%3Fticket={cut.ticket}")
    expect(head.page.get_by_text(cut.ticket).first).to_be_visible()
    expect(head.page.get_by_text(NEW_GRID).first).to_be_visible()
    expect(head.page.get_by_text(say("In another grid by a new plan")).first).to_be_visible()
    redgrid(app, "verify")
    for visitor in (planner, leader, head):
        visitor.leave()
        assert visitor.strangers == [] and visitor.errors == []


def codes(frame: Frame) -> list[str]:
    found: list[str] = frame.evaluate(
        f"redgrid.drawing.state.draft.grids.filter(g => g.level === {int(Level.BUILDING)}).map(g => g.code)"
    )
    return found
