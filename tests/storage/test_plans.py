"""What the store promises about plans, on SQLite and on PostgreSQL alike: every drawing kept once, none lost, all of it
taken back to the very bytes; and from review on, nothing but what was approved."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
import shapely
from sqlalchemy import delete, select, update

from domain.actions import plans as actions
from domain.actions.plans import AlreadyDrawn, Board, Drawn
from domain.events import Event, breaks, plan_stream
from domain.people import Person, Role
from domain.plans.commands import (
    AllowSplit,
    Command,
    Lock,
    Merge,
    MoveGrid,
    MoveUnits,
    Post,
    Rename,
    Split,
    Unlock,
)
from domain.plans.demands import NotDrawn
from domain.plans.drafts import Draft, households
from domain.plans.life import Plan, PlanState
from domain.said import Refused, Said, Stale, said
from storage import drafts, lists, schema
from storage.database import Database
from storage.store import TicketStore
from tests.domain.build import MONDAY
from tests.random_edits import any_command
from tests.town import NAMES, TOWN, town_draft

ANNA, BEN, LEADER = (
    Person(1, "Anna", Role.PLANNER), Person(2, "Ben", Role.PLANNER), Person(3, "Liu", Role.LEADER),
)  # fmt: skip
SOON = MONDAY + timedelta(hours=1)
ROAD, WEST = MoveUnits(("r0c3",), "2011"), Split("1011", ("r0c0", "r1c0"), "West")


def outlines(draft: Draft, codes: Iterable[str]) -> dict[str, bytes]:
    return {code: shapely.to_wkb(TOWN.outline(draft.units_of(code))) for code in codes}


BOARD = Board(TOWN.units, outlines, NAMES)


def day(n: float) -> datetime:
    return MONDAY + timedelta(days=n)


@pytest.fixture
def store(database: Database) -> TicketStore:
    made = TicketStore(database)
    with database.write() as connection:
        for person in (ANNA, BEN, LEADER):
            connection.execute(
                schema.accounts.insert().values(
                    id=person.id, login=person.name.lower(), name=person.name, role=person.role.value, area="city",
                    password_hash="-", created_at=MONDAY,
                )
            )  # fmt: skip
    with made.work() as work:
        plan = work.plans.add_plan(
            Plan(0, "town", PlanState.IN_FORCE, 1, day(-99), day(-99), units_hash=TOWN.units.hash)
        )
        content = town_draft()
        work.plans.keep_content(plan.id, content, TOWN.units, outlines(content, content.grids))
    return made


def named(store: TicketStore, name: str) -> Plan:
    with store.database.read() as connection:
        found = drafts.plan_named(connection, name)
    assert found
    return found


def content(store: TicketStore, plan: Plan) -> Draft:
    with store.database.read() as connection:
        return drafts.read_draft(connection, plan.id)


def branched(store: TicketStore, name: str = "north", base: str = "town", by: Person = ANNA, now: datetime = MONDAY) -> Drawn:  # fmt: skip
    origin = named(store, base)
    return actions.begin_draft(
        store, BOARD, name, content(store, origin), base=origin, how={}, by=by, now=now
    )


def edited(store: TicketStore, at: Drawn, *commands: Command, by: Person = ANNA) -> Drawn:
    for command in commands:
        at = actions.edit(store, BOARD, at.plan.id, command, version=at.plan.version, by=by, now=SOON)
    return at


def undone(store: TicketStore, at: Drawn, times: int = 1) -> Drawn:
    for _ in range(times):
        at = actions.undo(store, BOARD, at.plan.id, version=at.plan.version, by=ANNA, now=SOON)
    return at


def redone(store: TicketStore, at: Drawn) -> Drawn:
    return actions.redo(store, BOARD, at.plan.id, version=at.plan.version, by=ANNA, now=SOON)


def log(store: TicketStore, plan: Plan) -> list[Event]:
    with store.database.read() as connection:
        return [event for event, _ in lists.events_of(connection, plan_stream(plan.id))]


def rows(store: TicketStore, plan: Plan) -> list[Any]:
    """Everything that is kept of a plan's content, byte for byte."""
    with store.database.read() as connection:
        kept: list[Any] = [
            [
                tuple(row)
                for row in connection.execute(
                    select(t).where(t.c.plan_id == plan.id).order_by(t.c.plan_id, key)
                )
            ]
            for t, key in (
                (schema.grids, schema.grids.c.code),
                (schema.assignments, schema.assignments.c.unit),
            )
        ]
        marks = select(schema.plans.c.marks).where(schema.plans.c.id == plan.id)
        raw = connection.exec_driver_sql(
            f"SELECT CAST(marks AS TEXT) FROM plans WHERE id = {plan.id}"
        ).scalar()
        return [*kept, connection.scalar(marks), raw]


def approved(store: TicketStore, at: Drawn, *, sent_by: Person = ANNA) -> Plan:
    plan = actions.send(store, BOARD, at.plan.id, version=at.plan.version, by=sent_by, now=SOON)
    return actions.approve(store, BOARD, plan.id, version=plan.version, by=LEADER, now=SOON)


def published(store: TicketStore, plan: Plan, on: float, now: datetime = SOON, **more: Any) -> Plan:
    return actions.publish(store, BOARD, plan.id, day(on), version=plan.version, by=ANNA, now=now, **more)


def in_force(store: TicketStore, plan: Plan, on: float) -> Plan:
    """The plan in force from a day, as the clock puts it."""
    with store.work() as work:
        for other in work.plans.all_plans():
            if other.state is PlanState.IN_FORCE:
                gone = replace(other, state=PlanState.RETIRED, retired_at=day(on), version=other.version + 1)
                assert work.plans.save_plan(gone)
        came = replace(plan, state=PlanState.IN_FORCE, from_at=day(on), version=plan.version + 1)
        assert work.plans.save_plan(came)
    return came


def refused(work: Callable[[], object]) -> str:
    with pytest.raises(Refused) as no:
        work()
    return str(no.value)


# --- drawing ------------------------------------------------------------------------------------------------------


def test_a_drawing_is_kept_with_its_command_and_what_it_changed(store: TicketStore) -> None:
    at = edited(store, branched(store), ROAD, Post("7", "1011"))
    assert content(store, at.plan).hash == at.draft.hash
    drafted, moved, sent = log(store, at.plan)
    assert (drafted.kind, moved.kind, sent.by) == ("drafted", "edited", ANNA.id)
    assert drafted.facts["content"] == town_draft().hash
    assert moved.facts["command"] == {"do": "move_units", "units": ["r0c3"], "to": "2011"}
    assert moved.facts["grids"] == ["1", "101", "1011", "2", "201", "2011"] and sent.facts["grids"] == []


def test_undo_and_redo_survive_a_restart_and_are_rows_of_their_own(store: TicketStore) -> None:
    at = edited(store, branched(store), ROAD, WEST, Merge("1021", "1022"))
    hashes = [content(store, at.plan).hash]
    for _ in range(3):
        store = TicketStore(Database(store.database.url))
        at = undone(store, at)
        hashes.append(content(store, at.plan).hash)
        store.database.close()
    assert hashes[-1] == town_draft().hash and len(set(hashes)) == 4
    for expected in hashes[2::-1]:
        store = TicketStore(Database(store.database.url))
        at = redone(store, at)
        assert content(store, at.plan).hash == expected
        store.database.close()
    told = log(store, at.plan)
    assert [event.kind for event in told] == ["drafted", *["edited"] * 3, *["undone"] * 3, *["redone"] * 3]
    assert not breaks(told) and at.plan.version == 10
    store.database.close()


def test_a_new_drawing_after_an_undo_ends_what_could_be_made_again(store: TicketStore) -> None:
    at = undone(store, edited(store, branched(store), ROAD, WEST), 2)
    at = edited(store, redone(store, at), Rename("1", "Harbour"))
    assert refused(lambda: redone(store, at)) == "There is nothing to redo."
    at = undone(store, at, 2)
    assert at.draft.hash == town_draft().hash
    assert refused(lambda: undone(store, at)) == "There is nothing to undo."
    assert redone(store, redone(store, at)).draft.grids["1"].name == "Harbour"


@pytest.mark.parametrize("seed", range(3))
def test_undo_and_redo_walk_the_drawings_as_a_stack_would(store: TicketStore, seed: int) -> None:
    random, at = Random(seed), branched(store)
    done, taken_back = [at.draft.hash], list[str]()
    for n in range(60):
        step = random.choice(("edit", "undo", "undo", "redo", "redo"))
        if step == "edit":
            at = edited(store, at, Rename(random.choice(("1", "101", "1011")), f"Name {n}"))
            done.append(at.draft.hash)
            taken_back.clear()
        elif step == "undo" and len(done) > 1:
            at = undone(store, at)
            taken_back.append(done.pop())
        elif step == "redo" and taken_back:
            at = redone(store, at)
            done.append(taken_back.pop())
        else:
            assert "There is nothing to" in refused(lambda: {"undo": undone, "redo": redone}[step](store, at))  # noqa: B023
        assert content(store, at.plan).hash == at.draft.hash == done[-1]
    assert not breaks(log(store, at.plan))


def test_the_same_drawing_sent_twice_is_made_once(store: TicketStore) -> None:
    begun = branched(store)
    at = edited(store, begun, ROAD)
    with pytest.raises(AlreadyDrawn, match="nothing was done twice"):
        edited(store, begun, ROAD)
    edited(store, at, WEST)
    with pytest.raises(AlreadyDrawn):
        edited(store, begun, ROAD)
    assert [event.kind for event in log(store, at.plan)] == ["drafted", "edited", "edited"]


def test_a_drawing_on_an_older_version_is_told_who_was_faster(store: TicketStore) -> None:
    begun = branched(store)
    at = edited(store, begun, ROAD, by=BEN)
    with pytest.raises(Stale, match=r"Ben changed north meanwhile") as told:
        edited(store, begun, WEST)
    assert not isinstance(told.value, AlreadyDrawn)
    for stale in (actions.undo, actions.redo, actions.send):
        with pytest.raises(Stale, match="Ben"):
            stale(store, BOARD, at.plan.id, version=begun.plan.version, by=ANNA, now=SOON)
    assert content(store, at.plan).hash == at.draft.hash


def test_what_was_held_at_hand_is_used_for_its_own_version_alone(store: TicketStore) -> None:
    begun = branched(store)
    at = edited(store, begun, ROAD)
    after = actions.edit(store, BOARD, at.plan.id, WEST, version=2, by=ANNA, now=SOON, known=begun)
    assert after.draft.home["r0c3"] == "2011", "the older content was not believed"


def test_of_two_people_at_once_one_wins_and_the_other_is_told(store: TicketStore) -> None:
    begun = branched(store)
    mine: list[Command] = [MoveUnits((f"r{y}c3",), f"20{y // 4 + 1}{y % 4 // 2 + 1}") for y in range(6)]
    outcomes: list[str] = []
    start = threading.Barrier(len(mine))

    def draw(command: Command, by: Person) -> None:
        start.wait()
        try:
            edited(store, begun, command, by=by)
            outcomes.append("won")
        except Stale:
            outcomes.append("told")

    drawing = [threading.Thread(target=draw, args=(c, (ANNA, BEN)[n % 2])) for n, c in enumerate(mine)]
    for one in drawing:
        one.start()
    for one in drawing:
        one.join()
    assert sorted(outcomes) == ["told"] * 5 + ["won"]
    plan = named(store, "north")
    assert plan.version == 2 and len(log(store, plan)) == 2 and not breaks(log(store, plan))


def test_people_who_draw_at_once_and_try_again_lose_nothing(store: TicketStore) -> None:
    plan_id = branched(store).plan.id
    roads = {by: [f"r{y}c3" for y in rows] for by, rows in ((ANNA, range(4)), (BEN, range(4, 8)))}

    def draw(by: Person) -> None:
        for unit in roads[by]:
            y = int(unit[1])
            while True:
                with store.database.read() as connection:
                    plan = drafts.plan_numbered(connection, plan_id)
                assert plan
                command = MoveUnits((unit,), f"20{y // 4 + 1}{y % 4 // 2 + 1}")
                try:
                    actions.edit(store, BOARD, plan_id, command, version=plan.version, by=by, now=SOON)
                    break
                except AlreadyDrawn:
                    break
                except Stale:
                    continue

    both = [threading.Thread(target=draw, args=(by,)) for by in roads]
    for one in both:
        one.start()
    for one in both:
        one.join()
    plan = named(store, "north")
    assert {content(store, plan).chain(content(store, plan).home[f"r{y}c3"])[-1] for y in range(8)} == {"2"}
    assert plan.version == 9 and not breaks(log(store, plan))


@pytest.mark.slow
def test_what_is_kept_of_every_grid_is_what_its_units_say_after_many_drawings(store: TicketStore) -> None:
    random, at, kinds = Random(7), branched(store), set[str]()
    before, made = rows(store, at.plan), 0
    while made < 80:
        command = any_command(random, TOWN.units, at.draft)
        try:
            at = edited(store, at, command)
        except NotDrawn:
            continue
        made += 1
        kinds.add(type(command).__name__)
    assert len(kinds) > 9, kinds
    draft = content(store, at.plan)
    assert draft.hash == at.draft.hash
    with store.database.read() as connection:
        kept = connection.execute(select(schema.grids).where(schema.grids.c.plan_id == at.plan.id)).all()
    assert {row.code for row in kept} == draft.grids.keys()
    counts, shapes = households(TOWN.units, draft), TOWN.outlines(draft)
    for row in kept:
        assert (row.households, row.units) == (counts[row.code], len(draft.units_of(row.code)))
        assert row.geometry == shapely.to_wkb(shapes[row.code])
    assert not breaks(log(store, at.plan))
    at = undone(store, at, made)
    assert rows(store, at.plan) == before
    assert refused(lambda: undone(store, at)) == "There is nothing to undo."
    for _ in range(made):
        at = redone(store, at)
    assert at.draft.hash == draft.hash


def test_marks_are_the_same_bytes_in_whatever_order_they_came(store: TicketStore) -> None:
    at = edited(store, branched(store), Lock("1011"), Lock("2011"), Post("7", "1011"))
    before = rows(store, at.plan)
    at = undone(store, edited(store, at, Unlock("1011"), AllowSplit("k0.0", "why")), 2)
    assert rows(store, at.plan) == before


def test_a_drawing_that_the_plan_does_not_allow_leaves_nothing(store: TicketStore) -> None:
    begun = branched(store)
    before = rows(store, begun.plan)
    with pytest.raises(NotDrawn):
        edited(store, begun, MoveUnits(("r0c0",), "2011"))
    assert rows(store, begun.plan) == before and named(store, "north").version == 1
    assert len(log(store, begun.plan)) == 1


def test_a_plan_has_a_name_that_no_other_has(store: TicketStore) -> None:
    branched(store, " north ")
    assert refused(lambda: branched(store, "north")) == "There is a plan called north already."
    assert refused(lambda: branched(store, "  ")) == "Please give the plan a name."
    assert refused(lambda: branched(store, "n" * 61)) == "A plan's name has at most 60 letters."


def test_of_many_who_make_a_plan_of_one_name_at_once_one_does(store: TicketStore) -> None:
    outcomes: list[str] = []
    start = threading.Barrier(4)

    def make() -> None:
        start.wait()
        try:
            branched(store)
            outcomes.append("made")
        except Refused as no:
            outcomes.append(str(no))

    makers = [threading.Thread(target=make) for _ in range(4)]
    for one in makers:
        one.start()
    for one in makers:
        one.join()
    assert sorted(outcomes) == ["There is a plan called north already."] * 3 + ["made"]


def test_a_content_whose_units_are_not_the_citys_becomes_no_plan(store: TicketStore) -> None:
    town = named(store, "town")
    whole = content(store, town)
    missing = Draft(whole.grids, {unit: grid for unit, grid in whole.home.items() if unit != "r0c0"})
    strange = Draft(whole.grids, {**whole.home, "r9c9": "1011"})
    for wrong in (missing, strange):
        words = refused(
            lambda wrong=wrong: actions.begin_draft(  # type: ignore[misc]
                store, BOARD, "wrong", wrong, base=town, how={}, by=ANNA, now=SOON
            )
        )
        assert words == "wrong does not fit the city's units: 1 are missing or unknown."


def test_a_draft_on_other_ground_is_neither_drawn_on_nor_sent(store: TicketStore) -> None:
    at = edited(store, branched(store), ROAD)
    other = Board(replace(TOWN.units, hash="another"), outlines, NAMES)
    for step in (
        lambda: actions.edit(store, other, at.plan.id, WEST, version=2, by=ANNA, now=SOON),
        lambda: actions.undo(store, other, at.plan.id, version=2, by=ANNA, now=SOON),
        lambda: actions.send(store, other, at.plan.id, version=2, by=ANNA, now=SOON),
        lambda: actions.fork(store, other, at.plan.id, WEST, "mine", version=1, by=ANNA, now=SOON),
    ):
        assert refused(step).startswith("The city's units changed since north was drawn")


# --- forks --------------------------------------------------------------------------------------------------------


def test_a_fork_is_the_older_version_with_the_drawing_made_on_it(store: TicketStore) -> None:
    begun = branched(store)
    theirs = edited(store, begun, ROAD, by=BEN)
    mine = actions.fork(store, BOARD, begun.plan.id, WEST, "mine", version=1, by=ANNA, now=SOON)
    assert mine.draft.home["r0c3"] == "1011" and "1013" in mine.draft.grids
    assert content(store, mine.plan).hash == mine.draft.hash and mine.plan.based_on == begun.plan.id
    assert content(store, theirs.plan).hash == theirs.draft.hash and not breaks(log(store, mine.plan))
    assert undone(store, mine).draft.hash == town_draft().hash


def test_a_fork_whose_drawing_is_refused_leaves_no_plan_behind(store: TicketStore) -> None:
    begun = branched(store)
    with pytest.raises(NotDrawn):
        actions.fork(
            store, BOARD, begun.plan.id, MoveUnits(("r0c0",), "2011"), "mine", version=1, by=ANNA, now=SOON
        )
    with store.database.read() as connection:
        assert drafts.plan_named(connection, "mine") is None


def test_a_plan_is_told_as_it_was_at_every_version(store: TicketStore) -> None:
    at = branched(store)
    hashes = {1: at.draft.hash}
    for command in (ROAD, WEST, MoveGrid("102", "2")):
        at = edited(store, at, command)
        hashes[at.plan.version] = at.draft.hash
    at = undone(store, at, 2)
    with store.work() as work:
        for version, expected in hashes.items():
            assert actions.content_at(work, at.plan, version).hash == expected, version


# --- review and approval ------------------------------------------------------------------------------------------


def test_what_is_sent_is_frozen_and_named_by_its_hash(store: TicketStore) -> None:
    at = edited(store, branched(store), WEST)
    sent = actions.send(store, BOARD, at.plan.id, version=2, words="Please look.", by=ANNA, now=SOON)
    assert (sent.state, sent.content_hash, sent.sent_by) == (PlanState.IN_REVIEW, at.draft.hash, ANNA.id)
    for step in (
        lambda: edited(store, replace(at, plan=sent), ROAD),
        lambda: undone(store, replace(at, plan=sent)),
    ):
        assert refused(step) == "north is no draft any more; branch a new draft from it."
    with store.database.read() as connection:
        (_, who, words), *_ = drafts.log_of(connection, sent.id, 9)
    assert (who, words) == ("Anna", "Please look.")


def test_a_plan_with_a_problem_is_not_sent(store: TicketStore) -> None:
    at = branched(store)
    with store.database.write() as connection:
        a = schema.assignments
        connection.execute(delete(a).where(a.c.plan_id == at.plan.id, a.c.unit == "r7c7"))
    send = lambda **more: actions.send(store, BOARD, at.plan.id, version=1, by=ANNA, now=SOON, **more)  # noqa: E731
    assert refused(send) == "Unit r7c7 lies in no grid."
    other = branched(store, "other")
    assert refused(
        lambda: actions.send(
            store, BOARD, other.plan.id, version=1, by=ANNA, now=SOON, problems=lambda draft: [said("Nobody heads it.")]
        )
    ) == "Nobody heads it."  # fmt: skip


def test_nobody_approves_what_they_made_sent_or_drew(store: TicketStore) -> None:
    at = edited(store, branched(store), WEST, by=BEN)
    sent = actions.send(store, BOARD, at.plan.id, version=at.plan.version, by=ANNA, now=SOON)
    for by in (ANNA, BEN):
        words = refused(
            lambda by=by: actions.approve(store, BOARD, sent.id, version=sent.version, by=by, now=SOON)
        )  # type: ignore[misc]
        assert words == "Another person must approve what you drew or sent to review."
    assert (
        actions.approve(store, BOARD, sent.id, version=sent.version, by=LEADER, now=SOON).approved_by
        == LEADER.id
    )


def test_nobody_approves_what_they_drew_in_the_draft_it_was_branched_from(store: TicketStore) -> None:
    edited(store, branched(store, "first", by=BEN), WEST, by=BEN)
    second = branched(store, "second", base="first")
    sent = actions.send(store, BOARD, second.plan.id, version=1, by=ANNA, now=SOON)
    assert "Another person" in refused(
        lambda: actions.approve(store, BOARD, sent.id, version=sent.version, by=BEN, now=SOON)
    )


def test_a_row_that_was_changed_after_sending_is_found(store: TicketStore) -> None:
    at = edited(store, branched(store), WEST)
    sent = actions.send(store, BOARD, at.plan.id, version=2, by=ANNA, now=SOON)
    a = schema.assignments
    forge = update(a).where(a.c.plan_id == sent.id, a.c.unit == "r0c3").values(grid="2011")
    with store.database.write() as connection:
        connection.execute(forge)
    approve = lambda: actions.approve(store, BOARD, sent.id, version=sent.version, by=LEADER, now=SOON)  # noqa: E731
    assert refused(approve) == "north is not what was sent to review; send it back."
    with store.database.write() as connection:
        connection.execute(forge.values(grid="1011"))
    plan = approve()
    with store.database.write() as connection:
        connection.execute(forge)
    assert refused(lambda: published(store, plan, 9)) == "north is not what was sent to review; send it back."


def test_what_is_sent_back_is_drawn_further_and_approved_anew(store: TicketStore) -> None:
    at = edited(store, branched(store), WEST)
    plan = published(store, approved(store, at), 9)
    assert refused(
        lambda: actions.send_back(store, plan.id, version=plan.version, words=" ", by=LEADER, now=SOON)
    ) == "Please give the reason."  # fmt: skip
    back = actions.send_back(store, plan.id, version=plan.version, words="The road.", by=LEADER, now=SOON)
    assert (back.state, back.sent_by, back.approved_by, back.from_at, back.content_hash) == (PlanState.DRAFT, None, None, None, "")  # fmt: skip
    at = undone(store, replace(at, plan=back))
    assert approved(store, edited(store, at, ROAD)).state is PlanState.APPROVED
    assert not breaks(log(store, plan))


def test_comments_are_words_beside_the_log_and_about_grids_that_are_there(store: TicketStore) -> None:
    at = branched(store)
    sent = actions.send(store, BOARD, at.plan.id, version=1, by=ANNA, now=SOON)
    actions.comment(store, sent.id, " Too long. ", grid="101", by=LEADER, now=SOON)
    assert refused(lambda: actions.comment(store, sent.id, "x", grid="9", by=LEADER, now=SOON)) == "There is no grid 9 in this plan."  # fmt: skip
    assert (
        refused(lambda: actions.comment(store, sent.id, " ", by=LEADER, now=SOON))
        == "Please write something."
    )
    with store.database.read() as connection:
        (event, who, words), *_ = drafts.log_of(connection, sent.id, 9)
    assert (event.facts["grid"], who, words) == ("101", "Liu", "Too long.")
    assert named(store, "north").version == sent.version, "nobody's step is stale for a comment"
    assert not breaks(log(store, sent))


# --- publishing ---------------------------------------------------------------------------------------------------


def test_a_plan_is_published_for_a_time_ahead_that_no_other_has(store: TicketStore) -> None:
    plan = approved(store, edited(store, branched(store), WEST))
    assert refused(lambda: published(store, plan, 0)) == "A plan comes into force at a time ahead."
    plan = published(store, plan, 9)
    assert (plan.state, plan.from_at) == (PlanState.APPROVED, day(9))
    other = approved(store, edited(store, branched(store, "south"), ROAD))
    assert refused(lambda: published(store, other, 9)) == "north comes into force at that very time already."
    assert published(store, plan, 10).from_at == day(10), "its own day may be moved"


def test_what_blocks_and_what_must_be_confirmed(store: TicketStore) -> None:
    plan = approved(store, edited(store, branched(store), WEST))
    blocked: Callable[[Draft], Iterable[Said]] = lambda draft: [said("Wang would head two grids.")]  # noqa: E731
    vacant = lambda draft: {"1013"}  # noqa: E731
    assert refused(lambda: published(store, plan, 9, problems=blocked)) == "Wang would head two grids."
    assert refused(lambda: published(store, plan, 9, vacant=vacant)).startswith(
        "1 grids will have no head, West among them"
    )
    told = published(store, plan, 9, vacant=vacant, confirmed=True)
    last = log(store, told)[-1]
    assert (last.kind, last.facts["vacant"], last.facts["from_at"]) == (
        "published",
        ["1013"],
        day(9).isoformat(),
    )


def test_a_plan_drawn_from_one_that_was_replaced_is_branched_anew_and_one_goes_back_on_purpose(
    store: TicketStore,
) -> None:
    late = approved(store, edited(store, branched(store, "late"), ROAD))
    new = in_force(store, approved(store, edited(store, branched(store, "new"), WEST)), 2)
    words = refused(lambda: published(store, late, 9, day(3)))
    assert words.startswith(
        "late was not drawn from new, which will be in force by then: branch anew from new"
    )
    back = approved(store, branched(store, "back", "town", now=day(3)))
    assert published(store, back, 9, day(3)).from_at == day(9)
    assert new.state is PlanState.IN_FORCE


def test_a_code_is_never_used_for_other_ground_and_comes_back_for_its_own(store: TicketStore) -> None:
    one = branched(store, "one")
    two = edited(store, branched(store, "two"), Split("2011", ("r0c7", "r1c7"), "East"))
    one = edited(store, one, WEST, Rename("1013", "Far west"))
    with store.database.write() as connection:
        # As two processes that minted at one moment would have it: the code of one stands in the other for other ground.
        g, a = schema.grids, schema.assignments
        for table, key in ((g, g.c.code), (a, a.c.grid)):
            connection.execute(
                update(table).where(table.c.plan_id == two.plan.id, key == "2013").values({key.name: "1013"})
            )
        connection.execute(
            update(g).where(g.c.plan_id == two.plan.id, g.c.code == "1013").values(parent="201")
        )
        connection.execute(update(schema.plans).where(schema.plans.c.id == two.plan.id).values(marks={}))
    first = published(store, approved(store, one), 5)
    second = approved(store, two)
    branch_anew = "branch anew from the plan in force"
    words = refused(lambda: published(store, second, 4))
    assert words.startswith(("one comes into force after that", "Code 1013 is given")), words
    in_force(store, first, 5)
    in_force(store, named(store, "town"), 6)
    words = refused(lambda: published(store, second, 9, day(7)))
    assert words.startswith("Code 1013 was in force before, for other ground") and words.endswith(
        branch_anew + "."
    )
    again = approved(store, branched(store, "again", "one", now=day(7)))
    assert published(store, again, 9, day(7)), "the same code for the same ground"


def test_a_plan_is_not_taken_back_from_under_one_that_rests_on_it(store: TicketStore) -> None:
    first = published(store, approved(store, edited(store, branched(store, "first"), WEST)), 5)
    second = published(store, approved(store, edited(store, branched(store, "second", "first"), ROAD)), 9)

    def back(plan: Plan) -> Plan:
        return actions.send_back(store, plan.id, version=plan.version, words="No.", by=LEADER, now=SOON)

    assert (
        refused(lambda: back(first)) == "second was drawn from it and is published; send that one back first."
    )
    assert back(second) and back(first)


def test_of_two_plans_published_at_once_for_one_day_one_is(store: TicketStore) -> None:
    plans = [
        approved(store, edited(store, branched(store, name), command))
        for name, command in (("one", WEST), ("two", ROAD))
    ]
    outcomes: list[str] = []
    start = threading.Barrier(2)

    def publish(plan: Plan) -> None:
        start.wait()
        try:
            published(store, plan, 9)
            outcomes.append("published")
        except Refused as no:
            outcomes.append(str(no)[3:])

    both = [threading.Thread(target=publish, args=(plan,)) for plan in plans]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(outcomes) == [" comes into force at that very time already.", "published"]


def test_new_codes_leave_out_those_of_every_other_plan(store: TicketStore) -> None:
    one = edited(store, branched(store, "one"), WEST)
    two = edited(store, branched(store, "two"), WEST)
    assert one.draft.grids.keys() - two.draft.grids.keys() == {"1013"}
    assert two.draft.grids.keys() - one.draft.grids.keys() == {"1014"}


# --- what people type -------------------------------------------------------------------------------------------


def test_what_no_store_takes_is_left_out_of_names_reasons_and_remarks(store: TicketStore) -> None:
    at = branched(store, "no\x00rth\n\ud800 side\u202e")
    assert at.plan.name == "north side"
    at = edited(store, at, Rename("1011", "East\x00\n side"), AllowSplit("k0.0", "a \ud800 wall\x00"))
    assert at.draft.grids["1011"].name == "East side" and at.draft.mark("split") == {"k0.0": "a wall"}
    sent = actions.send(
        store, BOARD, at.plan.id, version=at.plan.version, words="a\x00b\nc", by=ANNA, now=SOON
    )
    with store.database.read() as connection:
        assert drafts.log_of(connection, sent.id, 1)[0][2] == "ab\nc"
    assert breaks(log(store, sent)) == []


def test_words_have_an_end_and_versions_are_those_that_were(store: TicketStore) -> None:
    at = branched(store)
    for say in (
        lambda: edited(store, at, AllowSplit("k0.0", "x" * 201)),
        lambda: actions.send(store, BOARD, at.plan.id, version=1, words="x" * 1_001, by=ANNA, now=SOON),
    ):
        assert refused(say).startswith("Please use ")
    assert refused(lambda: edited(store, at, Post("1 OR 1", "1011"))) == "There is no such term of a head."
    for version in (0, 2, 10**6):
        forking = refused(
            lambda v=version: actions.fork(
                store, BOARD, at.plan.id, ROAD, "mine", version=v, by=ANNA, now=SOON
            )
        )
        assert forking == f"north has no version {version}."
    assert named(store, "north").version == 1
