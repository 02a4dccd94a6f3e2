"""Make a database ready: the demo city in one that is new, the schema up to date where this process alone works with it."""

from __future__ import annotations

from city.opened import City
from demo.seed import SeedReport, seed
from storage import seeding
from storage.migrate import migrate, must_be_current


def make_ready(city: City) -> SeedReport | None:
    """Seed the demo city where the database is new; what was seeded, or None.

    A file that this process alone works with is brought up to date. On a server others may still work with the former
    schema: that one is brought up by hand, when nobody does.

    Raises:
        Refused: when the schema is another version's; with what to do.
    """
    with city.database.read() as connection:
        new = seeding.is_new(connection)
        if not new and not city.database.is_sqlite:
            must_be_current(connection)
    migrate(city.database)
    return seed(city, city.now()) if new else None
