"""What a person's post was told: how much is new, and what it was."""

from __future__ import annotations

from dataclasses import dataclass

from city.opened import City
from domain.moves import MOVE
from domain.people import Person
from domain.said import Said, said
from storage import inbox
from storage.inbox import Entry

SHOWN = 100

KINDS = {
    "yellow": said("Yellow card: due soon"),
    "red": said("Red card: past the deadline"),
    "assist": said("Asked to assist"),
    "matter_submitted": said("A matter was moved up to your meeting"),
    "matter_fed_back": said("A meeting above answered"),
    "meeting_planned": said("A meeting is planned"),
}
"""What an entry is called that is no move of a ticket."""


@dataclass(frozen=True, slots=True)
class Told:
    """One entry as its reader sees it."""

    entry: Entry
    title: Said
    is_new: bool


def unread(city: City, person: Person) -> int:
    """How many entries are new to this person."""
    if person.post is None:
        return 0
    with city.database.read() as connection:
        return inbox.unread(connection, person.post, person.id)


def told(city: City, person: Person) -> list[Told]:
    """What this person's post was told, newest first."""
    if person.post is None:
        return []
    with city.database.read() as connection:
        upto = inbox.seen_upto(connection, person.id)
        found = inbox.entries(connection, person.post, SHOWN)
    return [Told(entry, title_of(entry.kind), entry.id > upto) for entry in found]


def saw(city: City, person: Person, shown: list[Told]) -> None:
    """Keep that this person has seen these entries."""
    newest = max((each.entry.id for each in shown if each.is_new), default=0)
    if newest:
        with city.database.write() as connection:
            inbox.keep_seen(connection, person.id, newest)


def title_of(kind: str) -> Said:
    """What to call an entry of this kind."""
    return KINDS[kind] if kind in KINDS else MOVE[kind].title
