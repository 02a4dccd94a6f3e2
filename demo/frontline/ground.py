"""What the demo's lists are made from: the city's buildings, its people, chance and a moment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import shapely

from demo.boundaries import Boundaries
from domain.clocks import WorkClock
from domain.events import Event
from domain.frontline.records import Beside, R, Record
from domain.grids import Grid, Level, Structure
from domain.people import GRID_ROLE, Role
from domain.place import LngLat


@dataclass(frozen=True, slots=True)
class Building:
    """A building with households."""

    unit: str
    grid: str
    point: LngLat
    address: str


@dataclass(frozen=True)
class Ground:
    """The city as the demo's lists see it. ``accounts`` are the numbers of those who work, by area."""

    boundaries: Boundaries
    structure: Structure
    accounts: Mapping[str, int]
    departments: Mapping[str, str]
    """Names by code."""
    linked: Mapping[str, str]
    """The community that each department is linked to."""
    heads: Mapping[str, str]
    """Who heads each grid."""
    leaders: Sequence[str]
    """The community that each leader answers for, in the order of their numbers."""
    clock: WorkClock
    random: Random
    now: datetime

    @property
    def today(self) -> date:
        return self.now.astimezone(self.clock.zone).date()

    def grids(self, level: Level) -> tuple[Grid, ...]:
        return self.structure.at_level(level)

    def buildings(self) -> list[Building]:
        """Every building, by its code."""
        lived_in = sorted((u for u in self.boundaries.units if u["households"]), key=lambda u: str(u["unit"]))
        points = shapely.point_on_surface([u["shape"] for u in lived_in])
        return [
            Building(u["unit"], self.boundaries.home_of[u["unit"]], LngLat(p.x, p.y), u["address"])
            for u, p in zip(lived_in, points, strict=True)
        ]

    def workdays(self, back: int) -> list[date]:
        """The last workdays, up to and without today."""
        days = (self.today - timedelta(days=n) for n in range(back, 0, -1))
        return [day for day in days if self.clock.is_worked(day)]


@dataclass(frozen=True, slots=True)
class Then:
    """What became of a row later: its fields from then on, by whom, and when."""

    at: datetime
    kind: str
    by: int | None
    role: Role
    fields: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Written:
    """A row of a list as it was first, who wrote it down, and when; what became of it, and what lies beside it."""

    record: Record
    by: int | None
    role: Role
    at: datetime
    kind: str = "listed"
    then: tuple[Then, ...] = ()
    beside: Beside | None = None

    def versions(self) -> Iterator[Record]:
        """The row as it was after each event."""
        row = self.record
        yield row
        for each in self.then:
            row = replace(row, **each.fields, version=row.version + 1)  # type: ignore[arg-type]
            yield row

    @property
    def last(self) -> Record:
        """The row as it is now."""
        *_, row = self.versions()
        return row


def numbered(written: Iterable[Written]) -> Iterator[Written]:
    """The rows of one list, in the order in which they were written down, with their numbers."""
    ordered = sorted(written, key=lambda each: each.at)
    return (replace(each, record=replace(each.record, id=n)) for n, each in enumerate(ordered, start=1))


def events_of(written: Iterable[Written]) -> Iterator[Event]:
    """The events of each row, the first and what came later."""
    for each in written:
        told = ((each.at, each.kind, each.by, each.role), *((t.at, t.kind, t.by, t.role) for t in each.then))
        before = ""
        for seq, (row, (at, kind, by, role)) in enumerate(zip(each.versions(), told, strict=True), start=1):
            facts: dict[str, Any] = row.facts() | {"role": role.value}
            event = Event(row.stream, seq, at, kind, by, facts).sealed_after(before)
            before = event.hash
            yield event


def by_head(ground: Ground, grid: str, record: R, at: datetime, kind: str = "listed") -> Written:
    """What the head of a grid wrote down."""
    level = ground.structure.grids[grid].level
    return Written(record, ground.accounts.get(grid), GRID_ROLE[level], at, kind)
