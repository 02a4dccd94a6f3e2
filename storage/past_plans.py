"""Read which plan was in force when, what its grids were called, and from which grids those of later plans came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from storage.schema import grids, plans

P, G = plans.c, grids.c


@dataclass(frozen=True, slots=True)
class PlanInTime:
    """A plan that is or was in force; ``until`` is None while it is."""

    id: int
    name: str
    since: datetime
    until: datetime | None

    def was_in_force(self, moment: datetime) -> bool:
        return self.since <= moment and (self.until is None or moment < self.until)


@dataclass(frozen=True, slots=True)
class Origin:
    """A grid made by a redraw, or enlarged by one: from which codes, since when."""

    code: str
    sources: tuple[str, ...]
    since: datetime

    @property
    def is_new(self) -> bool:
        """Was there no such code before?"""
        return self.code not in self.sources


def history(connection: Connection) -> tuple[PlanInTime, ...]:
    """Every plan that is or was in force, the first one first; each begins when the one before was retired."""
    rows = connection.execute(
        select(P.id, P.name, P.from_at, P.retired_at, P.created_at)
        .where(P.state.in_(("in_force", "retired")))
        .order_by(P.retired_at.is_(None), P.retired_at, P.from_at, P.id)
    )
    found: list[PlanInTime] = []
    for row in rows:
        since = (found[-1].until if found else None) or row.from_at or row.created_at
        found.append(PlanInTime(row.id, row.name, since, row.retired_at))
    return tuple(found)


def former_names(connection: Connection, plan_id: int) -> dict[str, str]:
    """What grids of former plans were called whose codes the plan does not have."""
    here = select(G.code).where(G.plan_id == plan_id)
    rows = connection.execute(
        select(G.code, G.name)
        .join_from(grids, plans, P.id == G.plan_id)
        .where(P.state == "retired", G.code.not_in(here))
        .order_by(P.retired_at, P.id)
    )
    return {row.code: row.name for row in rows}


def origins(connection: Connection) -> dict[str, Origin]:
    """From which grids those that redraws made came, by code; of several redraws the latest counts."""
    found: dict[str, Origin] = {}
    for plan in history(connection):
        marks = connection.scalar(select(P.marks).where(P.id == plan.id)) or {}
        for code, sources in marks.get("lineage", {}).items():
            found[code] = Origin(code, tuple(sources), plan.since)
    return found
