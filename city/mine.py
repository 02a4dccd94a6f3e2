"""What waits for a person today, grouped by how it presses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from city import desk
from city.desk import TicketCard
from city.opened import City
from domain.grids import Level
from domain.guards import HOLDERS
from domain.mine import Press, press
from domain.people import Person, Role
from storage import mine
from storage.mine import Day, Post


@dataclass(frozen=True, slots=True)
class Today:
    """A page of what waits for a person: how much in each group, and cards in order, each with its group."""

    counts: Mapping[Press, int]
    cards: tuple[tuple[Press, TicketCard], ...]

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def has_mine(person: Person) -> bool:
    """Does anything ever wait for this person: do they hold or lead tickets?"""
    return person.role in HOLDERS or person.department is not None


def today(city: City, person: Person, limit: int, offset: int) -> Today:
    """What waits for a person, the most pressing first; a page of it, empty for those for whom nothing ever waits."""
    if not has_mine(person):
        return Today(dict.fromkeys(Press, 0), ())
    now = city.now()
    begins = city.day_begins(now)
    day = Day(begins, city.day_begins(begins + timedelta(hours=36)), now)
    post = post_of(city, person)
    with city.database.read() as connection:
        counts = mine.count_mine(connection, post, day)
        found = mine.list_mine(connection, post, day, limit, offset)
        cards = desk.cards_of(connection, city, person, found, now)
    return Today(counts, tuple((press(card.ticket, now, day.begins, day.ends), card) for card in cards))


def post_of(city: City, person: Person) -> Post:
    """The post of a person as the store understands it."""
    if person.department:
        return Post(lead=person.department)
    structure = city.ground.structure
    if person.role is Role.STREET:
        units = tuple(structure.below(person.area))
        communities = tuple(g.code for g in units if g.level is Level.COMMUNITY)
        return Post(
            person.area, approves_in=communities, approves_units=(person.area, *(g.code for g in units))
        )
    if person.role is Role.CITY_OFFICE:
        under_streets = (g.code for street in structure.streets for g in structure.children(street))
        return Post(person.area, approves_beside=tuple(under_streets))
    return Post(person.area)
