"""What a person's post was told: how much is new, and what it was."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from city.opened import City
from domain.moves import MOVE
from domain.people import Person
from domain.said import Busy, Said, said
from storage import inbox
from storage.inbox import Entry

SHOWN = 100
"""Entries on one page."""

KINDS = {
    "yellow": said("Yellow card: due soon"),
    "red": said("Red card: past the deadline"),
    "assist": said("Asked to assist"),
    "matter_submitted": said("A matter was moved up to your meeting"),
    "matter_fed_back": said("A meeting above answered"),
    "meeting_planned": said("A meeting is planned"),
    "ordered": said("A resident ordered a service"),
    "order_called_off": said("A resident called an order off that was taken"),
    "redraw": said("A new plan of the grids is in force: your ground changed"),
    "redraw_got": said("A new plan of the grids is in force: tickets came to you"),
    "redraw_gave": said("A new plan of the grids is in force: tickets went to others"),
    "redraw_kept": said("A new plan of the grids is in force: tickets you hold lie in other grids"),
}
"""What an entry is called that is no move of a ticket."""

OF_ORDERS = frozenset({"ordered", "order_called_off"})
"""Entries that lead to the orders of the grid."""


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
    with city.database.glance() as connection:
        return inbox.unread(connection, person.post, person.id)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of what a post was told, newest first; ``older`` says that more lies below it."""

    lines: tuple[Told, ...]
    older: bool

    @property
    def stretch(self) -> Stretch | None:
        """From the newest to the oldest entry of the page; None when it is empty."""
        return Stretch(self.lines[0].entry.id, self.lines[-1].entry.id) if self.lines else None


@dataclass(frozen=True, slots=True)
class Stretch:
    """The entries that somebody has had before their eyes without a gap, by their numbers."""

    newest: int
    oldest: int

    def and_then(self, page: Stretch, below: int | None) -> Stretch:
        """With a page that lies ``below`` an entry: both together where they touch, else the page alone."""
        if page.oldest <= self.newest and (below is None or below >= self.oldest):
            return Stretch(max(self.newest, page.newest), min(self.oldest, page.oldest))
        return page


def told(city: City, person: Person, below: int | None = None) -> Page:
    """A page of what this person's post was told, newest first: the first one, or what is older than ``below``."""
    if person.post is None:
        return Page((), older=False)
    with city.database.glance() as connection:
        upto = inbox.seen_upto(connection, person.id)
        found = inbox.entries(connection, person.post, SHOWN + 1, below)
    lines = (Told(entry, title_of(entry.kind), entry.id > upto) for entry in found[:SHOWN])
    return Page(tuple(lines), older=len(found) > SHOWN)


def saw(city: City, person: Person, seen: Stretch) -> None:
    """Keep that this person has seen these entries, once nothing new is left below them.

    One number is kept for each account, up to which everything is seen: it must not run past what nobody saw. What a
    busy database does not keep is new once more at the next visit.
    """
    assert person.post is not None, "who has no post sees no entries"
    with city.database.read() as connection:
        if seen.newest <= inbox.seen_upto(connection, person.id):
            return
        if inbox.unread(connection, person.post, person.id, seen.oldest):
            return
    with suppress(Busy), city.database.write() as connection:
        inbox.keep_seen(connection, person.id, seen.newest)


def saw_all(city: City, person: Person) -> None:
    """Keep that nothing is new to this person any more.

    Raises:
        Busy: when it could not be kept.
    """
    if person.post is None:
        return
    with city.database.write() as connection:
        inbox.keep_seen(connection, person.id, inbox.newest(connection, person.post))


def title_of(kind: str) -> Said:
    """What to call an entry of this kind."""
    return KINDS[kind] if kind in KINDS else MOVE[kind].title
