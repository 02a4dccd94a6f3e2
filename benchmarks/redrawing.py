"""Redraw the demo city by hand and by solver: edits, checks, proposals, repairs; ``make bench`` measures it with everything else.

``python -m benchmarks.redrawing`` measures it by itself, and writes its section of RESULTS.md alone.
"""

from __future__ import annotations

from benchmarks import drawing, proposing
from benchmarks.table import Row, leave, machine, table, write_section


def written() -> list[Row]:
    """The rows, once they stand in RESULTS.md."""
    rows = [*drawing.measure(), *proposing.measure()]
    write_section("Redrawing", f"{ABOUT} {machine()}.\n\n{table(rows)}")
    return rows


ABOUT = (
    "The demo city's plan, on its own units; in the last row real units of another city. Seconds are those of a processor. A drift gives every building, "
    "every compound or every building grid up to a quarter more or fewer households: the more lies together that drifts alike, the "
    "more is out of band afterwards."
)

if __name__ == "__main__":
    leave(written())
