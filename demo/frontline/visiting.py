"""Members go from door to door on workdays; some seldom, and a few grids wait for somebody to come."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, time, timedelta

from demo.frontline.ground import Building, Ground, Written, by_head
from domain.frontline.visits import Follows, Learned, Visit

DAYS = 60
"""Days back of which visits are written down."""

LEARNED = (
    (84, Learned.WELL), (4, Learned.SURROUNDINGS), (3, Learned.SAFETY), (3, Learned.ADVICE), (2, Learned.HARDSHIP),
    (2, Learned.DISPUTE), (2, Learned.MOVED),
)  # fmt: skip
"""What is learned, in a hundred visits."""

SOLVED = 0.6
"""Of what is learned, so much is solved on the spot."""


def visits(ground: Ground) -> Iterator[Written]:
    """The visits of the last two months."""
    random = ground.random
    by_grid: dict[str, list[Building]] = defaultdict(list)
    for building in ground.buildings():
        by_grid[building.grid].append(building)
    days = ground.workdays(DAYS)
    for grid in sorted(by_grid):
        diligence = random.choice((0.02, 0.15, 0.3, 0.4, 0.45, 0.5, 0.55, 0.6))
        turn = random.randrange(len(by_grid[grid]))
        for day in days:
            if random.random() > diligence:
                continue
            building = by_grid[grid][turn % len(by_grid[grid])]
            turn += 1
            minutes = random.randrange(9 * 60)
            at = datetime.combine(day, time(8, 40), ground.clock.zone) + timedelta(minutes=minutes)
            yield by_head(ground, grid, _visit(ground, building, at), at, "visited")


def _visit(ground: Ground, building: Building, at: datetime) -> Visit:
    weights, kinds = zip(*LEARNED, strict=True)
    learned = ground.random.choices(kinds, weights)[0]
    solved = learned is not Learned.WELL and ground.random.random() < SOLVED
    return Visit(
        grid=building.grid, unit=building.unit, at=at, visitor=ground.accounts[building.grid], learned=learned,
        follows=Follows.SOLVED if solved else Follows.NOTHING,
    )  # fmt: skip
