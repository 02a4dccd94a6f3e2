"""Read which plan was in force when, what its grids were called, and from which grids those of later plans came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from domain.grids import CITY, Former
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


def former_grids(connection: Connection, plan_id: int) -> dict[str, Former]:
    """The grids of former plans whose codes the plan does not have, each with the grid that follows it by the lineage
    of the plans since; one that nothing came from is followed by the unit that lay over it."""
    here = set(connection.scalars(select(G.code).where(G.plan_id == plan_id)))
    rows = connection.execute(
        select(G.code, G.name, G.parent)
        .join_from(grids, plans, P.id == G.plan_id)
        .where(P.state == "retired")
        .order_by(P.retired_at, P.id)
    )
    gone = {row.code: row for row in rows if row.code not in here}
    onward: dict[str, str] = {}
    for origin in origins(connection).values() if gone else ():
        for source in origin.sources:
            if source != origin.code:
                onward[source] = min(origin.code, onward.get(source, origin.code))

    def heir(code: str) -> str:
        seen = {code}
        while code not in here:
            row = gone.get(code)
            code = onward.get(code) or (row.parent if row else None) or CITY
            if code in seen or code == CITY:
                return CITY
            seen.add(code)
            if code not in here and code not in gone:
                return code
        return code

    return {code: Former(row.name, heir(code)) for code, row in gone.items()}


def origins(connection: Connection) -> dict[str, Origin]:
    """From which grids those that redraws made came, by code; of several redraws the latest counts."""
    found: dict[str, Origin] = {}
    for plan in history(connection):
        marks = connection.scalar(select(P.marks).where(P.id == plan.id)) or {}
        for code, sources in marks.get("lineage", {}).items():
            found[code] = Origin(code, tuple(sources), plan.since)
    return found
