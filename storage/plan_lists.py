"""List plans with who made them and how many grids they have; know every grid of every plan by its code."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from domain.grids import Grid, Level
from domain.plans.life import Plan
from storage import schema
from storage.drafts import all_plans


@dataclass(frozen=True, slots=True)
class PlanLine:
    """A plan, the account that made it (empty where none did), its grids by level, the plan it began from."""

    plan: Plan
    made_by: str
    grids: dict[Level, int]
    base: str


def plan_lines(connection: Connection) -> list[PlanLine]:
    """Every plan, the newest first."""
    plans = all_plans(connection)
    accounts, grids = schema.accounts.c, schema.grids.c
    rows = connection.execute(select(accounts.id, accounts.name))
    people = {row.id: row.name for row in rows}
    counted: dict[int, dict[Level, int]] = defaultdict(dict)
    for plan_id, level, count in connection.execute(
        select(grids.plan_id, grids.level, func.count()).group_by(grids.plan_id, grids.level)
    ):
        counted[plan_id][Level(level)] = count
    names = {plan.id: plan.name for plan in plans}
    return [
        PlanLine(
            plan, people.get(plan.made_by or 0, ""), dict(sorted(counted[plan.id].items())),
            names.get(plan.based_on or 0, ""),
        )
        for plan in sorted(plans, key=lambda plan: -plan.id)
    ]  # fmt: skip


def grids_ever(connection: Connection) -> dict[str, Grid]:
    """Every grid of every plan by its code, as the newest plan that has it tells it."""
    grids = schema.grids.c
    rows = connection.execute(
        select(grids.code, grids.level, grids.name, grids.parent).order_by(grids.plan_id)
    )
    return {row.code: Grid(row.code, Level(row.level), row.name, row.parent) for row in rows}
