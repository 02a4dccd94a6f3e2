"""Look at the plan of any day: its grids and outlines as they were, without today's counts."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from weakref import WeakKeyDictionary

import shapely

from city.opened import City
from city.snapshots import begins, day_of
from domain.grids import Grid, Level, Structure
from gis.coding import Coded, encode_grids
from gis.tiling import Grid as DrawnGrid
from gis.tiling import content_of
from storage import plans
from storage.past_plans import Origin, PlanInTime

MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class PastPlan:
    """A plan that was in force once, as it was."""

    plan: PlanInTime
    structure: Structure
    bounds: tuple[float, float, float, float]
    """West, south, east, north in degrees."""
    coded: Mapping[Level, Coded]
    """Levels that are drawn at once; the others are drawn in bundles."""
    contents: Mapping[Level, str]
    """The name of each level by what is drawn of it."""

    @property
    def levels(self) -> tuple[Level, ...]:
        return self.structure.levels

    def grids(self, level: Level) -> tuple[Grid, ...]:
        """The grids of a level in the order of their codes."""
        return self.structure.at_level(level)


@dataclass(frozen=True)
class DrawnPlan:
    """The grids of a plan with their outlines, and which of its levels are drawn in bundles."""

    structure: Structure
    outlines: Mapping[str, shapely.Geometry]
    tiled: frozenset[Level]

    def grids(self, level: Level) -> list[DrawnGrid]:
        """Code, name and outline of the grids of a level, in the order of their codes."""
        return [(g.code, g.name, self.outlines[g.code]) for g in self.structure.at_level(level)]

    @cached_property
    def contents(self) -> dict[Level, str]:
        """The name of each level by what is drawn of it."""
        return {level: content_of(self.grids(level)) for level in self.structure.levels}


_drawn: WeakKeyDictionary[City, dict[int, tuple[str, PastPlan]]] = WeakKeyDictionary()
"""By the number of the plan: what names its content, and the content."""

_drawing = threading.Lock()


def plan_at(city: City, day: date) -> PlanInTime | None:
    """The plan in force at the end of a day of the city; today: now. None before the first one."""
    moment = min(city.now(), begins(city, day + timedelta(days=1)) - MICROSECOND)
    return next((plan for plan in city.ground.history if plan.was_in_force(moment)), None)


def is_past(city: City, day: date) -> bool:
    """Is this a day before today?"""
    return day < day_of(city, city.now())


def days(city: City) -> tuple[date, date]:
    """The first day with a plan, and today."""
    today = day_of(city, city.now())
    plan = city.ground.history[0] if city.ground.history else None
    return (day_of(city, plan.since) if plan else today), today


def was_redrawn(city: City) -> bool:
    """Did another plan come before the one in force?"""
    return len(city.ground.history) > 1


def past_plan(city: City, plan: PlanInTime) -> PastPlan:
    """The content of a plan that is or was in force. That of a former one never changes, so it is read once; households of
    the one in force do."""
    content = "" if plan.until else city.ground.drawing
    with _drawing:
        kept = _drawn.setdefault(city, {})
        known = kept.get(plan.id)
        if known is None or known[0] != content:
            known = kept[plan.id] = (content, _read(city, plan))
        return known[1]


def coded_named(city: City, name: str) -> Coded | None:
    """The outlines of a level of a former plan, by the hash of their content."""
    former = (past_plan(city, plan) for plan in city.ground.history if plan.until is not None)
    return next((coded for plan in former for coded in plan.coded.values() if coded.hash == name), None)


def origins_of(city: City, codes: Iterable[str], since: datetime) -> list[Origin]:
    """From which grids those of these came that a redraw made since a moment, in the order of codes."""
    found = city.ground.origins
    made = (found[code] for code in sorted(set(codes) & found.keys()))
    return [origin for origin in made if origin.since >= since and origin.sources != (origin.code,)]


def drawn_plan(city: City, plan_id: int) -> DrawnPlan:
    """The grids of any plan with their outlines, read anew."""
    with city.database.read() as connection:
        drawn = plans.grids_of(connection, plan_id)
        streets = plans.all_streets(connection)
    shapes = shapely.make_valid(shapely.from_wkb([d.geometry for d in drawn]))
    outlines = {d.grid.code: shape for d, shape in zip(drawn, shapes, strict=True)}
    structure = Structure.of((d.grid for d in drawn), streets, city.ground.structure.city_name)
    at_most = city.settings.tiled_from
    tiled = frozenset(level for level, grids in structure.by_level.items() if len(grids) > at_most)
    return DrawnPlan(structure, outlines, tiled)


def _read(city: City, plan: PlanInTime) -> PastPlan:
    drawn = drawn_plan(city, plan.id)
    at_once = (level for level in drawn.structure.levels if level not in drawn.tiled)
    coded = {level: encode_grids(drawn.grids(level)) for level in at_once}
    west, south, east, north = shapely.total_bounds(list(drawn.outlines.values()))
    bounds = float(west), float(south), float(east), float(north)
    return PastPlan(plan, drawn.structure, bounds, coded, drawn.contents)
