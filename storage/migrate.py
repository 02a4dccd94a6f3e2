"""Bring a database to the schema of this version."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from domain.said import Refused, said
from storage.database import Database

MIGRATIONS = Path(__file__).parent / "migrations"

WAITS_SECONDS = 15.0
"""How long tables are waited for that somebody else reads or writes; meanwhile all others wait, too."""

OLDER = said("The database is of an earlier version. Stop every process, back up, then: redgrid migrate")
NEWER = said("The database is of a newer version of Red Grid than this program. Install that version.")


def migrate(database: Database) -> str:
    """Run what is missing, in one transaction; gives back the revision the database has now.

    Raises:
        Refused: when a newer version made the schema.
        Busy: when others hold the tables for too long; nothing was changed.
    """
    with database.rebuild() as connection:
        if is_newer(connection):
            raise Refused(NEWER)
        if not database.is_sqlite:
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{int(WAITS_SECONDS * 1000)}ms'")
        return bring_up(connection)


def is_newer(connection: Connection) -> bool:
    """Has the database a schema that this version does not know?"""
    revision = current(connection)
    return revision is not None and not is_known(revision)


def must_be_current(connection: Connection) -> None:
    """Let nobody work with a schema of another version.

    Raises:
        Refused: with what to do.
    """
    if not is_current(connection):
        raise Refused(NEWER if is_newer(connection) else OLDER)


def bring_up(connection: Connection, revision: str = "head") -> str:
    """Run what is missing up to a revision inside an open transaction; gives back the one the database has now."""
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
    return current(connection) or ""


def is_known(revision: str) -> bool:
    """Does this version know the schema of a revision?"""
    return revision in {each.revision for each in ScriptDirectory.from_config(_config()).walk_revisions()}


def current(connection: Connection) -> str | None:
    """The revision a database has; None when it is empty."""
    return MigrationContext.configure(connection).get_current_revision()


def is_current(connection: Connection) -> bool:
    """Does the database have the schema of this version?"""
    return current(connection) == newest()


@cache
def newest() -> str | None:
    """The revision of this version's schema."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config
