"""Proposals in the background: one at a time, told how far, cancelled without a trace, kept as a draft at the end."""

from __future__ import annotations

import time

import pytest

from city import proposing
from city.drafts import all_plans
from city.opened import City
from city.proposing import Job, JobState, Kind, Order
from domain.grids import Level
from domain.people import Person, Role
from domain.plans.proposals import Impossible, Wishes
from domain.said import Refused

PLANNER = Person(0, "规划员", Role.PLANNER)
COMMUNITY = "210681001001"


def over(city: City, number: str, seconds: float = 60) -> Job:
    """The job once it is over and its process gone."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = proposing.job(city, number, PLANNER)
        assert found
        if found.is_over and proposing.running_job(city, PLANNER) is None:
            return found
        time.sleep(0.05)
    raise AssertionError("the job did not end")


def order(name: str, **wishes: object) -> Order:
    return Order(Kind.PROPOSE, None, name, Wishes(**wishes))  # type: ignore[arg-type]


def test_a_job_ends_in_a_draft_and_a_second_waits_its_turn(own_city: City) -> None:
    number = proposing.start(own_city, order("one", within=COMMUNITY), PLANNER)
    with pytest.raises(Refused, match="one at a time"):
        proposing.start(own_city, order("two"), PLANNER)
    done = over(own_city, number)
    assert done.state is JobState.DONE and done.share == 1.0 and done.outcome and done.outcome.opened
    assert [plan.name for plan in all_plans(own_city, PLANNER)] == ["one", "donggang"]


def test_a_cancelled_job_leaves_nothing_behind_and_the_next_may_begin(own_city: City) -> None:
    number = proposing.start(own_city, order("one"), PLANNER)
    proposing.cancel(own_city, number, PLANNER)
    assert over(own_city, number).state is JobState.CANCELLED
    assert [plan.name for plan in all_plans(own_city, PLANNER)] == ["donggang"]
    number = proposing.start(own_city, order("one", must={Level.COMPOUND}), PLANNER)
    done = over(own_city, number)
    assert done.state is JobState.IMPOSSIBLE and done.outcome and isinstance(done.outcome.found, Impossible)


def test_a_killed_solver_is_told_and_nothing_is_written(own_city: City) -> None:
    number = proposing.start(own_city, order("one"), PLANNER)
    child = proposing._jobs_of(own_city).child
    assert child
    child.kill()
    done = over(own_city, number)
    assert done.state is JobState.FAILED and done.because
    assert [plan.name for plan in all_plans(own_city, PLANNER)] == ["donggang"]


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.PLANNER])
def test_only_a_planner_asks_the_solver(demo_city: City, role: Role) -> None:
    by = Person(0, "", role)
    with pytest.raises(Refused):
        proposing.start(demo_city, order("one"), by)
    with pytest.raises(Refused):
        proposing.propose(demo_city, None, "one", Wishes(), by)
    with pytest.raises(Refused):
        proposing.known_before(demo_city, None, Wishes(), by)


def test_arithmetic_is_told_before_anybody_tries(demo_city: City) -> None:
    found = proposing.known_before(demo_city, None, Wishes(), PLANNER)
    assert any("96817" in str(finding.words) for finding in found)
