"""The day's round, what a period covered, and the colours of the map, on the demo city."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from city.frontline import needed, outside, places, shades, visited
from city.opened import City
from city.weights import colouring_named, colourings, weigh
from domain.frontline.outside import Kind, Outside
from domain.grids import CITY, Level
from domain.loads import NO_BASE
from domain.people import Person, Role
from storage.frontline.records import those
from storage.schema import units
from tests.areas import everybody

LEADER = Person(1, "–", Role.LEADER)


def test_every_building_with_households_is_known_by_name_place_and_grid(demo_city: City) -> None:
    known = places.buildings(demo_city).by_code
    with demo_city.database.read() as connection:
        lived_in = connection.scalar(select(func.count()).select_from(units).where(units.c.households > 0))
    assert len(known) == lived_in == 1_800
    for building in list(known.values())[::97]:
        assert demo_city.locate(building.point).grid == building.grid
        assert building.name.endswith("号楼") and building.households > 0


def test_a_round_goes_through_the_buildings_of_ones_own_that_wait_longest(demo_city: City) -> None:
    member = everybody(demo_city)["member"]
    found = visited.round_of(demo_city, member.area)
    doors = visited.doors(demo_city, member.area)
    assert 0 < len(found) <= visited.ROUND and all(door.building.grid == member.area for door in found)
    assert {door.building.code for door in found} == {door.building.code for door in doors[: len(found)]}


def test_what_a_unit_covered_is_what_its_parts_covered(demo_city: City) -> None:
    now = demo_city.now()
    community = everybody(demo_city)["community"].area
    whole, *parts = visited.covered(demo_city, community, now - timedelta(days=30), now)
    for count in ("buildings", "visited", "visits"):
        assert getattr(whole.coverage, count) == sum(getattr(part.coverage, count) for part in parts)
    assert whole.coverage.visits == sum(whole.learned.values()) == sum(whole.follows.values()) > 0


def test_the_log_is_for_those_who_may_read_it(demo_city: City) -> None:
    people = everybody(demo_city)
    member, area = people["member"], people["community"].area
    assert visited.log_of(demo_city, people["community"], area, days=90)
    assert visited.log_of(demo_city, people["leader"], area, days=90)
    for login in ("admin", "department", "d-shuiwu", "member"):
        assert visited.log_of(demo_city, people[login], area, days=90) == []
    foreign = next(
        g.code
        for g in demo_city.ground.structure.at_level(Level.BUILDING)
        if not demo_city.ground.structure.within(g.code, people["street"].area)
    )
    assert visited.log_of(demo_city, member, foreign, days=90) == []


# --- colours -------------------------------------------------------------------------------------------------------


def test_a_level_above_was_visited_when_any_grid_below_it_was(demo_city: City) -> None:
    smallest, above = (visited.days_by_grid(demo_city, level) for level in (Level.BUILDING, Level.COMMUNITY))
    for community, days in above.items():
        below = [g.code for g in demo_city.ground.structure.below(community)]
        assert days == min(smallest[code] for code in below if code in smallest)


def test_the_reports_organisations_stand_on_the_lists_and_some_lists_are_blank(demo_city: City) -> None:
    with demo_city.database.read() as connection:
        rows = those(connection, Outside)
    assert {kind: sum(row.kind is kind for row in rows) for kind in Kind} == {
        Kind.ECONOMIC: 2_600, Kind.SOCIAL: 300, Kind.GRASS_ROOTS: 200,
    }  # fmt: skip
    there = outside.standings_at(demo_city, Level.BUILDING)
    assert sum(standing.there for standing in there.values()) == 3_100
    blank = outside.blank_grids(demo_city, CITY)
    assert blank and len(blank) + len(there) == 382


def test_needs_and_room_of_a_level_are_those_of_the_grids_below(demo_city: City) -> None:
    by_level = [
        [each for found in needed.balances_at(demo_city, level).values() for each in found] for level in Level
    ]
    assert sum(each.needs for each in by_level[0]) == sum(each.needs for each in by_level[2]) > 0
    assert sum(each.room for each in by_level[0]) > 0


def test_the_map_is_coloured_by_what_a_person_may_see(demo_city: City) -> None:
    people = everybody(demo_city)
    names = {login: [each.value for each in colourings(demo_city, people[login])] for login in people}
    assert names["leader"][-5:] == ["visits", "needs", "outside", "centres", "fund"]
    assert (
        "visits" not in names["admin"]
        and "needs" in names["department"]
        and "visits" not in names["department"]
    )
    assert colouring_named(demo_city, people["admin"], "visits") is demo_city.measure()


def test_each_grid_has_the_class_of_its_number(demo_city: City) -> None:
    for shaded in shades.SHADES:
        for level in Level:
            numbers = shades.numbers_of(demo_city, shaded.shade, level)
            for weight in weigh(demo_city, LEADER, level, shaded.shade):
                assert weight.number == numbers.get(weight.grid.code)
                assert (weight.class_ == NO_BASE) is (weight.number is None)
                assert weight.class_ == shaded.shade.class_of(weight.number)


def test_a_member_sees_the_number_of_their_own_grid_alone(demo_city: City) -> None:
    member = everybody(demo_city)["member"]
    seen = [w for w in weigh(demo_city, member, Level.BUILDING, visited.SHADE) if w.load is not None]
    assert [w.grid.code for w in seen] == [member.area]
