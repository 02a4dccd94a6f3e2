"""What becomes of working members: they are registered, spread over branches, take posts, sign up, and hear how they did."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from domain.frontline import records
from domain.frontline.records import Beside
from domain.frontline.rights import check_keeps
from domain.frontline.working_members import (
    POSTS,
    TEAMS,
    ZONES,
    Activity,
    Proposal,
    Room,
    SignUp,
    WorkingMember,
    faults,
    is_out_of_date,
    refusal_of_activity,
    refusal_of_hours,
    refusal_to_check_in,
    refusal_to_sign_up,
    refusal_to_withdraw,
)
from domain.names import one_line
from domain.people import Person
from domain.rulebook import Rulebook
from domain.said import Refused, Said, Stale, refuse_if, said
from domain.store import Store, Work

LIST = WorkingMember.LIST
LONGEST = 64
"""Characters of the name of a study group."""

AGAIN = said("Members or branches changed meanwhile. Please propose again.")


def register(
    store: Store, rules: Rulebook, room: Room, member: WorkingMember, beside: Beside, *, by: Person, now: datetime
) -> WorkingMember:  # fmt: skip
    """Put a member on the list, at a branch or not yet; the name lies beside the row.

    Raises:
        Refused: when the place is not this person's, something is missing, the branch is full, or the member is listed.
    """
    check_keeps(by, LIST, rules.structure.today(member.place), rules.structure)
    if not beside.name.strip():
        raise Refused(said("Please give the name."))
    if member.department not in rules.departments:
        raise Refused(said("There is no department {code}.", code=member.department[:LONGEST]))
    if member.home is not None and member.home not in rules.structure.grids:
        raise Refused(said("There is no grid {code}.", code=member.home[:LONGEST]))
    today = _today(rules, now)
    with store.work() as work:
        work.records.alone(LIST)
        if member.number and work.records.those(
            WorkingMember, department=member.department, number=member.number
        ):
            raise Refused(said("Number {number} of this department is listed already.", number=member.number))
        if member.branch is not None:
            placeless = replace(member, branch=None)
            refuse_if(
                refusal_to_check_in(
                    placeless,
                    member.branch,
                    _there(work, member.branch, today),
                    room,
                    rules.structure,
                    today,
                )
            )
            member = replace(member, since=today)
        return records.add(work, member, "registered", by=by, now=now, beside=beside)


def put_into_force(
    store: Store, rules: Rulebook, proposal: Proposal, *, by: Person, now: datetime
) -> list[WorkingMember]:  # fmt: skip
    """Let every member check in where a proposal places them, all in one transaction; who stays is left as they are.

    Raises:
        Stale: when a member or a branch changed since the proposal was made.
        Refused: when a branch is not this person's, or the proposal loses somebody, crowds a branch or leaves one unserved.
    """
    today, structure = _today(rules, now), rules.structure
    for branch in sorted(proposal.branches.capacity):
        if branch not in structure.grids:
            raise Stale(AGAIN)
        check_keeps(by, LIST, branch, structure)
    with store.work() as work:
        work.records.alone(LIST)
        members = work.records.those(WorkingMember)
        if is_out_of_date(proposal, members, today):
            raise Stale(AGAIN)
        spread = {member.id: member for member in members if member.id in proposal.versions}
        wrong = faults(proposal.placed, list(spread.values()), proposal.branches)
        refuse_if(wrong[0] if wrong else None)
        for member in spread.values():
            check_keeps(by, LIST, structure.today(member.place), structure)
        moved = [each for each in proposal.placed if spread[each.member].branch != each.branch]
        return [
            records.change(
                work, spread[each.member], "placed", by=by, now=now, branch=each.branch, since=today
            )
            for each in moved
        ]


def check_in(
    store: Store, rules: Rulebook, room: Room, number: int, branch: str, *, version: int, by: Person, now: datetime
) -> WorkingMember:  # fmt: skip
    """Let one member check in at a branch, or go over to it from another.

    Raises:
        Stale: when somebody changed the member since ``version``.
        Refused: when one of the places is not this person's, or the branch is full.
    """
    today = _today(rules, now)
    with store.work() as work:
        work.records.alone(LIST)
        member = _own(work, rules, number, version, by)
        check_keeps(by, LIST, branch, rules.structure)
        there = _there(work, branch, today)
        refuse_if(refusal_to_check_in(member, branch, there, room, rules.structure, today))
        return records.change(work, member, "checked_in", by=by, now=now, branch=branch, since=today)


def leave(
    store: Store, rules: Rulebook, number: int, day: date, *, version: int, by: Person, now: datetime
) -> WorkingMember:
    """Note from which day a member is no more among those who check in.

    Raises:
        Stale: when somebody changed the member since ``version``.
        Refused: when the member is not this person's, or has left already.
    """
    with store.work() as work:
        member = _own(work, rules, number, version, by)
        if member.until is not None:
            raise Refused(said("This member has left."))
        if member.since is not None and day < member.since:
            raise Refused(said("Nobody leaves before they came."))
        return records.change(work, member, "left", by=by, now=now, until=day)


@dataclass(frozen=True, slots=True)
class Tasks:
    """What a member takes on at the branch; None and 0 for nothing."""

    post: str | None = None
    team: str | None = None
    zone: str | None = None
    study_group: str | None = None
    paired: int = 0


def give_tasks(
    store: Store, rules: Rulebook, number: int, tasks: Tasks, *, version: int, by: Person, now: datetime
) -> WorkingMember:
    """Write down a member's post, team, zone, study group and paired households.

    Raises:
        Stale: when somebody changed the member since ``version``.
        Refused: when the member is not this person's, has no branch, or one of these is unknown.
    """
    with store.work() as work:
        member = _own(work, rules, number, version, by)
        if member.branch is None:
            raise Refused(said("First the member checks in at a branch."))
        refuse_if(_refusal_of_tasks(tasks))
        group = one_line(tasks.study_group or "")[:LONGEST] or None
        return records.change(
            work, member, "given_tasks", by=by, now=now, post=tasks.post, team=tasks.team, zone=tasks.zone,
            study_group=group, paired=tasks.paired,
        )  # fmt: skip


def give_feedback(
    store: Store, rules: Rulebook, number: int, year: int, words: str, *, version: int, by: Person, now: datetime
) -> WorkingMember:  # fmt: skip
    """Tell a member's department how they did in a year; the words lie beside the event.

    Raises:
        Stale: when somebody changed the member since ``version``.
        Refused: when the member is not this person's, the year lies ahead, or nothing is told.
    """
    if not words.strip():
        raise Refused(said("Please say how the member did."))
    if year > _today(rules, now).year:
        raise Refused(said("This year lies ahead."))
    with store.work() as work:
        member = _own(work, rules, number, version, by)
        return records.change(work, member, "feedback", by=by, now=now, note=words, feedback=year)


# --- activities ---------------------------------------------------------------------------------------------------


def announce(store: Store, rules: Rulebook, activity: Activity, *, by: Person, now: datetime) -> Activity:
    """Announce something that a branch does, to which its members sign up.

    Raises:
        Refused: when the branch is not this person's, or the activity cannot be held like this.
    """
    with store.work() as work:
        return enter_activity(work, rules, activity, by=by, now=now)


def enter_activity(
    work: Work, rules: Rulebook, activity: Activity, *, by: Person, now: datetime
) -> Activity:  # fmt: skip
    """The same inside a transaction.

    Raises:
        Refused: as :func:`announce`.
    """
    check_keeps(by, LIST, activity.grid, rules.structure)
    refuse_if(refusal_of_activity(activity, now) or _unknown(activity.team, TEAMS))
    titled = replace(activity, title=one_line(activity.title)[:200])
    return records.add(work, titled, "announced", by=by, now=now)


def cancel(
    store: Store, rules: Rulebook, number: int, *, version: int, by: Person, now: datetime
) -> Activity:
    """Cancel an activity that has not begun.

    Raises:
        Stale: when somebody changed it since ``version``.
        Refused: when it is not this person's, has begun, or was cancelled.
    """
    with store.work() as work:
        return enter_cancelling(work, rules, _activity(work, rules, number, by, version), by=by, now=now)


def enter_cancelling(
    work: Work, rules: Rulebook, activity: Activity, *, by: Person, now: datetime
) -> Activity:  # fmt: skip
    """The same inside a transaction, of an activity that is locked there.

    Raises:
        Refused: as :func:`cancel`.
    """
    check_keeps(by, LIST, rules.structure.today(activity.grid), rules.structure)
    if activity.cancelled:
        raise Refused(said("This activity was cancelled."))
    if activity.begins <= now:
        raise Refused(said("This activity has begun."))
    return records.change(work, activity, "cancelled", by=by, now=now, cancelled=True)


def sign_up(
    store: Store, rules: Rulebook, activity_id: int, members: Collection[int], *, by: Person, now: datetime
) -> list[SignUp]:  # fmt: skip
    """Sign members up for an activity of their branch, all or none.

    Raises:
        Refused: when the activity is not this person's, has begun or is full, or a member is of another branch.
    """
    with store.work() as work:
        work.records.alone(f"activity {activity_id}")
        activity = _activity(work, rules, activity_id, by)
        there = work.records.those(SignUp, activity_id=activity_id)
        made: list[SignUp] = []
        for number in sorted(members):
            member = records.locked(work, WorkingMember, number)
            if not member.is_there(_today(rules, now)):
                raise Refused(said("This member has left."))
            refuse_if(refusal_to_sign_up(activity, member, [*there, *made], now))
            row = SignUp(activity_id=activity_id, member_id=number)
            made.append(records.add(work, row, "signed_up", by=by, now=now))
        return made


def withdraw(
    store: Store, rules: Rulebook, number: int, *, version: int, by: Person, now: datetime
) -> SignUp:
    """Take a sign-up back while the activity has not begun; the place is free again.

    Raises:
        Stale: when somebody changed it since ``version``.
        Refused: when it is not this person's, or too late.
    """
    with store.work() as work:
        row = records.locked(work, SignUp, number, version)
        activity = _activity(work, rules, row.activity_id, by)
        refuse_if(refusal_to_withdraw(activity, row, now))
        return records.change(work, row, "withdrawn", by=by, now=now, withdrawn=True)


@dataclass(frozen=True, slots=True)
class Came:
    """How long a member was at an activity, and the problems they helped to settle; 0 hours: they did not come."""

    sign_up: int
    version: int
    hours: float
    settled: int = 0


def write_hours(
    store: Store, rules: Rulebook, activity_id: int, came: Sequence[Came], *, by: Person, now: datetime
) -> list[SignUp]:
    """Write down who came to an activity and for how long, all of it at once.

    Raises:
        Stale: when somebody changed a row meanwhile.
        Refused: when the activity is not this person's, has not begun, or a number cannot be.
    """
    with store.work() as work:
        work.records.alone(f"activity {activity_id}")
        activity = _activity(work, rules, activity_id, by)
        written = []
        for each in came:
            row = records.locked(work, SignUp, each.sign_up, each.version)
            if row.activity_id != activity_id:
                raise Refused(said("There is no such row in the list."))
            refuse_if(refusal_of_hours(activity, row, each.hours, each.settled, now))
            written.append(
                records.change(
                    work, row, "hours_written", by=by, now=now, hours=each.hours, settled=each.settled
                )
            )
        return written


# --- what several need ----------------------------------------------------------------------------------------------


def _today(rules: Rulebook, now: datetime) -> date:
    return now.astimezone(rules.clock.zone).date()


def _own(work: Work, rules: Rulebook, number: int, version: int, by: Person) -> WorkingMember:
    member = records.locked(work, WorkingMember, number, version)
    check_keeps(by, LIST, rules.structure.today(member.place), rules.structure)
    return member


def _activity(work: Work, rules: Rulebook, number: int, by: Person, version: int | None = None) -> Activity:
    activity = records.locked(work, Activity, number, version)
    check_keeps(by, LIST, rules.structure.today(activity.grid), rules.structure)
    return activity


def _there(work: Work, branch: str, day: date) -> int:
    return sum(member.is_there(day) for member in work.records.those(WorkingMember, branch=branch))


def _refusal_of_tasks(tasks: Tasks) -> Said | None:
    if tasks.paired < 0:
        return said("A number is not less than nothing.")
    return _unknown(tasks.post, POSTS) or _unknown(tasks.team, TEAMS) or _unknown(tasks.zone, ZONES)


def _unknown(value: str | None, known: Collection[str]) -> Said | None:
    return None if value is None or value in known else said("{value} is none of its values", value=value)
