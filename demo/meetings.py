"""Hold a year of joint meetings: 85 of communities, streets and the city, and the compounds' monthly councils beside them.

The figures are the report's: 206 matters settled at their own level, 33 moved up, 27 of these settled. What is moved
up stands on the very next agenda of the unit above. Meetings are held on workdays, one in each period of the calendar.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random

from domain.clocks import WorkClock
from domain.grids import Level, Structure
from domain.meetings import TITLE, Period, Tier, periods, tier_of, units_that_meet

SETTLED, MOVED_UP, MOVED_UP_SETTLED = 206, 33, 27
TO_THE_CITY = 5
"""Of the matters moved up so many went from a street to the city, the others from a community to its street."""

MISSED = 1
"""One community missed one quarter: 18 × 4 + 3 × 4 + 2 = 86 were due, 85 were held."""

YEAR = 365
"""Days before today in which the meetings lie."""

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
    today = now.astimezone(clock.zone).date()
    held = sorted(
        (datetime.combine(day, random.choice(HOURS.get(tier, OFFICE)), clock.zone), tier, unit)
        for tier, unit, day in _days_of_all(structure, today, clock, random)
    )
    return [Meeting(n, tier, unit, at, TITLE[Tier(tier)]) for n, (at, tier, unit) in enumerate(held, start=1)]


def _days_of_all(
    structure: Structure, today: date, clock: WorkClock, random: Random
) -> Iterator[tuple[str, str, date]]:
    """Tier, unit and day of every meeting; the last community missed the last whole quarter."""
    missing = structure.at_level(Level.COMMUNITY)[-1].code
    for unit in units_that_meet(structure):
        tier = tier_of(unit, structure)
        assert tier is not None
        days = _days(tier, today, clock, random)
        if unit == missing:
            days.pop(-1 - MISSED)
        yield from ((tier.value, unit, day) for day in days)


def _days(tier: Tier, today: date, clock: WorkClock, random: Random) -> list[date]:
    """A workday in each whole period of the year, the newest last, then one in the running period or a year before it.

    The longer a period runs, the more have met in it; those who have not met in the one a year ago instead.
    """
    year_ago = today - timedelta(days=YEAR)
    oldest, *whole, running = periods(tier, year_ago, today)
    days = [random.choice(_workdays(tier, period, clock)) for period in whole]
    lately = [day for day in _workdays(tier, running, clock) if day < today]
    long_ago = [day for day in _workdays(tier, oldest, clock) if day > year_ago]
    oldest_is_whole = oldest.first >= year_ago - timedelta(days=1)
    passed = 0 if oldest_is_whole else (today - running.first) / (running.last - running.first)
    chosen = lately if lately and (random.random() < passed or not long_ago) else long_ago
    return [*days, random.choice(chosen)]


def _workdays(tier: Tier, period: Period, clock: WorkClock) -> list[date]:
    """The days of a period on which people work; in a year not announced Monday to Friday.

    The city meets in the second half of its period, when the streets have met and moved up what they could not settle.
    """
    length = (period.last - period.first).days + 1
    first = length // 2 if tier is Tier.CITY else 0
    days = (period.first + timedelta(days=n) for n in range(first, length))
    return [day for day in days if clock.is_worked(day)]
