"""The units for which somebody may look at the grids' work."""

from __future__ import annotations

from collections.abc import Iterator

from city.opened import City
from domain.grids import CITY, Level
from domain.people import WHOLE_CITY, Person, Role

MOST = 500
"""Units of one list: where there are more, the smallest level stays away."""


def own_unit(person: Person) -> str:
    """The unit that somebody's pages begin with."""
    whole = person.role in WHOLE_CITY or person.role is Role.DEPARTMENT
    return CITY if whole else person.area


def units_for(city: City, person: Person) -> list[str]:
    """A person's own unit and those below it, from the largest to the smallest, as one list can hold them."""
    own, structure = own_unit(person), city.ground.structure
    below = list(_below(city, own))
    while len(below) > MOST:
        smallest = max(structure.grids[code].level for code in below if code in structure.grids)
        if smallest is Level.COMMUNITY:
            break
        below = [c for c in below if c in structure.streets or structure.grids[c].level is not smallest]
    return [own, *(code for code in below if code != own)]


def _below(city: City, own: str) -> Iterator[str]:
    structure = city.ground.structure
    if own == CITY:
        yield from sorted(structure.streets)
        yield from (grid.code for level in structure.levels for grid in structure.at_level(level))
    else:
        yield from sorted((g.code for g in structure.below(own)), key=lambda c: (structure.grids[c].level, c))


def unit_asked(city: City, person: Person, asked: str | None) -> str:
    """The unit that an address names, where it is one of this person's; else their own."""
    own, structure = own_unit(person), city.ground.structure
    if asked and asked in structure and structure.within(asked, own):
        return asked
    return own
