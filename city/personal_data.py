"""What a ticket or an order holds of people: show a telephone number to who needs it, erase what need not be kept – and note both."""

from __future__ import annotations

from datetime import datetime

from city.access import note_access, watching
from city.opened import City
from domain.actions import erasing
from domain.actions.tickets import may_read
from domain.erasing import may_erase, may_erase_in
from domain.frontline.pledges import OPEN_ORDERS, Order
from domain.frontline.records import Record
from domain.frontline.rights import may_hear
from domain.frontline.working_members import WorkingMember
from domain.people import Person
from domain.said import Refused, said
from domain.tickets import Ticket
from storage import lists
from storage.erasing import count_ended_with_words
from storage.frontline.records import besides, those
from storage.frontline.records import count_ended_with_words as count_rows_with_words

NOT_HERE = said("This ticket is not in your area.")


def phone_of(city: City, person: Person, no: str) -> str:
    """The telephone number of who reported a ticket, whole; that it was shown is noted first.

    Raises:
        Refused: when this person may not read the ticket.
    """
    with watching(city, person, "phone", no):
        with city.database.read() as connection:
            ticket = lists.one_ticket(connection, no=no)
            if ticket is None or not may_read(person, ticket, city.rulebook):
                raise Refused(NOT_HERE)
            words = lists.words_of(connection, [ticket.id]).get(ticket.id)
        note_access(city, "phone_shown", by=person, ticket=ticket.no)
    return words.phone if words else ""


def erases(city: City, person: Person, ticket: Ticket) -> bool:
    """May this person erase what the ticket holds of people?"""
    return ticket.parent is None and may_erase(person, ticket, city.rulebook.structure)


def erase(city: City, no: str, reason: str, *, by: Person) -> Ticket:
    """Erase what a ticket holds of people; ``by`` is the clock for who keeps the installation.

    Raises:
        Refused: when there is no such ticket, this person may not, or there is nothing to erase.
    """
    with watching(city, by, "erase", no):
        erased = erasing.erase_personal_data(city.store, city.rulebook, no, reason, by=by, now=city.now())
    note_access(city, "erased", by=by, ticket=erased.no, reason=reason)
    return erased


def years_before(now: datetime, years: int) -> datetime:
    """The same day so many years ago; the last of February where there was no such day."""
    try:
        return now.replace(year=now.year - years)
    except ValueError:
        return now.replace(year=now.year - years, day=28)


def kept_longer(city: City, years: int) -> int:
    """How many tickets that ended more than so many years ago still hold something of people."""
    with city.database.read() as connection:
        return count_ended_with_words(connection, years_before(city.now(), years))


def erase_kept_longer(city: City, years: int) -> int:
    """Erase what tickets that ended more than so many years ago hold of people; how many those were."""
    now = city.now()
    n = erasing.erase_ended_before(city.store, city.rulebook, years_before(now, years), now=now)
    if n:
        note_access(city, "erased", by=None, tickets=n, years=years)
    return n


# --- orders --------------------------------------------------------------------------------------------------------

NO_ORDER = said("There is no such order in your area.")


def phone_of_order(city: City, person: Person, number: int) -> str:
    """The telephone number of who placed an order, whole; that it was shown is noted first.

    Raises:
        Refused: when this person may not hear who ordered there.
    """
    with watching(city, person, "phone", str(number)):
        with city.database.read() as connection:
            found = those(connection, Order, id=number)
            structure = city.rulebook.structure
            if not found or not may_hear(person, Order.LIST, found[0].grid, structure):
                raise Refused(NO_ORDER)
            told = besides(connection, Order.LIST, [number]).get(number)
        note_access(city, "phone_shown", by=person, order=number)
    return told.phone if told else ""


def erases_order(city: City, person: Person, order: Order) -> bool:
    """May this person erase who placed an order, now that it has ended?"""
    ended = order.state not in OPEN_ORDERS
    return ended and may_erase_in(person, (order.grid,), city.rulebook.structure)


def erase_order(city: City, number: int, reason: str, *, by: Person) -> Order:
    """Erase who placed an order and what they wrote; ``by`` is the clock for who keeps the installation.

    Raises:
        Refused: when there is none, it is still open, this person may not, or there is nothing to erase.
    """
    with watching(city, by, "erase", str(number)):
        erased = erasing.erase_order(city.store, city.rulebook, number, reason, by=by, now=city.now())
    note_access(city, "erased", by=by, order=number, reason=reason)
    return erased


OF_LISTS: tuple[type[Record], ...] = (Order, WorkingMember)
"""The lists that hold something of people beside rows which end."""


def rows_kept_longer(city: City, kind: type[Record], years: int) -> int:
    """How many rows of a list that ended more than so many years ago still tell of people."""
    with city.database.read() as connection:
        return count_rows_with_words(connection, kind, years_before(city.now(), years))


def erase_rows_kept_longer(city: City, kind: type[Record], years: int) -> int:
    """Erase what rows of a list that ended more than so many years ago tell of people; how many those were."""
    now = city.now()
    n = erasing.erase_rows_ended_before(city.store, kind, years_before(now, years), now=now)
    if n:
        note_access(city, "erased", by=None, **{kind.LIST: n}, years=years)
    return n
