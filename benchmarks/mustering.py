"""Spread the demo city's working members over all its branches, beside an assignment of each member to a seat.

``python -m benchmarks.mustering`` measures it by itself, and writes its section of RESULTS.md alone; so does ``make bench``.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy.optimize import linear_sum_assignment

from benchmarks.made_tickets import opened
from benchmarks.processor import median_time
from benchmarks.table import Row, leave, machine, table, write_section
from city.frontline import mustered
from domain.frontline.working_members import COST, Branches, WorkingMember
from domain.grids import CITY
from domain.people import Person, Role

OFFICE = Person(0, "the office", Role.CITY_OFFICE)
CAPACITY, LEAST = 40, 30
"""Places at each branch, and members that it needs to be served."""

TIMES, GOAL = 5, 2.0


def assigned(members: Sequence[WorkingMember], branches: Branches) -> int:
    """The peer: what the cheapest assignment of members to seats costs, by the same reasons; no branch is promised anybody."""
    codes = sorted(branches.capacity)
    costs = np.array([[COST[branches.reason(member, code)] for code in codes] for member in members])
    seats = costs.repeat([branches.capacity[code] for code in codes], axis=1)
    return int(seats[linear_sum_assignment(seats)].sum())


def measure(url: str) -> Row:
    """An empty database, filled with the demo city."""
    city = opened(url)
    members = mustered.members_of(city, OFFICE, CITY)
    ours, found = median_time(TIMES, lambda: mustered.propose(city, OFFICE, CITY, CAPACITY, LEAST))
    theirs, cheapest = median_time(TIMES, lambda: assigned(members, found.branches))
    cost = sum(COST[placed.because] for placed in found.placed)
    city.database.close()
    return Row(
        f"spread {len(members):,} working members over {len(found.branches.capacity)} branches, each with {LEAST} to {CAPACITY}"
        f" (processor time, median of {TIMES})",
        f"`linear_sum_assignment` of members to seats, no branch promised anybody: {theirs:.1f} s, sum of costs {cheapest:,}",
        f"{ours:.2f} s, sum of costs {cost:,}; everybody placed: {'yes' if len(found.placed) == len(members) else 'no'}",
        f"{ours / theirs:.2f} ×", f"≤ {GOAL:.0f} s", ours <= GOAL,
    )  # fmt: skip


def written() -> list[Row]:
    """The row, once it stands in RESULTS.md."""
    with tempfile.TemporaryDirectory() as scratch:
        rows = [measure(f"sqlite:///{Path(scratch) / 'members.db'}")]
    write_section("Working members", f"{machine()}.\n\n{table(rows)}")
    return rows


if __name__ == "__main__":
    leave(written())
