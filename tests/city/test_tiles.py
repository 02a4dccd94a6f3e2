"""A city with many grids: cut once for what is drawn, by one process, and told to maps as they look."""

from __future__ import annotations

import gzip
import json
import shutil
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import shapely

from city import past, tiles
from city.boundaries import import_boundaries
from city.opened import City
from city.settings import Settings
from city.sweeping import sweep_city
from domain.grids import Level
from domain.said import Busy
from gis.reading import Columns
from gis.writing import write_boundaries
from storage import tiles as store
from storage.migrate import migrate
from tests.city.test_into_force import Town, in_two
from tests.conftest import CityAtNoon, sqlite_url

FEW = 100
"""The demo city has 105 grids of level 2 and 382 of level 3: both are many here."""


def opened_at(file: Path) -> CityAtNoon:
    return CityAtNoon(Settings(database_url=sqlite_url(file), tiled_from=FEW))


@pytest.fixture
def city(demo_file: Path, tmp_path: Path) -> Iterator[City]:
    shutil.copy(demo_file, tmp_path / "many.db")
    found = opened_at(tmp_path / "many.db")
    yield found
    found.database.close()


@pytest.fixture
def town(city: City) -> Iterator[Town]:
    """The same city, a day older when a test says so."""
    found = Town(city.settings)
    sweep_city(found)
    yield found
    found.database.close()


def test_many_grids_are_cut_once_and_found_after_that(city: City) -> None:
    assert city.ground.tiled == {Level.COMPOUND, Level.BUILDING}
    assert set(city.ground.coded_levels) == {Level.COMMUNITY}, "few are coded at once"
    assert tiles.ensure(city) == 2
    assert tiles.ensure(city) == 0
    name = city.ground.contents[Level.BUILDING]
    index = tiles.index(city, name)
    assert index is not None
    known = json.loads(gzip.decompress(index))
    assert sum(count for *_, count in known["bundles"]) == 382
    members = tiles.bundles(city, Level.BUILDING)
    assert members is not None
    assert sorted(n for bundle in members for n in bundle) == list(range(382))
    assert [len(bundle) for bundle in members] == [count for *_, count in known["bundles"]]
    assert tiles.bundle(city, name, known["zooms"][-1], 0)
    assert tiles.bundle(city, name, store.MEMBERS, 0) is None, "who lies where is no bundle"


def test_of_two_processes_one_cuts_and_the_other_waits(city: City, tmp_path: Path) -> None:
    cities = [opened_at(tmp_path / "many.db") for _ in range(3)]
    made: list[int] = []
    threads = [threading.Thread(target=lambda c=c: made.append(tiles.ensure(c))) for c in cities]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(made) == 2, "each level once"
    for each in cities:
        each.database.close()


def test_who_comes_first_is_told_to_come_again_and_finds_it(city: City) -> None:
    name = city.ground.contents[Level.COMPOUND]
    with pytest.raises(Busy):
        tiles.index(city, name)
    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            assert tiles.index(city, name)
            break
        except Busy:
            time.sleep(0.05)
    else:
        raise AssertionError("nobody cut it")
    assert tiles.index(city, "no such level") is None
    assert tiles.index(city, city.ground.contents[Level.COMMUNITY]) is None, "it has few grids"


def test_a_claim_of_a_process_that_died_is_taken_over(city: City) -> None:
    name = city.ground.contents[Level.COMPOUND]
    with city.database.write() as connection:
        store.claim(connection, name, city.now() - timedelta(hours=1), tiles.PATIENCE)
    assert tiles.ensure(city) == 2


def test_what_a_former_plan_drew_stays_and_the_rest_goes(city: City) -> None:
    tiles.ensure(city)
    with city.database.write() as connection:
        store.keep(connection, "of no plan", b"index", b"members", {})
        store.forget_others(connection, [city.ground.contents[Level.BUILDING]])
    assert tiles.ensure(city) == 1, "one level was dropped"
    with city.database.read() as connection:
        names = {city.ground.contents[level] for level in city.ground.tiled}
        assert store.kept_grounds(connection) == names


def test_names_of_levels_need_no_coding_and_tell_cities_apart(city: City, demo_city: City) -> None:
    assert city.ground.contents == demo_city.ground.contents
    assert city.ground.identity == demo_city.ground.identity, "however its map is drawn"
    assert len(set(city.ground.contents.values())) == 3


def test_an_import_of_many_grids_cuts_them_at_once(city: City, tmp_path: Path) -> None:
    fresh = CityAtNoon(Settings(database_url=sqlite_url(tmp_path / "fresh.db"), tiled_from=10))
    migrate(fresh.database)
    ground = city.ground
    file = tmp_path / "level1.geojson"
    communities = ground.structure.at_level(Level.COMMUNITY)
    write_boundaries(file, [(g, 0, shapely.to_wkb(ground.outlines[g.code])) for g in communities])
    import_boundaries(fresh, file, Level.COMMUNITY, Columns(code="code", name="name"))
    with fresh.database.read() as connection:
        assert store.kept_grounds(connection) == {fresh.ground.contents[Level.COMMUNITY]}
    fresh.database.close()


def test_a_map_is_told_where_things_lie_that_it_is_to_show(city: City, demo_city: City) -> None:
    for ground in (city.ground, demo_city.ground):
        community, *_ = ground.structure.at_level(Level.COMMUNITY)
        inside = ground.structure.children(community.code)
        found = tiles.places(ground, community.code, None, "nothing", inside=inside)
        assert set(found) == {"city", community.code, "inside"}
        assert found[community.code] == pytest.approx(ground.outlines[community.code].bounds, abs=1e-6)


def test_a_plan_is_cut_before_it_comes_into_force_and_the_one_before_it_stays(town: Town) -> None:
    before = town.ground.contents
    tiles.ensure(town)
    in_two(town)
    town.look_again()
    after = town.ground.contents
    assert before[Level.BUILDING] != after[Level.BUILDING]
    with town.database.read() as connection:
        assert after[Level.BUILDING] in store.kept_grounds(connection), "no map waits on that day"
    former = next(plan for plan in town.ground.history if plan.until)
    then = past.past_plan(town, former)
    assert then.contents == before and Level.BUILDING not in then.coded
    assert tiles.index(town, before[Level.BUILDING])
    with town.database.write() as connection:
        store.forget_others(connection, [])
    assert tiles.ensure(town) == 2
    with pytest.raises(Busy):
        tiles.index(town, before[Level.BUILDING])
    assert tiles.ensure_plan(town, former.id) <= 2
    assert tiles.index(town, before[Level.BUILDING]), "made again for who looks back"
