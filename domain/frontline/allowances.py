"""Allowances of grid heads: a proposal each month, every term of it shown; a person approves, another decides appeals.

Source: the report – allowances follow performance. The formula is data: the base in fen, and terms that each give a
share of it by what was reached against a target. Nothing is paid by this program.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from domain.frontline.records import Record
from domain.people import Role
from domain.said import Said, said

WHOLE = 1_000
"""The weights of a formula's terms together."""

APPEAL_WITHIN = timedelta(days=10)


@dataclass(frozen=True, slots=True)
class Term:
    """One term of the formula: the share of the base that is earned when the target is reached, in thousandths."""

    name: str
    target: float
    weight: int


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula by its version. The weights of its terms make a thousand (``WHOLE``); ``base_fen`` is what a full month earns."""

    version: int
    base_fen: Mapping[int, int]
    """By level of grid."""
    terms: tuple[Term, ...]


TERM: Mapping[str, Said] = {
    "accepted_on_time": said("Accepted on time, per cent"),
    "settled_on_the_spot": said("Settled on the spot, for each building grid"),
    "raised": said("Tickets raised, for each building grid"),
    "satisfied": said("Satisfied residents, per cent"),
    "visits": said("Visits, for each building grid"),
    "coverage": said("Buildings visited, per cent"),
    "meetings": said("Number of meetings held"),
}
"""What a term may count; what is not known of somebody is None and earns its whole share: nobody loses by silence of others."""


@dataclass(frozen=True, slots=True)
class Line:
    """One term worked out."""

    name: str
    value: float | None
    target: float
    weight: int
    fen: int


def work_out(formula: Formula, level: int, values: Mapping[str, float | None]) -> tuple[Line, ...]:
    """Each term of a month for a head of a grid of this level, in whole fen; rounding never makes more than the base."""
    base = formula.base_fen[level]
    return tuple(_line(term, base, values.get(term.name)) for term in formula.terms)


def _line(term: Term, base: int, value: float | None) -> Line:
    reached = 1.0 if value is None or term.target <= 0 else max(0.0, min(1.0, value / term.target))
    return Line(term.name, value, term.target, term.weight, int(base * term.weight * reached) // 1000)


class AllowanceState(StrEnum):
    """How far a proposal has come."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    APPEALED = "appealed"
    DECIDED = "decided"


ALLOWANCE_STATE: Mapping[AllowanceState, Said] = {
    AllowanceState.PROPOSED: said("Proposed"),
    AllowanceState.APPROVED: said("Approved"),
    AllowanceState.APPEALED: said("Appealed"),
    AllowanceState.DECIDED: said("Decided"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance(Record):
    """What the head of a grid is proposed to get for a month. ``fen`` is the sum of its lines until somebody decides otherwise."""

    LIST: ClassVar[str] = "allowances"

    grid: str
    head: int
    """The head's term."""
    month: str
    """``2026-11``."""
    formula: int
    lines: tuple[tuple[str, float | None, float, int, int], ...]
    """Name, value, target, weight and fen of each term."""
    fen: int
    state: AllowanceState = AllowanceState.PROPOSED
    approved_at: datetime | None = None
    approved_by: int | None = None
    decided_by: int | None = None

    @property
    def terms(self) -> tuple[Line, ...]:
        return tuple(Line(*line) for line in self.lines)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that can be done with a proposal: from where, to where, by whom."""

    name: str
    title: Said
    from_: AllowanceState
    to: AllowanceState
    roles: frozenset[Role]


HEADS = frozenset({Role.COMMUNITY, Role.COMPOUND, Role.MEMBER})

STEPS: tuple[Step, ...] = (
    Step("approve", said("Approve"), AllowanceState.PROPOSED, AllowanceState.APPROVED, frozenset({Role.COMMUNITY, Role.STREET})),
    Step("appeal", said("Appeal"), AllowanceState.APPROVED, AllowanceState.APPEALED, HEADS),
    Step("decide", said("Decide the appeal"), AllowanceState.APPEALED, AllowanceState.DECIDED, frozenset({Role.STREET})),
)  # fmt: skip
"""A community approves those of the grids below it; its own is for the street, as every appeal is."""


def refusal_to_step(
    allowance: Allowance, step: Step, role: Role, area: str, now: datetime, words: str = ""
) -> Said | None:  # fmt: skip
    """Why this cannot be done with a proposal now, by somebody of this role and area."""
    if role not in step.roles:
        return said("Your role cannot do this.")
    if allowance.state is not step.from_:
        return said("This allowance is {state} already.", state=ALLOWANCE_STATE[allowance.state])
    if step.name == "approve" and role is Role.COMMUNITY and allowance.grid == area:
        return said("Nobody approves their own allowance.")
    if step.name == "appeal":
        return _refusal_to_appeal(allowance, area, now, words)
    if step.name == "decide" and not words.strip():
        return said("Please give the reason.")
    return None


def _refusal_to_appeal(allowance: Allowance, area: str, now: datetime, words: str) -> Said | None:
    if allowance.grid != area:
        return said("Only the grid's own head appeals.")
    if allowance.approved_at is not None and now - allowance.approved_at > APPEAL_WITHIN:
        return said("An appeal comes within {n} days.", n=APPEAL_WITHIN.days)
    return None if words.strip() else said("Please give the reason.")


def refusal_of_month(month: str, today: date) -> Said | None:
    """Why a month cannot be worked out: it has not ended."""
    return said("This month has not ended.") if month >= f"{today:%Y-%m}" else None


def total(lines: Sequence[Line]) -> int:
    """The sum of a proposal's lines in fen."""
    return sum(line.fen for line in lines)
