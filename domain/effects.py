"""Say what a ticket is after a move; its version and its clocks are set by the one who carries the move out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from domain.clocks import Limit
from domain.grids import CITY, Level, Located
from domain.queues import Queue, first_holder
from domain.rulebook import Rulebook
from domain.scene import Scene
from domain.tickets import Asked, Card, Outcome, Source, State, Ticket
from domain.timeline import COUNTED, handling_limit, handling_time, running

REWORK_TO_MEETING = 2
"""At this rework a dissatisfied public brings the matter to a joint meeting."""

SECOND = timedelta(seconds=1)


def raised(scene: Scene) -> Ticket:
    return scene.ticket


def settle(scene: Scene) -> Ticket:
    settled = replace(
        scene.ticket,
        handled_at=scene.now,
        on_time=not scene.ticket.is_overdue(scene.now),
        outcome=Outcome.SETTLED_ON_THE_SPOT,
        queue=None,
    )
    if scene.ticket.source is Source.RESIDENT and scene.ticket.parent is None:
        return replace(settled, state=State.AWAITING_RATING)
    return replace(settled, state=State.CLOSED, closed_at=scene.now)


def accept(scene: Scene) -> Ticket:
    category = scene.rules.category(scene.given.category or scene.ticket.category)
    urgent = scene.ticket.urgent if scene.given.urgent is None else scene.given.urgent
    sorted_out = replace(scene.ticket, category=category.code, urgent=urgent)
    limit = routed_limit(sorted_out, scene.rules)
    return replace(sorted_out, state=State.ACCEPTED, limit=limit, queue=None)


def reject(scene: Scene) -> Ticket:
    return replace(scene.ticket, state=State.REJECTED, closed_at=scene.now, queue=None)


def hand_up(scene: Scene) -> Ticket:
    return replace(scene.ticket, holder=next_holder(scene), queue=None)


def next_holder(scene: Scene) -> str:
    """Who gets what is handed up: the unit above, or the one above that where a rule skips the compound."""
    structure = scene.rules.structure
    above = structure.above(scene.ticket.holder) or CITY
    grid = structure.grids.get(above)
    skips = (
        grid is not None and grid.level is Level.COMPOUND and scene.rules.route(scene.ticket).skips_compound
    )
    return (structure.above(above) or CITY) if skips else above


def skip_up(scene: Scene) -> Ticket:
    return replace(scene.ticket, holder=scene.given.unit or CITY, queue=None)


def place(scene: Scene) -> Ticket:
    structure = scene.rules.structure
    located = structure.located(scene.given.unit or CITY)
    holder, queue = first_holder(located, structure, scene.rules.is_headed, on_edge=False)
    waits = queue is not None and scene.ticket.state is State.RAISED
    return replace(
        scene.ticket, holder=holder, located=located, queue=queue.value if queue and waits else None
    )


def dispatch(scene: Scene) -> Ticket:
    lead = scene.given.department
    return replace(
        scene.ticket,
        state=State.DISPATCHED,
        lead=lead,
        limit=_limit_for_another(scene),
        asked=None,
        asked_time=None,
        review_at=None,
        queue=queue_at(lead, scene.rules),
    )


def _limit_for_another(scene: Scene) -> Limit | None:
    """The limit copied at acceptance; whoever comes after a first department gets the rules' own, without what that
    one was granted."""
    if any(beat.state in COUNTED for beat in scene.beats):
        return routed_limit(scene.ticket, scene.rules)
    return scene.ticket.limit


def routed_limit(ticket: Ticket, rules: Rulebook) -> Limit:
    """The time for handling that the rules give a ticket."""
    return rules.handling_limit(rules.route(ticket).limit, ticket.urgent)


def queue_at(department: str | None, rules: Rulebook) -> str | None:
    """The queue of what is dispatched to a department: a named one where nobody works there."""
    unstaffed = bool(rules.departments) and department not in rules.staffed
    return Queue.NO_PEOPLE.value if unstaffed else None


def sign(scene: Scene) -> Ticket:
    return replace(scene.ticket, state=State.IN_PROGRESS, queue=None)


def give_back(scene: Scene) -> Ticket:
    return replace(
        scene.ticket, state=State.ACCEPTED, lead=None, returns=scene.ticket.returns + 1, queue=None
    )


def ask_extension(scene: Scene) -> Ticket:
    day = (
        timedelta(days=1)
        if handling_limit(scene.ticket, scene.rules).around_the_clock
        else scene.rules.working_day
    )
    return replace(scene.ticket, asked=Asked.EXTENSION, asked_time=day * (scene.given.days or 0))


def approve_extension(scene: Scene) -> Ticket:
    ticket, limit = scene.ticket, handling_limit(scene.ticket, scene.rules)
    longer = Limit(limit.length + (ticket.asked_time or timedelta()), limit.around_the_clock)
    return replace(ticket, limit=longer, extensions=ticket.extensions + 1, asked=None, asked_time=None)


def refuse(scene: Scene) -> Ticket:
    return replace(scene.ticket, asked=None, asked_time=None, review_at=None)


def ask_hold(scene: Scene) -> Ticket:
    return replace(scene.ticket, asked=Asked.HOLD, review_at=scene.given.until)


def approve_hold(scene: Scene) -> Ticket:
    return replace(scene.ticket, state=State.ON_HOLD, asked=None, queue=None)


def resume(scene: Scene) -> Ticket:
    return replace(scene.ticket, state=State.IN_PROGRESS, review_at=None)


def report_done(scene: Scene) -> Ticket:
    return replace(_unasked(scene.ticket), state=State.AWAITING_CHECK)


def check_pass(scene: Scene) -> Ticket:
    handle_by = running(scene.ticket, scene.beats, scene.rules).handle_by
    passed = replace(
        scene.ticket,
        handled_at=scene.now,
        on_time=handle_by is None or scene.now <= handle_by,
        outcome=Outcome.SETTLED,
    )
    if scene.ticket.parent is None:
        return replace(passed, state=State.AWAITING_RATING)
    return replace(passed, state=State.CLOSED, closed_at=scene.now, outcome=Outcome.ANSWERED)


def check_fail(scene: Scene) -> Ticket:
    return replace(_reworked(scene), state=State.IN_PROGRESS)


def rate(scene: Scene) -> Ticket:
    return replace(scene.ticket, state=State.CLOSED, closed_at=scene.now, satisfied=True)


def dissatisfied(scene: Scene) -> Ticket:
    again = replace(
        _reworked(scene),
        satisfied=False,
        handled_at=None,
        on_time=None,
        outcome=None,
        cycle=scene.ticket.cycle + 1,
    )
    if again.rework >= REWORK_TO_MEETING:
        return replace(again, state=State.AT_MEETING)
    return replace(again, state=State.IN_PROGRESS if again.lead else State.ACCEPTED)


def _reworked(scene: Scene) -> Ticket:
    """Once more: what is left of the limit, at least one working day."""
    ticket, limit = scene.ticket, handling_limit(scene.ticket, scene.rules)
    around = limit.around_the_clock
    day = timedelta(days=1) if around else scene.rules.working_day
    spent = handling_time(scene.beats, scene.rules.clock, scene.now, around=around)
    longer = _whole_seconds(max(limit.length, spent + day))
    return replace(ticket, rework=ticket.rework + 1, limit=Limit(longer, around))


def unrated(scene: Scene) -> Ticket:
    return replace(scene.ticket, state=State.CLOSED, closed_at=scene.now, satisfied=None)


def to_meeting(scene: Scene) -> Ticket:
    return replace(_unasked(scene.ticket), state=State.AT_MEETING)


def _unasked(ticket: Ticket) -> Ticket:
    """Nothing is asked for any more, and nobody is waited for."""
    return replace(ticket, asked=None, asked_time=None, review_at=None, queue=None)


def resolve(scene: Scene) -> Ticket:
    assert scene.resolution is not None, "guarded"
    return RESOLVED[scene.resolution.outcome](scene)


def _resolved_settled(scene: Scene) -> Ticket:
    """Settled by the meeting itself: in time unless the department was late before; due when it was settled."""
    late_since = scene.ticket.handle_by
    return replace(
        scene.ticket,
        state=State.CLOSED,
        outcome=Outcome.SETTLED,
        handled_at=scene.now,
        closed_at=scene.now,
        on_time=late_since is None,
        handle_by=late_since or scene.now,
    )


def _resolved_assigned(scene: Scene) -> Ticket:
    """The meeting's due date is the limit: time for handling begins anew, also for the cards."""
    assert scene.resolution is not None and scene.resolution.due is not None
    lead, around = scene.resolution.lead, handling_limit(scene.ticket, scene.rules).around_the_clock
    granted = scene.rules.clock.passed(scene.now, scene.resolution.due, around_the_clock=around)
    return replace(
        scene.ticket,
        state=State.IN_PROGRESS,
        lead=lead,
        limit=Limit(_whole_seconds(granted), around),
        queue=queue_at(lead, scene.rules),
    )


def _whole_seconds(length: timedelta) -> timedelta:
    """Rounded up: a limit is kept in seconds, and the clocks read off the log later are those of today."""
    return -(-length // SECOND) * SECOND


def _resolved_returned(scene: Scene) -> Ticket:
    return replace(scene.ticket, state=State.ACCEPTED, lead=None)


RESOLVED = {
    "settled": _resolved_settled,
    "assigned": _resolved_assigned,
    "returned": _resolved_returned,
}


def reopen(scene: Scene) -> Ticket:
    ticket = _on_the_ground_of_today(scene.ticket, scene.rules)
    return replace(
        ticket,
        state=State.IN_PROGRESS if ticket.lead else State.ACCEPTED,
        cycle=ticket.cycle + 1,
        limit=routed_limit(ticket, scene.rules),
        queue=queue_at(ticket.lead, scene.rules) if ticket.lead else None,
        handled_at=None,
        on_time=None,
        closed_at=None,
        outcome=None,
        satisfied=None,
        returns=0,
        extensions=0,
    )


def _on_the_ground_of_today(ticket: Ticket, rules: Rulebook) -> Ticket:
    """What ended keeps its grid through every redraw; what is worked again lies, and is held, where its point does."""
    structure = rules.structure
    there = rules.locate(ticket.point) if ticket.point else Located()
    if there.grid is None:
        still = next((code for code in ticket.located.codes if code in structure.grids), CITY)
        there = ticket.located if still == ticket.located.grid else structure.located(still)
    if there == ticket.located:
        return ticket
    now_at = dict(zip(_each_level(ticket.located), _each_level(there), strict=True))

    def unit(code: str) -> str:
        covering = now_at.get(code, code)
        return covering if covering and covering in structure else there.grid or CITY

    return replace(
        ticket,
        located=there,
        holder=unit(ticket.holder),
        raised_in=unit(ticket.raised_in) if ticket.raised_in else None,
    )


def _each_level(located: Located) -> tuple[str | None, ...]:
    return located.level1, located.level2, located.level3


def merge(scene: Scene) -> Ticket:
    assert scene.original is not None, "asked for"
    return replace(
        scene.ticket,
        state=State.CLOSED,
        outcome=Outcome.MERGED,
        closed_at=scene.now,
        duplicate_of=scene.original.id,
        queue=None,
    )


def cancel(scene: Scene) -> Ticket:
    return replace(scene.ticket, state=State.CANCELLED, closed_at=scene.now, queue=None)


def supervise(scene: Scene) -> Ticket:
    return replace(scene.ticket, card=Card(min(Card.RED, scene.ticket.card + 1)))


def instruct(scene: Scene) -> Ticket:
    return scene.ticket
