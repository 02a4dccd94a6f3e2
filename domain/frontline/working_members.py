"""Working Party members who check in (报到) at a grid branch: how they are spread, what they do there, their year's grade.

Source: the report – 3,800 working members, 16 kinds of posts, 10 kinds of volunteer teams, 6 kinds of responsibility
zones, activities, the registration form and the feedback form. Whose row it is – the name, the telephone – lies beside it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

from domain.frontline.records import Record
from domain.grids import Structure
from domain.said import Said, said

POSTS: Mapping[str, Said] = {
    "policy": said("Telling policies"),
    "opinion": said("Collecting opinions"),
    "disputes": said("Mediating disputes"),
    "law": said("Explaining laws"),
    "safety": said("Safety rounds"),
    "fire": said("Fire prevention"),
    "patrol": said("Evening patrol"),
    "cleaning": said("Cleanliness"),
    "green": said("Greenery"),
    "traffic": said("Orderly parking"),
    "care": said("Care for old people"),
    "children": said("Care for children"),
    "health": said("Health advice"),
    "culture": said("Culture and sport posts"),
    "skills": said("Skills and repairs"),
    "epidemic": said("Epidemic prevention"),
}
"""The sixteen kinds of posts."""

TEAMS: Mapping[str, Said] = {
    "publicity": said("Publicity team"),
    "mediation": said("Mediation team"),
    "security": said("Security team"),
    "environment": said("Environment team"),
    "repair": said("Repair team"),
    "medical": said("Medical team"),
    "legal": said("Legal team"),
    "art": said("Art team"),
    "sports": said("Sports team"),
    "emergency": said("Emergency team"),
}
"""The ten kinds of volunteer teams."""

ZONES: Mapping[str, Said] = {
    "building": said("Building zone"),
    "courtyard": said("Courtyard zone"),
    "street": said("Street zone"),
    "green": said("Green zone"),
    "facility": said("Facility zone"),
    "household": said("Household zone"),
}
"""The six kinds of responsibility zones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingMember(Record):
    """One working member. ``home`` is the compound grid they live in, None where it is not known or lies outside."""

    LIST: ClassVar[str] = "working_members"

    department: str
    home: str | None = None
    branch: str | None = None
    """The compound grid at whose branch they check in; None until they are placed."""
    since: date | None = None
    post: str | None = None
    team: str | None = None
    zone: str | None = None
    study_group: str | None = None
    paired: int = 0
    """Households they are paired with."""
    until: date | None = None

    def is_there(self, day: date) -> bool:
        return self.until is None or day < self.until


# --- spreading them over the branches -------------------------------------------------------------------------------


class Because(StrEnum):
    """Why somebody was placed at a branch, the best reason first."""

    STAYS = "stays"
    HOME = "home"
    HOME_COMMUNITY = "home_community"
    LINKED_BRANCH = "linked_branch"
    LINKED_COMMUNITY = "linked_community"
    ROOM = "room"


BECAUSE: Mapping[Because, Said] = {
    Because.STAYS: said("was there already"),
    Because.HOME: said("lives in this grid"),
    Because.HOME_COMMUNITY: said("lives in this community"),
    Because.LINKED_BRANCH: said("the unit is linked to this branch"),
    Because.LINKED_COMMUNITY: said("the unit is linked to this community"),
    Because.ROOM: said("there was room"),
}

COST: Mapping[Because, int] = {
    Because.STAYS: 0,
    Because.HOME: 1,
    Because.HOME_COMMUNITY: 3,
    Because.LINKED_BRANCH: 4,
    Because.LINKED_COMMUNITY: 6,
    Because.ROOM: 12,
}
"""What each reason costs; a proposal is one with the least sum."""


@dataclass(frozen=True, slots=True)
class Branches:
    """Where members can be placed, and what speaks for a place."""

    structure: Structure
    capacity: Mapping[str, int]
    """How many each branch – the code of its compound grid – can take; those without are no branches."""
    least: Mapping[str, int]
    """How many each needs to be served."""
    community_links: Mapping[str, frozenset[str]]
    """The departments linked to each community."""
    branch_links: Mapping[str, frozenset[str]]
    """The departments linked to each branch."""

    def reason(self, member: WorkingMember, branch: str) -> Because:
        """The best that speaks for this member at this branch."""
        community = self.structure.above(branch)
        if member.branch == branch:
            return Because.STAYS
        if member.home == branch:
            return Because.HOME
        if member.home is not None and self.structure.above(member.home) == community:
            return Because.HOME_COMMUNITY
        if member.department in self.branch_links.get(branch, ()):
            return Because.LINKED_BRANCH
        if community is not None and member.department in self.community_links.get(community, ()):
            return Because.LINKED_COMMUNITY
        return Because.ROOM


@dataclass(frozen=True, slots=True)
class Placed:
    """One member's place in a proposal, and why."""

    member: int
    branch: str
    because: Because


def refusal_to_spread(members: Sequence[WorkingMember], branches: Branches) -> Said | None:
    """Why these members cannot be spread over these branches at all."""
    room, needed = sum(branches.capacity.values()), sum(branches.least.values())
    if len(members) > room:
        return said("{n} members, and room for {room}: raise the capacity.", n=len(members), room=room)
    if len(members) < needed:
        return said("{n} members, and {needed} are needed: lower what a branch needs.", n=len(members), needed=needed)  # fmt: skip
    return None


def faults(placed: Iterable[Placed], members: Sequence[WorkingMember], branches: Branches) -> list[Said]:
    """What is wrong with a proposal: a member lost or placed twice, a branch crowded or not served."""
    placed = list(placed)
    times, there = Counter(p.member for p in placed), Counter(p.branch for p in placed)
    found = [said("Member {n} is placed {times} times.", n=m.id, times=times[m.id]) for m in members if times[m.id] != 1]  # fmt: skip
    found += [
        said("{n} is no member of this list.", n=number) for number in times.keys() - {m.id for m in members}
    ]
    for branch in sorted(there.keys() | branches.least.keys()):
        if there[branch] > branches.capacity.get(branch, 0):
            found.append(
                said("{branch} is crowded: {n}.", branch=branches.structure.name(branch), n=there[branch])
            )
        if there[branch] < branches.least.get(branch, 0):
            found.append(said("{branch} is not served: {n}.", branch=branches.structure.name(branch), n=there[branch]))  # fmt: skip
    return found


# --- activities ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity(Record):
    """Something a branch does on a day, to which members sign up."""

    LIST: ClassVar[str] = "activities"

    grid: str
    title: str
    begins: datetime
    hours: float
    places: int
    team: str | None = None
    cancelled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SignUp(Record):
    """A member at an activity; ``hours`` once the branch confirmed that they came."""

    LIST: ClassVar[str] = "sign_ups"

    activity_id: int
    member_id: int
    hours: float | None = None
    withdrawn: bool = False


def refusal_to_sign_up(
    activity: Activity, member: WorkingMember, there: Sequence[SignUp], now: datetime
) -> Said | None:  # fmt: skip
    """Why a member cannot sign up for an activity."""
    standing = [each for each in there if not each.withdrawn]
    if activity.cancelled:
        return said("This activity was cancelled.")
    if activity.begins <= now:
        return said("This activity has begun.")
    if member.branch != activity.grid:
        return said("This activity is for members of its own branch.")
    if any(each.member_id == member.id for each in standing):
        return said("Signed up already.")
    if len(standing) >= activity.places:
        return said("All {n} places are taken.", n=activity.places)
    return None


# --- the year's grade --------------------------------------------------------------------------------------------------


class Grade(StrEnum):
    """What a year is worth."""

    EXCELLENT = "excellent"
    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"


GRADE: Mapping[Grade, Said] = {
    Grade.EXCELLENT: said("Excellent"),
    Grade.GOOD: said("Good"),
    Grade.FAIR: said("Fair"),
    Grade.POOR: said("Poor"),
}


@dataclass(frozen=True, slots=True)
class YearOf:
    """What a member did in a year."""

    activities: int
    hours: float
    paired: int
    problems: int
    """Problems that they helped to settle."""


@dataclass(frozen=True, slots=True)
class GradeRule:
    """The formula of the grade: points for each activity, hour, paired household and problem, and where grades begin."""

    activity: float = 5
    hour: float = 2
    paired: float = 10
    problem: float = 5
    excellent: float = 90
    good: float = 60
    fair: float = 30

    def points(self, year: YearOf) -> float:
        """A year's points, a hundred at most."""
        earned = (
            self.activity * year.activities
            + self.hour * year.hours
            + self.paired * year.paired
            + self.problem * year.problems
        )
        return min(100.0, earned)

    def grade(self, year: YearOf) -> Grade:
        """The grade of a year's points."""
        points = self.points(year)
        bounds = ((self.excellent, Grade.EXCELLENT), (self.good, Grade.GOOD), (self.fair, Grade.FAIR))
        return next((grade for bound, grade in bounds if points >= bound), Grade.POOR)
