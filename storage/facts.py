"""Keep single facts of the city: its name, whether it is a demo, and the revision others watch."""

from __future__ import annotations

import secrets
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from storage.schema import facts

REVISION = "revision"
SECRET = "secret"
SWEPT = "swept"


def read_facts(connection: Connection) -> dict[str, Any]:
    """All facts by their keys; the secret is no fact to be told, and the last sweep none of the ground."""
    told = select(facts.c.key, facts.c.value).where(facts.c.key.not_in((SECRET, SWEPT)))
    return {row.key: row.value for row in connection.execute(told)}


def secret(connection: Connection) -> str | None:
    """What only the processes of this database know, to sign with; None before :func:`make_secret`."""
    kept: str | None = connection.scalar(select(facts.c.value).where(facts.c.key == SECRET))
    return kept


def make_secret(connection: Connection) -> None:
    """Make the secret; one that is there stays, also when two processes begin at once."""
    make = sqlite_insert if connection.dialect.name == "sqlite" else postgresql_insert
    made = make(facts).values(key=SECRET, value=secrets.token_urlsafe(32))
    connection.execute(made.on_conflict_do_nothing())


def write_fact(connection: Connection, key: str, value: Any) -> None:
    """Set one fact."""
    if not connection.execute(update(facts).where(facts.c.key == key).values(value=value)).rowcount:
        connection.execute(insert(facts).values(key=key, value=value))


def revision(connection: Connection) -> int:
    """A number that grows whenever plan, people or rules change; opened programs read again when it does."""
    return int(connection.scalar(select(facts.c.value).where(facts.c.key == REVISION)) or 0)


def bump_revision(connection: Connection) -> None:
    """Tell opened programs that plan or people changed; of two at the same moment one after the other."""
    connection.execute(select(facts.c.value).where(facts.c.key == REVISION).with_for_update())
    write_fact(connection, REVISION, revision(connection) + 1)
