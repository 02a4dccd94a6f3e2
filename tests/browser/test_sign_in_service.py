"""The button of the city's own sign-in service, pressed in a real browser: to another site, and back with a session."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from storage import people
from storage.database import Database
from tests.browser.conftest import start
from tests.conftest import sqlite_url
from tests.server.provider import CLIENT, SECRET, Provider, running

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def service() -> Iterator[Provider]:
    with running() as provider:
        yield provider


@pytest.fixture(scope="module")
def address(
    service: Provider, demo_file_of_today: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The app, under another host name than the service: to the browser they are two sites."""
    file = tmp_path_factory.mktemp("oidc") / "city.db"
    shutil.copy(demo_file_of_today, file)
    database = Database(sqlite_url(file))
    with database.write() as connection:
        people.change_account(connection, "office", subject=service.who["sub"])
    database.close()
    process, url = start(
        file,
        REDGRID_OIDC_ISSUER=service.issuer,
        REDGRID_OIDC_CLIENT_ID=CLIENT,
        REDGRID_OIDC_CLIENT_SECRET=SECRET,
        REDGRID_OIDC_NAME="政务通",
    )
    yield url.replace("127.0.0.1", "localhost")
    process.terminate()
    process.wait(20)


@pytest.mark.parametrize(("locale", "label"), [("zh-CN", "使用政务通登录"), ("en-GB", "Sign in with 政务通")])
def test_the_button_leads_to_the_service_and_back_to_what_was_wanted(
    browser: Browser, address: str, locale: str, label: str
) -> None:
    context = browser.new_context(locale=locale, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(f"{address}/login?next=/live/loads%3Flevel%3D1")
    button = page.locator("a.service")
    assert button.inner_text() == label
    box = button.bounding_box()
    assert box is not None and box["height"] >= 48
    button.click()
    page.wait_for_url(f"{address}/live/loads?level=1")
    ours = next(c for c in context.cookies() if c["name"] == "redgrid")
    assert (ours["httpOnly"], ours["sameSite"]) == (True, "Lax")
    assert not [c for c in context.cookies(f"{address}/oidc/callback") if c["name"] == "redgrid_oidc"]
    assert context.request.get(f"{address}/live/loads?level=1").status == 200
    context.close()
