"""Read a ticket's clocks off its log: when the stage began, when it is due, how long handling has taken.

A deadline is never patched. It follows from the events: the stage's limit from the moment the stage began, and for
handling the ticket's limit from dispatch to the check, less every time on hold, at a meeting or with the public.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from domain.clocks import Limit, WorkClock
from domain.events import Event
from domain.rulebook import THRICE, YELLOW, Rulebook
from domain.tickets import State, Ticket

COUNTED = frozenset({State.DISPATCHED, State.IN_PROGRESS, State.AWAITING_CHECK})
"""The states in which time for handling runs."""

PAUSED = frozenset({State.ON_HOLD, State.AT_MEETING})
"""The states in which it rests; what was late before stays late."""

BEGINS = frozenset({"dispatch", "redispatch", "reopen", "assist", "resolve"})
"""The moves at which time for handling begins anew; a meeting sets its own due date."""

NEW_CLOCK = frozenset({"approve_extension"})
"""The moves that change a running deadline without leaving the stage."""

SAME_CLOCK = frozenset({"rehomed"})
"""What changes the holder and leaves every clock as it is: a redraw of the grids."""


@dataclass(frozen=True, slots=True)
class Beat:
    """What one event means for the clocks: how things stood once it had happened."""

    seq: int
    at: datetime
    kind: str
    state: State
    holder: str
    lead: str | None

    @property
    def stands(self) -> tuple[State, str, str | None]:
        """Who works on what: while it stays, the stage's clock goes on."""
        return self.state, self.holder, self.lead


@dataclass(frozen=True, slots=True)
class Running:
    """The clocks of a ticket now. Moments are in UTC; None where no clock runs."""

    stage: int
    since: datetime
    warn_at: datetime | None = None
    due_at: datetime | None = None
    thrice_at: datetime | None = None
    handle_by: datetime | None = None
    provisional: bool = False

    @property
    def thresholds(self) -> tuple[datetime, ...]:
        """The moments at which the clock does something, in order."""
        return tuple(at for at in (self.warn_at, self.due_at, self.thrice_at) if at is not None)


def beats_of(log: Iterable[Event]) -> tuple[Beat, ...]:
    """A ticket's log as its clocks read it, oldest first."""
    return tuple(beat_of(event.seq, event.at, event.kind, event.facts) for event in log)


def beat_of(seq: int, at: datetime, kind: str, facts: Mapping[str, object]) -> Beat:
    """One event as the clocks read it."""
    lead = facts.get("lead")
    return Beat(
        seq, at, kind, State(str(facts["state"])), str(facts["holder"]), None if lead is None else str(lead)
    )


def running(ticket: Ticket, beats: Sequence[Beat], rules: Rulebook) -> Running:
    """The clocks of a ticket with this log. ``beats`` is not empty: every ticket was raised or imported."""
    began = _stage_began(beats)
    handling = _handling(ticket, beats, rules)
    stage = _handling_stage(began, handling) if ticket.state is State.IN_PROGRESS and handling else None
    stage = stage or _plain_stage(ticket, began, rules)
    if ticket.state in COUNTED and handling:
        return _with_handle_by(stage, handling.due_at)
    if ticket.state in (State.RAISED, State.ACCEPTED):
        return _with_handle_by(stage, stage.due_at)
    return _with_handle_by(stage, _used_up(ticket, beats, rules)) if ticket.state in PAUSED else stage


def handling_time(beats: Sequence[Beat], clock: WorkClock, until: datetime, *, around: bool) -> timedelta:
    """How long handling has taken: from dispatch, less what was not the department's time."""
    return sum(
        (
            clock.passed(start, end or until, around_the_clock=around)
            for start, end in _counted_stretches(beats)
        ),
        timedelta(),
    )


def handling_limit(ticket: Ticket, rules: Rulebook) -> Limit:
    """The time for handling: the ticket's own, else the general one of its urgency."""
    return ticket.limit or rules.handling_limit(None, ticket.urgent)


# --- the parts -------------------------------------------------------------------------------------------


def _stage_began(beats: Sequence[Beat]) -> Beat:
    """The event at which the running clock began: the last that changed how things stand, or the deadline."""
    began = beats[0]
    for before, beat in pairwise(beats):
        moved = beat.stands != before.stands and beat.kind not in SAME_CLOCK
        if moved or beat.kind in NEW_CLOCK:
            began = beat
    return began


def _plain_stage(ticket: Ticket, began: Beat, rules: Rulebook) -> Running:
    limit = rules.limit_of(ticket.state, ticket.urgent)
    if limit is None:
        return Running(began.seq, began.at)
    due = rules.clock.due(began.at, limit)
    thrice = _part(rules, began.at, limit, THRICE) if ticket.state is State.ACCEPTED else None
    return Running(
        began.seq,
        began.at,
        _part(rules, began.at, limit, YELLOW),
        due.at,
        thrice,
        provisional=due.provisional,
    )


def _part(rules: Rulebook, start: datetime, limit: Limit, part: float) -> datetime:
    return rules.clock.after(start, Limit(limit.length * part, limit.around_the_clock))


@dataclass(frozen=True, slots=True)
class _Handling:
    """The clock of handling: its three moments."""

    warn_at: datetime
    due_at: datetime
    thrice_at: datetime
    provisional: bool


def _handling(ticket: Ticket, beats: Sequence[Beat], rules: Rulebook) -> _Handling | None:
    stretches = _counted_stretches(beats)
    if not stretches or stretches[-1][1] is not None:
        return None
    limit = handling_limit(ticket, rules)
    warn, due, thrice = (
        _when_spent(rules.clock, stretches, Limit(limit.length * part, limit.around_the_clock))
        for part in (YELLOW, 1, THRICE)
    )
    provisional = not limit.around_the_clock and rules.clock.rests_on_unknown_year(stretches[0][0], due)
    return _Handling(warn, due, thrice, provisional)


def _used_up(ticket: Ticket, beats: Sequence[Beat], rules: Rulebook) -> datetime | None:
    """When the time for handling ran out before a pause; None where some is left."""
    limit, stretches = handling_limit(ticket, rules), _counted_stretches(beats)
    around = limit.around_the_clock
    spent = handling_time(beats, rules.clock, beats[-1].at, around=around)
    return _when_spent(rules.clock, stretches, limit) if stretches and spent >= limit.length else None


def _handling_stage(began: Beat, handling: _Handling) -> Running:
    return Running(
        began.seq, began.at, handling.warn_at, handling.due_at, handling.thrice_at,
        provisional=handling.provisional,
    )  # fmt: skip


def _with_handle_by(stage: Running, handle_by: datetime | None) -> Running:
    return Running(
        stage.stage, stage.since, stage.warn_at, stage.due_at, stage.thrice_at, handle_by, stage.provisional
    )


def _counted_stretches(beats: Sequence[Beat]) -> list[tuple[datetime, datetime | None]]:
    """The stretches in which time for handling ran, since it last began; the last has no end while it runs."""
    stretches: list[tuple[datetime, datetime | None]] = []
    for beat in beats:
        if beat.kind in BEGINS:
            stretches = []
        elif stretches and stretches[-1][1] is None and beat.state not in COUNTED:
            stretches[-1] = (stretches[-1][0], beat.at)
        if beat.state in COUNTED and (not stretches or stretches[-1][1] is not None):
            stretches.append((beat.at, None))
    return stretches


def _when_spent(
    clock: WorkClock, stretches: Sequence[tuple[datetime, datetime | None]], limit: Limit
) -> datetime:
    """The moment at which a limit is used up over several stretches, the last of which goes on."""
    left = limit.length
    for start, end in stretches:
        passed = None if end is None else clock.passed(start, end, around_the_clock=limit.around_the_clock)
        if passed is None or passed >= left:
            return clock.after(start, Limit(left, limit.around_the_clock))
        left -= passed
    return stretches[-1][0].astimezone(UTC)
