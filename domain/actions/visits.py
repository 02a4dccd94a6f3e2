"""Write down visits: one at a time from the street, or a batch at the desk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from domain.frontline import records
from domain.frontline.pledges import Need, Sort
from domain.frontline.rights import check_keeps
from domain.frontline.visits import Follows, Visit, is_sent_twice, refusal_of
from domain.people import Person
from domain.rulebook import Rulebook
from domain.said import Refused, refuse_if, said
from domain.store import Store, Work


def log_visits(
    store: Store, rules: Rulebook, visits: Sequence[Visit], *, by: Person, now: datetime
) -> list[Visit]:  # fmt: skip
    """Write down visits, all of them or none; one that was sent twice is the one that stands already.

    Raises:
        Refused: when one lies outside the person's area, in the future, or too long ago.
    """
    with store.work() as work:
        return [enter_visit(work, rules, visit, by=by, now=now) for visit in visits]


def enter_visit(work: Work, rules: Rulebook, visit: Visit, *, by: Person, now: datetime) -> Visit:
    """The same of one visit inside a transaction.

    Raises:
        Refused: as :func:`log_visits`; nothing is left behind in the transaction then.
    """
    check_keeps(by, Visit.LIST, visit.grid, rules.structure)
    refuse_if(refusal_of(visit, now))
    work.records.alone(f"visits:{by.id}")
    theirs = replace(visit, visitor=by.id)
    known = is_sent_twice(theirs, work.records.those(Visit, visitor=by.id, unit=visit.unit, grid=visit.grid))
    return known or records.add(work, theirs, "visited", by=by, now=now)


def list_need(
    store: Store, rules: Rulebook, visit: Visit, sort: Sort, title: str, *, by: Person, now: datetime
) -> tuple[Visit, Need]:  # fmt: skip
    """Write down a visit and the need that was learned there.

    Raises:
        Refused: as :func:`log_visits`, or when the need says nothing.
    """
    if not title.strip():
        raise Refused(said("Please describe the need."))
    with store.work() as work:
        logged = enter_visit(work, rules, replace(visit, follows=Follows.LISTED), by=by, now=now)
        if logged.need_id is not None:
            need = work.records.get(Need, logged.need_id)
            assert need is not None
            return logged, need
        check_keeps(by, Need.LIST, visit.grid, rules.structure)
        today = now.astimezone(rules.clock.zone).date()
        wanted = Need(grid=visit.grid, sort=sort, title=title.strip()[:200], since=today)
        need = records.add(work, wanted, "listed", by=by, now=now)
        return records.change(work, logged, "followed", by=by, now=now, need_id=need.id), need


def follow_with_ticket(
    work: Work, number: int, ticket_id: int, *, by: Person, now: datetime
) -> Visit:  # fmt: skip
    """Note inside the transaction that raises a ticket that it follows from a visit.

    Raises:
        Refused: when the visit is not this person's.
    """
    visit = _own(work, number, by)
    return records.change(
        work, visit, "followed", by=by, now=now, follows=Follows.TICKET, ticket_id=ticket_id
    )


def withdraw_visit(store: Store, number: int, *, by: Person, now: datetime) -> Visit:
    """Take back a visit that was written down by mistake; it stays in the log and counts for nothing.

    Raises:
        Refused: when it is not this person's, or too old to be taken back.
    """
    with store.work() as work:
        visit = _own(work, number, by)
        refuse_if(refusal_of(visit, now))
        return records.change(work, visit, "withdrawn", by=by, now=now, withdrawn=True)


def _own(work: Work, number: int, by: Person) -> Visit:
    visit = records.locked(work, Visit, number)
    if visit.visitor != by.id or visit.withdrawn:
        raise Refused(said("This is no visit of yours."))
    return visit
