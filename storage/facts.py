"""Keep single facts of the city: its name, whether it is a demo, and the revision others watch."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, insert, select, update

from storage.schema import facts

REVISION = "revision"


def read_facts(connection: Connection) -> dict[str, Any]:
    """All facts by their keys."""
    return {row.key: row.value for row in connection.execute(select(facts.c.key, facts.c.value))}


def write_fact(connection: Connection, key: str, value: Any) -> None:
    """Set one fact."""
    if not connection.execute(update(facts).where(facts.c.key == key).values(value=value)).rowcount:
        connection.execute(insert(facts).values(key=key, value=value))


def revision(connection: Connection) -> int:
    """A number that grows whenever plan, people or rules change; opened programs read again when it does."""
    return int(connection.scalar(select(facts.c.value).where(facts.c.key == REVISION)) or 0)


def bump_revision(connection: Connection) -> None:
    """Tell opened programs that plan or people changed."""
    write_fact(connection, REVISION, revision(connection) + 1)
