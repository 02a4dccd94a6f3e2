"""Follow a plan through its life: draft → in review → approved → in force (from a date) → retired.

The life is a table: each step, where it may begin, where it ends, who may take it. Source: the city's rule that
publishing needs a second person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.people import APPROVES, DRAFTS, READS_PLANS, Person, Role
from domain.said import Said, said

LONGEST_PLAN_NAME = 60


class PlanState(StrEnum):
    """Where a plan is in its life."""

    DRAFT = "draft"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    IN_FORCE = "in_force"
    RETIRED = "retired"


UNDER_WAY = frozenset({PlanState.DRAFT, PlanState.IN_REVIEW, PlanState.APPROVED})
"""Plans that somebody works on."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan without its content. ``version`` grows with every edit and step; people are accounts' numbers.

    ``content_hash`` is empty while it is drawn and frozen from review on; ``from_at`` is when it comes, or came, into force.
    """

    id: int
    name: str
    state: PlanState
    version: int
    created_at: datetime
    from_at: datetime | None = None
    based_on: int | None = None
    made_by: int | None = None
    sent_by: int | None = None
    approved_by: int | None = None
    retired_at: datetime | None = None
    units_hash: str = ""
    content_hash: str = ""

    @property
    def is_draft(self) -> bool:
        return self.state is PlanState.DRAFT


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a plan's life; ``begins`` where it may be taken."""

    name: str
    title: Said
    begins: frozenset[PlanState]
    ends: PlanState
    who: frozenset[Role]
    by_another: bool = False
    """Whether it must be somebody other than those who made and sent the plan."""


STEPS: tuple[Step, ...] = (
    Step("send", said("Send to review"), frozenset({PlanState.DRAFT}), PlanState.IN_REVIEW, DRAFTS),
    Step("comment", said("Comment"), frozenset({PlanState.IN_REVIEW}), PlanState.IN_REVIEW, READS_PLANS),
    Step("send_back", said("Send back"), frozenset({PlanState.IN_REVIEW, PlanState.APPROVED}), PlanState.DRAFT, APPROVES),
    Step("approve", said("Approve"), frozenset({PlanState.IN_REVIEW}), PlanState.APPROVED, APPROVES, by_another=True),
    Step("publish", said("Publish"), frozenset({PlanState.APPROVED}), PlanState.APPROVED, DRAFTS),
)  # fmt: skip
"""What people do with a plan as a whole. Into force it comes by the clock, which retires the one before."""

STEP: Mapping[str, Step] = {step.name: step for step in STEPS}

STATE: Mapping[PlanState, Said] = {
    PlanState.DRAFT: said("Draft"),
    PlanState.IN_REVIEW: said("In review"),
    PlanState.APPROVED: said("Approved"),
    PlanState.IN_FORCE: said("In force"),
    PlanState.RETIRED: said("Retired"),
}


def refusal_of(step: Step, plan: Plan, person: Person) -> Said | None:
    """Why this person may not take this step now; None when they may."""
    if person.role not in step.who:
        return said("That is not for your role.")
    if plan.state not in step.begins:
        return said("{plan} is not at this step: {state}.", plan=plan.name, state=STATE[plan.state])
    if step.by_another and not person.id:
        return said("Whoever approves a plan must be known by an account; the console has none.")
    if step.by_another and person.id in (plan.made_by, plan.sent_by):
        return said("Another person must approve what you drew or sent to review.")
    return None


def steps_for(plan: Plan, person: Person) -> tuple[Step, ...]:
    """The steps this person may take with the plan now."""
    return tuple(step for step in STEPS if refusal_of(step, plan, person) is None)


def refusal_to_draw(person: Person) -> Said | None:
    """Why this person may not draw; None when they may."""
    return None if person.role in DRAFTS else said("That is not for your role.")


def refusal_to_read(person: Person) -> Said | None:
    """Why this person may not see plans other than the one in force; None when they may."""
    return None if person.role in READS_PLANS else said("That is not for your role.")
