"""Requests that are broken, strange or hostile, to every address: never a 500, never a traceback, nothing half written.

A few are drawn at random here, always the same; ``make soak SOAK=fuzzing`` draws ten thousand.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from city import opened
from city.settings import Settings
from tests.conftest import CityAtNoon, sqlite_url
from tests.hostile_client import HostileClient, with_open_turnstiles
from tests.hostile_forms import addresses, hostile_request


@pytest.fixture(scope="module")
def clients(demo_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostileClient]:
    file = tmp_path_factory.mktemp("forms") / "city.db"
    shutil.copy(demo_file, file)
    city = CityAtNoon(Settings(database_url=sqlite_url(file)))
    before = opened._here
    with with_open_turnstiles():
        known = HostileClient(city, file)
        yield known
        known.close()
    opened._here = before
    city.database.close()


@pytest.mark.slow
@settings(
    max_examples=120, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)
@given(number=st.integers(0, 10**9))
def test_any_request_is_answered_and_what_is_refused_writes_nothing(
    clients: HostileClient, number: int
) -> None:
    who = Random(number).choice(list(clients.clients))
    asked = hostile_request(number, clients.known_to(who))
    status, wrong = clients.send(who, asked)
    assert not wrong, (number, who, asked.method, asked.path, asked.how, status)


def test_every_address_is_tried() -> None:
    assert {method for method, _ in addresses()} == {"GET", "POST"} and len(addresses()) > 50
