"""Raise the reports of a simulated day: where, what, told by whom – most in a grid, some on a border, a few in none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import shapely

from demo import stories
from demo.life import RAISERS, Home, Wanted, at_work
from demo.rhythm import HOURS, Year
from demo.town import Town
from domain.actions.raising import Report
from domain.grids import CITY, Level
from domain.people import Person
from domain.place import LngLat
from domain.tickets import Source, Words

OFTEN, EDGE, NOWHERE = 0.965, 0.02, 0.015
"""How many reports come from a home, from a border between two grids, from no grid."""

DISPUTES = 0.09
AVERAGE_DAY = 0.93
"""How busy a day is on average, weekends and holidays with it."""


@dataclass(frozen=True, slots=True)
class Reporter:
    """Knows the places people report from."""

    town: Town
    homes: Mapping[str, Sequence[Home]]
    borders: Sequence[LngLat]
    outside: tuple[float, float, float, float]

    @classmethod
    def of(
        cls, town: Town, homes: Mapping[str, Sequence[Home]], outlines: Mapping[str, shapely.Geometry]
    ) -> Reporter:
        """Find some points that lie on a border of two building grids."""
        borders: list[LngLat] = []
        for grid in town.random.sample(town.rules.structure.at_level(Level.BUILDING), 60):
            corners = shapely.get_coordinates(outlines[grid.code])
            points = (LngLat(float(x), float(y)) for x, y in corners[::5])
            borders += [p for p in points if town.rules.on_edge(p)][:1]
        west, south, east, north = shapely.total_bounds(list(outlines.values()))
        return cls(town, homes, borders, (float(west), float(south), float(east), float(north)))

    def of_a_day(self, day: date, tickets: float) -> Iterator[tuple[datetime, Report, Person]]:
        """When somebody raises what that day."""
        random, clock = self.town.random, self.town.clock
        wanted = tickets * Year.busy(day, clock) / AVERAGE_DAY * random.uniform(0.75, 1.25)
        for _ in range(int(wanted) + (random.random() < wanted % 1)):
            hour = random.choices(range(24), HOURS)[0]
            local = datetime.combine(day, time(hour, random.randrange(60), random.randrange(60)), clock.zone)
            yield local.astimezone(UTC), *self._report(local.astimezone(UTC), local.month)

    def _report(self, at: datetime, month: int) -> tuple[Report, Person]:
        town, random = self.town, self.town.random
        grid = town.world.some_grid()
        home = random.choice(self.homes[grid])
        point = self._point(home)
        located = town.rules.locate(point)
        category = town.world.some_category(Wanted(dispute=town.chance(DISPUTES)), home, month)
        told = stories.describe(town.phrases, category, home.compound, home.building, random)
        by, from_resident = self._raiser(at, located.level3 or located.grid)
        words = Words(told, *stories.reporter(random)) if from_resident else Words(told)
        address = home.address if located.grid else ""
        return Report(
            point, category.code, words, address=address, urgent=category.urgent or town.chance(0.01),
            from_resident=from_resident,
        ), by  # fmt: skip

    def _point(self, home: Home) -> LngLat:
        random = self.town.random
        kind = random.random()
        if kind < OFTEN or (kind < OFTEN + EDGE and not self.borders):
            return LngLat(
                round(home.point.lng + random.gauss(0, 4e-5), 7),
                round(home.point.lat + random.gauss(0, 3e-5), 7),
            )
        if kind < OFTEN + EDGE:
            return random.choice(self.borders)
        west, south, east, _ = self.outside
        return LngLat(round(random.uniform(west, east), 7), round(south - random.uniform(0.005, 0.02), 7))

    def _raiser(self, at: datetime, grid: str | None) -> tuple[Person, bool]:
        """Who raises it, and whether a resident told it. What lies in no grid reaches the city office."""
        town, structure = self.town, self.town.rules.structure
        if grid is None:
            return town.at(CITY), town.chance(0.3)
        chain = structure.chain(grid)
        _, source, level = town.one_of([(w, (w, s, lv)) for w, s, lv in RAISERS])
        if source is Source.RESIDENT:
            return town.at(chain[0] if town.chance(0.7) else chain[min(2, len(chain) - 1)]), True
        if source is not Source.GRID and not at_work(town.world, at):
            return town.at(chain[0]), False
        if level is None:
            street = next((code for code in chain if code in structure.streets), CITY)
            return town.at(CITY if source is Source.CITY_OFFICE else street), False
        head = next(
            (c for c in chain if (g := structure.grids.get(c)) is not None and g.level is level), chain[0]
        )
        return town.at(head), False


def days_of(start: datetime, days: int, town: Town) -> Iterator[tuple[date, datetime, datetime]]:
    """Each simulated day: its date where the city lies, when it begins and ends; the first begins at ``start``."""
    zone = town.clock.zone
    begins, day = start, start.astimezone(zone).date()
    for _ in range(days):
        ends = datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
        yield day, begins, ends
        begins, day = ends, day + timedelta(days=1)
