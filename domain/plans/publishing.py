"""Say whether a plan may come into force on its day: what it follows, and that no code ever stands for other ground.

A plan replaces the one that is in force when its moment comes. It must be drawn from that one, or from drafts that were;
or it goes back on purpose: the plan it was drawn from had retired when its drawing began, and none has come into force
since. A code that is not in the plan before is new, or has exactly the ground and the parent that it last had in force.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from domain.plans.drafts import Draft
from domain.plans.life import Plan, PlanState
from domain.said import Said, said

WAS_IN_FORCE = frozenset({PlanState.IN_FORCE, PlanState.RETIRED})

Plans = Mapping[int, Plan]
"""Every plan by its number."""


def is_published(plan: Plan) -> bool:
    """Does this plan wait for its moment?"""
    return plan.state is PlanState.APPROVED and plan.from_at is not None


def lineage_of(plan: Plan, plans: Plans) -> tuple[Plan, ...]:
    """The plan and the drafts it was drawn from, up to the first that was in force or is published; that one is last."""
    found = [plan]
    while (base := plans.get(found[-1].based_on or 0)) and base not in found:
        found.append(base)
        if base.state in WAS_IN_FORCE or is_published(base):
            break
    return tuple(found)


def before(plan: Plan, from_at: datetime, plans: Plans) -> Plan | None:
    """The plan that is in force when this one's moment comes."""
    earlier = [p for p in _others_published(plan, plans) if p.from_at and p.from_at < from_at]
    if earlier:
        return max(earlier, key=_moment)
    now = [p for p in plans.values() if p.state is PlanState.IN_FORCE]
    return max(now, key=_moment, default=None)


def refusal_of_day(plan: Plan, from_at: datetime, plans: Plans) -> Said | None:
    """Why a plan cannot come into force at a moment among the plans published already; None when it can."""
    others = _others_published(plan, plans)
    for other in others:
        if other.from_at == from_at:
            return said("{plan} comes into force at that very time already.", plan=other.name)
    if why := _refusal_to_follow(plan, before(plan, from_at, plans), plans):
        return why
    later = [p for p in others if p.from_at and p.from_at > from_at]
    following = min(later, key=_moment, default=None)
    if following and _refusal_to_follow(following, plan, plans):
        return said(
            "{plan} comes into force after that and was not drawn from this plan; choose a later day, or send it back.",
            plan=following.name,
        )  # fmt: skip
    return None


def _refusal_to_follow(plan: Plan, ahead: Plan | None, plans: Plans) -> Said | None:
    """Was this plan drawn from another than the one it would replace, and not to go back on purpose?"""
    if ahead is None:
        return None
    *drafts, root = lineage_of(plan, plans)
    if root.id == ahead.id:
        return None
    begun = drafts[-1].created_at if drafts else plan.created_at
    goes_back = root.retired_at is not None and root.retired_at <= begun
    if goes_back and ahead.state is PlanState.IN_FORCE and _moment(ahead) <= begun:
        return None
    return said(
        "{plan} was not drawn from {other}, which will be in force by then: branch anew from {other}, or compare the two and import.",
        plan=plan.name, other=ahead.name,
    )  # fmt: skip


def rests_on(plan: Plan, plans: Plans) -> Plan | None:
    """A published plan that was drawn from this one and would follow it."""
    return next((p for p in _others_published(plan, plans) if lineage_of(p, plans)[-1].id == plan.id), None)


def refusal_of_codes(draft: Draft, ahead: Draft, others: Iterable[tuple[Plan, Draft]]) -> Said | None:
    """Why a code may not come into force; ``others`` are plans that were in force or are published, in the order of their
    moments. What counts of those that were is what a code had last."""
    for code, grid in sorted(draft.grids.items()):
        was = ahead.grids.get(code)
        if was and (was.level, was.parent) != (grid.level, grid.parent):
            return said(
                "{grid} would lie under another parent with its old code {code}; move it, so that it gets a new one.",
                grid=grid.name, code=code,
            )  # fmt: skip
    last: dict[str, Draft] = {}
    for plan, other in others:
        for code in sorted(draft.grids.keys() & other.grids.keys() - ahead.grids.keys()):
            if plan.state in WAS_IN_FORCE:
                last[code] = other
            elif not _is_same(code, draft, other):
                return said(
                    "Code {code} is given to other ground by {plan}, which is published: branch anew from the plan in force.",
                    code=code, plan=plan.name,
                )  # fmt: skip
    for code, other in sorted(last.items()):
        if not _is_same(code, draft, other):
            return said(
                "Code {code} was in force before, for other ground; a code is never used twice: branch anew from the plan in force.",
                code=code,
            )  # fmt: skip
    return None


def _is_same(code: str, one: Draft, other: Draft) -> bool:
    """Is a code the same grid in two drafts?"""
    mine, theirs = one.grids[code], other.grids[code]
    same_record = (mine.level, mine.parent) == (theirs.level, theirs.parent)
    return same_record and one.units_of(code) == other.units_of(code)


def _others_published(plan: Plan, plans: Plans) -> list[Plan]:
    return [other for other in plans.values() if other.id != plan.id and is_published(other)]


def _moment(plan: Plan) -> datetime:
    """When a plan came, or comes, into force."""
    return plan.from_at or plan.created_at
