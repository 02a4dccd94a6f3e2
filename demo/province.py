"""Make a synthetic province: the demo city many times over, side by side, each copy a county with codes of its own.

Nothing in it is real. It shows what a plan of ten thousand or of a hundred and fifty thousand smallest grids costs, so
it has grids, heads and a few accounts, and no units: 26 copies have 9,932 smallest grids, 393 copies 150,126.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from math import ceil, sqrt
from pathlib import Path
from random import Random
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from city.opened import City
from demo import people
from demo.boundaries import Boundaries, read_boundaries, table
from demo.seed import PLAN, SEED
from domain.actions.sweep import calendar_name
from domain.grids import Grid, Level, Located, Street, Structure
from domain.moves import with_clocks
from domain.place import LngLat
from domain.rulebook import Rulebook
from domain.tickets import Source, State, Ticket
from domain.timeline import Beat, running
from gis.crs import WGS84
from storage import seeding
from storage.facts import bump_revision
from storage.imports import Batch, ImportedTicket, add_tickets
from storage.people import hash_password
from storage.sweeping import CLOCKS_BY

MOST_COPIES = 9_999
"""A county's code has four digits behind that of the province."""

PROVINCE = "21"
COUNTY = len("210681")
"""Digits of a code that name the county; the demo city is one."""

BETWEEN = 1e-4
"""Degrees between two counties: some ten metres, so that they nearly touch and no ground is shut in between them."""

AT_ONCE = 20
"""Counties written with one statement: memory stays small however many there are."""

OVER = timedelta(days=6)
MOMENTS = 24
"""Tickets came in over the last days, at so many moments."""


@dataclass(frozen=True)
class County:
    """One copy of the demo city."""

    number: int
    grids: tuple[Grid, ...]
    streets: tuple[Street, ...]
    outlines: tuple[shapely.Geometry, ...]
    """Those of the grids, in the same order."""


@dataclass(frozen=True)
class Province:
    """Copies of a city on a raster of cells, row after row from the south-west."""

    city: Boundaries
    copies: int

    def __post_init__(self) -> None:
        if not 1 <= self.copies <= MOST_COPIES:
            raise ValueError(f"a province has 1 to {MOST_COPIES} counties, not {self.copies}")

    def counties(self) -> Iterator[County]:
        """Every copy, one after another."""
        grids = self.city.grids
        outlines = np.array([self.city.outlines[g.code] for g in grids], dtype=object)
        west, south, east, north = shapely.total_bounds(outlines)
        step = np.array([east - west + BETWEEN, north - south + BETWEEN])
        columns = ceil(sqrt(self.copies))
        for number in range(1, self.copies + 1):
            row, column = divmod(number - 1, columns)
            shift = step * (column, row)
            moved = shapely.transform(outlines, lambda xy, shift=shift: np.round(xy + shift, 7))
            yield County(
                number,
                tuple(_in_county(grid, number) for grid in grids),
                tuple(Street(_code(s.code, number), _name(s.name, number)) for s in self.city.streets),
                tuple(moved),
            )


def _code(code: str, number: int) -> str:
    return f"{PROVINCE}{number:04d}{code[COUNTY:]}"


def _name(name: str, number: int) -> str:
    return f"第{number:03d}县 {name}"


def _in_county(grid: Grid, number: int) -> Grid:
    parent = _code(grid.parent, number) if grid.parent else None
    return replace(grid, code=_code(grid.code, number), name=_name(grid.name, number), parent=parent)


# --- as files ---------------------------------------------------------------------------------------------

ABOUT = """A synthetic province: the demo city {copies} times, {grids} grids. Nothing in it is real.

    redgrid init --empty
    redgrid import boundaries level1.parquet --level 1 --code code --name name --households households
    redgrid import boundaries level2.parquet --level 2 --code code --name name --parent parent --households households
    redgrid import boundaries level3.parquet --level 3 --code code --name name --parent parent --households households
"""


def write_province(boundaries: Path, folder: Path, copies: int) -> int:
    """Write a file for each level, as ``redgrid import boundaries`` reads them, and how to; gives back the number of grids."""
    folder.mkdir(parents=True, exist_ok=True)
    counties = list(Province(read_boundaries(boundaries), copies).counties())
    both = [pair for county in counties for pair in zip(county.grids, county.outlines, strict=True)]
    for level in Level:
        _write_level(folder / f"level{int(level)}.parquet", [pair for pair in both if pair[0].level is level])
    (folder / "README.txt").write_text(ABOUT.format(copies=copies, grids=len(both)), encoding="utf-8")
    return len(both)


def _write_level(path: Path, here: Sequence[tuple[Grid, shapely.Geometry]]) -> None:
    fields = {
        name: [getattr(grid, name) for grid, _ in here] for name in ("code", "name", "parent", "households")
    }
    gpd.GeoDataFrame(fields, geometry=[outline for _, outline in here], crs=WGS84).to_parquet(path)


# --- as a city --------------------------------------------------------------------------------------------


def make_province(
    city: City, copies: int, *, tickets: int = 0, now: datetime | None = None, number: int = SEED
) -> int:
    """Put a province into an empty database, with so many open tickets; gives back the number of its grids.

    Everybody of the first county may sign in with the demo password, and so may the leader, the office, the planner
    and the administrator. What stands in the database before goes.
    """
    now = now or city.now()
    folder, random = city.settings.data / "boundaries", Random(number)
    province = Province(read_boundaries(folder), copies)
    rules, count = _rules(city), 0
    with city.database.write() as connection:
        seeding.clear(connection)
        seeding.fill(connection, _beginning(now, calendar_name(rules, now)))
        waiting: list[County] = []
        for county in province.counties():
            if county.number == 1:
                seeding.fill(connection, _staff(city, county, random, now))
            waiting.append(county)
            if len(waiting) == AT_ONCE or county.number == copies:
                seeding.fill(connection, _ground(waiting, random, now))
                count += sum(len(one.grids) for one in waiting)
                waiting = []
        for moment, batch in _tickets(province, rules, tickets, now, random):
            add_tickets(connection, [Batch.of(batch)], {}, (), now=moment)
        bump_revision(connection)
    city.look_again()
    return count


def _rules(city: City) -> Rulebook:
    """The city's rules over no ground: clocks ask for nothing else."""
    read = city.rules_read
    return Rulebook(
        Structure.of(()), lambda _: Located(), read.categories, read.stages, city.clock, read.routing
    )


def _beginning(now: datetime, calendar: str) -> dict[str, list[dict[str, Any]]]:
    facts = {
        "city_name": "东港省（示例）", "city_name_en": "Donggang many times over", "demo": True,
        "seeded_at": now.astimezone(UTC).isoformat(), CLOCKS_BY: calendar,
    }  # fmt: skip
    since = now - timedelta(days=366)
    plan = {
        "id": PLAN, "name": "province", "state": "in_force", "from_at": since, "version": 1, "content_hash": "",
        "created_at": since,
    }  # fmt: skip
    return {"facts": [{"key": key, "value": value} for key, value in facts.items()], "plans": [plan]}


def _ground(counties: Sequence[County], random: Random, now: datetime) -> dict[str, list[dict[str, Any]]]:
    rows = [
        {"plan_id": PLAN, "code": g.code, "level": int(g.level), "name": g.name, "parent": g.parent,
         "households": g.households, "units": 0, "geometry": wkb}
        for county in counties
        for g, wkb in zip(county.grids, shapely.to_wkb(list(county.outlines)), strict=True)
    ]  # fmt: skip
    posted = [head for county in counties for head in people.heads(Structure.of(county.grids), random)]
    return {
        "grids": rows,
        "streets": [{"code": s.code, "name": s.name} for county in counties for s in county.streets],
        "heads": [
            {"grid": h.grid, "name": h.name, "title": h.title, "work_phone": h.work_phone, "duties": h.duties,
             "since": now - timedelta(days=500), "until": None, "demo": True}
            for h in posted
        ],
    }  # fmt: skip


def _staff(city: City, first: County, random: Random, now: datetime) -> dict[str, list[dict[str, Any]]]:
    """The departments, linked to communities of the first county, and who may sign in."""
    folder = city.settings.data / "boundaries"
    departments = table(folder / "departments.csv")
    structure = Structure.of(first.grids, first.streets)
    busiest = random.choice(structure.at_level(Level.BUILDING)).code
    accounts = people.accounts(
        structure,
        list(first.streets),
        [row["code"] for row in departments],
        people.heads(structure, random),
        busiest,
    )
    shared, since = hash_password(city.settings.demo_password), now - timedelta(days=500)
    return {
        "departments": [{**row, "demo": True} for row in departments],
        "department_links": [
            {"department": row["department"], "community": _code(row["community"], first.number)}
            for row in table(folder / "department_links.csv")
        ],
        "accounts": [
            {"login": a.login, "name": a.name, "role": a.role.value, "area": a.area,
             "password_hash": shared, "demo": True, "created_at": since}
            for a in accounts
        ],
    }  # fmt: skip


# --- its tickets ------------------------------------------------------------------------------------------


def _tickets(
    province: Province, rules: Rulebook, count: int, now: datetime, random: Random
) -> Iterator[tuple[datetime, list[ImportedTicket]]]:
    """Open tickets as another system would hand them over, each batch at its moment, the oldest first; grids with
    more households have more of them, and some have many."""
    if not count:
        return
    places = [place for county in province.counties() for place in _places(county)]
    busy = list(accumulate((p.leaf.households or 0) * random.lognormvariate(0, 0.75) for p in places))
    categories = sorted(code for code, c in rules.categories.items() if not c.urgent)
    for n in range(MOMENTS):
        moment = now - OVER * (MOMENTS - n) / MOMENTS
        clocked = [_begun(code, moment, rules) for code in categories]
        first, end = (count * part // MOMENTS for part in (n, n + 1))
        chosen = random.choices(places, cum_weights=busy, k=end - first)
        yield (
            moment,
            [
                ImportedTicket(f"P{number:08d}", place.of(random.choice(clocked)))
                for number, place in enumerate(chosen, start=first + 1)
            ],
        )


@dataclass(frozen=True, slots=True)
class _Place:
    """Where tickets of a smallest grid lie."""

    leaf: Grid
    located: Located
    point: LngLat

    def of(self, ticket: Ticket) -> Ticket:
        """A ticket, lying here."""
        return replace(
            ticket, holder=self.leaf.code, located=self.located, point=self.point, address=self.leaf.name
        )


def _places(county: County) -> Iterator[_Place]:
    structure = Structure.of(county.grids, county.streets)
    inside = shapely.get_coordinates(shapely.point_on_surface(list(county.outlines)))
    for grid, (lng, lat) in zip(county.grids, inside.tolist(), strict=True):
        if grid.level is Level.BUILDING:
            yield _Place(grid, structure.located(grid.code), LngLat(lng, lat))


def _begun(category: str, moment: datetime, rules: Rulebook) -> Ticket:
    """A ticket that came in at a moment, its clocks running."""
    nowhere = ""
    ticket = Ticket(
        holder=nowhere, located=Located(), point=None, category=category, source=Source.IMPORT,
        opened_at=moment, stage_since=moment,
    )  # fmt: skip
    beat = Beat(1, moment, "imported", State.RAISED, nowhere, None)
    return with_clocks(ticket, running(ticket, (beat,), rules))
