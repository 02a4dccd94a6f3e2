"""The table of results: one row for each thing measured, beside its peer."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

HEADER = "| what | the plain way | ours | ratio | goal | reached |\n| --- | --- | --- | --- | --- | --- |\n"


@dataclass(frozen=True, slots=True)
class Row:
    """One thing measured."""

    what: str
    peer: str
    ours: str
    ratio: str
    goal: str
    reached: bool


def write(path: Path, rows: list[Row]) -> None:
    """RESULTS.md."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    about = (
        f"# Results\n\nWritten by `make bench` on {datetime.now(UTC):%Y-%m-%d %H:%M} UTC: {platform.system()} "
        f"{platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GiB, Python {platform.python_version()}. Each row was "
        "measured beside its peer in the same run, on the same machine, with the browser on it too; read ratios and bytes, "
        "not single times. The peer is the plain way: `folium.GeoJson` in `st_folium`, its assets served locally, the same "
        "store behind its clicks.\n\n"
    )
    lines = [
        f"| {r.what} | {r.peer} | {r.ours} | {r.ratio} | {r.goal} | {'–' if r.goal == '–' else 'yes' if r.reached else '**no**'} |"
        for r in rows
    ]
    path.write_text(about + HEADER + "\n".join(lines) + "\n", encoding="utf-8")
