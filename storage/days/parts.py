"""What is counted of each day, said once, and how finely it is kept.

Days are those of UTC+8, by their numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.needs import SATISFIED_FROM
from domain.tickets import Outcome, State
from storage.days.conditions import ALWAYS, Condition, is_at_least, is_not_after, is_one_of, known, yes
from storage.schema import EPOCH

OFFSET, ERA = timedelta(hours=8), 730_000
"""Midnight is 16:00 UTC; days are numbered from a moment before every date there is."""


def day_of(moment: datetime) -> int:
    """The number of the day a moment lies in."""
    return (moment - EPOCH + OFFSET) // timedelta(days=1) + ERA


def begin_of(day: int) -> datetime:
    """The moment at which a day begins."""
    return EPOCH - OFFSET + timedelta(days=day - ERA)


# --- what is counted ---------------------------------------------------------------------------------------------

Measures = Sequence[str]


@dataclass(frozen=True, slots=True)
class Part:
    """What counts by one moment of a row, for each measure the condition on which it does; ``only`` rows that fulfil one."""

    table: str
    moment: str
    counts: Mapping[str, Condition]
    only: Condition = ALWAYS

    def times(self, measure: str, row: str) -> str:
        """1 where the row counts for a measure, else 0."""
        return f"CASE WHEN {self.counts[measure].sql(row)} THEN 1 ELSE 0 END"

    @property
    def counts_at_all(self) -> Condition:
        """Does a row count for anything?"""
        return known(self.moment) & self.only


SETTLED_ON_THE_SPOT = is_one_of("outcome", Outcome.SETTLED_ON_THE_SPOT)
MERGED = is_one_of("outcome", Outcome.MERGED)
NEVER_DUE = is_one_of("state", State.REJECTED, State.CANCELLED)
PAUSED = is_one_of("state", State.ON_HOLD, State.AT_MEETING)
HANDLED = known("handled_at")
SATISFIED = is_at_least("grade", int(SATISFIED_FROM))

RAISED = Part("tickets", "opened_at", {"raised": ALWAYS, "on_the_spot": SETTLED_ON_THE_SPOT})
SETTLED = Part(
    "tickets", "handled_at", {"settled": ALWAYS, "timed": known("on_time"), "timely": yes("on_time")}
)
DUE = Part(
    "tickets",
    "handle_by",
    {
        "handled": HANDLED,
        # Overdue once the deadline is past, unless it was paused before that.
        "overdue": ~HANDLED & ~(PAUSED & is_not_after("stage_since", "handle_by")),
        "on_time": HANDLED & yes("on_time"),
        "reworked": HANDLED & is_at_least("rework", 1),
    },
    ~NEVER_DUE & ~MERGED,
)
ASKED = Part("ratings", "asked_at", {"asked": ALWAYS, "rated": known("grade"), "satisfied": SATISFIED})
ANSWERED = Part("ratings", "rated_at", {"answered": ALWAYS, "liked": SATISFIED})

PARTS = (RAISED, SETTLED, DUE, ASKED, ANSWERED)
OF_TICKETS = tuple(part for part in PARTS if part.table == "tickets")
BY_MOMENT = {part.moment: part for part in PARTS}


def measures_of(parts: Sequence[Part]) -> Measures:
    """What some parts count, by its columns."""
    return tuple(measure for part in parts for measure in part.counts)


MEASURES = measures_of(PARTS)
"""Every measure by its column."""


@dataclass(frozen=True, slots=True)
class Grain:
    """How fine some of the counts are: by the grids of a level – 0 for the whole city –, and by department or not."""

    number: int
    level: int
    by_lead: bool

    @property
    def keys(self) -> Mapping[str, str | None]:
        """For each key of the counts what it is of the finest ones; None where these are not kept apart by it."""
        within = {f"level{level}": f"level{level}" if self.level >= level else None for level in (1, 2)}
        place, lead = f"level{self.level}" if self.level else None, "lead" if self.by_lead else None
        return {"place": place, "day": "day", "lead": lead, "part": "part"} | within

    @property
    def apart(self) -> Sequence[str]:
        """What of the finest counts these are kept apart by."""
        return tuple(dict.fromkeys(filter(None, self.keys.values())))

    @property
    def source(self) -> str:
        """From which of what is added up first this is added up."""
        return next(name for name, has in ADDED_UP.items() if set(self.apart) <= set(has))


GRAINS = tuple(Grain(2 * level + by_lead, level, by_lead) for level, by_lead in (
    (0, False), (0, True), (1, False), (1, True), (2, False), (3, False),
))  # fmt: skip
"""Departments within compounds and buildings are not kept: there are hardly fewer of these than tickets."""

KEY = ("grain", "place", "day", "lead", "part", "level1", "level2")
"""What the counts that are kept are kept apart by."""

ADDED_UP: Mapping[str, Sequence[str]] = {
    "communities": ("level1", "day", "lead", "part"),
    "buildings": ("level3", "day", "part", "level1", "level2"),
}
"""What is added up first of the finest counts, by its keys: those of every grain are among them."""
