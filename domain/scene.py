"""Set the scene of a move: the ticket, who acts, what they give, the rules – and what a move is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from domain.people import Person
from domain.rulebook import Rulebook
from domain.said import Said
from domain.tickets import State, Ticket
from domain.timeline import Beat


class Need(StrEnum):
    """What a move asks of the person at that moment. A photo is always welcome, never asked for."""

    NOTE = "note"
    REASON = "reason"
    REASON_CODE = "reason_code"
    CATEGORY = "category"
    DEPARTMENT = "department"
    OWNER = "owner"
    DAYS = "days"
    REVIEW = "review"
    ORIGINAL = "original"
    HIGHER_UNIT = "higher_unit"
    MEETING = "meeting"
    GRID = "grid"
    GRADE = "grade"
    COMPLAINT = "complaint"


@dataclass(frozen=True, slots=True)
class Given:
    """What the person gave with the move.

    ``department`` is the lead to dispatch to or the owner suggested on a return; ``days`` are working days asked for;
    ``until`` the review date of a hold; ``unit`` a grid, a higher unit or the unit whose meeting takes the matter.
    """

    words: str = ""
    category: str | None = None
    urgent: bool | None = None
    reason: str | None = None
    department: str | None = None
    assistants: tuple[str, ...] = ()
    days: int | None = None
    until: datetime | None = None
    original: str | None = None
    unit: str | None = None
    grade: int | None = None
    photo: bytes | None = None


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a joint meeting decided on a ticket: ``settled``, ``assigned`` (lead and due date) or ``returned``."""

    unit: str
    outcome: str
    words: str = ""
    lead: str | None = None
    due: datetime | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """A move about to happen.

    ``beats`` is the ticket's log as its clocks read it; ``open_children`` counts the assistants who are not done yet;
    ``original`` is the ticket to merge into; ``resolution`` is there when a meeting acts.
    """

    ticket: Ticket
    by: Person
    rules: Rulebook
    now: datetime
    given: Given = field(default_factory=Given)
    beats: tuple[Beat, ...] = ()
    open_children: int = 0
    original: Ticket | None = None
    resolution: Resolution | None = None


Guard = Callable[[Scene], Said | None]
"""A guard looks at the scene and says why not, or None."""

Effect = Callable[[Scene], Ticket]
"""An effect says what the ticket is afterwards; clocks and version are set by the one who carries the move out."""

Tell = Callable[[Scene, Ticket], Iterable[str | None]]
"""Which posts are told, given the scene and the ticket afterwards; None is nobody."""


@dataclass(frozen=True, slots=True)
class Move:
    """One row of the table of moves; ``row`` is its number there."""

    name: str
    row: int
    title: Said
    starts: frozenset[State]
    guards: tuple[Guard, ...]
    needs: tuple[Need, ...]
    effect: Effect
    tells: tuple[Tell, ...] = ()
    primary: bool = False
    """Whether the move carries the work forward: its button stands out."""
