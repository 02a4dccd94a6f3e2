"""Names as long as people give them, everywhere: nothing runs over its card or over the side of a page."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from sqlalchemy import Connection, text

from city.settings import HOME
from tests.browser.test_every_page import DESK, PAGES, PHONE, WIDE, Guest, Town, running

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ZH = "滨海经济开发区大东沟街道办事处东港湾社区第一网格综合服务"
EN = "Comprehensive Waterfront Administration and Law Enforcement Bureau of the Economic Zone"
LARGER = (1920, 1080)

ROWS = (
    "desk of the office", "desk of the community", "desk of the department", "desk of a grid", "desk as a table", "desk, raising",
    "ticket", "ticket, a move", "ticket that waits for its rating", "inbox", "meetings", "meetings, calendar", "figures", "routing",
    "my grid", "raise", "phone ticket", "move", "phone inbox", "me", "account", "public grids", "posting", "poster", "report",
    "what became of a report", "rating", "slip", "QR code for a resident",
    "grid work, needs", "grid work, orders", "orders", "an order", "ordering, what", "what became of an order",
)  # fmt: skip


def renamed(connection: Connection) -> None:
    """Every grid, street and department bears a name of thirty characters."""
    for table in ("grids", "streets"):
        connection.execute(text(f"UPDATE {table} SET name = :zh || substr('00' || code, -2)"), {"zh": ZH})
    connection.execute(
        text("UPDATE departments SET name = :zh || '总局', name_en = :en"), {"zh": ZH, "en": EN}
    )


@pytest.fixture(scope="module")
def town(demo_file_of_today: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """The demo city under long names, its categories too."""
    folder = tmp_path_factory.mktemp("long")
    shutil.copytree(HOME / "data", folder / "data")
    rules = folder / "data" / "rules" / "categories.toml"
    long = re.sub(r'\bzh = "', f'zh = "{ZH}', rules.read_text(encoding="utf-8"))
    rules.write_text(re.sub(r'\ben = "', f'en = "{EN} ', long), encoding="utf-8")
    shutil.copy(demo_file_of_today, folder / "city.db")
    yield from running(folder / "city.db", renamed, REDGRID_DATA=str(folder / "data"))


@pytest.fixture(scope="module")
def guest(browser: Browser, town: Town) -> Iterator[Guest]:
    comes = Guest(browser, town)
    yield comes
    comes.leave()


@pytest.mark.parametrize("name", ROWS)
def test_long_names_stay_in_their_places(guest: Guest, name: str) -> None:
    row = PAGES[name]
    for lang in row.langs:
        guest.opens(row, lang)
        assert ZH[:20] in guest.page.content() or EN[:20] in guest.page.content() or row.size == PHONE
        assert guest.page.evaluate(WIDE) == [], lang
        if row.size == DESK:
            guest.page.set_viewport_size({"width": LARGER[0], "height": LARGER[1]})
            guest.page.wait_for_timeout(300)
            assert guest.page.evaluate(WIDE) == [], (lang, LARGER)
