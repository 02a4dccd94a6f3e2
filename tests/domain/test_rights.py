"""Who may do what, where: the field's own table of roles, told a second time as plain rows and tried cell by cell.

A place is a unit of the small city below; a department's places are tickets by who leads them. Every cell runs the real
function, on a real store where it needs one. The moves of a ticket by whom and in which state are the table of
``test_moves.py``; here each of them is tried from outside its area.
"""

from __future__ import annotations

import inspect
import itertools
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path

import pytest
from sqlalchemy import select

import domain.actions
from domain.actions import (
    allowances,
    assessment,
    bodies,
    books,
    grades,
    listing,
    organisation,
    pledges,
    visits,
    working_members,
)
from domain.actions import meetings as convening
from domain.actions.aftermath import log
from domain.actions.erasing import erase_order, erase_personal_data
from domain.actions.plans import (
    Board,
    approve,
    begin_draft,
    comment,
    edit,
    fork,
    publish,
    read_plan,
    redo,
    send,
    send_back,
    undo,
)
from domain.actions.raising import Report, raise_ticket
from domain.actions.tickets import act, may_read, may_see, rate_by_link
from domain.frontline import records
from domain.frontline.allowances import Allowance, Formula, Term
from domain.frontline.assessment import Channel, Round
from domain.frontline.bodies import Body, BranchLink, Deed, Function, LeaderVisit
from domain.frontline.grades import GradeRule, YearOf
from domain.frontline.organisation import Entry, EntryKind, Group, Seat, Side
from domain.frontline.outside import Kind, Outside
from domain.frontline.pledges import Need, NeedState, Order, OrderState, Resource, Service, Sort
from domain.frontline.records import Beside
from domain.frontline.sheets import Keeping, Sheet
from domain.frontline.visits import Learned, Visit
from domain.frontline.working_members import (
    Activity,
    Because,
    Branches,
    Placed,
    Proposal,
    Room,
    SignUp,
    WorkingMember,
)
from domain.grids import CITY, Grid, Level, Located, Street, Structure
from domain.meetings import Decision, MatterOutcome, Meeting, may_read_matter, may_read_meetings, tier_of
from domain.moves import MOVE, MOVES, Given, Scene, moves_open_to
from domain.people import CLOCK as CLOCK_ITSELF
from domain.people import GRID_ROLE, RESIDENT, Person, Role, may_list, sees_place, sees_unit
from domain.place import LngLat
from domain.plans.commands import Rename
from domain.plans.life import Plan, PlanState
from domain.said import Refused, refuse_if, said
from domain.tickets import Source, State, Ticket, Words
from storage.database import Database
from storage.frontline.records import those
from storage.migrate import migrate
from storage.schema import heads, leaders, ratings
from storage.store import TicketStore
from tests.conftest import sqlite_url
from tests.domain.build import MONDAY, RULES
from tests.domain.build import ticket as built
from tests.domain.test_moves import FULL, MAY
from tests.town import TOWN as SQUARES_GROUND
from tests.town import town_draft

# --- a city with somebody beside, above and below everybody -----------------------------------------------------

TOWN = Structure.of(
    [
        Grid("C", Level.COMMUNITY, "C", "S"), Grid("D", Level.COMMUNITY, "D", "S"), Grid("E", Level.COMMUNITY, "E", "T"),
        Grid("C1", Level.COMPOUND, "C1", "C"), Grid("C2", Level.COMPOUND, "C2", "C"),
        Grid("D1", Level.COMPOUND, "D1", "D"), Grid("E1", Level.COMPOUND, "E1", "E"),
        Grid("C11", Level.BUILDING, "C11", "C1"), Grid("C12", Level.BUILDING, "C12", "C1"),
        Grid("C21", Level.BUILDING, "C21", "C2"), Grid("D11", Level.BUILDING, "D11", "D1"),
        Grid("E11", Level.BUILDING, "E11", "E1"),
    ],
    [Street("S", "S"), Street("T", "T")],
    "City",
)  # fmt: skip
BUILDINGS = ("C11", "C12", "C21", "D11", "E11")
UNITS = ("C11", "C12", "C21", "D11", "E11", "C1", "C2", "D1", "E1", "C", "D", "E", "S", "T", CITY)
COMMUNITIES = ("C", "D", "E")
COMPOUNDS = ("C1", "C2", "D1", "E1")
NO_GRID = "no_grid"
PLACES = (*BUILDINGS, NO_GRID)
"""Where a ticket may lie."""

RULEBOOK = replace(
    RULES,
    structure=TOWN,
    locate=lambda point: TOWN.located(BUILDINGS[int(point.lng)]) if point.lng >= 0 else Located(),
    links={unit: frozenset({"water", "fire"}) for unit in ("C", "D", "E")},
)

WHO: Mapping[Role, Person] = {
    Role.LEADER: Person(1, "leader", Role.LEADER),
    Role.STREET: Person(2, "street", Role.STREET, "S"),
    Role.CITY_OFFICE: Person(3, "office", Role.CITY_OFFICE),
    Role.COMMUNITY: Person(4, "community", Role.COMMUNITY, "C"),
    Role.COMPOUND: Person(5, "compound", Role.COMPOUND, "C1"),
    Role.MEMBER: Person(6, "member", Role.MEMBER, "C11"),
    Role.DEPARTMENT: Person(7, "department", Role.DEPARTMENT, "water"),
    Role.PLANNER: Person(8, "planner", Role.PLANNER),
    Role.ADMINISTRATOR: Person(9, "admin", Role.ADMINISTRATOR),
    Role.RESIDENT: RESIDENT,
    Role.CLOCK: CLOCK_ITSELF,
    Role.WALL: Person(0, "", Role.WALL, "C"),
}
"""Somebody of each role, in one branch of the city."""

NONE = ""
EVERY_UNIT = "C11 C12 C21 D11 E11 C1 C2 D1 E1 C D E S T city"
EVERY_PLACE = "C11 C12 C21 D11 E11 no_grid"

# --- the table --------------------------------------------------------------------------------------------------

CONVENERS: Mapping[Role, str] = {
    Role.LEADER: NONE,
    Role.STREET: "S",
    Role.CITY_OFFICE: "city",
    Role.COMMUNITY: "C",
    Role.COMPOUND: "C1",
    Role.MEMBER: NONE,
    Role.DEPARTMENT: NONE,
    Role.PLANNER: NONE,
    Role.ADMINISTRATOR: NONE,
    Role.RESIDENT: NONE,
    Role.CLOCK: NONE,
    Role.WALL: NONE,
}
AD_HOC_CONVENERS: Mapping[Role, str] = {**CONVENERS, Role.LEADER: "city"}
"""At any time; at city level by the leader in charge of the matter."""

REGULAR_MEETINGS = (
    "add a matter", "plan a regular meeting", "decide a matter", "close a meeting", "note as done what was assigned",
)  # fmt: skip
AD_HOC_MEETINGS = (
    "add a matter to an ad-hoc meeting", "plan an ad-hoc meeting", "decide a matter of an ad-hoc meeting",
    "close an ad-hoc meeting",
)  # fmt: skip

EVERY_STATE = "draft in_review approved in_force retired"
PLANS = tuple(EVERY_STATE.split())
"""Where a plan may be in its life; these plans are somebody else's, who is a planner."""


def of_plans(*, planner: str = NONE, leader: str = NONE) -> Mapping[Role, str]:
    """A row about plans, which are the planners' and, to be approved, the leaders' alone."""
    return dict.fromkeys(Role, NONE) | {Role.PLANNER: planner, Role.LEADER: leader}


MAY_IN: Mapping[str, Mapping[Role, str]] = {
    "see how much waits in a unit": {
        Role.LEADER: EVERY_UNIT,
        Role.STREET: "C11 C12 C21 D11 C1 C2 D1 C D S",
        Role.CITY_OFFICE: EVERY_UNIT,
        Role.COMMUNITY: "C11 C12 C21 C1 C2 C",
        Role.COMPOUND: "C11 C12 C1",
        Role.MEMBER: "C11",
        Role.DEPARTMENT: NONE,
        Role.PLANNER: EVERY_UNIT,
        Role.ADMINISTRATOR: EVERY_UNIT,
        Role.RESIDENT: NONE,
        Role.CLOCK: NONE,
        Role.WALL: "C11 C12 C21 C1 C2 C",
    },
    "see a unit's tickets listed": {
        Role.LEADER: EVERY_UNIT,
        Role.STREET: "C11 C12 C21 D11 C1 C2 D1 C D S",
        Role.CITY_OFFICE: EVERY_UNIT,
        Role.COMMUNITY: "C11 C12 C21 C1 C2 C",
        Role.COMPOUND: "C11 C12 C1",
        Role.MEMBER: "C11",
        Role.DEPARTMENT: EVERY_UNIT,
        Role.PLANNER: NONE,
        Role.ADMINISTRATOR: NONE,
        Role.RESIDENT: NONE,
        Role.CLOCK: NONE,
        Role.WALL: NONE,
    },
    "see a ticket's facts": {
        Role.LEADER: EVERY_PLACE,
        Role.STREET: "C11 C12 C21 D11",
        Role.CITY_OFFICE: EVERY_PLACE,
        Role.COMMUNITY: "C11 C12 C21",
        Role.COMPOUND: "C11 C12",
        Role.MEMBER: "C11",
        Role.DEPARTMENT: NONE,
        Role.PLANNER: NONE,
        Role.ADMINISTRATOR: NONE,
        Role.RESIDENT: NONE,
        Role.CLOCK: NONE,
        Role.WALL: NONE,
    },
    "read a ticket's words": {
        Role.LEADER: NONE,
        Role.STREET: "C11 C12 C21 D11",
        Role.CITY_OFFICE: EVERY_PLACE,
        Role.COMMUNITY: "C11 C12 C21",
        Role.COMPOUND: "C11 C12",
        Role.MEMBER: "C11",
        Role.DEPARTMENT: NONE,
        Role.PLANNER: NONE,
        Role.ADMINISTRATOR: NONE,
        Role.RESIDENT: NONE,
        Role.CLOCK: NONE,
        Role.WALL: NONE,
    },
    "raise a ticket": {
        Role.LEADER: NONE,
        Role.STREET: "C11 C12 C21 D11",
        Role.CITY_OFFICE: EVERY_PLACE,
        Role.COMMUNITY: "C11 C12 C21",
        Role.COMPOUND: "C11 C12",
        Role.MEMBER: "C11",
        Role.DEPARTMENT: NONE,
        Role.PLANNER: NONE,
        Role.ADMINISTRATOR: NONE,
        Role.RESIDENT: EVERY_PLACE,
        Role.CLOCK: NONE,
        Role.WALL: NONE,
    },
    "enter a rating told by telephone": {
        Role.LEADER: NONE,
        Role.STREET: NONE,
        Role.CITY_OFFICE: NONE,
        Role.COMMUNITY: "C11 C12 C21",
        Role.COMPOUND: NONE,
        Role.MEMBER: NONE,
        Role.DEPARTMENT: NONE,
        Role.PLANNER: NONE,
        Role.ADMINISTRATOR: NONE,
        Role.RESIDENT: NONE,
        Role.CLOCK: NONE,
        Role.WALL: NONE,
    },
    "erase what a ticket holds of people": {
        Role.LEADER: NONE,
        Role.STREET: "C11 C12 C21 D11",
        Role.CITY_OFFICE: EVERY_PLACE,
        Role.COMMUNITY: NONE,
        Role.COMPOUND: NONE,
        Role.MEMBER: NONE,
        Role.DEPARTMENT: NONE,
        Role.PLANNER: NONE,
        Role.ADMINISTRATOR: NONE,
        Role.RESIDENT: NONE,
        # What was kept long enough goes by itself.
        Role.CLOCK: EVERY_PLACE,
        Role.WALL: NONE,
    },
    "read a unit's meetings": {
        Role.LEADER: EVERY_UNIT,
        Role.STREET: "C11 C12 C21 D11 C1 C2 D1 C D S",
        Role.CITY_OFFICE: EVERY_UNIT,
        Role.COMMUNITY: "C11 C12 C21 C1 C2 C",
        Role.COMPOUND: "C11 C12 C1",
        Role.MEMBER: NONE,
        Role.DEPARTMENT: NONE,
        Role.PLANNER: NONE,
        Role.ADMINISTRATOR: NONE,
        Role.RESIDENT: NONE,
        Role.CLOCK: NONE,
        Role.WALL: NONE,
    },
    **dict.fromkeys(REGULAR_MEETINGS, CONVENERS),
    **dict.fromkeys(AD_HOC_MEETINGS, AD_HOC_CONVENERS),
    **dict.fromkeys(
        ("write down a visit", "write down a visit and a need", "take back a visit of one's own"),
        dict.fromkeys(Role, NONE) | {Role.COMMUNITY: "C11 C12 C21", Role.COMPOUND: "C11 C12", Role.MEMBER: "C11"},
    ),
    "bring rows into a catch-all list": dict.fromkeys(Role, NONE) | {
        Role.STREET: "C11 C12 C21 D11 C1 C2 D1 C D S", Role.CITY_OFFICE: EVERY_UNIT, Role.COMMUNITY: "C11 C12 C21 C1 C2 C",
        Role.COMPOUND: "C11 C12 C1", Role.MEMBER: "C11",
    },
    # A department promises, takes back and offers what is its own, wherever it lies.
    **dict.fromkeys(
        ("pledge a department's resource for a need", "take back the pledge of a department's resource", "offer a resource of a department"),
        dict.fromkeys(Role, NONE) | {
            Role.STREET: "C11 C12 C21 D11", Role.CITY_OFFICE: "C11 C12 C21 D11 E11", Role.COMMUNITY: "C11 C12 C21",
            Role.COMPOUND: "C11 C12", Role.MEMBER: "C11", Role.DEPARTMENT: "C11 C12 C21 D11 E11",
        },
    ),
    **dict.fromkeys(
        ("pledge another's resource for a need", "end a need", "offer a service", "offer a service no more"),
        dict.fromkeys(Role, NONE) | {
            Role.STREET: "C11 C12 C21 D11", Role.CITY_OFFICE: "C11 C12 C21 D11 E11", Role.COMMUNITY: "C11 C12 C21",
            Role.COMPOUND: "C11 C12", Role.MEMBER: "C11",
        },
    ),
    "take an order": dict.fromkeys(Role, NONE) | {
        Role.COMMUNITY: "C11 C12 C21", Role.COMPOUND: "C11 C12", Role.MEMBER: "C11",
    },
    "see an order": dict.fromkeys(Role, NONE) | {
        Role.STREET: "C11 C12 C21 D11", Role.CITY_OFFICE: "C11 C12 C21 D11 E11", Role.COMMUNITY: "C11 C12 C21",
        Role.COMPOUND: "C11 C12", Role.MEMBER: "C11",
    },
    "cancel an order": dict.fromkeys(Role, NONE) | {Role.COMMUNITY: "C11 C12 C21", Role.COMPOUND: "C11 C12"},
    "enter the grade of an order told by telephone": dict.fromkeys(Role, NONE) | {Role.COMMUNITY: "C11 C12 C21"},
    "erase who placed an order": dict.fromkeys(Role, NONE) | {
        Role.STREET: "C11 C12 C21 D11", Role.CITY_OFFICE: "C11 C12 C21 D11 E11",
        # What was kept long enough goes by itself.
        Role.CLOCK: "C11 C12 C21 D11 E11",
    },
    "note a building group": dict.fromkeys(Role, NONE) | {
        Role.CITY_OFFICE: "C11 C12 C21 D11 E11 C1 C2 D1 E1 C D E", Role.COMMUNITY: "C11 C12 C21 C1 C2 C",
        Role.COMPOUND: "C11 C12 C1",
    },
    "dissolve a building group": dict.fromkeys(Role, NONE) | {
        Role.CITY_OFFICE: "C11 C12 C21 D11 E11 C1 C2 D1 E1 C D E S T city", Role.COMMUNITY: "C11 C12 C21 C1 C2 C",
        Role.COMPOUND: "C11 C12 C1",
    },
    **dict.fromkeys(
        ("seat somebody in a council", "note that a seat was left", "spend from a branch's fund", "take a spending back"),
        dict.fromkeys(Role, NONE) | {Role.CITY_OFFICE: "C1 C2 D1 E1", Role.COMMUNITY: "C1 C2", Role.COMPOUND: "C1"},
    ),
    **dict.fromkeys(
        ("grant a branch its year", "bring lines into a book"),
        dict.fromkeys(Role, NONE) | {Role.CITY_OFFICE: "C1 C2 D1 E1", Role.COMMUNITY: "C1 C2"},
    ),
    **dict.fromkeys(
        ("promise a deed", "note a deed as done", "note a leader's visit"),
        dict.fromkeys(Role, NONE) | {Role.COMMUNITY: "C", Role.STREET: "C D", Role.CITY_OFFICE: "C D E"},
    ),
    **dict.fromkeys(
        ("link a department to a branch", "end a department's link to a branch"),
        dict.fromkeys(Role, NONE) | {Role.CITY_OFFICE: "C1 C2 D1 E1"},
    ),
    "open a round of the assessment": dict.fromkeys(Role, NONE) | {Role.CITY_OFFICE: "city"},
    "freeze a round of the assessment": dict.fromkeys(Role, NONE) | {Role.CITY_OFFICE: "city"},
    **dict.fromkeys(
        ("make links of the assessment", "enter an answer of the assessment"),
        dict.fromkeys(Role, NONE) | {Role.COMMUNITY: "C"},
    ),
    **dict.fromkeys(
        ("let a member check in", "put a proposal of members into force", "note that a member left", "give a member tasks",
         "give a member feedback", "settle a member's year", "announce an activity", "cancel an activity", "sign a member up", "take a sign-up back",
         "write down hours"),
        dict.fromkeys(Role, NONE) | {Role.CITY_OFFICE: "C1 C2 D1 E1", Role.COMMUNITY: "C1 C2", Role.COMPOUND: "C1"},
    ),
    "register a working member": dict.fromkeys(Role, NONE) | {
        Role.CITY_OFFICE: "C1 C2 D1 E1 city", Role.COMMUNITY: "C1 C2", Role.COMPOUND: "C1",
    },
    "propose an allowance": dict.fromkeys(Role, NONE) | {
        Role.CITY_OFFICE: "C11 C12 C21 D11 E11 C1 C2 D1 E1 C D E", Role.STREET: "C11 C12 C21 D11 C1 C2 D1 C D",
        Role.COMMUNITY: "C11 C12 C21 C1 C2 C",
    },
    "approve an allowance": dict.fromkeys(Role, NONE) | {
        # A community's own is the street's to approve.
        Role.STREET: "C11 C12 C21 D11 C1 C2 D1 C D", Role.COMMUNITY: "C11 C12 C21 C1 C2",
    },
    "appeal against an allowance": dict.fromkeys(Role, NONE) | {
        Role.COMMUNITY: "C", Role.COMPOUND: "C1", Role.MEMBER: "C11",
    },
    "decide an appeal": dict.fromkeys(Role, NONE) | {Role.STREET: "C11 C12 C21 D11 C1 C2 D1 C D"},
    "begin a draft of a plan": of_plans(planner=EVERY_STATE),
    "draw on a plan": of_plans(planner="draft"),
    "take a drawing back": of_plans(planner="draft"),
    "make a drawing again": of_plans(planner="draft"),
    "keep a drawing as a draft of its own": of_plans(planner=EVERY_STATE),
    "send a plan to review": of_plans(planner="draft"),
    "comment on a plan": of_plans(planner="in_review", leader="in_review"),
    "send a plan back": of_plans(planner="in_review approved", leader="in_review approved"),
    "approve a plan": of_plans(planner="in_review", leader="in_review"),
    "publish a plan": of_plans(planner="approved"),
    "read a plan that is not in force": of_plans(planner=EVERY_STATE, leader=EVERY_STATE),
}  # fmt: skip
"""What may be done, by whom, in which units or at which places; nowhere else."""

ACTIONS: Mapping[str, str] = {
    "raising.raise_ticket": "raise a ticket",
    "raising.drafted": "computes: a report as a ticket, kept by nobody",
    "tickets.act": "every move from outside: below; from inside: tests/domain/test_moves.py",
    "tickets.rate_by_link": "whoever has the link: below, and tests/storage/test_lives.py",
    "tickets.may_see": "see a ticket's facts",
    "tickets.may_read": "read a ticket's words",
    "tickets.rating_move": "computes: the move that a grade makes",
    "tickets.move_named": "computes: a move by its name",
    "tickets.acted_first": "computes: who was quicker at a ticket, for who may see it",
    "tickets.scene_of": "computes: what a move looks at",
    "tickets.follow_meeting": "follows: a meeting that its convener closed",
    "tickets.carry_out": "follows: guarded by the table of moves",
    "erasing.erase_personal_data": "erase what a ticket holds of people",
    "erasing.erase_the_rest": "follows: what was asked for before the ticket ended",
    "erasing.erase_ended_before": "the clock itself: no person",
    "aftermath.follow": "follows: a move that was allowed",
    "aftermath.log": "follows: a move that was allowed",
    "aftermath.tell": "follows: a move that was allowed",
    "meetings.add_matter": "add a matter",
    "meetings.plan_meeting": "plan a regular meeting",
    "meetings.decide": "decide a matter",
    "meetings.close_meeting": "close a meeting",
    "meetings.settle_assigned": "note as done what was assigned",
    "meetings.put_on_agenda": "follows: a move that was allowed",
    "meetings.withdraw": "follows: a move that was allowed",
    "meetings.settled_by_ticket": "follows: a move that was allowed",
    "meetings.title_of": "computes: a ticket's name on an agenda",
    "plans.begin_draft": "begin a draft of a plan",
    "plans.fork": "keep a drawing as a draft of its own",
    "plans.edit": "draw on a plan",
    "plans.undo": "take a drawing back",
    "plans.redo": "make a drawing again",
    "plans.content_at": "computes: what a plan held at an earlier version, for who may draw",
    "plans.send": "send a plan to review",
    "plans.comment": "comment on a plan",
    "plans.send_back": "send a plan back",
    "plans.approve": "approve a plan",
    "plans.publish": "publish a plan",
    "plans.read_plan": "read a plan that is not in force",
    "into_force.put_in_force": "the clock itself: no person",
    "into_force.rehome_the_rest": "the clock itself: no person",
    "visits.log_visits": "write down a visit",
    "visits.enter_visit": "write down a visit",
    "visits.list_need": "write down a visit and a need",
    "visits.withdraw_visit": "take back a visit of one's own",
    "visits.follow_with_ticket": "follows: a ticket that was raised, from a visit of one's own",
    "pledges.pledge": "pledge a department's resource for a need",
    "pledges.release_need": "take back the pledge of a department's resource",
    "pledges.end_need": "end a need",
    "pledges.offer": "offer a service",
    "pledges.stop_offering": "offer a service no more",
    "pledges.step_order": "take an order",
    "pledges.enter_grade": "enter the grade of an order told by telephone",
    "pledges.may_see_order": "see an order",
    "pledges.place_order": "whoever has the link: a form that was shown; tests/storage/frontline/test_pledges.py",
    "pledges.rate_order": "whoever has the link: tests/storage/frontline/test_pledges.py",
    "pledges.cancel_order": "whoever has the link: tests/storage/frontline/test_pledges.py",
    "erasing.erase_order": "erase who placed an order",
    "erasing.erase_rows_ended_before": "the clock itself: no person",
    "listing.list_rows": "bring rows into a catch-all list",
    "books.enter_lines": "bring lines into a book",
    "listing.key_of": "computes: what names a row of a list",
    "organisation.keep_group": "note a building group",
    "organisation.dissolve_group": "dissolve a building group",
    "organisation.take_seat": "seat somebody in a council",
    "organisation.leave_seat": "note that a seat was left",
    "organisation.write_entry": "spend from a branch's fund",
    "organisation.enter_line": "spend from a branch's fund",
    "organisation.grant_year": "grant a branch its year",
    "organisation.take_back": "take a spending back",
    "bodies.promise_deed": "promise a deed",
    "bodies.enter_deed": "promise a deed",
    "bodies.enter_done": "note a deed as done",
    "bodies.enter_leaders_visit": "note a leader's visit",
    "bodies.note_done": "note a deed as done",
    "bodies.link_branch": "link a department to a branch",
    "bodies.unlink_branch": "end a department's link to a branch",
    "bodies.note_leaders_visit": "note a leader's visit",
    "assessment.open_round": "open a round of the assessment",
    "assessment.freeze": "freeze a round of the assessment",
    "assessment.make_links": "make links of the assessment",
    "assessment.enter_answer": "enter an answer of the assessment",
    "assessment.answer_by_link": "whoever has the link: tests/storage/frontline/test_assessment.py",
    "working_members.register": "register a working member",
    "working_members.put_into_force": "put a proposal of members into force",
    "working_members.check_in": "let a member check in",
    "working_members.leave": "note that a member left",
    "working_members.give_tasks": "give a member tasks",
    "working_members.give_feedback": "give a member feedback",
    "grades.settle_year": "settle a member's year",
    "working_members.announce": "announce an activity",
    "working_members.enter_activity": "announce an activity",
    "working_members.enter_cancelling": "cancel an activity",
    "working_members.cancel": "cancel an activity",
    "working_members.sign_up": "sign a member up",
    "working_members.withdraw": "take a sign-up back",
    "working_members.write_hours": "write down hours",
    "allowances.propose": "propose an allowance",
    "allowances.step": "approve an allowance",
    "allowances.approve_all": "approve an allowance",
    "sweep.sweep": "the clock itself: no person",
    "sweep.move_due": "computes: what the clock would do",
    "sweep.calendar_name": "computes: a name for the rules of time",
}
"""Every public function of the actions: the row of the table above that tries it, or why no person calls it."""

APART = ("computes: ", "follows: ", "the clock itself: ", "every move ", "whoever has the link: ")


def test_the_table_names_every_role_in_every_row() -> None:
    assert set(WHO) == set(Role)
    for what, row in MAY_IN.items():
        assert set(row) == set(Role), what


def test_the_table_names_every_public_action() -> None:
    found = {
        f"{module.name}.{name}"
        for module in pkgutil.iter_modules(domain.actions.__path__)
        for name, value in vars(import_module(f"domain.actions.{module.name}")).items()
        if inspect.isfunction(value) and not name.startswith("_")
        and value.__module__ == f"domain.actions.{module.name}"
    }  # fmt: skip
    assert found == set(ACTIONS)
    assert all(told in MAY_IN or told.startswith(APART) for told in ACTIONS.values())


def test_every_row_of_the_table_is_tried() -> None:
    assert set(TRIED) == set(MAY_IN)


# --- a store, and what stands in it -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> TicketStore:
    """One store for every cell: what was allowed in one is in nobody's way in the next."""
    made = Database(sqlite_url(Path(tmp_path_factory.mktemp("rights")) / "rights.db"))
    migrate(made)
    return TicketStore(made)


def point_in(place: str) -> LngLat:
    return LngLat(BUILDINGS.index(place) if place in BUILDINGS else -1, 1)


def ticket_at(place: str, **more: object) -> Ticket:
    located = TOWN.located(place) if place in BUILDINGS else Located()
    values: dict[str, object] = {"holder": place if place in BUILDINGS else CITY, "located": located} | more
    return built(State(values.pop("state", State.RAISED)), str(values.pop("holder")), **values)  # type: ignore[arg-type]


def kept(store: TicketStore, one: Ticket) -> Ticket:
    """The ticket with its words and the beginning of its log."""
    with store.work() as work:
        made = work.add_ticket(replace(one, id=0, no=""), Words("loud", "Mrs Wang", "0415"), None)
        log(work, made, "raised", Scene(made, WHO[Role.CITY_OFFICE], RULEBOOK, MONDAY))
        return made


SOON = MONDAY + timedelta(minutes=30)
SEVERAL = itertools.count(1)


def meeting_of(store: TicketStore, unit: str, *, regular: bool = True, decided: bool = False) -> Meeting:
    """A unit's open agenda with one matter, anew; the one before is closed and out of the way."""
    tier = tier_of(unit, TOWN)
    assert tier is not None
    with store.work() as work:
        if before := work.meetings.open_agenda(unit):
            work.meetings.save_meeting(
                replace(before, state=convening.MeetingState.CLOSED, version=before.version + 1)
            )
        agenda = Meeting(tier=tier, unit=unit, regular=regular, planned_at=SOON + timedelta(days=1))
        made = work.meetings.add_meeting(agenda)
        matter = convening.Matter(meeting_id=made.id, title=f"Matter {next(SEVERAL)}")
        if decided:
            matter = replace(matter, outcome=MatterOutcome.SETTLED, resolution="Mended.")
        work.meetings.add_matter(matter)
        return made


def matter_of(store: TicketStore, meeting: Meeting) -> int:
    with store.work() as work:
        return work.meetings.matters_of(meeting.id)[0].id


# --- how each row is tried --------------------------------------------------------------------------------------


def add_matter(store: TicketStore, by: Person, unit: str, *, regular: bool) -> None:
    meeting_of(store, unit, regular=regular)
    convening.add_matter(store, RULEBOOK, unit, "Lamps", by=by, now=SOON)


def plan(store: TicketStore, by: Person, unit: str, *, regular: bool) -> None:
    at, agenda = SOON + timedelta(days=2), meeting_of(store, unit, regular=regular)
    convening.plan_meeting(
        store, RULEBOOK, unit, at, regular=regular, version=agenda.version, by=by, now=SOON
    )


def decide(store: TicketStore, by: Person, unit: str, *, regular: bool) -> None:
    agenda = meeting_of(store, unit, regular=regular)
    decision = Decision(MatterOutcome.SETTLED, "Mended.")
    number = matter_of(store, agenda)
    convening.decide(store, RULEBOOK, number, decision, version=agenda.version, by=by, now=SOON)


def close(store: TicketStore, by: Person, unit: str, *, regular: bool) -> None:
    agenda = meeting_of(store, unit, regular=regular, decided=True)
    convening.close_meeting(
        store, RULEBOOK, agenda.id, ["The head"], "We met.", MONDAY, version=agenda.version, by=by, now=SOON
    )


def note_as_done(store: TicketStore, by: Person, unit: str) -> None:
    agenda = meeting_of(store, unit)
    with store.work() as work:
        matter = work.meetings.matters_of(agenda.id)[0]
        assigned = replace(matter, outcome=MatterOutcome.ASSIGNED, lead="water", resolution="To be mended.")
        work.meetings.save_matter(assigned)
        closed = replace(agenda, state=convening.MeetingState.CLOSED, held_at=MONDAY, version=2)
        assert work.meetings.save_meeting(closed)
    convening.settle_assigned(store, RULEBOOK, matter.id, by=by, now=SOON)


def rate(store: TicketStore, by: Person, place: str) -> None:
    waiting = ticket_at(place, state=State.AWAITING_RATING, source=Source.RESIDENT, due_at=SOON)
    one = kept(store, waiting)
    act(store, RULEBOOK, one.id, "rate", Given(grade=5), version=one.version, by=by, now=SOON)


def raise_there(store: TicketStore, by: Person, place: str) -> None:
    report = Report(point_in(place), "noise", Words("loud"))
    raise_ticket(store, RULEBOOK, report, by=by, now=SOON)


def erase(store: TicketStore, by: Person, place: str) -> None:
    one = kept(store, ticket_at(place, state=State.CLOSED, closed_at=MONDAY))
    erase_personal_data(store, RULEBOOK, one.no, "asked", by=by, now=SOON)


Try = Callable[[TicketStore, Person, str], object]
"""True or something done where it is allowed; False or a refusal where it is not."""


SQUARES = town_draft()
BOARD = Board(SQUARES_GROUND.units, lambda _draft, codes: dict.fromkeys(codes, b""))
DRAWER = Person(98, "another planner", Role.PLANNER)
STANDING = 5
"""The version of a plan that nobody has touched since it was made for a cell."""


def plan_of(store: TicketStore, state: str) -> Plan:
    """A plan of somebody else's in a state, with one drawing made and one taken back; anew when somebody moved it."""
    with store.work() as work:
        plans = work.plans.all_plans()
        base = next((plan for plan in plans if plan.name == "base"), None)
        if base is None:
            base = work.plans.add_plan(Plan(0, "base", PlanState.IN_FORCE, 1, MONDAY, MONDAY))
            work.plans.keep_content(base.id, SQUARES, BOARD.units, BOARD.outlines(SQUARES, SQUARES.grids))
        for plan in plans:
            if plan.version == STANDING and plan.state == state and plan.made_by == DRAWER.id:
                return plan
    made = begin_draft(store, BOARD, named_anew(), SQUARES, base=base, how={}, by=DRAWER, now=MONDAY).plan
    for command in (Rename("101", "Harbour"), Rename("102", "Hill")):
        made = edit(store, BOARD, made.id, command, version=made.version, by=DRAWER, now=MONDAY).plan
    made = undo(store, BOARD, made.id, version=made.version, by=DRAWER, now=MONDAY).plan
    with store.work() as work:
        content = work.plans.content(made.id).hash
        moved = replace(
            made, state=PlanState(state), version=STANDING, sent_by=DRAWER.id, content_hash=content,
            from_at=MONDAY if state in ("in_force", "retired") else None,
        )  # fmt: skip
        assert work.plans.save_plan(moved)
    return moved


def named_anew() -> str:
    return f"plan {next(SEVERAL)}"


def step_of(act_on: Callable[..., object], *more: object, board: bool = True) -> Try:
    """Try a step on a plan in a state."""

    def attempt(store: TicketStore, by: Person, state: str) -> None:
        one = plan_of(store, state)
        act_on(store, *([BOARD] if board else []), one.id, *more, version=one.version, by=by, now=SOON)

    return attempt


def begin(store: TicketStore, by: Person, state: str) -> None:
    begin_draft(store, BOARD, named_anew(), SQUARES, base=plan_of(store, state), how={}, by=by, now=SOON)


def comment_on(store: TicketStore, by: Person, state: str) -> None:
    comment(store, plan_of(store, state).id, "Why so?", by=by, now=SOON)


def send_it_back(store: TicketStore, by: Person, state: str) -> None:
    one = plan_of(store, state)
    send_back(store, one.id, version=one.version, words="Again.", by=by, now=SOON)


def read(store: TicketStore, by: Person, state: str) -> None:
    one = plan_of(store, state)
    with store.work() as work:
        read_plan(work, one.id, by)


def fork_it(store: TicketStore, by: Person, state: str) -> None:
    one = plan_of(store, state)
    fork(store, BOARD, one.id, Rename("201", "Mill"), named_anew(), version=2, by=by, now=SOON)


def visit_in(place: str) -> Visit:
    """A visit to a door of its own, so that none is taken for another that was sent twice."""
    return Visit(grid=place, unit=f"door {next(SEVERAL)}", at=MONDAY, visitor=0)


def take_back(store: TicketStore, by: Person, place: str) -> object:
    (mine,) = visits.log_visits(store, RULEBOOK, [visit_in(place)], by=by, now=MONDAY)
    return visits.withdraw_visit(store, mine.id, by=by, now=MONDAY)


def bring_in(store: TicketStore, by: Person, unit: str) -> object:
    row = Outside(kind=Kind.SOCIAL, name=f"society {next(SEVERAL)}", grid=None if unit == CITY else unit)
    sheet = Sheet(Outside, said("–"), (), ("name",))
    return listing.list_rows(store, RULEBOOK, sheet, [row], told=(), by=by, now=MONDAY)


def settle(store: TicketStore, by: Person, unit: str) -> object:
    member = kept_record(store, working_members.WorkingMember(department="water", branch=unit))
    did = {member.id: YearOf(1, 2.0, 0, 0)}
    return grades.settle_year(store, RULEBOOK, 2025, did, GradeRule(), by=by, now=MONDAY)


def bring_line(store: TicketStore, by: Person, unit: str) -> None:
    sheet = Sheet(Entry, said("–"), (), ("what",), keeping=Keeping.BOOK)
    line = replace(line_in(unit, EntryKind.GRANT), what=f"grant {next(SEVERAL)}")
    done = books.enter_lines(store, RULEBOOK, sheet, {1: line}, by=by, now=MONDAY)
    refuse_if(done.refused.get(1))


def kept_record(store: TicketStore, row: records.R) -> records.R:
    """A row of a list as the city office wrote it down."""
    with store.work() as work:
        return records.add(work, row, "listed", by=WHO[Role.CITY_OFFICE], now=MONDAY)


def note_group(store: TicketStore, by: Person, unit: str) -> object:
    return organisation.keep_group(store, RULEBOOK, Group(grid=unit, name="–"), "", by=by, now=MONDAY)


def dissolve(store: TicketStore, by: Person, unit: str) -> object:
    group = kept_record(store, Group(grid=unit, name="–"))
    return organisation.dissolve_group(store, RULEBOOK, group.id, version=group.version, by=by, now=MONDAY)


def seat_in(unit: str) -> Seat:
    return Seat(grid=unit, side=Side.OWNERS, post="–", holder="–")


def leave_seat(store: TicketStore, by: Person, unit: str) -> object:
    seat = kept_record(store, seat_in(unit))
    return organisation.leave_seat(
        store, RULEBOOK, seat.id, MONDAY.date(), version=seat.version, by=by, now=MONDAY
    )


def line_in(unit: str, kind: EntryKind = EntryKind.SPENDING) -> Entry:
    """A line of a book of a year of its own, of which nothing was spent yet."""
    return Entry(grid=unit, year=2026, kind=kind, fen=100, what="–", day=MONDAY.date())


def spend(store: TicketStore, by: Person, unit: str) -> object:
    kept_record(store, line_in(unit, EntryKind.GRANT))
    return organisation.write_entry(store, RULEBOOK, line_in(unit), b"a picture", by=by, now=MONDAY)


def take_spending_back(store: TicketStore, by: Person, unit: str) -> object:
    kept_record(store, line_in(unit, EntryKind.GRANT))
    spent = kept_record(store, line_in(unit))
    return organisation.take_back(store, RULEBOOK, spent.id, by=by, now=MONDAY)


def deed_for(store: TicketStore, community: str) -> Deed:
    with store.work() as work:
        known = work.records.those(Body, community=community)
    if not known:
        kept_record(store, Body(community=community, name="–"))
    return Deed(community=community, function=Function.ORDER, year=2026, title="Lamps")


def deed_done(store: TicketStore, by: Person, community: str) -> object:
    deed = kept_record(store, deed_for(store, community))
    return bodies.note_done(store, RULEBOOK, deed.id, MONDAY.date(), version=1, by=by, now=MONDAY)


def leader_came(store: TicketStore, by: Person, community: str) -> object:
    with store.database.write() as connection:
        number = connection.execute(
            leaders.insert().values(name="–", community=community).returning(leaders.c.id)
        ).scalar_one()
    visit = LeaderVisit(leader=number, community=community, day=MONDAY.date())
    rules = replace(RULEBOOK, leaders={number: community})
    return bodies.note_leaders_visit(store, rules, visit, by=by, now=MONDAY)


def unlink(store: TicketStore, by: Person, unit: str) -> object:
    with store.work() as work:
        known = work.records.those(BranchLink, department="fire", grid=unit)
    link = known[0] if known else kept_record(store, BranchLink(department="fire", grid=unit))
    return bodies.unlink_branch(store, RULEBOOK, link.id, by=by, now=MONDAY)


def a_round(store: TicketStore, by: Person = WHO[Role.CITY_OFFICE]) -> Round:
    """A round of a year that had none."""
    return assessment.open_round(store, RULEBOOK, next(SEVERAL), by=by, now=MONDAY)


def freeze_round(store: TicketStore, by: Person, _: str) -> object:
    round_ = a_round(store)
    return assessment.freeze(store, RULEBOOK, round_.id, version=round_.version, by=by, now=MONDAY)


def listed(store: TicketStore, row: records.R, beside: Beside | None = None) -> records.R:
    """A row of a list, whoever wrote it down."""
    with store.work() as work:
        return records.add(work, row, "listed", by=WHO[Role.CITY_OFFICE], now=MONDAY, beside=beside)


def need_in(place: str, **more: object) -> Need:
    return replace(Need(grid=place, sort=Sort.LAW, title="–", since=MONDAY.date()), **more)  # type: ignore[arg-type]


def resource_of(department: str | None, grid: str = "E") -> Resource:
    return Resource(grid=grid, sort=Sort.LAW, title="–", provider="–", department=department)


def pledge_for(store: TicketStore, by: Person, place: str, department: str | None) -> object:
    need, resource = listed(store, need_in(place)), listed(store, resource_of(department))
    return pledges.pledge(store, RULEBOOK, need.id, resource.id, version=1, by=by, now=SOON)


def release(store: TicketStore, by: Person, place: str) -> object:
    resource = listed(store, resource_of("water"))
    need = listed(store, need_in(place, state=NeedState.PLEDGED, resource_id=resource.id))
    return pledges.release_need(store, RULEBOOK, need.id, version=1, by=by, now=SOON)


def end_a_need(store: TicketStore, by: Person, place: str) -> object:
    need = listed(store, need_in(place))
    return pledges.end_need(store, RULEBOOK, need.id, met=True, version=1, by=by, now=SOON)


def service_in(place: str) -> Service:
    return Service(grid=place, sort=Sort.REPAIR, title="–", provider="–")


def order_in(store: TicketStore, place: str, state: OrderState = OrderState.ORDERED) -> Order:
    service, done = listed(store, service_in(place)), state is OrderState.DELIVERED
    made = Order(
        service_id=service.id, grid=place, sort=Sort.REPAIR, ordered_at=MONDAY, state=state,
        taken_by=99 if done else None, delivered_at=MONDAY if done else None,
    )  # fmt: skip
    return listed(store, made, Beside("–", "–", "–"))


def step_of_order(name: str) -> Try:
    """Try a step on an order that nobody has taken."""

    def attempt(store: TicketStore, by: Person, place: str) -> object:
        order = order_in(store, place)
        return pledges.step_order(store, RULEBOOK, order.id, name, version=1, by=by, now=SOON)

    return attempt


def grade(store: TicketStore, by: Person, place: str) -> object:
    order = order_in(store, place, OrderState.DELIVERED)
    return pledges.enter_grade(store, RULEBOOK, order.id, 5, version=1, by=by, now=SOON)


def erase_who_ordered(store: TicketStore, by: Person, place: str) -> object:
    order = order_in(store, place, OrderState.DELIVERED)
    return erase_order(store, RULEBOOK, order.id, "asked", by=by, now=SOON)


# --- working members and allowances -------------------------------------------------------------------------------

BRANCHES = ("C1", "C2", "D1", "E1")
OPEN_ROOM = Room(capacity=10**6, least=0)
LATER = MONDAY + timedelta(days=1)


def a_member(store: TicketStore, branch: str | None) -> WorkingMember:
    row = WorkingMember(department="water", branch=branch)
    who = Beside(name="Li")
    return working_members.register(
        store, RULEBOOK, OPEN_ROOM, row, who, by=WHO[Role.CITY_OFFICE], now=MONDAY
    )


def register(store: TicketStore, by: Person, unit: str) -> object:
    row = WorkingMember(department="water", home=None if unit == CITY else unit)
    return working_members.register(store, RULEBOOK, OPEN_ROOM, row, Beside(name="Li"), by=by, now=MONDAY)


def check_in(store: TicketStore, by: Person, unit: str) -> object:
    """Somebody who has no branch yet and lives there."""
    row = WorkingMember(department="water", home=unit)
    office = WHO[Role.CITY_OFFICE]
    made = working_members.register(store, RULEBOOK, OPEN_ROOM, row, Beside(name="Li"), by=office, now=MONDAY)
    return working_members.check_in(
        store, RULEBOOK, OPEN_ROOM, made.id, unit, version=made.version, by=by, now=MONDAY
    )


def put_members_into_force(store: TicketStore, by: Person, unit: str) -> object:
    a_member(store, unit)
    with store.database.read() as connection:
        there = [m for m in those(connection, WorkingMember, branch=unit) if m.until is None]
    branches = Branches(TOWN, {unit: 10**6}, {}, {}, {})
    placed = tuple(Placed(m.id, unit, Because.STAYS) for m in there)
    proposal = Proposal(branches, placed, {m.id: m.version for m in there})
    return working_members.put_into_force(store, RULEBOOK, proposal, by=by, now=MONDAY)


def with_member(act_on: Callable[..., object], *more: object) -> Try:
    """Try something on a member of a branch."""

    def attempt(store: TicketStore, by: Person, unit: str) -> object:
        one = a_member(store, unit)
        return act_on(store, RULEBOOK, one.id, *more, version=one.version, by=by, now=MONDAY)

    return attempt


def an_activity(
    store: TicketStore, unit: str, by: Person = WHO[Role.CITY_OFFICE], now: datetime = MONDAY
) -> Activity:
    row = Activity(grid=unit, title="–", begins=now + timedelta(hours=9), hours=2, places=9)
    return working_members.announce(store, RULEBOOK, row, by=by, now=now)


def cancel_activity(store: TicketStore, by: Person, unit: str) -> object:
    one = an_activity(store, unit)
    return working_members.cancel(store, RULEBOOK, one.id, version=one.version, by=by, now=MONDAY)


def sign_up(store: TicketStore, by: Person, unit: str) -> SignUp:
    one, who = an_activity(store, unit), a_member(store, unit)
    (row,) = working_members.sign_up(store, RULEBOOK, one.id, [who.id], by=by, now=MONDAY)
    return row


def take_back_sign_up(store: TicketStore, by: Person, unit: str) -> object:
    row = sign_up(store, WHO[Role.CITY_OFFICE], unit)
    return working_members.withdraw(store, RULEBOOK, row.id, version=row.version, by=by, now=MONDAY)


def write_hours(store: TicketStore, by: Person, unit: str) -> object:
    row = sign_up(store, WHO[Role.CITY_OFFICE], unit)
    came = [working_members.Came(row.id, row.version, 2.0)]
    return working_members.write_hours(store, RULEBOOK, row.activity_id, came, by=by, now=LATER)


FORMULA = Formula(1, {1: 300, 2: 200, 3: 100}, (Term("visits", 40, 1000),))


def allowance_in(store: TicketStore, by: Person, grid: str) -> Allowance:
    """What the next head of a grid is proposed to get."""
    with store.database.write() as connection:
        head = connection.execute(
            heads.insert().returning(heads.c.id), {"grid": grid, "name": "–"}
        ).scalar_one()
    values = {(grid, head): {"visits": 20.0}}
    (row,) = allowances.propose(store, RULEBOOK, FORMULA, "2026-10", values, by=by, now=MONDAY)
    return row


def allowance_step(*steps: str) -> Try:
    """Try the last of some steps; those before it are made by whoever may."""

    def attempt(store: TicketStore, by: Person, grid: str) -> object:
        row = allowance_in(store, WHO[Role.CITY_OFFICE], grid)
        head = Person(99, "head", GRID_ROLE[TOWN.grids[grid].level], grid)
        street = Person(98, "street", Role.STREET, TOWN.chain(grid)[-2])
        for name, who in zip(steps, (*(street, head)[: len(steps) - 1], by), strict=True):
            row = allowances.step(
                store, RULEBOOK, row.id, name, version=row.version, by=who, now=MONDAY, words="–", fen=7
            )
        return row

    return attempt


GRIDS = tuple(TOWN.grids)

TRIED: Mapping[str, tuple[tuple[str, ...], Try]] = {
    "see how much waits in a unit": (UNITS, lambda _store, by, unit: sees_unit(by, unit, TOWN)),
    "see a unit's tickets listed": (UNITS, lambda _store, by, unit: may_list(by, unit, TOWN)),
    "see a ticket's facts": (PLACES, lambda _store, by, place: may_see(by, ticket_at(place), RULEBOOK)),
    "read a ticket's words": (PLACES, lambda _store, by, place: may_read(by, ticket_at(place), RULEBOOK)),
    "raise a ticket": (PLACES, raise_there),
    "enter a rating told by telephone": (PLACES, rate),
    "erase what a ticket holds of people": (PLACES, erase),
    "read a unit's meetings": (UNITS, lambda _store, by, unit: may_read_meetings(by, unit, TOWN)),
    "add a matter": (UNITS, lambda store, by, unit: add_matter(store, by, unit, regular=True)),
    "add a matter to an ad-hoc meeting": (UNITS, lambda store, by, unit: add_matter(store, by, unit, regular=False)),
    "plan a regular meeting": (UNITS, lambda store, by, unit: plan(store, by, unit, regular=True)),
    "plan an ad-hoc meeting": (UNITS, lambda store, by, unit: plan(store, by, unit, regular=False)),
    "decide a matter": (UNITS, lambda store, by, unit: decide(store, by, unit, regular=True)),
    "decide a matter of an ad-hoc meeting": (UNITS, lambda store, by, unit: decide(store, by, unit, regular=False)),
    "close a meeting": (UNITS, lambda store, by, unit: close(store, by, unit, regular=True)),
    "close an ad-hoc meeting": (UNITS, lambda store, by, unit: close(store, by, unit, regular=False)),
    "note as done what was assigned": (UNITS, note_as_done),
    "write down a visit": (BUILDINGS, lambda store, by, place: visits.log_visits(store, RULEBOOK, [visit_in(place)], by=by, now=MONDAY)),
    "write down a visit and a need": (
        BUILDINGS, lambda store, by, place: visits.list_need(store, RULEBOOK, replace(visit_in(place), learned=Learned.HARDSHIP), Sort.LAW, "–", by=by, now=MONDAY),
    ),
    "take back a visit of one's own": (BUILDINGS, take_back),
    "bring rows into a catch-all list": (UNITS, bring_in),
    "pledge a department's resource for a need": (BUILDINGS, lambda store, by, place: pledge_for(store, by, place, "water")),
    "pledge another's resource for a need": (BUILDINGS, lambda store, by, place: pledge_for(store, by, place, "fire")),
    "take back the pledge of a department's resource": (BUILDINGS, release),
    "offer a resource of a department": (
        BUILDINGS, lambda store, by, place: pledges.offer(store, RULEBOOK, resource_of("water", place), by=by, now=SOON),
    ),
    "end a need": (BUILDINGS, end_a_need),
    "offer a service": (BUILDINGS, lambda store, by, place: pledges.offer(store, RULEBOOK, service_in(place), by=by, now=SOON)),
    "offer a service no more": (
        BUILDINGS, lambda store, by, place: pledges.stop_offering(store, RULEBOOK, listed(store, service_in(place)), by=by, now=SOON),
    ),
    "take an order": (BUILDINGS, step_of_order("take")),
    "cancel an order": (BUILDINGS, step_of_order("cancel")),
    "see an order": (BUILDINGS, lambda store, by, place: pledges.may_see_order(by, order_in(store, place), RULEBOOK)),
    "enter the grade of an order told by telephone": (BUILDINGS, grade),
    "erase who placed an order": (BUILDINGS, erase_who_ordered),
    "note a building group": (UNITS, note_group),
    "dissolve a building group": (UNITS, dissolve),
    "seat somebody in a council": (UNITS, lambda store, by, unit: organisation.take_seat(store, RULEBOOK, seat_in(unit), by=by, now=MONDAY)),
    "note that a seat was left": (COMPOUNDS, leave_seat),
    "spend from a branch's fund": (UNITS, spend),
    "grant a branch its year": (
        UNITS, lambda store, by, unit: organisation.grant_year(store, RULEBOOK, [unit], 2026, "–", by=by, now=MONDAY)
    ),
    "bring lines into a book": (UNITS, bring_line),
    "take a spending back": (UNITS, take_spending_back),
    "promise a deed": (
        COMMUNITIES, lambda store, by, unit: bodies.promise_deed(store, RULEBOOK, deed_for(store, unit), by=by, now=MONDAY)
    ),
    "note a deed as done": (COMMUNITIES, deed_done),
    "note a leader's visit": (COMMUNITIES, leader_came),
    "link a department to a branch": (
        UNITS, lambda store, by, unit: bodies.link_branch(store, RULEBOOK, "water", unit, by=by, now=MONDAY)
    ),
    "end a department's link to a branch": (COMPOUNDS, unlink),
    "open a round of the assessment": ((CITY,), lambda store, by, _: a_round(store, by)),
    "freeze a round of the assessment": ((CITY,), freeze_round),
    "make links of the assessment": (
        ("C", "D", "E"), lambda store, by, unit: assessment.make_links(
            store, RULEBOOK, a_round(store).id, unit, 1, by=by, now=MONDAY
        ),
    ),
    "enter an answer of the assessment": (
        ("C", "D", "E"), lambda store, by, unit: assessment.enter_answer(
            store, RULEBOOK, a_round(store).id, unit, Channel.PAPER, [("water", 90)], by=by, now=MONDAY
        ),
    ),
    "register a working member": ((*BRANCHES, CITY), register),
    "let a member check in": (BRANCHES, check_in),
    "put a proposal of members into force": (BRANCHES, put_members_into_force),
    "note that a member left": (BRANCHES, with_member(working_members.leave, LATER.date())),
    "give a member tasks": (BRANCHES, with_member(working_members.give_tasks, working_members.Tasks(post="law"))),
    "give a member feedback": (BRANCHES, with_member(working_members.give_feedback, 2026, "well")),
    "settle a member's year": (BRANCHES, settle),
    "announce an activity": (BRANCHES, lambda store, by, unit: an_activity(store, unit, by)),
    "cancel an activity": (BRANCHES, cancel_activity),
    "sign a member up": (BRANCHES, sign_up),
    "take a sign-up back": (BRANCHES, take_back_sign_up),
    "write down hours": (BRANCHES, write_hours),
    "propose an allowance": (GRIDS, allowance_in),
    "approve an allowance": (GRIDS, allowance_step("approve")),
    "appeal against an allowance": (GRIDS, allowance_step("approve", "appeal")),
    "decide an appeal": (GRIDS, allowance_step("approve", "appeal", "decide")),
    "begin a draft of a plan": (PLANS, begin),
    "draw on a plan": (PLANS, step_of(edit, Rename("201", "Mill"))),
    "take a drawing back": (PLANS, step_of(undo)),
    "make a drawing again": (PLANS, step_of(redo)),
    "keep a drawing as a draft of its own": (PLANS, fork_it),
    "send a plan to review": (PLANS, step_of(send)),
    "comment on a plan": (PLANS, comment_on),
    "send a plan back": (PLANS, send_it_back),
    "approve a plan": (PLANS, step_of(approve)),
    "publish a plan": (PLANS, step_of(publish, SOON + timedelta(days=9))),
    "read a plan that is not in force": (PLANS, read),
}  # fmt: skip

HOLDS_MEETINGS = tuple(unit for unit in UNITS if tier_of(unit, TOWN))
NEEDS_A_MEETING = frozenset(REGULAR_MEETINGS + AD_HOC_MEETINGS)


def is_allowed(attempt: Try, store: TicketStore, by: Person, place: str) -> bool:
    try:
        return attempt(store, by, place) is not False
    except Refused:
        return False


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("what", list(MAY_IN))
def test_what_the_table_says_is_allowed_there_and_refused_everywhere_else(
    store: TicketStore, what: str, role: Role
) -> None:
    places, attempt = TRIED[what]
    if what in NEEDS_A_MEETING:
        places = HOLDS_MEETINGS
    allowed = {place for place in places if is_allowed(attempt, store, WHO[role], place)}
    assert allowed == set(MAY_IN[what][role].split())


# --- departments: by who leads, wherever it lies ------------------------------------------------------------------

WATER = WHO[Role.DEPARTMENT]


@pytest.mark.parametrize("place", PLACES)
def test_a_department_sees_what_was_dispatched_to_it_and_nothing_else(place: str) -> None:
    for lead, may in (("water", True), ("fire", False), (None, False)):
        one = ticket_at(place, state=State.IN_PROGRESS, lead=lead)
        assert may_see(WATER, one, RULEBOOK) is may_read(WATER, one, RULEBOOK) is may


def test_a_department_reads_of_meetings_what_it_leads_alone() -> None:
    meeting = Meeting(id=1, tier=convening.tier_of("C", TOWN), unit="C")  # type: ignore[arg-type]
    for lead, may in (("water", True), ("fire", False), (None, False)):
        matter = convening.Matter(meeting_id=1, title="Lamps", lead=lead)
        assert may_read_matter(WATER, meeting, matter, TOWN) is may


def test_whoever_holds_a_ticket_of_elsewhere_sees_it_and_its_neighbours_do_not() -> None:
    """What came up to a unit is read there, wherever it lies."""
    moved = ticket_at(NO_GRID, holder="C1")
    seers = {role for role, by in WHO.items() if may_see(by, moved, RULEBOOK)}
    assert seers == {Role.LEADER, Role.CITY_OFFICE, Role.STREET, Role.COMMUNITY, Role.COMPOUND}


# --- moves from outside -------------------------------------------------------------------------------------------

ELSEWHERE: Mapping[Role, str] = {
    Role.STREET: "E11", Role.COMMUNITY: "D11 E11", Role.COMPOUND: "C21 D11 E11", Role.MEMBER: "C12 C21 D11 E11",
    Role.DEPARTMENT: EVERY_PLACE, Role.PLANNER: EVERY_PLACE, Role.ADMINISTRATOR: EVERY_PLACE, Role.WALL: EVERY_PLACE,
    Role.RESIDENT: EVERY_PLACE, Role.CLOCK: EVERY_PLACE,
}  # fmt: skip
"""Where nobody of a role acts on tickets: beside, above and below their own area. Leaders and the city office have no
outside; a department's is what others lead; residents and the clock never act by a page."""


def test_whoever_is_not_named_as_having_an_outside_has_none() -> None:
    assert set(Role) - set(ELSEWHERE) == {Role.LEADER, Role.CITY_OFFICE}
    assert set(MAY) == set(MOVE)


@pytest.mark.parametrize("role", [role for role in ELSEWHERE if role not in (Role.RESIDENT, Role.CLOCK)])
def test_nobody_is_shown_a_move_of_a_ticket_outside_their_area(role: Role) -> None:
    by = WHO[role]
    for place, state in itertools.product(ELSEWHERE[role].split(), State):
        one = ticket_at(place, state=state, lead="fire", raised_in=place, closed_at=MONDAY, urgent=True)
        assert moves_open_to(Scene(one, by, RULEBOOK, SOON)) == (), (place, state)


@pytest.mark.parametrize("role", list(ELSEWHERE))
@pytest.mark.parametrize("state", [State.RAISED, State.IN_PROGRESS, State.AWAITING_RATING, State.CLOSED])
def test_no_move_of_a_ticket_outside_ones_area_is_made(store: TicketStore, role: Role, state: State) -> None:
    by = WHO[role]
    for place in ELSEWHERE[role].split():
        lead = "fire" if state is not State.RAISED else None
        draft = ticket_at(
            place, state=state, lead=lead, source=Source.RESIDENT, closed_at=MONDAY, urgent=True
        )
        one = kept(store, draft)
        for move in MOVES:
            with pytest.raises(Refused, match="not in your area"):
                act(store, RULEBOOK, one.id, move.name, FULL, version=one.version, by=by, now=SOON)
        with store.work() as work:
            assert work.ticket(one.id) == one


@pytest.mark.parametrize("role", [Role.LEADER, Role.CITY_OFFICE])
def test_whoever_sees_the_whole_city_makes_the_moves_of_their_role_alone(role: Role) -> None:
    """A ticket in a street's area: the city office stands above its holder, a leader over all."""
    made = {"instruct", "supervise"} if role is Role.LEADER else {"supervise"}
    for place, state in itertools.product(BUILDINGS, State):
        one = ticket_at(place, state=state, lead="fire", raised_in=place, closed_at=MONDAY)
        assert {move.name for move in moves_open_to(Scene(one, WHO[role], RULEBOOK, SOON))} <= made


def test_a_ticket_is_merged_only_into_one_that_the_person_may_see(store: TicketStore) -> None:
    community = WHO[Role.COMMUNITY]
    mine, foreign = kept(store, ticket_at("C11")), kept(store, ticket_at("E11"))
    with pytest.raises(Refused, match="number of the ticket"):
        act(
            store, RULEBOOK, mine.id, "merge", Given("the same", original=foreign.no),
            version=mine.version, by=community, now=SOON,
        )  # fmt: skip


# --- links, sends, and what lies beneath --------------------------------------------------------------------------


def test_a_rating_link_works_for_whoever_has_it_and_nothing_else_does(store: TicketStore) -> None:
    waiting = ticket_at(
        "C11", state=State.AWAITING_CHECK, source=Source.RESIDENT, lead="water", raised_in="C11"
    )
    one = kept(store, waiting)
    act(store, RULEBOOK, one.id, "check_pass", Given("seen"), version=1, by=WHO[Role.MEMBER], now=SOON)
    with store.database.read() as connection:
        token = connection.scalar(select(ratings.c.token).where(ratings.c.ticket_id == one.id))
    assert token
    for wrong in ("", "x" * 22, token[:-1], token.swapcase()):
        with pytest.raises(Refused, match="not valid"):
            rate_by_link(store, RULEBOOK, wrong, 5, "", now=SOON)
    assert rate_by_link(store, RULEBOOK, token, 5, "", now=SOON).state is State.CLOSED
    with pytest.raises(Refused, match="already"):
        rate_by_link(store, RULEBOOK, token, 1, "bad", now=SOON)


def test_the_same_send_is_one_ticket_for_whoever_sent_it_and_nobody_elses(store: TicketStore) -> None:
    report = Report(point_in("E11"), "noise", Words("loud"), once="a key of somebody")
    first = raise_ticket(store, RULEBOOK, report, by=WHO[Role.CITY_OFFICE], now=SOON)
    assert raise_ticket(store, RULEBOOK, report, by=WHO[Role.CITY_OFFICE], now=SOON).id == first.id
    with pytest.raises(Refused, match="Somebody else"):
        raise_ticket(store, RULEBOOK, replace(report, point=point_in("C11")), by=WHO[Role.MEMBER], now=SOON)


@pytest.mark.parametrize("role", sorted(set(Role) - {
    Role.LEADER, Role.STREET, Role.CITY_OFFICE, Role.COMMUNITY, Role.COMPOUND, Role.MEMBER, Role.DEPARTMENT,
}))  # fmt: skip
def test_who_reads_no_tickets_sees_no_place_of_one_wherever_their_area_lies(role: Role) -> None:
    for area, place in itertools.product((CITY, "S", "C", "C1", "C11"), PLACES):
        one = ticket_at(place, lead="water")
        by = replace(WHO[role], area=area)
        assert not sees_place(by, one.located, one.holder, one.lead, TOWN)
        assert not may_see(by, one, RULEBOOK) and not may_read(by, one, RULEBOOK)


def test_a_unit_that_nobody_knows_is_in_nobodys_area_but_the_citys() -> None:
    seers = {role for role, by in WHO.items() if sees_unit(by, "no such unit", TOWN)}
    assert seers == {Role.LEADER, Role.CITY_OFFICE, Role.PLANNER, Role.ADMINISTRATOR}


@pytest.mark.parametrize("role", [Role.STREET, Role.COMMUNITY, Role.COMPOUND, Role.MEMBER])
def test_an_account_whose_area_was_never_set_has_none_rather_than_the_whole_city(role: Role) -> None:
    by = replace(WHO[role], area=CITY)
    assert not any(sees_unit(by, unit, TOWN) or may_list(by, unit, TOWN) for unit in UNITS)
    assert not any(may_read_meetings(by, unit, TOWN) for unit in UNITS)
    for place, state in itertools.product(BUILDINGS, State):
        one = ticket_at(place, state=state, lead="water", raised_in=place, closed_at=MONDAY, urgent=True)
        assert not may_see(by, one, RULEBOOK)
        assert moves_open_to(Scene(one, by, RULEBOOK, SOON)) == ()
    lost = ticket_at(NO_GRID)
    assert not may_see(by, lost, RULEBOOK), "what the city office holds is the city office's"
