"""Post who answers for a grid (公示): head and term, duties, work phone, Party organisation, who sits in a compound's council –
public by rule, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from city.desk import Hit, search
from city.frontline.organised import council_at
from city.opened import City
from domain.frontline.organisation import Seat
from domain.grids import CITY, Grid, Level
from domain.said import Said, said
from storage import heads, people
from storage.people import Head

LEVEL_OF: Mapping[Level, Said] = {
    Level.COMMUNITY: said("Level 1 grid (community)"),
    Level.COMPOUND: said("Level 2 grid (compound)"),
    Level.BUILDING: said("Level 3 grid (buildings)"),
}

LISTED = 400
"""Grids on the page that lists them; a city with more is searched."""


@dataclass(frozen=True, slots=True)
class Posted:
    """A grid with its head; None is a vacancy. ``below`` are the grids directly in it."""

    grid: Grid
    head: Head | None
    below: tuple[Posted, ...] = ()


@dataclass(frozen=True, slots=True)
class Posting:
    """The posting page of one grid. ``above`` are the grids over it, the largest first."""

    posted: Posted
    street: str
    above: tuple[Grid, ...]
    organisation: str | None
    council: tuple[Seat, ...]
    """Who sits in the council of a compound's grid."""
    compounds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """The largest grids under a street (or the city itself), each with the grids directly in it."""

    name: str
    grids: tuple[tuple[Grid, tuple[Grid, ...]], ...]


def posting(city: City, code: str) -> Posting | None:
    """What is posted of a grid; None where there is no such grid."""
    ground = city.ground
    structure = ground.structure
    grid = structure.grids.get(code)
    if grid is None:
        return None
    chain = structure.chain(code)
    shown = {code, *(g.code for g in structure.below(code))} if grid.level is Level.COMMUNITY else {code}
    shown |= {g.code for g in structure.children(code)}
    with city.database.read() as connection:
        found = heads.heads_of(connection, shown, city.now())
        organisation = people.organisation_of(connection, code)

    def posted(one: Grid) -> Posted:
        below = tuple(posted(g) for g in structure.children(one.code) if g.code in shown)
        return Posted(one, found.get(one.code), below)

    return Posting(
        posted=posted(grid),
        street=next((structure.name(c) for c in chain if c in structure.streets), ""),
        above=tuple(structure.grids[c] for c in reversed(chain[1:]) if c in structure.grids),
        organisation=organisation,
        council=council_at(city, code).seats if grid.level is Level.COMPOUND else (),
        compounds=ground.compounds_of(code),
    )


def listed(city: City) -> list[Listed]:
    """Where to find one's grid: the largest grids by street; nothing where they are too many to list."""
    structure = city.ground.structure
    units = [*sorted(structure.streets), CITY]
    found = [
        Listed(
            structure.name(unit) if unit != CITY else "",
            tuple((grid, structure.children(grid.code)) for grid in structure.children(unit)),
        )
        for unit in units
    ]
    count = sum(1 + len(below) for part in found for _, below in part.grids)
    return [part for part in found if part.grids] if count <= LISTED else []


def find(city: City, text: str) -> list[Hit]:
    """Grids by name or code, and buildings by their address."""
    return search(city, text[:LONGEST_SEARCH])


def photo_of(city: City, code: str) -> bytes | None:
    """The photo of a grid's head (JPEG)."""
    if code not in city.ground.structure.grids:
        return None
    with city.database.read() as connection:
        return heads.photo_of(connection, code, city.now())


LONGEST_SEARCH = 60
"""Characters of what is searched for."""
