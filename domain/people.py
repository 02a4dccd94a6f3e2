"""Say who somebody is, what they answer for, and what they may see.

Source: the table of roles of the field. An ``area`` is a unit's code – a grid, a street, or the whole
city – or a department's code for a department.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from domain.grids import CITY, Level, Located, Structure


class Role(StrEnum):
    """The roles of grid governance."""

    LEADER = "leader"
    STREET = "street"
    CITY_OFFICE = "city_office"
    COMMUNITY = "community"
    COMPOUND = "compound"
    MEMBER = "member"
    DEPARTMENT = "department"
    PLANNER = "planner"
    ADMINISTRATOR = "administrator"
    RESIDENT = "resident"
    CLOCK = "clock"
    WALL = "wall"


NO_ACCOUNT = frozenset({Role.RESIDENT, Role.CLOCK, Role.WALL})
"""Who comes without signing in: a resident by a link, the clock by itself, a wall screen that only looks."""

WHOLE_CITY = frozenset({Role.LEADER, Role.CITY_OFFICE, Role.PLANNER, Role.ADMINISTRATOR})
"""Roles whose area is the whole city."""

READS_TICKETS = frozenset(
    {Role.STREET, Role.CITY_OFFICE, Role.COMMUNITY, Role.COMPOUND, Role.MEMBER, Role.DEPARTMENT}
)
"""Roles that may read a ticket's own words. A leader sees counts and facts, never a resident's data."""

READS_TICKET_FACTS = READS_TICKETS | {Role.LEADER}
"""Roles that may see a ticket listed: category, state, clocks. A planner sees counts, an administrator none."""

SEES_AREA = frozenset({Role.STREET, Role.COMMUNITY, Role.COMPOUND, Role.MEMBER, Role.WALL})
"""Roles that see how much waits in their own area and below it."""

READS_RULES = frozenset({Role.CITY_OFFICE, Role.STREET, Role.COMMUNITY, Role.PLANNER, Role.ADMINISTRATOR})
"""Roles that read and try the routing table: those who dispatch by it, and those who look after it."""

WATCHES_CLOCK = frozenset({Role.CITY_OFFICE, Role.ADMINISTRATOR, Role.LEADER})
"""Roles that read what the clock did to the whole city's tickets."""

WATCHES_DOOR = frozenset({Role.ADMINISTRATOR})
"""Roles that read who signed in, who was refused, who took data away, and which accounts are locked."""

DRAFTS = frozenset({Role.PLANNER})
"""Roles that draw plans, send them to review and publish what was approved."""

APPROVES = frozenset({Role.PLANNER, Role.LEADER})
"""Roles that approve a plan or send it back; never one they made or sent themselves."""

READS_PLANS = DRAFTS | APPROVES
"""Roles that see plans other than the one in force."""

LEADERS = "leaders"
"""The post at which every leader of the city is told."""

GRID_ROLE = {Level.COMMUNITY: Role.COMMUNITY, Level.COMPOUND: Role.COMPOUND, Level.BUILDING: Role.MEMBER}
"""Who heads a grid of each level."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody signed in. ``id`` is what the event log keeps; ``name`` is only ever looked up to be shown."""

    id: int
    name: str
    role: Role
    area: str = CITY
    demo: bool = False

    @property
    def department(self) -> str | None:
        return self.area if self.role is Role.DEPARTMENT else None

    @property
    def post(self) -> str | None:
        """Where this person is told things; everybody with the same role and area shares one post."""
        if self.role is Role.LEADER:
            return LEADERS
        return self.area if self.role in READS_TICKETS else None


CLOCK = Person(0, "", Role.CLOCK)
RESIDENT = Person(0, "", Role.RESIDENT)


def is_in_area(person: Person, code: str, structure: Structure) -> bool:
    """Does this unit lie in the person's area? An account of a grid or a street whose area was never set has none."""
    if person.area == CITY and person.role not in WHOLE_CITY | {Role.WALL}:
        return False
    return structure.within(code, person.area)


def sees_unit(person: Person, code: str, structure: Structure) -> bool:
    """May this person see how much waits in this unit? Who comes without an account sees none, but for a wall screen."""
    if person.role in WHOLE_CITY:
        return True
    return person.role in SEES_AREA and is_in_area(person, code, structure)


def may_list(person: Person, code: str | None, structure: Structure) -> bool:
    """May this person see a unit's tickets listed – None for their own area? A department lists its own everywhere."""
    if person.role not in READS_TICKET_FACTS:
        return False
    return code is None or person.role is Role.DEPARTMENT or sees_unit(person, code, structure)


def sees_place(person: Person, located: Located, holder: str, lead: str | None, structure: Structure) -> bool:
    """May this person see a ticket that lies here, is held there, and is worked on by ``lead``?"""
    if person.role not in READS_TICKET_FACTS:
        return False
    if person.role in WHOLE_CITY:
        return True
    if person.role is Role.DEPARTMENT:
        return lead == person.area
    return any(is_in_area(person, code, structure) for code in (*located.codes, holder))
