"""Tell what changes hands between two plans: for a program, for a spreadsheet, and in short."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from city.drafts import OpenDraft, compound_names
from city.opened import City
from city.plan_files import open_plan
from city.spreadsheets import Cell, Sheet, xlsx_bytes
from city.words import Words
from domain.grids import Grid
from domain.people import Person
from domain.plans.foresight import Comparison, CompoundMove, Fate, Flow, GridFate, compare
from domain.plans.life import refusal_to_read
from domain.said import Refused, Said, said

FATE: Mapping[Fate, Said] = {
    Fate.NEW: said("New grid"),
    Fate.GONE: said("Gone"),
    Fate.CHANGED: said("Other ground"),
    Fate.RECODED: said("Other code"),
    Fate.REHUNG: said("Other parent"),
    Fate.RENAMED: said("Other name"),
}
"""What becomes of a grid, in words."""


@dataclass(frozen=True)
class Compared:
    """Two plans and what changes hands from the first to the second."""

    one: OpenDraft
    other: OpenDraft
    found: Comparison
    compounds: Mapping[str, str]
    """What compounds are called."""

    @property
    def counts(self) -> dict[Fate, int]:
        """How many grids have each fate."""
        return {fate: n for fate in Fate if (n := sum(grid.fate is fate for grid in self.found.grids))}

    def name(self, code: str) -> str:
        """What a grid is called, in the second plan or in the first; nothing where the ground lay in no grid."""
        grid = self.other.draft.grids.get(code) or self.one.draft.grids.get(code)
        return grid.name if grid else code


def compare_plans(city: City, one: str | None, other: str | None, *, by: Person) -> Compared:
    """What changes hands between two plans; a plan without a name is the one in force.

    Raises:
        Refused: when this person does not read plans, there is no such plan, or one is of other units.
    """
    if because := refusal_to_read(by):
        raise Refused(because)
    before, after = open_plan(city, one), open_plan(city, other)
    for opened in (before, after):
        if opened.is_stale or not opened.draft.home.keys() <= opened.ground.units.by_code.keys():
            raise Refused(
                said("{plan} was drawn on other units than the city has now; it cannot be compared.", plan=opened.plan.name)
            )  # fmt: skip
    found = compare(before.ground.units, before.draft, after.draft)
    return Compared(before, after, found, compound_names(city))


# --- for a program --------------------------------------------------------------------------------------------------


def as_value(done: Compared) -> dict[str, Any]:
    """Everything, for a program to read."""
    found = done.found
    return {
        "one": done.one.plan.name,
        "other": done.other.plan.name,
        "same": found.is_empty,
        "units": len(found.moved),
        "households": found.households,
        "buildings": found.buildings,
        "grids": [_grid_value(grid) for grid in found.grids],
        "moves": [_flow_value(flow) for flow in found.flows],
        "compounds": [_compound_value(done, move) for move in found.compounds],
    }


def _grid_value(grid: GridFate) -> dict[str, Any]:
    return {
        "fate": grid.fate.value, "level": int(grid.level), "code": grid.code, "name": grid.name,
        "before": _record(grid.before, grid.households_before), "after": _record(grid.after, grid.households_after),
        "came": grid.came, "left": grid.left, "kin": list(grid.kin),
    }  # fmt: skip


def _record(grid: Grid | None, households: int) -> dict[str, Any] | None:
    if grid is None:
        return None
    return {"code": grid.code, "name": grid.name, "parent": grid.parent, "households": households}


def _flow_value(flow: Flow) -> dict[str, Any]:
    return {
        "level": int(flow.level), "from": flow.source, "to": flow.target, "units": sorted(flow.units),
        "households": flow.households, "buildings": flow.buildings, "compounds": sorted(flow.compounds),
    }  # fmt: skip


def _compound_value(done: Compared, move: CompoundMove) -> dict[str, Any]:
    return {
        "compound": move.compound, "name": done.compounds.get(move.compound, ""), "from": list(move.before),
        "to": list(move.after), "households": move.households,
    }  # fmt: skip


# --- for a spreadsheet ----------------------------------------------------------------------------------------------


def comparison_bytes(done: Compared, say: Words) -> bytes:
    """A workbook: what becomes of each grid, what passes from grid to grid, which compounds change hands."""
    return xlsx_bytes(sheets(done, say))


def sheets(done: Compared, say: Words) -> list[Sheet]:
    """The three tables."""
    return [
        Sheet(say("Grids"), [_grid_header(say), *(_grid_row(grid, say) for grid in done.found.grids)]),
        Sheet(say("What moves"), [_flow_header(say), *(_flow_row(done, flow) for flow in done.found.flows)]),
        Sheet(
            say("Compounds"), [_compound_header(say), *(_compound_row(done, m) for m in done.found.compounds)]
        ),
    ]


def _grid_header(say: Words) -> list[Cell]:
    return [
        say("Level"), say("What becomes of it"), say("Code"), say("Name of the grid"), say("Code before"), say("Name before"),
        say("Parent before"), say("Parent after"), say("Households before"), say("Households after"),
        say("Households that come"), say("Households that leave"),
    ]  # fmt: skip


def _grid_row(grid: GridFate, say: Words) -> list[Cell]:
    before, after = grid.before, grid.after
    return [
        int(grid.level), say.of(FATE[grid.fate]), grid.code, grid.name,
        before.code if before else "", before.name if before else "", (before.parent if before else "") or "",
        (after.parent if after else "") or "", grid.households_before, grid.households_after, grid.came, grid.left,
    ]  # fmt: skip


def _flow_header(say: Words) -> list[Cell]:
    return [
        say("Level"), say("From grid"), say("Its name"), say("To grid"), say("Its name"), say("Units"), say("Households"),
        say("Buildings"), say("Compounds"),
    ]  # fmt: skip


def _flow_row(done: Compared, flow: Flow) -> list[Cell]:
    compounds = "、".join(done.compounds.get(code, code) for code in sorted(flow.compounds))
    return [
        int(flow.level), flow.source, done.name(flow.source), flow.target, done.name(flow.target), len(flow.units),
        flow.households, flow.buildings, compounds,
    ]  # fmt: skip


def _compound_header(say: Words) -> list[Cell]:
    return [
        say("Code of the compound"), say("Compound"), say("From grid"), say("To grid"), say("Households"),
    ]  # fmt: skip


def _compound_row(done: Compared, move: CompoundMove) -> list[Cell]:
    return [
        move.compound, done.compounds.get(move.compound, ""), _grids(done, move.before), _grids(done, move.after),
        move.households,
    ]  # fmt: skip


def _grids(done: Compared, codes: tuple[str, ...]) -> str:
    return "、".join(f"{done.name(code)} {code}" for code in codes)
