"""Make a database ready for its first day: schema up to date, the demo city in it when it is new."""

from __future__ import annotations

from city.opened import City
from demo.seed import SeedReport, seed
from storage import seeding
from storage.migrate import migrate


def make_ready(city: City) -> SeedReport | None:
    """Bring the schema up; seed the demo city where the database is new. What was seeded, or None."""
    with city.database.read() as connection:
        new = seeding.is_new(connection)
    migrate(city.database)
    return seed(city, city.now()) if new else None
