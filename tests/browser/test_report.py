"""A leader reads last year's report: a figure with its formula, the rows behind it, the report as a Word file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from docx import Document
from playwright.sync_api import Browser, expect

from tests.browser.conftest import App, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_leader_reads_last_years_report_and_takes_it_along(
    app: App, browser: Browser, tmp_path: Path
) -> None:
    leader = Visitor(browser, app.url).sign_in("leader")
    page = leader.page
    page.goto(f"{app.url}/?view=work&part=report")
    page.get_by_role("combobox").nth(1).click()
    page.get_by_role("option", name="去年").click()
    expect(page).to_have_url(f"{app.url}/?view=work&part=report&period=last_year")

    held = page.locator("#figure-meetings_held")
    expect(held.get_by_role("rowheader")).to_have_text("召开联席会议")
    expect(held).to_contain_text("= 社区、街道、市级已办结的联席会议，不含小区协商会")
    # The address changes first; the figures follow.
    expect(held.get_by_role("link", name="查看明细")).to_have_attribute(
        "href", re.compile("period=last_year")
    )
    number = held.locator("td.number").inner_text()
    held.get_by_role("link", name="查看明细").click()
    rows = page.locator(".rg-list tbody tr")
    expect(rows).to_have_count(int(number))
    page.get_by_role("link", name="报告全部指标").click()

    with page.expect_download() as taken:
        page.get_by_role("button", name="Word 报告（中文）").click()
    file = tmp_path / taken.value.suggested_filename
    taken.value.save_as(file)
    paper = Document(str(file))
    assert any(number in paragraph.text and "联席会" in paragraph.text for paragraph in paper.paragraphs)
    assert len(paper.tables) > 2
    assert leader.strangers == [] and leader.errors == []
