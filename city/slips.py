"""Print a ticket's slips – 问题交办单, 处置反馈单, 工作评分单.

A slip exists once its step was reached. What is not known yet is left blank, to be filled in by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from city.opened import City
from city.own_facts import city_name
from city.slip_rows import ROWS, Field, Log, SlipKind, Told
from city.words import Words
from domain.actions.tickets import may_read, may_see
from domain.events import ticket_stream
from domain.people import Person
from domain.said import Refused, Said, said
from domain.tickets import Ticket
from domain.tickets import Words as TicketWords
from storage import lists, people, ratings

__all__ = ["TITLE", "NotReached", "Slip", "SlipKind", "available", "blank_slip", "slip_of"]

TITLE: Mapping[SlipKind, Said] = {
    SlipKind.ASSIGNMENT: said("Assignment slip"),
    SlipKind.FEEDBACK: said("Feedback slip"),
    SlipKind.RATING: said("Rating slip"),
}

SIGNATURES = (said("Clerk"), said("Received by"), said("Date"))
"""The lines at the foot of every slip, to be signed by hand."""


REACHED: Mapping[SlipKind, tuple[Callable[[Told], bool], Said]] = {
    SlipKind.ASSIGNMENT: (
        lambda told: told.ticket.lead is not None,
        said("There is no assignment slip yet: the ticket is not with a department."),
    ),
    SlipKind.FEEDBACK: (
        lambda told: told.reported is not None,
        said("There is no feedback slip yet: nobody has reported this ticket as done."),
    ),
    SlipKind.RATING: (
        lambda told: told.rating is not None,
        said("There is no rating slip yet: the public has not been asked."),
    ),
}
"""The step that each slip tells of, and what is said before it."""


class NotReached(Refused):
    """The ticket has not come to the step that this slip tells of."""


@dataclass(frozen=True, slots=True)
class Slip:
    """A slip in one language, ready to be laid out."""

    kind: StrEnum
    lang: str
    city: str
    title: str
    no: str
    fields: tuple[Field, ...]
    signatures: tuple[str, ...]
    printed: str

    @property
    def lines(self) -> list[tuple[Field, ...]]:
        """The fields as the table shows them: a wide one alone, others two by two."""
        found: list[tuple[Field, ...]] = []
        for field in self.fields:
            if found and not field.wide and len(found[-1]) == 1 and not found[-1][0].wide:
                found[-1] = (*found[-1], field)
            else:
                found.append((field,))
        return found

    @property
    def tags(self) -> dict[str, str]:
        """What a template may ask for."""
        head = {"city": self.city, "title": self.title, "no": self.no, "printed": self.printed}
        return head | {field.tag: field.text for field in self.fields}


def slip_of(city: City, person: Person, no: str, kind: SlipKind, say: Words) -> Slip:
    """A ticket's slip in the person's language.

    Raises:
        Refused: when there is no such ticket for this person, or only its facts are.
        NotReached: when its step was not reached.
    """
    told = _told(city, person, no, kind, say)
    reached, too_early = REACHED[kind]
    if not reached(told):
        raise NotReached(too_early)
    printed = say("Printed by {who}, {moment}", who=person.name, moment=told.moment(city.now()))
    return _slip(kind, say, told, city=city_name(city, say), no=told.ticket.no, printed=printed)


def available(city: City, person: Person, ticket: Ticket, say: Words) -> list[SlipKind]:
    """The slips of a ticket that this person may print now."""
    if not may_read(person, ticket, city.rulebook):
        return []
    return [kind for kind in SlipKind if REACHED[kind][0](_told(city, person, ticket.no, kind, say))]


def blank_slip(kind: SlipKind, say: Words) -> Slip:
    """A slip that tells of no ticket: what a template is drawn from."""
    return _slip(kind, say, None, city="", no="", printed="")


def _slip(kind: SlipKind, say: Words, told: Told | None, *, city: str, no: str, printed: str) -> Slip:
    fields = tuple(row.field(say, told) for row in ROWS[kind])
    signatures = tuple(say.of(line) for line in SIGNATURES)
    return Slip(kind, say.lang, city, say.of(TITLE[kind]), no, fields, signatures, printed)


def _told(city: City, person: Person, no: str, kind: SlipKind, say: Words) -> Told:
    with city.database.read() as connection:
        ticket = lists.one_ticket(connection, no=no)
        if ticket is None or not may_see(person, ticket, city.rulebook):
            raise Refused(said("There is no ticket {no} in your area.", no=no[:64]))
        if not may_read(person, ticket, city.rulebook):
            raise Refused(said("A slip holds what residents said: those who work on the ticket print it."))
        words = lists.words_of(connection, [ticket.id]).get(ticket.id, TicketWords())
        entries = tuple(lists.events_of(connection, ticket_stream(ticket.id)))
        names = people.account_names(connection, {e.by for e, _ in entries if e.by is not None})
        asked = ratings.ratings_of(connection, ticket.id) if kind is SlipKind.RATING else []
    return Told(city, say, ticket, words, Log(entries), names, asked[-1] if asked else None)
