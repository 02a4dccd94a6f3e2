"""The desk without a mouse, and its address: keys, the table twin, measures, filters, the browser's back button."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_another_measure_recolours_the_same_map(visit: Visitor) -> None:
    visit.sign_in("leader")
    frame = visit.map()
    assert frame.evaluate("redgrid.measure") == "open_per_100"
    frame.evaluate("window.untouched = 'the same frame'")
    visit.page.locator(".st-key-measure").get_by_role("combobox").click()
    visit.page.get_by_role("option", name="按期办结率").click()
    frame.wait_for_function("redgrid.measure === 'on_time'")
    assert frame.evaluate("window.untouched") == "the same frame"
    expect(frame.locator(".redgrid-legend")).to_contain_text("按期办结率（30天）")
    expect(frame.locator(".redgrid-legend")).to_contain_text("样本不足")
    classes = set(frame.evaluate("redgrid.codes().map(redgrid.classOf)"))
    assert classes & {1, 2, 3, 4, 5} and 8 in classes
    visit.page.wait_for_url(re.compile("measure=on_time"))
    visit.page.reload()
    visit.map().wait_for_function("redgrid.measure === 'on_time'")


def test_keys_do_what_the_mouse_does_and_never_while_somebody_types(visit: Visitor) -> None:
    visit.sign_in("community")
    page, frame = visit.page, visit.map()
    expect(page.locator(".st-key-tickets .rg-card").first).to_be_visible()
    page.keyboard.press("1")
    frame.wait_for_function("redgrid.level === 1")
    page.keyboard.press("3")
    frame.wait_for_function("redgrid.level === 3")
    page.keyboard.press("/")
    expect(page.get_by_placeholder("网格、编码或地址")).to_be_focused()
    page.keyboard.type("1r?")
    expect(page.get_by_placeholder("网格、编码或地址")).to_have_value("1r?")
    assert frame.evaluate("redgrid.level") == 3
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    box = page.get_by_role("dialog", name="键盘快捷键")
    expect(box).to_be_visible()
    page.keyboard.press("1")
    page.keyboard.press("Escape")
    expect(box).to_have_count(0)
    assert frame.evaluate("redgrid.level") == 3
    page.keyboard.press("r")
    expect(page.locator(".st-key-raising")).to_be_visible()


def test_the_letters_that_streamlit_listens_for_ask_nobody_anything(visit: Visitor) -> None:
    visit.sign_in("leader")
    visit.map()
    visit.page.locator(".rg-kpis").click()
    visit.page.keyboard.press("c")
    visit.page.wait_for_timeout(700)
    expect(visit.page.get_by_role("dialog")).to_have_count(0)


def test_cards_are_walked_through_and_opened_by_keys(visit: Visitor) -> None:
    visit.sign_in("street")
    page = visit.page
    visit.map()
    cards = page.locator(".st-key-tickets .rg-card")
    expect(cards.first).to_be_visible()
    page.locator(".rg-kpis").click()
    page.keyboard.press("j")
    expect(cards.nth(0)).to_be_focused()
    page.keyboard.press("j")
    expect(cards.nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(cards.nth(0)).to_be_focused()
    no = cards.nth(0).locator("a").inner_text()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(f"ticket={no}"))


def test_keys_work_while_the_map_has_the_focus_and_escape_goes_up(visit: Visitor) -> None:
    visit.sign_in("leader")
    frame = visit.map()
    code = frame.evaluate("redgrid.codes()[2]")
    visit.click(code)
    frame.locator(".leaflet-container").focus()
    visit.page.keyboard.press("2")
    frame.wait_for_function("redgrid.level === 2")
    visit.page.keyboard.press("1")
    frame.wait_for_function("redgrid.level === 1")
    visit.click(code)
    visit.page.keyboard.press("Escape")
    frame.wait_for_function("redgrid.selected === null")


def test_the_table_tells_what_the_map_shows_sorts_and_leads_to_a_grid(visit: Visitor) -> None:
    visit.sign_in("leader")
    page, frame = visit.page, visit.map()
    shown = frame.evaluate("Object.fromEntries(redgrid.codes().map(code => [code, redgrid.load(code)]))")
    page.locator(".rg-kpis").click()
    page.keyboard.press("t")
    table = page.get_by_role("table")
    expect(table).to_be_visible()
    page.wait_for_url(re.compile("as=table"))
    told = table.locator("tbody tr").evaluate_all(
        "rows => rows.map(row => [row.dataset.code, Number(row.cells[2].dataset.value)])"
    )
    assert dict(told) == shown
    table.get_by_role("button", name="在办", exact=True).click()
    counts = table.locator("tbody tr").evaluate_all(
        "rows => rows.map(row => Number(row.cells[2].dataset.value))"
    )
    assert counts == sorted(counts, reverse=True)
    expect(table.get_by_role("columnheader", name="在办", exact=True)).to_have_attribute(
        "aria-sort", "descending"
    )
    page.evaluate("window.untouched = 'the same page'")
    row = table.locator("tbody tr").nth(1)
    code = row.get_attribute("data-code")
    row.get_by_role("link").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(f'.st-key-panel [data-grid="{code}"]')
    assert page.evaluate("window.untouched") == "the same page" and f"grid={code}" in page.url
    expect(table.locator("tr[aria-current]")).to_have_attribute("data-code", str(code))
    with page.expect_download() as loaded:
        page.get_by_role("button", name="下载 CSV").click()
    text = loaded.value.path().read_text(encoding="utf-8-sig")
    assert len(text.splitlines()) == len(shown) + 1 and str(code) in text


def test_the_back_button_leads_to_the_former_view_and_the_address_holds_the_filters(visit: Visitor) -> None:
    visit.sign_in("leader")
    page = visit.page
    codes = visit.map().evaluate("redgrid.codes()")
    visit.click(codes[0])
    visit.click(codes[1])
    page.go_back()
    page.wait_for_selector(f'.st-key-panel [data-grid="{codes[0]}"]')
    visit.map().wait_for_function("code => redgrid.selected === code", arg=codes[0])
    page.locator(".st-key-only").get_by_text("超期").click()
    page.wait_for_url(re.compile("only=overdue"))
    page.go_back()
    expect(
        page.locator(".st-key-only button[aria-checked=true], .st-key-only button[kind$=Active]")
    ).to_have_text("在办")


def test_a_view_is_kept_under_a_name_and_opened_again(visit: Visitor) -> None:
    visit.sign_in("office", "/%3Fonly=overdue%26measure=overdue%26level=2")
    page = visit.page
    visit.map()
    page.get_by_role("button", name="☆ 常用视图").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="保存当前视图").click()
    expect(dialog.get_by_text("请填写视图名称。")).to_be_visible()
    dialog.get_by_role("textbox").fill("小区超期")
    dialog.get_by_role("button", name="保存当前视图").click()
    expect(page.get_by_text("常用视图“小区超期”已保存。")).to_be_visible()
    page.goto(visit.url)
    visit.map()
    page.get_by_role("button", name="☆ 常用视图").click()
    page.get_by_role("dialog").get_by_role("button", name="小区超期").click()
    page.wait_for_url(re.compile("only=overdue"))
    visit.map().wait_for_function("redgrid.level === 2 && redgrid.measure === 'overdue'")
