"""The simulated stretch: real actions, sane figures, everything that verify asks for, the same again from one seed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from city.opened import City
from city.settings import Settings
from city.verifying import verify
from demo.simulate import simulate
from demo.simulated import Simulated
from domain.grids import CITY
from domain.indicators import INDICATORS
from domain.said import Refused
from domain.tickets import ENDED, State
from storage import facts, happened
from tests.conftest import CityAtNoon, sqlite_url

DAYS = 40


@pytest.fixture(scope="module")
def lived(demo_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[City, Simulated]]:
    """A demo city in which people worked for forty days."""
    file = tmp_path_factory.mktemp("simulated") / "city.db"
    shutil.copy(demo_file, file)
    city = CityAtNoon(Settings(database_url=sqlite_url(file)))
    yield city, simulate(city, days=DAYS)
    city.database.close()


@pytest.mark.slow
def test_forty_days_leave_nothing_to_find(lived: tuple[City, Simulated]) -> None:
    city, _ = lived
    assert verify(city).findings == ()


@pytest.mark.slow
def test_people_use_only_what_is_open_to_them(lived: tuple[City, Simulated]) -> None:
    _, done = lived
    assert done.refused == {}
    assert len(done.unused_moves) <= 2, done.unused_moves
    assert not {"yellow", "red", "hand_up", "unrated", "resume"} & set(done.unused_sweeps)


@pytest.mark.slow
def test_the_counts_of_the_stretch_add_up_and_are_those_of_a_city_like_this(
    lived: tuple[City, Simulated],
) -> None:
    _, done = lived
    assert done.raised == done.open + sum(done.states.get(state, 0) for state in ENDED)
    assert 500 < done.raised < 1_100
    assert 30 < done.open < 250
    assert done.moves["raised"] <= done.raised, "the parts of assisting departments come on top"
    assert 5 <= done.figures.held <= 20 and 80 <= done.council_meetings <= 160
    rates = {indicator.code: indicator.of(done.tally).value for indicator in INDICATORS}
    assert 0.85 < (rates["closed"] or 0) <= 1 and 0.6 < (rates["on_time"] or 0) < 1
    assert 0.75 < (rates["satisfied"] or 0) < 1 and 0.4 < (rates["rated"] or 0) < 0.9


@pytest.mark.slow
def test_every_open_ticket_has_a_holder_and_some_lie_on_a_border_or_in_no_grid(
    lived: tuple[City, Simulated],
) -> None:
    city, done = lived
    structure = city.ground.structure
    with city.database.read() as connection:
        tickets = happened.open_live_tickets(connection)
    assert sum(t.opened_at >= done.since for t in tickets) == done.open
    assert all(ticket.holder in structure for ticket in tickets)
    assert all(ticket.located.grid or ticket.holder == CITY for ticket in tickets)
    assert done.moves["place"] > 0 and done.states[State.CLOSED] > 300


@pytest.mark.slow
def test_one_seed_gives_one_stretch_and_another_seed_another(demo_file: Path, tmp_path: Path) -> None:
    def stretch(name: str, seed: int) -> Simulated:
        shutil.copy(demo_file, tmp_path / name)
        city = CityAtNoon(Settings(database_url=sqlite_url(tmp_path / name)))
        try:
            return simulate(city, days=4, seed=seed)
        finally:
            city.database.close()

    first = stretch("first.db", 7)
    assert stretch("again.db", 7) == first
    assert stretch("other.db", 8).moves != first.moves


def test_the_next_stretch_begins_where_the_last_one_ended(own_city: City) -> None:
    first = simulate(own_city, days=1, tickets_per_day=5)
    second = simulate(own_city, days=1, tickets_per_day=5)
    assert second.since == first.until


def test_a_city_that_is_not_the_demo_is_left_alone(own_city: City) -> None:
    with own_city.database.write() as connection:
        facts.write_fact(connection, "demo", False)
    with pytest.raises(Refused, match="demo city"):
        simulate(own_city, days=1)
    with own_city.database.read() as connection:
        assert "simulated_until" not in facts.read_facts(connection)
