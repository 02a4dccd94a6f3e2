"""Know the wall screens of a city: who comes with a link sees aggregates of its area, until the link is revoked."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from datetime import timedelta

from city.opened import City
from domain.people import Person, Role
from domain.said import Busy
from storage import walls
from storage.walls import Wall

COOKIE = "redgrid_wall"
KEPT = 2.0
"""Seconds for which an answer is kept: a revoked screen goes dark within this time."""

SEEN_EVERY = timedelta(hours=1)
"""How exactly it is known when a screen was last there."""

_known: dict[str, tuple[float, Person | None]] = {}
_lock = threading.Lock()


def add_wall(city: City, name: str, area: str) -> str:
    """A new link's token, which is told once.

    Raises:
        Busy: when it could not be kept just now.
    """
    with city.database.write() as connection:
        return walls.add_wall(connection, name, area, city.now())


def all_walls(city: City) -> list[Wall]:
    """Every link that was ever made."""
    with city.database.read() as connection:
        return walls.all_walls(connection)


def revoke_wall(city: City, wall_id: int) -> bool:
    """End a link; False when there is none with this number that still works.

    Raises:
        Busy: when it could not be ended just now.
    """
    with city.database.write() as connection:
        revoked = walls.revoke_wall(connection, wall_id, city.now())
    with _lock:
        _known.clear()
    return revoked


def remembered(token: str | None) -> tuple[Person | None] | None:
    """The answer for a token when it is at hand, in a tuple of one; None when the database must be asked."""
    if not token:
        return (None,)
    with _lock:
        kept = _known.get(token)
    return (kept[1],) if kept and time.monotonic() - kept[0] < KEPT else None


def wall_of(city: City, token: str | None) -> Person | None:
    """The screen behind a token: a person that only looks."""
    if answer := remembered(token):
        return answer[0]
    assert token is not None
    try:
        with city.database.read() as connection:
            wall = walls.wall_of_token(connection, token)
    except Busy:
        # While the store is away its screens show what they had, and how old it is.
        with _lock:
            known = _known.get(token)
        if known is None:
            raise
        return known[1]
    screen = Person(0, wall.name, Role.WALL, wall.area) if wall else None
    with _lock:
        if len(_known) > 1_000:
            _known.clear()
        _known[token] = (time.monotonic(), screen)
    if wall:
        _note_seen(city, wall)
    return screen


def _note_seen(city: City, wall: Wall) -> None:
    now = city.now()
    if wall.seen_at is None or now - wall.seen_at > SEEN_EVERY:
        # A screen is not turned away because the store is busy: it is noted at the next look.
        with suppress(Busy), city.database.write() as connection:
            walls.note_seen(connection, wall.id, now)
