"""What people see and do, in a real browser before the real app."""

from __future__ import annotations

import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from playwright.sync_api import Browser, Route, expect

from city.opened import City
from city.settings import HOME, Settings
from domain.actions.raising import Report, raise_ticket
from domain.grids import Level
from domain.people import Person
from domain.place import LngLat
from domain.tickets import Words
from storage.people import all_accounts
from tests.browser.conftest import App, Visitor, start
from tests.conftest import sqlite_url

pytestmark = pytest.mark.browser


def city_of(app: App) -> City:
    return City(Settings(database_url=sqlite_url(app.file)))


def person(city: City, login: str) -> Person:
    with city.database.read() as connection:
        return next(a.person for a in all_accounts(connection) if a.login == login)


def row(app: App, no: str) -> tuple[str, str, int]:
    with sqlite3.connect(app.file) as connection:
        found: tuple[str, str, int] = connection.execute(
            "SELECT state, holder, version FROM tickets WHERE no = ?", (no,)
        ).fetchone()
        return found


def raise_for(app: App, login: str, words: str) -> str:
    """A fresh ticket in a grid head's own grid."""
    city = city_of(app)
    who = person(city, login)
    at = city.ground.outlines[who.area].representative_point()
    ticket = raise_ticket(
        city.store, city.rulebook, Report(LngLat(at.x, at.y), "0801", Words(words)), by=who, now=city.now()
    )
    city.database.close()
    return ticket.no


def test_the_leader_sees_three_levels_coloured_by_the_loads_of_the_store(visit: Visitor, app: App) -> None:
    visit.sign_in("leader")
    visit.map()
    expect(visit.page.locator("#redgrid-first")).to_have_count(0)
    city = city_of(app)
    for level, title in (
        (Level.COMMUNITY, "社区网格"),
        (Level.COMPOUND, "小区网格"),
        (Level.BUILDING, "楼栋网格"),
    ):
        visit.page.get_by_test_id("stButtonGroup").get_by_text(title).first.click()
        frame = visit.map()
        frame.wait_for_function(
            "level => redgrid.level === level && redgrid.load(redgrid.codes()[0]) !== null", arg=int(level)
        )
        shown = frame.evaluate("Object.fromEntries(redgrid.codes().map(code => [code, redgrid.load(code)]))")
        loads = city.loads(level)
        assert shown == {
            g.code: loads[g.code].open if g.code in loads else 0
            for g in city.ground.structure.at_level(level)
        }
    city.database.close()


def test_a_click_shows_head_households_counts_and_tickets_and_the_address_holds_it(
    visit: Visitor, app: App
) -> None:
    visit.sign_in("leader")
    frame = visit.map()
    code = frame.evaluate("redgrid.codes().sort((a, b) => redgrid.load(b) - redgrid.load(a))[0]")
    visit.click(code)
    panel = visit.page.locator(".st-key-panel")
    expect(panel).to_contain_text("社区党委书记")
    expect(panel).to_contain_text("户")
    expect(panel.locator(".rg-card").first).to_be_visible()
    assert f"grid={code}" in visit.page.url
    visit.page.reload()
    visit.page.wait_for_selector(f'.st-key-panel [data-grid="{code}"]')


def test_a_second_click_drills_down_and_the_breadcrumb_leads_back(visit: Visitor) -> None:
    visit.sign_in("leader")
    code = visit.map().evaluate("redgrid.codes()[3]")
    visit.click(code)
    visit.map().evaluate("code => redgrid.click(code)", code)
    visit.map().wait_for_function("redgrid.level === 2")
    inner = visit.map().evaluate(f"redgrid.codes().filter(c => c.startsWith('{code}'))[0]")
    visit.click(inner)
    crumbs = visit.page.locator(".st-key-breadcrumb")
    expect(crumbs).to_contain_text("全市")
    crumbs.get_by_role("button").first.click()
    visit.map().wait_for_function("redgrid.level === 1")


def test_an_address_that_names_a_grid_shows_it_from_close_by(visit: Visitor, app: App) -> None:
    visit.sign_in("leader")
    city = city_of(app)
    code = city.ground.structure.at_level(Level.COMPOUND)[20].code
    west, south, east, north = city.ground.outlines[code].bounds
    city.database.close()
    visit.page.goto(f"{app.url}/?level=3&within={code}")
    visit.map().wait_for_function(
        """([west, south, east, north]) => {
          const map = Object.values(window).find((each) => each && each.fitBounds && each.getBounds);
          const seen = map.getBounds(), box = L.latLngBounds([[south, west], [north, east]]);
          const wide = seen.getEast() - seen.getWest(), tall = seen.getNorth() - seen.getSouth();
          return seen.contains(box) && (wide < 5 * (east - west) || tall < 5 * (north - south));
        }""",
        arg=[west, south, east, north],
    )


def test_counts_refresh_by_themselves_and_pan_zoom_and_selection_stay(visit: Visitor, app: App) -> None:
    city = city_of(app)
    home = person(city, "member").area
    city.database.close()
    visit.sign_in("leader", f"/?grid={home}")
    frame = visit.map()
    visit.page.wait_for_selector(f'.st-key-panel [data-grid="{home}"]')
    before = frame.evaluate("code => [redgrid.load(code), map.getZoom(), map.getCenter().lat]", home)
    frame.evaluate("window.untouched = 'the same frame'")
    figure = visit.page.locator(".st-key-kpis strong").first
    opened = int(figure.inner_text().replace(",", ""))
    raise_for(app, "member", "楼道里堆着旧家具")
    frame.wait_for_function("([code, n]) => redgrid.load(code) === n", arg=[home, before[0] + 1])
    after = frame.evaluate(
        "code => [redgrid.load(code), map.getZoom(), map.getCenter().lat, redgrid.selected, window.untouched]",
        home,
    )
    assert after == [before[0] + 1, before[1], before[2], home, "the same frame"]
    expect(visit.page.locator(".st-key-panel .rg-counts")).to_contain_text(str(before[0] + 1))
    expect(figure).to_have_text(f"{opened + 1:,}")


def card(visit: Visitor, no: str) -> object:
    visit.page.wait_for_selector(f'.st-key-tickets :text("{no}")')
    return visit.page.locator(".st-key-tickets")


def test_a_member_accepts_hands_up_and_settles_from_the_card(visit: Visitor, app: App) -> None:
    numbers = [raise_for(app, "member", f"单元门坏了 {n}") for n in range(2)]
    visit.sign_in("member", f"/?ticket={numbers[0]}")
    page = visit.page
    page.get_by_role("button", name="受理").click()
    page.get_by_role("dialog").get_by_role("button", name="受理").click()
    expect(page.get_by_text("受理：操作成功")).to_be_visible()
    assert row(app, numbers[0])[0] == "accepted"
    page.get_by_role("button", name="上报").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="上报").click()
    expect(dialog.get_by_text("请填写理由")).to_be_visible()
    dialog.get_by_role("textbox").fill("需要物业出面")
    dialog.get_by_role("button", name="上报").click()
    expect(page.get_by_text("上报：操作成功")).to_be_visible()
    expect(page.locator(".rg-story")).to_contain_text("需要物业出面")
    assert len(row(app, numbers[0])[1]) == 15
    page.goto(f"{visit.url}/?ticket={numbers[1]}")
    page.get_by_role("button", name="就地解决").click()
    page.get_by_role("dialog").get_by_role("textbox").fill("已修好")
    page.get_by_role("dialog").get_by_role("button", name="就地解决").click()
    expect(page.get_by_text("就地解决：操作成功")).to_be_visible()
    assert row(app, numbers[1])[0] == "closed"


def test_the_second_of_two_people_is_told_and_their_words_are_not_saved(
    browser: Browser, visit: Visitor, app: App
) -> None:
    no = raise_for(app, "member", "电动车飞线充电")
    other = Visitor(browser, app.url)
    for one in (visit, other):
        one.sign_in("member", f"/?ticket={no}")
        one.page.get_by_role("button", name="就地解决").click()
        one.page.get_by_role("dialog").get_by_role("textbox").fill("已劝离")
    visit.page.get_by_role("dialog").get_by_role("button", name="就地解决").click()
    expect(visit.page.get_by_text("就地解决：操作成功")).to_be_visible()
    other.page.get_by_role("dialog").get_by_role("button", name="就地解决").click()
    expect(other.page.get_by_text(re.compile("已先处理此单（就地解决）"))).to_be_visible()
    assert row(app, no) == ("closed", row(app, no)[1], 2)
    other.leave()


def test_a_ticket_is_raised_by_clicking_the_map(visit: Visitor, app: App) -> None:
    visit.sign_in("community")
    page, frame = visit.page, visit.map()
    page.get_by_role("button", name="提单", exact=True).click()
    form = page.locator(".st-key-raising")
    expect(form).to_be_visible()
    code = frame.evaluate("redgrid.codes().filter(c => redgrid.load(c) !== null)[0]")
    frame.evaluate("code => redgrid.click(code)", code)
    expect(form).to_contain_text("位于")
    form.get_by_role("combobox").click()
    page.get_by_role("option", name=re.compile("路灯不亮")).click()
    form.get_by_role("textbox").nth(0).fill("路灯连着三盏不亮")
    form.get_by_role("button", name="提单").click()
    told = page.get_by_text(re.compile("已提交"))
    expect(told).to_be_visible()
    no = re.search(r"\d{6}-\d+", told.inner_text())
    assert no and row(app, no[0])[0] == "raised"


def test_search_finds_grids_by_name_code_and_address(visit: Visitor) -> None:
    visit.sign_in("leader")
    visit.map()
    for text, hit in (("公安社区", "公安社区"), ("鼎林华庭3号楼", "鼎林华庭3号楼")):
        box = visit.page.get_by_placeholder("网格、编码或地址")
        box.fill(text)
        box.press("Enter")
        visit.page.locator(".st-key-hits").get_by_role("button", name=re.compile(hit)).first.click()
        visit.page.wait_for_selector(".st-key-panel [data-grid]")
        expect(visit.page.locator(".st-key-panel")).to_contain_text(hit[:4])


@pytest.mark.parametrize("visit", ["en-GB"], indirect=True)
def test_the_page_speaks_english_and_changes_to_chinese(visit: Visitor) -> None:
    visit.sign_in("leader")
    visit.map()
    expect(visit.page.locator(".st-key-kpis")).to_contain_text("Overdue")
    visit.page.get_by_role("link", name="中文").click()
    visit.map()
    expect(visit.page.locator(".st-key-kpis")).to_contain_text("超期")


def test_signing_out_closes_the_page(visit: Visitor) -> None:
    visit.sign_in("leader")
    visit.map()
    visit.page.get_by_role("link", name="退出").click()
    visit.page.wait_for_selector("#login")
    visit.page.goto(visit.url)
    visit.page.wait_for_selector("#login")


def test_a_city_of_one_level_without_heads_or_households_and_with_endless_names_looks_right(
    browser: Browser, tmp_path: Path, demo_file_of_today: Path
) -> None:
    file = tmp_path / "odd.db"
    shutil.copy(demo_file_of_today, file)
    environment = {"REDGRID_DATABASE_URL": sqlite_url(file), "PATH": "/usr/bin:/bin"}
    frame = gpd.GeoDataFrame(
        {"c": ["a", "b"], "n": ["很长的名字" * 40, "<b>&名字"], "h": [0, 300]},
        geometry=[shapely.box(124, 39, 124.1, 39.1), shapely.box(124.1, 39, 124.2, 39.1)], crs=4326,
    )  # fmt: skip
    frame.to_file(tmp_path / "l1.geojson")
    for arguments in (
        ["init", "--empty", "--force"],
        [
            "import",
            "boundaries",
            str(tmp_path / "l1.geojson"),
            "--level",
            "1",
            "--code",
            "c",
            "--name",
            "n",
            "--households",
            "h",
        ],
        ["user", "add", "leader", "--role", "leader", "--password", "redgrid-demo"],
    ):
        subprocess.run(
            [sys.executable, "-m", "cli", *arguments],
            cwd=HOME,
            env=environment,
            check=True,
            capture_output=True,
        )
    process, url = start(file)
    visitor = Visitor(browser, url)
    try:
        visitor.sign_in("leader")
        visitor.click("a")
        panel = visitor.page.locator(".st-key-panel")
        expect(panel).to_contain_text("空缺")
        expect(panel).to_contain_text("0 户")
        visitor.click("b")
        expect(panel).to_contain_text("<b>&名字")
        assert visitor.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert visitor.errors == [] and visitor.strangers == []
    finally:
        visitor.leave()
        process.terminate()
        process.wait(20)


def test_outlines_that_could_not_be_had_are_asked_for_again(visit: Visitor) -> None:
    lost: list[str] = []

    def lose_each_once(route: Route) -> None:
        if route.request.url in lost:
            route.continue_()
        else:
            lost.append(route.request.url)
            route.abort()

    visit.page.route("**/geo/*", lose_each_once)
    visit.sign_in("leader")
    frame = visit.map()
    assert len(frame.evaluate("redgrid.codes()")) == 18 and lost
    expect(frame.locator(".redgrid-signal")).to_be_hidden()
