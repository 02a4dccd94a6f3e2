"""Who may enter, in a real browser: pages keep to their policy, and an open page is left when its sign-in ends."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.conftest import App, Visitor

pytestmark = pytest.mark.browser

VIOLATION = """
  window.violations = [];
  document.addEventListener("securitypolicyviolation", (e) => violations.push(e.violatedDirective + " " + e.blockedURI));
"""


@pytest.fixture
def watched(visit: Visitor) -> Iterator[Visitor]:
    """A visitor of whose every frame it is known what its policy forbade."""
    visit.page.add_init_script(VIOLATION)
    yield visit


def violations(visit: Visitor) -> list[str]:
    return [each for frame in visit.page.frames for each in frame.evaluate("window.violations || []")]


def test_no_page_does_what_its_policy_forbids(watched: Visitor, app: App) -> None:
    with sqlite3.connect(app.file) as connection:
        no = connection.execute("SELECT no FROM tickets WHERE open = 1 AND level3 IS NOT NULL").fetchone()[0]
    watched.sign_in("office")
    frame = watched.map()
    assert frame.evaluate("redgrid.codes().length") > 0
    assert violations(watched) == []
    for path, seen in (
        (f"/?ticket={no}", ".rg-story"),
        ("/?view=figures", ".st-key-downloads"),
        ("/?view=meetings", ".st-key-nav"),
        ("/?view=inbox", ".st-key-nav"),
        ("/account", "form"),
    ):
        watched.page.goto(app.url + path)
        watched.page.wait_for_selector(seen)
        watched.page.wait_for_timeout(500)
        assert violations(watched) == [], path


def test_signed_out_everywhere_an_open_desk_elsewhere_leads_to_the_sign_in(
    browser: Browser, app: App, visit: Visitor
) -> None:
    elsewhere = Visitor(browser, app.url)
    elsewhere.sign_in("street").map()
    visit.sign_in("street", to="/account")
    visit.page.click("button.hard")
    visit.page.wait_for_url("**/login")
    elsewhere.page.wait_for_url("**/login?next=**", timeout=10_000)
    expect(elsewhere.page.locator("#password")).to_be_visible()
    assert elsewhere.strangers == []
    elsewhere.leave()
