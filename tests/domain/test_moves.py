"""Moves: who may make which, when, and what becomes of the ticket."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from domain.grids import CITY
from domain.moves import MOVE, MOVES, Given, Scene, move_ticket, moves_open_to
from domain.people import Person
from domain.said import Refused
from domain.tickets import Outcome, Source, State, Ticket
from tests.domain.build import (
    COMMUNITY,
    COMPOUND,
    EVERYBODY,
    MEMBER,
    MONDAY,
    NEIGHBOUR,
    OFFICE,
    RULES,
    STREET,
    ticket,
)

SOON = MONDAY + timedelta(minutes=30)


def names(one: Ticket, by: Person) -> set[str]:
    return {move.name for move in moves_open_to(Scene(one, by, RULES, SOON))}


def make(name: str, one: Ticket, by: Person, words: str = "because") -> Ticket:
    return move_ticket(MOVE[name], Scene(one, by, RULES, SOON, Given(words)))


def test_the_member_who_holds_a_raised_ticket_may_accept_settle_or_hand_it_up() -> None:
    assert names(ticket(), MEMBER) == {"accept", "settle", "hand_up"}


def test_nobody_but_the_holder_may_do_anything() -> None:
    assert {by.name for by in EVERYBODY if names(ticket(), by)} == {"member"}


def test_an_accepted_ticket_cannot_be_accepted_again() -> None:
    assert names(ticket(State.ACCEPTED), MEMBER) == {"settle", "hand_up"}


@pytest.mark.parametrize("state", [s for s in State if s not in (State.RAISED, State.ACCEPTED)])
def test_none_of_these_moves_begins_elsewhere(state: State) -> None:
    assert all(not names(ticket(state, holder=by.area), by) for by in EVERYBODY)


def test_imported_history_is_not_worked() -> None:
    assert names(ticket(live=False), MEMBER) == set()


def test_settling_closes_what_the_grid_raised() -> None:
    after = make("settle", ticket(), MEMBER)
    assert (after.state, after.outcome, after.closed_at, after.on_time) == (
        State.CLOSED, Outcome.SETTLED_ON_THE_SPOT, SOON, True,
    )  # fmt: skip
    assert after.due_at is None


def test_settling_what_a_resident_raised_asks_the_resident() -> None:
    after = make("settle", ticket(source=Source.RESIDENT), MEMBER)
    assert after.state is State.AWAITING_RATING
    assert after.due_at == SOON + timedelta(days=14)


def test_settling_late_is_not_on_time() -> None:
    late = ticket(due_at=MONDAY, warn_at=MONDAY)
    assert make("settle", late, MEMBER).on_time is False


def test_settling_needs_a_note_and_handing_up_a_reason() -> None:
    for name in ("settle", "hand_up"):
        with pytest.raises(Refused):
            make(name, ticket(), MEMBER, words="  ")


def test_accepting_copies_the_limit_of_the_category() -> None:
    assert make("accept", ticket(), MEMBER).limit == timedelta(hours=15)


def test_accepting_an_unknown_category_is_refused() -> None:
    with pytest.raises(Refused, match="no category"):
        move_ticket(MOVE["accept"], Scene(ticket(), MEMBER, RULES, SOON, Given(category="ghosts")))


def test_handing_up_goes_step_by_step_to_the_city_office_and_no_further() -> None:
    one, holders = ticket(), []
    for by in (MEMBER, COMPOUND, COMMUNITY, STREET):
        one = make("hand_up", one, by)
        holders.append(one.holder)
    assert holders == ["C1", "C", "S", CITY]
    assert "hand_up" not in names(one, OFFICE)
    with pytest.raises(Refused, match="above"):
        make("hand_up", one, OFFICE)


def test_handing_up_keeps_state_and_total_clock_and_gives_the_new_holder_a_new_stage_clock() -> None:
    after = make("hand_up", ticket(), MEMBER)
    assert (after.state, after.opened_at, after.stage_since) == (State.RAISED, MONDAY, SOON)
    assert after.due_at == SOON + timedelta(hours=2)


def test_a_neighbour_is_told_who_holds_the_ticket() -> None:
    with pytest.raises(Refused, match="Building"):
        make("accept", ticket(), NEIGHBOUR)


@given(
    some.sampled_from(MOVES), some.sampled_from(EVERYBODY), some.sampled_from(list(State)), some.booleans()
)
def test_a_move_is_offered_exactly_when_it_can_be_made(move, by, state, live) -> None:  # type: ignore[no-untyped-def]
    one = replace(ticket(state), live=live)
    offered = move.name in names(one, by)
    try:
        after = make(move.name, one, by)
    except Refused:
        assert not offered
    else:
        assert offered
        assert after.version == one.version + 1
        assert after.opened_at == one.opened_at
        assert bool(after.holder)
