"""The ways to colour the map by what people do on the grids: one line here for each, which its own module describes."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from city.frontline import mustered, needed, organised, outside, visited
from city.frontline.places import Box, Building, buildings
from city.frontline.units import own_unit
from city.opened import City
from domain.frontline.rights import may_read
from domain.grids import Level
from domain.people import Person
from domain.shades import Shade

KEPT = 10.0
"""Seconds for which a level's numbers are shared by everybody who asks."""


@dataclass(frozen=True, slots=True)
class Shaded:
    """A way to colour, and where its numbers come from: by grid of a level; a grid without one is left out."""

    shade: Shade
    numbers: Callable[[City, Level], Mapping[str, int]]
    of_buildings: Callable[[City, Collection[Building]], Mapping[str, int]] | None = None
    """The numbers of buildings by their codes, where it knows them one by one."""


SHADES: tuple[Shaded, ...] = (
    Shaded(visited.SHADE, visited.days_by_grid, visited.days_by_building),
    Shaded(needed.SHADE, needed.unmet_by_grid),
    Shaded(mustered.SHADE, mustered.fill_by_grid),
    Shaded(outside.SHADE, outside.blanks_by_grid),
    Shaded(organised.CENTRES, organised.lacking_by_grid),
    Shaded(organised.LEFT, organised.left_by_grid),
)

_kept: WeakKeyDictionary[City, dict[tuple[str, Level], tuple[float, int, Mapping[str, int]]]] = (
    WeakKeyDictionary()
)


def numbers_of(city: City, shade: Shade, level: Level) -> Mapping[str, int]:
    """The numbers of a level's grids, counted every ten seconds at most for everybody."""
    kept, asked = _kept.setdefault(city, {}), (shade.name, level)
    known = kept.get(asked)
    revision = city.ground.revision
    if known is not None and time.monotonic() < known[0] and known[1] == revision:
        return known[2]
    numbers = next(each.numbers for each in SHADES if each.shade is shade)(city, level)
    kept[asked] = (time.monotonic() + KEPT, revision, numbers)
    return numbers


def forget_numbers(city: City) -> None:
    """After something was written: the next to ask counts anew."""
    _kept.pop(city, None)


# --- one by one -------------------------------------------------------------------------------------------------

MOST_SPOTS = 400
"""Buildings of one view that are shown one by one: more are a crowd."""


@dataclass(frozen=True, slots=True)
class Spot:
    """One building on the map, with its number and class."""

    building: Building
    number: int | None
    class_: int


def knows_buildings(shade: Shade) -> bool:
    """Are there numbers of buildings, too?"""
    return any(each.shade is shade and each.of_buildings for each in SHADES)


def spots(city: City, person: Person, name: str, box: Box) -> list[Spot] | None:
    """The buildings in a view that this person may see, each with its number; None where they are too many to be told
    apart, none where nothing is known of buildings or it is not this person's to see."""
    shaded = next((each for each in SHADES if each.shade.name == name), None)
    if shaded is None or shaded.of_buildings is None or not may_read(person, shaded.shade.rights):
        return []
    seen = buildings(city).inside(box)
    if len(seen) > MOST_SPOTS:
        return None
    own, structure = own_unit(person), city.ground.structure
    mine = [building for building in seen if structure.within(building.grid, own)]
    numbers = shaded.of_buildings(city, mine)
    return [Spot(b, numbers.get(b.code), shaded.shade.class_of(numbers.get(b.code))) for b in mine]
