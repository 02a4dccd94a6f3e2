"""Ask the public: the link to hand to a resident, and what its page may show – never a resident's data or free text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from city.opened import City
from city.qr import qr_of
from domain.actions.tickets import NOT_VALID, may_read
from domain.guards import HOLDERS
from domain.people import Person
from domain.said import Both, Refused, said
from domain.store import AskedRating
from domain.tickets import Source, State, Ticket
from storage import lists, ratings

LONGEST_WORDS = 500
"""How many characters a resident may write beside a grade."""


@dataclass(frozen=True, slots=True)
class RatingLink:
    """A link by which one cycle of a ticket is rated once, until ``until``; ``qr`` is an SVG picture of it."""

    url: str
    qr: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Question:
    """What the rating page shows: enough to know the matter by, nothing that anybody wrote."""

    category: Both
    place: str
    opened_at: datetime
    lead: Both | None
    until: datetime


class NoSuchLink(Refused):
    """Nobody gave out this link."""


class LinkIsOver(Refused):
    """The link was used, or its time has passed, or the ticket has moved on."""


def public_base(city: City, this_host: str) -> str:
    """The address that residents can reach: the installation's own, else the host that was asked."""
    return (city.settings.public_url or this_host).rstrip("/")


def rating_link(city: City, person: Person, ticket: Ticket, base_url: str) -> RatingLink | None:
    """The link for a resident's ticket that waits for its rating now, for those who may hand it out; else None: what no
    resident raised is rated by a phone visit."""
    by_link = ticket.state is State.AWAITING_RATING and ticket.source is Source.RESIDENT
    if not by_link or not may_hand_out(city, person, ticket):
        return None
    asked = asked_now(city, ticket)
    if asked is None:
        return None
    url = f"{base_url}/public/rate/{asked.token}"
    return RatingLink(url, qr_of(url), asked.until)


def asked_now(city: City, ticket: Ticket) -> AskedRating | None:
    """What a resident is asked about their ticket now, its link's token with it; None when nothing is, or no more."""
    if ticket.source is not Source.RESIDENT:
        return None
    with city.database.read() as connection:
        asked = ratings.asked_of(connection, ticket.id, ticket.cycle)
    return None if asked is None or _over(asked, ticket, city.now()) else asked


def rating_link_of(city: City, person: Person, no: str, base_url: str) -> tuple[Ticket, RatingLink]:
    """The ticket with this number and its link.

    Raises:
        Refused: when there is no such ticket for this person.
        LinkIsOver: when there is nothing to rate now, or others hand the link out.
    """
    with city.database.read() as connection:
        ticket = lists.one_ticket(connection, no=no)
    if ticket is None or not may_read(person, ticket, city.rulebook):
        raise Refused(said("There is no ticket {no} in your area.", no=no[:64]))
    link = rating_link(city, person, ticket, base_url)
    if link is None:
        raise LinkIsOver(said("Ticket {no} is not waiting for a rating that you may ask for.", no=ticket.no))
    return ticket, link


def may_hand_out(city: City, person: Person, ticket: Ticket) -> bool:
    """Who asks residents: the holder, the community, the street, the unit that raised it – never a department."""
    structure = city.rulebook.structure
    units = {
        ticket.holder,
        ticket.located.level1,
        ticket.raised_in,
        structure.street_over(ticket.located, ticket.holder),
    }
    return person.role in HOLDERS and person.area in units


def question(city: City, token: str) -> Question:
    """What the page behind a link asks.

    Raises:
        NoSuchLink: when nobody gave it out.
        LinkIsOver: when it was used, or can be used no more; the sentence says which.
    """
    with city.database.read() as connection:
        found = ratings.behind_link(connection, token)
    if found is None or found[1].source is not Source.RESIDENT:
        raise NoSuchLink(NOT_VALID)
    asked, ticket = found
    if asked.grade is not None:
        raise LinkIsOver(said("This was rated already; thank you."))
    if _over(asked, ticket, city.now()):
        raise LinkIsOver(said("The time for rating is over; thank you."))
    return _question(city, asked, ticket)


def _over(asked: AskedRating, ticket: Ticket, now: datetime) -> bool:
    moved_on = ticket.state is not State.AWAITING_RATING or ticket.cycle != asked.cycle
    return asked.grade is not None or moved_on or now > asked.until


def _question(city: City, asked: AskedRating, ticket: Ticket) -> Question:
    category = city.category(ticket.category)
    return Question(
        category=Both(category.zh, category.en),
        place=rough_place(city, ticket),
        opened_at=ticket.opened_at.astimezone(city.zone),
        lead=Both(*city.department(ticket.lead)) if ticket.lead else None,
        until=asked.until.astimezone(city.zone),
    )


def rough_place(city: City, ticket: Ticket) -> str:
    """Street and community: no house, no door."""
    structure = city.ground.structure
    street = structure.street_over(ticket.located, ticket.holder)
    units = (street, ticket.located.level1)
    return " ".join(structure.name(unit) for unit in units if unit)
