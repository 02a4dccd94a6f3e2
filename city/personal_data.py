"""What a ticket holds of people: show a telephone number to who needs it, erase what need not be kept – and note both."""

from __future__ import annotations

from datetime import datetime

from city.access import note_access, watching
from city.opened import City
from domain.actions import erasing
from domain.actions.tickets import may_read
from domain.erasing import may_erase
from domain.people import Person
from domain.said import Refused, said
from domain.tickets import Ticket
from storage import lists
from storage.erasing import count_ended_with_words

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
