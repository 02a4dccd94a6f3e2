"""The table of moves: who may do what to a ticket in which state, what it needs, what it is afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some

from domain.clocks import Limit
from domain.grids import CITY, Located
from domain.moves import MOVE, MOVES, Given, Move, Resolution, Scene, move_ticket, moves_open_to, refusal
from domain.people import Person
from domain.said import Refused
from domain.tickets import Asked, Card, Outcome, Source, State, Ticket
from domain.timeline import Beat
from tests.domain.build import (
    CLOCK,
    CLOCK_ITSELF,
    COMMUNITY,
    COMPOUND,
    DEPARTMENT,
    EVERYBODY,
    FIRE,
    LEADER,
    MEMBER,
    MONDAY,
    NEIGHBOUR,
    OFFICE,
    RESIDENT,
    RULES,
    STREET,
    ticket,
)

SOON = MONDAY + timedelta(minutes=30)
OPEN = [s for s in State if s not in (State.CLOSED, State.REJECTED, State.CANCELLED)]
HEADS = {by.area: by for by in (MEMBER, COMPOUND, COMMUNITY, STREET, OFFICE)}


def log_of(one: Ticket) -> tuple[Beat, ...]:
    """A log as short as can be that ends where the ticket stands; with a department it was dispatched on Monday."""
    raised = Beat(1, MONDAY, "raised", State.RAISED, one.holder, None)
    if one.lead is None:
        return (replace(raised, state=one.state),)
    dispatched = Beat(2, MONDAY, "dispatch", State.DISPATCHED, one.holder, one.lead)
    if one.state is State.DISPATCHED:
        return raised, dispatched
    return raised, dispatched, Beat(3, MONDAY, "sign", one.state, one.holder, one.lead)


def scene(one: Ticket, by: Person, given: Given | None = None, now: datetime = SOON, **more: object) -> Scene:
    return Scene(one, by, RULES, now, given or Given("because"), beats=log_of(one), **more)  # type: ignore[arg-type]


def names(one: Ticket, by: Person, now: datetime = SOON) -> set[str]:
    return {move.name for move in moves_open_to(scene(one, by, now=now))}


def make(
    name: str, one: Ticket, by: Person, words: str = "because", now: datetime = SOON, **given: object
) -> Ticket:
    return move_ticket(MOVE[name], scene(one, by, Given(words, **given), now))[0]  # type: ignore[arg-type]


def with_department(state: State, holder: str = "C", **more: object) -> Ticket:
    return ticket(state, holder, lead="water", raised_in="C11", **more)


# --- the whole table -------------------------------------------------------------------------------------------

Who = Callable[[str], set[Person]]


def holder(code: str) -> set[Person]:
    return {HEADS[code]}


def holder_but(*without: Person) -> Who:
    return lambda code: holder(code) - set(without)


def these(*people: Person) -> Who:
    return lambda _code: set(people)


def above(code: str) -> set[Person]:
    chain = RULES.structure.chain(code)
    return {LEADER, *(HEADS[unit] for unit in chain[1:])}


NOBODY = these()
MAY: dict[str, tuple[list[State], Who]] = {
    "raised": ([], NOBODY),
    "place": ([State.RAISED, State.ACCEPTED], NOBODY),
    "accept": ([State.RAISED], holder),
    "settle": ([State.RAISED, State.ACCEPTED], holder_but(OFFICE)),
    "reject": ([State.RAISED], these(COMMUNITY, STREET)),
    "hand_up": ([State.RAISED, State.ACCEPTED], holder_but(OFFICE)),
    "skip_up": ([State.RAISED, State.ACCEPTED], NOBODY),
    "dispatch": ([State.ACCEPTED], holder_but(MEMBER, COMPOUND)),
    "sign": ([State.DISPATCHED], these(DEPARTMENT)),
    "return": ([State.DISPATCHED], these(DEPARTMENT)),
    "redispatch": ([State.DISPATCHED, State.IN_PROGRESS], these(STREET)),
    "ask_extension": ([State.IN_PROGRESS], these(DEPARTMENT)),
    "approve_extension": ([State.IN_PROGRESS], NOBODY),
    "refuse_extension": ([State.IN_PROGRESS], NOBODY),
    "ask_hold": ([State.IN_PROGRESS], these(DEPARTMENT)),
    "approve_hold": ([State.IN_PROGRESS], NOBODY),
    "refuse_hold": ([State.IN_PROGRESS], NOBODY),
    "resume": ([State.ON_HOLD], these(DEPARTMENT, STREET)),
    "report_done": ([State.IN_PROGRESS], these(DEPARTMENT)),
    "check_pass": ([State.AWAITING_CHECK], these(MEMBER, COMMUNITY)),
    "check_fail": ([State.AWAITING_CHECK], these(MEMBER, COMMUNITY)),
    "rate": ([State.AWAITING_RATING], these(COMMUNITY)),
    "dissatisfied": ([State.AWAITING_RATING], these(COMMUNITY)),
    "unrated": ([State.AWAITING_RATING], NOBODY),
    "to_meeting": ([State.ACCEPTED, State.IN_PROGRESS], holder_but(MEMBER, COMPOUND)),
    "resolve": ([State.AT_MEETING], NOBODY),
    "reopen": ([State.CLOSED], these(COMMUNITY, STREET)),
    "merge": ([s for s in OPEN if s is not State.AWAITING_RATING], these(COMMUNITY, STREET)),
    "cancel": (OPEN, these(STREET)),
    "supervise": ([s for s in OPEN if s is not State.AWAITING_RATING], above),
    "instruct": (OPEN, these(LEADER)),
}
"""The table of the field, told a second time: in which states, by whom, given who holds the ticket. A ticket in time,
without a request, not urgent, in a grid: the other cases have tests of their own below."""


def test_the_table_names_every_move_and_every_row() -> None:
    assert set(MAY) == set(MOVE)
    assert {move.row for move in MOVES} == set(range(1, 25))


@pytest.mark.parametrize("code", ["C11", "C1", "C", "S", CITY])
@pytest.mark.parametrize("move", MOVES, ids=lambda move: move.name)
def test_every_triple_of_state_move_and_role_is_allowed_or_refused_as_the_table_says(
    move: Move, code: str
) -> None:
    states, who = MAY[move.name]
    for state in State:
        dated = {"closed_at": MONDAY} if state is State.CLOSED else {}
        lead = None if state in (State.RAISED, State.ACCEPTED) else "water"
        one = ticket(state, code, raised_in="C11", lead=lead, **dated)
        for by in EVERYBODY:
            allowed = state in states and by in who(code)
            assert (refusal(move, scene(one, by)) is None) is allowed, (state, by.name or by.role)
            if not allowed:
                with pytest.raises(Refused):
                    move_ticket(move, scene(one, by, given=FULL))


FULL = Given(
    "because", "noise", False, "court", "water", (), 3, MONDAY + timedelta(days=30), "8", "S", 5
)  # fmt: skip


def test_a_neighbour_may_do_nothing_to_what_lies_elsewhere() -> None:
    for state in State:
        assert names(ticket(state, "C", closed_at=MONDAY), NEIGHBOUR) == set()


def test_imported_history_is_not_worked() -> None:
    for state in State:
        one = ticket(state, "C", live=False, lead="water", closed_at=MONDAY)
        assert not any(names(one, by) for by in EVERYBODY)


@given(
    some.sampled_from(MOVES), some.sampled_from(EVERYBODY), some.sampled_from(list(State)),
    some.sampled_from(["C11", "C1", "C", "S", CITY]), some.booleans(), some.booleans(), some.sampled_from([None, *Asked]),
)  # fmt: skip
def test_whatever_is_done_one_version_more_one_holder_and_the_total_clock_stays(
    move: Move, by: Person, state: State, code: str, urgent: bool, live: bool, asked: Asked | None
) -> None:
    one = ticket(
        state, code, urgent=urgent, live=live, lead="water", asked=asked, review_at=MONDAY + timedelta(days=9),
        asked_time=timedelta(hours=15), raised_in="C11", closed_at=MONDAY,
    )  # fmt: skip
    try:
        after, beat = move_ticket(move, scene(one, by, FULL, original=ticket(id=8, no="8")))
    except Refused:
        return
    assert refusal(move, scene(one, by)) is None
    assert after.version == one.version + 1 and after.opened_at == one.opened_at
    assert after.holder in RULES.structure
    assert (beat.state, beat.holder, beat.at) == (after.state, after.holder, SOON)
    assert by.department is None or move.name not in ("check_pass", "check_fail", "rate", "dissatisfied")


# --- raise slip ------------------------------------------------------------------------------------------------


def test_settling_closes_what_the_grid_raised() -> None:
    after = make("settle", ticket(), MEMBER)
    assert (after.state, after.outcome, after.closed_at, after.on_time) == (
        State.CLOSED, Outcome.SETTLED_ON_THE_SPOT, SOON, True,
    )  # fmt: skip
    assert after.due_at is None and after.wake_at is None


def test_settling_what_a_resident_raised_asks_the_resident() -> None:
    after = make("settle", ticket(source=Source.RESIDENT), MEMBER)
    assert after.state is State.AWAITING_RATING
    assert after.due_at == after.wake_at == SOON + timedelta(days=14)


def test_settling_late_is_not_on_time() -> None:
    late = ticket(due_at=MONDAY, warn_at=MONDAY)
    assert make("settle", late, MEMBER).on_time is False


@pytest.mark.parametrize(
    ("name", "state", "by"),
    [
        ("settle", State.RAISED, MEMBER), ("hand_up", State.RAISED, MEMBER), ("report_done", State.IN_PROGRESS, DEPARTMENT),
        ("check_pass", State.AWAITING_CHECK, MEMBER), ("check_fail", State.AWAITING_CHECK, MEMBER),
        ("cancel", State.RAISED, STREET), ("supervise", State.RAISED, LEADER), ("instruct", State.RAISED, LEADER),
    ],
)  # fmt: skip
def test_what_asks_for_words_is_not_done_without(name: str, state: State, by: Person) -> None:
    one = ticket(state, lead="water", raised_in="C11")
    with pytest.raises(Refused):
        make(name, one, by, words="  ")
    assert make(name, one, by).version == 2


def test_accepting_copies_the_limit_of_the_category() -> None:
    assert make("accept", ticket(), MEMBER).limit == Limit(timedelta(hours=15))


def test_what_is_urgent_runs_around_the_clock() -> None:
    assert make("accept", ticket(), MEMBER, urgent=True).limit == Limit(timedelta(days=1), True)


def test_accepting_an_unknown_category_is_refused() -> None:
    with pytest.raises(Refused, match="no category"):
        make("accept", ticket(), MEMBER, category="ghosts")


def test_rejecting_needs_a_reason_from_the_list_and_words() -> None:
    with pytest.raises(Refused, match="why"):
        make("reject", ticket(), COMMUNITY)
    assert make("reject", ticket(), COMMUNITY, reason="court").state is State.REJECTED


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


def test_the_clock_hands_up_only_when_the_stage_is_over() -> None:
    one = ticket(due_at=SOON)
    assert "hand_up" not in names(one, CLOCK_ITSELF, SOON)
    after = make("hand_up", one, CLOCK_ITSELF, now=SOON + timedelta(seconds=1))
    assert after.holder == "C1"


def test_levels_are_skipped_for_urgent_tickets_alone_and_only_upwards() -> None:
    with pytest.raises(Refused, match="urgent"):
        make("skip_up", ticket(), MEMBER, unit="S")
    assert make("skip_up", ticket(urgent=True), MEMBER, unit="S").holder == "S"
    for wrong in ("C1", "D", "C11", None):
        with pytest.raises(Refused, match="further up"):
            make("skip_up", ticket(urgent=True), MEMBER, unit=wrong)


def test_the_city_office_puts_what_lies_in_no_grid_into_one() -> None:
    lost = ticket(holder=CITY, located=Located())
    after = make("place", lost, OFFICE, unit="C11")
    assert (after.holder, after.located) == ("C11", Located("C", "C1", "C11"))
    assert "place" not in names(lost, STREET)


# --- dispatch slip ---------------------------------------------------------------------------------------------


def test_a_community_dispatches_to_its_linked_departments_alone_and_a_street_to_any() -> None:
    with pytest.raises(Refused, match="linked"):
        make("dispatch", ticket(State.ACCEPTED, "C"), COMMUNITY, department="law")
    assert make("dispatch", ticket(State.ACCEPTED, "C"), COMMUNITY, department="water").lead == "water"
    assert make("dispatch", ticket(State.ACCEPTED, "S"), STREET, department="law").lead == "law"
    assert make("dispatch", ticket(State.ACCEPTED, CITY), OFFICE, department="law").lead == "law"


def test_a_department_nobody_knows_and_one_that_assists_itself_are_refused() -> None:
    for wrong in ({"department": "moon"}, {"department": "water", "assistants": ("water",)}, {}):
        with pytest.raises(Refused):
            make("dispatch", ticket(State.ACCEPTED, "S"), STREET, **wrong)


def test_what_goes_to_a_department_without_people_stands_in_a_queue() -> None:
    assert make("dispatch", ticket(State.ACCEPTED, "S"), STREET, department="law").queue == "no_people"
    assert make("dispatch", ticket(State.ACCEPTED, "S"), STREET, department="fire").queue is None


def test_the_holder_stays_when_a_department_works() -> None:
    after = make("sign", with_department(State.DISPATCHED), DEPARTMENT)
    assert (after.holder, after.lead, after.state) == ("C", "water", State.IN_PROGRESS)


def test_the_third_return_is_refused_and_the_street_decides() -> None:
    one = with_department(State.DISPATCHED)
    for _ in range(2):
        one = make("return", one, DEPARTMENT, department="fire")
        assert (one.state, one.lead) == (State.ACCEPTED, None)
        one = replace(one, state=State.DISPATCHED, lead="water")
    with pytest.raises(Refused, match="street decides"):
        make("return", one, DEPARTMENT, department="fire")
    assert make("redispatch", one, STREET, department="fire").lead == "fire"


def test_a_return_needs_a_suggested_owner_and_comes_within_the_time_for_signing() -> None:
    with pytest.raises(Refused, match="instead"):
        make("return", with_department(State.DISPATCHED), DEPARTMENT)
    with pytest.raises(Refused, match="signing"):
        make("return", with_department(State.DISPATCHED, due_at=MONDAY), DEPARTMENT, department="fire")


def test_dispatching_to_another_begins_the_time_for_handling_anew() -> None:
    later = MONDAY + timedelta(hours=2)
    after = make("redispatch", with_department(State.IN_PROGRESS), STREET, now=later, department="fire")
    assert (after.state, after.lead) == (State.DISPATCHED, "fire")
    assert after.handle_by == CLOCK.add(later, timedelta(hours=15))


# --- handle slip -----------------------------------------------------------------------------------------------


def asked(kind: Asked, **more: object) -> Ticket:
    return with_department(
        State.IN_PROGRESS,
        asked=kind,
        asked_time=timedelta(hours=15),
        limit=Limit(timedelta(hours=15)),
        **more,
    )


def test_an_extension_is_asked_by_the_department_and_approved_by_the_street_then_by_a_leader() -> None:
    one = make("ask_extension", with_department(State.IN_PROGRESS), DEPARTMENT, days=2)
    assert (one.asked, one.asked_time) == (Asked.EXTENSION, timedelta(hours=15))
    assert {by.name for by in EVERYBODY if "approve_extension" in names(one, by)} == {"street"}
    second = asked(Asked.EXTENSION, extensions=1)
    assert {by.name for by in EVERYBODY if "approve_extension" in names(second, by)} == {"leader"}
    third = with_department(State.IN_PROGRESS, extensions=2)
    assert "ask_extension" not in names(third, DEPARTMENT)


def test_an_approved_extension_moves_the_deadline_by_what_was_asked() -> None:
    after = make("approve_extension", asked(Asked.EXTENSION), STREET)
    assert after.limit == Limit(timedelta(hours=30)) and after.asked is None
    assert after.due_at == CLOCK.add(MONDAY, timedelta(hours=30))


def test_a_refused_request_leaves_the_deadline() -> None:
    after = make("refuse_extension", asked(Asked.EXTENSION), STREET)
    assert (after.asked, after.limit) == (None, Limit(timedelta(hours=15)))


def test_nothing_is_extended_after_the_deadline() -> None:
    assert "ask_extension" not in names(with_department(State.IN_PROGRESS, due_at=MONDAY), DEPARTMENT)


def test_a_hold_is_an_interval_that_the_clock_ends_on_its_review_date() -> None:
    review = MONDAY + timedelta(days=7)
    one = make("ask_hold", with_department(State.IN_PROGRESS), DEPARTMENT, until=review)
    one = make("approve_hold", one, STREET)
    assert (one.state, one.due_at, one.wake_at) == (State.ON_HOLD, None, review)
    assert "resume" not in names(one, CLOCK_ITSELF, review - timedelta(seconds=1))
    assert make("resume", one, CLOCK_ITSELF, now=review).state is State.IN_PROGRESS


def test_a_hold_needs_a_review_date_that_lies_ahead() -> None:
    for until in (None, MONDAY):
        with pytest.raises(Refused, match="review date"):
            make("ask_hold", with_department(State.IN_PROGRESS), DEPARTMENT, until=until)


def test_the_lead_reports_when_its_assistants_are_done() -> None:
    one = with_department(State.IN_PROGRESS)
    waiting = scene(one, DEPARTMENT, open_children=2)
    assert "2 assisting" in str(refusal(MOVE["report_done"], waiting))
    assert refusal(MOVE["report_done"], scene(one, DEPARTMENT)) is None


def test_a_department_never_checks_or_rates_itself() -> None:
    for state in (State.AWAITING_CHECK, State.AWAITING_RATING):
        for by in (DEPARTMENT, FIRE):
            assert not names(with_department(state), by)


def test_a_passed_check_is_when_the_time_for_handling_is_measured() -> None:
    in_time = make("check_pass", with_department(State.AWAITING_CHECK), COMMUNITY)
    assert (in_time.on_time, in_time.handled_at, in_time.state) == (True, SOON, State.AWAITING_RATING)
    late = make(
        "check_pass", with_department(State.AWAITING_CHECK), COMMUNITY, now=MONDAY + timedelta(days=30)
    )
    assert late.on_time is False


def test_the_part_of_an_assistant_is_not_rated() -> None:
    after = make("check_pass", with_department(State.AWAITING_CHECK, parent=3), COMMUNITY)
    assert (after.state, after.outcome) == (State.CLOSED, Outcome.ANSWERED)


@given(some.integers(0, 40))
def test_rework_has_the_rest_of_the_limit_and_at_least_one_working_day(days: int) -> None:
    one = with_department(State.AWAITING_CHECK, limit=Limit(timedelta(hours=15)))
    now = MONDAY + timedelta(days=days)
    after = make("check_fail", one, COMMUNITY, now=now)
    assert after.rework == 1
    rest = CLOCK.add(MONDAY, timedelta(hours=15))
    assert after.due_at == max(rest, CLOCK.add(now, CLOCK.day))


def lived(one: Ticket, *steps: tuple[str, Person, datetime, dict[str, object]]) -> Ticket:
    """A ticket that goes through several moves, its log growing with it."""
    beats: tuple[Beat, ...] = (Beat(1, MONDAY, "raised", State.ACCEPTED, one.holder, None),)
    for name, by, at, what in steps:
        decision = what.pop("resolution", None)
        made = Scene(one, by, RULES, at, Given("because", **what), beats=beats, resolution=decision)  # type: ignore[arg-type]
        one, beat = move_ticket(MOVE[name], made)
        beats = (*beats, beat)
    return one


def test_what_one_department_was_granted_the_next_is_not() -> None:
    later = MONDAY + timedelta(hours=1)
    after = lived(
        ticket(State.ACCEPTED, "C", limit=Limit(timedelta(hours=15)), raised_in="C11"),
        ("dispatch", COMMUNITY, MONDAY, {"department": "water"}),
        ("sign", DEPARTMENT, MONDAY, {}),
        ("ask_extension", DEPARTMENT, MONDAY, {"days": 60}),
        ("approve_extension", STREET, MONDAY, {}),
        ("redispatch", STREET, later, {"department": "fire"}),
    )
    assert after.limit == Limit(timedelta(hours=15))
    assert after.handle_by == CLOCK.add(later, timedelta(hours=15))


def test_an_extension_asked_in_time_is_not_approved_after_the_deadline() -> None:
    late = asked(Asked.EXTENSION, due_at=MONDAY)
    assert "approve_extension" not in names(late, STREET) and "refuse_extension" in names(late, STREET)


def test_a_meetings_due_date_is_the_limit_and_the_cards_go_by_what_it_granted() -> None:
    met = MONDAY + timedelta(days=30)
    due = CLOCK.add(met, timedelta(hours=30))
    given = {"resolution": Resolution("C", "assigned", "", "fire", due)}
    one = ticket(State.ACCEPTED, "C", limit=Limit(timedelta(hours=15)), raised_in="C11")
    steps = [
        ("dispatch", COMMUNITY, MONDAY, {"department": "water"}),
        ("sign", DEPARTMENT, MONDAY, {}),
        ("to_meeting", COMMUNITY, MONDAY + timedelta(days=20), {"unit": "C"}),
        ("resolve", COMMUNITY, met, given),
    ]
    after = lived(one, *steps)  # type: ignore[arg-type]
    assert (after.due_at, after.handle_by) == (due, due)
    assert after.warn_at == CLOCK.add(met, timedelta(hours=24))
    assert after.thrice_at == CLOCK.add(met, timedelta(hours=90))


@pytest.mark.parametrize(("days", "on_time"), [(0, True), (20, False)])
def test_what_a_meeting_settles_counts_as_closed(days: int, on_time: bool) -> None:
    met = MONDAY + timedelta(days=30)
    one = ticket(State.ACCEPTED, "C", limit=Limit(timedelta(hours=15)), raised_in="C11")
    after = lived(
        one,
        ("dispatch", COMMUNITY, MONDAY, {"department": "water"}),
        ("sign", DEPARTMENT, MONDAY, {}),
        ("to_meeting", COMMUNITY, MONDAY + timedelta(days=days), {"unit": "C"}),
        ("resolve", COMMUNITY, met, {"resolution": Resolution("C", "settled")}),
    )
    assert (after.state, after.handled_at, after.on_time) == (State.CLOSED, met, on_time)
    assert after.handle_by == (met if on_time else CLOCK.add(MONDAY, timedelta(hours=15)))


def test_nobody_is_offered_a_dispatch_to_no_department() -> None:
    unlinked = replace(RULES, links={})
    made = Scene(ticket(State.ACCEPTED, "C"), COMMUNITY, unlinked, SOON)
    assert "hand the ticket up" in str(refusal(MOVE["dispatch"], made))


# --- rate slip -------------------------------------------------------------------------------------------------


def test_residents_rate_what_a_resident_raised_and_nothing_else() -> None:
    for source in Source:
        one = with_department(State.AWAITING_RATING, source=source)
        assert ("rate" in names(one, RESIDENT)) is (source is Source.RESIDENT)


def test_a_grade_from_three_is_satisfied_and_below_needs_words() -> None:
    one = with_department(State.AWAITING_RATING, source=Source.RESIDENT)
    assert make("rate", one, RESIDENT, grade=3).satisfied is True
    for grade in (None, 0, 2, 6):
        with pytest.raises(Refused):
            make("rate", one, RESIDENT, grade=grade)
    with pytest.raises(Refused, match="wrong"):
        make("dissatisfied", one, RESIDENT, words=" ", grade=1)


def test_dissatisfaction_is_rework_and_the_second_time_goes_to_a_meeting() -> None:
    one = with_department(State.AWAITING_RATING, source=Source.RESIDENT, handled_at=MONDAY, on_time=True)
    again = make("dissatisfied", one, RESIDENT, grade=1)
    assert (again.state, again.rework, again.cycle, again.handled_at) == (State.IN_PROGRESS, 1, 2, None)
    second = make("dissatisfied", replace(one, rework=1), RESIDENT, grade=2)
    assert (second.state, second.due_at) == (State.AT_MEETING, None)


def test_dissatisfaction_with_what_the_grid_settled_goes_back_to_the_grid() -> None:
    after = make("dissatisfied", ticket(State.AWAITING_RATING, source=Source.RESIDENT), RESIDENT, grade=1)
    assert (after.state, after.holder) == (State.ACCEPTED, "C11")


def test_what_nobody_rates_is_closed_apart() -> None:
    one = with_department(State.AWAITING_RATING, due_at=SOON, handled_at=MONDAY, on_time=True)
    after = make("unrated", one, CLOCK_ITSELF, now=SOON + timedelta(seconds=1))
    assert (after.state, after.satisfied, after.on_time) == (State.CLOSED, None, True)


# --- meetings, and what ends otherwise ---------------------------------------------------------------------------


def test_a_matter_goes_to_the_holders_meeting_or_the_next_one_up() -> None:
    for unit in ("C", "S"):
        after = make("to_meeting", with_department(State.IN_PROGRESS), COMMUNITY, unit=unit)
        assert (after.state, after.due_at) == (State.AT_MEETING, None)
    for unit in (CITY, "D", "C1", None):
        with pytest.raises(Refused, match="whose meeting"):
            make("to_meeting", with_department(State.IN_PROGRESS), COMMUNITY, unit=unit)


def test_the_clock_brings_a_matter_to_a_meeting_at_three_times_the_limit() -> None:
    signed = make("sign", with_department(State.DISPATCHED, limit=Limit(timedelta(hours=15))), DEPARTMENT)
    thrice = CLOCK.add(MONDAY, timedelta(hours=45))
    one = replace(signed, version=1)
    assert one.thrice_at == thrice
    assert "to_meeting" not in names(one, CLOCK_ITSELF, thrice - timedelta(seconds=1))
    assert make("to_meeting", one, CLOCK_ITSELF, now=thrice, unit="C").state is State.AT_MEETING


def decided(one: Ticket, now: datetime = SOON, **how: object) -> Ticket:
    made = scene(one, COMMUNITY, now=now, resolution=Resolution("C", **how))  # type: ignore[arg-type]
    return move_ticket(MOVE["resolve"], made)[0]


def test_a_meeting_settles_assigns_or_returns() -> None:
    one = with_department(State.AT_MEETING)
    due = CLOCK.add(SOON, timedelta(hours=20))
    assert decided(one, outcome="settled").state is State.CLOSED
    assigned = decided(one, outcome="assigned", lead="fire", due=due)
    assert (assigned.state, assigned.lead, assigned.due_at) == (State.IN_PROGRESS, "fire", due)
    returned = decided(one, outcome="returned")
    assert (returned.state, returned.lead) == (State.ACCEPTED, None)


def test_a_ticket_is_reopened_within_thirty_days_as_a_new_cycle() -> None:
    one = with_department(
        State.CLOSED, closed_at=MONDAY, handled_at=MONDAY, on_time=True, outcome=Outcome.SETTLED
    )
    after = make("reopen", one, COMMUNITY)
    assert (after.state, after.cycle, after.closed_at, after.handled_at) == (State.IN_PROGRESS, 2, None, None)
    assert make("reopen", ticket(State.CLOSED, closed_at=MONDAY), STREET).state is State.ACCEPTED
    with pytest.raises(Refused, match="30 days"):
        make("reopen", one, COMMUNITY, now=MONDAY + timedelta(days=31))
    merged = replace(one, outcome=Outcome.MERGED)
    assert "reopen" not in names(merged, COMMUNITY)


def merged_into(original: Ticket | None) -> Ticket:
    return move_ticket(MOVE["merge"], scene(ticket(), COMMUNITY, original=original))[0]


def test_a_duplicate_is_merged_into_a_ticket_that_is_open_and_no_duplicate_itself() -> None:
    original = ticket(id=8, no="8")
    after = merged_into(original)
    assert (after.state, after.outcome, after.duplicate_of) == (State.CLOSED, Outcome.MERGED, 8)
    closed = replace(original, state=State.CLOSED)
    duplicate = replace(original, duplicate_of=9)
    for wrong in (None, ticket(), closed, duplicate, replace(original, live=False)):
        with pytest.raises(Refused):
            merged_into(wrong)


def test_a_card_only_goes_up() -> None:
    one = make("supervise", ticket(), LEADER)
    assert one.card is Card.YELLOW
    one = make("supervise", one, STREET)
    assert one.card is Card.RED
    with pytest.raises(Refused, match="red card"):
        make("supervise", one, LEADER)
