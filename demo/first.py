"""Make a database ready: the demo city in one that is new, the schema up to date where this process alone works with it."""

from __future__ import annotations

from city.anchoring import anchor_file
from city.opened import City
from demo.seed import SeedReport, seed
from domain.said import Refused, said
from storage import seeding
from storage.migrate import migrate, must_be_current


def make_ready(city: City) -> SeedReport | None:
    """Seed the demo city where the database is new; what was seeded, or None.

    A file that this process alone works with is brought up to date. On a server others may still work with the former
    schema: that one is brought up by hand, when nobody does.

    Raises:
        Refused: when the schema is another version's, or the file of a city is gone; with what to do.
    """
    _check_nothing_is_lost(city)
    with city.database.read() as connection:
        new = seeding.is_new(connection)
        if not new and not city.database.is_sqlite:
            must_be_current(connection)
    migrate(city.database)
    return seed(city, city.now()) if new else None


def _check_nothing_is_lost(city: City) -> None:
    """No demo city takes the place of a city whose file is missing: its anchors, beside it, tell that it was there."""
    left = anchor_file(city) if city.settings.anchor_file is None else None
    if city.database.is_there or left is None or not left.exists():
        return
    raise Refused(
        said(
            "The database is gone: {file} tells that there was one. Bring it back, or use redgrid restore; to begin anew, "
            "remove that file first.",
            file=str(left),
        )
    )
