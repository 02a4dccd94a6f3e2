"""What each grid of a level weighs on the map and in its table, as a person may see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from city.opened import City
from domain.grids import Grid, Level
from domain.loads import SHOWN_FROM, Load, Measure, Share
from domain.people import Person, sees_unit

NO_LOAD = Load()
NO_SHARE = Share()


@dataclass(frozen=True, slots=True)
class Weight:
    """One grid with its counts and its class; ``load`` is None where the person may not look."""

    grid: Grid
    load: Load | None
    share: Share | None
    """How often work ended well there, where the map is coloured by a rate."""
    class_: int

    @property
    def may_tell_good(self) -> bool:
        """Are there enough cases to say how many of them ended well?"""
        return self.share is not None and self.share.n >= SHOWN_FROM


def measure_named(city: City, name: str | None) -> Measure:
    """The measure of this name where this city has it, else the one its colours count at first."""
    known = city.measures()
    return next((measure for measure in known if measure.value == name), known[0])


def weigh(
    city: City, person: Person, level: Level, measure: Measure, grids: Sequence[Grid] | None = None
) -> list[Weight]:
    """Every grid of a level in the order of codes, or those asked for in their order."""
    structure, lead = city.ground.structure, person.department
    loads = city.loads(level, lead)
    shares = city.shares(level, measure, lead) if measure.is_rate else None
    found = []
    for grid in structure.at_level(level) if grids is None else grids:
        if lead is None and not sees_unit(person, grid.code, structure):
            found.append(Weight(grid, None, None, 0))
            continue
        load = loads.get(grid.code, NO_LOAD)
        if shares is None:
            found.append(Weight(grid, load, None, city.class_of(grid, load, measure)))
            continue
        share = shares.get(grid.code, NO_SHARE)
        found.append(Weight(grid, load, share, city.class_of_share(grid, share, measure)))
    return found
