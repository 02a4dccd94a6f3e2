"""Ask a database whether the work can go on: does it answer, is its schema ours, which plan is in force, when did the
clock act last."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, case, func, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import SQLAlchemyError

from domain.said import Busy
from storage import plans
from storage.database import Database
from storage.facts import SWEPT
from storage.migrate import current
from storage.schema import facts, grids, tickets


@dataclass(frozen=True, slots=True)
class Sweeping:
    """The last sweep that came to its end, by whichever process, and what it did."""

    at: datetime
    did: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Vitals:
    """What a database told. ``round_trip`` is in seconds; the rest of a schema that is not ours is not asked."""

    schema: str | None
    round_trip: float
    plan: plans.PlanHead | None = None
    has_grids: bool = False
    swept: Sweeping | None = None
    open: int = 0
    overdue: int = 0


def look(database: Database, *, schema: str | None, counted_at: datetime | None = None) -> Vitals | None:
    """What the database tells when its schema is the one named; None when it does not answer or cannot be read.

    ``counted_at``: tickets are counted, too – open, and overdue at that moment.
    """
    try:
        with database.read() as connection:
            began = time.perf_counter()
            found = current(connection)
            round_trip = time.perf_counter() - began
            if found != schema:
                return Vitals(found, round_trip)
            opened, overdue = _counted(connection, counted_at) if counted_at else (0, 0)
            return Vitals(
                found,
                round_trip,
                plan=plans.plan_in_force(connection),
                has_grids=connection.scalar(select(grids.c.code).limit(1)) is not None,
                swept=last_sweep(connection),
                open=opened,
                overdue=overdue,
            )
    except (Busy, SQLAlchemyError):
        return None


def _counted(connection: Connection, now: datetime) -> tuple[int, int]:
    late = func.count(case((tickets.c.due_at < now, 1)))
    opened, overdue = connection.execute(select(func.count(), late).where(tickets.c.open)).one()
    return opened, overdue


def last_sweep(connection: Connection) -> Sweeping | None:
    """The last sweep that came to its end; None before the first."""
    kept = connection.scalar(select(facts.c.value).where(facts.c.key == SWEPT))
    return Sweeping(datetime.fromisoformat(kept["at"]), kept["did"]) if kept else None


def keep_last_sweep(connection: Connection, swept: Sweeping) -> None:
    """Keep that a sweep came to its end, in the place of the one before."""
    make = sqlite_insert if connection.dialect.name == "sqlite" else postgresql_insert
    row = {"key": SWEPT, "value": {"at": swept.at.isoformat(), "did": dict(swept.did)}}
    connection.execute(
        make(facts).values(row).on_conflict_do_update(index_elements=["key"], set_={"value": row["value"]})
    )
