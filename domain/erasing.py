"""Erase what a ticket or an order holds of people: who may, for which reason, and how much of it.

While a ticket is worked on only who reported it is erased: the work still needs the place and the description, and
an answer may be owed. What else was said, written and photographed goes by itself as soon as the ticket ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from domain.frontline.pledges import OPEN_ORDERS, Order
from domain.grids import Structure
from domain.people import Person, Role
from domain.said import Said, said
from domain.tickets import Ticket

REPORTER = "reporter"
"""Erased is who reported: name, telephone, the link by which they follow their report."""

WHOLE = "whole"
"""Erased are also the description, the typed address, every note beside the log, and the photos."""

ERASED_BECAUSE: Mapping[str, Said] = {
    "asked": said("The person asked for it"),
    "mistake": said("It was written down by mistake"),
    "not_needed": said("It is not needed any more"),
    "ordered": said("An authority ordered it"),
    "ended": said("Asked for while it was open; now it has ended"),
    "kept_long_enough": said("It was kept as long as the rule says"),
}
"""Why personal data is erased."""

BY_ITSELF = frozenset({"ended", "kept_long_enough"})
"""Reasons that no person gives."""


def scope_of(ticket: Ticket) -> str:
    """How much is erased of a ticket as it is now."""
    return REPORTER if ticket.is_open else WHOLE


def may_erase(person: Person, ticket: Ticket, structure: Structure) -> bool:
    """May this person erase what a ticket holds of people? The city office may, and the street where it lies."""
    return may_erase_in(person, ticket.located.codes or (ticket.holder,), structure)


def may_erase_in(person: Person, units: Iterable[str], structure: Structure) -> bool:
    """May this person erase personal data that lies in one of these units?"""
    if person.role in (Role.CITY_OFFICE, Role.CLOCK):
        return True
    return person.role is Role.STREET and any(structure.within(code, person.area) for code in units)


def refusal_to_erase(person: Person, ticket: Ticket, reason: str, structure: Structure) -> Said | None:
    """Why this person may not erase it now, or None."""
    if not may_erase(person, ticket, structure):
        return said("Personal data is erased by the city office, or by the street where the ticket lies.")
    if ticket.parent is not None:
        return said(
            "This is the part of an assisting department; what it holds is erased with the ticket it assists."
        )
    return _refusal_of(reason, person)


def refusal_to_erase_order(person: Person, order: Order, reason: str, structure: Structure) -> Said | None:
    """Why this person may not erase now who ordered and what they wrote, or None."""
    if not may_erase_in(person, (order.grid,), structure):
        return said("Personal data is erased by the city office, or by the street where the order lies.")
    if order.state in OPEN_ORDERS:
        return said(
            "This order is still open: whoever delivers it must know for whom. Please have it cancelled first."
        )
    return _refusal_of(reason, person)


def _refusal_of(reason: str, person: Person) -> Said | None:
    if reason not in ERASED_BECAUSE or (reason in BY_ITSELF and person.role is not Role.CLOCK):
        return said("Please choose why it is erased.")
    return None
