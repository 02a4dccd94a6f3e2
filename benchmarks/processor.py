"""Tell processor time: ours, and that of a database's server beside us."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from statistics import median
from typing import TypeVar

from sqlalchemy import text

from storage.database import Database

T = TypeVar("T")

SHUFFLED = Random(0).sample(range(1_000_000), 20_000)
"""What is sorted to see how slow the machine is."""


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """Seconds of our processor time, whoever else is busy on the machine, and what came out."""
    began = time.process_time()
    made = work()
    return time.process_time() - began, made


def median_time(runs: int, work: Callable[[], T]) -> tuple[float, T]:
    """The median of the seconds of some runs, and what came out of the last."""
    found = [timed(work) for _ in range(runs)]
    return median(seconds for seconds, _ in found), found[-1][1]


def slowness() -> float:
    """Milliseconds of processor time that one same piece of work takes just now: others on the host slow a machine down
    without ever showing in it."""
    began = time.thread_time()
    sorted(SHUFFLED)
    return 1000 * (time.thread_time() - began)


def processor_time(server: int | None) -> float:
    """Seconds of processor time so far: ours, a server's, and those of all its children, also of such as ended: it asks
    several to help with one question."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat") if server else ():
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        own, of_ended = sum(map(int, fields[11:13])), sum(map(int, fields[13:15]))
        if int(stat.parent.name) == server:
            ticks += own + of_ended
        elif int(fields[1]) == server:
            ticks += own
    return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")


def server_of(database: Database) -> int | None:
    """The process over a PostgreSQL's own; None of a file, which is read in ours."""
    if database.is_sqlite:
        return None
    with database.read() as connection:
        backend = connection.scalar(text("SELECT pg_backend_pid()"))
    return int(Path(f"/proc/{backend}/stat").read_text().rsplit(")", 1)[1].split()[1])
