"""Read and write the units of the city, and in which grid of a plan each lies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from sqlalchemy import Connection, bindparam, insert, select, update

from storage import schema
from storage.seeding import CHUNK

UnitColumns: TypeAlias = tuple[str, str, str | None, str | None, int, bytes]
"""A unit's code, kind, compound, building, households, and its shape as WKB in EPSG:4326."""


def all_units(connection: Connection) -> list[UnitColumns]:
    """The units of the city by code."""
    units = schema.units.c
    rows = connection.execute(
        select(units.code, units.kind, units.compound, units.building, units.households, units.geometry)
        .order_by(units.code)
    )  # fmt: skip
    return [(*row[:5], bytes(row[5])) for row in rows]


def has_units(connection: Connection) -> bool:
    """Has the city units, or did it come as polygons?"""
    return connection.execute(select(schema.units.c.code).limit(1)).first() is not None


def hold_plan(connection: Connection, plan_id: int) -> None:
    """Let nobody else change a plan until this transaction ends."""
    plans = schema.plans.c
    connection.execute(select(plans.id).where(plans.id == plan_id).with_for_update())


def add_units(connection: Connection, units: Iterable[UnitColumns]) -> None:
    """Add units; they have no address."""
    columns = ("code", "kind", "compound", "building", "households", "geometry")
    rows = [dict(zip(columns, unit, strict=True)) | {"address": ""} for unit in units]
    for start in range(0, len(rows), CHUNK):
        connection.execute(insert(schema.units), rows[start : start + CHUNK])


def count_households(connection: Connection, households: Mapping[str, int]) -> None:
    """Keep how many households live in units by now."""
    counted = update(schema.units).where(schema.units.c.code == bindparam("unit"))
    rows = [{"unit": unit, "lives": n} for unit, n in households.items()]
    for start in range(0, len(rows), CHUNK):
        connection.execute(counted.values(households=bindparam("lives")), rows[start : start + CHUNK])


def households_of_grids(connection: Connection, plan_id: int) -> dict[str, int | None]:
    """The households of the grids of a plan by code; None where nobody told them."""
    grids = schema.grids.c
    rows = connection.execute(select(grids.code, grids.households).where(grids.plan_id == plan_id))
    return {row.code: row.households for row in rows}


def recount(connection: Connection, plan_id: int, households: Mapping[str, int], units_hash: str) -> None:
    """Keep the households of grids of the plan in force, counted anew, and that it lies on these units."""
    grids, plans = schema.grids, schema.plans
    counted = update(grids).where(grids.c.plan_id == plan_id, grids.c.code == bindparam("grid"))
    rows = [{"grid": grid, "lives": n} for grid, n in households.items()]
    for start in range(0, len(rows), CHUNK):
        connection.execute(counted.values(households=bindparam("lives")), rows[start : start + CHUNK])
    connection.execute(update(plans).where(plans.c.id == plan_id).values(units_hash=units_hash))


def drawn_on(connection: Connection, units_hash: str) -> list[str]:
    """The names of plans that are drawn, reviewed or wait for their day on these units, by number."""
    plans = schema.plans.c
    open_ones = plans.state.in_(("draft", "in_review", "approved"))
    return list(
        connection.scalars(
            select(plans.name).where(plans.units_hash == units_hash, open_ones).order_by(plans.id)
        )
    )


def assign(connection: Connection, plan_id: int, home: Mapping[str, str], units_hash: str) -> None:
    """Say of units in which grid of a plan they lie, and on which ground that is."""
    rows = [{"plan_id": plan_id, "unit": unit, "grid": grid} for unit, grid in home.items()]
    for start in range(0, len(rows), CHUNK):
        connection.execute(insert(schema.assignments), rows[start : start + CHUNK])
    plans = schema.plans
    connection.execute(update(plans).where(plans.c.id == plan_id).values(units_hash=units_hash))
