"""Note who came in, who was refused and who took data away, in a log that nobody can rewrite quietly.

Facts name accounts by number and things by code: never a resident's data, never what was typed to sign in.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from city.opened import City
from domain.events import Event, access_stream
from domain.people import NO_ACCOUNT, Person
from domain.said import Busy, Refused, Stale
from storage.access import add_access

log = logging.getLogger("redgrid")

LONGEST_ABOUT = 80
"""Characters kept of what a refusal was about: an address may be as long as anybody likes."""


def note_access(city: City, kind: str, /, *, by: Person | None, **facts: object) -> Event:
    """Append to the log of the city's day; ``by`` is None for somebody who is not signed in.

    Raises:
        Busy: when it could not be kept just now: what was to be noted must then not happen.
    """
    with city.database.write() as connection:
        return note_within(connection, city, kind, by=by, **facts)


def note_within(connection: Any, city: City, kind: str, /, *, by: Person | None, **facts: object) -> Event:
    """The same in a transaction that is open: what is noted and the note are kept together, or neither.

    The note comes last: on PostgreSQL all who note queue for the day's stream until they end.
    """
    return add_access(connection, noted(city, kind, by=by, **facts))


def noted(city: City, kind: str, /, *, by: Person | None, **facts: object) -> Event:
    """The note alone."""
    now = city.now()
    account = by.id if by and by.role not in NO_ACCOUNT else None
    return Event(access_stream(now.astimezone(city.zone).date()), 0, now, kind, account, facts)


@contextmanager
def watching(city: City, person: Person, doing: str, about: str = "") -> Iterator[None]:
    """Note what is refused inside, and let the refusal through; to have come second, or too early, is none."""
    try:
        yield
    except (Busy, Stale):
        raise
    except Refused as refused:
        note_refusal(city, person, doing, about, because=refused.because.text)
        raise


def note_refusal(city: City, person: Person, doing: str, about: str = "", *, because: str) -> None:
    """Note a refusal. It stands also where it cannot be noted; then the server's own log tells of both."""
    try:
        note_access(
            city,
            "refused",
            by=person,
            role=person.role.value,
            doing=doing,
            about=about[:LONGEST_ABOUT],
            because=because,
        )
    except Busy:
        log.error("not noted, the database was busy: account %s was refused: %s %s", person.id, doing, about)
