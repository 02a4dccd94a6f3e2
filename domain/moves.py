"""What may happen to a ticket, as a table: from which state, by whom, guarded by what, needing what, who is told.

Source: the table of moves of 四单办结法; ``row`` is the row's number there. A move is a row here and nothing else:
pages draw its button from it, and :func:`move_ticket` alone carries it out. The clock's yellow and red cards (row 24)
are no moves: they change neither state nor holder, and are given by the sweep.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from domain import effects, tells
from domain.guards import (
    assistants_are_done,
    before_deadline,
    below_city,
    by_checker,
    by_city_office,
    by_clock,
    by_community_or_street,
    by_dispatching_holder,
    by_extension_approver,
    by_holder,
    by_holder_or_late_clock,
    by_lead,
    by_lead_or_street_or_clock_at_review,
    by_leader,
    by_meeting,
    by_meeting_holder_or_clock_at_thrice,
    by_rater,
    by_street,
    by_superior,
    can_still_be_merged,
    card_can_rise,
    closed_lately,
    extension_is_asked,
    extension_is_left,
    has_departments_to_dispatch_to,
    has_units_to_skip,
    hold_is_asked,
    holder_is_grid_or_street,
    is_a_whole,
    is_live,
    is_no_duplicate,
    is_urgent,
    lies_in_no_grid,
    nothing_is_asked,
    returns_are_left,
    review_lies_ahead,
    within_sign_limit,
)
from domain.needs import WITH_DEPARTMENT, lacking
from domain.said import Refused, Said, said
from domain.scene import Given, Move, Need, Resolution, Scene
from domain.tickets import ENDED, State, Ticket
from domain.timeline import Beat, Running, running

__all__ = [
    "MOVE", "MOVES", "Given", "Move", "Need", "Resolution", "Scene", "move_ticket", "moves_open_to", "refusal",
]  # fmt: skip

OPEN = frozenset(State) - ENDED
NOT_DISPATCHED = frozenset({State.RAISED, State.ACCEPTED})
MEETABLE = frozenset({State.ACCEPTED, State.IN_PROGRESS})
SUPERVISED = OPEN - {State.AWAITING_RATING}


def _at(*states: State) -> frozenset[State]:
    return frozenset(states)


MOVES: tuple[Move, ...] = (
    Move(
        "raised", 1, said("Raise"), frozenset(), (), (), effects.raised,
        (tells.holder, tells.queue_owner),
    ),
    Move(
        "place", 1, said("Put into a grid"), NOT_DISPATCHED,
        (is_live, by_city_office, lies_in_no_grid), (Need.GRID,), effects.place, (tells.holder,),
    ),
    Move(
        "accept", 3, said("Accept"), _at(State.RAISED),
        (is_live, by_holder), (Need.CATEGORY,), effects.accept, (tells.raiser,), primary=True,
    ),
    Move(
        "dispatch", 7, said("Dispatch"), _at(State.ACCEPTED),
        (is_live, by_dispatching_holder, has_departments_to_dispatch_to), (Need.DEPARTMENT,), effects.dispatch,
        (tells.lead, tells.raiser, tells.queue_owner), primary=True,
    ),
    Move(
        "settle", 2, said("Settle on the spot"), NOT_DISPATCHED,
        (is_live, by_holder, holder_is_grid_or_street), (Need.NOTE,), effects.settle, (tells.raiser,),
    ),
    Move(
        "hand_up", 5, said("Hand up"), NOT_DISPATCHED,
        (is_live, by_holder_or_late_clock, below_city), (Need.REASON,), effects.hand_up,
        (tells.holder, tells.former_holder),
    ),
    Move(
        "skip_up", 6, said("Hand up past levels"), NOT_DISPATCHED,
        (is_live, by_holder, below_city, is_urgent, has_units_to_skip), (Need.HIGHER_UNIT, Need.REASON), effects.skip_up,
        (tells.holder, tells.skipped),
    ),
    Move(
        "reject", 4, said("Reject"), _at(State.RAISED),
        (is_live, by_community_or_street), (Need.REASON_CODE, Need.REASON), effects.reject,
        (tells.raiser, tells.holder),
    ),
    Move(
        "sign", 8, said("Sign for"), _at(State.DISPATCHED),
        (is_live, by_lead), (), effects.sign, (tells.holder,), primary=True,
    ),
    Move(
        "return", 9, said("Return"), _at(State.DISPATCHED),
        (is_live, by_lead, within_sign_limit, returns_are_left), (Need.REASON, Need.OWNER), effects.give_back,
        (tells.holder, tells.street_at_last_return),
    ),
    Move(
        "redispatch", 10, said("Dispatch to another"), WITH_DEPARTMENT,
        (is_live, by_street), (Need.DEPARTMENT, Need.REASON), effects.dispatch,
        (tells.lead, tells.former_lead, tells.holder, tells.queue_owner),
    ),
    Move(
        "report_done", 13, said("Report as done"), _at(State.IN_PROGRESS),
        (is_live, by_lead, assistants_are_done), (Need.NOTE,), effects.report_done, (tells.checking, tells.holder),
        primary=True,
    ),
    Move(
        "ask_extension", 11, said("Ask for an extension"), _at(State.IN_PROGRESS),
        (is_live, by_lead, before_deadline, extension_is_left, nothing_is_asked), (Need.DAYS, Need.REASON),
        effects.ask_extension, (tells.approver, tells.holder),
    ),
    Move(
        "approve_extension", 11, said("Approve the extension"), _at(State.IN_PROGRESS),
        (is_live, extension_is_asked, by_extension_approver, before_deadline), (), effects.approve_extension,
        (tells.lead, tells.holder), primary=True,
    ),
    Move(
        "refuse_extension", 11, said("Refuse the extension"), _at(State.IN_PROGRESS),
        (is_live, extension_is_asked, by_extension_approver), (Need.REASON,), effects.refuse, (tells.lead,),
    ),
    Move(
        "ask_hold", 12, said("Ask to put on hold"), _at(State.IN_PROGRESS),
        (is_live, by_lead, nothing_is_asked), (Need.REVIEW, Need.REASON), effects.ask_hold,
        (tells.street, tells.holder),
    ),
    Move(
        "approve_hold", 12, said("Approve the hold"), _at(State.IN_PROGRESS),
        (is_live, hold_is_asked, by_street, review_lies_ahead), (), effects.approve_hold, (tells.lead, tells.holder),
        primary=True,
    ),
    Move(
        "refuse_hold", 12, said("Refuse the hold"), _at(State.IN_PROGRESS),
        (is_live, hold_is_asked, by_street), (Need.REASON,), effects.refuse, (tells.lead,),
    ),
    Move(
        "resume", 12, said("Resume"), _at(State.ON_HOLD),
        (is_live, by_lead_or_street_or_clock_at_review), (), effects.resume, (tells.lead, tells.holder), primary=True,
    ),
    Move(
        "check_pass", 14, said("Check passed"), _at(State.AWAITING_CHECK),
        (is_live, by_checker, assistants_are_done), (Need.NOTE,), effects.check_pass, (tells.lead, tells.holder), primary=True,
    ),
    Move(
        "check_fail", 15, said("Check not passed"), _at(State.AWAITING_CHECK),
        (is_live, by_checker), (Need.REASON,), effects.check_fail, (tells.lead, tells.holder),
    ),
    Move(
        "rate", 16, said("Enter the rating"), _at(State.AWAITING_RATING),
        (is_live, by_rater), (Need.GRADE,), effects.rate, (tells.lead, tells.holder, tells.raiser), primary=True,
    ),
    Move(
        "dissatisfied", 17, said("Dissatisfied"), _at(State.AWAITING_RATING),
        (is_live, by_rater), (Need.COMPLAINT,), effects.dissatisfied,
        (tells.lead, tells.holder, tells.raiser, tells.meeting_unit),
    ),
    Move(
        "to_meeting", 18, said("Bring to a joint meeting"), MEETABLE,
        (is_live, is_a_whole, by_meeting_holder_or_clock_at_thrice), (Need.MEETING, Need.REASON), effects.to_meeting,
        (tells.lead, tells.holder, tells.meeting_unit),
    ),
    Move(
        "resolve", 19, said("Decided by the meeting"), _at(State.AT_MEETING),
        (is_live, by_meeting), (), effects.resolve, (tells.lead, tells.former_lead, tells.holder, tells.raiser),
    ),
    Move(
        "unrated", 20, said("Closed unrated"), _at(State.AWAITING_RATING),
        (is_live, by_clock), (), effects.unrated,
    ),
    Move(
        "reopen", 21, said("Reopen"), _at(State.CLOSED),
        (is_live, is_a_whole, by_community_or_street, closed_lately, is_no_duplicate), (Need.REASON,), effects.reopen,
        (tells.lead, tells.holder, tells.raiser),
    ),
    Move(
        "merge", 22, said("Merge"), OPEN,
        (is_live, is_a_whole, by_community_or_street, can_still_be_merged), (Need.ORIGINAL,), effects.merge,
        (tells.holder, tells.original_holder, tells.lead, tells.raiser),
    ),
    Move(
        "cancel", 23, said("Cancel"), OPEN,
        (is_live, by_street), (Need.REASON,), effects.cancel, (tells.holder, tells.lead, tells.raiser),
    ),
    Move(
        "supervise", 24, said("Supervise"), SUPERVISED,
        (is_live, by_superior, card_can_rise), (Need.NOTE,), effects.supervise, (tells.holder, tells.lead),
    ),
    Move(
        "instruct", 24, said("Instruct"), OPEN,
        (is_live, by_leader), (Need.NOTE,), effects.instruct, (tells.holder, tells.lead, tells.unit_above),
    ),
)  # fmt: skip

MOVE = {move.name: move for move in MOVES}


# --- one place that enforces -----------------------------------------------------------------------------------


def refusal(move: Move, scene: Scene) -> Said | None:
    """Why this person may not make this move now, or None."""
    if scene.ticket.state not in move.starts:
        return said("This ticket is no longer where this move begins.")
    return next((why for guard in move.guards if (why := guard(scene))), None)


def moves_open_to(scene: Scene) -> tuple[Move, ...]:
    """The moves this person may make now: exactly the buttons to show."""
    return tuple(move for move in MOVES if refusal(move, scene) is None)


def move_ticket(move: Move, scene: Scene) -> tuple[Ticket, Beat]:
    """Carry out a move: the ticket as it is afterwards, its clocks read off the log again, and its new beat.

    Raises:
        Refused: when a guard says no or something needed was not given.
    """
    if why := refusal(move, scene) or lacking(move, scene):
        raise Refused(why)
    after = replace(move.effect(scene), version=scene.ticket.version + 1)
    return with_beat(after, move.name, scene)


def with_beat(after: Ticket, kind: str, scene: Scene) -> tuple[Ticket, Beat]:
    """The ticket with the clocks of its log once this move is in it."""
    seq = scene.beats[-1].seq + 1 if scene.beats else 1
    beat = Beat(seq, scene.now, kind, after.state, after.holder, after.lead)
    return with_clocks(after, running(after, (*scene.beats, beat), scene.rules)), beat


def with_clocks(ticket: Ticket, now: Running) -> Ticket:
    """A ticket with the clocks that were read off its log."""
    handle_by = now.handle_by
    if handle_by is None and ticket.handled_at is not None:
        handle_by = ticket.handle_by
    return replace(
        ticket,
        stage=now.stage,
        stage_since=now.since,
        warn_at=now.warn_at,
        due_at=now.due_at,
        thrice_at=now.thrice_at,
        handle_by=handle_by,
        wake_at=next_wake(ticket, now),
        provisional=now.provisional,
    )


def next_wake(ticket: Ticket, now: Running) -> datetime | None:
    """When the clock next has something to do with a ticket."""
    if not ticket.live or not ticket.is_open:
        return None
    if ticket.state is State.ON_HOLD:
        return ticket.review_at
    if ticket.state is State.AWAITING_RATING:
        return now.due_at
    return next(iter(now.thresholds), None)
