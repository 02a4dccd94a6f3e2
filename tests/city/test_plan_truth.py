"""Verify looks at plans too: whatever of a plan was changed beside its log is named, and a sound plan never is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, text, update

from city import drafts
from city.drafts import OpenDraft
from city.opened import City
from city.verifying import verify
from domain.events import plan_stream
from domain.grids import Level
from domain.plans.commands import Lock, Rename
from storage.schema import assignments, events, grids, plans
from tests.city.test_drafts import ANNA, BEN, LIU, a_split, city, edit
from tests.conftest import NOON

__all__ = ["city"]


def drawn_on(city: City) -> OpenDraft:
    """A draft with drawings, one of them taken back, and a fork of it."""
    opened = drafts.branch(city, None, "north", ANNA)
    opened = edit(city, opened, a_split(opened))
    opened = edit(city, opened, Rename(sorted(opened.draft.grids)[0], "Harbour"))
    opened = edit(city, opened, Lock("*"))
    opened = drafts.undo(city, opened.plan.id, version=opened.plan.version, by=ANNA)
    drafts.fork(city, opened.plan.id, 2, Rename(sorted(opened.draft.grids)[1], "Mine"), "forked", BEN)
    return opened


def approved(city: City) -> OpenDraft:
    opened = drawn_on(city)
    plan = drafts.send(city, opened.plan.id, version=opened.plan.version, by=ANNA)
    plan = drafts.approve(city, plan.id, version=plan.version, by=LIU)
    drafts.publish(city, plan.id, NOON + timedelta(days=1), version=plan.version, confirmed=True, by=BEN)
    return drafts.open_draft(city, plan.id)


def found(city: City) -> list[str]:
    return [str(finding) for finding in verify(city).findings]


@pytest.mark.slow
def test_a_sound_plan_is_no_finding_at_any_step_of_its_life(city: City) -> None:
    opened = drawn_on(city)
    assert found(city) == []
    plan = drafts.send(city, opened.plan.id, version=opened.plan.version, words="why", by=ANNA)
    drafts.comment(city, plan.id, "hm", by=LIU)
    assert found(city) == []
    plan = drafts.send_back(city, plan.id, version=plan.version, words="no", by=LIU)
    assert found(city) == []
    again = drafts.redo(city, plan.id, version=plan.version, by=BEN)
    again = drafts.undo(city, plan.id, version=again.plan.version, by=BEN)
    plan = drafts.send(city, plan.id, version=again.plan.version, by=BEN)
    plan = drafts.approve(city, plan.id, version=plan.version, by=LIU)
    drafts.publish(city, plan.id, NOON + timedelta(days=1), version=plan.version, confirmed=True, by=ANNA)
    assert found(city) == []


ROW: tuple[tuple[dict[str, Any], str], ...] = (
    ({"state": "in_review"}, "the row does not say what its last event says"),
    ({"version": 40}, "its row was saved 39 times"),
    ({"approved_by": 902}, "made, sent or approved by others"),
    ({"made_by": 903}, "made, sent or approved by others"),
    ({"from_at": NOON + timedelta(hours=1)}, "its day is not the one that was published"),
    ({"content_hash": "0" * 64}, "it names another content"),
    ({"marks": {}}, "what it holds is not what was drawn"),
)


@pytest.mark.slow
def test_whatever_is_changed_in_the_row_of_an_approved_plan_is_named(city: City) -> None:
    plan = approved(city).plan
    assert found(city) == []
    with city.database.read() as connection:
        before = connection.execute(select(plans).where(plans.c.id == plan.id)).one()._asdict()
    for change, says in ROW:
        with city.database.write() as connection:
            connection.execute(update(plans).where(plans.c.id == plan.id).values(change))
        assert any("Plan north" in line and says in line for line in found(city)), (change, found(city))
        with city.database.write() as connection:
            connection.execute(update(plans).where(plans.c.id == plan.id).values(before))


@pytest.mark.slow
@pytest.mark.parametrize("is_approved", [False, True])
def test_content_that_was_changed_by_hand_is_named_in_drafts_and_in_approved_plans(
    city: City, is_approved: bool
) -> None:
    opened = approved(city) if is_approved else drawn_on(city)
    unit, home = next((u, g) for u, g in sorted(opened.draft.home.items()))
    other = next(g.code for g in opened.draft.grids.values() if g.level is Level.BUILDING and g.code != home)
    mine = assignments.c.plan_id == opened.plan.id
    deeds = [
        (update(assignments).where(mine, assignments.c.unit == unit).values(grid=to) for to in (other, home)),
        (
            update(grids).where(grids.c.plan_id == opened.plan.id, grids.c.code == home).values(name=name)
            for name in ("Bought", opened.draft.grids[home].name)
        ),
    ]
    for tamper, mend in deeds:
        with city.database.write() as connection:
            connection.execute(tamper)
        assert found(city) == ["Plan north: what it holds is not what was drawn."]
        with city.database.write() as connection:
            connection.execute(mend)
    assert found(city) == []


@pytest.mark.slow
def test_a_plan_that_vanished_leaves_its_log_behind(city: City) -> None:
    plan = drawn_on(city).plan
    with city.database.write() as connection:
        if city.database.is_sqlite:
            connection.execute(text("PRAGMA defer_foreign_keys=ON"))
        for table in (assignments, grids):
            connection.execute(delete(table).where(table.c.plan_id == plan.id))
        connection.execute(update(plans).where(plans.c.based_on == plan.id).values(based_on=plan.based_on))
        connection.execute(delete(plans).where(plans.c.id == plan.id))
    assert f"{plan_stream(plan.id)}: its events tell of a row that does not exist." in found(city)


@pytest.mark.slow
def test_a_drawing_that_was_changed_in_the_log_is_told_once_as_that(city: City) -> None:
    plan = drawn_on(city).plan
    with city.database.write() as connection:
        of_plan = (events.c.stream == plan_stream(plan.id), events.c.kind == "edited", events.c.seq == 2)
        connection.execute(update(events).where(*of_plan).values(facts='{"change":7}'))
    told = found(city)
    assert len(told) == 1 and "event 2" in told[0] and "was changed" in told[0]
