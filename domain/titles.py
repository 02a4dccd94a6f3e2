"""The words for roles, levels, states: one table each, translated by the catalogs."""

from __future__ import annotations

from domain.grids import Level
from domain.loads import FEW, NO_BASE, TOO_FEW, Measure
from domain.meetings import MatterOutcome, Standing, Tier
from domain.mine import Press
from domain.people import Role
from domain.queues import Queue
from domain.said import said
from domain.tickets import Outcome, Slip, Source, State

SLIP = {
    Slip.RAISE: said("Raise slip"),
    Slip.DISPATCH: said("Dispatch slip"),
    Slip.HANDLE: said("Handling slip"),
    Slip.RATE: said("Public rating"),
}
"""The four slips (四单): 提单, 派单, 办单, 评单."""

ROLE = {
    Role.LEADER: said("Leader"),
    Role.STREET: said("Street"),
    Role.CITY_OFFICE: said("City office"),
    Role.COMMUNITY: said("Community"),
    Role.COMPOUND: said("Compound"),
    Role.MEMBER: said("Grid member"),
    Role.DEPARTMENT: said("Department"),
    Role.PLANNER: said("Planner"),
    Role.ADMINISTRATOR: said("Administrator"),
    Role.RESIDENT: said("Resident"),
    Role.CLOCK: said("Clock"),
    Role.WALL: said("Wall screen"),
}

LEVEL = {
    Level.COMMUNITY: said("Community grids"),
    Level.COMPOUND: said("Compound grids"),
    Level.BUILDING: said("Building grids"),
}

MEASURE = {
    Measure.OPEN_PER_100: said("Per 100 households"),
    Measure.OPEN: said("Open count"),
    Measure.OVERDUE: said("Overdue"),
    Measure.ON_TIME: said("On-time rate"),
    Measure.SATISFIED: said("Satisfaction rate"),
}

LEGEND = {
    Measure.OPEN_PER_100: said("Open per 100 households"),
    Measure.OPEN: said("Open tickets"),
    Measure.OVERDUE: said("Overdue tickets"),
    Measure.ON_TIME: said("On time, 30 days"),
    Measure.SATISFIED: said("Satisfied, 30 days"),
}
"""The same for a map's legend, which has room to say of what."""

CLASS = {
    0: said("none"),
    1: said("low"),
    2: said("fairly low"),
    3: said("medium"),
    4: said("fairly high"),
    5: said("high"),
    NO_BASE: said("no household data"),
}

RATE_CLASS = {
    1: said("very good"),
    2: said("good"),
    3: said("fair"),
    4: said("poor"),
    5: said("very poor"),
    FEW: said("small sample"),
    TOO_FEW: said("not shown"),
}
"""Classes in words, for whoever does not see colours."""

PRESS = {
    Press.OVERDUE: said("Overdue"),
    Press.TODAY: said("Due today"),
    Press.NEW: said("New today"),
    Press.LATER: said("Later"),
}

STATE = {
    State.RAISED: said("Awaiting acceptance"),
    State.ACCEPTED: said("Awaiting dispatch"),
    State.DISPATCHED: said("Awaiting signature"),
    State.IN_PROGRESS: said("In progress"),
    State.ON_HOLD: said("On hold"),
    State.AT_MEETING: said("At a joint meeting"),
    State.AWAITING_CHECK: said("Awaiting check"),
    State.AWAITING_RATING: said("Awaiting rating"),
    State.CLOSED: said("Closed"),
    State.REJECTED: said("Rejected"),
    State.CANCELLED: said("Cancelled"),
}

SOURCE = {
    Source.RESIDENT: said("a resident"),
    Source.GRID: said("the grid"),
    Source.COMMUNITY: said("the community"),
    Source.STREET: said("the street"),
    Source.CITY_OFFICE: said("the city office"),
    Source.IMPORT: said("an import"),
}

OUTCOME = {
    Outcome.SETTLED_ON_THE_SPOT: said("Settled on the spot"),
    Outcome.SETTLED: said("Settled"),
    Outcome.ANSWERED: said("Answered"),
    Outcome.MERGED: said("Merged"),
}

TIER = {
    Tier.COMPOUND: said("Compound"),
    Tier.COMMUNITY: said("Community"),
    Tier.STREET: said("Street"),
    Tier.CITY: said("City"),
}

MATTER_OUTCOME = {
    MatterOutcome.SETTLED: said("Settled"),
    MatterOutcome.ASSIGNED: said("Assigned"),
    MatterOutcome.MOVED_UP: said("Moved up"),
    MatterOutcome.RETURNED: said("Returned by the meeting"),
    MatterOutcome.WITHDRAWN: said("Withdrawn"),
}

STANDING = {
    Standing.HELD: said("Held"),
    Standing.DUE: said("To be held"),
    Standing.MISSED: said("Missed"),
}

QUEUE = {
    Queue.NO_GRID: said("In no grid"),
    Queue.SHARED_EDGE: said("On a border"),
    Queue.NO_HEAD: said("Grid without head"),
    Queue.NO_PEOPLE: said("Department without people"),
}
