"""Erasing what a ticket holds of people leaves the log whole – on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from city.access import note_access
from city.desk import card, words_for
from city.opened import City
from city.personal_data import (
    erase,
    erase_kept_longer,
    erase_order,
    erase_rows_kept_longer,
    erases_order,
    kept_longer,
    phone_of,
    phone_of_order,
    rows_kept_longer,
    years_before,
)
from city.settings import Settings
from city.story import story
from city.verifying import verify
from domain.actions.erasing import erase_personal_data
from domain.actions.pledges import place_order, step_order
from domain.actions.raising import Report, raise_ticket
from domain.actions.tickets import act
from domain.erasing import ERASED_BECAUSE
from domain.events import ticket_stream
from domain.frontline import records
from domain.frontline.pledges import Order, Service, Sort
from domain.frontline.records import Beside
from domain.frontline.working_members import WorkingMember
from domain.moves import Given
from domain.people import CLOCK as CLOCK_ITSELF
from domain.people import Person, Role
from domain.place import LngLat
from domain.rulebook import Rulebook
from domain.said import Refused
from domain.tickets import State, Ticket, Words
from storage import exports, lists
from storage.database import Database
from storage.frontline.records import besides, those
from storage.schema import events, list_words, notes, photos, report_links, ticket_words, tickets
from storage.store import TicketStore
from tests.domain.build import (
    ADMIN,
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
    PLANNER,
    RULES,
    STREET,
)  # fmt: skip

EVERYTHING = ("words", "addresses", "notes", "photos", "links", "orders")

WANG = Words("Mrs Wang of flat 3 shouts at night", "Wang", "13812345678")
OTHER_STREET = Person(20, "other street", Role.STREET, "T")


class SmallCity(City):
    """A city of seven units whose clock stands still."""

    at = MONDAY + timedelta(hours=1)

    @property
    def rulebook(self) -> Rulebook:
        return RULES

    def now(self) -> Any:
        return self.at


@pytest.fixture
def city(database: Database) -> Iterator[SmallCity]:
    made = SmallCity(Settings(database_url=database.url, anchor_file=""))
    made.database = database
    made.store = TicketStore(database)
    return made


def raised(city: City) -> Ticket:
    report = Report(
        LngLat(1, 1), "noise", WANG, address="flat 3, Wang's", photos=(b"jpeg",), from_resident=True
    )
    made = raise_ticket(city.store, RULES, report, by=MEMBER, now=MONDAY)
    with city.database.write() as connection:
        link = {"token_hash": f"link-{made.id}", "ticket_id": made.id, "created_at": MONDAY}
        connection.execute(insert(report_links), link)
    return moved(city, made, "accept", by=MEMBER)


def moved(city: City, ticket: Ticket, move: str, words: str = "", *, by: Person, **more: Any) -> Ticket:
    given = Given(words, **more)
    return act(city.store, RULES, ticket.id, move, given, version=ticket.version, by=by, now=city.now())


def ended(city: City) -> Ticket:
    """A ticket that was dispatched with an assistant's part, and cancelled by the office."""
    ticket = moved(city, raised(city), "hand_up", "Wang is at 13812345678", by=MEMBER)
    ticket = moved(city, ticket, "hand_up", "Wang again", by=COMPOUND)
    ticket = moved(
        city, ticket, "dispatch", "to Wang's flat", by=COMMUNITY, department="water", assistants=("fire",)
    )
    return moved(city, ticket, "cancel", "Wang moved away", by=STREET)


def left(city: City) -> dict[str, int]:
    """How many rows still hold something of people."""
    w = ticket_words.c
    filled = (w.description != "") | (w.reporter != "") | (w.phone != "")
    with city.database.read() as connection:

        def count(table: Any, *where: Any) -> int:
            return connection.scalar(select(func.count()).select_from(table).where(*where)) or 0

        return {
            "words": count(ticket_words, filled),
            "addresses": count(tickets, tickets.c.address != ""),
            "notes": count(notes),
            "photos": count(photos),
            "links": count(report_links),
            "orders": count(list_words, list_words.c.list == "orders"),
        }


def kinds(city: City, ticket: Ticket) -> list[str]:
    with city.database.read() as connection:
        return [event.kind for event, _ in lists.events_of(connection, ticket_stream(ticket.id))]


def clean(city: City) -> bool:
    findings = [str(f) for f in verify(city).findings]
    return findings == []


def test_everything_that_an_ended_ticket_and_its_parts_hold_of_people_goes_and_the_log_stays(
    city: SmallCity,
) -> None:
    ticket = ended(city)
    assert left(city) == {"words": 2, "addresses": 2, "notes": 4, "photos": 1, "links": 1, "orders": 0}
    erased = erase(city, ticket.no, "asked", by=OFFICE)
    assert left(city) == dict.fromkeys(EVERYTHING, 0)
    assert (erased.version, erased.address, erased.state) == (ticket.version + 1, "", State.CANCELLED)
    assert kinds(city, ticket)[-1] == "erased" and clean(city)


def test_nothing_of_people_is_in_what_the_log_keeps_for_ever(city: SmallCity) -> None:
    erase(city, ended(city).no, "asked", by=OFFICE)
    with city.database.read() as connection:
        facts = " ".join(connection.scalars(select(events.c.facts)))
    assert not [word for word in ("Wang", "13812345678", "flat 3") if word in facts]


def test_while_it_is_worked_on_who_reported_goes_and_the_rest_when_it_ends(city: SmallCity) -> None:
    ticket = raised(city)
    still = erase(city, ticket.no, "asked", by=STREET)
    assert left(city) == {"words": 1, "addresses": 1, "notes": 0, "photos": 1, "links": 0, "orders": 0}
    shown = words_for(city, MEMBER, still)
    assert shown and (shown.description, shown.reporter, shown.phone) == (WANG.description, "", "")
    gone = moved(city, still, "cancel", "Wang withdrew", by=STREET)
    assert left(city) == dict.fromkeys(EVERYTHING, 0)
    assert kinds(city, gone)[-2:] == ["cancel", "erased"] and clean(city)


def test_what_is_erased_already_is_not_erased_again(city: SmallCity) -> None:
    for ticket in (raised(city), ended(city)):
        erase(city, ticket.no, "mistake", by=OFFICE)
        with pytest.raises(Refused, match="nothing to erase"):
            erase(city, ticket.no, "mistake", by=OFFICE)
        assert kinds(city, ticket).count("erased") == 1


@pytest.mark.parametrize(
    "by", [*EVERYBODY, OTHER_STREET], ids=lambda person: person.name or person.role.value
)
def test_the_city_office_and_the_street_of_the_place_erase_and_nobody_else(
    city: SmallCity, by: Person
) -> None:
    may = by in (OFFICE, STREET, CLOCK_ITSELF)
    ticket = raised(city)
    if may:
        assert erase(city, ticket.no, "asked", by=by)
    else:
        with pytest.raises(Refused, match="by the city office, or by the street"):
            erase(city, ticket.no, "asked", by=by)
        assert left(city)["words"] == 1 and left(city)["links"] == 1


@pytest.mark.parametrize("reason", ["", "because", "ended", "kept_long_enough"])
def test_a_person_gives_a_reason_of_the_table(city: SmallCity, reason: str) -> None:
    with pytest.raises(Refused, match="choose why"):
        erase_personal_data(city.store, RULES, raised(city).no, reason, by=OFFICE, now=city.now())
    assert set(ERASED_BECAUSE) >= {"ended", "kept_long_enough"}


def test_a_part_is_erased_with_its_whole(city: SmallCity) -> None:
    ended(city)
    with city.database.read() as connection:
        part = connection.scalar(select(tickets.c.no).where(tickets.c.parent_id.is_not(None)))
    with pytest.raises(Refused, match="part of an assisting department"):
        erase(city, str(part), "asked", by=OFFICE)
    with pytest.raises(Refused, match="There is no ticket"):
        erase(city, "nothing", "asked", by=OFFICE)


def test_words_that_vanish_without_an_erased_event_are_a_finding_and_after_it_are_none(
    city: SmallCity,
) -> None:
    ticket = ended(city)
    with city.database.write() as connection:
        connection.execute(notes.delete())
    assert [str(f) for f in verify(city).findings if "nobody erased them" in str(f)]
    erase(city, ticket.no, "asked", by=OFFICE)
    assert clean(city)


def test_cards_story_and_exports_say_that_it_was_erased(city: SmallCity) -> None:
    ticket = ended(city)
    erase(city, ticket.no, "asked", by=OFFICE)
    shown = card(city, COMMUNITY, ticket.no)
    assert shown and shown.words == Words(erased=True)
    line = story(city, OFFICE, shown.ticket)[-1]
    assert str(line.title) == "Personal data erased" and str(ERASED_BECAUSE["asked"]) in map(
        str, line.details
    )
    with city.database.read() as connection:
        row = next(exports.ticket_rows_with_words(connection))
    told = dict(zip((*exports.TICKETS, *exports.WORDS), row, strict=True))
    assert (told["address"], told["description"], told["reporter"], told["phone"], told["erased"]) == (
        "", "", "", "", True,
    )  # fmt: skip


# --- retention -----------------------------------------------------------------------------------------------------


def test_what_ended_long_ago_is_erased_in_small_steps_and_what_is_younger_or_open_stays(
    city: SmallCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("domain.actions.erasing.AT_ONCE", 2)
    old = [ended(city) for _ in range(3)]
    city.at = MONDAY + timedelta(days=400)
    young, still_open = ended(city), raised(city)
    assert (kept_longer(city, 2), erase_kept_longer(city, 2)) == (0, 0)
    assert kept_longer(city, 1) == erase_kept_longer(city, 1) == 6  # three tickets, and a part of each
    assert kept_longer(city, 1) == erase_kept_longer(city, 1) == 0
    assert all(kinds(city, ticket)[-1] == "erased" for ticket in old)
    assert all("erased" not in kinds(city, ticket) for ticket in (young, still_open))
    assert left(city)["words"] == 3 and clean(city)


def test_a_year_before_the_last_of_february_is_a_day_that_there_was() -> None:
    leap = MONDAY.replace(year=2028, month=2, day=29)
    assert years_before(leap, 1).date().isoformat() == "2027-02-28"
    assert years_before(MONDAY, 3) == MONDAY.replace(year=2023)


# --- the telephone number --------------------------------------------------------------------------------------------


def test_a_number_is_masked_until_it_is_asked_for_and_that_it_was_shown_is_noted(city: SmallCity) -> None:
    ticket = raised(city)
    shown, words = card(city, MEMBER, ticket.no), words_for(city, MEMBER, ticket)
    assert shown and shown.words and words and shown.words.phone == words.phone == "138****5678"
    assert phone_of(city, MEMBER, ticket.no) == WANG.phone
    with city.database.read() as connection:
        log = [e for e in lists.all_events(connection) if e.stream.startswith("a:")]
    assert [(e.kind, e.by, dict(e.facts)) for e in log] == [("phone_shown", MEMBER.id, {"ticket": ticket.no})]


@pytest.mark.parametrize("by", [LEADER, PLANNER, ADMIN, NEIGHBOUR, DEPARTMENT, FIRE])
def test_who_may_not_read_a_ticket_does_not_see_the_number_and_the_attempt_is_noted(
    city: SmallCity, by: Person
) -> None:
    ticket = raised(city)
    with pytest.raises(Refused):
        phone_of(city, by, ticket.no)
    with city.database.read() as connection:
        log = [e for e in lists.all_events(connection) if e.stream.startswith("a:")]
    assert [(e.kind, e.by) for e in log] == [("refused", by.id)]


def test_a_number_is_not_shown_when_that_cannot_be_noted(
    city: SmallCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = raised(city)

    def fails(*_args: object, **_facts: object) -> None:
        raise Refused(next(iter(ERASED_BECAUSE.values())))

    assert note_access
    monkeypatch.setattr("city.personal_data.note_access", fails)
    with pytest.raises(Refused):
        phone_of(city, MEMBER, ticket.no)


# --- orders ----------------------------------------------------------------------------------------------------------

CALLER = Beside("Wang's lamp", "Wang", "13812345678")


def placed(city: SmallCity) -> Order:
    service = Service(grid="C", sort=Sort.REPAIR, title="lamps", provider="the red stewards")
    with city.store.work() as work:
        service = records.add(work, service, "listed", by=OFFICE, now=city.now())
    link = f"link of an order {service.id}"
    return place_order(city.store, RULES, service.id, "C11", CALLER, link, now=city.now())


def brought(city: SmallCity, *names: str) -> Order:
    """An order that was taken, and what else is named done with it."""
    order = placed(city)
    for name in names:
        order = step_order(
            city.store, RULES, order.id, name, version=order.version, by=COMMUNITY, now=city.now()
        )
    return order


def log_of_order(city: City, order: Order) -> list[str]:
    with city.database.read() as connection:
        return [event.kind for event, _ in lists.events_of(connection, order.stream)]


def test_who_placed_an_order_goes_when_it_has_ended_and_the_order_stays(city: SmallCity) -> None:
    delivered, cancelled = brought(city, "take", "deliver"), brought(city, "cancel")
    assert left(city)["orders"] == 2
    for order in (delivered, cancelled):
        erased = erase_order(city, order.id, "asked", by=OFFICE)
        assert (
            erased == replace(order, version=order.version + 1) and log_of_order(city, order)[-1] == "erased"
        )
        with pytest.raises(Refused, match="nothing to erase"):
            erase_order(city, order.id, "asked", by=OFFICE)
    assert left(city)["orders"] == 0 and clean(city)
    with city.database.read() as connection:
        facts = " ".join(connection.scalars(select(events.c.facts)))
    assert not [word for word in ("Wang", "13812345678", "lamp") if word in facts.replace("lamps", "")]


def test_who_ordered_is_known_until_it_is_delivered(city: SmallCity) -> None:
    for order in (placed(city), brought(city, "take")):
        assert not erases_order(city, OFFICE, order)
        with pytest.raises(Refused, match="still open"):
            erase_order(city, order.id, "asked", by=OFFICE)
    assert left(city)["orders"] == 2
    with pytest.raises(Refused, match="no such row"):
        erase_order(city, 10**6, "asked", by=OFFICE)


@pytest.mark.parametrize(
    "by", [*EVERYBODY, OTHER_STREET], ids=lambda person: person.name or person.role.value
)
def test_who_placed_an_order_is_erased_by_the_city_office_and_the_street_and_nobody_else(
    city: SmallCity, by: Person
) -> None:
    order = brought(city, "take", "deliver")
    assert erases_order(city, by, order) is (by in (OFFICE, STREET, CLOCK_ITSELF))
    if by in (OFFICE, STREET, CLOCK_ITSELF):
        assert erase_order(city, order.id, "asked", by=by)
    else:
        with pytest.raises(Refused, match="by the city office, or by the street"):
            erase_order(city, order.id, "asked", by=by)
        assert left(city)["orders"] == 1


@pytest.mark.parametrize("reason", ["", "because", "ended", "kept_long_enough"])
def test_for_an_order_too_a_person_gives_a_reason_of_the_table(city: SmallCity, reason: str) -> None:
    order = brought(city, "cancel")
    with pytest.raises(Refused, match="choose why"):
        erase_order(city, order.id, reason, by=OFFICE)


def test_members_who_left_long_ago_lose_their_name_and_what_was_said_of_them(city: SmallCity) -> None:
    def member(until: date | None) -> WorkingMember:
        row = WorkingMember(department="water", branch="C1", until=until)
        with city.store.work() as work:
            kept = records.add(
                work, row, "listed", by=OFFICE, now=MONDAY, beside=Beside(name="某示", phone="1")
            )
            return records.change(work, kept, "feedback", by=OFFICE, now=MONDAY, note="好", feedback=2025)

    gone, young, here = member(MONDAY.date()), member(MONDAY.date() + timedelta(days=300)), member(None)
    city.at = MONDAY + timedelta(days=400)
    assert rows_kept_longer(city, WorkingMember, 1) == erase_rows_kept_longer(city, WorkingMember, 1) == 1
    assert rows_kept_longer(city, WorkingMember, 1) == 0
    with city.database.read() as connection:
        left_beside = besides(connection, WorkingMember.LIST, [gone.id, young.id, here.id])
        noted = connection.scalars(
            select(events.c.stream).join(notes, notes.c.event_id == events.c.id).order_by(events.c.id)
        ).all()
        assert [row.version for row in those(connection, WorkingMember)] == [3, 2, 2]
    assert set(left_beside) == {young.id, here.id} and list(noted) == [young.stream, here.stream]
    assert verify(city).findings == ()


def test_orders_that_ended_long_ago_lose_who_placed_them_in_small_steps(
    city: SmallCity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("domain.actions.erasing.AT_ONCE", 2)
    old = [brought(city, "cancel"), brought(city, "take", "deliver"), brought(city, "take", "deliver")]
    still_open = brought(city, "take")
    city.at = MONDAY + timedelta(days=400)
    young = brought(city, "take", "deliver")
    assert (rows_kept_longer(city, Order, 2), erase_rows_kept_longer(city, Order, 2)) == (0, 0)
    assert rows_kept_longer(city, Order, 1) == erase_rows_kept_longer(city, Order, 1) == 3
    assert rows_kept_longer(city, Order, 1) == erase_rows_kept_longer(city, Order, 1) == 0
    assert all(log_of_order(city, order)[-1] == "erased" for order in old)
    assert all("erased" not in log_of_order(city, order) for order in (young, still_open))
    assert left(city)["orders"] == 2 and clean(city)


def test_the_number_of_who_ordered_is_shown_to_the_people_of_the_grid_and_noted(city: SmallCity) -> None:
    order = placed(city)
    assert phone_of_order(city, MEMBER, order.id) == CALLER.phone
    for by in (NEIGHBOUR, STREET, OFFICE, LEADER, DEPARTMENT, ADMIN):
        with pytest.raises(Refused, match="no such order"):
            phone_of_order(city, by, order.id)
    with city.database.read() as connection:
        log = [e for e in lists.all_events(connection) if e.stream.startswith("a:")]
    assert [(e.kind, e.by) for e in log][:2] == [("phone_shown", MEMBER.id), ("refused", NEIGHBOUR.id)]
    assert dict(log[0].facts) == {"order": order.id} and len(log) == 7
