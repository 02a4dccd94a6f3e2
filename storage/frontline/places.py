"""Read the buildings that are visited: units with households, in which grid each lies."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select

from storage import schema


def buildings_of(connection: Connection, plan_id: int) -> list[Row[Any]]:
    """Code, compound's name, building, households, shape (WKB, EPSG:4326) and smallest grid of each, by code."""
    units, homes, compounds = schema.units.c, schema.assignments.c, schema.compounds.c
    return list(
        connection.execute(
            select(
                units.code, compounds.name.label("compound"), units.building, units.households, units.geometry, homes.grid
            )
            .join_from(schema.units, schema.assignments, homes.unit == units.code)
            .outerjoin(schema.compounds, compounds.code == units.compound)
            .where(homes.plan_id == plan_id, units.households > 0)
            .order_by(units.code)
        )
    )  # fmt: skip
