"""Open a city: its database, the plan in force, its rules – read again when somebody changes them."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import shapely

from city.calendar import OfficialCalendar
from city.settings import Settings
from city.shared import Shared
from domain.categories import Category
from domain.clocks import WorkClock
from domain.grids import Grid, Level, Located, Structure
from domain.loads import Load, Measure, Share, class_of, class_of_share
from domain.place import LngLat
from domain.rulebook import Rulebook
from domain.said import Busy
from gis.coding import Coded, encode_base, encode_grids
from gis.locate import Locator
from gis.tiling import Grid as DrawnGrid
from gis.tiling import content_of
from storage import counts, facts, past_plans, people, plans
from storage.database import Database
from storage.rules import Rules, read_rules
from storage.store import TicketStore

LOOK_FOR_CHANGES = 2.0
"""Seconds between two looks at the revision: an import by another process shows on the map within this time."""

TILED_FROM = 2_000
"""A level with more grids is drawn in bundles, by where one looks."""

BASE_DRAWN = 12_000
"""Features of the quiet base that are drawn at most; of more, those seen from afar alone, if they are not too many too."""

SEEN_FROM_AFAR = frozenset({"sea", "river", "lake", "water", "park", "main_road", "rail"})

RATES_OVER = timedelta(days=30)
"""Rates on the desk and on the map are those of thirty days, the last of them begun: those that the trend shows."""


WORKED_OUT = frozenset(
    {
        "identity",
        "contents",
        "tiled",
        "locator",
        "boxes",
        "has_households",
        "bounds",
        "coded_levels",
        "base_tree",
        "coded_base",
        "pictures",
    }
)
"""What a ground works out of what is drawn alone."""


@dataclass(frozen=True)
class Ground:
    """The plan in force as one immutable value, for one revision of the database."""

    revision: int
    facts: dict[str, Any]
    plan: plans.PlanHead | None
    structure: Structure
    outlines: dict[str, shapely.Geometry]
    base: list[plans.BaseFeature]
    departments: dict[str, tuple[str, str]]
    imported_categories: dict[str, str]
    compounds: dict[str, tuple[str, ...]]
    links: dict[str, frozenset[str]]
    """The departments linked to each community, also to one that has no grid in this plan."""
    staffed: frozenset[str]
    """The departments in which somebody works."""
    headed: frozenset[str]
    """The grids that have a head."""
    leaders: Mapping[int, people.Leader] = field(default_factory=dict)
    """The city's leaders by number, former ones too."""
    history: tuple[past_plans.PlanInTime, ...] = ()
    """Every plan that is or was in force, the first one first."""
    origins: Mapping[str, past_plans.Origin] = field(default_factory=dict)
    """From which grids those that redraws made came, by code."""
    tiled_from: int = TILED_FROM
    drawing: str = ""
    """The name of all that was read of plans, so that it is read again only when something else is drawn."""

    def keeping(self, before: Ground | None) -> Ground:
        """This ground, with what was worked out of the ground before where the same is drawn."""
        if before is not None and before.outlines is self.outlines:
            known = before.__dict__
            self.__dict__.update({name: known[name] for name in WORKED_OUT if name in known})
        return self

    def made_after(self, code: str, moment: datetime) -> bool:
        """Was this grid made by a redraw after a moment, so that nothing is known of it then?"""
        origin = self.origins.get(code)
        return origin is not None and origin.is_new and origin.since > moment

    def compounds_of(self, code: str) -> tuple[str, ...]:
        """The names of the compounds that a grid touches."""
        smallest = [self.compounds.get(grid.code, ()) for grid in self.structure.below(code)]
        return tuple(dict.fromkeys(name for names in smallest for name in names))

    @property
    def is_empty(self) -> bool:
        return not self.structure.grids

    def is_headed(self, code: str) -> bool:
        """Does this grid have a head? Every grid does in a city that keeps no list of heads."""
        return not self.headed or code in self.headed

    @cached_property
    def identity(self) -> str:
        """A hash of everything a map draws: while it stays, no open map needs another."""
        content = hashlib.sha256("".join(self.contents.values()).encode())
        for feature in self.base:
            content.update(f"{feature.kind}\t{feature.name}\n".encode() + feature.geometry)
        return content.hexdigest()[:16]

    @cached_property
    def contents(self) -> dict[Level, str]:
        """The name of each level by what is drawn of it; nothing needs to be coded for it."""
        return {level: content_of(self.drawn(level)) for level in self.structure.levels}

    @cached_property
    def tiled(self) -> frozenset[Level]:
        """The levels that are drawn in bundles."""
        return frozenset(
            level for level, grids in self.structure.by_level.items() if len(grids) > self.tiled_from
        )

    @cached_property
    def locator(self) -> Locator:
        return Locator([(g.code, g.level, self.outlines[g.code]) for g in self.structure.grids.values()])

    @cached_property
    def has_households(self) -> bool:
        return any(g.households for g in self.structure.grids.values())

    @cached_property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north in degrees."""
        west, south, east, north = shapely.total_bounds(list(self.outlines.values()))
        return float(west), float(south), float(east), float(north)

    @cached_property
    def boxes(self) -> dict[str, tuple[float, float, float, float]]:
        """The same of each grid's outline, by code."""
        edges = shapely.bounds(np.array(list(self.outlines.values()), dtype=object))
        return dict(zip(self.outlines, map(tuple, edges.tolist()), strict=True))

    def drawn(self, level: Level) -> list[DrawnGrid]:
        """Code, name and outline of the grids of a level, in the order of their codes."""
        return [(g.code, g.name, self.outlines[g.code]) for g in self.structure.at_level(level)]

    @cached_property
    def coded_levels(self) -> dict[Level, Coded]:
        """The grids of each level in the compact form that browsers draw, but for levels drawn in bundles."""
        levels = (level for level in self.structure.levels if level not in self.tiled)
        return {level: encode_grids(self.drawn(level)) for level in levels}

    @cached_property
    def base_tree(self) -> shapely.STRtree:
        """The shapes of the quiet base, in the order of ``base``, to be asked what lies somewhere."""
        return shapely.STRtree(shapely.from_wkb([f.geometry for f in self.base]))

    @cached_property
    def pictures(self) -> dict[str, str]:
        """The ground around an area as it was drawn, by the area: no ticket is on it."""
        return {}

    @cached_property
    def coded_base(self) -> Coded:
        far = [f for f in self.base if f.kind in SEEN_FROM_AFAR]
        drawn = next((found for found in (self.base, far) if len(found) <= BASE_DRAWN), [])
        return encode_base([(f.kind, f.name, shapely.from_wkb(f.geometry)) for f in drawn])


class City:
    """One opened city. Cheap to ask, safe to share between threads."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.database = Database(settings.database_url)
        self.store = TicketStore(self.database)
        self.rules_read: Rules = read_rules(settings.data / "rules")
        self._lock = threading.Lock()
        self._ground: Ground | None = None
        self._looked_at = float("-inf")
        self.opened_at = self.now()
        self._rulebook: tuple[Ground, Rulebook] | None = None
        self._loads: Shared[tuple[Level, str | None], dict[str, Load]] = Shared()
        self._shares: Shared[tuple[Level, Measure, str | None], dict[str, Share]] = Shared()
        self._figures: Shared[counts.Area, counts.Figures] = Shared()

    def warm_up(self) -> None:
        """Read and code everything now rather than at the first visitor."""
        if not self.ground.is_empty:
            _ = self.ground.identity, self.ground.locator

    @property
    def zone(self) -> ZoneInfo:
        return self.rules_read.zone

    @property
    def is_demo(self) -> bool:
        """Is this a demo, in which the password that the handbook prints may be used?"""
        return self.settings.demo_mode == "auto" and bool(self.ground.facts.get("demo"))

    def now(self) -> datetime:
        return datetime.now(UTC)

    def day_begins(self, now: datetime) -> datetime:
        """Midnight in the city's own zone."""
        return now.astimezone(self.zone).replace(hour=0, minute=0, second=0, microsecond=0)

    def rates_since(self, now: datetime) -> datetime:
        """The midnight from which rates of late are counted."""
        return self.day_begins(now) - RATES_OVER + timedelta(days=1)

    # --- the ground and the rules -------------------------------------------------------------------------

    @property
    def ground(self) -> Ground:
        """The plan in force, read again when the database's revision has changed."""
        kept = self._ground
        if kept is not None and self._was_just_looked_at():
            return kept
        # Whoever finds another looking goes on with what was read last, unless it is known to be old: a page that waits
        # here holds a connection, and enough of them would leave none for the one that looks.
        if not self._lock.acquire(blocking=kept is None or self._looked_at == float("-inf")):
            assert kept is not None
            return kept
        try:
            if self._ground is None or not self._was_just_looked_at():
                self._look()
            assert self._ground is not None
            return self._ground
        finally:
            self._lock.release()

    def _was_just_looked_at(self) -> bool:
        return time.monotonic() - self._looked_at <= LOOK_FOR_CHANGES

    def _look(self) -> None:
        try:
            with self.database.read() as connection:
                revision = facts.revision(connection)
                if self._ground is None or self._ground.revision != revision:
                    read = read_ground(connection, revision, self.now(), self._ground)
                    ground = replace(read, tiled_from=self.settings.tiled_from)
                    self._ground = ground.keeping(self._ground)
        except Busy:
            # The ground hardly ever changes: while the store is away, what was read last is the city.
            if self._ground is None:
                raise
        self._looked_at = time.monotonic()

    @cached_property
    def clock(self) -> WorkClock:
        calendar = OfficialCalendar(self.rules_read.calendar)
        return WorkClock(calendar, self.rules_read.windows, self.rules_read.zone)

    @property
    def rulebook(self) -> Rulebook:
        """The city's rules over the ground of now: one value for as long as that stays."""
        ground, kept = self.ground, self._rulebook
        if kept is None or kept[0] is not ground:
            kept = self._rulebook = (ground, self.rulebook_of(ground))
        return kept[1]

    def rulebook_of(self, ground: Ground) -> Rulebook:
        """The city's rules over one ground."""
        return Rulebook(
            structure=ground.structure,
            locate=ground.locator.locate,
            categories=self.rules_read.categories,
            stages=self.rules_read.stages,
            clock=self.clock,
            routing=self.rules_read.routing,
            links=ground.links,
            departments=frozenset(ground.departments),
            staffed=ground.staffed,
            headed=ground.headed or None,
            leaders={number: leader.community for number, leader in ground.leaders.items()},
            on_edge=ground.locator.on_edge,
        )

    def category(self, code: str) -> Category:
        """The category with this code; one that came with an import is shown under the name it came with."""
        known = self.rules_read.categories.get(code)
        if known:
            return known
        name = self.ground.imported_categories.get(code, code)
        return Category(code, name, name, "imported")

    def department(self, code: str) -> tuple[str, str]:
        """A department's name in Chinese and English."""
        return self.ground.departments.get(code, (code, code))

    def locate(self, point: LngLat) -> Located:
        return self.ground.locator.locate(point)

    # --- loads --------------------------------------------------------------------------------------------

    def loads(self, level: Level, lead: str | None = None) -> dict[str, Load]:
        """The load of every grid of a level that has open tickets; counted once a second for everybody."""

        def count() -> dict[str, Load]:
            with self.database.glance() as connection:
                return counts.loads(connection, level, self.now(), lead)

        return self._loads.get((level, lead), self.ground.revision, count)

    def shares(self, level: Level, measure: Measure, lead: str | None = None) -> dict[str, Share]:
        """How often work of late ended well in every grid that had any; counted once a second for everybody."""

        def count() -> dict[str, Share]:
            since = self.rates_since(self.now())
            with self.database.glance() as connection:
                return counts.shares(connection, level, measure, since, lead)

        return self._shares.get((level, measure, lead), self.ground.revision, count)

    def figures(self, area: counts.Area) -> counts.Figures:
        """What has to be known first of an area; counted once a second for everybody who may see it."""

        def count() -> counts.Figures:
            now = self.now()
            with self.database.glance() as connection:
                return counts.figures(connection, area, self.day_begins(now), self.rates_since(now), now)

        return self._figures.get(area, self.ground.revision, count)

    def look_again(self) -> None:
        """After this process changed the ground: the next to ask reads it anew."""
        with self._lock:
            self._looked_at = float("-inf")

    def forget_loads(self) -> None:
        """After a move: the next to ask counts anew."""
        for counted in (self._loads, self._shares, self._figures):
            counted.forget()

    def measure(self) -> Measure:
        """What colours count here: open tickets per 100 households, or the open count where there are no households."""
        return Measure.OPEN_PER_100 if self.ground.has_households else Measure.OPEN

    def measures(self) -> tuple[Measure, ...]:
        """What colours may count here, the measure they count at first before the others."""
        first = self.measure()
        rest = (
            m
            for m in Measure
            if m is not first and (m is not Measure.OPEN_PER_100 or self.ground.has_households)
        )
        return (first, *rest)

    def class_of(self, grid: Grid, load: Load, measure: Measure | None = None) -> int:
        """The class of a grid by its load: by what colours count here at first, unless asked otherwise."""
        by = measure or self.measure()
        return class_of(load, grid.households, by, self.rules_read.thresholds[by, grid.level])

    def class_of_share(self, grid: Grid, share: Share, measure: Measure) -> int:
        """The class of a grid by a rate."""
        return class_of_share(share, self.rules_read.thresholds[measure, grid.level])


def read_ground(connection: Any, revision: int, now: datetime, before: Ground | None = None) -> Ground:
    """Read the plan in force, and who works where now, as one value.

    Of the ground ``before`` whatever is drawn is taken over while it is the same: somebody's new head, account or
    password must not cost the seconds in which a province is read.
    """
    known = facts.read_facts(connection)
    plan = plans.plan_in_force(connection)
    drawing = f"{plans.drawing_of(connection, plan)} {known.get('city_name', '')}" if plan else ""
    if before is None or not drawing or before.drawing != drawing:
        before = _read_drawing(connection, plan, str(known.get("city_name", "")), drawing)
    return replace(
        before,
        revision=revision,
        facts=known,
        plan=plan,
        departments=people.department_names(connection),
        imported_categories=plans.imported_categories(connection),
        links=people.department_links(connection),
        staffed=people.staffed_departments(connection),
        headed=people.headed_grids(connection, now),
        leaders={leader.id: leader for leader in people.all_leaders(connection)},
    )


def _read_drawing(connection: Any, plan: plans.PlanHead | None, name: str, drawing: str) -> Ground:
    """All that is drawn; nobody works on it yet."""
    drawn = plans.grids_of(connection, plan.id) if plan else []
    structure = replace(
        Structure.of((d.grid for d in drawn), plans.all_streets(connection), name),
        former=past_plans.former_grids(connection, plan.id) if plan else {},
    )
    outlines = _usable(shapely.from_wkb([d.geometry for d in drawn]))
    return Ground(
        revision=0,
        facts={},
        plan=plan,
        structure=structure,
        outlines=dict(zip((d.grid.code for d in drawn), outlines, strict=True)),
        base=plans.base_of(connection),
        departments={},
        imported_categories={},
        compounds=plans.compounds_in(connection, plan.id) if plan else {},
        links={},
        staffed=frozenset(),
        headed=frozenset(),
        history=past_plans.history(connection),
        origins=past_plans.origins(connection),
        drawing=drawing,
    )


def _usable(outlines: Any) -> Any:
    """Outlines that can be asked where a point lies; what was invalid stays so in the store, and is a finding."""
    usable = np.array(outlines, dtype=object)
    wrong = ~shapely.is_valid(usable)
    usable[wrong] = shapely.make_valid(usable[wrong])
    return usable


_here: City | None = None
_opening = threading.Lock()


def here() -> City:
    """The city this process serves: opened once, at the first call, by the settings of the environment."""
    global _here
    with _opening:
        if _here is None:
            _here = City(Settings())
        return _here
