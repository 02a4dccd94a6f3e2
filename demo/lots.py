"""Draw streets and lots: communities between avenues, cut by streets and lanes until every lot has its use.

All in plan decimetres. A lot knows how wide the half-street is on each of its four sides.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

AVENUE, STREET, LANE, RIVER, EDGE = 180, 110, 45, 520, 60
"""Half-widths in decimetres: an avenue is 36 m across, a lane 9 m, the river with its banks 104 m."""


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle of the plan: west, south, east, north in decimetres."""

    west: int
    south: int
    east: int
    north: int

    @property
    def width(self) -> int:
        return self.east - self.west

    @property
    def height(self) -> int:
        return self.north - self.south

    @property
    def area(self) -> int:
        return self.width * self.height

    def contact(self, other: Rect) -> int:
        """The length of the edge two rectangles share; a corner is nothing."""
        across = min(self.east, other.east) - max(self.west, other.west)
        along = min(self.north, other.north) - max(self.south, other.south)
        if along > 0 and (self.east == other.west or self.west == other.east):
            return along
        if across > 0 and (self.north == other.south or self.south == other.north):
            return across
        return 0


@dataclass(frozen=True, slots=True)
class Lot:
    """A piece of a community: its rectangle to the middle of the streets, and the half-streets on its sides."""

    rect: Rect
    west: int
    south: int
    east: int
    north: int
    community: int = 0
    use: str = ""

    @property
    def inner(self) -> Rect:
        """The ground inside the streets."""
        r = self.rect
        return Rect(r.west + self.west, r.south + self.south, r.east - self.east, r.north - self.north)


@dataclass(frozen=True, slots=True)
class Line:
    """A street's middle line in the plan, from end to end."""

    kind: str
    start: tuple[int, int]
    end: tuple[int, int]


COLUMNS = (0, 11300, 21600, 31500, 41800, 52400, 63000)
"""The avenues that run north; the river flows in the middle one."""

ROWS = (
    (0, 15200, 29800, 41000),
    (0, 14600, 29800, 44200),
    (0, 14100, 28200, 45200),
    (0, 13600, 28200, 45600),
    (0, 14800, 30100, 44000),
    (0, 15600, 30100, 40200),
)
"""The avenues that run east, for each column from west to east, shore first."""

RIVER_COLUMN = 3
USES = ("school", "park", "commerce", "park", "public", "school", "commerce")
"""What is not lived in, in the order in which a community gets it."""


def community_rects() -> list[Lot]:
    """Eighteen communities, columns from west to east, shore first in each."""
    found = []
    for column, rows in enumerate(ROWS):
        west, east = COLUMNS[column], COLUMNS[column + 1]
        for row in range(3):
            found.append(
                Lot(
                    Rect(west, rows[row], east, rows[row + 1]),
                    west=_beside(column),
                    east=_beside(column + 1),
                    south=EDGE if row == 0 else AVENUE,
                    north=EDGE if row == 2 else AVENUE,
                    community=len(found),
                )
            )
    return found


def _beside(column: int) -> int:
    return {0: EDGE, RIVER_COLUMN: RIVER, len(COLUMNS) - 1: EDGE}.get(column, AVENUE)


def cut(community: Lot, homes: int, others: int, random: Random) -> tuple[list[Lot], list[Line]]:
    """Cut a community into lots – ``homes`` to live on and ``others`` – and draw the streets between them."""
    lots, lines = [community], []
    while len(lots) < homes + others:
        largest = max(lots, key=lambda lot: lot.inner.area)
        lots.remove(largest)
        half = STREET if largest.inner.area > 22_000_000 else LANE
        one, two, line = _halve(largest, half, random)
        lots += [one, two]
        lines.append(line)
    return _with_uses(lots, homes, random), lines


def _halve(lot: Lot, half: int, random: Random) -> tuple[Lot, Lot, Line]:
    share, rect = random.uniform(0.4, 0.6), lot.rect
    kind = "road" if half == STREET else "lane"
    if lot.inner.width >= lot.inner.height * random.uniform(0.85, 1.2):
        at = lot.inner.west + round(lot.inner.width * share / 10) * 10
        one = replace(lot, rect=replace(rect, east=at), east=half)
        two = replace(lot, rect=replace(rect, west=at), west=half)
        return one, two, Line(kind, (at, rect.south), (at, rect.north))
    at = lot.inner.south + round(lot.inner.height * share / 10) * 10
    one = replace(lot, rect=replace(rect, north=at), north=half)
    two = replace(lot, rect=replace(rect, south=at), south=half)
    return one, two, Line(kind, (rect.west, at), (rect.east, at))


def _with_uses(lots: list[Lot], homes: int, random: Random) -> list[Lot]:
    """The lots that are not lived in are drawn from the smaller ones, none beside another where possible."""
    smaller = sorted(lots, key=lambda lot: lot.inner.area * random.uniform(0.7, 1.3))
    taken: list[Lot] = []
    for lot in smaller:
        if len(taken) < len(lots) - homes and not any(lot.rect.contact(t.rect) for t in taken):
            taken.append(lot)
    taken += [lot for lot in smaller if lot not in taken][: len(lots) - homes - len(taken)]
    uses = {lot: USES[n % len(USES)] for n, lot in enumerate(taken)}
    return [replace(lot, use=uses.get(lot, "residential")) for lot in lots]


def avenues() -> list[Line]:
    """The avenues between the communities, each as one line."""
    lines = []
    for n, east in enumerate(COLUMNS[1:-1], start=1):
        if n != RIVER_COLUMN:
            top = max(ROWS[n - 1][3], ROWS[n][3])
            lines.append(Line("main_road", (east, 0), (east, top)))
    for n, rows in enumerate(ROWS):
        lines += [Line("main_road", (COLUMNS[n], v), (COLUMNS[n + 1], v)) for v in rows[1:3]]
    return lines
