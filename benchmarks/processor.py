"""Tell processor time: ours, and that of a database's server beside us."""

from __future__ import annotations

import os
import time
from pathlib import Path

from sqlalchemy import text

from storage.database import Database


def processor_time(server: int | None) -> float:
    """Seconds of processor time so far: ours, and those of all children of a server."""
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat") if server else ():
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[1]) == server:
            ticks += int(fields[11]) + int(fields[12])
    return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")


def server_of(database: Database) -> int | None:
    """The process over a PostgreSQL's own; None of a file, which is read in ours."""
    if database.is_sqlite:
        return None
    with database.read() as connection:
        backend = connection.scalar(text("SELECT pg_backend_pid()"))
    return int(Path(f"/proc/{backend}/stat").read_text().rsplit(")", 1)[1].split()[1])
