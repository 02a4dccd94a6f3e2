"""Rows of a unit are those that lie in it, asked for by code: no more, no less, also after a redraw."""

from __future__ import annotations

from dataclasses import replace

import pytest

from city.frontline.rows import codes_in, rows_in
from city.opened import City
from domain.frontline.organisation import Group
from domain.frontline.outside import Outside
from domain.frontline.pledges import Need
from domain.grids import CITY, Former, Level
from storage.frontline.records import those
from tests.areas import everybody


@pytest.mark.parametrize("kind", [Need, Group, Outside], ids=lambda kind: kind.LIST)
def test_rows_of_a_unit_are_those_within_it(demo_city: City, kind: type[Need | Group | Outside]) -> None:
    office, structure = everybody(demo_city)["office"], demo_city.ground.structure
    with demo_city.database.read() as connection:
        everything = those(connection, kind)
    assert rows_in(demo_city, office, kind, CITY) == everything
    units = [sorted(structure.streets)[0], *(structure.at_level(level)[7].code for level in Level)]
    for unit in units:
        expected = [row for row in everything if row.grid and structure.within(row.grid, unit)]
        assert rows_in(demo_city, office, kind, unit) == expected
    assert len(everything) > 100


def test_a_grid_that_is_no_more_counts_where_its_heir_lies(demo_city: City) -> None:
    structure = demo_city.ground.structure
    community = structure.at_level(Level.COMMUNITY)[0].code
    heir = next(iter(structure.children(community))).code
    former = {"gone": Former("–", heir)}
    assert "gone" in codes_in(replace(structure, former=former), community)
    assert "gone" not in codes_in(
        replace(structure, former=former), structure.at_level(Level.COMMUNITY)[1].code
    )


def test_whoever_may_not_read_a_list_gets_none_of_its_rows(demo_city: City) -> None:
    people = everybody(demo_city)
    assert rows_in(demo_city, people["admin"], Need, CITY) == []
    assert rows_in(demo_city, people["community"], Need, CITY) == []
