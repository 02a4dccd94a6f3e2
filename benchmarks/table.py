"""The tables of results: one row for each thing measured, beside its peer; one for each way to divide the city."""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).parent / "RESULTS.md"

SECTION = re.compile(r"<!-- section: (?P<title>[^\n]+) -->\n.*?<!-- end of section -->\n", re.DOTALL)
"""A part of RESULTS.md that a long run wrote, and that every other run leaves as it is."""

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


PEERS = """
## Proposals beside peers

The demo city's own units, grouped by general tools for the same task: level 2 into 105 grids of whole compounds with as many
as possible in 1,000–1,500 households (96,817 / 105 = 922: not all can be), level 3 into 382 grids of 200–400. A peer is asked
for one parent after another – a community, a compound grid of the plan in force – with that plan's number of grids, and gets
the graph of units with the lengths of their borders. Red Grid is asked the same, and for the whole city in one go, where it
shares out the numbers itself. Where a peer takes a target for each part, a tolerance or a score, it is told the band that
way. Seconds are processor time of the solving alone; a peer is stopped after a minute of it. Contiguous: in one piece over
shared borders. How many grids MaxP makes is its own choice (it runs with fewer iterations than its defaults, which take much
longer than the minute), and METIS may leave parts empty: read shares beside the number of grids. Same again: every fourth
parent (Red Grid: the whole city) once more in another process with the same seed.

| level | who | grids | in band | contiguous | without a hole | Polsby–Popper | seconds | same again |
| --- | --- | --- | --- | --- | --- | --- | --- | --- |
"""


@dataclass(frozen=True, slots=True)
class PeerRow:
    """One way to divide one level of the city, and what came of it; "–" where there is nothing to say."""

    level: int
    who: str
    grids: str
    in_band: str
    contiguous: str
    without_hole: str
    compactness: str
    seconds: str
    again: str

    @property
    def line(self) -> str:
        return f"| {' | '.join(str(getattr(self, name)) for name in self.__slots__)} |"


def machine() -> str:
    """When and on what machine this is measured, in one line."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC: {platform.system()} {platform.machine()}, {os.cpu_count()} cores, "
        f"{memory:.0f} GiB, Python {platform.python_version()}"
    )


def table(rows: Sequence[Row]) -> str:
    """Rows as a table of Markdown."""
    lines = [
        f"| {r.what} | {r.peer} | {r.ours} | {r.ratio} | {r.goal} | {'–' if r.goal == '–' else 'yes' if r.reached else '**no**'} |"
        for r in rows
    ]
    return HEADER + "\n".join(lines) + "\n"


def leave(rows: Sequence[Row]) -> None:
    """End the program, and say what missed its goal."""
    if missed := [row.what for row in rows if not row.reached]:
        sys.exit(f"not reached: {'; '.join(missed)}")


def write(path: Path, rows: list[Row], peers: Sequence[PeerRow] = ()) -> None:
    """RESULTS.md; the sections that long runs wrote into it stay."""
    about = (
        f"# Results\n\nWritten by `make bench` on {machine()}. Each row was "
        "measured beside its peer in the same run, on the same machine, with the browser on it too; read ratios and bytes, "
        "not single times. The peer is the plain way: `folium.GeoJson` in `st_folium`, its assets served locally, the same "
        "store behind its clicks.\n\n"
    )
    beside = PEERS + "\n".join(peer.line for peer in peers) + "\n" if peers else ""
    kept = "".join(f"\n{section}" for section in _sections(path).values())
    path.write_text(about + table(rows) + beside + kept, encoding="utf-8")


def write_section(title: str, markdown: str, path: Path = RESULTS) -> None:
    """Put what a long run measured into RESULTS.md under its title, in place of what stood there; `make bench` leaves it.

    ``markdown`` is what comes below the heading: what was done, ``machine()``, ``table(rows)``.
    """
    section = f"<!-- section: {title} -->\n## {title}\n\n{markdown.strip()}\n<!-- end of section -->\n"
    before = path.read_text(encoding="utf-8") if path.exists() else "# Results\n"
    former = _sections(path).get(title)
    path.write_text(
        before.replace(former, section) if former else f"{before}\n{section}",
        encoding="utf-8",
    )


def _sections(path: Path) -> dict[str, str]:
    """The sections in a file, whole, by title."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    return {found["title"]: found[0] for found in SECTION.finditer(text)}
