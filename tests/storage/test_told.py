"""Who is told: every move puts itself into the inboxes that the table names, each once, and never into the actor's own."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from domain.actions import meetings as convening
from domain.actions.raising import Report, raise_ticket
from domain.actions.sweep import sweep
from domain.actions.tickets import act, rate_by_link
from domain.grids import CITY
from domain.meetings import Decision, MatterOutcome
from domain.moves import MOVE, Given
from domain.people import LEADERS, RESIDENT, Person
from domain.place import LngLat
from domain.tickets import Ticket, Words
from storage.database import Database
from storage.schema import inbox, ratings
from storage.store import TicketStore
from tests.domain.build import (
    CLOCK_ITSELF,
    COMMUNITY,
    COMPOUND,
    DEPARTMENT,
    LEADER,
    MEMBER,
    MONDAY,
    OFFICE,
    RULES,
    STREET,
)

TO_COMMUNITY: list[tuple[str, Person, dict[str, Any]]] = [("hand_up", MEMBER, {}), ("hand_up", COMPOUND, {})]
ACCEPTED = [*TO_COMMUNITY, ("accept", COMMUNITY, {})]
DISPATCHED = [*ACCEPTED, ("dispatch", COMMUNITY, {"department": "water"})]
SIGNED = [*DISPATCHED, ("sign", DEPARTMENT, {})]
REPORTED = [*SIGNED, ("report_done", DEPARTMENT, {})]
PASSED = [*REPORTED, ("check_pass", MEMBER, {})]
RATED = [*PASSED, ("rate", COMMUNITY, {"grade": 5})]
ASKED = [*SIGNED, ("ask_extension", DEPARTMENT, {"days": 2})]
HELD = [*SIGNED, ("ask_hold", DEPARTMENT, {"until": MONDAY + timedelta(days=9)})]
MET = [*SIGNED, ("to_meeting", COMMUNITY, {"unit": "C"})]
EXTENDED = [*ASKED, ("approve_extension", STREET, {})]
RETURNED = [
    *DISPATCHED,
    ("return", DEPARTMENT, {"department": "fire"}),
    ("dispatch", COMMUNITY, {"department": "water"}),
]
AGAIN: list[tuple[str, Person, dict[str, Any]]] = [
    ("reopen", COMMUNITY, {}), ("report_done", DEPARTMENT, {}), ("check_pass", MEMBER, {}),
]  # fmt: skip

TOLD: list[tuple[str, list[Any], Person, dict[str, Any], set[str]]] = [
    ("raised", [], MEMBER, {}, set()),
    ("place", ["nowhere"], OFFICE, {"unit": "C11"}, {"C11"}),
    ("accept", TO_COMMUNITY, COMMUNITY, {}, {"C11"}),
    ("accept", [], MEMBER, {}, set()),
    ("dispatch", ACCEPTED, COMMUNITY, {"department": "water"}, {"water", "C11"}),
    ("redispatch", DISPATCHED, STREET, {"department": "law"}, {"water", "law", "C", CITY}),
    ("settle", TO_COMMUNITY, COMMUNITY, {}, {"C11"}),
    ("hand_up", [], MEMBER, {}, {"C1"}),
    ("hand_up", [], CLOCK_ITSELF, {}, {"C11", "C1"}),
    ("skip_up", ["urgent"], MEMBER, {"unit": "S"}, {"S", "C1", "C"}),
    ("reject", [], COMMUNITY, {"reason": "court"}, {"C11"}),
    ("sign", DISPATCHED, DEPARTMENT, {}, {"C"}),
    ("return", DISPATCHED, DEPARTMENT, {"department": "fire"}, {"C"}),
    ("return", RETURNED, DEPARTMENT, {"department": "fire"}, {"C", "S"}),
    ("report_done", SIGNED, DEPARTMENT, {}, {"C11", "C"}),
    ("ask_extension", SIGNED, DEPARTMENT, {"days": 2}, {"S", "C"}),
    ("ask_extension", EXTENDED, DEPARTMENT, {"days": 2}, {LEADERS, "C"}),
    ("approve_extension", ASKED, STREET, {}, {"water", "C"}),
    ("refuse_extension", ASKED, STREET, {}, {"water"}),
    ("ask_hold", SIGNED, DEPARTMENT, {"until": MONDAY + timedelta(days=9)}, {"S", "C"}),
    ("approve_hold", HELD, STREET, {}, {"water", "C"}),
    ("refuse_hold", HELD, STREET, {}, {"water"}),
    ("resume", [*HELD, ("approve_hold", STREET, {})], DEPARTMENT, {}, {"C"}),
    ("resume", [*HELD, ("approve_hold", STREET, {})], CLOCK_ITSELF, {}, {"water", "C"}),
    ("check_pass", REPORTED, MEMBER, {}, {"water", "C"}),
    ("check_fail", REPORTED, COMMUNITY, {}, {"water"}),
    ("rate", PASSED, COMMUNITY, {"grade": 5}, {"water", "C11"}),
    ("rate", PASSED, RESIDENT, {"grade": 5}, {"water", "C", "C11"}),
    ("dissatisfied", PASSED, RESIDENT, {"grade": 1}, {"water", "C", "C11"}),
    ("unrated", PASSED, CLOCK_ITSELF, {}, set()),
    ("to_meeting", SIGNED, COMMUNITY, {"unit": "S"}, {"water", "S"}),
    ("to_meeting", SIGNED, CLOCK_ITSELF, {}, {"water", "C"}),
    ("resolve", MET, COMMUNITY, {"lead": "fire"}, {"water", "fire", "C11"}),
    ("reopen", RATED, STREET, {}, {"water", "C", "C11"}),
    ("merge", TO_COMMUNITY, STREET, {"original": "another"}, {"C", "C11"}),
    ("cancel", SIGNED, STREET, {}, {"water", "C", "C11"}),
    ("supervise", SIGNED, STREET, {}, {"water", "C"}),
    ("instruct", SIGNED, LEADER, {}, {"water", "C", "S"}),
]  # fmt: skip
"""A move, the way to it, who makes it and gives what – and the posts that hear of it."""


@pytest.fixture
def store(database: Database) -> TicketStore:
    return TicketStore(database)


def test_the_table_of_who_is_told_names_every_move() -> None:
    assert {name for name, *_ in TOLD} == set(MOVE)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("name", "way", "by", "given", "posts"),
    TOLD,
    ids=lambda v: v if isinstance(v, str) else getattr(v, "name", ""),
)
def test_a_move_tells_exactly_these_posts_and_never_the_actors_own(
    store: TicketStore, name: str, way: list[Any], by: Person, given: dict[str, Any], posts: set[str]
) -> None:
    one = raised(store, *(step for step in way if isinstance(step, str)), from_resident=by is RESIDENT)
    for move, who, what in (step for step in way if not isinstance(step, str)):
        one = made(store, one, move, who, what)
    before = told(store, one, name)
    if name != "raised":
        do(store, one, name, by, given)
    found = told(store, one, name)[len(before) :]
    assert sorted(found) == sorted(posts)
    assert by.post not in found


def test_raising_tells_the_holder_that_is_not_the_one_who_raised(store: TicketStore) -> None:
    one = raise_ticket(store, RULES, Report(LngLat(1, 1), "noise", Words("loud")), by=COMMUNITY, now=MONDAY)
    assert told(store, one, "raised") == ["C11"]


def raised(store: TicketStore, where: str = "", *, from_resident: bool = False) -> Ticket:
    by, point = (OFFICE, LngLat(-1, 1)) if where == "nowhere" else (MEMBER, LngLat(1, 1))
    report = Report(point, "noise", Words("loud"), urgent=where == "urgent", from_resident=from_resident)
    return raise_ticket(store, RULES, report, by=by, now=MONDAY)


def made(
    store: TicketStore, one: Ticket, name: str, by: Person, given: dict[str, Any], now: datetime = MONDAY
) -> Ticket:
    return act(store, RULES, one.id, name, Given("because", **given), version=one.version, by=by, now=now)


def do(store: TicketStore, one: Ticket, name: str, by: Person, given: dict[str, Any]) -> None:
    """Make a move as it is made: by its form, by a resident's link, by the clock, by a meeting."""
    if by is CLOCK_ITSELF:
        at = {
            "hand_up": one.due_at,
            "resume": one.review_at,
            "unrated": one.due_at,
            "to_meeting": one.thrice_at,
        }[name]
        assert at is not None
        sweep(store, RULES, now=at + timedelta(seconds=1))
    elif by is RESIDENT:
        with store.database.read() as connection:
            token = connection.execute(select(ratings.c.token)).scalar_one()
        rate_by_link(store, RULES, token, given["grade"], "bad", now=MONDAY)
    elif name == "resolve":
        with store.work() as work:
            matter = work.meetings.open_matter_of_ticket(one.id)
            assert matter
            agenda = work.meetings.meeting(matter.meeting_id)
        assert agenda
        decision = Decision(
            MatterOutcome.ASSIGNED,
            "To be mended.",
            given["lead"],
            MONDAY + timedelta(days=9),
            feedback="Soon.",
        )
        convening.decide(store, RULES, matter.id, decision, version=agenda.version, by=by, now=MONDAY)
        convening.close_meeting(
            store,
            RULES,
            agenda.id,
            ["The head"],
            "We met.",
            MONDAY,
            version=agenda.version + 1,
            by=by,
            now=MONDAY,
        )
    else:
        if "original" in given:
            given = {"original": raised(store).no}
        made(store, one, name, by, given)


def told(store: TicketStore, one: Ticket, name: str) -> list[str]:
    with store.database.read() as connection:
        wanted = (
            select(inbox.c.post).where(inbox.c.ticket_id == one.id, inbox.c.kind == name).order_by(inbox.c.id)
        )
        return list(connection.scalars(wanted))
