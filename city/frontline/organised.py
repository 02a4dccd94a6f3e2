"""Party organisation as pages show it: who stands on which grid, groups and councils, each branch's fund, colours of the map."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from city.frontline import places
from city.frontline.rows import rows_in
from city.opened import City
from domain.actions.organisation import RECEIPT
from domain.frontline.organisation import (
    Book,
    Entry,
    Group,
    Seat,
    Side,
    cross_held,
    missing_sides,
    refusal_of_place,
)
from domain.frontline.rights import may_hear, reads_unit
from domain.grids import CITY, Grid, Level
from domain.people import Person
from domain.said import said
from domain.shades import Shade
from storage import heads, people
from storage.frontline.records import besides, file_of, those
from storage.heads import TermOf

CENTRES = Shade(
    "centres",
    said("Groups without a centre"),
    said("Joint building groups without a member household's centre, in percent"),
    "building_groups",
    (6, 11, 26, 51),
    said("each has one"),
    said("no groups are noted"),
    said("{n}% without"),
)
LEFT = Shade(
    "fund",
    said("Branch fund left"),
    said("What is left of this year's branch fund, in percent"),
    "fund",
    (21, 41, 61, 81),
    said("all spent"),
    said("no grant is written down"),
    said("{n}% left"),
)


def today(city: City) -> date:
    """The day of the city."""
    return city.now().astimezone(city.zone).date()


# --- who stands on the grids --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Post:
    """A grid with its Party organisation, the terms of its heads, and how many grids below it have no head."""

    grid: Grid
    organisation: str
    running: tuple[TermOf, ...]
    former: tuple[TermOf, ...]
    vacant_below: int


def posts(city: City, unit: str) -> list[Post]:
    """A unit, where it is a grid, and the grids directly below it – of the whole city and of streets their communities."""
    structure, now = city.ground.structure, city.now()
    own = [structure.grids[unit]] if unit in structure.grids else []
    shown = [*own, *(grid for grid in _next_below(city, unit))]
    below = {grid.code: [g.code for g in structure.below(grid.code)] for grid in shown}
    with city.database.read() as connection:
        named = people.all_organisations(connection)
        terms = heads.terms_of(connection, {code for codes in below.values() for code in codes})
    by_grid: dict[str, list[TermOf]] = defaultdict(list)
    for term in terms:
        by_grid[term.grid].append(term)
    headed = {code for code, those_ in by_grid.items() if any(term.runs(now) for term in those_)}
    return [
        Post(
            grid,
            named.get(grid.code, ""),
            tuple(term for term in by_grid[grid.code] if term.runs(now)),
            tuple(term for term in by_grid[grid.code] if term.until is not None and term.until <= now),
            sum(code not in headed and code != grid.code for code in below[grid.code]),
        )
        for grid in shown
    ]


def _next_below(city: City, unit: str) -> Sequence[Grid]:
    structure = city.ground.structure
    if unit == CITY:
        return structure.at_level(structure.levels[0]) if structure.levels else ()
    return structure.children(unit)


def vacancies(city: City, unit: str) -> int:
    """How many grids of a unit have no head."""
    return sum(not city.ground.is_headed(grid.code) for grid in places.grids_in(city, unit))


# --- groups and councils ------------------------------------------------------------------------------------------


def groups_of(city: City, person: Person, unit: str) -> list[Group]:
    """The joint building groups of a unit that this person may read, those that lack a centre first."""
    rows = [group for group in rows_in(city, person, Group, unit) if not group.gone]
    return sorted(rows, key=lambda group: (not group.lacks_centre, group.grid, group.name))


def centres_of(city: City, person: Person, group: Group) -> str:
    """Who a group's centres are, one a line, for those who may know."""
    if not may_hear(person, Group.LIST, group.grid, city.ground.structure):
        return ""
    with city.database.read() as connection:
        found = besides(connection, Group.LIST, [group.id]).get(group.id)
    return found.words if found else ""


@dataclass(frozen=True, slots=True)
class Council:
    """A compound's council as it sits today."""

    seats: tuple[Seat, ...]

    @property
    def missing(self) -> tuple[Side, ...]:
        return missing_sides(self.seats)

    @property
    def across(self) -> dict[str, tuple[Seat, ...]]:
        """Who holds posts on more than one side."""
        return cross_held(self.seats)


def councils_of(city: City, person: Person, unit: str) -> dict[str, Council]:
    """The council of each compound grid of a unit, also where nobody sits in it yet."""
    day, order = today(city), list(Side)
    seats: dict[str, list[Seat]] = defaultdict(list)
    for seat in rows_in(city, person, Seat, unit):
        if seat.runs(day):
            seats[city.ground.structure.today(seat.grid)].append(seat)
    return {
        code: Council(tuple(sorted(seats.get(code, ()), key=lambda seat: (order.index(seat.side), seat.id))))
        for code in branches_in(city, unit)
    }


def council_at(city: City, grid: str) -> Council:
    """The council of a grid as it is posted for everybody; nobody sits in that of a grid that has none."""
    with city.database.read() as connection:
        seats = those(connection, Seat, grid=grid)
    day, order = today(city), list(Side)
    sitting = [seat for seat in seats if seat.runs(day)]
    return Council(tuple(sorted(sitting, key=lambda seat: (order.index(seat.side), seat.id))))


def branches_in(city: City, unit: str) -> list[str]:
    """The compound grids of a unit, each with its branch."""
    structure = city.ground.structure
    return [g.code for g in places.grids_in(city, unit) if refusal_of_place(g.code, structure) is None]


# --- the fund -----------------------------------------------------------------------------------------------------


def years(city: City) -> list[int]:
    """The years of which books may be looked at, the running one first."""
    now = today(city).year
    with city.database.read() as connection:
        known = {entry.year for entry in those(connection, Entry)}
    return sorted(known | {now}, reverse=True)


def lines_of(city: City, person: Person, unit: str, year: int) -> dict[str, list[Entry]]:
    """The lines of each branch of a unit in a year, the latest first; nothing for those who may not read them."""
    found: dict[str, list[Entry]] = {code: [] for code in branches_in(city, unit)}
    for entry in rows_in(city, person, Entry, unit, year=year):
        found.setdefault(city.ground.structure.today(entry.grid), []).append(entry)
    return {code: sorted(lines, key=lambda e: (e.day, e.id), reverse=True) for code, lines in found.items()}


def books_of(city: City, person: Person, unit: str, year: int) -> dict[str, Book]:
    """The book of each branch of a unit in a year."""
    return {code: Book.of(lines) for code, lines in lines_of(city, person, unit, year).items()}


def receipt_of(city: City, person: Person, number: int) -> bytes | None:
    """The picture of a line's receipt; None when there is none, or this person may not read the book."""
    with city.database.read() as connection:
        found = those(connection, Entry, id=number)
        body = file_of(connection, Entry.LIST, number, RECEIPT) if found else None
    structure = city.ground.structure
    may = found and reads_unit(person, Entry.LIST, structure.today(found[0].grid), structure)
    return body if may else None


# --- colours of the map ---------------------------------------------------------------------------------------------


def lacking_by_grid(city: City, level: Level) -> Mapping[str, int]:
    """The percentage of groups without a centre in each grid of a level; a grid of which no group is noted is left out."""
    with city.database.read() as connection:
        groups = those(connection, Group, gone=False)
    lacking: dict[str, list[bool]] = defaultdict(list)
    for group in groups:
        grid = places.at_level(city, city.ground.structure.today(group.grid), level)
        if grid is not None:
            lacking[grid].append(group.lacks_centre)
    # Rounded up: where one lacks it there is something to look at.
    return {grid: -(-100 * sum(found) // len(found)) for grid, found in lacking.items()}


def left_by_grid(city: City, level: Level) -> Mapping[str, int]:
    """The percentage left of this year's fund: of all branches of a community, of the branch over a building grid."""
    structure = city.ground.structure
    with city.database.read() as connection:
        entries = those(connection, Entry, year=today(city).year)
    by_branch: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_branch[structure.today(entry.grid)].append(entry)
    books = {code: Book.of(lines) for code, lines in by_branch.items()}
    found = {}
    for grid in structure.at_level(level):
        own = {g.code for g in structure.below(grid.code)} | set(structure.chain(grid.code))
        mine = [book for code, book in books.items() if code in own]
        if granted := sum(book.granted for book in mine):
            found[grid.code] = round(100 * sum(book.balance for book in mine) / granted)
    return found
