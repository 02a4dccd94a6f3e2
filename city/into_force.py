"""Put plans in force whose moment has come, by the outlines of their units; look at the plan of any day.

What is drawn is computed again from the units and compared with what was approved: what differs stays approved, and
its log says why.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

import numpy as np
import shapely

from city.opened import City
from city.tiles import ensure_plan
from city.units import unit_ground
from domain.actions.into_force import Draw, Effect, put_in_force, rehome_the_rest
from domain.actions.sweep import Swept
from domain.grids import Grid, Level, Located, Structure
from domain.place import LngLat
from domain.plans.drafts import Draft
from domain.plans.redraw_day import PlanContent, Redraw, changed_codes, kin_of
from domain.said import Refused, Said, said
from gis.locate import OUTSIDE, LevelLocator
from gis.units import UnitGround
from storage import redraws

log = logging.getLogger("redgrid")

Outlines = Callable[[UnitGround, PlanContent], Mapping[str, shapely.Geometry]]
LocateMany = Callable[[Sequence[LngLat]], list[Located]]

AGREES = 1e-9
"""The share by which areas may differ that are the same but for rounding."""


def put_due_in_force(city: City, now: datetime) -> Swept | None:
    """Put every plan in force whose moment has come, in their order; None where nothing was done."""
    with city.database.read() as connection:
        coming = redraws.due_plans(connection, now)
        stragglers = redraws.is_settling(connection, now) or redraws.has_stragglers(connection, now)
    if not (coming or stragglers):
        return None
    for plan_id in coming:
        ensure_plan(city, plan_id)
    did: Counter[str] = Counter()
    told: list[Said] = []
    if stragglers:
        draw = drawing(city, unit_ground(city), _as_kept)
        did["rehomed"] += rehome_the_rest(city.store, draw, now=now)
    for _ in coming:
        effect = _next_in_force(city, now)
        city.look_again()
        if effect is None:
            break
        told.append(_sentence(effect))
        if effect.why is not None:
            did["not_in_force"] += effect.once
            if effect.once:
                log.warning("%s", _sentence(effect))
            break
        did["in_force"] += 1
        did["rehomed"] += effect.rehomed
    done = {kind: n for kind, n in did.items() if n}
    return Swept(done, tuple(told)) if done or told else None


def _next_in_force(city: City, now: datetime) -> Effect | None:
    """Put the next plan in force by what the city is now; None where it is another by then: the next sweep looks again."""
    city.look_again()
    revision = city.ground.revision
    # Built before anything is locked: nobody waits for it.
    draw = drawing(city, unit_ground(city))
    return put_in_force(city.store, draw, now=now, revision=revision)


def _sentence(effect: Effect) -> Said:
    if effect.why is not None:
        return said("{plan} did not come into force: {why}", plan=effect.name, why=effect.why)
    return said(
        "{plan} is in force: {n} open tickets are in other grids, {ended} that have ended are counted elsewhere.",
        plan=effect.name, n=effect.rehomed, ended=effect.counted_elsewhere,
    )  # fmt: skip


def drawing(city: City, ground: UnitGround, outlines_of: Outlines | None = None) -> Draw:
    """How two plans of this city become the redraw between them."""
    streets, name = city.ground.structure.streets.values(), city.ground.structure.city_name

    def draw(before: PlanContent | None, after: PlanContent) -> Redraw:
        outlines = (outlines_of or _as_approved)(ground, after)
        old = before.draft if before else Draft({}, {})
        households = {code: unit.households for code, unit in ground.units.by_code.items()}
        return Redraw(
            plan=after.name,
            before=Structure.of(old.grids.values(), streets, name),
            after=Structure.of(after.draft.grids.values(), streets, name),
            changed=changed_codes(old, after.draft),
            kin=kin_of(old, after.draft, households),
            locate=_locating(after.draft.grids, outlines),
            nested=before is not None and _is_nested(before),
        )

    return draw


def _as_approved(ground: UnitGround, plan: PlanContent) -> Mapping[str, shapely.Geometry]:
    """The outlines of a plan, computed again from its units.

    Raises:
        Refused: when they are not those that were approved, or the units are others.
    """
    if plan.units_hash and plan.units_hash != ground.units.hash:
        raise Refused(said("The city's units changed since {plan} was drawn.", plan=plan.name))
    outlines = ground.outlines(plan.draft)
    for code, grid in sorted(plan.draft.grids.items()):
        drawn, kept = outlines.get(code), plan.outlines.get(code)
        same = drawn is not None and kept is not None
        if not (same and (shapely.to_wkb(drawn) == kept or shapely.equals(drawn, shapely.from_wkb(kept)))):
            raise Refused(said("The outline of {grid} is not that of its units.", grid=grid.name))
    return outlines


def _as_kept(_ground: UnitGround, plan: PlanContent) -> Mapping[str, shapely.Geometry]:
    """The outlines of a plan that is in force."""
    codes = list(plan.outlines)
    shapes = shapely.make_valid(shapely.from_wkb([plan.outlines[code] for code in codes]))
    return dict(zip(codes, shapes, strict=True))


def _is_nested(plan: PlanContent) -> bool:
    """Is every grid as large as those below it together? Cities that came as polygons often are not."""
    codes = sorted(plan.draft.grids)
    areas = dict(
        zip(codes, shapely.area(shapely.from_wkb([plan.outlines[c] for c in codes])).tolist(), strict=True)
    )
    return all(
        abs(sum(areas[child] for child in below) - areas[code]) <= AGREES * areas[code]
        for code, below in plan.draft.children.items()
    )


def _locating(grids: Mapping[str, Grid], outlines: Mapping[str, shapely.Geometry]) -> LocateMany:
    """Where many points lie at once: every border is asked, the lower code first."""
    levels = {
        level: LevelLocator(codes, [outlines[code] for code in codes])
        for level in Level
        if (codes := sorted(code for code, grid in grids.items() if grid.level is level))
    }

    def locate(points: Sequence[LngLat]) -> list[Located]:
        if not points:
            return []
        lng = np.array([point.lng for point in points])
        lat = np.array([point.lat for point in points])
        found: dict[Level, list[str | None]] = {level: [None] * len(points) for level in Level}
        for level, locator in levels.items():
            codes = [*locator.codes, None]
            found[level] = [codes[n if n != OUTSIDE else -1] for n in locator.exactly(lng, lat).tolist()]
        return [Located(*place) for place in zip(*(found[level] for level in Level), strict=True)]

    return locate
