"""The demo city on its first morning: its ground and its people, and nothing that anybody has done yet."""

from __future__ import annotations

import shutil
from pathlib import Path

from sqlalchemy import text

from city.opened import City
from city.settings import Settings
from storage.database import Database
from storage.schema import metadata

STAYS = frozenset(
    {
        "facts", "plans", "streets", "grids", "compounds", "units", "assignments", "base_features", "tiles", "departments",
        "department_links", "leaders", "organisations", "heads", "accounts",
    }
)  # fmt: skip


def made_quiet(demo_file: Path, path: Path) -> Path:
    """A file with the demo city, from one that has it with a year of work."""
    shutil.copy(demo_file, path)
    database = Database(f"sqlite:///{path}")
    with database.write() as connection:
        for table in reversed(metadata.sorted_tables):
            if table.name not in STAYS:
                connection.execute(table.delete())
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.connection.driver_connection.execute("VACUUM")  # type: ignore[union-attr]
    database.close()
    return path


def opened_quiet(url: str) -> City:
    """The city of an address, opened."""
    return City(Settings(database_url=url))


def emptied(url: str) -> str:
    """The same PostgreSQL database without a table in it."""
    database = Database(url)
    with database.write() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    database.close()
    return url
