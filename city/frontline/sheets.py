"""The lists that come and go as files: what each looks like as a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from domain.frontline.bodies import FUNCTION, Body, BranchLink, Deed, LeaderVisit, Unit
from domain.frontline.organisation import ENTRY, SIDE, Entry, Group, Seat
from domain.frontline.outside import KIND, PARTY, Outside, Party
from domain.frontline.pledges import NEED_STATE, SORT, Need, NeedState, Resource, Service
from domain.frontline.registers import Department, DepartmentLink, Leader, Organisation
from domain.frontline.sheets import (
    Column,
    Keeping,
    Sheet,
    day,
    fen,
    moment,
    number,
    several,
    whole,
    words,
    yes,
    yuan_of,
)
from domain.frontline.visits import FOLLOWS, LEARNED, Follows, Learned, Visit
from domain.frontline.working_members import POSTS, TEAMS, ZONES, Activity, WorkingMember
from domain.said import BadInput, said

GRID = Column("grid", said("Grid code"), words(64), needed=True)
NAME = Column("name", said("Name of the organisation"), words(120), needed=True)
COMMUNITY = Column("community", said("Community code"), words(64), needed=True)
TITLE = Column("title", said("What"), words(200), needed=True)
OF_SORT = Column("sort", said("Sort"), among=SORT, needed=True)
PROVIDER = Column("provider", said("Provider"), words(120), needed=True)
ACTIVE = Column("active", said("Offered"), yes)
DEPARTMENT = Column("department", said("Department code"), words(64), needed=True)
GONE = Column("gone", said("Is no more"), yes)
ENDED = Column("gone", said("Has ended"), yes)

SHEETS: tuple[Sheet[Any], ...] = (
    Sheet(
        Outside, said("Catch-all lists"),
        (
            Column("kind", said("Kind"), among=KIND, needed=True), NAME, Column("address", said("Address"), words(200)),
            replace(GRID, needed=False), Column("lng", said("Longitude"), number), Column("lat", said("Latitude"), number),
            Column("party", said("Party organisation"), among=PARTY), Column("people", said("People"), whole(0, 1_000_000)),
        ),
        ("kind", "name", "address"),
    ),
    Sheet(
        Visit, said("Visits"),
        (
            Column("at", said("When"), moment, needed=True), Column("unit", said("Building code"), words(64)),
            replace(GRID, needed=False), Column("learned", said("What was learned"), among=LEARNED),
            Column("follows", said("What follows"), among=FOLLOWS),
        ),
        ("at", "unit", "grid", "learned"), keeping=Keeping.BOOK,
    ),
    Sheet(
        Need, said("Needs"),
        (
            GRID, OF_SORT, TITLE, Column("since", said("Noted on"), day, needed=True),
            Column("state", said("State"), among=NEED_STATE),
        ),
        ("grid", "sort", "title", "since"),
    ),
    Sheet(
        Resource, said("Resources"),
        (
            GRID, OF_SORT, TITLE, PROVIDER, Column("department", said("Department code"), words(64)),
            Column("most", said("Needs at a time"), whole(1, 1000)), ACTIVE,
        ),
        ("grid", "title", "provider"),
    ),
    Sheet(
        Group, said("Joint building groups"),
        (
            GRID, Column("name", said("What it is called"), words(60), needed=True), Column("buildings", said("Buildings"), several(200)),
            Column("centres", said("Member households' centres"), whole(0, 100)), GONE,
        ),
        ("grid", "name"),
    ),
    Sheet(
        Seat, said("Councils of compounds"),
        (
            GRID, Column("side", said("Side"), among=SIDE, needed=True), Column("post", said("Position"), words(60), needed=True),
            Column("holder", said("Who holds it"), words(60), needed=True), Column("until", said("Until"), day),
        ),
        ("grid", "side", "post", "holder"),
    ),
    Sheet(
        Entry, said("Branch funds"),
        (
            GRID, Column("year", said("Year"), whole(2000, 2100), needed=True), Column("day", said("Day"), day, needed=True),
            Column("kind", said("Line"), among=ENTRY, needed=True), Column("what", said("What for"), words(200), needed=True),
            Column("fen", said("Amount in yuan"), fen, needed=True, write=yuan_of), Column("has_receipt", said("Receipt"), yes),
        ),
        ("grid", "year", "day", "kind", "what", "fen"), keeping=Keeping.BOOK,
        picture=Column("picture", said("Picture of the receipt"), words(200)),
    ),
    Sheet(
        Body, said("Bodies"), (COMMUNITY, Column("name", said("What it is called"), words(120), needed=True)), ("community",),
        place="community",
    ),
    Sheet(
        Unit, said("Member units"),
        (
            COMMUNITY, Column("name", said("Member unit"), words(120), needed=True),
            Column("department", said("Department code"), words(64)), Column("until", said("Until"), day),
        ),
        ("community", "name"), place="community",
    ),
    Sheet(
        Deed, said("Deeds"),
        (
            COMMUNITY, Column("unit", said("Member unit"), words(120)),
            Column("function", said("Function"), among=FUNCTION, needed=True),
            Column("year", said("Year"), whole(2000, 2100), needed=True), TITLE,
            Column("fen", said("Worth in yuan"), fen, write=yuan_of), Column("done_on", said("Done on"), day),
        ),
        ("community", "unit", "function", "year", "title"), place="community", keeping=Keeping.BOOK,
    ),
    Sheet(
        LeaderVisit, said("Leaders' visits"),
        (
            Column("leader", said("Leader"), words(60), needed=True), COMMUNITY, Column("day", said("Day"), day, needed=True),
            Column("at_meeting", said("At a meeting"), yes), Column("what", said("What it was about"), words(200)),
        ),
        ("leader", "community", "day", "at_meeting"), place="community", keeping=Keeping.BOOK,
    ),
    Sheet(
        BranchLink, said("Departments' links to branches"),
        (DEPARTMENT, GRID, GONE),
        ("department", "grid"),
    ),
    Sheet(Service, said("Services"), (GRID, OF_SORT, TITLE, PROVIDER, ACTIVE), ("grid", "title", "provider")),
    Sheet(
        WorkingMember, said("Working members"),
        (
            DEPARTMENT,
            Column("number", said("Number in the department"), words(32), needed=True),
            Column("home", said("Grid code of the home"), words(64)), Column("branch", said("Grid code of the branch"), words(64)),
            Column("since", said("Checked in on"), day), Column("post", said("Post"), among=POSTS),
            Column("team", said("Volunteer team"), among=TEAMS), Column("zone", said("Responsibility zone"), among=ZONES),
            Column("study_group", said("Study group"), words(64)), Column("paired", said("Paired households"), whole(0, 50)),
        ),
        ("department", "number"), place="branch",
        beside=(Column("name", said("Full name"), words(60)), Column("phone", said("Telephone"), words(40))),
    ),
    Sheet(
        Activity, said("Activities"),
        (
            GRID, TITLE, Column("begins", said("Begins"), moment, needed=True), Column("hours", said("Hours"), number, needed=True),
            Column("places", said("Places"), whole(1, 10_000), needed=True), Column("team", said("Volunteer team"), among=TEAMS),
            Column("cancelled", said("Was cancelled"), yes),
        ),
        ("grid", "title", "begins"), keeping=Keeping.BOOK,
    ),
    Sheet(
        Department, said("Departments"),
        (
            replace(DEPARTMENT, field="code"), Column("name", said("Name of the department"), words(120), needed=True),
            Column("name_en", said("English name"), words(120)),
        ),
        ("code",), place=None, keeping=Keeping.REGISTER,
    ),
    Sheet(
        DepartmentLink, said("Departments' links to communities"), (DEPARTMENT, COMMUNITY, ENDED), ("department",), place="community",
        keeping=Keeping.REGISTER,
    ),
    Sheet(
        Leader, said("City leaders"),
        (Column("name", said("Full name"), words(60), needed=True), Column("title", said("Office"), words(120)), COMMUNITY, ENDED),
        ("name", "community"), place="community", keeping=Keeping.REGISTER,
    ),
    Sheet(
        Organisation, said("Party organisations"),
        (GRID, Column("name", said("Name of the organisation"), words(120), needed=True), GONE), ("grid",), keeping=Keeping.REGISTER,
    ),
)  # fmt: skip
"""The lists that come and go as files."""

OTHERWISE: Mapping[str, object] = {
    "buildings": (), "centres": 0, "gone": False, "address": "", "party": Party.UNKNOWN, "state": NeedState.OPEN, "most": 1, "active": True,
    "paired": 0, "fen": 0, "at_meeting": False, "what": "", "has_receipt": False, "cancelled": False, "name_en": "",
    "title": "", "learned": Learned.WELL, "follows": Follows.NOTHING,
}  # fmt: skip
"""What an empty cell of a column means, where it is not nothing."""


def sheet_named(name: str) -> Sheet[Any]:
    """The sheet of a list.

    Raises:
        BadInput: when no list of this name comes as a file.
    """
    found = next((sheet for sheet in SHEETS if sheet.name == name), None)
    if found is None:
        known = ", ".join(sheet.name for sheet in SHEETS)
        raise BadInput(said("There is no list {name}; there are {known}.", name=name[:64], known=known))
    return found
