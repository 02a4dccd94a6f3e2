"""Needs against resources, as colours of the map."""

from __future__ import annotations

from collections.abc import Mapping

from city.frontline import places
from city.opened import City
from domain.frontline.pledges import Balance, Need, Resource, balances
from domain.grids import Level
from domain.said import said
from domain.shades import Shade
from storage.frontline.records import those

SHADE = Shade(
    "needs",
    said("Unmet needs"),
    said("Open needs beyond the resources there"),
    "needs",
    (2, 4, 7, 11),
    said("none"),
    said("no needs listed"),
    said("{n} unmet"),
)


def balances_at(city: City, level: Level) -> dict[str, Balance]:
    """Needs and room of each grid of a level, everything below it counted in."""
    with city.database.read() as connection:
        found = balances(those(connection, Need), those(connection, Resource))
    summed: dict[str, Balance] = {}
    for code, balance in found.items():
        grid = places.at_level(city, city.ground.structure.today(code), level)
        if grid is not None:
            before = summed.get(grid, Balance())
            summed[grid] = Balance(before.needs + balance.needs, before.room + balance.room)
    return summed


def unmet_by_grid(city: City, level: Level) -> Mapping[str, int]:
    """Open needs beyond the room of the resources in the same grid."""
    return {grid: balance.unmet for grid, balance in balances_at(city, level).items()}
