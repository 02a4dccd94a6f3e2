"""The life of a plan: who takes which step when – told a second time, cell by cell – and which plan may follow which."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from domain.people import Person, Role
from domain.plans.commands import MoveGrid, MoveUnits, Rename, Split
from domain.plans.drafts import Draft
from domain.plans.life import (
    STATE,
    STEP,
    STEPS,
    Plan,
    PlanState,
    refusal_of,
    refusal_to_draw,
    refusal_to_read,
    steps_for,
)
from domain.plans.publishing import before, lineage_of, refusal_of_codes, refusal_of_day, rests_on
from tests.domain.build import MONDAY
from tests.town import made, town_draft

NOBODY = ""
MAY: Mapping[tuple[str, PlanState], str] = {
    ("send", PlanState.DRAFT): "planner",
    ("comment", PlanState.IN_REVIEW): "planner leader",
    ("send_back", PlanState.IN_REVIEW): "planner leader",
    ("send_back", PlanState.APPROVED): "planner leader",
    ("approve", PlanState.IN_REVIEW): "planner leader",
    ("publish", PlanState.APPROVED): "planner",
}
"""Which roles take a step in a state; nobody else, and in no other state anybody."""

ENDS = {
    "send": PlanState.IN_REVIEW, "comment": PlanState.IN_REVIEW, "send_back": PlanState.DRAFT,
    "approve": PlanState.APPROVED, "publish": PlanState.APPROVED,
}  # fmt: skip


def plan_in(state: PlanState, **more: object) -> Plan:
    values: dict[str, object] = {"made_by": 1, "sent_by": 2} | more
    return Plan(7, "north", state, 1, MONDAY, **values)  # type: ignore[arg-type]


def of_role(role: Role, number: int = 9) -> Person:
    return Person(number, role.value, role)


@pytest.mark.parametrize("state", list(PlanState))
@pytest.mark.parametrize("step", [step.name for step in STEPS])
def test_a_step_is_for_the_roles_and_the_states_of_the_table_alone(step: str, state: PlanState) -> None:
    may = {role.value for role in Role if refusal_of(STEP[step], plan_in(state), of_role(role)) is None}
    assert may == set(MAY.get((step, state), NOBODY).split())
    assert STEP[step].ends is ENDS[step]


@pytest.mark.parametrize("role", list(Role))
def test_only_planners_draw_and_planners_and_leaders_read(role: Role) -> None:
    assert (refusal_to_draw(of_role(role)) is None) is (role is Role.PLANNER)
    assert (refusal_to_read(of_role(role)) is None) is (role in (Role.PLANNER, Role.LEADER))


@pytest.mark.parametrize("role", [Role.PLANNER, Role.LEADER])
@pytest.mark.parametrize(("number", "may"), [(1, False), (2, False), (3, True)])
def test_nobody_approves_what_they_made_or_sent_whatever_their_role(
    role: Role, number: int, may: bool
) -> None:
    why = refusal_of(STEP["approve"], plan_in(PlanState.IN_REVIEW), of_role(role, number))
    assert (why is None) is may
    assert may or str(why) == "Another person must approve what you drew or sent to review."


def test_the_console_approves_nothing_since_nobody_is_known_there() -> None:
    why = refusal_of(STEP["approve"], plan_in(PlanState.IN_REVIEW), of_role(Role.PLANNER, 0))
    assert str(why) == "Whoever approves a plan must be known by an account; the console has none."
    assert refusal_of(STEP["publish"], plan_in(PlanState.APPROVED), of_role(Role.PLANNER, 0)) is None


def test_a_refusal_says_whether_it_is_the_role_or_the_state() -> None:
    plan = plan_in(PlanState.RETIRED)
    assert str(refusal_of(STEP["send"], plan, of_role(Role.COMMUNITY))) == "That is not for your role."
    why = refusal_of(STEP["send"], plan, of_role(Role.PLANNER))
    assert str(why) == "north is not at this step: Retired." and set(STATE) == set(PlanState)


def test_the_steps_that_a_page_offers_are_those_that_are_not_refused() -> None:
    leader = of_role(Role.LEADER)
    assert [s.name for s in steps_for(plan_in(PlanState.IN_REVIEW), leader)] == [
        "comment",
        "send_back",
        "approve",
    ]
    assert [s.name for s in steps_for(plan_in(PlanState.IN_REVIEW), of_role(Role.PLANNER, 1))] == [
        "comment",
        "send_back",
    ]
    assert not steps_for(plan_in(PlanState.IN_FORCE), leader)


# --- which plan may follow which --------------------------------------------------------------------------------


def day(n: float) -> datetime:
    return MONDAY + timedelta(days=n)


def history(*plans: Plan) -> dict[int, Plan]:
    return {plan.id: plan for plan in plans}


def plan(number: int, state: PlanState, base: int | None = None, *, created: float = 0, from_day: float | None = None,
         retired: float | None = None) -> Plan:  # fmt: skip
    return Plan(
        number, f"plan {number}", state, 1, day(created), day(from_day) if from_day is not None else None, base,
        retired_at=day(retired) if retired is not None else None,
    )  # fmt: skip


FIRST = plan(1, PlanState.IN_FORCE, created=-99, from_day=-99)
OURS = plan(5, PlanState.APPROVED, 1, created=1)


def refusal(ours: Plan, on: float, *others: Plan) -> str:
    return str(refusal_of_day(ours, day(on), history(ours, *others)) or "")


def test_a_plan_follows_the_one_it_was_drawn_from_also_through_other_drafts() -> None:
    assert not refusal(OURS, 9, FIRST)
    through = plan(4, PlanState.DRAFT, 1)
    assert not refusal(replace(OURS, based_on=4), 9, FIRST, through)
    assert not refusal(replace(OURS, based_on=None), 9), "the first plan of a city follows none"


def test_two_plans_do_not_come_into_force_at_one_moment() -> None:
    other = plan(6, PlanState.APPROVED, 1, from_day=9)
    assert refusal(OURS, 9, FIRST, other) == "plan 6 comes into force at that very time already."
    assert "at that very time" not in refusal(OURS, 9, FIRST, replace(other, from_at=None)), (
        "it has no day yet"
    )


def test_a_plan_drawn_from_one_that_was_replaced_meanwhile_is_branched_anew() -> None:
    old = replace(FIRST, state=PlanState.RETIRED, retired_at=day(3))
    new = plan(2, PlanState.IN_FORCE, 1, from_day=3)
    for ours in (OURS, replace(OURS, based_on=4)):
        words = refusal(ours, 9, old, new, plan(4, PlanState.DRAFT, 1, created=1))
        assert words.startswith(
            "plan 5 was not drawn from plan 2, which will be in force by then: branch anew"
        )


def test_going_back_to_a_plan_that_had_retired_when_the_draft_was_begun_is_on_purpose() -> None:
    old = replace(FIRST, state=PlanState.RETIRED, retired_at=day(3))
    new = plan(2, PlanState.IN_FORCE, 1, from_day=3)
    back = replace(OURS, created_at=day(4))
    assert not refusal(back, 9, old, new)
    begun_before = plan(4, PlanState.DRAFT, 1, created=1)
    assert refusal(replace(back, based_on=4), 9, old, new, begun_before), "its drawing began before that"
    newer = plan(3, PlanState.IN_FORCE, 2, from_day=6)
    retired = replace(new, state=PlanState.RETIRED, retired_at=day(6))
    assert "plan 3" in refusal(back, 9, old, retired, newer), "another came into force since"
    assert "plan 6" in refusal(back, 9, old, new, plan(6, PlanState.APPROVED, 2, from_day=8)), "another will"


def test_a_plan_published_for_an_earlier_day_must_be_what_this_one_was_drawn_from() -> None:
    ahead = plan(6, PlanState.APPROVED, 1, from_day=5)
    assert "was not drawn from plan 6" in refusal(OURS, 9, FIRST, ahead)
    assert not refusal(replace(OURS, based_on=6), 9, FIRST, ahead)
    assert before(OURS, day(9), history(OURS, FIRST, ahead)) == ahead
    assert before(OURS, day(4), history(OURS, FIRST, ahead)) == FIRST


def test_a_plan_does_not_push_in_before_one_that_was_not_drawn_from_it() -> None:
    later = plan(6, PlanState.APPROVED, 1, from_day=9)
    assert refusal(OURS, 5, FIRST, later).startswith(
        "plan 6 comes into force after that and was not drawn from this"
    )
    assert not refusal(replace(OURS, from_at=day(5)), 6, FIRST, replace(later, based_on=5)), (
        "its day is moved"
    )


def test_what_rests_on_a_published_plan_is_known() -> None:
    published = replace(OURS, from_at=day(5))
    upon = plan(6, PlanState.APPROVED, 5, from_day=9)
    assert rests_on(published, history(FIRST, published, upon)) == upon
    assert rests_on(published, history(FIRST, published, replace(upon, from_at=None))) is None
    assert [p.id for p in lineage_of(upon, history(FIRST, published, upon))] == [6, 5]


def test_bases_in_a_circle_are_no_endless_loop() -> None:
    one, two = plan(5, PlanState.DRAFT, 6), plan(6, PlanState.DRAFT, 5)
    assert len(lineage_of(one, history(one, two))) == 2


# --- codes --------------------------------------------------------------------------------------------------------

TOWN = town_draft()
SPLIT = made(TOWN, Split("1011", ("r0c0", "r1c0"), "West"))
OTHER_SPLIT = made(TOWN, Split("1011", ("r0c3", "r1c3"), "East"))
RETIRED, IN_FORCE = plan(2, PlanState.RETIRED, from_day=-9), plan(3, PlanState.IN_FORCE, from_day=-3)
PUBLISHED = plan(4, PlanState.APPROVED, 1, from_day=9)


def test_a_new_code_comes_into_force_and_one_that_stays_may_have_other_ground() -> None:
    assert refusal_of_codes(SPLIT, TOWN, []) is None
    assert (
        refusal_of_codes(made(TOWN, MoveUnits(("r0c3",), "2011")), TOWN, [(RETIRED, TOWN), (IN_FORCE, TOWN)])
        is None
    )


def test_a_code_comes_back_only_for_the_very_ground_it_had_last() -> None:
    assert refusal_of_codes(SPLIT, TOWN, [(RETIRED, SPLIT), (IN_FORCE, TOWN)]) is None
    why = refusal_of_codes(OTHER_SPLIT, TOWN, [(RETIRED, SPLIT), (IN_FORCE, TOWN)])
    assert str(why).startswith("Code 1013 was in force before, for other ground; a code is never used twice")
    grown = made(SPLIT, MoveUnits(("r0c1",), "1013"))
    later = replace(RETIRED, id=8)
    assert refusal_of_codes(SPLIT, TOWN, [(RETIRED, SPLIT), (later, grown)]) is not None, (
        "it is the last that counts"
    )
    assert refusal_of_codes(SPLIT, TOWN, [(RETIRED, grown), (later, SPLIT)]) is None


def test_two_drafts_that_gave_one_code_to_different_ground_are_not_both_published() -> None:
    why = refusal_of_codes(OTHER_SPLIT, TOWN, [(PUBLISHED, SPLIT)])
    assert str(why) == (
        "Code 1013 is given to other ground by plan 4, which is published: branch anew from the plan in force."
    )
    assert refusal_of_codes(SPLIT, TOWN, [(PUBLISHED, SPLIT)]) is None


def test_a_code_never_comes_into_force_under_another_parent() -> None:
    moved = made(TOWN, MoveGrid("101", "2"))
    assert refusal_of_codes(moved, TOWN, []) is None
    forged = Draft({**TOWN.grids, "1011": replace(TOWN.grids["1011"], parent="102")}, TOWN.home)
    assert "would lie under another parent with its old code 1011" in str(refusal_of_codes(forged, TOWN, []))
    assert refusal_of_codes(made(TOWN, Rename("101", "Harbour")), TOWN, []) is None


def test_larger_grids_are_compared_by_all_their_units() -> None:
    ahead = made(TOWN, MoveGrid("101", "2"))
    smaller = made(TOWN, MoveUnits(("r0c3",), "2011"))
    assert refusal_of_codes(TOWN, ahead, [(RETIRED, TOWN)]) is None, "back to what was"
    assert "Code 101 " in str(refusal_of_codes(smaller, ahead, [(RETIRED, TOWN)]))
