"""List what sweeps did."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from storage.schema import sweeps


def latest(connection: Connection, limit: int) -> list[tuple[datetime, dict[str, int]]]:
    """When the last sweeps that did anything ran, and what they did, newest first."""
    rows = connection.execute(select(sweeps.c.at, sweeps.c.did).order_by(sweeps.c.id.desc()).limit(limit))
    return [(row.at, row.did) for row in rows]
