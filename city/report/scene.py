"""What charts, maps and tables of the report show: numbers of one unit and period, in one language."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from itertools import pairwise
from typing import Any

from city.desk import area_of
from city.frontline import places
from city.opened import City
from city.report.charts import Chart
from city.report.reported import Counts, source_here, values
from city.words import Words
from domain.frontline.bodies import FUNCTION
from domain.frontline.outside import KIND, PARTY, Kind
from domain.frontline.visits import LEARNED, Learned
from domain.frontline.working_members import POSTS
from domain.grids import CITY, Grid, Level
from domain.indicators import Grouping, Rate
from domain.loads import NO_BASE, ZERO_CLASS
from domain.meetings import Tier
from domain.people import Person, Role
from domain.report.figure import Value, within
from domain.report.figures import BY_NAME, FIGURES
from domain.said import Said, said
from domain.titles import TIER
from gis.still import Part, Patch, png
from storage import report
from storage.indicators import tallies
from storage.trends import happened_between

MOST_PATCHES = 1_500
"""Grids on one picture: of more, those of the level above are drawn."""

MOST_MONTHS = 24
"""A longer period is told by years."""

MOST_DEPARTMENTS = 12
"""Departments in the table, those with the most work first."""


@dataclass(frozen=True)
class Scene:
    """One unit in one period, as it was counted."""

    city: City
    unit: str
    counts: Counts
    say: Words

    @cached_property
    def lies(self) -> Callable[[str], bool]:
        return within(self.unit, self.city.ground.structure)

    @cached_property
    def figures(self) -> dict[str, Value]:
        return values(self.city, self.unit, self.counts)

    @cached_property
    def last(self) -> date:
        """The last day of the period that anything can be told of."""
        return self.counts.period.day

    @cached_property
    def parts(self) -> tuple[Grid, ...]:
        """The units that the report is told by: communities of a city or street, the grids below any other."""
        structure = self.city.ground.structure
        if self.unit == CITY:
            return structure.at_level(structure.levels[0]) if structure.levels else ()
        return structure.children(self.unit)

    def grouped(self, name: str, by: str) -> dict[Any, int]:
        """The rows of a figure in this unit by the values of one column."""
        source = source_here(self.city, name)
        assert source is not None, name
        with self.city.database.read() as connection:
            rows = report.grouped(connection, source, [by], self.counts.period)
        found: dict[Any, int] = defaultdict(int)
        for place, (value,), n in rows:
            if self.lies(place):
                found[value] += n
        return found

    def by_key(self, name: str) -> dict[str, int]:
        """What was counted of a figure in this unit, by its key."""
        found: dict[str, int] = defaultdict(int)
        for each in self.counts.rows.get(name, ()):
            if self.lies(each.place):
                found[each.key] += each.n
        return found


# --- charts ------------------------------------------------------------------------------------------------------


def _by_time(scene: Scene) -> Chart:
    """Tickets raised and settled in each month, or year."""
    say, first = scene.say, scene.counts.period.days.first
    months = (scene.last.year - first.year) * 12 + scene.last.month - first.month + 1
    yearly = months > MOST_MONTHS
    starts = list(_starts(first, scene.last, yearly=yearly))
    moments = [_midnight(scene, day) for day in (*starts, scene.last + timedelta(days=1))]
    with scene.city.database.read() as connection:
        happened = happened_between(connection, _area(scene), moments) if len(moments) > 1 else []
    names = tuple(f"{day:%Y}" if yearly else f"{day:%Y-%m}" for day in starts)
    raised, settled = tuple(h.raised for h in happened), tuple(h.settled for h in happened)
    return Chart(
        say("Tickets raised and settled"), names, ((say("Raised"), raised), (say("Closed cases"), settled))
    )


def _starts(first: date, last: date, *, yearly: bool) -> Iterator[date]:
    day = first
    while day <= last:
        yield day
        day = date(day.year + 1, 1, 1) if yearly or day.month == 12 else date(day.year, day.month + 1, 1)


def _midnight(scene: Scene, day: date) -> datetime:
    return datetime.combine(day, time(), scene.city.zone)


def _area(scene: Scene) -> Any:
    return area_of(scene.city, Person(0, "", Role.WALL, scene.unit), None)


def _by_tier(scene: Scene) -> Chart:
    """Meetings of each tier, and what became of their matters; the compounds' councils are too many to stand beside."""
    say = scene.say
    found = [scene.grouped(name, "tier") for name in ("meetings_held", "matters_settled", "matters_moved_up")]
    tiers = [tier for tier in Tier if tier is not Tier.COMPOUND]
    names = tuple(say.of(TIER[tier]) for tier in tiers)
    titles = (say("Joint meetings held"), say("Matters settled"), say("Matters moved up"))
    series = tuple((title, tuple(rows.get(tier.value, 0) for tier in tiers)) for title, rows in zip(titles, found, strict=True))  # fmt: skip
    return Chart(say("Joint meetings by level"), names, series)


def _of_titles(
    scene: Scene, alt: str, name: str, titles: Mapping[Any, Said], found: Mapping[Any, int], *, lying: bool
) -> Chart:  # fmt: skip
    shown = [key for key in titles if found.get(key)] if lying else list(titles)
    ordered = sorted(shown, key=lambda key: -found[key]) if lying else shown
    names = tuple(scene.say.of(titles[key]) for key in ordered)
    return Chart(alt, names, ((name, tuple(found.get(key, 0) for key in ordered)),), lying=lying)


def _by_function(scene: Scene) -> Chart:
    say = scene.say
    found = scene.grouped("deeds", "function")
    return _of_titles(scene, say("Deeds by function"), say("Deeds done"), FUNCTION, found, lying=False)


def _by_post(scene: Scene) -> Chart:
    say = scene.say
    return _of_titles(
        scene, say("Working members by post"), say("Members"), POSTS, scene.by_key("posts"), lying=True
    )


def _by_learned(scene: Scene) -> Chart:
    say = scene.say
    titles = {what: title for what, title in LEARNED.items() if what is not Learned.WELL}
    found = scene.grouped("visits", "learned")
    return _of_titles(scene, say("What was learned on visits"), say("Visits"), titles, found, lying=True)


def _by_party(scene: Scene) -> Chart:
    say = scene.say
    found = {kind: scene.grouped(kind.value, "party") for kind in Kind}
    names = tuple(say.of(KIND[kind]) for kind in Kind)
    series = tuple((say.of(title), tuple(found[kind].get(party, 0) for kind in Kind)) for party, title in PARTY.items())  # fmt: skip
    return Chart(say("Organisations by Party organisation"), names, series, stacked=True)


CHARTS: Mapping[str, Callable[[Scene], Chart]] = {
    "chart_months": _by_time,
    "chart_tiers": _by_tier,
    "chart_functions": _by_function,
    "chart_posts": _by_post,
    "chart_learned": _by_learned,
    "chart_outside": _by_party,
}
"""The charts by their tags: one more is one more function."""


# --- maps --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Colouring:
    """How a map is coloured: grids of which level at most, by which number, and the lower bounds of classes 2 to 5.

    A number of None is unknown. ``figure`` is the one without which there is nothing to show.
    """

    title: Said
    figure: str
    level: Level
    number: Callable[[Scene, Level], Mapping[str, float | None]]
    bounds: tuple[int, int, int, int]

    def class_of(self, number: float | None) -> int:
        if number is None:
            return NO_BASE
        return 1 + sum(number >= bound for bound in self.bounds) if number else ZERO_CLASS

    def words(self, say: Words) -> list[str]:
        """The legend: nothing, then each class."""
        first, *_, last = self.bounds
        between = [f"{low} – {high}" for low, high in pairwise(self.bounds)]
        return [say("none"), say("below {n}", n=first), *between, say("{n} and more", n=last)]


def _raised_per_100(scene: Scene, level: Level) -> dict[str, float | None]:
    """Tickets raised for 100 households, as many as that would be in a year."""
    days = max(1, (scene.last - scene.counts.period.days.first).days + 1)
    tallied = scene.counts.tallies.get(level, {})
    found: dict[str, float | None] = {}
    for grid in scene.city.ground.structure.at_level(level):
        raised = tallied[grid.code].raised if grid.code in tallied else 0
        found[grid.code] = 100 * raised / grid.households * 365 / days if grid.households else None
    return found


def _visits_each(scene: Scene, level: Level) -> dict[str, float | None]:
    """Visits for each residential building."""
    visits, there = _summed(scene, "visits", level), _summed(scene, "buildings", level)
    return {
        grid.code: visits.get(grid.code, 0) / there[grid.code] if there.get(grid.code) else None
        for grid in scene.city.ground.structure.at_level(level)
    }  # fmt: skip


def _members(scene: Scene, level: Level) -> dict[str, float | None]:
    there = _summed(scene, "working_members", level)
    return {grid.code: there.get(grid.code, 0) for grid in scene.city.ground.structure.at_level(level)}


def _summed(scene: Scene, name: str, level: Level) -> dict[str, int]:
    found: dict[str, int] = defaultdict(int)
    for each in scene.counts.rows.get(name, ()):
        grid = places.at_level(scene.city, scene.city.ground.structure.today(each.place), level)
        if grid is not None:
            found[grid] += each.n
    return found


MAPS: Mapping[str, Colouring] = {
    "map_load": Colouring(
        said("Map: tickets raised for 100 households and year"), "raised", Level.BUILDING, _raised_per_100, (3, 6, 10, 15)
    ),
    "map_visits": Colouring(
        said("Map: visits for each residential building"), "visits", Level.BUILDING, _visits_each, (1, 2, 4, 6)
    ),
    "map_members": Colouring(
        said("Map: working members at each grid branch"), "working_members", Level.COMPOUND, _members, (15, 30, 45, 60)
    ),
}  # fmt: skip
"""The maps by their tags: one more is one more row."""


def map_png(scene: Scene, name: str) -> bytes | None:
    """The picture of a map; None where there is nothing to colour."""
    colouring, structure = MAPS[name], scene.city.ground.structure
    if not scene.figures[colouring.figure].is_something:
        return None
    levels = [level for level in structure.levels if level <= colouring.level]
    drawn: Sequence[Grid] = ()
    while levels and not 0 < len(drawn) <= MOST_PATCHES:
        level = levels.pop()
        drawn = [grid for grid in structure.at_level(level) if scene.lies(grid.code)]
    if not drawn:
        return None
    numbers, outlines = colouring.number(scene, drawn[0].level), scene.city.ground.outlines
    patches = [Patch(outlines[grid.code], colouring.class_of(numbers[grid.code])) for grid in drawn]
    parts = [Part(outlines[part.code], str(n)) for n, part in enumerate(scene.parts, start=1)]
    return png(patches, parts)


# --- tables ------------------------------------------------------------------------------------------------------

OF_PARTS = ("households", "grids_building", "raised", "on_time_rate", "coverage", "working_members")


def parts_table(scene: Scene) -> list[dict[str, str]]:
    """The units that the report is told by, with their numbers on the maps and a few of their figures."""
    figures = [BY_NAME[name] for name in OF_PARTS]
    rows = []
    for n, part in enumerate(scene.parts, start=1):
        found = values(scene.city, part.code, scene.counts, figures)
        rows.append({"n": str(n), "name": part.name} | {name: shown(value) for name, value in found.items()})
    return rows


def shown(value: Value) -> str:
    """A figure as it stands in a text: a percentage without a gap."""
    return value.shown().replace(" %", "%")


def departments_table(scene: Scene) -> list[dict[str, str]]:
    """The departments with the most work in the unit, and how they did it."""
    period = scene.counts.period
    with scene.city.database.read() as connection:
        found = tallies(
            connection, since=period.since, until=period.until, now=period.now, by=Grouping.DEPARTMENT, area=_area(scene)
        )  # fmt: skip
    busiest = sorted((code for code in found if code and found[code].due), key=lambda c: (-found[c].due, c))
    return [
        {
            "name": scene.say.pick(*scene.city.department(code)),
            "due": f"{found[code].due:,}",
            "handled": f"{found[code].handled:,}",
            "on_time_rate": Rate(found[code].on_time, found[code].due).shown().replace(" %", "%"),
            "reworked": f"{found[code].reworked:,}",
            "satisfied_rate": Rate(found[code].satisfied, found[code].rated).shown().replace(" %", "%"),
        }
        for code in busiest[:MOST_DEPARTMENTS]
    ]


def figures_table(scene: Scene) -> list[dict[str, str]]:
    """Every figure with its formula; the first of each chapter names it."""
    say, first = scene.say, {figure.chapter.name: figure.name for figure in reversed(FIGURES)}
    return [
        {
            "chapter": say.of(BY_NAME[name].chapter.title)
            if name == first[BY_NAME[name].chapter.name]
            else "",
            "name": say.of(BY_NAME[name].title),
            "value": shown(value),
            "formula": say.of(BY_NAME[name].formula),
        }
        for name, value in scene.figures.items()
    ]
