"""Rows of the grids' lists in a unit, asked for by the codes that lie in it: whoever looks at a village reads no province."""

from __future__ import annotations

from city.opened import City
from domain.frontline.records import R
from domain.frontline.rights import reads_unit
from domain.grids import CITY, Structure
from domain.people import Person
from storage.frontline.records import those


def rows_in(
    city: City, person: Person, kind: type[R], unit: str, *, place: str = "grid", **equal: object
) -> list[R]:  # fmt: skip
    """The rows of a list in a unit that this person may read, by their numbers; rows of no grid are the city's."""
    structure = city.ground.structure
    if not reads_unit(person, kind.LIST, unit, structure):
        return []
    if unit != CITY:
        equal[place] = codes_in(structure, unit)
    with city.database.read() as connection:
        found = those(connection, kind, **equal)
    return [row for row in found if structure.within(structure.today(getattr(row, place) or CITY), unit)]


def codes_in(structure: Structure, unit: str) -> frozenset[str]:
    """The codes of a unit and of all below it, also those that their grids had in former plans."""
    inside = {unit, *(grid.code for grid in structure.below(unit))}
    return frozenset(inside | {former for former in structure.former if structure.today(former) in inside})
