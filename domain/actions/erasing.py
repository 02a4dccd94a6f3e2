"""Erase a resident's personal data: the words go, an event says so, and the chain of the log stays whole.

The log itself holds no personal data, only the salted digest of each note; without the note and its salt nobody can
tell what it said. A backup made before still holds everything.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from domain.erasing import REPORTER, WHOLE, refusal_to_erase, refusal_to_erase_order, scope_of
from domain.events import Event, ticket_stream
from domain.frontline import records
from domain.frontline.pledges import Order
from domain.frontline.records import R, Record
from domain.people import CLOCK, Person
from domain.record import facts_of
from domain.rulebook import Rulebook
from domain.said import Refused, Stale, said
from domain.scene import Given, Scene
from domain.store import Store, Work
from domain.tickets import Ticket

AT_ONCE = 200
"""Old tickets erased in one transaction: others wait for it no longer than a moment."""


def erase_personal_data(
    store: Store, rules: Rulebook, no: str, reason: str, *, by: Person, now: datetime
) -> Ticket:
    """Erase what a ticket holds of people, as far as it may be erased now; what remains goes when the ticket ends.

    Raises:
        Refused: when there is no such ticket, this person may not, no reason is given, or there is nothing to erase.
    """
    with store.work() as work:
        found = work.ticket_numbered(no)
        ticket = work.ticket(found.id) if found else None
        if ticket is None:
            raise Refused(said("There is no ticket {no}.", no=no))
        if why := refusal_to_erase(by, ticket, reason, rules.structure):
            raise Refused(why)
        erased, did = _erase(work, rules, ticket, reason, by=by, now=now)
        if not did:
            raise Refused(said("There is nothing to erase in ticket {no}.", no=ticket.no))
        if scope_of(ticket) == WHOLE:
            _erase_parts(work, rules, ticket, reason, by=by, now=now)
        return erased


def erase_the_rest(work: Work, scene: Scene, ended: Ticket) -> None:
    """A ticket has ended: what somebody asked to erase while it was open is erased now."""
    if not any(beat.kind == "erased" for beat in scene.beats):
        return
    _erase(work, scene.rules, ended, "ended", by=CLOCK, now=scene.now)
    _erase_parts(work, scene.rules, ended, "ended", by=CLOCK, now=scene.now)


def erase_ended_before(store: Store, rules: Rulebook, before: datetime, *, now: datetime) -> int:
    """Erase what tickets that ended before a moment hold of people; in how many there was something."""
    erased = last = 0
    while True:
        with store.work() as work:
            old = work.ended_with_words(before, after=last, limit=AT_ONCE)
            for ticket in old:
                _, did = _erase(work, rules, ticket, "kept_long_enough", by=CLOCK, now=now)
                erased += did
        if len(old) < AT_ONCE:
            return erased
        last = old[-1].id


def erase_order(
    store: Store, rules: Rulebook, number: int, reason: str, *, by: Person, now: datetime
) -> Order:  # fmt: skip
    """Erase who placed an order that has ended, and what they wrote; the order itself stays, and is counted.

    Raises:
        Refused: when there is none, this person may not, no reason is given, or there is nothing to erase.
    """
    with store.work() as work:
        order = records.locked(work, Order, number)
        if why := refusal_to_erase_order(by, order, reason, rules.structure):
            raise Refused(why)
        erased = _erase_row(work, order, by=by, now=now)
        if erased is None:
            raise Refused(said("There is nothing to erase in order {n}.", n=order.id))
        return erased


def erase_rows_ended_before(store: Store, kind: type[Record], before: datetime, *, now: datetime) -> int:
    """Erase what rows of a list that ended before a moment hold of people; in how many there was something."""
    erased = last = 0
    while True:
        with store.work() as work:
            old = work.records.ended_with_words(kind, before, after=last, limit=AT_ONCE)
            erased += sum(_erase_row(work, row, by=CLOCK, now=now) is not None for row in old)
        if len(old) < AT_ONCE:
            return erased
        last = old[-1].id


def _erase_row(work: Work, row: R, *, by: Person, now: datetime) -> R | None:
    """Erase, and leave an event without personal data; None where there was nothing."""
    if not work.records.erase_beside(row):
        return None
    return records.change(work, row, "erased", by=by, now=now, told={"scope": WHOLE})


def _erase_parts(
    work: Work, rules: Rulebook, whole: Ticket, reason: str, *, by: Person, now: datetime
) -> None:
    for part in work.children(whole.id):
        if not part.is_open:
            _erase(work, rules, part, reason, by=by, now=now)


def _erase(
    work: Work, rules: Rulebook, ticket: Ticket, reason: str, *, by: Person, now: datetime
) -> tuple[Ticket, bool]:
    """Erase, and leave an event without personal data; whether there was anything to erase or to ask for."""
    scope, beats = scope_of(ticket), work.beats(ticket.id)
    gone = work.erase_words(ticket.id, whole=scope == WHOLE)
    asked_now = scope == REPORTER and all(beat.kind != "erased" for beat in beats)
    if not gone and not asked_now and not (scope == WHOLE and ticket.address):
        return ticket, False
    after = replace(ticket, address="" if scope == WHOLE else ticket.address, version=ticket.version + 1)
    if not work.save_ticket(after):
        raise Stale(said("Somebody else acted on this ticket first; nothing was erased."))
    scene = Scene(ticket, by, rules, now, Given(reason=reason), beats=beats)
    facts = {**facts_of(after, by.role, scene), "scope": scope}
    work.add_event(Event(ticket_stream(ticket.id), 0, now, "erased", by.id or None, facts))
    return after, True
