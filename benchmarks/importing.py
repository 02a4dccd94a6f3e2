"""Bring 100,000 tickets in from a CSV: rows for each second of processor time, the database's with it."""

from __future__ import annotations

import csv
import sys
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from benchmarks.many_tickets import _processor, _server, opened
from benchmarks.table import Row
from city.tickets import TicketColumns, import_tickets

ROWS, GOAL = 100_000, 20_000
HEADER = ("no", "lng", "lat", "opened", "closed", "due", "category", "department", "address")
COLUMNS = TicketColumns("no", "lng", "lat", "opened", "category", "closed", "due", "department", "address")


def write(path: Path, rows: int = ROWS) -> None:
    """A table of three years; one in fifty is open."""
    random, begins = Random(1), datetime(2023, 11, 24)
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(HEADER)
        for n in range(rows):
            opened_at = begins + timedelta(minutes=n * 1_500_000 // rows)
            closed, due = (opened_at + timedelta(minutes=random.randrange(9_000)) for _ in range(2))
            out.writerow(
                (f"X{n:08}", f"{124.1 + random.random() / 10:.6f}", f"{39.85 + random.random() / 10:.6f}", opened_at,
                 "" if n % 50 == 0 else closed, due, random.choice(("0104", "0301", "0207")), random.choice(("water", "heating")),
                 f"万泰小区{random.randrange(60)}号楼{random.randrange(9)}单元")
            )  # fmt: skip


def measure(url: str, kind: str) -> Row:
    """One kind of database, empty but for the demo city."""
    city = opened(url)
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "tickets.csv"
        write(path)
        server = _server(city.database)
        busy = _processor(server)
        done = import_tickets(city, path, COLUMNS, zone=ZoneInfo("Asia/Shanghai"))
        rate = ROWS / (_processor(server) - busy)
    assert done.new == ROWS
    city.database.close()
    what = f"import of {ROWS:,} tickets from CSV, with events and the search ({kind})"
    return Row(what, "–", f"{rate:,.0f} rows a second of processor", "–", f"≥ {GOAL:,}", rate >= GOAL)


if __name__ == "__main__":
    print(measure(sys.argv[1], "alone").ours)
