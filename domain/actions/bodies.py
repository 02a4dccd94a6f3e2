"""Keep what bodies promise and do, which departments are linked where, and leaders' visits."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from domain.frontline import records
from domain.frontline.bodies import Body, BranchLink, Deed, LeaderVisit, Unit
from domain.frontline.organisation import refusal_of_place
from domain.frontline.rights import check_keeps
from domain.grids import CITY
from domain.people import Person
from domain.rulebook import Rulebook
from domain.said import Refused, refuse_if, said
from domain.store import Store, Work

LONGEST = 200
"""Characters of what is to be done, or was."""


def promise_deed(store: Store, rules: Rulebook, deed: Deed, *, by: Person, now: datetime) -> Deed:
    """Write down what a body promised its community for a year.

    Raises:
        Refused: when the community is not this person's or has no body, the unit is none of its, or the deed says nothing.
    """
    check_keeps(by, Deed.LIST, deed.community, rules.structure)
    if not deed.title.strip():
        raise Refused(said("Please say what is to be done."))
    if deed.fen < 0:
        raise Refused(said("An amount is not less than nothing."))
    with store.work() as work:
        _check_members(work, rules, deed, now.astimezone(rules.clock.zone).date())
        kept = replace(deed, title=deed.title.strip()[:LONGEST], done_on=None)
        return records.add(work, kept, "promised", by=by, now=now)


def _check_members(work: Work, rules: Rulebook, deed: Deed, today: date) -> None:
    codes = rules.structure.ever(deed.community)
    if not work.records.those(Body, community=codes):
        raise Refused(said("This community has no body yet."))
    if deed.unit is None:
        return
    members = work.records.those(Unit, community=codes, name=deed.unit)
    if not any(unit.belongs(today) for unit in members):
        raise Refused(said("This unit is no member of the body."))


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
        check_keeps(by, Deed.LIST, deed.community, rules.structure)
        if deed.done_on is not None:
            raise Refused(said("This deed is done already."))
        if day.year != deed.year or day > now.astimezone(rules.clock.zone).date():
            raise Refused(said("A deed of {year} is done on a day of it that is not ahead.", year=deed.year))
        return records.change(work, deed, "done", by=by, now=now, done_on=day)


def link_branch(
    store: Store, rules: Rulebook, department: str, grid: str, *, by: Person, now: datetime
) -> BranchLink:
    """Link a department to the branch of a compound grid; a link that stands already is that one.

    Raises:
        Refused: when this is not the person's, or there is no such department or branch.
    """
    check_keeps(by, BranchLink.LIST, CITY, rules.structure)
    if department not in rules.departments:
        raise Refused(said("There is no department {code}.", code=department))
    refuse_if(refusal_of_place(grid, rules.structure))
    with store.work() as work:
        work.records.alone("branch links")
        known = work.records.those(BranchLink, department=department, grid=grid)
        if not known:
            link = BranchLink(department=department, grid=grid)
            return records.add(work, link, "linked", by=by, now=now)
        return (
            records.change(work, known[0], "linked", by=by, now=now, gone=False)
            if known[0].gone
            else known[0]
        )


def unlink_branch(store: Store, rules: Rulebook, number: int, *, by: Person, now: datetime) -> BranchLink:
    """End a department's link to a branch.

    Raises:
        Refused: when this is not the person's, or there is no such link.
    """
    check_keeps(by, BranchLink.LIST, CITY, rules.structure)
    with store.work() as work:
        link = records.locked(work, BranchLink, number)
        return link if link.gone else records.change(work, link, "unlinked", by=by, now=now, gone=True)


def note_leaders_visit(
    store: Store, rules: Rulebook, visit: LeaderVisit, *, by: Person, now: datetime
) -> LeaderVisit:  # fmt: skip
    """Write down that a leader visited their community, or attended a meeting there.

    Raises:
        Refused: when the community is not this person's, the day lies ahead, or the same stands there already.
    """
    check_keeps(by, LeaderVisit.LIST, visit.community, rules.structure)
    if visit.day > now.astimezone(rules.clock.zone).date():
        raise Refused(said("A visit lies in the past."))
    with store.work() as work:
        work.records.alone(f"leader {visit.leader}")
        if work.records.those(
            LeaderVisit,
            leader=visit.leader,
            community=visit.community,
            day=visit.day,
            at_meeting=visit.at_meeting,
        ):
            raise Refused(said("This visit is written down already."))
        kept = replace(visit, what=visit.what.strip()[:LONGEST])
        return records.add(work, kept, "visited", by=by, now=now)
