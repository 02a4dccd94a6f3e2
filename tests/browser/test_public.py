"""A resident with a phone and no scripts: finds the grid, taps the map, reports, and follows what comes of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import select

from storage.database import Database
from storage.schema import photos, ticket_words, tickets
from tests.browser.conftest import App
from tests.browser.test_rating import PHONE, TARGET
from tests.conftest import sqlite_url
from tests.server.test_public import picture

pytestmark = [pytest.mark.browser, pytest.mark.slow]
WORDS = "楼前路灯三天没亮了"


@pytest.fixture
def phone(browser: Browser, app: App) -> Iterator[Page]:
    """A phone without scripts; at the end it asked nobody else."""
    context = browser.new_context(locale="zh-CN", viewport=PHONE, java_script_enabled=False)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    yield page
    context.close()
    assert [url for url in asked if not url.startswith((app.url, "data:"))] == []


def looks_right(page: Page) -> None:
    """Nothing runs over the side, and everything that is pressed is as high as a thumb."""
    bounds = page.locator("html").bounding_box()
    assert bounds and bounds["width"] <= PHONE["width"]
    for spot in page.locator("main :is(a, button, summary, select, textarea, input:not([type=radio], [type=hidden]), label:has(input[type=radio]))").all():  # fmt: skip
        box = spot.bounding_box() if spot.is_visible() else None
        # What no person sees lies outside the page or is a pixel high.
        if box and box["x"] >= 0 and box["height"] > 1:
            assert box["height"] >= TARGET - 0.5, spot.evaluate("e => e.outerHTML.slice(0, 120)")


def test_a_resident_reports_with_a_thumb_and_without_a_script_and_follows_it(app: App, phone: Page) -> None:
    phone.goto(f"{app.url}/public/grids")
    looks_right(phone)
    phone.fill("#words", "天成公馆1—4号楼")
    phone.get_by_role("button", name="搜索").click()
    phone.locator("ul.box a").first.click()
    phone.get_by_text("职责").wait_for()
    looks_right(phone)
    phone.get_by_role("link", name="我要反映问题").click()
    phone.fill("#description", WORDS)
    phone.locator("input[name=map]").click(position={"x": 150, "y": 120})
    phone.get_by_text("再点一下可改位置").wait_for()
    assert phone.input_value("#description") == WORDS and phone.locator(".pin").is_visible()
    looks_right(phone)
    phone.locator("summary", has_text="公用设施").click()
    phone.get_by_text("路灯不亮").click()
    phone.fill("#reporter", "测试")
    phone.set_input_files(
        "input[type=file]", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": picture(1)}
    )
    phone.get_by_role("button", name="提交").last.click()
    phone.get_by_text("感谢您，您反映的问题已收到").wait_for()
    looks_right(phone)
    phone.get_by_role("link", name="查看办理进展").click()
    phone.get_by_text("已收到，等待网格受理。").wait_for()
    looks_right(phone)
    assert WORDS not in phone.content() and "测试" not in phone.content()
    no = phone.locator("h1").inner_text().split()[-1]
    database = Database(sqlite_url(app.file))
    with database.read() as connection:
        kept = connection.execute(
            select(tickets.c.source, ticket_words.c.description, photos.c.id, tickets.c.lng)
            .join(ticket_words, ticket_words.c.ticket_id == tickets.c.id)
            .join(photos, photos.c.ticket_id == tickets.c.id)
            .where(tickets.c.no == no)
        ).one()
    database.close()
    assert (kept.source, kept.description) == ("resident", WORDS) and kept.lng is not None


def test_a_thumb_on_the_map_of_a_report_scrolls_the_page(browser: Browser, app: App) -> None:
    context = browser.new_context(
        locale="zh-CN", viewport=PHONE, has_touch=True, is_mobile=True, java_script_enabled=False
    )
    page = context.new_page()
    page.goto(f"{app.url}/public/report")
    box = page.locator("input[name=map]").bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] * 0.7
    touch = context.new_cdp_session(page)
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in range(1, 9):
        points = [{"x": x, "y": y - 20 * step}]
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": points})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait_for_timeout(400)
    after = page.locator("input[name=map]").bounding_box()
    assert after and after["y"] < box["y"] - 100
    assert page.url.endswith("/public/report"), "and sends nothing"
    context.close()


def test_the_enter_key_sends_the_report_and_no_tap_in_the_corner(app: App, phone: Page) -> None:
    phone.goto(f"{app.url}/public/report")
    phone.fill("#address", "农贸市场东门")
    phone.press("#address", "Enter")
    assert "请选择问题类别" in phone.locator("[role=alert]").inner_text()
    assert phone.input_value("#address") == "农贸市场东门" and phone.locator(".pin").count() == 0
