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
from domain.plans.proposals import Impossible, Proposal, Wishes, crossings
from domain.said import Refused
from tests.jobs import over

PLANNER = Person(0, "规划员", Role.PLANNER)
COMMUNITY = "210681001001"
CLOSE = "210681002005"
"""The community with the fewest households: divided in half a second."""


def order(name: str, **wishes: object) -> Order:
    return Order(Kind.PROPOSE, None, name, Wishes(**wishes))  # type: ignore[arg-type]


def test_a_job_ends_in_a_draft_and_a_second_waits_its_turn(own_city: City) -> None:
    number = proposing.start(own_city, order("one", within=COMMUNITY), PLANNER)
    with pytest.raises(Refused, match="one at a time"):
        proposing.start(own_city, order("two"), PLANNER)
    done = over(own_city, number, PLANNER)
    assert done.state is JobState.DONE and done.share == 1.0 and done.outcome and done.outcome.opened
    assert [plan.name for plan in all_plans(own_city, PLANNER)] == ["one", "donggang"]


@pytest.mark.parametrize("kind", list(Kind))
def test_a_cancelled_job_leaves_nothing_behind_and_the_next_may_begin(own_city: City, kind: Kind) -> None:
    narrow = Wishes(bands={Level.BUILDING: (240, 260)})  # work for half a minute
    number = proposing.start(own_city, Order(kind, None, "one", narrow), PLANNER)
    proposing.cancel(own_city, number, PLANNER)
    assert over(own_city, number, PLANNER).state is JobState.CANCELLED
    assert [plan.name for plan in all_plans(own_city, PLANNER)] == ["donggang"]
    number = proposing.start(own_city, order("one", must={Level.COMPOUND}), PLANNER)
    done = over(own_city, number, PLANNER)
    assert done.state is JobState.IMPOSSIBLE and done.outcome and isinstance(done.outcome.found, Impossible)


@pytest.mark.parametrize("kind", list(Kind))
def test_a_job_is_cancelled_in_the_midst_of_its_work(own_city: City, kind: Kind) -> None:
    narrow = Wishes(bands={Level.BUILDING: (240, 260)})
    number = proposing.start(own_city, Order(kind, None, "one", narrow), PLANNER)
    until = time.monotonic() + 60
    while not (proposing.job(own_city, number, PLANNER) or Job("", order(""), PLANNER)).share:
        assert time.monotonic() < until, "the solver told nothing"
        time.sleep(0.05)
    proposing.cancel(own_city, number, PLANNER)
    assert over(own_city, number, PLANNER, seconds=5).state is JobState.CANCELLED
    assert [plan.name for plan in all_plans(own_city, PLANNER)] == ["donggang"]


def test_a_job_that_is_cancelled_before_its_solver_has_begun_ends_too(
    own_city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared = proposing._prepared

    def cancelled_meanwhile(city: City, order: Order, by: Person) -> object:
        running = proposing.running_job(city, by)
        assert running
        proposing.cancel(city, running.id, by)
        return prepared(city, order, by)

    monkeypatch.setattr(proposing, "_prepared", cancelled_meanwhile)
    number = proposing.start(own_city, order("one"), PLANNER)
    assert over(own_city, number, PLANNER, seconds=5).state is JobState.CANCELLED


def test_what_arithmetic_rules_out_is_proved_at_once_and_no_solver_begins(own_city: City) -> None:
    tight = {"bands": {Level.COMPOUND: (1000, 1010)}, "must": {Level.COMPOUND}}
    number = proposing.start(own_city, order("one", **tight), PLANNER)
    told = proposing.job(own_city, number, PLANNER)
    assert told and told.state is JobState.IMPOSSIBLE and told.outcome
    assert isinstance(told.outcome.found, Impossible) and told.outcome.found.proved
    assert any("105 × 1000" in str(because) for because in told.outcome.found.because)
    blamed = told.outcome.found.blame
    assert blamed and all(len(code) == len(COMMUNITY) for code in blamed)
    assert proposing.running_job(own_city, PLANNER) is None and not proposing._jobs_of(own_city).child
    assert [plan.name for plan in all_plans(own_city, PLANNER)] == ["donggang"]


def test_what_can_be_reached_in_part_is_told_with_the_job_at_work(own_city: City) -> None:
    number = proposing.start(own_city, order("one"), PLANNER)
    running = proposing.running_job(own_city, PLANNER)
    assert running and running.id == number
    assert any("105 × 1000 = 105000" in str(finding.words) for finding in running.known)
    proposing.cancel(own_city, number, PLANNER)
    assert any("96817" in str(finding.words) for finding in over(own_city, number, PLANNER).known)


@pytest.mark.slow
def test_a_price_on_main_roads_keeps_grids_from_reaching_across_them(own_city: City) -> None:
    def crossed(name: str, **kinds: object) -> int:
        done = proposing.propose(own_city, None, name, Wishes(within=CLOSE), PLANNER, **kinds)  # type: ignore[arg-type]
        assert isinstance(done.found, Proposal) and done.opened
        home, units = done.found.draft.home, done.opened.ground.units
        return sum(len({home[unit] for unit in pair}) == 1 for pair in crossings(units, "road"))

    free = crossed("free")
    assert crossed("priced", priced={"road": 5.0}) < free


def test_a_repair_takes_walls_and_prices_too(own_city: City) -> None:
    done = proposing.repair(
        own_city, None, "mended", Wishes(within=CLOSE), PLANNER, forbidden=("water",), priced={"road": 5.0}
    )
    assert done.opened
    with pytest.raises(Refused, match="known are: road, water"):
        proposing.repair(own_city, None, "again", Wishes(), PLANNER, forbidden=("rivr",))


def test_a_killed_solver_is_told_and_nothing_is_written(own_city: City) -> None:
    number = proposing.start(own_city, order("one"), PLANNER)
    child = proposing._jobs_of(own_city).child
    assert child
    child.kill()
    done = over(own_city, number, PLANNER)
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
