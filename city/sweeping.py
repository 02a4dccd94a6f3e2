"""Let the clock act on this city; tell what it did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from city.into_force import put_due_in_force
from city.opened import City
from domain.actions.sweep import Swept, sweep
from domain.moves import MOVE
from domain.people import WATCHES_CLOCK, Person
from domain.said import Said, said
from storage import sweeps
from storage.vitals import Sweeping, keep_last_sweep

CARDS = {
    "yellow": said("Yellow cards"),
    "red": said("Red cards"),
    "recomputed": said("Deadlines computed anew"),
    "in_force": said("Plans put in force"),
    "rehomed": said("Tickets in other grids by a new plan"),
    "not_in_force": said("Plans that did not come into force"),
}


def sweep_city(city: City, now: datetime | None = None) -> Swept | None:
    """Do everything that is due; None when another process is at it."""
    moment = now or city.now()
    begun = put_due_in_force(city, moment)
    done = sweep(city.store, city.rulebook, now=moment)
    if begun:
        done = Swept({**begun.did, **(done.did if done else {})}, begun.told)
    if done and done.did:
        city.forget_loads()
    if done and now is None:
        with city.database.write() as connection:
            keep_last_sweep(connection, Sweeping(city.now(), done.did))
    return done


@dataclass(frozen=True, slots=True)
class Done:
    """One sweep that did something."""

    at: datetime
    did: Mapping[str, int]


def latest(city: City, person: Person, limit: int = 50) -> list[Done]:
    """What the last sweeps did, newest first; nothing for those who do not watch the clock."""
    if person.role not in WATCHES_CLOCK:
        return []
    with city.database.read() as connection:
        return [Done(at, did) for at, did in sweeps.latest(connection, limit)]


def title_of(kind: str) -> Said:
    """What to call a kind of thing that a sweep does."""
    return CARDS[kind] if kind in CARDS else MOVE[kind].title
