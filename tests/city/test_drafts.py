"""Plans in the demo city, as people ask for them: branched, drawn, taken back, forked, read – and when the ground changes."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import shapely
from sqlalchemy import delete, select, update

from city import drafts
from city.drafts import OpenDraft
from city.opened import City
from city.units import unit_ground
from domain.actions.plans import AlreadyDrawn
from domain.grids import Level
from domain.people import Person, Role
from domain.plans.commands import Command, MoveGrid, MoveUnits, Post, Rename, Split
from domain.plans.demands import NotDrawn
from domain.plans.life import PlanState
from domain.said import BadInput, Refused, Stale
from storage import schema
from storage.facts import bump_revision
from tests.areas import ROLES, everybody
from tests.city.test_units import drawn_city
from tests.conftest import NOON

ANNA, BEN = Person(901, "Anna", Role.PLANNER), Person(902, "Ben", Role.PLANNER)
LIU = Person(903, "Liu", Role.LEADER)


@pytest.fixture
def city(own_city: City) -> City:
    with own_city.database.write() as connection:
        connection.execute(
            schema.accounts.insert(),
            [
                {"id": p.id, "login": p.name, "name": p.name, "role": p.role.value, "area": "city",
                 "password_hash": "-", "created_at": NOON}
                for p in (ANNA, BEN, LIU)
            ],
        )  # fmt: skip
    return own_city


def edit(city: City, opened: OpenDraft, command: Command, by: Person = ANNA) -> OpenDraft:
    return drafts.edit(city, opened.plan.id, command, version=opened.plan.version, by=by)


def renames(opened: OpenDraft) -> list[Command]:
    """Harmless drawings, each another."""
    codes = sorted(c for c, g in opened.draft.grids.items() if g.level is Level.COMMUNITY)
    return [Rename(code, f"Name {code[-2:]}") for code in codes]


def a_split(opened: OpenDraft) -> Split:
    """One that the plan allows: a compound grid gives away one of its building grids."""
    for code in sorted(opened.draft.grids):
        below = opened.draft.children.get(code, ())
        if opened.draft.grids[code].level is Level.COMPOUND and len(below) > 1:
            compounds = [
                {opened.ground.units[u].compound for u in opened.draft.leaf_units[leaf]} - {None}
                for leaf in below
            ]
            if not compounds[0] & set().union(*compounds[1:]):
                return Split(code, below[:1], "New")
    raise AssertionError("the demo city has such a grid")


def units_changed(city: City) -> None:
    with city.database.write() as connection:
        u = schema.units
        connection.execute(update(u).where(u.c.households > 0).values(households=u.c.households + 1))
        bump_revision(connection)
    city._looked_at = 0


# --- beginning ----------------------------------------------------------------------------------------------------


def test_a_branch_holds_what_is_in_force_and_counts_its_households(city: City) -> None:
    opened = drafts.branch(city, None, "north", ANNA)
    now = drafts.draft_in_force(city)
    assert opened.draft.hash == now.draft.hash and opened.plan.based_on == now.plan.id
    assert (opened.plan.state, opened.plan.made_by, opened.is_stale) == (PlanState.DRAFT, ANNA.id, False)
    counted = drafts.households_of(opened)
    assert sum(counted[g.code] for g in city.ground.structure.at_level(Level.BUILDING)) == 96_817
    assert counted == {g.code: g.households for g in city.ground.structure.grids.values()}
    assert drafts.problems(opened, drafts.compound_names(city)) == []
    with city.database.read() as connection:
        g = schema.grids
        rows = connection.execute(
            select(g.c.plan_id, g.c.code, g.c.geometry, g.c.households).order_by(g.c.code)
        ).all()
    kept = [row for row in rows if row.plan_id == opened.plan.id]
    for row, source in zip(kept, (row for row in rows if row.plan_id == now.plan.id), strict=True):
        assert (row.code, row.households) == (source.code, source.households)
        assert shapely.from_wkb(row.geometry).equals(city.ground.outlines[row.code])


def test_a_branch_of_a_draft_is_what_that_draft_holds_now(city: City) -> None:
    first = edit(city, drafts.branch(city, None, "first", ANNA), Rename("210681001001", "Harbour"))
    second = drafts.branch(city, "first", "second", BEN)
    assert second.draft.hash == first.draft.hash and second.plan.based_on == first.plan.id
    assert drafts.branch(city, second.plan.id, "third", BEN).draft.hash == first.draft.hash
    with pytest.raises(BadInput, match="There is no plan nowhere"):
        drafts.branch(city, "nowhere", "fourth", ANNA)


def test_how_the_plan_in_force_came_about_is_not_told_of_what_is_drawn_from_it(city: City) -> None:
    now = drafts.draft_in_force(city)
    marks = {
        "lineage": {"210681001001": ["210681001099"]},
        "posts": {"1": ""},
        "locks": {"210681001001": True},
    }
    with city.database.write() as connection:
        connection.execute(update(schema.plans).where(schema.plans.c.id == now.plan.id).values(marks=marks))
    opened = drafts.branch(city, None, "north", ANNA)
    assert opened.draft.marks == {"locks": {"210681001001": True}}
    unlocked = drafts.edit(city, opened.plan.id, a_split(opened), version=1, by=ANNA)
    assert (
        drafts.branch(city, "north", "south", ANNA).draft.mark("lineage")
        == unlocked.draft.mark("lineage")
        != {}
    )


@pytest.mark.parametrize("login", ROLES)
def test_who_may_begin_and_who_may_look(city: City, login: str) -> None:
    person = everybody(city)[login]
    opened = drafts.branch(city, None, "north", ANNA)
    reads = person.role in (Role.PLANNER, Role.LEADER)
    assert bool(drafts.all_plans(city, person)) is bool(drafts.log_of(city, person, opened.plan.id)) is reads
    if person.role is Role.PLANNER:
        assert drafts.branch(city, None, "south", person).plan.made_by == person.id
        return
    for refused in (
        lambda: drafts.branch(city, None, "south", person),
        lambda: edit(city, opened, renames(opened)[0], by=person),
        lambda: drafts.undo(city, opened.plan.id, version=1, by=person),
        lambda: drafts.redo(city, opened.plan.id, version=1, by=person),
        lambda: drafts.fork(city, opened.plan.id, 1, renames(opened)[0], "south", person),
        lambda: drafts.send(city, opened.plan.id, version=1, by=person),
    ):
        with pytest.raises(Refused, match="not for your role"):
            refused()
    assert [plan.name for plan in drafts.all_plans(city, ANNA)] == ["north", "donggang"]


# --- drawing ------------------------------------------------------------------------------------------------------


def test_edits_are_undone_and_redone_and_the_page_knows_whether_there_are_any(city: City) -> None:
    opened = drafts.branch(city, None, "north", ANNA)
    assert drafts.can_undo(city, opened.plan.id) == (False, False)
    one, two, *_ = renames(opened)
    at = edit(city, edit(city, opened, one), two)
    assert drafts.can_undo(city, at.plan.id) == (True, False)
    back = drafts.undo(city, at.plan.id, version=3, by=BEN)
    assert drafts.can_undo(city, at.plan.id) == (True, True) and back.draft.hash != at.draft.hash
    back = drafts.undo(city, at.plan.id, version=4, by=BEN)
    assert drafts.can_undo(city, at.plan.id) == (False, True) and back.draft.hash == opened.draft.hash
    for version in (5, 6):
        again = drafts.redo(city, at.plan.id, version=version, by=ANNA)
    assert again.draft.hash == at.draft.hash == drafts.open_draft(city, "north").draft.hash


def test_what_a_process_holds_at_hand_is_what_the_store_holds(city: City) -> None:
    at = edit(city, drafts.branch(city, None, "north", ANNA), a_split(drafts.draft_in_force(city)))
    held = drafts.open_draft(city, "north").draft
    drafts._kept.clear()
    assert drafts.open_draft(city, at.plan.id).draft.hash == held.hash == at.draft.hash
    again = edit(city, at, Rename("210681001001", "Harbour"))
    assert again.draft.hash == drafts.open_draft(city, "north").draft.hash


def test_a_refusal_says_where_and_leaves_the_draft_as_it_was(city: City) -> None:
    opened = drafts.branch(city, None, "north", ANNA)
    leaves = [g.code for g in city.ground.structure.at_level(Level.BUILDING)]
    far = next(iter(opened.draft.leaf_units[leaves[-1]]))
    with pytest.raises(NotDrawn) as refused:
        edit(city, opened, MoveUnits((far,), leaves[0]))
    assert refused.value.grids and refused.value.where
    assert drafts.open_draft(city, "north").plan.version == 1
    assert [line.event.kind for line in drafts.log_of(city, ANNA, opened.plan.id)] == ["drafted"]


def test_of_two_planners_on_one_draft_the_second_keeps_theirs_takes_mine_or_forks(city: City) -> None:
    opened = drafts.branch(city, None, "north", ANNA)
    mine, theirs, *_ = renames(opened)
    edit(city, opened, theirs, by=BEN)
    with pytest.raises(Stale, match="Ben changed north meanwhile"):
        edit(city, opened, mine)
    taken = drafts.open_draft(city, "north")
    assert taken.plan.version == 2, "take theirs"
    both = edit(city, taken, mine)
    assert {both.draft.grids[c.grid].name for c in (mine, theirs) if isinstance(c, Rename)} == {
        c.name for c in (mine, theirs) if isinstance(c, Rename)
    }, "keep mine: on top of theirs"
    forked = drafts.fork(city, opened.plan.id, 1, mine, "mine", ANNA)
    assert forked.draft.hash == edit(city, drafts.branch(city, None, "alone", ANNA), mine).draft.hash, (
        "fork: mine alone"
    )
    with pytest.raises(AlreadyDrawn):
        edit(city, opened, theirs)
    with pytest.raises(Refused, match="There is a plan called mine already"):
        drafts.fork(city, opened.plan.id, 1, mine, "mine", ANNA)


def test_the_log_tells_who_did_what_the_newest_first_with_the_words_beside_it(city: City) -> None:
    opened = drafts.branch(city, None, "north", ANNA)
    at = edit(city, opened, renames(opened)[0], by=BEN)
    sent = drafts.send(city, at.plan.id, version=2, words="Please look.", by=ANNA)
    drafts.comment(city, sent.id, "Why?", grid="210681001001", by=LIU)
    lines = drafts.log_of(city, LIU, sent.id)
    assert [(line.event.kind, line.who, line.words) for line in lines] == [
        ("commented", "Liu", "Why?"), ("sent", "Anna", "Please look."), ("edited", "Ben", ""), ("drafted", "Anna", ""),
    ]  # fmt: skip


# --- the life -----------------------------------------------------------------------------------------------------


def test_from_a_draft_to_a_day_by_another_person(city: City) -> None:
    opened = drafts.branch(city, None, "north", ANNA)
    at = edit(city, opened, renames(opened)[0], by=BEN)
    sent = drafts.send(city, at.plan.id, version=2, by=ANNA)
    for drew in (ANNA, BEN):
        with pytest.raises(Refused, match="Another person"):
            drafts.approve(city, sent.id, version=3, by=drew)
    back = drafts.send_back(city, sent.id, version=3, words="The name.", by=LIU)
    assert back.state is PlanState.DRAFT
    sent = drafts.send(city, sent.id, version=4, by=ANNA)
    approved = drafts.approve(city, sent.id, version=5, by=LIU)
    with pytest.raises(Refused, match="not for your role"):
        drafts.publish(city, sent.id, NOON + timedelta(days=3), version=6, by=LIU)
    plan = drafts.publish(city, approved.id, NOON + timedelta(days=3), version=6, by=ANNA)
    assert plan.from_at == NOON + timedelta(days=3)


def test_a_grid_without_a_head_is_published_after_a_confirmation(city: City) -> None:
    opened = drafts.branch(city, None, "north", ANNA)
    at = edit(city, opened, a_split(opened))
    terms = {term.grid: term.key for term in drafts.heads_on(city, ANNA)}
    for new, olds in at.draft.mark("lineage").items():
        for old in olds:
            if old in terms and old not in at.draft.grids:
                at = edit(city, at, Post(terms[old], new))
    sent = drafts.send(city, at.plan.id, version=at.plan.version, by=ANNA)
    approved = drafts.approve(city, sent.id, version=sent.version, by=LIU)
    day = NOON + timedelta(days=3)
    with pytest.raises(Refused, match=r"1 grids will have no head, New among them"):
        drafts.publish(city, sent.id, day, version=approved.version, by=ANNA)
    assert (
        drafts.publish(city, sent.id, day, version=approved.version, confirmed=True, by=ANNA).from_at == day
    )


# --- when the ground changes under a draft ------------------------------------------------------------------------


def test_a_unit_file_that_changed_under_a_draft_stops_it_and_a_new_branch_goes_on(city: City) -> None:
    opened = drafts.branch(city, None, "north", ANNA)
    before = drafts.households_of(opened)
    units_changed(city)
    assert drafts.open_draft(city, "north").is_stale
    for step in (
        lambda: edit(city, opened, renames(opened)[0]),
        lambda: drafts.undo(city, opened.plan.id, version=1, by=ANNA),
        lambda: drafts.send(city, opened.plan.id, version=1, by=ANNA),
    ):
        with pytest.raises(Refused, match="units changed since north was drawn; branch a new draft"):
            step()
    anew = drafts.branch(city, None, "south", ANNA)
    assert not anew.is_stale and sum(drafts.households_of(anew).values()) > sum(before.values())
    assert edit(city, anew, renames(anew)[0]).plan.version == 2


def test_a_unit_that_is_gone_is_told_of_and_nothing_is_begun(city: City) -> None:
    with city.database.write() as connection:
        u = schema.units
        gone = connection.scalar(select(u.c.code).order_by(u.c.code).limit(1))
        connection.execute(delete(u).where(u.c.code == gone))
        bump_revision(connection)
    city._looked_at = 0
    assert gone not in unit_ground(city).units
    with pytest.raises(Refused, match="north does not fit the city's units: 1 are missing or unknown"):
        drafts.branch(city, None, "north", ANNA)
    assert [plan.name for plan in drafts.all_plans(city, ANNA)] == ["donggang"]


# --- a city that came as polygons ---------------------------------------------------------------------------------


def test_a_city_of_polygons_with_flaws_is_drafted_and_mended(tmp_path: Path) -> None:
    city = drawn_city(tmp_path)
    opened = drafts.branch(city, None, "north", ANNA)
    (problem,) = drafts.problems(opened, {})
    assert str(problem) == "B1 lies in 2 pieces; a corner does not join them." and problem.where
    with pytest.raises(NotDrawn, match="B1 lies in 2 pieces"):
        drafts.send(city, opened.plan.id, version=1, by=ANNA)
    mended = edit(city, opened, MoveUnits(("B1-3",), "B2"))
    assert drafts.problems(mended, {}) == []
    assert drafts.send(city, mended.plan.id, version=2, by=ANNA).state is PlanState.IN_REVIEW
    city.database.close()


def test_codes_that_follow_no_rule_are_not_guessed(tmp_path: Path) -> None:
    city = drawn_city(tmp_path)
    opened = drafts.branch(city, None, "north", ANNA)
    with pytest.raises(NotDrawn):
        edit(city, opened, MoveGrid("A1", "B"))
    city.database.close()
