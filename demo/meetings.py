"""Hold a year of joint meetings: 85 of communities, streets and the city, and the compounds' monthly councils beside them.

The figures are the report's: 206 matters settled at their own level, 33 moved up, 27 of these settled. What is moved
up stands on the very next agenda of the unit above. Meetings are held on workdays.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random

from domain.clocks import WorkClock
from domain.grids import CITY, Level, Structure

SETTLED, MOVED_UP, MOVED_UP_SETTLED = 206, 33, 27
TO_THE_CITY = 5
"""Of the matters moved up so many went from a street to the city, the others from a community to its street."""

MISSED = 1
"""One community missed one quarter: 18 × 4 + 3 × 4 + 2 = 86 were due, 85 were held."""

TITLE = {
    "compound": "小区民主议事协商会",
    "community": "民主协商共建议事联席会",
    "street": "区域化党建及基层治理联席会",
    "city": "城市党的建设及基层治理联席会",
}
HOURS = {"compound": (time(15), time(18, 30)), "city": (time(9),)}
OFFICE = (time(9), time(9, 30), time(14), time(14, 30))


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
    structure: Structure, titles: list[str], now: datetime, clock: WorkClock, random: Random
) -> tuple[list[Meeting], list[Matter]]:
    """The year's meetings and their matters."""
    meetings = _meetings(structure, now, clock, random)
    joint = [m for m in meetings if m.tier != "compound"]
    matters: list[Matter] = []

    def add(meeting: Meeting, outcome: str, title: str, came_from: int | None = None) -> Matter:
        settled = meeting.held_at + timedelta(days=random.randint(0, 20)) if outcome == "settled" else None
        matters.append(
            Matter(len(matters) + 1, meeting.id, came_from, title, outcome, settled and min(settled, now))
        )
        return matters[-1]

    def title_at(meeting: Meeting) -> str:
        return structure.name(meeting.unit) + random.choice(titles)

    for _ in range(SETTLED):
        meeting = random.choice(joint)
        add(meeting, "settled", title_at(meeting))
    ways = _ways_up(structure, joint)
    chosen = random.choices([w for w in ways if w[0].tier == "street"], k=TO_THE_CITY)
    chosen += random.choices([w for w in ways if w[0].tier == "community"], k=MOVED_UP - TO_THE_CITY)
    random.shuffle(chosen)
    for n, (below, above) in enumerate(sorted(chosen, key=lambda way: way[0].held_at)):
        moved = add(below, "moved_up", title_at(below))
        add(above, "settled" if n < MOVED_UP_SETTLED else "assigned", moved.title, moved.id)
    return meetings, matters


def _ways_up(structure: Structure, joint: list[Meeting]) -> list[tuple[Meeting, Meeting]]:
    """Each meeting with the next one of the unit above, where that was held already."""
    ways = []
    for below in joint:
        above = [m for m in joint if m.unit == structure.above(below.unit) and m.held_at > below.held_at]
        if above:
            ways.append((below, min(above, key=lambda m: m.held_at)))
    return ways


def _meetings(structure: Structure, now: datetime, clock: WorkClock, random: Random) -> list[Meeting]:
    due: list[tuple[str, str, int]] = []
    for grid in structure.at_level(Level.COMPOUND):
        due += [("compound", grid.code, 30 * n + random.randint(2, 27)) for n in range(12)]
    for grid in structure.at_level(Level.COMMUNITY):
        due += [("community", grid.code, 91 * n + random.randint(3, 75)) for n in range(4)]
    due.pop(-2 * MISSED)
    for street in structure.streets.values():
        due += [("street", street.code, 91 * n + random.randint(1, 60)) for n in range(4)]
    due += [("city", CITY, 182 * n + random.randint(1, 90)) for n in range(2)]
    today = now.astimezone(clock.zone).date()
    held = sorted(
        (
            datetime.combine(
                _workday(today - timedelta(days=days), clock),
                random.choice(HOURS.get(tier, OFFICE)),
                clock.zone,
            ),
            tier,
            unit,
        )
        for tier, unit, days in due
    )
    return [Meeting(n, tier, unit, at, TITLE[tier]) for n, (at, tier, unit) in enumerate(held, start=1)]


def _workday(day: date, clock: WorkClock) -> date:
    """This day, or the last before it on which people work; in a year not announced Monday to Friday."""
    while not (day.weekday() < 5 if (worked := clock.calendar.is_workday(day)) is None else worked):
        day -= timedelta(days=1)
    return day
