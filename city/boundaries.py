"""Bring boundaries in, level by level; check the plan in force."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import shapely

from city.opened import City, Ground, read_ground
from city.snapshots import forget_made_up
from city.tiles import ensure
from domain.findings import Finding, Severity
from domain.grids import Grid, Level
from domain.said import BadInput, said
from gis import checks
from gis.crs import metric, must_not_be_swapped, projected
from gis.locate import LevelLocator
from gis.reading import Columns, ReadGrid, read_boundaries
from storage import facts, imports, plans
from storage.drafts import PlanRows
from storage.imports import Connection

COUNTED = frozenset({"households_imported"})
"""What the log of a plan says once households came in from a table of their own."""


@dataclass(frozen=True, slots=True)
class BoundariesImported:
    """What an import of boundaries did: how many grids, whether anything was new, what was found."""

    grids: int
    unchanged: bool
    findings: list[Finding]


def import_boundaries(
    city: City, path: Path, level: Level, columns: Columns, *, crs: str | None = None, dry_run: bool = False
) -> BoundariesImported:
    """Bring in the grids of a level; the level above must be there. The same file again changes nothing.

    Raises:
        BadInput: when the file cannot be used; nothing is written then.
    """
    read = read_boundaries(path, columns, crs)
    now = city.now()
    with city.database.write() as connection:
        ground = read_ground(connection, facts.revision(connection), now)
        _must_fit(ground, level, read, path.name)
        grids = _with_parents(ground, level, read, columns.parent, path.name)
        here = [plans.DrawnGrid(g, 0, shapely.to_wkb(r.outline)) for g, r in zip(grids, read, strict=True)]
        present = plans.grids_of(connection, ground.plan.id) if ground.plan else []
        of_level = [d for d in present if d.grid.level is level]
        counted = _was_counted(connection, ground)
        if of_level and not _same(of_level, here, counted=counted):
            raise BadInput(
                said(
                    "{file}: the city has other grids of level {level} already; bring a new city into a fresh database (redgrid init --empty --force).",
                    file=path.name, level=int(level),
                )
            )  # fmt: skip
        found = check_drawn([*(d for d in present if d.grid.level < level), *here])
        found += _other_households(of_level, here) if counted else []
        if not of_level and not dry_run:
            imports.add_level(connection, here, now)
            _place_tickets(connection, level, here)
            forget_made_up(connection)
    if not of_level and not dry_run:
        city.look_again()
        ensure(city)
    return BoundariesImported(len(read), bool(of_level), [f for f in found if _concerns(f, here)])


def _must_fit(ground: Ground, level: Level, read: list[ReadGrid], file: str) -> None:
    if level > 1 and not ground.structure.at_level(Level(level - 1)):
        raise BadInput(said("{file}: import level {level} first.", file=file, level=int(level) - 1))
    bounds = shapely.total_bounds([r.outline for r in read])
    must_not_be_swapped(bounds, None if ground.is_empty else ground.bounds, file)
    if not ground.is_empty and not shapely.box(*bounds).intersects(shapely.box(*ground.bounds)):
        raise BadInput(said("{file}: lies nowhere near the city; is it in another CRS? (--crs)", file=file))
    codes = {r.code for r in read}
    for other in Level:
        if other is not level and (both := codes & {g.code for g in ground.structure.at_level(other)}):
            raise BadInput(
                said(
                    "{file}: code {code} is that of a grid of level {level} already.",
                    file=file,
                    code=min(both),
                    level=int(other),
                )
            )


def _with_parents(
    ground: Ground, level: Level, read: list[ReadGrid], field: str | None, file: str
) -> list[Grid]:
    if level is Level.COMMUNITY:
        streets = ground.structure.streets
        return [
            Grid(r.code, level, r.name, r.parent if r.parent in streets else None, r.households) for r in read
        ]
    above = ground.structure.at_level(Level(level - 1))
    if field is None:
        parents = _largest_overlap(ground, above, [r.outline for r in read])
        return [Grid(r.code, level, r.name, p, r.households) for r, p in zip(read, parents, strict=True)]
    known = {g.code for g in above}
    for row, r in enumerate(read, start=1):
        if r.parent not in known:
            raise BadInput(
                said(
                    "{file}: row {row}: field {field}: there is no grid {code} of level {level}.",
                    file=file,
                    row=row,
                    field=field,
                    code=r.parent or "–",
                    level=int(level) - 1,
                )
            )
    return [Grid(r.code, level, r.name, r.parent, r.households) for r in read]


def _largest_overlap(
    ground: Ground, above: tuple[Grid, ...], outlines: list[shapely.Geometry]
) -> list[str | None]:
    """For each outline the grid above that holds most of it; None where none does."""
    to_metres = metric(ground.bounds)
    parents = shapely.make_valid(projected(np.array([ground.outlines[g.code] for g in above]), to_metres))
    children = shapely.make_valid(projected(np.array(outlines), to_metres))
    child, parent = shapely.STRtree(parents).query(children, predicate="intersects")
    areas = shapely.area(shapely.intersection(children[child], parents[parent]))
    best: dict[int, tuple[float, int]] = {}
    for c, p, area in zip(child, parent, areas, strict=True):
        best[int(c)] = max(best.get(int(c), (0.0, -1)), (float(area), int(p)))
    return [above[best[n][1]].code if n in best and best[n][0] > 0 else None for n in range(len(outlines))]


def _same(present: list[plans.DrawnGrid], here: list[plans.DrawnGrid], *, counted: bool) -> bool:
    """Are these the grids that are there? Where households were counted since, the file need not know the new numbers."""

    def content(drawn: list[plans.DrawnGrid]) -> set[tuple[Grid, bytes]]:
        return {(replace(d.grid, households=None) if counted else d.grid, d.geometry) for d in drawn}

    return content(present) == content(here)


def _was_counted(connection: Connection, ground: Ground) -> bool:
    """Did households of the plan in force come in from a table of their own?"""
    return ground.plan is not None and PlanRows(connection).last_step(ground.plan.id, COUNTED) is not None


def _other_households(present: list[plans.DrawnGrid], here: list[plans.DrawnGrid]) -> list[Finding]:
    """Where the file knows other numbers than the table that came in since: these stay, and nobody shall think otherwise."""
    known = {d.grid.code: d.grid.households for d in present}
    others = [
        d.grid.code
        for d in here
        if d.grid.households is not None and d.grid.households != known.get(d.grid.code)
    ]
    words = said(
        "{n} grids have other households in this file; those of the table that was brought in since stay. Newer ones come in with redgrid import households.",
        n=len(others),
    )
    return [Finding("other_households", Severity.NOTE, words, tuple(sorted(others)))] if others else []


def _concerns(finding: Finding, here: list[plans.DrawnGrid]) -> bool:
    codes = {d.grid.code for d in here}
    return not finding.grids or bool(codes & set(finding.grids))


def _place_tickets(connection: Connection, level: Level, here: list[plans.DrawnGrid]) -> None:
    points = imports.ticket_points(connection)
    if points:
        locator = LevelLocator(
            [d.grid.code for d in here],
            list(shapely.make_valid(shapely.from_wkb([d.geometry for d in here]))),
        )
        ids, lng, lat = (np.array(column) for column in zip(*points, strict=True))
        codes = [*locator.codes, None]
        found = locator.locate_many(lng, lat)
        imports.place_tickets(
            connection, int(level), ((int(i), codes[n]) for i, n in zip(ids, found, strict=True))
        )


def check_plan(city: City) -> list[Finding]:
    """Every finding of the plan in force, as its source drew it."""
    with city.database.read() as connection:
        plan = plans.plan_in_force(connection)
        return check_drawn(plans.grids_of(connection, plan.id)) if plan else []


def check_drawn(drawn: list[plans.DrawnGrid]) -> list[Finding]:
    """Every finding of grids as they are drawn."""
    outlines = np.array(shapely.from_wkb([d.geometry for d in drawn]), dtype=object)
    return checks.check(checks.Drawn(tuple(d.grid for d in drawn), outlines))
