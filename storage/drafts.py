"""Keep plans and what they hold: their life, their grids and assignment, what was drawn on them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select, update

from domain.events import Event, plan_stream
from domain.grids import Grid, Level
from domain.plans.drafts import Change, Draft
from domain.plans.drafts import households as households_of
from domain.plans.life import Plan, PlanState
from domain.plans.units import Units
from storage import schema
from storage.event_rows import event_from
from storage.seeding import CHUNK

P, G, A, E = schema.plans.c, schema.grids.c, schema.assignments.c, schema.events.c


@dataclass(frozen=True, slots=True)
class PlanRows:
    """Plans inside one transaction; implements :class:`domain.store.PlanWork`."""

    connection: Connection

    def plan(self, plan_id: int) -> Plan | None:
        row = self.connection.execute(select(schema.plans).where(P.id == plan_id).with_for_update()).first()
        return plan_from(row) if row else None

    def plan_named(self, name: str) -> Plan | None:
        self._queue(f"plan:{name}")
        return plan_named(self.connection, name)

    def all_plans(self) -> list[Plan]:
        return all_plans(self.connection)

    def add_plan(self, plan: Plan) -> Plan:
        columns = plan_columns(plan)
        new_id = self.connection.execute(insert(schema.plans).values(columns).returning(P.id)).scalar_one()
        return replace(plan, id=new_id)

    def save_plan(self, plan: Plan) -> bool:
        saved = self.connection.execute(
            update(schema.plans)
            .where(P.id == plan.id, P.version == plan.version - 1)
            .values(plan_columns(plan))
        )
        return saved.rowcount == 1

    def content(self, plan_id: int) -> Draft:
        return read_draft(self.connection, plan_id)

    def keep_content(self, plan_id: int, draft: Draft, units: Units, outlines: Mapping[str, bytes]) -> None:
        counted = households_of(units, draft)
        rows = [
            _grid_row(plan_id, grid, draft, counted[code], outlines[code])
            for code, grid in draft.grids.items()
        ]
        homes = [{"plan_id": plan_id, "unit": unit, "grid": grid} for unit, grid in draft.home.items()]
        for table, all_rows in ((schema.grids, rows), (schema.assignments, homes)):
            for start in range(0, len(all_rows), CHUNK):
                self.connection.execute(insert(table), all_rows[start : start + CHUNK])
        self._keep_marks(plan_id, draft)

    def keep_change(
        self, plan_id: int, before: Draft, after: Draft, change: Change, units: Units,
        outlines: Callable[[Draft, Iterable[str]], Mapping[str, bytes]],
    ) -> tuple[str, ...]:  # fmt: skip
        grids = _changed_grids(before, after, change)
        gone = [code for code in grids if code not in after.grids]
        here = [code for code in grids if code in after.grids]
        drawn = outlines(after, here)
        rows = [
            _grid_row(plan_id, after.grids[code], after, units.households(after.units_of(code)), drawn[code])
            for code in here
        ]
        self._replace(schema.grids, plan_id, "code", [*gone, *here], rows)
        homes = [
            {"plan_id": plan_id, "unit": unit, "grid": new} for unit, (_, new) in change.home.items() if new
        ]
        self._replace(schema.assignments, plan_id, "unit", list(change.home), homes)
        if change.marks:
            self._keep_marks(plan_id, after)
        return tuple(grids)

    def codes_taken(self, plan_id: int) -> frozenset[str]:
        return codes_taken(self.connection, plan_id)

    def holders(self, codes: Set[str]) -> frozenset[int]:
        wanted, found = sorted(codes), set[int]()
        for start in range(0, len(wanted), CHUNK):
            some = G.code.in_(wanted[start : start + CHUNK])
            found |= set(self.connection.scalars(select(G.plan_id).where(some).distinct()))
        return frozenset(found)

    def drawn_by(self, plan_id: int, kinds: Set[str]) -> frozenset[int]:
        who = select(E.by).where(E.stream == plan_stream(plan_id), E.kind.in_(sorted(kinds))).distinct()
        return frozenset(by for by in self.connection.scalars(who) if by)

    def publish_alone(self) -> None:
        self._queue("publishing")

    def _queue(self, for_what: str) -> None:
        """Wait for whoever does the same in PostgreSQL; SQLite's writers queue anyway."""
        if self.connection.dialect.name == "postgresql":
            key = func.hashtextextended(for_what, 0)
            self.connection.execute(select(func.pg_advisory_xact_lock(key)))

    def last_step(self, plan_id: int, kinds: Set[str]) -> Event | None:
        row = self.connection.execute(_steps(plan_id, kinds).limit(1)).first()
        return event_from(row) if row else None

    def step(self, plan_id: int, seq: int) -> Event | None:
        row = self.connection.execute(
            select(schema.events).where(E.stream == plan_stream(plan_id), E.seq == seq)
        ).first()
        return event_from(row) if row else None

    def steps_since(self, plan_id: int, version: int, kinds: Set[str]) -> list[Event]:
        found: list[Event] = []
        for row in self.connection.execute(_steps(plan_id, kinds)):
            event = event_from(row)
            reached = event.facts.get("version")
            if not isinstance(reached, int) or reached <= version:
                break
            found.append(event)
        return found

    def _keep_marks(self, plan_id: int, draft: Draft) -> None:
        marks = {kind: dict(sorted(found.items())) for kind, found in sorted(draft.marks.items()) if found}
        self.connection.execute(update(schema.plans).where(P.id == plan_id).values(marks=marks))

    def _replace(
        self, table: Any, plan_id: int, key: str, gone: Sequence[str], rows: Sequence[dict[str, Any]]
    ) -> None:
        if gone:
            removed = delete(table).where(table.c.plan_id == plan_id, table.c[key] == bindparam("the_key"))
            self.connection.execute(removed, [{"the_key": code} for code in gone])
        if rows:
            self.connection.execute(insert(table), list(rows))


def _changed_grids(before: Draft, after: Draft, change: Change) -> list[str]:
    """The grids whose row a change touches: by their ground, or by their record."""
    found: dict[str, None] = {}
    for old, new in change.home.values():
        found |= dict.fromkeys([*before.chain(old or ""), *after.chain(new or "")])
    for code in change.grids:
        found |= dict.fromkeys([code, *before.chain(code), *after.chain(code)])
    return list(found)


def _grid_row(plan_id: int, grid: Grid, draft: Draft, households: int, outline: bytes) -> dict[str, Any]:
    return {
        "plan_id": plan_id, "code": grid.code, "level": int(grid.level), "name": grid.name, "parent": grid.parent,
        "households": households, "units": len(draft.units_of(grid.code)), "geometry": outline,
    }  # fmt: skip


def _steps(plan_id: int, kinds: Set[str]) -> Any:
    return (
        select(schema.events)
        .where(E.stream == plan_stream(plan_id), E.kind.in_(sorted(kinds)))
        .order_by(E.seq.desc())
    )


# --- reading ----------------------------------------------------------------------------------------------


def read_draft(connection: Connection, plan_id: int) -> Draft:
    """What a plan holds; its grids' households are left to be counted from the units."""
    grids = {
        row.code: Grid(row.code, Level(row.level), row.name, row.parent)
        for row in connection.execute(
            select(G.code, G.level, G.name, G.parent).where(G.plan_id == plan_id).order_by(G.code)
        )
    }
    rows = connection.execute(select(A.unit, A.grid).where(A.plan_id == plan_id).order_by(A.unit))
    home = {row.unit: row.grid for row in rows}
    marks = connection.scalar(select(P.marks).where(P.id == plan_id)) or {}
    return Draft(grids, home, marks)


def all_plans(connection: Connection) -> list[Plan]:
    """Every plan, by number."""
    return [plan_from(row) for row in connection.execute(select(schema.plans).order_by(P.id))]


def plan_named(connection: Connection, name: str) -> Plan | None:
    """The plan with this name."""
    row = connection.execute(select(schema.plans).where(P.name == name)).first()
    return plan_from(row) if row else None


def plan_numbered(connection: Connection, plan_id: int) -> Plan | None:
    """The plan with this number."""
    row = connection.execute(select(schema.plans).where(P.id == plan_id)).first()
    return plan_from(row) if row else None


def codes_taken(connection: Connection, plan_id: int) -> frozenset[str]:
    """Every code of a grid in the city's other plans, whatever became of them."""
    return frozenset(connection.scalars(select(G.code).where(G.plan_id != plan_id).distinct()))


def compound_names(connection: Connection) -> dict[str, str]:
    """What compounds are called, by code."""
    table = schema.compounds.c
    return {row.code: row.name for row in connection.execute(select(table.code, table.name))}


def log_of(connection: Connection, plan_id: int, limit: int) -> list[tuple[Event, str, str]]:
    """What was done to a plan, newest first: the event, who did it, the words beside it."""
    accounts, notes = schema.accounts.c, schema.notes.c
    rows = connection.execute(
        select(schema.events, accounts.name.label("who"), notes.text.label("words"))
        .join_from(schema.events, schema.accounts, accounts.id == E.by, isouter=True)
        .join(schema.notes, notes.event_id == E.id, isouter=True)
        .where(E.stream == plan_stream(plan_id))
        .order_by(E.seq.desc())
        .limit(limit)
    )
    return [(event_from(row), row.who or "", row.words or "") for row in rows]


def plan_from(row: Row[Any]) -> Plan:
    """A plan from its row."""
    return Plan(
        row.id, row.name, PlanState(row.state), row.version, row.created_at, row.from_at, row.based_on, row.made_by,
        row.sent_by, row.approved_by, row.retired_at, row.units_hash, row.content_hash,
    )  # fmt: skip


def plan_columns(plan: Plan) -> dict[str, Any]:
    """A plan's own columns, without its number and what it holds."""
    return {
        "name": plan.name, "state": plan.state.value, "version": plan.version, "created_at": plan.created_at,
        "from_at": plan.from_at, "based_on": plan.based_on, "made_by": plan.made_by, "sent_by": plan.sent_by,
        "approved_by": plan.approved_by, "retired_at": plan.retired_at, "units_hash": plan.units_hash,
        "content_hash": plan.content_hash,
    }  # fmt: skip
