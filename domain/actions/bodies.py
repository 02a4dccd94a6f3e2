"""Keep what bodies promise and do, which departments are linked where, and leaders' visits."""

from __future__ import annotations

from datetime import date, datetime

from domain.frontline import records
from domain.frontline.bodies import Body, BranchLink, Deed, Function, LeaderVisit, Unit
from domain.frontline.rights import check_keeps
from domain.grids import CITY
from domain.people import Person
from domain.rulebook import Rulebook
from domain.said import Refused, said
from domain.store import Store, Work


def promise_deed(
    store: Store, rules: Rulebook, body_id: int, unit_id: int | None, function: Function, year: int, title: str,
    fen: int, *, by: Person, now: datetime,
) -> Deed:  # fmt: skip
    """Write down what a body promised its community for a year.

    Raises:
        Refused: when the body is not this person's, the unit is none of its, or the deed says nothing.
    """
    if not title.strip():
        raise Refused(said("Please say what is to be done."))
    if fen < 0:
        raise Refused(said("An amount is not less than nothing."))
    with store.work() as work:
        body = _own(work, rules, body_id, by)
        if unit_id is not None and records.locked(work, Unit, unit_id).body_id != body.id:
            raise Refused(said("This unit is no member of the body."))
        deed = Deed(
            body_id=body.id, unit_id=unit_id, function=function, year=year, title=title.strip()[:200], fen=fen
        )
        return records.add(work, deed, "promised", by=by, now=now)


def note_done(
    store: Store, rules: Rulebook, deed_id: int, day: date, *, version: int, by: Person, now: datetime
) -> Deed:  # fmt: skip
    """Note that a deed was done on a day.

    Raises:
        Stale: when somebody changed it since ``version``.
        Refused: when it is not this person's, was done already, or the day is not of its year or lies ahead.
    """
    with store.work() as work:
        deed = records.locked(work, Deed, deed_id, version)
        _own(work, rules, deed.body_id, by)
        if deed.done_on is not None:
            raise Refused(said("This deed is done already."))
        if day.year != deed.year or day > now.astimezone(rules.clock.zone).date():
            raise Refused(said("A deed of {year} is done on a day of it that is not ahead.", year=deed.year))
        return records.change(work, deed, "done", by=by, now=now, done_on=day)


def link_branch(
    store: Store, rules: Rulebook, department: str, grid: str, *, by: Person, now: datetime
) -> BranchLink:
    """Link a department to the branch of a compound grid.

    Raises:
        Refused: when this is not the person's, or there is no such department or grid.
    """
    check_keeps(by, "links", CITY, rules.structure)
    if department not in rules.departments:
        raise Refused(said("There is no department {code}.", code=department))
    if grid not in rules.structure.grids:
        raise Refused(said("There is no grid {code}.", code=grid))
    with store.work() as work:
        work.records.alone("branch links")
        known = work.records.those(BranchLink, department=department, grid=grid)
        return known[0] if known else records.add(
            work, BranchLink(department=department, grid=grid), "linked", by=by, now=now
        )  # fmt: skip


def note_leaders_visit(
    store: Store, rules: Rulebook, visit: LeaderVisit, *, by: Person, now: datetime
) -> LeaderVisit:  # fmt: skip
    """Write down that a leader visited their community, or attended a meeting there.

    Raises:
        Refused: when the community is not this person's, or the day lies ahead.
    """
    check_keeps(by, LeaderVisit.LIST, visit.community, rules.structure)
    if visit.day > now.astimezone(rules.clock.zone).date():
        raise Refused(said("A visit lies in the past."))
    with store.work() as work:
        return records.add(work, visit, "visited", by=by, now=now)


def _own(work: Work, rules: Rulebook, body_id: int, by: Person) -> Body:
    body = records.locked(work, Body, body_id)
    check_keeps(by, Body.LIST, body.community, rules.structure)
    return body
