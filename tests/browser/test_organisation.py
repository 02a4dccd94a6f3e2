"""Organisation, bodies and leaders, as the people they are for use them in a real browser."""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visitor, unfold

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def receipt() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (2_000, 1_200), "white").save(out, "JPEG")
    return out.getvalue()


def fact(page: Page, name: str) -> int:
    """What stands over a name in the row of facts, as whole yuan or a count."""
    box = page.locator(".rg-facts-row div", has=page.get_by_text(name, exact=True))
    return int(re.sub(r"[¥,]", "", box.locator("b").inner_text()))


def test_a_compound_head_writes_a_spending_with_its_receipt_and_sees_the_balance(visit: Visitor) -> None:
    page = visit.sign_in("compound", "/%3Fview=work%26part=organisation").page
    page.wait_for_selector(".st-key-work-organisation .rg-list")
    left = fact(page, "结余")
    unfold(page, "登记支出")
    page.get_by_label("用途").fill("门口宣传栏")
    page.get_by_label("金额（元）").fill("120.00")
    page.locator("input[type=file]").first.set_input_files(
        {"name": "r.jpg", "mimeType": "image/jpeg", "buffer": receipt()}
    )
    page.get_by_text("r.jpg").wait_for()
    page.get_by_role("button", name="记录", exact=True).click()
    page.get_by_role("cell", name="门口宣传栏").wait_for()
    assert fact(page, "结余") == left - 120
    with page.context.expect_page() as opened:
        page.get_by_role("row", name="门口宣传栏").get_by_role("link", name="票据").click()
    shown = opened.value
    shown.wait_for_load_state()
    assert shown.locator("img").evaluate("picture => picture.naturalWidth") == 1_600


def test_a_community_promises_a_deed_and_notes_a_leaders_visit(visit: Visitor) -> None:
    page = visit.sign_in("community", "/%3Fview=work%26part=bodies").page
    page.wait_for_selector(".st-key-work-bodies .rg-list")
    promised = fact(page, "承诺")
    unfold(page, "登记承诺事项")
    page.get_by_label("办什么实事").fill("添置儿童图书")
    page.get_by_role("button", name="承诺", exact=True).click()
    page.get_by_role("rowheader", name="添置儿童图书").wait_for()
    assert fact(page, "承诺") == promised + 1
    page.goto(f"{visit.url}/?view=work&part=leaders")
    page.wait_for_selector(".st-key-work-leaders .rg-list")
    unfold(page, "登记领导走访")
    page.get_by_label("走访内容").fill("查看新装路灯")
    page.get_by_role("button", name="记录", exact=True).click()
    expect(page.get_by_role("cell", name="查看新装路灯")).to_be_visible()


def test_a_leader_sees_every_leaders_quarters(visit: Visitor) -> None:
    page = visit.sign_in("leader", "/%3Fview=work%26part=leaders").page
    page.wait_for_selector(".st-key-work-leaders .rg-list")
    table = page.locator(".rg-list").first
    expect(table.locator("tbody tr")).to_have_count(32)
    assert fact(page, "市级领导") == 32 and fact(page, "漏访") == table.get_by_text("✕ 漏访").count()
    expect(page.locator("summary", has_text="登记领导走访")).to_have_count(0)
