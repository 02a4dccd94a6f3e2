"""Tickets from a table: two who bring in the same one at once bring in each ticket once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from city.settings import Settings
from city.tickets import TicketColumns, import_tickets
from storage.database import Database
from storage.days import wrong_days
from storage.schema import tickets
from tests.conftest import NOON, CityAtNoon

COLUMNS = TicketColumns("id", "lng", "lat", "opened", "category")
ROWS = 2_000


def test_two_who_bring_in_the_same_table_at_once_bring_in_each_ticket_once(
    database: Database, tmp_path: Path
) -> None:
    table = tmp_path / "tickets.csv"
    rows = (f"A{n},124.1,39.9,{NOON - timedelta(minutes=n):%Y-%m-%d %H:%M},路灯" for n in range(ROWS))
    table.write_text("\n".join(["id,lng,lat,opened,category", *rows]), encoding="utf-8")
    at_once = threading.Barrier(2)

    def bring(_: int) -> tuple[int, int]:
        city = CityAtNoon(Settings(database_url=database.url))
        at_once.wait()
        done = import_tickets(city, table, COLUMNS, zone=ZoneInfo("Asia/Shanghai"))
        city.database.close()
        return done.new, done.known

    with ThreadPoolExecutor(2) as both:
        told = sorted(both.map(bring, range(2)))
    assert told == [(0, ROWS), (ROWS, 0)]
    with database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(tickets)) == ROWS
        assert not wrong_days(connection)
