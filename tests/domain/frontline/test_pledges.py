"""The three lists: what could meet a need, who may do what with an order, needs against the room that is left."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from domain.frontline.pledges import (
    RATED_WITHIN,
    STEPS,
    Balance,
    Need,
    NeedState,
    Order,
    OrderState,
    Resource,
    Sort,
    balances,
    refusal_to_pledge,
    refusal_to_step,
    steps_for,
    suggested,
    taken_of,
)
from domain.people import Role
from tests.domain.build import MONDAY, STRUCTURE

NEED = Need(id=1, grid="C11", sort=Sort.LAW, title="赡养纠纷咨询", since=date(2026, 11, 1))
LINKS = {"C": frozenset({"law"})}


def resource(number: int, grid: str = "C11", **more: object) -> Resource:
    return Resource(**{"id": number, "grid": grid, "sort": Sort.LAW, "title": "–", "provider": "–", **more})  # type: ignore[arg-type]


def test_the_own_grid_comes_first_then_linked_units_then_what_is_farther() -> None:
    own, above, linked, other = (
        resource(1),
        resource(2, "C"),
        resource(3, "D", department="law"),
        resource(4, "D"),
    )
    found = suggested(NEED, [other, linked, above, own], [], STRUCTURE, LINKS)
    assert [each.resource.id for each in found] == [1, 3, 2, 4]
    assert [str(each.because) for each in found] == [
        "in the same grid", "of a unit linked to the community", "also in Community", "also in Street",
    ]  # fmt: skip


def test_what_is_full_or_for_something_else_or_no_longer_offered_is_not_suggested() -> None:
    taken = [replace(NEED, id=9, state=NeedState.PLEDGED, resource_id=1)]
    others = [resource(1), resource(2, sort=Sort.CARE), resource(3, active=False)]
    assert suggested(NEED, others, taken, STRUCTURE, LINKS) == []
    assert all(refusal_to_pledge(NEED, each, taken) is not None for each in others)
    assert refusal_to_pledge(NEED, replace(others[0], most=2), taken) is None
    assert refusal_to_pledge(replace(NEED, state=NeedState.MET), resource(5), []) is not None


needs = st.lists(
    st.builds(
        Need, id=st.integers(1, 10**6), grid=st.sampled_from(("C11", "C1", "D")), sort=st.sampled_from((Sort.REPAIR, Sort.CARE)),
        title=st.just("–"), since=st.just(date(2026, 1, 1)), state=st.sampled_from(NeedState),
        resource_id=st.none() | st.integers(1, 6),
    ),
    max_size=30, unique_by=lambda need: need.id,
)  # fmt: skip
resources = st.lists(
    st.builds(
        Resource, id=st.integers(1, 6), grid=st.sampled_from(("C11", "C1", "C", "D")), sort=st.sampled_from((Sort.REPAIR, Sort.CARE)),
        title=st.just("–"), provider=st.just("–"), department=st.none() | st.just("law"), most=st.integers(0, 3),
        active=st.booleans(),
    ),
    max_size=6, unique_by=lambda each: each.id,
)  # fmt: skip


@given(needs, resources)
def test_what_is_suggested_could_be_pledged_and_comes_in_one_order(
    known: list[Need], offered: list[Resource]
) -> None:
    wanted = replace(NEED, sort=Sort.REPAIR)
    found = suggested(wanted, offered, known, STRUCTURE, LINKS)
    assert found == suggested(wanted, list(reversed(offered)), known, STRUCTURE, LINKS)
    assert all(refusal_to_pledge(wanted, each.resource, known) is None and each.free > 0 for each in found)
    could = [each for each in offered if refusal_to_pledge(wanted, each, known) is None]
    assert len(found) == min(5, len(could))


@given(needs, resources)
def test_needs_stand_against_the_room_that_is_left(known: list[Need], offered: list[Resource]) -> None:
    found = [each for those in balances(known, offered).values() for each in those]
    assert sum(each.needs for each in found) == sum(need.state is NeedState.OPEN for need in known)
    taken = taken_of(known)
    room = sum(max(0, each.most - taken.get(each.id, 0)) for each in offered if each.active)
    assert sum(each.room for each in found) == room


def test_a_grid_with_more_needs_than_room_has_some_unmet() -> None:
    assert Balance(5, 2).unmet == 3 and Balance(2, 5).unmet == 0


def test_room_of_one_sort_meets_no_need_of_another() -> None:
    found = balances([NEED], [resource(1, sort=Sort.CARE, most=9)])
    assert sum(each.unmet for each in found["C11"]) == 1
    above = balances([NEED], [resource(1, "C", most=9)], lambda _grid: "C")
    assert above == {"C": [Balance(1, 9)]} and balances([NEED], [], lambda _grid: None) == {}


# --- orders ----------------------------------------------------------------------------------------------------

ORDER = Order(id=1, service_id=1, grid="C11", sort=Sort.REPAIR, ordered_at=MONDAY)
STEP = {step.name: step for step in STEPS}


def test_only_who_took_an_order_delivers_it() -> None:
    taken = replace(ORDER, state=OrderState.TAKEN, taken_by=7)
    assert refusal_to_step(taken, STEP["deliver"], Role.MEMBER, 7, MONDAY) is None
    assert "Somebody else" in str(refusal_to_step(taken, STEP["deliver"], Role.MEMBER, 8, MONDAY))
    assert "role" in str(refusal_to_step(taken, STEP["deliver"], Role.RESIDENT, 0, MONDAY))


def test_whoever_delivered_does_not_enter_the_grade() -> None:
    delivered = replace(ORDER, state=OrderState.DELIVERED, taken_by=7, delivered_at=MONDAY)
    assert "does not grade" in str(refusal_to_step(delivered, STEP["rate"], Role.COMMUNITY, 7, MONDAY))
    assert refusal_to_step(delivered, STEP["rate"], Role.COMMUNITY, 8, MONDAY) is None


def test_the_head_over_a_member_gives_their_order_back_and_another_member_does_not() -> None:
    taken = replace(ORDER, state=OrderState.TAKEN, taken_by=7)
    assert refusal_to_step(taken, STEP["give_back"], Role.COMPOUND, 8, MONDAY) is None
    assert "Somebody else" in str(refusal_to_step(taken, STEP["give_back"], Role.MEMBER, 8, MONDAY))
    assert "Somebody else" in str(refusal_to_step(taken, STEP["deliver"], Role.COMMUNITY, 8, MONDAY))


def test_a_member_never_rates_what_members_deliver() -> None:
    delivered = replace(ORDER, state=OrderState.DELIVERED, taken_by=7, delivered_at=MONDAY)
    assert [step.name for step in steps_for(delivered, Role.MEMBER, 7, MONDAY)] == []
    assert [step.name for step in steps_for(delivered, Role.RESIDENT, 0, MONDAY)] == ["rate"]
    assert steps_for(delivered, Role.RESIDENT, 0, MONDAY + RATED_WITHIN + timedelta(seconds=1)) == []


class Orders(RuleBasedStateMachine):
    """Whatever is done with an order in whatever order, it is only ever where its steps lead."""

    def __init__(self) -> None:
        super().__init__()
        self.order = ORDER
        self.taker: int | None = None

    @rule(step=st.sampled_from(STEPS), role=st.sampled_from(Role), who=st.integers(0, 3))
    def act(self, step, role, who) -> None:  # type: ignore[no-untyped-def]
        if refusal_to_step(self.order, step, role, who, MONDAY) is not None:
            return
        if step.name == "take":
            self.taker = who
        if step.by_taker:
            assert who == self.taker or role in step.heads
        self.order = replace(
            self.order, state=step.to, taken_by=self.taker if step.to is not OrderState.ORDERED else None
        )

    @precondition(lambda self: self.order.state in (OrderState.RATED, OrderState.CANCELLED))
    @rule(role=st.sampled_from(Role), who=st.integers(0, 3))
    def what_ended_stays(self, role, who) -> None:  # type: ignore[no-untyped-def]
        assert steps_for(self.order, role, who, MONDAY) == []

    @invariant()
    def who_has_it_is_known_while_it_is_taken(self) -> None:
        if self.order.state in (OrderState.TAKEN, OrderState.DELIVERED):
            assert self.order.taken_by is not None


TestOrders = Orders.TestCase


@pytest.mark.parametrize("state", OrderState)
def test_every_state_is_reached_by_some_step(state: OrderState) -> None:
    assert state in {step.to for step in STEPS}
