"""Know who is behind a cookie, without asking the database at every step."""

from __future__ import annotations

import threading
import time

from city.opened import City
from domain.people import Person
from domain.tickets import without_commands
from storage import people

COOKIE = "redgrid"
KEPT = 2.0
"""Seconds for which an answer is kept: a sign-out elsewhere takes effect within this time."""

_known: dict[str, tuple[float, Person | None]] = {}
_lock = threading.Lock()


def remembered(token: str | None) -> tuple[Person | None] | None:
    """The answer for a token when it is at hand, in a tuple of one; None when the database must be asked."""
    if not token:
        return (None,)
    with _lock:
        kept = _known.get(token)
    return (kept[1],) if kept and time.monotonic() - kept[0] < KEPT else None


def person_of(city: City, token: str | None) -> Person | None:
    """Who is signed in with this token."""
    if answer := remembered(token):
        return answer[0]
    assert token is not None
    with city.database.read() as connection:
        person = people.person_of_session(connection, token, city.now())
    with _lock:
        if len(_known) > 10_000:
            _known.clear()
        _known[token] = (time.monotonic(), person)
    return person


def sign_in(city: City, login: str, password: str) -> str | None:
    """A new session's token, or None when login and password do not fit.

    Raises:
        Busy: when they fit, and the session could not be kept just now.
    """
    with city.database.read() as connection:
        person = people.check_password(connection, without_commands(login), password)
    if person is None:
        return None
    with city.database.write() as connection:
        return people.open_session(connection, person, city.now())


def sign_out(city: City, token: str) -> None:
    """End the session.

    Raises:
        Busy: when it could not be ended just now.
    """
    with city.database.write() as connection:
        people.close_session(connection, token)
    with _lock:
        _known.pop(token, None)
