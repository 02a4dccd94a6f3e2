"""A grid member with a phone: a tap on the map, a photo, a network that drops, a browser without scripts."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page
from sqlalchemy import select

from storage.database import Database
from storage.schema import photos, ticket_words, tickets
from tests.browser.conftest import App
from tests.conftest import sqlite_url

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PHONE = {"width": 390, "height": 844}
TARGET = 48
"""Pixels: the least side of what a thumb should meet."""

SMALLER = """() => [...document.querySelectorAll("a, button, input:not([type=hidden]), select, textarea, summary, label.chip, label.check, label.photo")]
  .filter((each) => each.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && !each.closest(".first, .skip, .check > *, .chip > *"))
  .map((each) => ({ what: each.outerHTML.slice(0, 90), box: each.getBoundingClientRect() }))
  .filter(({ box }) => box.width && (box.width < 48 || box.height < 48)).map(({ what, box }) => what + " " + box.width + "x" + box.height)"""
"""What on a page is smaller than a thumb; a box is touched by its whole label."""

SMALL_TYPE = """() => [...document.querySelectorAll("input:not([type=hidden], [type=radio], [type=checkbox], [type=image]), select, textarea, button, a, p, span, b, small")]
  .filter((each) => each.checkVisibility() && each.textContent.trim() && parseFloat(getComputedStyle(each).fontSize) < 16).map((each) => each.outerHTML.slice(0, 90))"""


@pytest.fixture
def context(browser: Browser, app: App) -> Iterator[BrowserContext]:
    made = browser.new_context(
        locale="zh-CN", viewport=PHONE, has_touch=True, is_mobile=True,
        permissions=["geolocation"], geolocation={"longitude": 0.0, "latitude": 0.0},
    )  # fmt: skip
    yield made
    made.close()


def sign_in(context: BrowserContext, app: App, login: str = "community") -> Page:
    page = context.new_page()
    page.goto(f"{app.url}/login?next=/m")
    page.fill("#login", login)
    page.fill("#password", "redgrid-demo")
    page.click("main button")
    page.locator(".bar .raise").wait_for()
    return page


@pytest.fixture
def page(context: BrowserContext, app: App) -> Iterator[Page]:
    """The community's head; at the end nothing outside was asked and no script broke."""
    strangers: list[str] = []
    broken: list[str] = []
    context.on(
        "request",
        lambda asked: (
            None if asked.url.startswith((app.url, "data:", "blob:")) else strangers.append(asked.url)
        ),
    )
    page = sign_in(context, app)
    page.on("pageerror", lambda error: broken.append(str(error)))
    page.on(
        "console", lambda told: broken.append(told.text) if "Content Security Policy" in told.text else None
    )
    yield page
    assert (strangers, broken) == ([], [])


def reported(app: App, words: str) -> list[tuple[int, float | None, float | None]]:
    """The tickets that were raised in these words: number and place."""
    database = Database(sqlite_url(app.file))
    with database.read() as connection:
        rows = connection.execute(
            select(tickets.c.id, tickets.c.lng, tickets.c.lat)
            .join(ticket_words, ticket_words.c.ticket_id == tickets.c.id)
            .where(ticket_words.c.description == words)
        ).all()
    database.close()
    return [tuple(row) for row in rows]


def photo_of(app: App, ticket_id: int) -> bytes:
    database = Database(sqlite_url(app.file))
    with database.read() as connection:
        body: bytes = connection.scalars(select(photos.c.body).where(photos.c.ticket_id == ticket_id)).one()
    database.close()
    return body


@pytest.fixture
def large_photo(tmp_path: Path) -> Path:
    """A large picture, lying on its side, that tells where it was taken; too busy to become small by itself."""
    notes = Image.Exif()
    notes[0x0112] = 6
    notes.get_ifd(0x8825)[2] = (39.0, 51.0, 0.0)
    image = Image.effect_noise((2_400, 1_800), 90).convert("RGB")
    image.save(tmp_path / "large.jpg", quality=92, exif=notes)
    return tmp_path / "large.jpg"


def test_a_report_takes_four_taps_and_its_photo_travels_small(
    page: Page, app: App, large_photo: Path
) -> None:
    page.locator(".bar .raise").tap()
    sent: list[int] = []
    page.on(
        "request",
        lambda asked: sent.append(len(asked.post_data_buffer or b"")) if asked.method == "POST" else None,
    )
    page.locator("input[type=image]").tap(position={"x": 200, "y": 110})
    page.get_by_text("位于").wait_for()
    page.locator("#photo").set_input_files(large_photo)
    page.locator(".photo img").wait_for()
    page.locator(".chip").first.tap()
    kind = page.locator(".chip").first.inner_text().removeprefix("✓").strip()
    page.get_by_role("button", name="提交").last.tap()
    page.get_by_text("提单：操作成功").wait_for()
    found = reported(app, kind)
    kept = photo_of(app, found[-1][0])
    image = Image.open(io.BytesIO(kept))
    assert max(sent) < 420_000 < large_photo.stat().st_size, "it was made small before it travelled"
    assert len(kept) <= 400_000 and image.height > image.width and not dict(image.getexif())
    assert found[-1][1] is not None
    assert page.evaluate("Object.keys(localStorage)") == []


def test_every_target_is_as_large_as_a_thumb(page: Page, app: App) -> None:
    ticket = page.locator(".card").first.get_attribute("href")
    page.goto(app.url + str(ticket))
    move = (
        page.locator(".moves a").first.get_attribute("href") if page.locator(".moves a").count() else ticket
    )
    for path in ("/m", "/m/raise", str(ticket), str(move), "/m/inbox", "/m/me"):
        page.goto(app.url + path)
        page.evaluate("document.querySelectorAll('details').forEach((each) => each.open = true)")
        assert page.evaluate(SMALLER) == [], path
        assert page.evaluate(SMALL_TYPE) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path


AT_REST = """() => new Promise((done) => {
  let last = scrollY, still = 0;
  const look = () => {
    still = scrollY === last ? still + 1 : 0;
    last = scrollY;
    if (still > 30) done(scrollY); else requestAnimationFrame(look);
  };
  look();
})"""
"""Where the page is once a swipe has run out."""


def test_cards_and_map_have_their_measures_and_the_page_scrolls_past_the_map(
    page: Page, context: BrowserContext
) -> None:
    card, shown = page.locator(".card").first.bounding_box(), page.locator(".map").bounding_box()
    assert card and shown and card["height"] >= 96 and shown["height"] <= PHONE["height"] / 3
    touch = context.new_cdp_session(page)

    def swipe() -> float:
        """How far the page came; a tap may have brought it to another height before."""
        map_now = page.locator(".map").bounding_box()
        assert map_now
        x, y = map_now["x"] + 100, map_now["y"] + map_now["height"] / 2
        before = float(page.evaluate("scrollY"))
        touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
        for step in range(1, 9):
            touch.send(
                "Input.dispatchTouchEvent",
                {"type": "touchMove", "touchPoints": [{"x": x, "y": y - 20 * step}]},
            )
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        return float(page.evaluate(AT_REST)) - before

    assert swipe() > 100, "a thumb on the map scrolls the page"
    page.evaluate("scrollTo(0, 0)")
    before = page.locator(".map [role=img] > svg").get_attribute("viewBox")
    page.get_by_role("button", name="移动地图").tap()
    page.get_by_role("button", name="放大").tap()
    assert page.locator(".map [role=img] > svg").get_attribute("viewBox") != before
    zoomed = page.locator(".map [role=img] > svg").get_attribute("viewBox")
    assert swipe() == 0 and page.locator(".map [role=img] > svg").get_attribute("viewBox") != zoomed, (
        "now the map moves"
    )


def test_what_was_typed_survives_a_reload_and_a_report_without_network_is_sent_later_once(
    page: Page, context: BrowserContext, app: App, large_photo: Path
) -> None:
    page.goto(f"{app.url}/m/raise")
    page.fill("#words", "雨天积水没过脚踝")
    page.locator(".chip").nth(2).tap()
    page.locator("input[type=image]").tap(position={"x": 190, "y": 110})
    page.get_by_text("位于").wait_for()
    at = page.locator("input[name=at]").input_value()
    page.reload()
    assert page.locator("#words").input_value() == "雨天积水没过脚踝"
    assert page.locator("input[name=at]").input_value() == at and page.locator(".chip :checked").count() == 1
    page.locator("#photo").set_input_files(large_photo)
    page.locator(".photo img").wait_for()
    context.set_offline(True)
    page.get_by_role("button", name="提交").last.tap()
    page.get_by_text("已存在本机").wait_for()
    assert (
        page.locator(".top .unsent").inner_text() == "未提交 1" and page.locator("#words").input_value() == ""
    )
    assert reported(app, "雨天积水没过脚踝") == []
    context.set_offline(False)
    page.locator(".top .unsent").wait_for(state="hidden")
    page.evaluate("dispatchEvent(new Event('online'))")
    page.goto(f"{app.url}/m")
    (found,) = reported(app, "雨天积水没过脚踝")
    assert f"{found[1]:.6f},{found[2]:.6f}" == at and len(photo_of(app, found[0])) <= 400_000


def test_a_report_that_was_refused_later_says_why_and_comes_back_into_the_form(
    page: Page, context: BrowserContext, app: App
) -> None:
    page.goto(f"{app.url}/m/raise")
    page.fill("#words", "站在别的辖区里写的")
    page.locator(".chip").first.tap()
    page.get_by_role("button", name="定位到我").tap()
    page.get_by_text("不在网格内").wait_for()
    context.set_offline(True)
    page.get_by_role("button", name="提交").last.tap()
    page.get_by_text("已存在本机").wait_for()
    context.set_offline(False)
    page.locator(".waiting").get_by_text("该位置不在您的辖区").wait_for()
    page.get_by_role("button", name="修改后提交").tap()
    assert page.locator("#words").input_value() == "站在别的辖区里写的"
    page.locator("#unsent").wait_for(state="hidden")
    page.locator(".tools button").first.wait_for()
    page.goto(f"{app.url}/m/raise")
    page.locator("input[type=image]").tap(position={"x": 190, "y": 110})
    page.get_by_text("位于").wait_for()
    page.get_by_role("button", name="提交").last.tap()
    page.get_by_text("提单：操作成功").wait_for()
    assert len(reported(app, "站在别的辖区里写的")) == 1


def test_a_note_without_network_stays_in_its_form(page: Page, context: BrowserContext, app: App) -> None:
    for path in [each.get_attribute("href") for each in page.locator(".card").all()]:
        page.goto(app.url + str(path))
        if page.locator('.moves a[href$="hand_up"]').count():
            break
    page.locator('.moves a[href$="hand_up"]').tap()
    page.fill("#words", "需要街道协调")
    context.set_offline(True)
    page.locator(".bar .primary").tap()
    page.get_by_text("填写的内容已保留").wait_for()
    context.set_offline(False)
    page.reload()
    assert page.locator("#words").input_value() == "需要街道协调"
    page.locator(".bar .primary").tap()
    page.get_by_text("操作成功").wait_for()
    assert page.evaluate("Object.keys(localStorage)") == []


ANOTHERS_REPORT = """() => new Promise((done) => {
  const asked = indexedDB.open("redgrid", 1);
  asked.onsuccess = () => {
    const work = asked.result.transaction("unsent", "readwrite");
    work.objectStore("unsent").put({ once: "another", person: "0", fields: [] });
    work.oncomplete = () => { asked.result.close(); done(); };
  };
})"""


def test_signing_out_leaves_nothing_on_the_phone(page: Page, context: BrowserContext, app: App) -> None:
    heard: list[str] = []
    page.goto(f"{app.url}/m/raise")
    page.fill("#words", "只有我该看到")
    page.locator(".chip").first.tap()
    page.locator("input[type=image]").tap(position={"x": 190, "y": 110})
    context.set_offline(True)
    page.get_by_role("button", name="提交").last.tap()
    page.get_by_text("已存在本机").wait_for()
    page.fill("#words", "下一件")
    # The queue must not be sent before the way out is taken.
    page.route("**/m/token", lambda route: route.abort())
    context.set_offline(False)
    page.goto(f"{app.url}/m/me")
    # Whoever had the phone before, and did not sign out, has an unsent report in it too.
    page.evaluate(ANOTHERS_REPORT)
    page.once("dialog", lambda asked: (heard.append(asked.message), asked.accept()))
    page.locator("[data-out]").tap()
    page.locator("#password").wait_for()
    page.unroute("**/m/token")
    assert "2" in heard[0], "whose reports are deleted is not hidden"
    assert page.evaluate("Object.keys(localStorage)") == []
    assert page.evaluate("indexedDB.databases()") == []
    again = sign_in(context, app)
    assert again.locator(".top .unsent").is_hidden() and reported(app, "只有我该看到") == []


def test_where_i_am_outside_the_area_is_told_before_anything_is_sent(page: Page, app: App) -> None:
    page.goto(f"{app.url}/m/raise")
    page.get_by_role("button", name="定位到我").tap()
    page.get_by_text("不在网格内").wait_for()
    assert page.locator("input[name=at]").input_value() == "0.000000,0.000000"


def test_a_report_needs_no_script(browser: Browser, app: App, large_photo: Path) -> None:
    context = browser.new_context(
        locale="zh-CN", viewport=PHONE, has_touch=True, is_mobile=True, java_script_enabled=False
    )
    page = sign_in(context, app, "member")
    page.locator(".bar .raise").tap()
    page.fill("#words", "没有脚本也能上报")
    page.locator("input[type=image]").tap(position={"x": 195, "y": 115})
    page.get_by_text("位于").wait_for()
    assert page.locator("#words").input_value() == "没有脚本也能上报"
    page.locator(".chip").first.tap()
    page.locator("#photo").set_input_files(large_photo)
    page.get_by_role("button", name="提交").last.tap()
    page.get_by_text("提单：操作成功").wait_for()
    (found,) = reported(app, "没有脚本也能上报")
    assert len(photo_of(app, found[0])) <= 400_000
    context.close()
