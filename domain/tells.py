"""Say who is told of a move: posts – a unit, a department, the leaders – given the scene and the ticket afterwards."""

from __future__ import annotations

from collections.abc import Iterable

from domain import meetings
from domain.grids import CITY
from domain.guards import RETURNS_ALLOWED, checkers
from domain.needs import meeting_chosen
from domain.people import LEADERS
from domain.queues import Queue, owner
from domain.scene import Scene
from domain.tickets import State, Ticket


def holder(_scene: Scene, after: Ticket) -> Iterable[str | None]:
    return (after.holder,)


def former_holder(scene: Scene, _after: Ticket) -> Iterable[str | None]:
    return (scene.ticket.holder,)


def lead(_scene: Scene, after: Ticket) -> Iterable[str | None]:
    return (after.lead,)


def former_lead(scene: Scene, _after: Ticket) -> Iterable[str | None]:
    return (scene.ticket.lead,)


def raiser(_scene: Scene, after: Ticket) -> Iterable[str | None]:
    return (after.raised_in,)


def checking(_scene: Scene, after: Ticket) -> Iterable[str | None]:
    return checkers(after)


def street(scene: Scene, _after: Ticket) -> Iterable[str | None]:
    structure, ticket = scene.rules.structure, scene.ticket
    return (structure.street_over(ticket.located, ticket.holder) or CITY,)


def street_at_last_return(scene: Scene, after: Ticket) -> Iterable[str | None]:
    """After the last return that is allowed the street decides, so it hears of it at once."""
    return street(scene, after) if after.returns >= RETURNS_ALLOWED else ()


def approver(scene: Scene, after: Ticket) -> Iterable[str | None]:
    return street(scene, after) if scene.ticket.extensions == 0 else (LEADERS,)


def skipped(scene: Scene, after: Ticket) -> Iterable[str | None]:
    """The levels between the former holder and the new one."""
    chain = scene.rules.structure.chain(scene.ticket.holder)
    return chain[1 : chain.index(after.holder)] if after.holder in chain else ()


def unit_above(scene: Scene, after: Ticket) -> Iterable[str | None]:
    return (scene.rules.structure.above(after.holder),)


def queue_owner(_scene: Scene, after: Ticket) -> Iterable[str | None]:
    """Whoever owns the named queue a ticket stands in."""
    return (owner(Queue(after.queue), after.holder, after.located),) if after.queue else ()


def original_holder(scene: Scene, _after: Ticket) -> Iterable[str | None]:
    return (scene.original.holder if scene.original else None,)


def meeting_unit(scene: Scene, after: Ticket) -> Iterable[str | None]:
    """The unit whose agenda takes the ticket."""
    if after.state is not State.AT_MEETING:
        return ()
    return (meetings.meeting_unit(meeting_chosen(scene), scene.rules.structure),)
