"""Where a new ticket goes when it does not go its ordinary way, and how assisting departments share one ticket."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from domain.actions.raising import LONGEST, Report, raise_ticket
from domain.actions.tickets import act
from domain.grids import CITY, Located
from domain.moves import Given
from domain.people import Person
from domain.place import LngLat
from domain.rulebook import Rulebook
from domain.said import Refused
from domain.tickets import Card, Outcome, Source, State, Ticket, Words
from storage import lists, photos
from storage.database import Database
from storage.schema import inbox, ratings
from storage.store import TicketStore
from tests.domain.build import (
    COMMUNITY,
    COMPOUND,
    DEPARTMENT,
    FIRE,
    LEADER,
    MEMBER,
    MONDAY,
    OFFICE,
    RESIDENT,
    RULES,
    STREET,
)

HERE, NOWHERE = LngLat(1, 1), LngLat(-1, 1)
HEADLESS = replace(RULES, headed=frozenset({"C", "D"}))
ON_THE_EDGE = replace(RULES, on_edge=lambda _point: True)


@pytest.fixture
def store(database: Database) -> TicketStore:
    return TicketStore(database)


def raised(
    store: TicketStore,
    rules: Rulebook = RULES,
    point: LngLat | None = HERE,
    by: Person = COMMUNITY,
    **more: Any,
) -> Ticket:
    return raise_ticket(store, rules, Report(point, "noise", Words("loud"), **more), by=by, now=MONDAY)


def made(
    store: TicketStore, one: Ticket, name: str, by: Person, rules: Rulebook = RULES, **given: Any
) -> Ticket:
    given = {"words": "because"} | given
    return act(store, rules, one.id, name, Given(**given), version=one.version, by=by, now=MONDAY)


def told(store: TicketStore, one: Ticket, kind: str) -> set[str]:
    with store.database.read() as connection:
        wanted = select(inbox.c.post).where(inbox.c.ticket_id == one.id, inbox.c.kind == kind)
        return set(connection.scalars(wanted))


def now_of(store: TicketStore, one: Ticket) -> Ticket:
    with store.database.read() as connection:
        found = lists.one_ticket(connection, no=one.no)
    assert found
    return found


def parts(store: TicketStore, one: Ticket) -> list[Ticket]:
    with store.database.read() as connection:
        return lists.parts_of(connection, one.id)


# --- residents -----------------------------------------------------------------------------------------------


def test_a_resident_raises_anywhere_and_the_smallest_grid_holds_it(store: TicketStore) -> None:
    one = raised(store, by=RESIDENT)
    assert (one.holder, one.source, one.raised_by, one.raised_in) == ("C11", Source.RESIDENT, None, None)
    assert told(store, one, "raised") == {"C11"}
    lost = raised(store, point=NOWHERE, by=RESIDENT)
    assert (lost.holder, lost.queue, told(store, lost, "raised")) == (CITY, "no_grid", {CITY})


def test_what_a_resident_raised_is_checked_by_the_community_alone_and_told_to_no_other(
    store: TicketStore,
) -> None:
    one = made(store, raised(store, by=RESIDENT), "accept", MEMBER)
    assert told(store, one, "accept") == set()


def test_what_is_urgent_is_not_the_residents_to_say(store: TicketStore) -> None:
    assert not raised(store, by=RESIDENT, urgent=True).urgent
    assert raised(store, by=MEMBER, urgent=True).urgent


def test_where_only_the_grid_is_named_its_head_holds_it(store: TicketStore) -> None:
    one = raised(store, point=None, by=RESIDENT, grid="C1")
    assert (one.holder, one.located, one.point, one.queue) == ("C1", Located("C", "C1"), None, None)
    with pytest.raises(Refused, match="choose a grid"):
        raised(store, point=None, by=RESIDENT, grid="Z9")


def test_a_grid_that_lies_elsewhere_is_outside_a_heads_area(store: TicketStore) -> None:
    with pytest.raises(Refused, match="outside your area"):
        raised(store, point=None, by=COMMUNITY, grid="D")


def test_a_resident_says_where_it_is_in_some_way(store: TicketStore) -> None:
    with pytest.raises(Refused, match="where it is"):
        raised(store, point=None, by=RESIDENT, address="  ")
    one = raised(store, point=None, by=RESIDENT, address="Behind the market")
    assert (one.holder, one.queue) == (CITY, "no_grid")


@pytest.mark.parametrize("role", [LEADER, DEPARTMENT])
def test_who_raises_no_tickets_is_told_so(store: TicketStore, role: Person) -> None:
    with pytest.raises(Refused, match="raises no tickets"):
        raised(store, by=role)


def test_up_to_three_photos_lie_beside_a_report(store: TicketStore) -> None:
    one = raised(store, by=RESIDENT, photos=(b"1", b"2", b"3"))
    with store.database.read() as connection:
        kept = photos.photos_of(connection, one.id)
        bodies = [photos.photo(connection, n) for ids in kept.values() for n in ids]
    assert [body for _, body in filter(None, bodies)] == [b"1", b"2", b"3"]
    with pytest.raises(Refused, match="3 photos at most"):
        raised(store, by=RESIDENT, photos=(b"1",) * 4)


@pytest.mark.parametrize("field", list(LONGEST))
def test_more_than_a_ticket_holds_is_refused(store: TicketStore, field: str) -> None:
    def report(n: int) -> Report:
        typed = {"description": "loud", "reporter": "", "phone": "", "address": ""} | {field: "长" * n}
        return Report(HERE, "noise", Words(*list(typed.values())[:3]), address=typed["address"])

    most = LONGEST[field]
    assert raise_ticket(store, RULES, report(most), by=RESIDENT, now=MONDAY).id
    with pytest.raises(Refused, match=f"{most} characters at most"):
        raise_ticket(store, RULES, report(most + 1), by=RESIDENT, now=MONDAY)


# --- queues --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("point", [NOWHERE, None])
def test_what_lies_in_no_grid_goes_to_the_city_offices_queue(
    store: TicketStore, point: LngLat | None
) -> None:
    one = raised(store, point=point, by=OFFICE)
    assert (one.holder, one.queue, one.located) == (CITY, "no_grid", Located())


def test_what_lies_on_a_shared_edge_is_held_by_a_grid_and_its_community_is_told(store: TicketStore) -> None:
    one = raised(store, ON_THE_EDGE, by=MEMBER)
    assert (one.holder, one.queue, told(store, one, "raised")) == ("C11", "shared_edge", {"C"})


def test_control_characters_that_somebody_typed_are_not_kept(store: TicketStore) -> None:
    typed = Words("lamp\x00 out\nsince \x1bMonday", "W\x00ang", "1\x0023")
    report = Report(HERE, "noise", typed, address="Gate\x00 2")
    one = raise_ticket(store, RULES, report, by=COMMUNITY, now=MONDAY)
    with store.database.read() as connection:
        kept = lists.words_of(connection, [one.id])[one.id]
    assert kept == Words("lamp out\nsince Monday", "Wang", "123") and one.address == "Gate 2"


def test_nothing_but_control_characters_describes_nothing(store: TicketStore) -> None:
    with pytest.raises(Refused, match="describe"):
        raise_ticket(store, RULES, Report(HERE, "noise", Words("\x00 \x07")), by=COMMUNITY, now=MONDAY)


def test_where_a_grid_has_no_head_the_nearest_unit_above_that_has_one_holds_it(store: TicketStore) -> None:
    one = raised(store, HEADLESS, by=MEMBER)
    assert (one.holder, one.located.grid, one.queue) == ("C", "C11", "no_head")
    assert told(store, one, "raised") == {"C"}


def test_where_nobody_heads_any_grid_the_street_holds_it(store: TicketStore) -> None:
    assert raised(store, replace(RULES, headed=frozenset())).holder == "S"


def test_a_place_in_doubt_goes_before_a_missing_head(store: TicketStore) -> None:
    both = replace(HEADLESS, on_edge=lambda _point: True)
    assert (raised(store, both).holder, raised(store, both).queue) == ("C", "shared_edge")


def test_what_the_city_office_puts_into_a_grid_without_a_head_goes_to_the_unit_above_that_has_one(
    store: TicketStore,
) -> None:
    lost = raised(store, HEADLESS, NOWHERE, OFFICE)
    found = made(store, lost, "place", OFFICE, HEADLESS, unit="C11")
    assert (found.holder, found.located.grid, found.queue) == ("C", "C11", "no_head")
    assert told(store, found, "place") == {"C"}


def test_what_goes_to_a_department_without_people_waits_in_the_city_offices_queue(store: TicketStore) -> None:
    one = to_street(store)
    one = made(store, one, "dispatch", STREET, department="law")
    assert (one.holder, one.queue) == ("S", "no_people")
    assert told(store, one, "dispatch") == {"law", "C", CITY}
    assert made(store, one, "redispatch", STREET, department="water").queue is None


def test_what_a_department_that_had_no_people_returns_waits_in_no_queue(store: TicketStore) -> None:
    law = replace(FIRE, id=12, area="law")
    one = made(store, to_street(store), "dispatch", STREET, department="law")
    assert made(store, one, "return", law, department="fire").queue is None


def test_accepting_takes_a_ticket_out_of_its_queue(store: TicketStore) -> None:
    for one, by in ((raised(store, ON_THE_EDGE), MEMBER), (raised(store, point=NOWHERE, by=OFFICE), OFFICE)):
        assert made(store, one, "accept", by).queue is None


def test_what_is_raised_for_a_resident_says_so(store: TicketStore) -> None:
    assert raised(store, from_resident=True).source is Source.RESIDENT
    assert raised(store).source is Source.COMMUNITY


# --- assistants ----------------------------------------------------------------------------------------------


def to_street(store: TicketStore, **more: Any) -> Ticket:
    one = raised(store, **more)
    for by in (MEMBER, COMPOUND, COMMUNITY):
        one = made(store, one, "hand_up", by)
    return made(store, one, "accept", STREET)


def shared(store: TicketStore, **more: Any) -> Ticket:
    """A ticket that water leads and fire assists, both signed."""
    one = made(store, to_street(store, **more), "dispatch", STREET, department="water", assistants=("fire",))
    one = made(store, one, "sign", DEPARTMENT)
    made(store, parts(store, one)[0], "sign", FIRE)
    return one


def test_each_assistant_gets_a_part_of_its_own_and_is_told(store: TicketStore) -> None:
    one = made(store, to_street(store), "dispatch", STREET, department="water", assistants=("fire", "law"))
    fire, law = parts(store, one)
    assert [(p.lead, p.state, p.holder, p.version, p.card) for p in (fire, law)] == [
        ("fire", State.DISPATCHED, "S", 1, Card.NONE), ("law", State.DISPATCHED, "S", 1, Card.NONE),
    ]  # fmt: skip
    assert (fire.queue, law.queue) == (None, "no_people")
    assert (told(store, fire, "assist"), told(store, law, "assist")) == ({"fire"}, {"law", CITY})


def test_the_whole_is_not_reported_before_its_parts_and_one_check_covers_all(store: TicketStore) -> None:
    one = shared(store)
    with pytest.raises(Refused, match="1 assisting"):
        made(store, one, "report_done", DEPARTMENT)
    made(store, parts(store, one)[0], "report_done", FIRE)
    one = made(store, one, "report_done", DEPARTMENT)
    one = made(store, one, "check_pass", COMMUNITY)
    part = parts(store, one)[0]
    assert one.state is State.AWAITING_RATING
    assert (part.state, part.outcome, part.on_time) == (State.CLOSED, Outcome.ANSWERED, True)


def test_the_whole_does_not_pass_while_a_part_is_done_again(store: TicketStore) -> None:
    one = shared(store)
    part = made(store, parts(store, one)[0], "report_done", FIRE)
    one = made(store, one, "report_done", DEPARTMENT)
    part = made(store, part, "check_fail", COMMUNITY)
    with pytest.raises(Refused, match="1 assisting"):
        made(store, one, "check_pass", COMMUNITY)
    made(store, part, "report_done", FIRE)
    assert made(store, one, "check_pass", COMMUNITY).state is State.AWAITING_RATING


def test_cancelling_the_whole_cancels_its_parts(store: TicketStore) -> None:
    one = shared(store)
    made(store, one, "cancel", STREET)
    part = parts(store, one)[0]
    assert (part.state, part.closed_at, part.due_at, part.version) == (State.CANCELLED, MONDAY, None, 3)


def test_what_is_settled_on_the_spot_needs_its_assistants_no_longer(store: TicketStore) -> None:
    one = to_street(store, from_resident=True)
    one = made(store, one, "dispatch", STREET, department="water", assistants=("fire", "law"))
    one = made(store, one, "return", DEPARTMENT, department="fire")
    one = made(store, one, "settle", STREET)
    assert one.state is State.AWAITING_RATING
    assert [(p.state, p.queue) for p in parts(store, one)] == [(State.CANCELLED, None)] * 2


def test_the_part_of_an_assistant_is_never_rated_and_has_no_assistants(store: TicketStore) -> None:
    one = to_street(store, from_resident=True)
    one = made(store, one, "dispatch", STREET, department="water", assistants=("fire",))
    part = made(store, parts(store, one)[0], "return", FIRE, department="law")
    with pytest.raises(Refused, match="part of an assisting"):
        made(store, part, "dispatch", STREET, department="law", assistants=("water",))
    assert made(store, part, "settle", STREET).state is State.CLOSED
    with store.database.read() as connection:
        assert connection.execute(select(ratings)).all() == []


# --- what the lives of tickets showed ------------------------------------------------------------------------


def test_a_limit_is_kept_as_it_was_counted(store: TicketStore) -> None:
    one = made(store, shared(store), "supervise", OFFICE)
    made(store, parts(store, one)[0], "report_done", FIRE)
    one = made(store, one, "report_done", DEPARTMENT)
    later = MONDAY + timedelta(hours=1, microseconds=654_321)
    one = act(store, RULES, one.id, "check_fail", Given("no"), version=one.version, by=COMMUNITY, now=later)
    assert now_of(store, one) == one
