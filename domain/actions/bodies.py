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
from domain.said import Refused, Said, refuse_if, said
from domain.store import Store, Work

LONGEST = 200
"""Characters of what is to be done, or was."""


def promise_deed(store: Store, rules: Rulebook, deed: Deed, *, by: Person, now: datetime) -> Deed:
    """Write down what a body promised its community for a year.

    Raises:
        Refused: when the community is not this person's or has no body, the unit is none of its, or the deed says nothing.
    """
    with store.work() as work:
        return enter_deed(work, rules, deed, by=by, now=now)


def enter_deed(work: Work, rules: Rulebook, deed: Deed, *, by: Person, now: datetime) -> Deed:
    """The same inside a transaction; a deed that was done already is promised and done in one.

    Raises:
        Refused: as :func:`promise_deed` and :func:`note_done`; nothing is left behind in the transaction then.
    """
    check_keeps(by, Deed.LIST, deed.community, rules.structure)
    refuse_if(_refusal_of_deed(deed, _today(rules, now)))
    _check_members(work, rules, deed, _today(rules, now))
    kept = replace(deed, title=deed.title.strip()[:LONGEST], done_on=None)
    promised = records.add(work, kept, "promised", by=by, now=now)
    return (
        promised if deed.done_on is None else enter_done(work, rules, promised, deed.done_on, by=by, now=now)
    )


def _refusal_of_deed(deed: Deed, today: date) -> Said | None:
    if not deed.title.strip():
        return said("Please say what is to be done.")
    if deed.fen < 0:
        return said("An amount is not less than nothing.")
    return None if deed.done_on is None else _refusal_to_be_done(deed, deed.done_on, today)


def _refusal_to_be_done(deed: Deed, day: date, today: date) -> Said | None:
    if day.year != deed.year or day > today:
        return said("A deed of {year} is done on a day of it that is not ahead.", year=deed.year)
    return None


def _today(rules: Rulebook, now: datetime) -> date:
    return now.astimezone(rules.clock.zone).date()


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
        return enter_done(work, rules, deed, day, by=by, now=now)


def enter_done(
    work: Work, rules: Rulebook, deed: Deed, day: date, *, by: Person, now: datetime
) -> Deed:  # fmt: skip
    """The same inside a transaction, of a deed that is locked there.

    Raises:
        Refused: as :func:`note_done`.
    """
    check_keeps(by, Deed.LIST, deed.community, rules.structure)
    if deed.done_on is not None:
        raise Refused(said("This deed is done already."))
    refuse_if(_refusal_to_be_done(deed, day, _today(rules, now)))
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
        Refused: when the community is not this person's or not the leader's, the day lies ahead, or the same stands there
            already.
    """
    with store.work() as work:
        return enter_leaders_visit(work, rules, visit, by=by, now=now)


def enter_leaders_visit(
    work: Work, rules: Rulebook, visit: LeaderVisit, *, by: Person, now: datetime
) -> LeaderVisit:  # fmt: skip
    """The same inside a transaction.

    Raises:
        Refused: as :func:`note_leaders_visit`.
    """
    check_keeps(by, LeaderVisit.LIST, visit.community, rules.structure)
    refuse_if(_refusal_of_visit(rules, visit, _today(rules, now)))
    work.records.alone(f"leader {visit.leader}")
    if work.records.those(
        LeaderVisit,
        leader=visit.leader,
        community=visit.community,
        day=visit.day,
        at_meeting=visit.at_meeting,
    ):
        raise Refused(said("This visit is written down already."))
    return records.add(work, replace(visit, what=visit.what.strip()[:LONGEST]), "visited", by=by, now=now)


def _refusal_of_visit(rules: Rulebook, visit: LeaderVisit, today: date) -> Said | None:
    own = rules.leaders.get(visit.leader)
    if own is None or rules.structure.today(own) != rules.structure.today(visit.community):
        return said("This leader does not answer for this community.")
    return said("A visit lies in the past.") if visit.day > today else None
