"""One secret for every process on a database, and shown to nobody."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from city.opened import City
from city.secret import secret_of
from city.settings import Settings
from storage import facts
from storage.database import Database


def test_processes_that_need_the_secret_at_once_end_with_the_same(database: Database) -> None:
    cities = [City(Settings(database_url=database.url)) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(secret_of, cities))
    assert len(found) == 1 and len(found.pop()) >= 43
    for city in cities:
        city.database.close()


def test_the_secret_is_none_of_the_facts_that_pages_read(database: Database) -> None:
    city = City(Settings(database_url=database.url))
    kept = secret_of(city)
    with city.database.read() as connection:
        assert facts.secret(connection) == kept
        assert facts.SECRET not in facts.read_facts(connection)
    assert kept not in repr(city.ground.facts)
    city.database.close()
