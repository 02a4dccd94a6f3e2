"""Bodies, links and leaders' visits as pages and files show them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from city.frontline.organised import branches_in, today
from city.opened import City
from city.spreadsheets import Cell, Sheet
from city.words import Words
from domain.frontline.bodies import (
    DUTY,
    Body,
    BranchLink,
    Deed,
    Duty,
    Function,
    LeaderVisit,
    LinkFinding,
    Quarter,
    Unit,
    Yearly,
    crowded,
    duties,
    link_findings,
    yearly,
)
from domain.frontline.records import R
from domain.frontline.rights import reads_unit
from domain.grids import CITY, Level
from domain.people import Person
from storage.frontline.records import those
from storage.people import Leader

QUARTERS = 5
"""Quarters in the leaders' table, the running one the last."""


def community_over(city: City, unit: str) -> str | None:
    """The community that a unit is, or lies in; None for streets and the whole city."""
    grids = city.ground.structure.grids
    chain = city.ground.structure.chain(unit)
    return next((code for code in chain if code in grids and grids[code].level is Level.COMMUNITY), None)


def communities_in(city: City, unit: str) -> list[str]:
    """The communities of a unit; the one over it, where it lies in one."""
    structure = city.ground.structure
    if (over := community_over(city, unit)) is not None:
        return [over]
    known = [grid.code for grid in structure.at_level(Level.COMMUNITY)]
    return known if unit == CITY else [code for code in known if structure.within(code, unit)]


# --- bodies -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Allied:
    """A community's body: who belongs to it, what it promised and did. ``body`` is None where there is none yet."""

    community: str
    body: Body | None
    units: tuple[Unit, ...]
    deeds: tuple[Deed, ...]

    def of_year(self, year: int) -> Yearly:
        """What it did in a year."""
        return yearly(self.deeds, year)

    def by_function(self, year: int) -> dict[Function, Yearly]:
        """The same for each of its functions."""
        return {f: yearly([deed for deed in self.deeds if deed.function is f], year) for f in Function}


def bodies_of(city: City, person: Person, unit: str) -> list[Allied]:
    """The bodies of a unit's communities – of the one over it, where it lies in one."""
    day, code_of = today(city), city.ground.structure.today
    bodies = {code_of(row.community): row for row in _read(city, person, Body, unit)}
    units, deeds = defaultdict(list), defaultdict(list)
    for each in _read(city, person, Unit, unit):
        if each.belongs(day):
            units[code_of(each.community)].append(each)
    for deed in _read(city, person, Deed, unit):
        deeds[code_of(deed.community)].append(deed)
    return [
        Allied(code, bodies.get(code), tuple(units[code]), tuple(deeds[code]))
        for code in communities_in(city, unit)
    ]


def years_of(allied: Iterable[Allied], now: int) -> list[int]:
    """The years of which there are deeds, the running one first."""
    return sorted({deed.year for each in allied for deed in each.deeds} | {now}, reverse=True)


def _read(city: City, person: Person, kind: type[R], unit: str) -> list[R]:
    """The rows of the communities of a unit, under the codes of today."""
    structure, wanted = city.ground.structure, set(communities_in(city, unit))
    if not reads_unit(person, kind.LIST, unit, structure):
        return []
    ever = frozenset(code for community in wanted for code in structure.ever(community))
    with city.database.read() as connection:
        rows = those(connection, kind, **({} if unit == CITY else {"community": ever}))
    return [row for row in rows if structure.today(row.community) in wanted]  # type: ignore[attr-defined]


# --- links --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Links:
    """Which departments are linked to the communities of a unit and to their branches, and what is wrong with it."""

    departments: dict[str, frozenset[str]]
    """By community, also by one that has no grid here."""
    branches: dict[str, tuple[BranchLink, ...]]
    findings: tuple[LinkFinding, ...]
    crowded: frozenset[str]


def links_of(city: City, person: Person, unit: str) -> Links:
    """The links of a unit; what is wrong of departments without a community is told of the whole city alone."""
    ground = city.ground
    communities = communities_in(city, unit)
    known = (
        ground.links if unit == CITY else {code: ground.links.get(code, frozenset()) for code in communities}
    )
    departments = ground.departments if unit == CITY else ()
    with city.database.read() as connection:
        links = those(connection, BranchLink, gone=False)
    if not reads_unit(person, BranchLink.LIST, unit, ground.structure):
        links = []
    by_branch: dict[str, list[BranchLink]] = {
        code: [] for community in communities for code in branches_in(city, community)
    }
    for link in links:
        branch = ground.structure.today(link.grid)
        if branch in by_branch:
            by_branch[branch].append(link)
    return Links(
        dict(known),
        {code: tuple(rows) for code, rows in by_branch.items()},
        tuple(link_findings(known, communities, departments)),
        frozenset(crowded(links, branches_in(city, CITY))) & by_branch.keys(),
    )


# --- leaders ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Led:
    """A leader: how they stand with each quarter, and which meetings they attended in these quarters."""

    leader: Leader
    duties: dict[Quarter, Duty]
    last: dict[Quarter, date]
    meetings: int


@dataclass(frozen=True, slots=True)
class Leading:
    """The leaders of a unit's communities and what was written down of them, the latest first."""

    quarters: tuple[Quarter, ...]
    leaders: tuple[Led, ...]
    visits: tuple[LeaderVisit, ...]

    def count(self, duty: Duty, quarter: Quarter | None = None) -> int:
        """How many quarters of leaders stand so; in one quarter, where it is named."""
        found = Counter((q, d) for led in self.leaders for q, d in led.duties.items() if quarter in (None, q))
        return sum(n for (_, each), n in found.items() if each is duty)


def leading(city: City, person: Person, unit: str) -> Leading:
    """How the leaders of a unit's communities stand. Quarters before the first visit that anybody wrote down are judged
    of nobody."""
    day, structure = today(city), city.ground.structure
    visits = _read(city, person, LeaderVisit, unit)
    wanted = set(communities_in(city, unit))
    leaders = [
        each
        for each in city.ground.leaders.values()
        if not each.gone and structure.today(each.community) in wanted
    ]
    if not reads_unit(person, LeaderVisit.LIST, unit, structure):
        leaders = []
    quarters = _quarters(day, visits)
    return Leading(
        quarters,
        tuple(
            _led(leader, [v for v in visits if v.leader == leader.id], quarters, day) for leader in leaders
        ),
        tuple(sorted(visits, key=lambda visit: (visit.day, visit.id), reverse=True)),
    )


def _quarters(day: date, visits: Sequence[LeaderVisit]) -> tuple[Quarter, ...]:
    found = [Quarter.of(day)]
    begin = Quarter.of(min((visit.day for visit in visits), default=day))
    while len(found) < QUARTERS and found[0] > begin:
        found.insert(0, Quarter.of(found[0].first - timedelta(days=1)))
    return tuple(found)


def _led(leader: Leader, visits: Sequence[LeaderVisit], quarters: Sequence[Quarter], day: date) -> Led:
    last: dict[Quarter, date] = {}
    for visit in sorted(visits, key=lambda each: each.day):
        if not visit.at_meeting:
            last[Quarter.of(visit.day)] = visit.day
    attended = sum(visit.at_meeting and visit.day >= quarters[0].first for visit in visits)
    return Led(leader, duties(visits, quarters[0], day), last, attended)


def sheets_of(city: City, found: Leading, say: Words) -> list[Sheet]:
    """The leaders' quarters, and every visit behind them, as a workbook."""
    names = {number: leader.name for number, leader in city.ground.leaders.items()}
    titles: list[Cell] = [say("Leader"), say("Office"), say("Community"), *map(str, found.quarters), say("Meetings attended")]  # fmt: skip
    quarters: list[list[Cell]] = [
        [
            led.leader.name, led.leader.title, city.ground.structure.name(led.leader.community),
            *(say.of(DUTY[led.duties[quarter]]) for quarter in found.quarters), led.meetings,
        ]
        for led in found.leaders
    ]  # fmt: skip
    heads: list[Cell] = [say("Day"), say("Leader"), say("Community"), say("Kind"), say("What")]
    visits: list[list[Cell]] = [
        [
            visit.day.isoformat(), names.get(visit.leader, ""), city.ground.structure.name(visit.community),
            say("Meeting") if visit.at_meeting else say("Visit"), visit.what,
        ]
        for visit in found.visits
    ]  # fmt: skip
    return [
        Sheet(say("Leaders by quarter"), [titles, *quarters]),
        Sheet(say("Leaders' visits"), [heads, *visits]),
    ]
