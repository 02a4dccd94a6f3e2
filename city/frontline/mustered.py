"""Working members as pages show them: who checks in where, a proposal to spread them, activities, the year's grades."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from city.access import note_access
from city.frontline import places
from city.frontline.rows import rows_in
from city.opened import City
from city.spreadsheets import Cell, Sheet
from city.words import Words
from domain.frontline.bodies import BranchLink
from domain.frontline.grades import GRADE, Grade, YearGrade, YearOf, year_of
from domain.frontline.records import Beside
from domain.frontline.rights import may_keep, may_read, reads_unit
from domain.frontline.working_members import (
    TEAMS,
    Activity,
    Branches,
    Proposal,
    SignUp,
    WorkingMember,
    hears,
    sees,
    sees_at,
)
from domain.grids import Level
from domain.people import Person, Role
from domain.said import said
from domain.shades import Shade
from gis.solver.spreading import spread
from storage.frontline.records import besides, those

SHADE = Shade(
    "members",
    said("Working members"),
    said("Members at the branch, per cent of its places"),
    WorkingMember.LIST,
    (60, 75, 90, 101),
    said("nobody checks in"),
    said("no branch"),
    said("{n}% of the places"),
)


def fill_by_grid(city: City, level: Level) -> Mapping[str, int]:
    """How much of the places at the branches of each grid is taken, in per cent; a building grid has its compound's."""
    room, structure = city.rules_read.room, city.ground.structure
    there, today = _there(city), _today(city)
    taken: dict[str, int] = defaultdict(int)
    places_: dict[str, int] = defaultdict(int)
    for branch in structure.at_level(Level.COMPOUND):
        members = sum(member.is_there(today) for member in there.get(branch.code, ()))
        if level is Level.BUILDING:
            units = [grid.code for grid in structure.children(branch.code)]
        else:
            over = places.at_level(city, branch.code, level)
            units = [over] if over else []
        for unit in units:
            taken[unit] += members
            places_[unit] += room.of(branch.code)
    return {unit: round(100 * taken[unit] / places_[unit]) for unit in places_ if places_[unit]}


def _there(city: City) -> dict[str, list[WorkingMember]]:
    """Every member by the branch of today."""
    structure = city.ground.structure
    with city.database.read() as connection:
        found = those(connection, WorkingMember)
    by_branch: dict[str, list[WorkingMember]] = defaultdict(list)
    for member in found:
        if member.branch is not None:
            by_branch[structure.today(member.branch)].append(member)
    return by_branch


def _today(city: City) -> date:
    return city.now().astimezone(city.zone).date()


# --- members ----------------------------------------------------------------------------------------------------------


def members_of(city: City, person: Person, unit: str, *, on: date | None = None) -> list[WorkingMember]:
    """The members of a unit that this person may see, by department and number; those who left before today – before
    another day, where it is told – are missing."""
    structure, day = city.ground.structure, on or _today(city)
    if not may_read(person, WorkingMember.LIST):
        return []
    asked = {"department": person.area} if person.role is Role.DEPARTMENT else {}
    with city.database.read() as connection:
        rows = those(connection, WorkingMember, **asked)
    found = [
        row
        for row in rows
        if row.is_there(day)
        and sees(person, row, structure)
        and structure.within(structure.today(row.place), unit)
    ]
    return sorted(found, key=lambda row: (row.department, row.number, row.id))


def names_of(city: City, person: Person, members: Sequence[WorkingMember]) -> dict[int, Beside]:
    """Who the members are, for those who may know; that it was looked at is noted first."""
    heard = [member.id for member in members if hears(person, member, city.ground.structure)]
    if not heard:
        return {}
    note_access(city, "names_shown", by=person, what=WorkingMember.LIST, rows=len(heard))
    with city.database.read() as connection:
        return besides(connection, WorkingMember.LIST, heard)


def may_know(city: City, person: Person, members: Sequence[WorkingMember]) -> bool:
    """Is there anybody among them whose name this person may know?"""
    return any(hears(person, member, city.ground.structure) for member in members)


@dataclass(frozen=True, slots=True)
class BranchRow:
    """A branch, or all branches of a larger unit: how many are there, and how many there could be."""

    code: str
    members: int
    departments: int
    capacity: int
    least: int
    crowded: int
    """Branches with more members than places."""
    unserved: int
    """Branches with fewer members than they need."""


def branch_rows(city: City, person: Person, unit: str) -> list[BranchRow]:
    """Of each unit directly below one, as far as this person may see it; of a compound grid, of itself."""
    structure = city.ground.structure
    grid = structure.grids.get(unit)
    codes = (
        [unit] if grid is not None and grid.level is Level.COMPOUND else places.parts_of(city, unit) or [unit]
    )
    there = _there(city)
    return [
        row
        for code in codes
        if person.role is not Role.DEPARTMENT and reads_unit(person, WorkingMember.LIST, code, structure)
        if (row := _branch_row(city, code, there)).capacity
    ]


def _branch_row(city: City, unit: str, there: Mapping[str, Sequence[WorkingMember]]) -> BranchRow:
    room, today = city.rules_read.room, _today(city)
    branches = [grid.code for grid in places.grids_in(city, unit) if grid.level is Level.COMPOUND]
    members = {b: [m for m in there.get(b, ()) if m.is_there(today)] for b in branches}
    return BranchRow(
        unit,
        sum(map(len, members.values())),
        len({m.department for found in members.values() for m in found}),
        sum(room.of(b) for b in branches),
        room.least * len(branches),
        sum(len(members[b]) > room.of(b) for b in branches),
        sum(len(members[b]) < room.least for b in branches),
    )


def branches_in(city: City, unit: str) -> list[str]:
    """The compound grids of a unit, whose branches members check in at."""
    return [grid.code for grid in places.grids_in(city, unit) if grid.level is Level.COMPOUND]


# --- spreading them ------------------------------------------------------------------------------------------------------


def may_spread(city: City, person: Person, unit: str) -> bool:
    """May this person have a proposal made for this unit, and put it into force?"""
    return may_keep(person, WorkingMember.LIST, unit, city.ground.structure) and bool(branches_in(city, unit))


def propose(city: City, person: Person, unit: str, capacity: int, least: int) -> Proposal:
    """A place at a branch of this unit for each of its members, as the solver finds it; nothing is written.

    Raises:
        Refused: when there is not room enough, or are not members enough.
    """
    structure, room = city.ground.structure, city.rules_read.room
    members = members_of(city, person, unit)
    codes = branches_in(city, unit)
    own = {code: room.own.get(code, capacity) for code in codes}
    with city.database.read() as connection:
        links = those(connection, BranchLink, gone=False)
    by_branch: dict[str, set[str]] = defaultdict(set)
    for link in links:
        by_branch[structure.today(link.grid)].add(link.department)
    branches = Branches(
        structure,
        own,
        {code: min(least, own[code]) for code in codes},
        city.ground.links,
        {code: frozenset(departments) for code, departments in by_branch.items()},
    )
    # What names a grid of a former plan means its heir of today.
    today = [
        replace(
            member,
            home=member.home and structure.today(member.home),
            branch=member.branch and structure.today(member.branch),
        )
        for member in members
    ]
    placed = spread(today, branches)
    return Proposal(branches, tuple(placed), {member.id: member.version for member in members})


# --- activities ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ActivityCard:
    """An activity with how many signed up, and how many came."""

    activity: Activity
    signed_up: int
    came: int
    hours: float
    """Hours of all who came."""


def activities_of(city: City, person: Person, unit: str) -> list[ActivityCard]:
    """The activities in a unit that this person may see, the next first, then those that are over, the last first."""
    now = city.now()
    rows = rows_in(city, person, Activity, unit)
    with city.database.read() as connection:
        signed = those(connection, SignUp, activity_id=frozenset(row.id for row in rows), withdrawn=False)
    by_activity: dict[int, list[SignUp]] = defaultdict(list)
    for each in signed:
        by_activity[each.activity_id].append(each)
    found = [
        ActivityCard(
            row,
            len(by_activity[row.id]),
            sum(bool(s.hours) for s in by_activity[row.id]),
            sum(s.hours or 0 for s in by_activity[row.id]),
        )
        for row in rows
    ]
    ahead = sorted((c for c in found if c.activity.begins > now), key=lambda c: (c.activity.begins, c.activity.id))  # fmt: skip
    over = sorted((c for c in found if c.activity.begins <= now), key=lambda c: (c.activity.begins, c.activity.id), reverse=True)  # fmt: skip
    return [*ahead, *over]


def sign_ups_of(
    city: City, person: Person, activity: Activity
) -> list[tuple[SignUp, WorkingMember]]:  # fmt: skip
    """Who signed up for an activity, as far as this person may see them."""
    structure = city.ground.structure
    with city.database.read() as connection:
        rows = those(connection, SignUp, activity_id=activity.id, withdrawn=False)
        members = {m.id: m for m in those(connection, WorkingMember, id=frozenset(r.member_id for r in rows))}
    pairs = [(row, members[row.member_id]) for row in rows]
    return [(row, member) for row, member in pairs if sees_at(person, member, activity, structure)]


def sheet_of_activities(city: City, cards: Sequence[ActivityCard], say: Words) -> Sheet:
    """Activities with how many signed up and came, for how long."""
    titles: list[Cell] = [
        say("Activity"), say("Begins"), say("Grid code"), say("Branch"), say("Volunteer team"), say("Places"), say("Signed up"),
        say("Came"), say("Hours"),
    ]  # fmt: skip
    rows: list[list[Cell]] = [
        [
            card.activity.title, f"{card.activity.begins.astimezone(city.zone):%Y-%m-%d %H:%M}", card.activity.grid,
            city.ground.structure.name(card.activity.grid), say.of(TEAMS[card.activity.team]) if card.activity.team else "",
            card.activity.places, card.signed_up, card.came, Decimal(str(card.hours)),
        ]
        for card in cards
    ]  # fmt: skip
    return Sheet(say("Activities"), [titles, *rows])


# --- the year's grades ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Graded:
    """A member's year: what they did, the points of it, the grade."""

    member: WorkingMember
    year: YearOf
    points: float
    grade: Grade
    is_settled: bool = False
    """It stays, whatever the books or the formula become."""


def members_graded(city: City, person: Person, unit: str, year: int) -> list[WorkingMember]:
    """The members of a unit that a year's grades are of: all who were there in it, also those who left since."""
    found = members_of(city, person, unit, on=date(year, 1, 1))
    return [member for member in found if member.since is None or member.since.year <= year]


def grades_of(city: City, members: Sequence[WorkingMember], year: int) -> list[Graded]:
    """The grades of members that were asked for by whoever may see them, the best first: as they were settled, else as the
    books stand."""
    rule, came, settled = city.rules_read.grade, came_in(city, year), settled_in(city, year)
    found = []
    for member in members:
        if (row := settled.get(member.id)) is not None:
            found.append(Graded(member, row.did, row.points, row.grade, is_settled=True))
        else:
            did = year_of(member, came.get(member.id, ()))
            found.append(Graded(member, did, rule.points(did), rule.grade(did)))
    return sorted(found, key=lambda g: (-g.points, g.member.department, g.member.number, g.member.id))


def settled_in(city: City, year: int) -> dict[int, YearGrade]:
    """What a year was settled at, by member."""
    with city.database.read() as connection:
        return {row.member_id: row for row in those(connection, YearGrade, year=year)}


def to_settle(city: City, person: Person, graded: Iterable[Graded]) -> dict[int, YearOf]:
    """What the members did whose year this person may settle, and that is not settled yet."""
    structure = city.ground.structure
    return {
        each.member.id: each.year
        for each in graded
        if not each.is_settled
        and may_keep(person, YearGrade.LIST, structure.today(each.member.place), structure)
    }


def came_in(city: City, year: int) -> dict[int, list[SignUp]]:
    """The sign-ups of a year's activities, by member."""
    begin = datetime(year, 1, 1, tzinfo=city.zone)
    end = datetime(year + 1, 1, 1, tzinfo=city.zone)
    with city.database.read() as connection:
        activities = {a.id for a in those(connection, Activity, cancelled=False) if begin <= a.begins < end}
        rows = those(connection, SignUp, withdrawn=False)
    found: dict[int, list[SignUp]] = defaultdict(list)
    for row in rows:
        if row.activity_id in activities:
            found[row.member_id].append(row)
    return found


def by_grade(graded: Iterable[Graded]) -> Counter[Grade]:
    """How many have each grade."""
    return Counter(each.grade for each in graded)


def sheet_of_grades(
    city: City, year: int, graded: Sequence[Graded], names: Mapping[int, Beside], say: Words
) -> Sheet:
    """A year's grades with all that they come from."""
    titles: list[Cell] = [
        say("Year"), say("Department code"), say("Department"), say("Number"), say("Full name"), say("Branch"), say("Activities"),
        say("Hours"), say("Paired households"), say("Problems settled"), say("Points"), say("Grade of the year"),
    ]  # fmt: skip
    rows: list[list[Cell]] = [
        [
            year, each.member.department, say.pick(*city.department(each.member.department)), each.member.number,
            names[each.member.id].name if each.member.id in names else "",
            city.ground.structure.name(each.member.branch) if each.member.branch else "", each.year.activities,
            Decimal(str(each.year.hours)), each.year.paired, each.year.problems, Decimal(str(each.points)),
            say.of(GRADE[each.grade]),
        ]
        for each in graded
    ]  # fmt: skip
    return Sheet(say("Grades of {year}", year=year), [titles, *rows])
