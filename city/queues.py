"""Know the named queues that a person's post answers for, and how much waits in each."""

from __future__ import annotations

from collections.abc import Mapping

from city.opened import City
from domain.grids import CITY, Level
from domain.people import Person, Role
from domain.queues import Queue
from storage import counts
from storage.counts import Area


def owned(person: Person) -> Mapping[Queue, Area]:
    """The queues of a person's post, each as the tickets that lie in it."""
    if person.role is Role.CITY_OFFICE and person.area == CITY:
        return {
            Queue.NO_GRID: Area(no_grid=True),
            Queue.NO_PEOPLE: Area(queue=Queue.NO_PEOPLE),
            # Where no unit above has a head and there are no streets, the city office holds it.
            Queue.NO_HEAD: Area(queue=Queue.NO_HEAD, holder=CITY),
        }
    no_head = {Queue.NO_HEAD: Area(queue=Queue.NO_HEAD, holder=person.area)}
    if person.role is Role.COMMUNITY:
        edge = Area(level=Level.COMMUNITY, codes=(person.area,), queue=Queue.SHARED_EDGE)
        return {Queue.SHARED_EDGE: edge, **no_head}
    return no_head if person.role in (Role.STREET, Role.COMPOUND) else {}


def waiting(city: City, person: Person) -> dict[Queue, int]:
    """How many open tickets wait in each queue of this person's post; the city office's are always named."""
    with city.database.read() as connection:
        found = {queue: counts.open_in(connection, area) for queue, area in owned(person).items()}
    return {queue: n for queue, n in found.items() if n or person.role is Role.CITY_OFFICE}
