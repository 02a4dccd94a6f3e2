"""Grid work as the people it is for: a member goes from door to door, a community fills its lists and asks its residents."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from openpyxl import Workbook
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select

from city.frontline import assessed, places
from city.opened import City
from city.settings import Settings
from domain.actions.assessment import make_links
from domain.frontline.assessment import Answer, Channel
from domain.frontline.outside import Outside
from domain.frontline.visits import Follows, Learned, Visit
from domain.place import LngLat
from storage.database import Database
from storage.frontline.records import those
from storage.schema import accounts
from tests.areas import everybody
from tests.browser.conftest import App, Visitor, unfold
from tests.conftest import sqlite_url

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def city(app: App) -> Iterator[City]:
    opened = City(Settings(database_url=sqlite_url(app.file)))
    yield opened
    opened.database.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(
        locale="zh-CN", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True,
        permissions=["geolocation"], geolocation={"longitude": 0.0, "latitude": 0.0},
    )  # fmt: skip
    yield made
    made.close()


def newest(database: Database, kind: type) -> object:
    with database.read() as connection:
        return those(connection, kind)[-1]


def area_of(city: City, login: str) -> str:
    with city.database.read() as connection:
        return str(connection.scalar(select(accounts.c.area).where(accounts.c.login == login)))


def at_home(city: City, login: str) -> list[places.Building]:
    """The buildings of the grid that an account stands on."""
    return places.buildings(city).of(city, area_of(city, login))


def begins(page: Page) -> str:
    """The first building of the round."""
    words = page.locator("ol.doors b").first.inner_text()
    return re.sub(r"^\d+\. ", "", words)


def nearest(to: LngLat, among: list[places.Building]) -> places.Building:
    return min(among, key=lambda each: abs(each.point.lng - to.lng) + abs(each.point.lat - to.lat))


def test_a_member_starts_where_they_stand_and_writes_a_visit_down_in_two_taps(
    context: BrowserContext, app: App, city: City
) -> None:
    page = context.new_page()
    page.goto(f"{app.url}/login?next=/m/visits")
    page.fill("#login", "member")
    page.fill("#password", "redgrid-demo")
    page.click("main button")
    # Tap one: where all is well it is the only one.
    page.locator("ol.doors li").last.get_by_role("button").click()
    expect(page.get_by_text("今日已记录：1")).to_be_visible()
    made = newest(city.database, Visit)
    assert isinstance(made, Visit) and (made.learned, made.follows) == (Learned.WELL, Follows.NOTHING)
    # Somewhere in the grid the phone says where it is.
    in_round = [
        each for each in at_home(city, "member") if each.name in page.locator("ol.doors").inner_text()
    ]
    there = in_round[-1]
    context.set_geolocation({"longitude": there.point.lng, "latitude": there.point.lat})
    page.get_by_role("button", name="从我所在位置出发").click()
    expect(page.get_by_text("走访路线已从您所在的位置算起。")).to_be_visible()
    assert begins(page) == nearest(there.point, in_round).name
    assert "124" not in page.url
    # Two taps and a button: what was learned, what follows.
    page.locator("ol.doors a").first.click()
    page.locator("[value=dispute]").check()
    page.locator("[value=solved]").check()
    page.locator(".bar .primary").click()
    page.wait_for_url("**did=visited*")
    made = newest(city.database, Visit)
    assert isinstance(made, Visit) and (made.learned, made.follows) == (Learned.DISPUTE, Follows.SOLVED)
    assert made.unit == there.code


def test_a_head_sees_on_the_map_where_nobody_was_for_long_building_by_building(
    visit: Visitor, city: City
) -> None:
    visit.sign_in("compound", "/?measure=visits%26level=2")
    own = area_of(city, "compound")
    # A second click on a grid looks inside it.
    for _ in range(2):
        visit.click(own)
    frame = visit.map()
    frame.wait_for_selector(".redgrid-spot")
    mine = {building.name for building in at_home(city, "compound")}
    assert 0 < frame.evaluate("redgrid.spots()") <= len(mine)
    spot = frame.locator(".redgrid-spot").first
    spot.hover()
    assert frame.locator(".redgrid-tip b").last.inner_text() in mine
    # What is pressed is the grid below.
    spot.click()
    visit.page.wait_for_selector(".st-key-panel [data-grid]")


def test_a_community_brings_a_list_in_and_the_row_with_a_flaw_is_named(
    visit: Visitor, city: City, tmp_path: Path
) -> None:
    building = at_home(city, "community")[0]
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["类型", "单位名称", "地址"])
    sheet.append(["新社会组织", "示例晨光读书会", building.name])
    sheet.append(["其他", "示例无类别", building.name])
    book.save(tmp_path / "list.xlsx")
    page = visit.sign_in("community", "/?view=work%26part=outside").page
    unfold(page, "从文件导入")
    page.locator(".st-key-work-outside input[type=file]").set_input_files(tmp_path / "list.xlsx")
    page.locator(".st-key-work-outside").get_by_text("list.xlsx").wait_for()
    page.get_by_role("button", name="导入", exact=True).click()
    expect(page.get_by_text("新增1条")).to_be_visible()
    expect(page.locator(".rg-list").filter(has_text="2").last).to_be_visible()
    made = newest(city.database, Outside)
    assert isinstance(made, Outside) and (made.name, made.grid) == ("示例晨光读书会", building.grid)


def test_a_community_enters_an_answer_from_paper_and_it_counts(visit: Visitor, city: City) -> None:
    page = visit.sign_in("community", "/?view=work%26part=assessment").page
    page.locator(".st-key-work-assessment .rg-list").first.wait_for()
    unfold(page, "录入纸质或电话问卷")
    page.locator(".st-key-work-assessment input[type=number]").first.fill("87")
    page.get_by_role("button", name="录入", exact=True).click()
    expect(page.get_by_text("已完成。")).to_be_visible()
    made = newest(city.database, Answer)
    assert isinstance(made, Answer) and made.channel is Channel.PAPER and 87 in dict(made.scores).values()


def test_a_resident_scores_by_a_link_once(context: BrowserContext, app: App, city: City) -> None:
    community = everybody(city)["community"]
    round_ = assessed.rounds(city)[0]
    (token,) = make_links(
        city.store, city.rulebook, round_.id, community.area, 1, by=community, now=city.now()
    )
    page = context.new_page()
    page.goto(f"{app.url}/public/assess/{token}")
    page.locator(".scores input").first.fill("96")
    page.locator("main form button").click()
    page.locator(".scores").wait_for(state="detached")
    made = newest(city.database, Answer)
    assert isinstance(made, Answer)
    assert (made.channel, made.community, made.by) == (Channel.LINK, community.area, None)
    assert [points for _, points in made.scores] == [96]
    page.goto(f"{app.url}/public/assess/{token}")
    expect(page.locator(".scores")).to_have_count(0)
    page.close()
