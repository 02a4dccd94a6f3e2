"""Working members on both databases: a proposal comes into force whole or not at all, a branch is never crowded, hours count."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from domain.actions.working_members import (
    Came,
    Tasks,
    announce,
    cancel,
    check_in,
    give_feedback,
    give_tasks,
    leave,
    put_into_force,
    register,
    sign_up,
    withdraw,
    write_hours,
)
from domain.frontline.records import Beside
from domain.frontline.working_members import (
    Activity,
    Because,
    Branches,
    Placed,
    Proposal,
    Room,
    SignUp,
    WorkingMember,
)
from domain.grids import Grid, Level, Structure
from domain.people import Person, Role
from domain.said import Refused, Stale
from gis.solver.spreading import spread
from storage.database import Database
from storage.frontline.records import besides, those
from storage.lists import events_of
from storage.store import TicketStore
from tests.domain.build import COMPOUND, MEMBER, MONDAY, NEIGHBOUR, OFFICE, RULES, STREET

CODES = ("C1", "C2", "D1", "D2")
TOWN = Structure.of(
    [Grid(c, Level.COMMUNITY, c, None) for c in ("C", "D")]
    + [Grid(code, Level.COMPOUND, code, code[0]) for code in CODES]
)
HERE = replace(RULES, structure=TOWN)
COMMUNITY = Person(3, "community", Role.COMMUNITY, "C")
LI = Beside(name="Li", phone="0415")
ROOM = Room(capacity=3, least=1)


@pytest.fixture
def store(database: Database) -> TicketStore:
    return TicketStore(database)


def listed(store: TicketStore, branch: str | None = None, **more: object) -> WorkingMember:
    row = WorkingMember(**({"department": "water", "branch": branch} | more))  # type: ignore[arg-type]
    return register(store, HERE, Room(10**6), row, LI, by=OFFICE, now=MONDAY)


def everybody(store: TicketStore) -> list[WorkingMember]:
    with store.database.read() as connection:
        return those(connection, WorkingMember)


def proposal(store: TicketStore, capacity: int = 3, least: int = 1) -> Proposal:
    members = everybody(store)
    branches = Branches(TOWN, dict.fromkeys(CODES, capacity), dict.fromkeys(CODES, least), {}, {})
    return Proposal(branches, tuple(spread(members, branches)), {m.id: m.version for m in members})


# --- a proposal comes into force ------------------------------------------------------------------------------------


def test_a_proposal_loses_nobody_crowds_no_branch_and_the_same_once_more_changes_nothing(
    store: TicketStore,
) -> None:
    random = Random(7)
    for _ in range(10):
        listed(store, home=random.choice((None, *CODES)))
    found = proposal(store)
    moved = put_into_force(store, HERE, found, by=OFFICE, now=MONDAY)
    after = everybody(store)
    assert len(moved) == len(after) == 10 and all(member.since is not None for member in after)
    counts = {code: sum(member.branch == code for member in after) for code in CODES}
    assert all(1 <= n <= 3 for n in counts.values()) and sum(counts.values()) == 10
    assert {(p.member, p.branch) for p in found.placed} == {(m.id, m.branch) for m in after}
    again = proposal(store)
    assert set(again.reasons) == {Because.STAYS} and not again.moved
    assert put_into_force(store, HERE, again, by=OFFICE, now=MONDAY) == []
    with store.database.read() as connection:
        events = events_of(connection, after[0].stream)
    assert [event.kind for event, _ in events] == ["registered", "placed"]
    assert "Li" not in repr([event.facts for event, _ in events])


def test_what_changed_since_a_proposal_makes_it_be_made_again(store: TicketStore) -> None:
    one, *_ = [listed(store) for _ in range(5)]
    before = proposal(store)
    check_in(store, HERE, ROOM, one.id, "C1", version=one.version, by=OFFICE, now=MONDAY)
    with pytest.raises(Stale):
        put_into_force(store, HERE, before, by=OFFICE, now=MONDAY)
    before = proposal(store)
    listed(store, "D2")
    with pytest.raises(Stale):
        put_into_force(store, HERE, before, by=OFFICE, now=MONDAY)
    assert sum(member.branch is not None for member in everybody(store)) == 2


def test_a_proposal_that_crowds_or_loses_is_refused_and_nothing_of_it_is_kept(store: TicketStore) -> None:
    for _ in range(5):
        listed(store)
    good = proposal(store, capacity=2)
    crowding = replace(good, placed=tuple(Placed(p.member, "C1", Because.ROOM) for p in good.placed))
    losing = replace(good, placed=good.placed[1:])
    for wrong, word in ((crowding, "crowded"), (losing, "placed 0 times")):
        with pytest.raises(Refused, match=word):
            put_into_force(store, HERE, wrong, by=OFFICE, now=MONDAY)
    assert not any(member.branch for member in everybody(store))


def test_a_community_spreads_its_own_and_nobody_elses(store: TicketStore) -> None:
    mine = [listed(store, home="C1") for _ in range(3)]
    foreign = listed(store, "D1")
    branches = Branches(TOWN, {"C1": 2, "C2": 2}, {"C1": 1, "C2": 1}, {}, {})
    own = Proposal(branches, tuple(spread(mine, branches)), {m.id: m.version for m in mine})
    for by in (NEIGHBOUR, MEMBER, STREET):
        with pytest.raises(Refused):
            put_into_force(store, HERE, own, by=by, now=MONDAY)
    assert len(put_into_force(store, HERE, own, by=COMMUNITY, now=MONDAY)) == 3
    stolen = Proposal(
        Branches(TOWN, {"C1": 9}, {}, {}, {}),
        tuple(Placed(m.id, "C1", Because.ROOM) for m in (*everybody(store),)),
        {m.id: m.version for m in everybody(store)},
    )
    with pytest.raises(Refused, match="outside"):
        put_into_force(store, HERE, stolen, by=COMMUNITY, now=MONDAY)
    assert [m.branch for m in everybody(store) if m.id == foreign.id] == ["D1"]


# --- one by one ------------------------------------------------------------------------------------------------------


def test_the_last_place_of_a_branch_is_taken_once_also_by_six_at_once(store: TicketStore) -> None:
    listed(store, "C1"), listed(store, "C1")
    six = [listed(store) for _ in range(6)]

    def attempt(member: WorkingMember) -> bool:
        try:
            check_in(store, HERE, ROOM, member.id, "C1", version=1, by=OFFICE, now=MONDAY)
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(attempt, six)) == 1
    assert sum(member.branch == "C1" for member in everybody(store)) == 3


def test_who_registers_gives_a_name_a_department_and_a_number_of_its_own(store: TicketStore) -> None:
    made = listed(store, "C1", number="007")
    with store.database.read() as connection:
        assert besides(connection, WorkingMember.LIST, [made.id])[made.id] == LI
    for wrong, who in (
        (WorkingMember(department="water", number="007"), LI),
        (WorkingMember(department="none"), LI),
        (WorkingMember(department="water", home="none"), LI),
        (WorkingMember(department="water", branch="C"), LI),
        (WorkingMember(department="water"), Beside(name=" ")),
    ):
        with pytest.raises(Refused):
            register(store, HERE, ROOM, wrong, who, by=OFFICE, now=MONDAY)
    assert len(everybody(store)) == 1


def test_tasks_are_those_of_the_lists_and_a_member_leaves_once(store: TicketStore) -> None:
    member = listed(store, "C1")
    with pytest.raises(Refused):
        give_tasks(store, HERE, member.id, Tasks(post="king"), version=1, by=COMPOUND, now=MONDAY)
    tasks = Tasks("law", "legal", "street", " 第一 助学小组 ", 2)
    member = give_tasks(store, HERE, member.id, tasks, version=1, by=COMPOUND, now=MONDAY)
    assert (member.post, member.study_group, member.paired) == ("law", "第一 助学小组", 2)
    day = MONDAY.date() + timedelta(days=3)
    gone = leave(store, HERE, member.id, day, version=member.version, by=COMPOUND, now=MONDAY)
    with pytest.raises(Refused, match="left"):
        leave(store, HERE, gone.id, day, version=gone.version, by=COMPOUND, now=MONDAY)


def test_feedback_lies_beside_its_event_and_is_in_no_fact(store: TicketStore) -> None:
    member = listed(store, "C1")
    told = give_feedback(
        store, HERE, member.id, 2026, "热心，准时。", version=member.version, by=COMPOUND, now=MONDAY
    )
    assert told.feedback == 2026
    with store.database.read() as connection:
        event, note = events_of(connection, member.stream)[-1]
    assert note == "热心，准时。" and "热心" not in repr(event.facts)
    for year, words in ((2027, "–"), (2026, " ")):
        with pytest.raises(Refused):
            give_feedback(store, HERE, member.id, year, words, version=told.version, by=COMPOUND, now=MONDAY)


# --- activities -----------------------------------------------------------------------------------------------------

CLEANING = Activity(grid="C1", title="清洁楼道", begins=MONDAY + timedelta(days=2), hours=2, places=2)
AFTER = CLEANING.begins + timedelta(hours=3)


def test_members_sign_up_while_there_is_room_and_hours_are_written_after_it(store: TicketStore) -> None:
    members = [listed(store, "C1") for _ in range(3)]
    activity = announce(store, HERE, CLEANING, by=COMPOUND, now=MONDAY)
    with pytest.raises(Refused, match="places are taken"):
        sign_up(store, HERE, activity.id, [m.id for m in members], by=COMPOUND, now=MONDAY)
    with store.database.read() as connection:
        assert those(connection, SignUp) == [], "all or none"
    first, second = sign_up(store, HERE, activity.id, [m.id for m in members[:2]], by=COMPOUND, now=MONDAY)
    withdraw(store, HERE, second.id, version=second.version, by=COMPOUND, now=MONDAY)
    (third,) = sign_up(store, HERE, activity.id, [members[2].id], by=COMPOUND, now=MONDAY)
    came = [Came(first.id, first.version, 2.0, 1), Came(third.id, third.version, 0.0)]
    with pytest.raises(Refused, match="after"):
        write_hours(store, HERE, activity.id, came, by=COMPOUND, now=MONDAY)
    written = write_hours(store, HERE, activity.id, came, by=COMPOUND, now=AFTER)
    assert [(row.hours, row.settled) for row in written] == [(2.0, 1), (0.0, 0)]
    with pytest.raises(Stale):
        write_hours(store, HERE, activity.id, came, by=COMPOUND, now=AFTER)
    with pytest.raises(Refused, match="begun"):
        withdraw(store, HERE, written[0].id, version=written[0].version, by=COMPOUND, now=AFTER)
    with pytest.raises(Refused, match="begun"):
        cancel(store, HERE, activity.id, version=activity.version, by=COMPOUND, now=AFTER)


def test_the_last_place_of_an_activity_is_taken_once_also_by_six_at_once(store: TicketStore) -> None:
    activity = announce(store, HERE, replace(CLEANING, places=1), by=COMPOUND, now=MONDAY)
    six = [listed(store, "C1").id for _ in range(6)]

    def attempt(number: int) -> bool:
        try:
            sign_up(store, HERE, activity.id, [number], by=COMPOUND, now=MONDAY)
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(attempt, six)) == 1


def test_a_cancelled_activity_takes_nobody(store: TicketStore) -> None:
    member = listed(store, "C1")
    activity = announce(store, HERE, CLEANING, by=COMPOUND, now=MONDAY)
    cancel(store, HERE, activity.id, version=activity.version, by=COMPOUND, now=MONDAY)
    with pytest.raises(Refused, match="cancelled"):
        sign_up(store, HERE, activity.id, [member.id], by=COMPOUND, now=MONDAY)
    for wrong in (
        replace(CLEANING, title=" "), replace(CLEANING, begins=MONDAY), replace(CLEANING, places=0), replace(CLEANING, hours=99),
        replace(CLEANING, team="kings"),
    ):  # fmt: skip
        with pytest.raises(Refused):
            announce(store, HERE, wrong, by=COMPOUND, now=MONDAY)
