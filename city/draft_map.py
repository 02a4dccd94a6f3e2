"""Tell a browser what a plan looks like: its units once, and for each version which of them lies in which grid."""

from __future__ import annotations

import json
from typing import Any

from city.drafts import OpenDraft, open_draft
from city.opened import City
from city.units import unit_ground
from domain.grids import Grid, Level
from domain.people import Person
from domain.plans.bands import Fit, fit
from domain.plans.demands import problems_of
from domain.plans.drafts import Draft
from domain.plans.life import refusal_to_read
from domain.said import Refused
from gis.coding import Coded
from gis.unit_coding import NOBODY, encode_units
from gis.units import UnitGround

LEVEL_BIT = {Level.COMMUNITY: 1, Level.COMPOUND: 2, Level.BUILDING: 4}
"""At which levels a unit lies in another grid than in the plan in force: a sum of these."""

_coded: dict[str, Coded] = {}
"""The units that were asked for last, by the hash of their content."""


def coded_units(city: City) -> Coded:
    """The units of the city as browsers draw them."""
    ground = unit_ground(city)
    if ground.units.hash not in _coded:
        _coded.clear()
        _coded[ground.units.hash] = encode_units(ground)
    return _coded[ground.units.hash]


def drawn_plan(city: City, person: Person, plan_id: int) -> bytes:
    """A plan as a map shows it, in its present version: JSON of whole numbers, names and codes; nothing of people.

    Raises:
        Refused: when this person does not read plans.
        BadInput: when there is no such plan.
    """
    because = refusal_to_read(person)
    if because:
        raise Refused(because)
    opened = open_draft(city, plan_id)
    return json.dumps(_body(city, opened), ensure_ascii=False, separators=(",", ":")).encode()


def _body(city: City, opened: OpenDraft) -> dict[str, Any]:
    draft, ground = opened.draft, opened.ground
    codes = sorted(ground.units.by_code)
    grids = sorted(draft.grids.values(), key=lambda grid: (grid.level, grid.code))
    number = {grid.code: n for n, grid in enumerate(grids)}
    problems = [] if opened.is_stale else list(problems_of(ground.units, draft, {}))
    blamed = {code for problem in problems for code in problem.grids}
    counts = _households(ground, draft)
    return {
        "plan": opened.plan.id,
        "version": opened.plan.version,
        "units": coded_units(city).hash,
        "grids": [
            [
                grid.code, int(grid.level), grid.name, number.get(grid.parent or "", NOBODY), counts.get(grid.code),
                _band(counts.get(grid.code), grid), int(draft.is_locked(grid.code)), int(grid.code in blamed),
            ]
            for grid in grids
        ],
        "home": [number.get(draft.home.get(code, ""), NOBODY) for code in codes],
        "moved": _moved(city, draft, codes),
        "locked_units": [n for n, code in enumerate(codes) if code in draft.mark("locks")],
        "problems": [[p.where.lng, p.where.lat, 1] for p in problems if p.where],
    }  # fmt: skip


def _households(ground: UnitGround, draft: Draft) -> dict[str, int]:
    """The households of each grid; none at all in a city without household data."""
    if not any(unit.households for unit in ground.units.by_code.values()):
        return {}
    found = dict.fromkeys(draft.grids, 0)
    for code, unit in ground.units.by_code.items():
        for grid in draft.chain(draft.home.get(code, "")) if unit.households else ():
            found[grid] += unit.households
    return found


def _band(count: int | None, grid: Grid) -> int | None:
    found = fit(count, grid.level) if count is not None else Fit.NONE
    return None if found is Fit.NONE else int(found)


def _moved(city: City, draft: Draft, codes: list[str]) -> str:
    """One digit for each unit: at which levels it lies elsewhere than in the plan in force."""
    plan = city.ground.plan
    if plan is None:
        return ""
    now, here = _above(open_draft(city, plan.id).draft), _above(draft)
    return "".join(str(_digit(draft, now.get(code, {}), here.get(code, {}))) for code in codes) if now else ""


def _digit(draft: Draft, now: dict[Level, str], here: dict[Level, str]) -> int:
    return sum(
        bit for level, bit in LEVEL_BIT.items() if _is_elsewhere(draft, now.get(level), here.get(level))
    )


def _is_elsewhere(draft: Draft, now: str | None, here: str | None) -> bool:
    """A grid that only got another code, and nothing else, is still the same."""
    is_renamed = now not in draft.grids and list(draft.mark("lineage").get(here or "", ())) == [now]
    return now != here and not is_renamed


def _above(draft: Draft) -> dict[str, dict[Level, str]]:
    """The grid of each level over each unit."""
    chains = {
        leaf: {draft.grids[code].level: code for code in draft.chain(leaf)} for leaf in draft.leaf_units
    }
    return {unit: chains[leaf] for unit, leaf in draft.home.items()}
