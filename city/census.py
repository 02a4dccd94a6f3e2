"""Bring in how many households live in each unit by now: people move in, a building is pulled down.

The plan in force goes on, and the map tells the new numbers; what is drawn on the former ones is told so and stops.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from city.opened import City
from city.plan_files import of_another_city
from city.tables import TextTable, codes_cut, read_table
from city.units import built, derive_missing, unit_ground
from domain.events import Event, plan_stream
from domain.people import Person
from domain.plans.assigning import RefusedRow
from domain.plans.census import Census, CensusFields, census_of, recounted
from domain.plans.life import refusal_to_draw
from domain.said import BadInput, Refused, refuse_if, said
from storage import units
from storage.drafts import read_draft
from storage.facts import bump_revision
from storage.plans import plan_in_force
from storage.sweeping import hold_sweeps
from storage.tickets import TicketWork


@dataclass(frozen=True, slots=True)
class CensusTaken:
    """What a table of households did; while a row of it is refused nothing was written."""

    table: TextTable
    changed: int
    unchanged: int
    before: int
    now: int
    """The households of the city before, and with what changed."""
    stopped: tuple[str, ...]
    """The plans that are drawn on the former numbers, by name."""
    refused: tuple[RefusedRow, ...]


def import_households(
    city: City, path: Path, fields: CensusFields | None = None, *, by: Person, dry_run: bool = False
) -> CensusTaken:
    """Bring in the households of units from a table. It counts whole: while a row is refused nothing is written. Units
    without a row stay as they are; the same file again changes nothing.

    Raises:
        BadInput: when the file cannot be used.
        Refused: when this person does not draw plans, or somebody changed units at the same moment.
    """
    refuse_if(refusal_to_draw(by))
    table, named = codes_cut(read_table(path)), fields or CensusFields()
    rows = zip(table.column(named.unit), table.column(named.households), strict=True)
    ground = unit_ground(city).units
    if not ground.by_code:
        raise BadInput(said("This city has no grids yet."))
    found = census_of(ground, rows, named)
    if not found.known:
        raise of_another_city(table.file)
    with city.database.read() as connection:
        stopped = units.drawn_on(connection, ground.hash) if found.changed else []
    if found.is_usable and not dry_run:
        _keep(city, found, ground.hash, by)
    before = ground.households(ground.by_code)
    more = sum(after - former for former, after in found.changed.values())
    return CensusTaken(
        table, len(found.changed), found.unchanged, before, before + more, tuple(stopped), found.refused
    )


def _keep(city: City, census: Census, read_on: str, by: Person) -> None:
    """Keep new numbers of units, and with them those of the grids in force, which their event tells of.

    A table that tells nothing new of units may be the first to tell all of a grid that had no number. ``read_on`` names
    the units that the table was read against.
    """
    derive_missing(city)
    with city.database.read() as connection:
        before = units.all_units(connection)
    households_now = {unit: after for unit, (_, after) in census.changed.items()}
    now = [(*row[:4], households_now.get(row[0], row[4]), row[5]) for row in before]
    grounds = built(before).units, built(now).units  # made before anything is locked
    with city.database.write() as connection:
        hold_sweeps(connection)  # no plan comes into force meanwhile
        plan = plan_in_force(connection)
        assert plan is not None, "a city with units has a plan"
        units.hold_plan(connection, plan.id)
        if units.all_units(connection) != before or grounds[0].hash != read_on:
            raise Refused(said("The city's units were changed at the same moment; bring the table in again."))
        former = units.households_of_grids(connection, plan.id)
        counted = recounted(grounds[0], read_draft(connection, plan.id), former, census.told)
        if not census.changed and all(former[grid] == n for grid, n in counted.items()):
            return
        units.count_households(connection, households_now)
        units.recount(connection, plan.id, counted, grounds[1].hash)
        facts = {
            "units": len(census.changed), "before": grounds[0].households(grounds[0].by_code),
            "households": grounds[1].households(grounds[1].by_code), "content": grounds[1].hash,
        }  # fmt: skip
        event = Event(plan_stream(plan.id), 0, city.now(), "households_imported", by.id or None, facts)
        TicketWork(connection).add_event(event)
        bump_revision(connection)
    city.look_again()
