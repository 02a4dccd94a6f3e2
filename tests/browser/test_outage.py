"""The store goes away while somebody writes: one sentence says so, what was typed stays, and it can be sent when the store is back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import App, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WORDS = "已到现场，清理完毕，照片稍后补上。"


@contextmanager
def away(file: Path) -> Iterator[None]:
    """Meanwhile the city's file is not where it belongs."""
    elsewhere = file.with_suffix(".elsewhere")
    file.rename(elsewhere)
    try:
        yield
    finally:
        elsewhere.rename(file)


def write_report(visit: Visitor, words: str) -> None:
    """The phone's form, filled in."""
    visit.sign_in("member", "/m/raise")
    visit.page.fill("#words", words)
    visit.page.locator("label.chip").first.click()
    visit.page.locator("details summary").first.click()
    visit.page.select_option("#grid", index=1)


def test_a_form_of_the_desk_keeps_its_words_and_is_sent_when_the_store_is_back(
    app: App, visit: Visitor
) -> None:
    page = visit.page
    write_report(visit, "楼道灯不亮。")
    page.locator("button.primary").click()
    page.wait_for_url("**/m/tickets/**")
    page.goto(f"{app.url}/")
    visit.map()
    page.locator(".st-key-panel").get_by_role("button", name="就地解决").first.click()
    form = page.get_by_role("dialog")
    form.get_by_role("textbox").fill(WORDS)
    send = form.get_by_role("button", name="就地解决")
    with away(app.file):
        send.click()
        expect(form.get_by_role("alert")).to_contain_text("数据库")
        expect(form.get_by_role("textbox")).to_have_value(WORDS)
        # Whoever tries again meanwhile is told again.
        send.click()
        page.wait_for_timeout(3_000)
        expect(form.get_by_role("alert")).to_contain_text("数据库")
        expect(form.get_by_role("textbox")).to_have_value(WORDS)
    send.click()
    expect(form).to_have_count(0)
    expect(page.locator(".st-key-panel")).to_contain_text("就地解决：操作成功")


def test_a_search_says_that_the_store_is_away_and_the_desk_is_whole_when_it_is_back(
    app: App, visit: Visitor
) -> None:
    visit.sign_in("leader")
    page = visit.page
    visit.map()
    with away(app.file):
        page.wait_for_timeout(2_500)
        page.get_by_placeholder("网格、编码或地址").fill("没有这个地方")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert").first).to_contain_text("数据库")
        page.wait_for_timeout(2_500)
        assert page.locator("[data-testid=stException]").count() == 0
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.get_by_placeholder("网格、编码或地址")).to_be_visible()
    visit.map()


def test_a_report_from_the_phone_waits_there_and_is_sent_by_itself(app: App, visit: Visitor) -> None:
    page = visit.page
    write_report(visit, WORDS)
    with away(app.file):
        page.locator("button.primary").click()
        expect(page.get_by_role("alert")).to_contain_text("当前无法提交，工单已存在本机")
        expect(page.locator(".waiting")).to_contain_text(WORDS)
    # As if the network came back; without it the phone tries once a minute.
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("#unsent")).to_be_hidden()
    with closing(sqlite3.connect(app.file)) as city:
        asked = "SELECT count(*) FROM ticket_words WHERE description = ?"
        assert city.execute(asked, (WORDS,)).fetchone() == (1,)
