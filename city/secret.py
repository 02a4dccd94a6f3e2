"""The secret that every process on one database signs with: forms, and sign-ins that are under way elsewhere."""

from __future__ import annotations

from city.opened import City
from storage import facts


def secret_of(city: City) -> str:
    """The database's own secret, made at the first need. A restored backup has the same; a new city a new one.

    Raises:
        Busy: when it was not made yet and could not be kept just now.
    """
    with city.database.read() as connection:
        kept = facts.secret(connection)
    if kept is not None:
        return kept
    with city.database.write() as connection:
        facts.make_secret(connection)
        kept = facts.secret(connection)
    assert kept is not None, "it was just made, by us or by another process"
    return kept
