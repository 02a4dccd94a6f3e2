"""Raise a ticket; move a ticket."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import datetime

from domain.events import Event, Note, ticket_stream
from domain.grids import CITY, Located
from domain.moves import MOVE, Given, Move, Scene, move_ticket, with_clock
from domain.people import READS_TICKETS, Person, Role, sees_place
from domain.place import LngLat
from domain.rulebook import Rulebook
from domain.said import Refused, Stale, said
from domain.store import Store, Work
from domain.tickets import Source, Ticket, Words

RAISES = {
    Role.MEMBER: Source.GRID,
    Role.COMPOUND: Source.GRID,
    Role.COMMUNITY: Source.COMMUNITY,
    Role.STREET: Source.STREET,
    Role.CITY_OFFICE: Source.CITY_OFFICE,
}
"""Who raises tickets, and what the ticket says of where it came from."""


@dataclass(frozen=True, slots=True)
class Report:
    """What somebody reports: where, what kind, in which words. ``once`` names the send: the same send is one ticket."""

    point: LngLat | None
    category: str
    words: Words
    urgent: bool = False
    address: str = ""
    once: str | None = None


def raise_ticket(store: Store, rules: Rulebook, report: Report, *, by: Person, now: datetime) -> Ticket:
    """Raise a ticket: the smallest grid that covers the point holds it, else the city office's no-grid queue.

    Raises:
        Refused: when this role raises no tickets, the place is outside its area, or nothing was described.
    """
    located = rules.locate(report.point) if report.point else Located()
    _check_may_raise(by, located, rules)
    if not report.words.description.strip():
        raise Refused(said("Please describe the problem."))
    category = rules.category(report.category)
    with store.work() as work:
        if report.once and (known := work.ticket_once(report.once)):
            return known
        ticket = Ticket(
            holder=located.grid or CITY,
            located=located,
            point=report.point,
            category=category.code,
            urgent=report.urgent or category.urgent,
            source=RAISES[by.role],
            address=report.address,
            opened_at=now,
            stage_since=now,
            raised_by=by.id,
        )
        ticket = work.add_ticket(with_clock(ticket, None, rules, now), report.words, report.once)
        work.add_event(_event(ticket, "raised", by, now))
        return ticket


def act(
    store: Store, rules: Rulebook, ticket_id: int, move_name: str, given: Given,
    *, version: int, by: Person, now: datetime,
) -> Ticket:  # fmt: skip
    """Make a move on the ticket as the person saw it, at ``version``.

    Raises:
        Stale: when somebody acted since; the sentence tells who did what.
        Refused: when this person may not, or may not now.
    """
    move = _move_named(move_name)
    with store.work() as work:
        ticket = work.ticket(ticket_id)
        if ticket is None or not may_read(by, ticket, rules):
            raise Refused(said("This ticket is not in your area."))
        if ticket.version != version:
            raise _stale(work, ticket)
        after = move_ticket(move, Scene(ticket, by, rules, now, given))
        if not work.save_ticket(after):
            raise _stale(work, ticket)
        work.add_event(*_event_with_note(after, move, ticket, given, by, now))
        return after


def may_read(person: Person, ticket: Ticket, rules: Rulebook) -> bool:
    """May this person read this ticket's words?"""
    return person.role in READS_TICKETS and sees_place(
        person, ticket.located, ticket.holder, ticket.lead, rules.structure
    )


def _check_may_raise(by: Person, located: Located, rules: Rulebook) -> None:
    if by.role not in RAISES:
        raise Refused(said("Your role raises no tickets."))
    if not sees_place(by, located, CITY if located.grid is None else located.grid, None, rules.structure):
        raise Refused(said("This place is outside your area."))


def _move_named(name: str) -> Move:
    if name not in MOVE:
        raise Refused(said("There is no move {move}.", move=name))
    return MOVE[name]


def _event(ticket: Ticket, kind: str, by: Person, now: datetime, **more: object) -> Event:
    facts = {
        "state": ticket.state.value,
        "holder": ticket.holder,
        "category": ticket.category,
        "urgent": ticket.urgent,
        "role": by.role.value,
        **more,
    }
    return Event(ticket_stream(ticket.id), 0, now, kind, by.id, facts)


def _event_with_note(
    after: Ticket, move: Move, before: Ticket, given: Given, by: Person, now: datetime
) -> tuple[Event, Note | None]:
    text = given.words.strip()
    note = Note(text, secrets.token_hex(8)) if text else None
    event = _event(after, move.name, by, now, **{"from": before.state.value, "from_holder": before.holder})
    return (replace(event, facts={**event.facts, "note": note.digest}), note) if note else (event, None)


def _stale(work: Work, ticket: Ticket) -> Stale:
    last = work.last_event(ticket_stream(ticket.id))
    name = work.account_name(last.by) if last and last.by is not None else None
    what = MOVE[last.kind].title if last and last.kind in MOVE else said("changed it")
    return Stale(
        said(
            "{who} acted on this ticket first ({what}). It is shown as it is now; nothing of yours was saved.",
            who=name or said("Somebody else"),
            what=what,
        )
    )
