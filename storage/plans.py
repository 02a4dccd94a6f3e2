"""Read plans: the grids in force, the units they are made of, the quiet base under them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from domain.events import plan_stream
from domain.grids import Grid, Level, Street
from storage import schema


@dataclass(frozen=True, slots=True)
class PlanHead:
    """One plan without its grids."""

    id: int
    name: str
    state: str
    version: int


@dataclass(frozen=True, slots=True)
class DrawnGrid:
    """A grid with its outline as WKB in EPSG:4326."""

    grid: Grid
    units: int
    geometry: bytes


@dataclass(frozen=True, slots=True)
class BaseFeature:
    """A piece of the quiet base map: kind, name, WKB in EPSG:4326, in drawing order."""

    kind: str
    name: str
    geometry: bytes


@dataclass(frozen=True, slots=True)
class Address:
    """A building or place people search for: its words, and the grid of the plan it lies in."""

    words: str
    grid: str


def plan_in_force(connection: Connection) -> PlanHead | None:
    """The plan in force, or None in an empty city."""
    plans = schema.plans.c
    row = connection.execute(
        select(plans.id, plans.name, plans.state, plans.version)
        .where(plans.state == "in_force")
        .order_by(plans.from_at.desc(), plans.id.desc())
    ).first()
    return PlanHead(*row) if row else None


def grids_of(connection: Connection, plan_id: int) -> list[DrawnGrid]:
    """The grids of a plan with their outlines, by level and code."""
    grids = schema.grids.c
    rows = connection.execute(
        select(
            grids.code, grids.level, grids.name, grids.parent, grids.households, grids.units, grids.geometry
        ).where(grids.plan_id == plan_id)
    )
    # Sorted here: a database would carry a hundred thousand outlines along while it sorts.
    levels = {int(level): level for level in Level}
    return [
        DrawnGrid(Grid(code, levels[level], name, parent, households), units, geometry)
        for code, level, name, parent, households, units, geometry in sorted(
            rows, key=lambda row: (row[1], row[0])
        )
    ]


def drawing_of(connection: Connection, plan: PlanHead) -> str:
    """A name for all that a plan draws: while it is the same, nobody needs to read the grids again.

    What is drawn changes with the plan's version, and leaves an event in its log; a database that was filled anew has
    a plan made at another moment.
    """
    plans, events = schema.plans.c, schema.events.c
    made = connection.scalar(select(plans.created_at).where(plans.id == plan.id))
    last = connection.scalar(
        select(events.hash).where(events.stream == plan_stream(plan.id)).order_by(events.seq.desc()).limit(1)
    )
    return f"{plan.id} {plan.version} {made.isoformat() if made else ''} {last or ''}"


def all_streets(connection: Connection) -> list[Street]:
    """The streets, by code."""
    streets = schema.streets.c
    return [
        Street(*row) for row in connection.execute(select(streets.code, streets.name).order_by(streets.code))
    ]


def base_of(connection: Connection) -> list[BaseFeature]:
    """The quiet base in drawing order."""
    features = schema.base_features.c
    rows = connection.execute(select(features.kind, features.name, features.geometry).order_by(features.id))
    return [BaseFeature(*row) for row in rows]


def addresses_like(connection: Connection, plan_id: int, words: str, limit: int = 20) -> list[Address]:
    """Buildings whose address contains the words, with their grid in this plan."""
    units, homes = schema.units.c, schema.assignments.c
    rows = connection.execute(
        select(units.address, homes.grid)
        .join_from(schema.units, schema.assignments, homes.unit == units.code)
        .where(homes.plan_id == plan_id, units.address.contains(words, autoescape=True))
        .order_by(units.code)
        .limit(limit)
    )
    return [Address(*row) for row in rows]


def compounds_in(connection: Connection, plan_id: int) -> dict[str, tuple[str, ...]]:
    """The names of the compounds that each smallest grid touches."""
    units, homes, compounds = schema.units.c, schema.assignments.c, schema.compounds.c
    rows = connection.execute(
        select(homes.grid, compounds.name)
        .join_from(schema.assignments, schema.units, homes.unit == units.code)
        .join(schema.compounds, compounds.code == units.compound)
        .where(homes.plan_id == plan_id)
        .distinct()
        .order_by(homes.grid, compounds.name)
    )
    found: dict[str, tuple[str, ...]] = {}
    for grid, name in rows:
        found[grid] = (*found.get(grid, ()), name)
    return found


def imported_categories(connection: Connection) -> dict[str, str]:
    """The names of categories that came with imported tickets and that the rules do not know."""
    table = schema.imported_categories
    return {row.code: row.name for row in connection.execute(select(table.c.code, table.c.name))}
