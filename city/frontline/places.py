"""The buildings of the city as those who visit them know them: where each is, what it is called, which grid it lies in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
import shapely

from city.opened import City
from domain.grids import CITY, Grid, Level
from domain.place import LngLat
from storage.frontline.places import buildings_of

Box: TypeAlias = tuple[float, float, float, float]
"""West, south, east, north in degrees."""


@dataclass(frozen=True, slots=True)
class Building:
    """A unit with households: a building of its own. ``grid`` is the smallest grid it lies in."""

    code: str
    name: str
    grid: str
    households: int
    point: LngLat


@dataclass(frozen=True)
class Buildings:
    """The buildings of one plan."""

    by_code: Mapping[str, Building]

    @cached_property
    def by_grid(self) -> dict[str, tuple[Building, ...]]:
        """The buildings of each smallest grid, by code."""
        found: dict[str, list[Building]] = defaultdict(list)
        for building in self.by_code.values():
            found[building.grid].append(building)
        return {grid: tuple(sorted(those, key=lambda b: b.code)) for grid, those in found.items()}

    @cached_property
    def points(self) -> npt.NDArray[np.float64]:
        """Where the buildings are, by code: one row each, longitude and latitude in degrees."""
        return np.array([(b.point.lng, b.point.lat) for b in self.by_code.values()]).reshape(-1, 2)

    def inside(self, box: Box) -> list[Building]:
        """The buildings in a box of west, south, east and north."""
        west, south, east, north = box
        lng, lat = self.points.T
        those = np.flatnonzero((west <= lng) & (lng <= east) & (south <= lat) & (lat <= north))
        known = tuple(self.by_code.values())
        return [known[n] for n in those]

    def of(self, city: City, unit: str) -> list[Building]:
        """The buildings of a unit of the city, whatever its level."""
        return [building for grid in grids_in(city, unit) for building in self.by_grid.get(grid.code, ())]


_known: WeakKeyDictionary[City, tuple[str, Buildings]] = WeakKeyDictionary()


def buildings(city: City) -> Buildings:
    """The buildings of the plan in force; none in a city that came as polygons and has no units."""
    ground = city.ground
    known = _known.get(city)
    if known is None or known[0] != ground.drawing:
        known = _known[city] = (ground.drawing, _read(city))
    return known[1]


def _read(city: City) -> Buildings:
    plan = city.ground.plan
    if plan is None:
        return Buildings({})
    with city.database.read() as connection:
        rows = buildings_of(connection, plan.id)
    points = shapely.point_on_surface(shapely.from_wkb([row.geometry for row in rows]))
    return Buildings(
        {
            row.code: Building(
                row.code, f"{row.compound or ''}{row.building or row.code}", row.grid, row.households,
                LngLat(point.x, point.y),
            )
            for row, point in zip(rows, points, strict=True)
        }
    )  # fmt: skip


def grids_in(city: City, unit: str) -> Iterable[Grid]:
    """The grids of a unit and below it; all of them for the whole city."""
    structure = city.ground.structure
    return structure.grids.values() if unit == CITY else structure.below(unit)


def parts_of(city: City, unit: str) -> list[str]:
    """The units directly below one: the streets of the whole city, where it has any."""
    structure = city.ground.structure
    if unit == CITY and structure.streets:
        return sorted(structure.streets)
    return [grid.code for grid in structure.children(unit)]


def smallest_grids(city: City) -> list[str]:
    """The codes of the grids that nothing lies below."""
    levels = city.ground.structure.levels
    return [grid.code for grid in city.ground.structure.at_level(levels[-1])] if levels else []


def at_level(city: City, code: str, level: Level) -> str | None:
    """The grid of a level over (or at) this one; None where there is none."""
    grids = city.ground.structure.grids
    return next(
        (c for c in city.ground.structure.chain(code) if c in grids and grids[c].level is level), None
    )
