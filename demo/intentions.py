"""Decide what people of the simulated town do next with a ticket: which of the moves open to them, and when.

Each state has a table of what its people do and how often; only moves that the table of moves opens to them count.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from demo.rhythm import when_people_are_up
from demo.stories import punctual
from demo.town import Town, Weighted
from domain.clocks import Limit
from domain.grids import CITY
from domain.moves import MOVE, Scene, refusal
from domain.people import RESIDENT, Person, Role
from domain.tickets import Asked, Card, Outcome, Source, State, Ticket
from domain.timeline import handling_limit


@dataclass(frozen=True, slots=True)
class Intention:
    """Somebody means to make a move at a moment."""

    move: str
    by: Person
    at: datetime


Moves = Weighted[str]

RAISED: Mapping[Role, Moves] = {
    Role.MEMBER: ((72, "settle"), (21, "hand_up"), (3, "accept"), (4, "skip_up")),
    Role.COMPOUND: ((46, "settle"), (8, "accept"), (46, "hand_up")),
    Role.COMMUNITY: ((80, "accept"), (12, "settle"), (4, "reject"), (4, "merge")),
    Role.STREET: ((84, "accept"), (9, "settle"), (6, "reject"), (1, "cancel")),
    Role.CITY_OFFICE: ((40, "accept"), (60, "place")),
}
"""What a holder does with a new ticket."""

ACCEPTED: Mapping[Role, Moves] = {
    Role.MEMBER: ((85, "settle"), (15, "hand_up")),
    Role.COMPOUND: ((80, "settle"), (20, "hand_up")),
    Role.COMMUNITY: ((75, "dispatch"), (14, "settle"), (4, "to_meeting"), (2, "hand_up")),
    Role.STREET: ((88, "dispatch"), (5, "settle"), (4, "to_meeting"), (3, "cancel")),
    Role.CITY_OFFICE: ((97, "dispatch"), (3, "to_meeting")),
}
"""What a holder does with what it accepted; where no department can have it, it is settled or handed up."""

DISPATCHED: Moves = ((93, "sign"), (4, "return"), (3, "redispatch"))
HANDLING: Moves = (
    (88, "report_done"), (6, "ask_extension"), (4, "ask_hold"), (1.5, "to_meeting"), (1, "redispatch"), (0.4, "cancel"),
    (0.5, "merge"),
)  # fmt: skip
HANDLING_EXTENDED: Moves = ((70, "report_done"), (30, "ask_extension"))
CHECKED: Moves = ((93, "check_pass"), (7, "check_fail"))
ANSWERS = {Asked.EXTENSION: ("approve_extension", "refuse_extension"), Asked.HOLD: ("approve_hold", "refuse_hold")}  # fmt: skip

APPROVED = 0.8
SUPERVISED, INSTRUCTED = 0.06, 0.01
"""How often somebody above supervises what got a yellow card; a leader instructs where a department works."""

LATE = 0.06
"""How often an office lets a stage's limit pass."""


def intended(town: Town, ticket: Ticket, now: datetime) -> Intention | None:
    """What happens next with a ticket if nobody else acts; None where people wait for the clock or a meeting."""
    decide = DECIDES.get(ticket.state)
    return decide(town, ticket, now) if decide else None


def is_open_to(town: Town, ticket: Ticket, move: str, by: Person, now: datetime, parts: int = 0) -> bool:
    """Would this person see the button of this move?"""
    return refusal(MOVE[move], Scene(ticket, by, town.rules, now, open_children=parts)) is None


# --- who makes which move ----------------------------------------------------------------------------------

BY_STREET = frozenset({"cancel", "redispatch", "approve_hold", "refuse_hold"})
BY_LEAD = frozenset({"sign", "return", "report_done", "ask_extension", "ask_hold", "resume"})


def maker(town: Town, ticket: Ticket, move: str) -> Person:
    """Who makes a move with a ticket."""
    if move in BY_LEAD:
        return town.lead(ticket)
    if move in BY_STREET:
        return town.street(ticket)
    if move in ("approve_extension", "refuse_extension"):
        return town.leader if ticket.extensions else town.street(ticket)
    if move in ("merge", "reopen"):
        return town.community(ticket)
    if move in ("check_pass", "check_fail"):
        return town.checker(ticket)
    return town.holder(ticket)


def _chosen(town: Town, ticket: Ticket, now: datetime, weighted: Moves) -> tuple[str, Person] | None:
    """One of the moves that are open to whoever makes them."""
    makers = {move: maker(town, ticket, move) for _, move in weighted}
    open_now = [(w, m) for w, m in weighted if is_open_to(town, ticket, m, makers[m], now)]
    if not open_now:
        return None
    move = town.one_of(open_now)
    return move, makers[move]


# --- state by state ----------------------------------------------------------------------------------------


def _soon(town: Town, ticket: Ticket, since: datetime) -> datetime:
    """Within the stage's limit, seldom after it."""
    limit = town.rules.limit_of(ticket.state, ticket.urgent)
    assert limit is not None, "stages people work in have a limit"
    late = town.chance(LATE)
    return town.after(since, limit, town.random.uniform(1.05, 4) if late else town.random.uniform(0.05, 0.9))


def _raised(town: Town, ticket: Ticket, now: datetime) -> Intention | None:
    by = town.holder(ticket)
    chosen = _chosen(town, ticket, now, RAISED.get(by.role, ()))
    if chosen is None:
        return None
    move, by = chosen
    at = _soon(town, ticket, now)
    if by.role is Role.MEMBER and not ticket.urgent:
        at = when_people_are_up(
            now + timedelta(minutes=town.random.uniform(10, 150)), town.clock, town.random
        )
    return Intention(move, by, at.replace(microsecond=0))


def _accepted(town: Town, ticket: Ticket, now: datetime) -> Intention | None:
    by = town.holder(ticket)
    weighted = ACCEPTED.get(by.role, ())
    if by.role in DISPATCHERS and not departments_for(town, ticket):
        weighted = NO_DEPARTMENT[by.role]
    chosen = _chosen(town, ticket, now, weighted)
    return Intention(*chosen, _soon(town, ticket, now)) if chosen else None


DISPATCHERS = frozenset({Role.COMMUNITY, Role.STREET, Role.CITY_OFFICE})
NO_DEPARTMENT: Mapping[Role, Moves] = {
    Role.COMMUNITY: ((72, "hand_up"), (24, "settle"), (4, "to_meeting")),
    Role.STREET: ((90, "settle"), (10, "to_meeting")),
    Role.CITY_OFFICE: ((1, "to_meeting"),),
}


def departments_for(town: Town, ticket: Ticket) -> list[str]:
    """The departments a holder may think of: the one that leads by the rules, any other once that one returned it."""
    allowed, leads = town.may_get(ticket.holder), town.rules.route(ticket).lead
    others = [code for code in allowed if code != leads]
    if leads is None:
        return allowed if ticket.holder == CITY else []
    if ticket.returns and others:
        return others
    return [leads] if leads in allowed else []


def _dispatched(town: Town, ticket: Ticket, now: datetime) -> Intention | None:
    weighted = DISPATCHED if ticket.parent is None else ((1.0, "sign"),)
    chosen = _chosen(town, ticket, now, weighted)
    return Intention(*chosen, _soon(town, ticket, now)) if chosen else None


def _in_progress(town: Town, ticket: Ticket, now: datetime) -> Intention | None:
    if ticket.asked:
        move = ANSWERS[ticket.asked][0 if town.chance(APPROVED) else 1]
        by = maker(town, ticket, move)
        return Intention(move, by, town.working_hours_later(now, 1, 7))
    weighted = HANDLING_EXTENDED if ticket.extensions == 1 else HANDLING
    chosen = _chosen(town, ticket, now, weighted if ticket.parent is None else ((1.0, "report_done"),))
    if chosen is None:
        return None
    move, by = chosen
    return Intention(move, by, _reported(town, ticket, now, early=move != "report_done"))


def _reported(town: Town, ticket: Ticket, now: datetime, *, early: bool) -> datetime:
    """When a department comes to it: within what is left of its time, or after it, as it is its manner."""
    random, due = town.random, ticket.handle_by or now
    limit = handling_limit(ticket, town.rules)
    left = town.clock.passed(now, due, around_the_clock=limit.around_the_clock)
    if left <= timedelta():
        return town.working_hours_later(now, 0.5, 8)
    rest = Limit(left, limit.around_the_clock)
    if early:
        return town.after(now, rest, random.uniform(0.1, 0.7))
    if ticket.parent is not None:
        return town.after(now, rest, random.uniform(0.05, 0.3))
    if town.chance(punctual(ticket.lead)):
        return town.after(now, rest, random.uniform(0.3, 0.85))
    return town.after(due, limit, random.choice((0.1, 0.2, 0.4, 0.8, 1.5, 2.5)))


def _on_hold(town: Town, ticket: Ticket, now: datetime) -> Intention | None:
    """Some departments go on before the review date."""
    if ticket.review_at is None or not town.chance(0.3):
        return None
    at = now + (ticket.review_at - now) * town.random.uniform(0.2, 0.8)
    return Intention("resume", town.lead(ticket), town.working_hours_later(at, 0, 2))


def _at_meeting(town: Town, ticket: Ticket, now: datetime) -> Intention | None:
    """Seldom something ends before the meeting."""
    if not town.chance(0.05):
        return None
    chosen = _chosen(town, ticket, now, ((1, "cancel"), (1, "merge")))
    return Intention(*chosen, town.working_hours_later(now, 8, 60)) if chosen else None


def _awaiting_check(town: Town, ticket: Ticket, now: datetime) -> Intention | None:
    if ticket.parent is not None:
        return None
    chosen = _chosen(town, ticket, now, CHECKED)
    return Intention(*chosen, _soon(town, ticket, now)) if chosen else None


def _awaiting_rating(town: Town, ticket: Ticket, now: datetime) -> Intention | None:
    """Residents rate by their link, the community asks others by telephone; many say nothing."""
    if not town.chance(0.64):
        return None
    content = 0.97 if ticket.rework else 0.93 if ticket.on_time is not False else 0.72
    move = "rate" if town.chance(content) else "dissatisfied"
    waited = now + timedelta(hours=town.random.uniform(1, 200))
    if ticket.source is Source.RESIDENT and town.chance(0.8):
        return Intention(move, RESIDENT, when_people_are_up(waited, town.clock, town.random))
    by = town.community(ticket)
    at = town.working_hours_later(waited, 0, 2)
    return Intention(move, by, at) if is_open_to(town, ticket, move, by, now) else None


def _closed(town: Town, ticket: Ticket, now: datetime) -> Intention | None:
    if ticket.outcome is Outcome.MERGED or ticket.parent is not None or not town.chance(0.012):
        return None
    return Intention("reopen", town.community(ticket), town.working_hours_later(now, 8, 140))


DECIDES: Mapping[State, Callable[[Town, Ticket, datetime], Intention | None]] = {
    State.RAISED: _raised,
    State.ACCEPTED: _accepted,
    State.DISPATCHED: _dispatched,
    State.IN_PROGRESS: _in_progress,
    State.ON_HOLD: _on_hold,
    State.AT_MEETING: _at_meeting,
    State.AWAITING_CHECK: _awaiting_check,
    State.AWAITING_RATING: _awaiting_rating,
    State.CLOSED: _closed,
}
"""What people do next, by the state a ticket is in."""


def watched(town: Town, before: Ticket | None, ticket: Ticket, now: datetime) -> Intention | None:
    """Who looks on from above: a card brings supervision now and then, a leader instructs where a department works."""
    if not ticket.is_open:
        return None
    turned_yellow = ticket.card is Card.YELLOW and (before is None or before.card < Card.YELLOW)
    if turned_yellow and town.chance(SUPERVISED):
        by = town.leader if town.chance(0.2) else town.above(ticket)
        return Intention("supervise", by, town.working_hours_later(now, 0.5, 6))
    if ticket.state is State.IN_PROGRESS and town.chance(INSTRUCTED):
        return Intention("instruct", town.leader, town.working_hours_later(now, 0.5, 6))
    return None
