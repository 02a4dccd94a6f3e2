"""Visits as members, heads and leaders look at them: the day's round, the log, what a period covered, colours of the map."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from city.frontline import places
from city.frontline.places import Building
from city.opened import City
from domain.frontline.rights import reads_unit
from domain.frontline.visits import (
    Coverage,
    Follows,
    Learned,
    Stop,
    Visit,
    days_since,
    suggested_round,
)
from domain.grids import Level
from domain.people import Person
from domain.place import LngLat
from domain.said import said
from domain.shades import Shade
from storage.frontline import visits

SHADE = Shade(
    "visits",
    said("Last visit"),
    said("Days since the last visit"),
    "visits",
    (4, 8, 15, 31),
    said("today"),
    said("never visited"),
    said("{n} days ago"),
)
"""A grid is as well visited as its member was there lately."""

ROUND = 8
"""Buildings of a day's round."""


def days_by_grid(city: City, level: Level) -> Mapping[str, int]:
    """Days since somebody was last in each grid of a level."""
    with city.database.read() as connection:
        last = visits.last_by_grid(connection)
    newest: dict[str, datetime] = {}
    for code, at in last.items():
        grid = places.at_level(city, city.ground.structure.today(code), level)
        if grid is not None:
            newest[grid] = max(at, newest.get(grid, at))
    now = city.now()
    return {grid: max(0, (now - at).days) for grid, at in newest.items()}


def days_by_building(city: City, those: Collection[Building]) -> Mapping[str, int]:
    """Days since somebody was last in each of these buildings."""
    with city.database.read() as connection:
        last = visits.last_by_unit(connection, {building.grid for building in those})
    now = city.now()
    return {b.code: max(0, (now - last[b.code]).days) for b in those if b.code in last}


@dataclass(frozen=True, slots=True)
class Door:
    """A building with when somebody was there last, and how many days ago that is; None: never."""

    building: Building
    last: datetime | None
    days: int | None


def doors(city: City, unit: str) -> list[Door]:
    """The buildings of a unit, those that wait longest first."""
    known = places.buildings(city).of(city, unit)
    now = city.now()
    with city.database.read() as connection:
        last = visits.last_by_unit(connection, {building.grid for building in known})
    found = [Door(b, last.get(b.code), days_since(last.get(b.code), now)) for b in known]
    return sorted(found, key=lambda door: (door.last or NEVER, door.building.code))


NEVER = datetime.min.replace(tzinfo=UTC)


def door(city: City, unit: str, code: str) -> Door | None:
    """One building of a unit; None where it lies elsewhere, or nowhere."""
    building = places.buildings(city).by_code.get(code)
    if building is None or not city.ground.structure.within(building.grid, unit):
        return None
    with city.database.read() as connection:
        last = visits.last_by_unit(connection, {building.grid}).get(code)
    return Door(building, last, days_since(last, city.now()))


def round_of(city: City, unit: str, start: LngLat | None = None, most: int = ROUND) -> list[Door]:
    """The day's suggested round in a unit: through the buildings that wait longest, from each to the nearest next."""
    known = {door.building.code: door for door in doors(city, unit)}
    stops = [Stop(code, door.building.point, door.last) for code, door in known.items()]
    return [known[stop.unit] for stop in suggested_round(stops, start, most)]


@dataclass(frozen=True, slots=True)
class Covered:
    """What the visits of a period covered of one unit, what was learned there, and what followed."""

    code: str
    coverage: Coverage
    learned: Mapping[Learned, int]
    follows: Mapping[Follows, int]


def covered(city: City, unit: str, begin: datetime, end: datetime) -> list[Covered]:
    """Of a unit and of each unit directly below it, the unit itself first."""
    with city.database.read() as connection:
        rows = visits.counted(connection, begin, end)
    return [_covered(city, code, rows) for code in (unit, *places.parts_of(city, unit))]


def _covered(
    city: City, unit: str, rows: list[tuple[str, str | None, Learned, Follows, int]]
) -> Covered:  # fmt: skip
    structure = city.ground.structure
    inside = {grid.code for grid in places.grids_in(city, unit)}
    here = {building.code for building in places.buildings(city).of(city, unit)}
    mine = [row for row in rows if structure.today(row[0]) in inside]
    seen = {building for _, building, *_ in mine if building in here}
    learned = dict.fromkeys(Learned, 0)
    follows = dict.fromkeys(Follows, 0)
    for *_, what, then, n in mine:
        learned[what] += n
        follows[then] += n
    return Covered(unit, Coverage(len(here), len(seen), sum(n for *_, n in mine)), learned, follows)


def log_of(city: City, person: Person, unit: str, days: int = 30, most: int = 200) -> list[Visit]:
    """The last visits in a unit that this person may read."""
    structure, now = city.ground.structure, city.now()
    if not reads_unit(person, Visit.LIST, unit, structure):
        return []
    inside = {grid.code for grid in places.grids_in(city, unit)}
    with city.database.read() as connection:
        return visits.between(connection, inside, now - timedelta(days=days), now + timedelta(minutes=1))[
            :most
        ]


def visit_at(city: City, building: str, *, at: datetime, learned: Learned, follows: Follows) -> Visit | None:
    """A visit to a building, its grid found by the plan in force; None where there is no such building."""
    known = places.buildings(city).by_code.get(building)
    if known is None:
        return None
    return Visit(grid=known.grid, unit=known.code, at=at, visitor=0, learned=learned, follows=follows)
