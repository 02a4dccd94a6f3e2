"""A resident on a phone rates in a real browser with scripts off: its form must pass the door by itself."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import select

from domain.tickets import State
from storage.database import Database
from storage.schema import ratings, tickets
from tests.browser.conftest import App
from tests.conftest import sqlite_url

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PHONE = {"width": 390, "height": 844}
TARGET = 48
"""Pixels: the least height of what a thumb should meet."""


def a_link(app: App) -> str:
    database = Database(sqlite_url(app.file))
    with database.read() as connection:
        token = connection.scalars(
            select(ratings.c.token)
            .join(tickets, tickets.c.id == ratings.c.ticket_id)
            .where(
                tickets.c.state == State.AWAITING_RATING.value, tickets.c.source == "resident", tickets.c.live, ratings.c.grade.is_(None),
                ratings.c.cycle == tickets.c.cycle,
            )
            .order_by(ratings.c.until_at.desc())
            .limit(1)
        ).one()  # fmt: skip
    database.close()
    return f"{app.url}/public/rate/{token}"


@pytest.fixture
def phone(browser: Browser) -> Page:
    return browser.new_context(locale="zh-CN", viewport=PHONE, java_script_enabled=False).new_page()


def test_a_resident_rates_with_a_thumb_and_without_a_script(app: App, phone: Page) -> None:
    link = a_link(app)
    asked: list[str] = []
    phone.on("request", lambda request: asked.append(request.url))
    phone.goto(link)
    heights = [
        box["height"]
        for box in (spot.bounding_box() for spot in phone.locator("label:has(input), button, a").all())
        if box
    ]
    assert len(heights) == 7 and min(heights) >= TARGET
    bounds = phone.locator("html").bounding_box()
    assert bounds and bounds["width"] <= PHONE["width"]
    phone.get_by_text("非常满意", exact=True).click()
    phone.get_by_role("button", name="提交评价").click()
    phone.get_by_text("感谢您的评价，已经收到。").wait_for()
    assert phone.goto(link).status == 410  # type: ignore[union-attr]
    assert [url for url in asked if not url.startswith((app.url, "data:"))] == []
