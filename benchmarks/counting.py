"""The open load of every grid from a large store: 50,000 open tickets among 100,000 and among 1,000,000."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import insert, text

from benchmarks.table import Row
from domain.grids import Level
from storage import counts
from storage.database import Database
from storage.migrate import migrate
from storage.schema import tickets

NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
OPEN, SMALL, LARGE = 50_000, 100_000, 1_000_000
CHUNK = 20_000


def rows(codes: list[str], start: int, end: int, random: Random) -> Iterator[dict[str, Any]]:
    """Tickets; the first 50,000 are open."""
    for n in range(start, end):
        code, is_open = random.choice(codes), n < OPEN
        opened = NOW - timedelta(minutes=random.randrange(500_000))
        yield {
            "no": f"b{n}", "state": "in_progress" if is_open else "closed", "open": is_open, "holder": code,
            "level1": code[:12], "level2": code[:15], "level3": code, "lng": 124.15, "lat": 39.87, "category": "0301",
            "urgent": False, "source": "grid", "opened_at": opened, "stage_since": opened,
            "warn_at": NOW + timedelta(minutes=random.randrange(-900, 900)) if is_open else None,
            "due_at": NOW + timedelta(minutes=random.randrange(-500, 5000)) if is_open else None,
        }  # fmt: skip


def fill(database: Database, codes: list[str], start: int, end: int) -> None:
    """Insert tickets and let the database look at them."""
    random = Random(start)
    with database.write() as connection:
        for first in range(start, end, CHUNK):
            connection.execute(insert(tickets), list(rows(codes, first, min(end, first + CHUNK), random)))
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE" if database.is_sqlite else "VACUUM ANALYZE tickets"))


def milliseconds(database: Database) -> float:
    """The median of 15 counts of all three levels' finest."""
    took = []
    with database.read() as connection:
        for _ in range(15):
            begun = time.perf_counter()
            found = counts.loads(connection, Level.BUILDING, NOW)
            took.append(1000 * (time.perf_counter() - begun))
    assert sum(load.open for load in found.values()) == OPEN
    return statistics.median(took)


def measure(url: str, kind: str, codes: list[str]) -> Row:
    """Both sizes of one kind of database."""
    database = Database(url)
    migrate(database)
    fill(database, codes, 0, SMALL)
    small = milliseconds(database)
    fill(database, codes, SMALL, LARGE)
    large = milliseconds(database)
    database.close()
    return Row(
        f"open load of every grid, 1,000,000 tickets, 50,000 open ({kind})", f"100,000 tickets: {small:.1f} ms",
        f"{large:.1f} ms", f"{large / small:.2f} × for ten times the tickets", "≤ 30 ms and ≤ 1.3 ×", large <= 30 and large / small <= 1.3,
    )  # fmt: skip
