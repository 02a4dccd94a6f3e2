"""Make what was raised ready to be found by its text."""

from __future__ import annotations

from city.opened import City
from domain.said import Busy
from storage import search


def seal_new_tickets(city: City) -> int:
    """Seal the stretches of tickets that are full; how many tickets that were. Others who write are not waited for."""
    with city.database.read() as connection:
        if not search.is_due(connection):
            return 0
    try:
        with city.database.write() as connection:
            return search.seal(connection)
    except Busy:
        return 0
