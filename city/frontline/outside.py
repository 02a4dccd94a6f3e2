"""The catch-all lists, as colours of the map: where nobody has written anything, where a Party organisation is missing."""

from __future__ import annotations

from collections.abc import Mapping

from city.frontline import places
from city.opened import City
from domain.frontline.outside import Outside, Standing, standings
from domain.grids import Level
from domain.said import said
from domain.shades import Shade
from storage.frontline.records import those

SHADE = Shade(
    "outside",
    said("Catch-all lists"),
    said("Listed organisations without a Party organisation"),
    "outside",
    (3, 6, 11, 21),
    said("none"),
    said("nobody is on the list"),
    said("{n} without"),
)


def standings_at(city: City, level: Level) -> dict[str, Standing]:
    """The lists of each grid of a level, everything below it counted in."""
    with city.database.read() as connection:
        found = standings(those(connection, Outside))
    summed: dict[str, Standing] = {}
    for code, standing in found.items():
        grid = places.at_level(city, city.ground.structure.today(code), level)
        if grid is not None:
            before = summed.get(grid, Standing())
            summed[grid] = Standing(
                before.there + standing.there,
                before.with_party + standing.with_party,
                before.unknown + standing.unknown,
            )
    return summed


def blanks_by_grid(city: City, level: Level) -> Mapping[str, int]:
    """Organisations of each grid's list that have no Party organisation; a grid with an empty list is left out."""
    return {grid: s.there - s.with_party for grid, s in standings_at(city, level).items()}


def blank_grids(city: City, unit: str) -> list[str]:
    """The smallest grids of a unit on whose list nobody stands."""
    structure = city.ground.structure
    smallest = set(places.smallest_grids(city))
    there = standings_at(city, structure.levels[-1]) if structure.levels else {}
    return [
        grid.code for grid in places.grids_in(city, unit) if grid.code in smallest and grid.code not in there
    ]
