"""What each grid of a level weighs on the map and in its table, as a person may see it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple, TypeAlias

from city.frontline.shades import SHADES, numbers_of
from city.opened import City
from domain.frontline.rights import may_read
from domain.grids import Grid, Level
from domain.loads import SHOWN_FROM, Load, Measure, Share
from domain.people import Person, sees_unit
from domain.said import Said
from domain.shades import Shade
from domain.titles import LEGEND, MEASURE

NO_LOAD = Load()
NO_SHARE = Share()

Colouring: TypeAlias = Measure | Shade
"""What the colours of a map count: tickets, or something else about its grids."""


class Weight(NamedTuple):
    """One grid with its counts and its class; ``load`` is None where the person may not look."""

    grid: Grid
    load: Load | None
    share: Share | None
    """How often work ended well there, where the map is coloured by a rate."""
    class_: int
    number: int | None = None
    """The grid's number where the map is coloured by something else than tickets."""

    @property
    def may_tell_good(self) -> bool:
        """Are there enough cases to say how many of them ended well?"""
        return self.share is not None and self.share.n >= SHOWN_FROM


def colourings(city: City, person: Person) -> tuple[Colouring, ...]:
    """What the map may be coloured by for this person, what it is at first before the others."""
    return (*city.measures(), *(s.shade for s in SHADES if may_read(person, s.shade.rights)))


def colouring_named(city: City, person: Person, name: str | None) -> Colouring:
    """The colouring of this name where this person may see it, else the one that the map begins with."""
    known = colourings(city, person)
    return next((each for each in known if each.value == name), known[0])


def title_of(colouring: Colouring) -> Said:
    """What a colouring is called where one is chosen."""
    return colouring.title if isinstance(colouring, Shade) else MEASURE[colouring]


def legend_of(colouring: Colouring) -> Said:
    """What a colouring is called over a legend."""
    return colouring.legend if isinstance(colouring, Shade) else LEGEND[colouring]


def measure_named(city: City, name: str | None) -> Measure:
    """The measure of this name where this city has it, else the one its colours count at first."""
    known = city.measures()
    return next((measure for measure in known if measure.value == name), known[0])


def codes_counted(city: City, person: Person, level: Level, measure: Measure) -> Collection[str]:
    """The grids of a level that have anything which a measure counts: of very many, mostly few."""
    lead = person.department
    return city.shares(level, measure, lead) if measure.is_rate else city.loads(level, lead)


def weigh(
    city: City, person: Person, level: Level, by: Colouring, grids: Sequence[Grid] | None = None
) -> list[Weight]:
    """Every grid of a level in the order of codes, or those asked for in their order."""
    structure, lead = city.ground.structure, person.department
    loads = city.loads(level, lead)
    shares = city.shares(level, by, lead) if isinstance(by, Measure) and by.is_rate else None
    numbers = numbers_of(city, by, level) if isinstance(by, Shade) else {}
    found = []
    for grid in structure.at_level(level) if grids is None else grids:
        if lead is None and not sees_unit(person, grid.code, structure):
            found.append(Weight(grid, None, None, 0))
            continue
        load = loads.get(grid.code, NO_LOAD)
        if isinstance(by, Shade):
            number = numbers.get(grid.code)
            found.append(Weight(grid, load, None, by.class_of(number), number))
        elif shares is None:
            found.append(Weight(grid, load, None, city.class_of(grid, load, by)))
        else:
            share = shares.get(grid.code, NO_SHARE)
            found.append(Weight(grid, load, share, city.class_of_share(grid, share, by)))
    return found
