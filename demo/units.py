"""Cut the ground into units – a cell for each building, pieces of street, parks, schools – and give each its grid.

Everything is a rectangle of the plan. A vertex of one rectangle on the edge of another becomes a vertex of both, so
that the coverage stays whole when the plan is bent.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from demo.compounds import Compound
from demo.lots import RIVER, Lot, Rect
from demo.terrain import Point

BEND_EVERY = 600
"""Decimetres between two vertices of a long edge, so that it can bend."""

GridKey = tuple[int, int]
"""A building grid while the city is built: (compound, run)."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of the plan. ``compound`` and ``building`` (from 1) are None for what is not lived in."""

    rect: Rect
    kind: str
    grid: GridKey
    lot: Lot
    compound: int | None = None
    building: int | None = None
    households: int = 0


def cut_units(compounds: Sequence[Compound], others: Sequence[Lot]) -> list[Unit]:
    """All units of the city."""
    units: list[Unit] = []
    for number, compound in enumerate(compounds):
        units += _compound_units(number, compound)
    return units + _join(units, others)


def _compound_units(number: int, compound: Compound) -> list[Unit]:
    run_of = [run for run, length in enumerate(compound.runs) for _ in range(length)]
    cells = [
        Unit(b.cell, "residential", (number, run_of[n]), compound.lot, number, n + 1, b.households)
        for n, b in enumerate(compound.buildings)
    ]
    return cells + _streets_around(compound.lot, cells)


def _streets_around(lot: Lot, cells: Sequence[Unit]) -> list[Unit]:
    """The half-streets of a lot, cut where the grid beside them changes."""
    outer, inner = lot.rect, lot.inner
    found = []
    for south, north, edge, width in (
        (outer.south, inner.south, "south", lot.south),
        (inner.north, outer.north, "north", lot.north),
    ):
        beside = sorted(
            (c for c in cells if getattr(c.rect, edge) == getattr(inner, edge)), key=lambda c: c.rect.west
        )
        for west, east, grid in _stretches(
            [(c.rect.west, c.rect.east, c.grid) for c in beside], outer.west, outer.east
        ):
            found.append(Unit(Rect(west, south, east, north), _street_kind(width), grid, lot))
    for west, east, edge, width in (
        (outer.west, inner.west, "west", lot.west),
        (inner.east, outer.east, "east", lot.east),
    ):
        beside = sorted(
            (c for c in cells if getattr(c.rect, edge) == getattr(inner, edge)), key=lambda c: c.rect.south
        )
        for south, north, grid in _stretches(
            [(c.rect.south, c.rect.north, c.grid) for c in beside], inner.south, inner.north
        ):
            found.append(Unit(Rect(west, south, east, north), _street_kind(width), grid, lot))
    return found


def _street_kind(width: int) -> str:
    return "water" if width == RIVER else "road"


def _stretches(
    beside: Iterable[tuple[int, int, GridKey]], start: int, end: int
) -> list[tuple[int, int, GridKey]]:
    merged: list[tuple[int, int, GridKey]] = []
    for low, high, grid in beside:
        if merged and merged[-1][2] == grid:
            merged[-1] = (merged[-1][0], high, grid)
        else:
            merged.append((low, high, grid))
    merged[0] = (start, *merged[0][1:])
    merged[-1] = (merged[-1][0], end, merged[-1][2])
    return merged


def _join(units: Sequence[Unit], others: Sequence[Lot]) -> list[Unit]:
    """Give every lot that nobody lives on to the building grid of its community that it touches most."""
    joined: list[Unit] = []
    waiting = list(others)
    while waiting:
        found = [(lot, contact) for lot in waiting if (contact := _contacts(lot, [*units, *joined]))]
        lot, contact = max(found, key=lambda pair: max(pair[1].values()))
        grid = max(contact, key=lambda key: contact[key])
        cell = Unit(lot.inner, lot.use, grid, lot)
        joined += [cell, *_streets_around(lot, [cell])]
        waiting.remove(lot)
    return joined


def _contacts(lot: Lot, units: Sequence[Unit]) -> dict[GridKey, int]:
    found: dict[GridKey, int] = defaultdict(int)
    for unit in units:
        if unit.lot.community == lot.community and (shared := unit.rect.contact(lot.rect)):
            found[unit.grid] += shared
    return dict(found)


class Vertices:
    """Every vertex of the plan by its line, so that edges can be walked with all vertices that lie on them."""

    def __init__(self, rects: Iterable[Rect]) -> None:
        north_of: dict[int, set[int]] = defaultdict(set)
        east_of: dict[int, set[int]] = defaultdict(set)
        for r in rects:
            for east in (r.west, r.east):
                north_of[east] |= {r.south, r.north}
            for north in (r.south, r.north):
                east_of[north] |= {r.west, r.east}
        self._norths = {east: sorted(found) for east, found in north_of.items()}
        self._easts = {north: sorted(found) for north, found in east_of.items()}

    def ring(self, rect: Rect) -> list[Point]:
        """The closed outline of a rectangle, counter-clockwise, with every vertex that others have on it."""
        w, s, e, n = rect.west, rect.south, rect.east, rect.north
        return [
            *((x, s) for x in self._along(self._easts[s], w, e)),
            *((e, y) for y in self._along(self._norths[e], s, n)),
            *((x, n) for x in reversed(self._along(self._easts[n], w, e, last=True))),
            *((w, y) for y in reversed(self._along(self._norths[w], s, n, last=True))),
            (w, s),
        ]

    def _along(self, known: list[int], low: int, high: int, *, last: bool = False) -> list[int]:
        between = set(known[bisect_right(known, low) : bisect_left(known, high)])
        between |= set(range(-(-(low + 1) // BEND_EVERY) * BEND_EVERY, high, BEND_EVERY))
        # A bend too near to a corner would make a sliver of an edge.
        corners = {low, high, *between.intersection(known)}
        kept = {p for p in between if p in corners or all(abs(p - c) > 40 for c in corners)}
        return [*sorted(kept), high] if last else [low, *sorted(kept)]
