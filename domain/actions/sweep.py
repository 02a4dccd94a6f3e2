"""Let the clock act: warn, give cards, hand up, bring to meetings, resume, close unrated – each once, however often it runs.

A ticket's ``wake_at`` says when the clock next has something to do with it, so a sweep looks only at those. After days
without one, everything that is due happens in its order, once; the new holder of what is handed up gets the full time.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from domain.actions.tickets import carry_out
from domain.grids import CITY
from domain.meetings import meeting_unit
from domain.moves import MOVE, Given, Scene, refusal, with_clocks
from domain.people import CLOCK
from domain.rulebook import Rulebook
from domain.said import Said
from domain.store import Store, SweepWork
from domain.tickets import Card, State, Ticket
from domain.timeline import running

AT_ONCE = 4_000
"""Tickets in one transaction: others wait for it no longer than a moment."""

AGAIN = timedelta(days=1)
"""When the clock looks again at what it may not move, such as an assisting department's part."""

CARDED = frozenset({State.RAISED, State.ACCEPTED, State.DISPATCHED, State.IN_PROGRESS, State.AWAITING_CHECK})
"""The states in which a late ticket gets a card."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep did, by kind: cards by their colour, moves by their name; ``told`` says more of it in sentences."""

    did: Mapping[str, int] = field(default_factory=dict)
    told: tuple[Said, ...] = ()


def sweep(store: Store, rules: Rulebook, *, now: datetime) -> Swept | None:
    """Do everything that is due by ``now``; None when another process is at it."""
    did: Counter[str] = Counter()
    recomputed = _recompute(store, rules, now)
    if recomputed is None:
        return None
    did["recomputed"] += recomputed
    while True:
        with store.sweeping() as work:
            if not work.alone():
                break
            due = work.due(now, AT_ONCE)
            work.read_logs([ticket.id for ticket in due if move_due(ticket, now)])
            for ticket in sorted(due, key=lambda ticket: _turn(ticket, rules, now)):
                did.update(_see_to(work, rules, ticket, now))
        if len(due) < AT_ONCE:
            break
    done = {kind: n for kind, n in sorted(did.items()) if n}
    if done:
        with store.sweeping() as work:
            work.keep_sweep(now, done)
    return Swept(done)


def _see_to(work: SweepWork, rules: Rulebook, ticket: Ticket, now: datetime) -> list[str]:
    """What the clock did to one ticket, in order."""
    did: list[str] = []
    for rule, card, at in (("yellow", Card.YELLOW, ticket.warn_at), ("red", Card.RED, ticket.due_at)):
        if ticket.state in CARDED and at is not None and at < now and work.give_card(ticket, rule, now):
            ticket = replace(ticket, card=max(ticket.card, card))
            _tell_of_card(work, rules, ticket, card, now)
            did.append(rule)
    name = move_due(ticket, now)
    if name is None:
        work.wake(ticket, _next_wake(ticket, now))
        return did
    unit = _meeting_of(ticket, rules) if name == "to_meeting" else None
    scene = Scene(ticket, CLOCK, rules, now, Given(unit=unit), beats=work.beats(ticket.id))
    if refusal(MOVE[name], scene) is not None:
        work.wake(ticket, now + AGAIN)
        return did
    after = carry_out(work, MOVE[name], scene)
    done = [*did, name]
    # What rested may have been late before: its cards are due as soon as it goes on.
    late = after.wake_at is not None and after.wake_at < now
    return [*done, *_see_to(work, rules, after, now)] if late else done


def _turn(ticket: Ticket, rules: Rulebook, now: datetime) -> tuple[int, int, str]:
    """What goes to meetings comes last, from the lowest unit up: the order in which a closing meeting takes agendas,
    so that neither waits for the other for ever."""
    if move_due(ticket, now) != "to_meeting":
        return 0, 0, ""
    unit = _meeting_of(ticket, rules)
    return 1, -len(rules.structure.chain(unit)), unit


def _meeting_of(ticket: Ticket, rules: Rulebook) -> str:
    """Whose meeting takes what is three times late: the holder's, or the next one up that somebody convenes."""
    structure = rules.structure
    chain = structure.chain(ticket.holder)
    convened = next((code for code in chain if code not in structure.grids or rules.is_headed(code)), CITY)
    return meeting_unit(convened, structure)


def _tell_of_card(work: SweepWork, rules: Rulebook, ticket: Ticket, card: Card, now: datetime) -> None:
    """Yellow: the holder and the lead are told; red: the unit above."""
    above = rules.structure.above(ticket.holder) or ticket.holder
    posts = {ticket.holder, ticket.lead} if card is Card.YELLOW else {above}
    for post in sorted(post for post in posts if post):
        work.tell(post, card.name.lower(), at=now, ticket_id=ticket.id)


def move_due(ticket: Ticket, now: datetime) -> str | None:
    """The name of the move that the clock makes now."""
    return next((name for name, is_due in DUE.items() if is_due(ticket, now)), None)


def _is_thrice_late(ticket: Ticket, now: datetime) -> bool:
    return ticket.thrice_at is not None and ticket.thrice_at < now


def _waits_too_long(ticket: Ticket, now: datetime) -> bool:
    waits = ticket.state in (State.RAISED, State.ACCEPTED) and ticket.holder != CITY
    return waits and ticket.is_overdue(now)


DUE: Mapping[str, Callable[[Ticket, datetime], bool]] = {
    "resume": lambda t, now: t.state is State.ON_HOLD and t.review_at is not None and t.review_at < now,
    "unrated": lambda t, now: t.state is State.AWAITING_RATING and t.is_overdue(now),
    "hand_up": _waits_too_long,
    "to_meeting": _is_thrice_late,
}
"""The clock's moves, the first that is due; what waits too long goes up before it goes to a meeting."""


def _next_wake(ticket: Ticket, now: datetime) -> datetime | None:
    moments = (ticket.warn_at, ticket.due_at, ticket.thrice_at)
    return min((at for at in moments if at is not None and at >= now), default=None)


# --- when the calendar or the limits change ------------------------------------------------------------------------


def _recompute(store: Store, rules: Rulebook, now: datetime) -> int | None:
    """Read the clocks off the log again where the calendar, the working time or a limit changed since; how many
    changed, None when another process is at it. What an interruption leaves undone the next sweep begins anew."""
    name, changed, last = calendar_name(rules, now), 0, 0
    while True:
        with store.sweeping() as work:
            if not work.alone():
                return None
            if work.clocks_are_by(name):
                return changed
            stretch = work.open_after(last, AT_ONCE)
            for ticket in stretch:
                again = with_clocks(ticket, running(ticket, work.beats(ticket.id), rules))
                if again != ticket:
                    work.keep_clocks(again)
                    changed += 1
            if len(stretch) < AT_ONCE:
                work.keep_calendar(name)
                return changed
            last = stretch[-1].id


def calendar_name(rules: Rulebook, now: datetime) -> str:
    """A name for everything that clocks rest on: it changes when a year's arrangement arrives or a limit is changed."""
    clock = rules.clock
    first = date(now.year - 1, 1, 1)
    days = "".join(
        {True: "w", False: "-", None: "?"}[clock.calendar.is_workday(first + timedelta(days=n))]
        for n in range(4 * 365)
    )
    limits = sorted((state.value, urgent, str(limit)) for (state, urgent), limit in rules.stages.items())
    text = f"{now.year}|{days}|{clock.windows}|{clock.zone}|{limits}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]
