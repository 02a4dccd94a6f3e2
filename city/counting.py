"""Add up what changed of what happened on each day."""

from __future__ import annotations

from city.opened import City
from domain.said import Busy
from storage import days


def add_up_changes(city: City) -> bool:
    """Add up what was written since; False where there was nothing, or where others write for too long."""
    with city.database.read() as connection:
        if not days.is_due(connection):
            return False
    try:
        with city.database.write() as connection:
            days.fold(connection)
    except Busy:
        return False
    return True
