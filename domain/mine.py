"""Say what waits for somebody: what a post holds, leads, checks or approves and can move now, the most pressing first.

What a post merely could do from above – supervise, merge, cancel, instruct, enter a rating – waits for nobody.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from domain.moves import moves_open_to
from domain.scene import Scene
from domain.tickets import Ticket

ANSWERS = frozenset(
    {
        "place", "accept", "dispatch", "settle", "hand_up", "skip_up",
        "sign", "return", "report_done", "ask_extension", "ask_hold",
        "check_pass", "check_fail",
        "approve_extension", "refuse_extension", "approve_hold", "refuse_hold",
    }
)  # fmt: skip
"""The moves by which somebody does what a ticket waits for: as its holder, its lead, its checker, its approver."""


class Press(StrEnum):
    """How a ticket presses today."""

    OVERDUE = "overdue"
    TODAY = "today"
    NEW = "new"
    LATER = "later"


PRESSING = tuple(Press)
"""In the order in which they are to be done."""


def waits_for(scene: Scene) -> bool:
    """Does the ticket wait for this person, who can move it now?"""
    return any(move.name in ANSWERS for move in moves_open_to(scene))


def press(ticket: Ticket, now: datetime, day_begins: datetime, day_ends: datetime) -> Press:
    """How a ticket presses: past its deadline, due before the day ends, come since the day began, or none of these."""
    if ticket.due_at is not None and ticket.due_at < now:
        return Press.OVERDUE
    if ticket.due_at is not None and ticket.due_at < day_ends:
        return Press.TODAY
    return Press.NEW if ticket.stage_since >= day_begins else Press.LATER
