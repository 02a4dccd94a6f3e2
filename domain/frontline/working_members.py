"""Working Party members who check in (报到) at a grid branch: how they are spread, what they do there, their year's grade.

Source: the report – 3,800 working members, 16 kinds of posts, 10 kinds of volunteer teams, 6 kinds of responsibility
zones, activities, the registration form and the feedback form. Whose row it is – the name, the telephone – lies beside it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

from domain.frontline.records import Record
from domain.frontline.rights import may_hear, reads_unit
from domain.grids import CITY, Level, Structure
from domain.people import Person, Role
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
    number: str = ""
    """What the department calls them in its own books: in a file it names the row, where the name must not."""
    feedback: int | None = None
    """The last year of which the branch told the department how they did; its words lie beside that event."""

    @property
    def place(self) -> str:
        """The unit whose row this is: the branch, before there is one the home, else the city."""
        return self.branch or self.home or CITY

    def is_there(self, day: date) -> bool:
        return self.until is None or day < self.until


def sees(person: Person, member: WorkingMember, structure: Structure) -> bool:
    """May this person see that there is such a member? A department sees its own, wherever they check in."""
    if person.role is Role.DEPARTMENT:
        return member.department == person.area
    return reads_unit(person, member.LIST, structure.today(member.place), structure)


def hears(person: Person, member: WorkingMember, structure: Structure) -> bool:
    """May this person know who the member is? A department knows its own."""
    if person.role is Role.DEPARTMENT:
        return member.department == person.area
    return may_hear(person, member.LIST, structure.today(member.place), structure)


# --- checking in ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Room:
    """How many members a branch can take, and how many it needs; ``own`` are branches that can take more or fewer."""

    capacity: int = 45
    least: int = 25
    own: Mapping[str, int] = field(default_factory=dict)

    def of(self, branch: str) -> int:
        return self.own.get(branch, self.capacity)


def refusal_to_check_in(
    member: WorkingMember, branch: str, there: int, room: Room, structure: Structure, day: date
) -> Said | None:  # fmt: skip
    """Why a member cannot check in at a branch where so many others are."""
    grid = structure.grids.get(branch)
    if grid is None or grid.level is not Level.COMPOUND:
        return said("Members check in at the branch of a compound grid.")
    if not member.is_there(day):
        return said("This member has left.")
    if member.branch == branch:
        return said("This member is at this branch already.")
    if there >= room.of(branch):
        return said("{branch} is full: {n} members.", branch=structure.name(branch), n=there)
    return None


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


@dataclass(frozen=True, slots=True)
class Proposal:
    """A place for each member of these branches, as of the versions of the rows that it was made from."""

    branches: Branches
    placed: tuple[Placed, ...]
    versions: Mapping[int, int]

    @property
    def reasons(self) -> Counter[Because]:
        """How many were placed for which reason."""
        return Counter(each.because for each in self.placed)

    @property
    def moved(self) -> tuple[Placed, ...]:
        """Those who are not where they were."""
        return tuple(each for each in self.placed if each.because is not Because.STAYS)


def is_out_of_date(proposal: Proposal, members: Sequence[WorkingMember], day: date) -> bool:
    """Did anybody who is spread change since, or somebody come to one of the branches who is not spread?"""
    known = {member.id: member for member in members}
    changed = any(
        number not in known or known[number].version != version or not known[number].is_there(day)
        for number, version in proposal.versions.items()
    )
    structure = proposal.branches.structure
    came = any(
        member.branch is not None and structure.today(member.branch) in proposal.branches.capacity
        for member in members
        if member.id not in proposal.versions and member.is_there(day)
    )
    return changed or came


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
    settled: int = 0
    """Problems of residents that they helped to settle there."""


def sees_at(person: Person, member: WorkingMember, activity: Activity, structure: Structure) -> bool:
    """May this person see that a member signed up? The branch that writes the hours down sees all of them, also those
    who check in elsewhere since."""
    if person.role is not Role.DEPARTMENT and reads_unit(
        person, member.LIST, structure.today(activity.grid), structure
    ):
        return True
    return sees(person, member, structure)


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


MOST_HOURS = 24.0
"""Hours of one activity, at most."""


def refusal_of_activity(activity: Activity, now: datetime) -> Said | None:
    """Why an activity cannot be announced like this."""
    if not activity.title.strip():
        return said("Please say what is to be done.")
    if activity.begins <= now:
        return said("An activity is announced before it begins.")
    if not 0 < activity.hours <= MOST_HOURS:
        return said("An activity takes {n} hours at most.", n=int(MOST_HOURS))
    return said("An activity has at least one place.") if activity.places < 1 else None


def refusal_to_withdraw(activity: Activity, sign_up: SignUp, now: datetime) -> Said | None:
    """Why a sign-up cannot be taken back."""
    if sign_up.withdrawn:
        return said("This sign-up was taken back already.")
    return said("This activity has begun.") if activity.begins <= now else None


def refusal_of_hours(
    activity: Activity, sign_up: SignUp, hours: float, settled: int, now: datetime
) -> Said | None:  # fmt: skip
    """Why hours cannot be written down for a member at an activity; none at all says that they did not come."""
    if activity.cancelled:
        return said("This activity was cancelled.")
    if sign_up.withdrawn:
        return said("This sign-up was taken back already.")
    if now < activity.begins:
        return said("Hours are written down after the activity has begun.")
    if not 0 <= hours <= MOST_HOURS:
        return said("Hours are between 0 and {n}.", n=int(MOST_HOURS))
    return said("A number is not less than nothing.") if settled < 0 else None
