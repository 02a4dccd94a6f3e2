"""A ticket: what is happening (``state``), who answers for it (``holder``), which slip it is on.

Source: 四单办结法 (raise, dispatch, handle, rate) with the seven steps of GB/T 30428.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum

from domain.clocks import Limit
from domain.grids import Located
from domain.place import LngLat


class State(StrEnum):
    """What is happening to a ticket."""

    RAISED = "raised"
    ACCEPTED = "accepted"
    DISPATCHED = "dispatched"
    IN_PROGRESS = "in_progress"
    ON_HOLD = "on_hold"
    AT_MEETING = "at_meeting"
    AWAITING_CHECK = "awaiting_check"
    AWAITING_RATING = "awaiting_rating"
    CLOSED = "closed"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


class Slip(StrEnum):
    """The four slips (四单)."""

    RAISE = "raise"
    DISPATCH = "dispatch"
    HANDLE = "handle"
    RATE = "rate"


SLIP = {
    State.RAISED: Slip.RAISE,
    State.ACCEPTED: Slip.RAISE,
    State.DISPATCHED: Slip.DISPATCH,
    State.IN_PROGRESS: Slip.HANDLE,
    State.ON_HOLD: Slip.HANDLE,
    State.AT_MEETING: Slip.HANDLE,
    State.AWAITING_CHECK: Slip.HANDLE,
    State.AWAITING_RATING: Slip.RATE,
    State.CLOSED: Slip.RATE,
}

ENDED = frozenset({State.CLOSED, State.REJECTED, State.CANCELLED})
"""A ticket in one of these states is not open: raised = open + closed + rejected + cancelled, always."""


NOT_DONE = frozenset(
    {State.RAISED, State.ACCEPTED, State.DISPATCHED, State.IN_PROGRESS, State.ON_HOLD, State.AT_MEETING}
)
"""An assisting department in one of these states has not reported its part as done."""


class Source(StrEnum):
    """Who raised a ticket."""

    RESIDENT = "resident"
    GRID = "grid"
    COMMUNITY = "community"
    STREET = "street"
    CITY_OFFICE = "city_office"
    IMPORT = "import"


class Outcome(StrEnum):
    """How a closed ticket ended."""

    SETTLED_ON_THE_SPOT = "settled_on_the_spot"
    SETTLED = "settled"
    ANSWERED = "answered"
    MERGED = "merged"


class Card(IntEnum):
    """A supervision card (督办): it only goes up."""

    NONE = 0
    YELLOW = 1
    RED = 2


class Asked(StrEnum):
    """What a department asks the street for."""

    EXTENSION = "extension"
    HOLD = "hold"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """One problem on its way. Holds no resident's data: the words sit in rows that can be erased.

    ``version`` counts the moves; two people who act on the same version cannot both win. ``live`` is False
    for imported history, which is shown and counted but not worked. ``warn_at`` and ``due_at`` are those of
    the running stage, ``handle_by`` is the end of the time for handling, ``wake_at`` is when the clock next has
    something to do, ``stage`` is the number of the event at which the running clock began: all are read off the
    log again at every move. ``limit`` is the time for handling. ``raised_in`` is the unit that raised it,
    ``parent`` the ticket that this one assists, ``duplicate_of`` the one it was merged into.
    """

    id: int = 0
    no: str = ""
    state: State = State.RAISED
    holder: str
    located: Located
    point: LngLat | None
    category: str
    urgent: bool = False
    source: Source
    address: str = ""
    opened_at: datetime
    stage_since: datetime
    warn_at: datetime | None = None
    due_at: datetime | None = None
    provisional: bool = False
    limit: Limit | None = None
    handle_by: datetime | None = None
    thrice_at: datetime | None = None
    wake_at: datetime | None = None
    stage: int = 1
    card: Card = Card.NONE
    lead: str | None = None
    returns: int = 0
    extensions: int = 0
    asked: Asked | None = None
    asked_time: timedelta | None = None
    review_at: datetime | None = None
    handled_at: datetime | None = None
    on_time: bool | None = None
    closed_at: datetime | None = None
    outcome: Outcome | None = None
    satisfied: bool | None = None
    cycle: int = 1
    rework: int = 0
    live: bool = True
    version: int = 1
    raised_by: int | None = None
    raised_in: str | None = None
    parent: int | None = None
    duplicate_of: int | None = None
    queue: str | None = None

    @property
    def is_open(self) -> bool:
        return self.state not in ENDED

    @property
    def slip(self) -> Slip | None:
        return SLIP.get(self.state)

    def is_overdue(self, now: datetime) -> bool:
        return self.is_open and self.due_at is not None and self.due_at < now

    def is_due_soon(self, now: datetime) -> bool:
        return self.is_open and not self.is_overdue(now) and self.warn_at is not None and self.warn_at <= now


UNREADABLE = frozenset({"Cc", "Cs"})
"""Kinds of characters that nobody reads and no store takes: controls, halves of characters."""


def without_commands(text: str) -> str:
    """What somebody typed without control characters; new lines and tabs stay."""
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) not in UNREADABLE)


@dataclass(frozen=True, slots=True)
class Words:
    """What people said about a ticket. Erasable; never in URLs, logs, map payloads or on the wall."""

    description: str = ""
    reporter: str = ""
    phone: str = ""
    erased: bool = False
    """Something of it was erased."""
