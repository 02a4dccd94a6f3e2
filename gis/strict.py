"""Check a plan by its units, from scratch: nothing is believed of how it was drawn, nor of what a draft keeps at hand.

Each check is a small function named by what it demands. Outlines are drawn anew from the units' shapes, so that these
checks can prove the rules of sets (``domain/plans/units.py``) wrong. A shape is compared in degrees, where the units share their
vertices bit for bit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from domain.findings import Finding, Severity
from domain.grids import Grid, Level
from domain.place import LngLat
from domain.plans.drafts import Draft, households
from domain.said import Said, said
from gis.crs import projected
from gis.units import UnitGround

TOLERANCE = 1e-8
"""The share of an area by which sums of floating numbers may differ."""


@dataclass(frozen=True)
class Laid:
    """A plan laid over its units. ``touched`` names the grids to check; None means all of them."""

    ground: UnitGround
    draft: Draft
    touched: frozenset[str] | None = None

    @cached_property
    def grids(self) -> dict[str, Grid]:
        """The grids to check."""
        grids = self.draft.grids
        return {code: grid for code, grid in grids.items() if self.touched is None or code in self.touched}

    @cached_property
    def levels(self) -> list[Level]:
        """The levels of the plan, the largest grids first."""
        return sorted({grid.level for grid in self.draft.grids.values()})

    def of_level(self, level: Level) -> list[str]:
        """The grids of a level that have units, by code."""
        return [code for code in self.outlines if self.grids[code].level is level]

    @cached_property
    def chains(self) -> dict[str, list[str]]:
        """Each grid that units name as their home, and those that it lies in."""
        return {home: _up(self.draft, home) for home in set(self.draft.home.values())}

    @cached_property
    def members(self) -> dict[str, list[int]]:
        """The numbers of the units of each grid to check, counted from the assignment alone."""
        number = self.ground.number
        leaves: dict[str, list[int]] = {}
        for unit, home in self.draft.home.items():
            if unit in number:
                leaves.setdefault(home, []).append(number[unit])
        found: dict[str, list[int]] = {code: [] for code in sorted(self.grids)}
        for home, here in leaves.items():
            for code in self.chains[home]:
                if code in found:
                    found[code] += here
        return found

    @cached_property
    def outlines(self) -> dict[str, shapely.Geometry]:
        """What each grid that has units looks like: the union of them, or of the grids below where all are checked."""
        found: dict[str, shapely.Geometry] = {}
        for level in reversed(self.levels):
            here = [code for code in self.members if self.grids[code].level is level and self.members[code]]
            below = self.touched is None and level is not self.levels[-1]
            pieces = [self._below(code, found) if below else self._units(code) for code in here]
            found |= zip(here, _united(pieces), strict=True)
        return found

    def _units(self, code: str) -> list[shapely.Geometry]:
        return list(self.ground.shape_array[self.members[code]])

    def _below(self, code: str, found: Mapping[str, shapely.Geometry]) -> list[shapely.Geometry]:
        return [found[child] for child in self._children.get(code, ()) if child in found]

    @cached_property
    def _children(self) -> dict[str, list[str]]:
        children: dict[str, list[str]] = {}
        for code, grid in self.draft.grids.items():
            children.setdefault(grid.parent or "", []).append(code)
        return children

    @cached_property
    def shapes(self) -> NDArray[np.object_]:
        """The outlines as an array, in their order."""
        found = np.empty(len(self.outlines), dtype=object)
        found[:] = list(self.outlines.values())
        return found

    @cached_property
    def areas(self) -> dict[str, float]:
        """Square degrees of each outline."""
        return dict(zip(self.outlines, shapely.area(self.shapes).tolist(), strict=True))

    def square_metres(self, shape: shapely.Geometry) -> int:
        """For words."""
        return round(
            float(shapely.area(projected(np.array([shape], dtype=object), self.ground.to_metres))[0])
        )

    def error(
        self, check: str, words: Said, grids: Iterable[str] = (), place: shapely.Geometry | None = None
    ) -> Finding:
        return Finding(check, Severity.ERROR, words, tuple(grids), _where(place))


Check = Callable[[Laid], Iterator[Finding]]


def units_have_their_grid(laid: Laid) -> Iterator[Finding]:
    """Every unit lies in exactly one grid of the smallest level, and no unit is named that is not there."""
    ground, draft = laid.ground, laid.draft
    for unit in sorted(ground.shapes.keys() - draft.home.keys()):
        words = said("Unit {code} lies in no grid.", code=unit)
        yield laid.error("unit", words, (), ground.shapes[unit])
    for unit in sorted(draft.home.keys() - ground.shapes.keys()):
        yield laid.error("unit", said("There is no unit {code} in this city.", code=unit))
    smallest = laid.levels[-1]
    right = {code for code, grid in draft.grids.items() if grid.level is smallest}
    if set(draft.home.values()) <= right:
        return
    for unit, home in sorted(draft.home.items()):
        if home not in right:
            words = said(
                "Unit {code} lies in {grid}, which is no grid of the smallest level.", code=unit, grid=home
            )
            yield laid.error("unit", words, (home,), ground.shapes.get(unit))


def grids_have_units(laid: Laid) -> Iterator[Finding]:
    """Every grid has ground."""
    for code, here in laid.members.items():
        if not here:
            words = said("{grid} has no ground.", grid=laid.grids[code].name)
            yield laid.error("empty", words, (code,))


def outlines_are_valid(laid: Laid) -> Iterator[Finding]:
    """Every outline is a valid polygon."""
    for code in _codes(laid, ~shapely.is_valid(laid.shapes)):
        outline = laid.outlines[code]
        why = shapely.is_valid_reason(outline).split("[")[0]
        words = said("{grid}: its outline is invalid ({why}).", grid=code, why=why)
        yield laid.error("valid", words, (code,), outline)


def grids_are_one_piece(laid: Laid) -> Iterator[Finding]:
    """Every grid lies in one piece, on each island of the city that it has ground on; a corner joins nothing."""
    codes, units = laid.ground.codes, laid.ground.units
    most = [
        units.islands({codes[n] for n in laid.members[code]}) if units.island_of else 1
        for code in laid.outlines
    ]
    for code in _codes(laid, shapely.get_num_geometries(laid.shapes) > np.array(most, dtype=np.int64)):
        parts = shapely.get_parts(laid.outlines[code])
        words = said("{grid} lies in {n} pieces.", grid=code, n=len(parts))
        yield laid.error("one_piece", words, (code,), min(parts, key=lambda part: part.area))


def grids_have_no_holes(laid: Laid) -> Iterator[Finding]:
    """No grid has an interior ring."""
    parts, grid_of = shapely.get_parts(laid.shapes, return_index=True)
    pierced = np.bincount(grid_of, shapely.get_num_interior_rings(parts), len(laid.shapes)) > 0
    for code in _codes(laid, pierced):
        rings = [ring for part in shapely.get_parts(laid.outlines[code]) for ring in part.interiors]
        words = said("{grid} has {n} holes.", grid=code, n=len(rings))
        yield laid.error("no_holes", words, (code,), shapely.Polygon(rings[0]))


def areas_add_up(laid: Laid) -> Iterator[Finding]:
    """A grid is as large as its units together; the grids of a level are as large as the city."""
    each = shapely.area(laid.ground.shape_array)
    for code, area in laid.areas.items():
        if not _same(area, float(each[laid.members[code]].sum())):
            words = said("{grid}: its outline is not as large as its units together.", grid=code)
            yield laid.error("area", words, (code,), laid.outlines[code])
    for level in laid.levels if laid.touched is None else ():
        here = laid.of_level(level)
        if not _same(sum(laid.areas[code] for code in here), float(each.sum())):
            yield laid.error("area", said("Level {level}: its grids are not as large as the city together.", level=int(level)))  # fmt: skip


def levels_cover_the_city(laid: Laid) -> Iterator[Finding]:
    """The grids of a level have the outline of the city together, and no ground twice."""
    if laid.touched is not None:
        return
    city = laid.ground.whole
    for level in laid.levels:
        whole = shapely.normalize(
            shapely.coverage_union_all([laid.outlines[code] for code in laid.of_level(level)])
        )
        if not (shapely.equals_exact(whole, city) or shapely.equals(whole, city)):
            differs = shapely.symmetric_difference(shapely.make_valid(whole), shapely.make_valid(city))
            words = said("Level {level}: its grids do not cover the city: {area} m² differ.", level=int(level), area=laid.square_metres(differs))  # fmt: skip
            yield laid.error("outline", words, (), differs)


def edges_are_owned_twice(laid: Laid) -> Iterator[Finding]:
    """Every edge of a grid is that of exactly one other grid of its level, or the city's."""
    whole = [laid.ground.whole] if laid.touched is None else []
    rim, _ = _edges(laid.ground, np.array(whole, dtype=object))
    for level in laid.levels:
        here = laid.of_level(level)
        edges, owner = _edges(laid.ground, np.array([laid.outlines[code] for code in here], dtype=object))
        distinct, count = np.unique(edges, return_counts=True)
        wrong = count > 2
        if laid.touched is None:
            wrong |= (count == 1) != np.isin(distinct, rim)
        for code in sorted({here[n] for n in owner[np.isin(edges, distinct[wrong])].tolist()}):
            words = said("{grid}: an edge of it belongs to no other grid, or to several.", grid=code)
            yield laid.error("edges", words, (code,), laid.outlines[code])


def counts_add_up(laid: Laid) -> Iterator[Finding]:
    """What the draft says of units and households is what the assignment says, on every level."""
    ground, draft = laid.ground, laid.draft
    homes = np.array([unit.households for unit in ground.units.by_code.values()], dtype=np.int64)
    told = households(ground.units, draft) if draft.home.keys() <= ground.shapes.keys() else {}
    for code, here in laid.members.items():
        units = draft.units_of(code)
        if len(units) != len(here) or not units.issuperset(map(ground.codes.__getitem__, here)):
            words = said(
                "{grid}: the plan names {n} units, {m} are assigned.", grid=code, n=len(units), m=len(here)
            )
            yield laid.error("counts", words, (code,))
        elif told and told[code] != homes[here].sum():
            words = said("{grid}: the plan counts {n} households, its units have {m}.", grid=code, n=told[code], m=int(homes[here].sum()))  # fmt: skip
            yield laid.error("counts", words, (code,))
    for level in laid.levels if laid.touched is None else ():
        found = sum(
            int(homes[laid.members[code]].sum()) for code, grid in laid.grids.items() if grid.level is level
        )
        if found != homes.sum():
            words = said("Level {level}: its grids have {n} households, the city {m}.", level=int(level), n=found, m=int(homes.sum()))  # fmt: skip
            yield laid.error("counts", words)


def parents_exist(laid: Laid) -> Iterator[Finding]:
    """Every grid below the top has a parent on the level above."""
    above = dict(zip(laid.levels[1:], laid.levels, strict=False))
    for code, grid in laid.grids.items():
        parent = laid.draft.grids.get(grid.parent or "")
        if grid.level in above and (parent is None or parent.level is not above[grid.level]):
            words = said("{grid}: its parent {parent} does not exist.", grid=code, parent=grid.parent or "–")
            yield laid.error("parent", words, (code,), laid.outlines.get(code))


def compounds_stay_whole(laid: Laid) -> Iterator[Finding]:
    """A compound lies in one compound grid, unless its split was allowed with a reason."""
    grids, allowed = laid.draft.grids, laid.draft.mark("split")
    if Level.COMPOUND not in laid.levels[:-1]:
        return
    over = {
        home: next((code for code in chain if grids[code].level is Level.COMPOUND), None)
        for home, chain in laid.chains.items()
    }
    lies_in: dict[str, set[str]] = {}
    for code, unit in laid.ground.units.by_code.items():
        grid = over.get(laid.draft.home.get(code, ""))
        if unit.compound and grid:
            lies_in.setdefault(unit.compound, set()).add(grid)
    for compound, found in sorted(lies_in.items()):
        if len(found) > 1 and compound not in allowed and found & laid.grids.keys():
            words = said(
                "Compound {compound} lies in {n} compound grids: {grids}.",
                compound=compound, n=len(found), grids=", ".join(sorted(found)),
            )  # fmt: skip
            yield laid.error("compound", words, sorted(found))


CHECKS: tuple[Check, ...] = (
    units_have_their_grid,
    grids_have_units,
    outlines_are_valid,
    grids_are_one_piece,
    grids_have_no_holes,
    areas_add_up,
    levels_cover_the_city,
    edges_are_owned_twice,
    counts_add_up,
    parents_exist,
    compounds_stay_whole,
)


def strict(
    ground: UnitGround, draft: Draft, grids: Iterable[str] | None = None, checks: Iterable[Check] = CHECKS
) -> list[Finding]:
    """Every finding of a plan by its units, or of the named grids and those they lie in alone."""
    if not draft.grids:
        return []
    touched = None if grids is None else frozenset(code for grid in grids for code in _up(draft, grid))
    laid = Laid(ground, draft, touched)
    return [finding for run in checks for finding in run(laid)]


def _up(draft: Draft, code: str) -> list[str]:
    found: list[str] = []
    while code in draft.grids and code not in found:
        found.append(code)
        code = draft.grids[code].parent or ""
    return found


def _united(pieces: list[list[shapely.Geometry]]) -> list[shapely.Geometry]:
    """The union of each list of shapes, all in one call."""
    table = np.full((len(pieces), max(map(len, pieces), default=0)), None, dtype=object)
    for row, here in zip(table, pieces, strict=True):
        row[: len(here)] = here
    return list(shapely.coverage_union_all(table, axis=1)) if len(pieces) else []


def _edges(ground: UnitGround, shapes: NDArray[np.object_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Every segment of the shapes' rings, named by the numbers of its two ends in order; and the number of its shape."""
    parts, shape_of = shapely.get_parts(shapes, return_index=True)
    rings, part_of = shapely.get_rings(parts, return_index=True)
    at, ring_of = shapely.get_coordinates(rings, return_index=True)
    number = np.searchsorted(ground.vertices, at[:, 0] + 1j * at[:, 1])
    along = ring_of[1:] == ring_of[:-1]
    one, other = number[:-1][along], number[1:][along]
    return (
        np.minimum(one, other) * (len(ground.vertices) + 1) + np.maximum(one, other),
        shape_of[part_of[ring_of[:-1][along]]],
    )


def _codes(laid: Laid, are: NDArray[np.bool_]) -> list[str]:
    return [code for code, is_so in zip(laid.outlines, are.tolist(), strict=True) if is_so]


def _same(one: float, other: float) -> bool:
    return abs(one - other) <= TOLERANCE * max(one, other)


def _where(place: shapely.Geometry | None) -> LngLat | None:
    if place is None or place.is_empty:
        return None
    point = shapely.point_on_surface(place)
    return LngLat(round(point.x, 6), round(point.y, 6))
