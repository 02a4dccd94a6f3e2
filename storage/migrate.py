"""Bring a database to the schema of this version."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from storage.database import Database

MIGRATIONS = Path(__file__).parent / "migrations"


def migrate(database: Database) -> str:
    """Run what is missing, in one transaction; gives back the revision the database has now."""
    with database.write() as connection:
        return bring_up(connection)


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
