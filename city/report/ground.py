"""What the report tells of the ground itself: area, grids, compounds, buildings, households – of the plan in force."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from weakref import WeakKeyDictionary

import numpy as np
import shapely

from city.frontline import places
from city.opened import City
from city.own_facts import REGISTERED, RESIDENTS
from domain.report.figure import Counted
from gis.crs import metric, projected


def _smallest(city: City) -> list[str]:
    return places.smallest_grids(city)


def _area(city: City) -> Iterator[Counted]:
    codes = _smallest(city)
    shapes = np.array([city.ground.outlines[code] for code in codes], dtype=object)
    areas = shapely.area(projected(shapes, metric(city.ground.bounds)))
    return (Counted(code, round(area)) for code, area in zip(codes, areas, strict=True))


def _streets(city: City) -> Iterator[Counted]:
    return (Counted(code, 1) for code in city.ground.structure.streets)


def _grids(city: City) -> Iterator[Counted]:
    return (Counted(code, 1) for code in city.ground.structure.grids)


def _households(city: City) -> Iterator[Counted]:
    structure = city.ground.structure
    levels = [level for level in structure.levels if any(g.households for g in structure.at_level(level))]
    smallest = structure.at_level(levels[-1]) if levels else ()
    return (Counted(grid.code, grid.households or 0) for grid in smallest)


def _compounds(city: City) -> Iterator[Counted]:
    return (
        Counted(code, 1, name) for code in _smallest(city) for name in city.ground.compounds.get(code, ())
    )


def _buildings(city: City) -> Iterator[Counted]:
    return (Counted(grid, len(there)) for grid, there in places.buildings(city).by_grid.items())


GROUND: Mapping[str, Callable[[City], Iterator[Counted]]] = {
    "area": _area,
    "streets": _streets,
    "grids": _grids,
    "households": _households,
    "compounds": _compounds,
    "buildings": _buildings,
}

_known: WeakKeyDictionary[City, tuple[int, dict[str, list[Counted]]]] = WeakKeyDictionary()


def counted_on_ground(city: City) -> Mapping[str, list[Counted]]:
    """What lies on the ground by place, worked out once for each of its revisions; facts that nobody told are missing."""
    revision = city.ground.revision
    known = _known.get(city)
    if known is None or known[0] != revision:
        found = {} if city.ground.is_empty else {name: list(count(city)) for name, count in GROUND.items()}
        known = _known[city] = (revision, found | _facts(city))
    return known[1]


def _facts(city: City) -> dict[str, list[Counted]]:
    told = {name: city.ground.facts.get(name) for name in (RESIDENTS, REGISTERED)}
    return {name: [Counted("", n)] for name, n in told.items() if isinstance(n, int)}
