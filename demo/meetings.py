"""Hold a year of joint meetings: 85 of communities, streets and the city, and the compounds' monthly councils beside them.

The figures are the report's: 206 matters settled at their own level, 33 moved up, 27 of these settled.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from domain.grids import CITY, Level, Structure

SETTLED, MOVED_UP, MOVED_UP_SETTLED = 206, 33, 27
MISSED = 1
"""One community missed one quarter: 18 × 4 + 3 × 4 + 2 = 86 were due, 85 were held."""

TITLE = {
    "compound": "小区民主议事协商会",
    "community": "民主协商共建议事联席会",
    "street": "区域化党建及基层治理联席会",
    "city": "城市党的建设及基层治理联席会",
}


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting that was held."""

    id: int
    tier: str
    unit: str
    held_at: datetime
    title: str


@dataclass(frozen=True, slots=True)
class Matter:
    """A matter on a meeting's agenda and what became of it."""

    id: int
    meeting_id: int
    from_matter: int | None
    title: str
    outcome: str
    settled_at: datetime | None


def hold(
    structure: Structure, titles: list[str], now: datetime, zone: ZoneInfo, random: Random
) -> tuple[list[Meeting], list[Matter]]:
    """The year's meetings and their matters."""
    meetings = _meetings(structure, now, zone, random)
    joint = [m for m in meetings if m.tier != "compound"]
    lower = [m for m in joint if m.tier == "community"]
    matters: list[Matter] = []

    def add(meeting: Meeting, outcome: str, title: str, came_from: int | None = None) -> Matter:
        settled = meeting.held_at + timedelta(days=random.randint(0, 20)) if outcome == "settled" else None
        matters.append(
            Matter(len(matters) + 1, meeting.id, came_from, title, outcome, settled and min(settled, now))
        )
        return matters[-1]

    for _ in range(SETTLED):
        add(random.choice(joint), "settled", random.choice(titles))
    early = sorted(lower, key=lambda m: m.held_at)[: len(lower) * 3 // 4]
    for n in range(MOVED_UP):
        below = random.choice(early)
        street = structure.above(below.unit)
        later = [m for m in joint if m.unit == street and m.held_at > below.held_at] or [joint[-1]]
        title = random.choice(titles)
        moved = add(below, "moved_up", title)
        add(
            min(later, key=lambda m: m.held_at),
            "settled" if n < MOVED_UP_SETTLED else "assigned",
            title,
            moved.id,
        )
    return meetings, matters


def _meetings(structure: Structure, now: datetime, zone: ZoneInfo, random: Random) -> list[Meeting]:
    today = now.astimezone(zone).date()
    due: list[tuple[str, str, int]] = []
    for grid in structure.at_level(Level.COMPOUND):
        due += [("compound", grid.code, 30 * n + random.randint(2, 27)) for n in range(12)]
    for grid in structure.at_level(Level.COMMUNITY):
        due += [("community", grid.code, 91 * n + random.randint(3, 85)) for n in range(4)]
    due.pop(-2 * MISSED)
    for street in structure.streets.values():
        due += [("street", street.code, 91 * n + random.randint(1, 60)) for n in range(4)]
    due += [("city", CITY, 182 * n + random.randint(1, 90)) for n in range(2)]
    held = [
        (
            datetime.combine(
                today - timedelta(days=days), time(random.choice((9, 14)), random.choice((0, 30))), zone
            ),
            tier,
            unit,
        )
        for tier, unit, days in due
    ]
    return [
        Meeting(n, tier, unit, at, TITLE[tier]) for n, (at, tier, unit) in enumerate(sorted(held), start=1)
    ]
