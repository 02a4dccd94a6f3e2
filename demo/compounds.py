"""Fill compounds with buildings: realistic sizes, slabs in rows that face south, one cell of ground for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from demo.lots import Lot, Rect

HOUSEHOLDS, BUILDINGS, BUILDING_GRIDS = 96_817, 1_800, 382
SMALLEST_GRID = 204
FEWEST_BUILDINGS = 3


@dataclass(frozen=True, slots=True)
class Building:
    """One building: its cell of ground, and its households."""

    cell: Rect
    households: int


@dataclass(frozen=True, slots=True)
class Compound:
    """A compound (小区): its lot, its buildings, and how many of them, in turn, make up each building grid."""

    lot: Lot
    buildings: tuple[Building, ...]
    runs: tuple[int, ...]

    @property
    def households(self) -> int:
        return sum(b.households for b in self.buildings)


def build(lots: Sequence[Lot], random: Random) -> list[Compound]:
    """Fill all lots: compounds of skewed sizes, in all exactly the city's building grids, buildings, households."""
    weights = [lot.inner.area**0.5 * random.lognormvariate(0, 0.55) for lot in lots]
    grids_of = shares(BUILDING_GRIDS, weights, 1)
    households = shares(
        HOUSEHOLDS, [random.lognormvariate(0, 0.5) for _ in range(BUILDING_GRIDS)], SMALLEST_GRID
    )
    buildings = shares(BUILDINGS, [random.uniform(0.6, 1.6) for _ in range(BUILDING_GRIDS)], FEWEST_BUILDINGS)
    per_grid = iter(zip(households, buildings, strict=True))
    return [
        _compound(lot, [next(per_grid) for _ in range(n)], random)
        for lot, n in zip(lots, grids_of, strict=True)
    ]


def shares(total: int, weights: Sequence[float], least: int) -> list[int]:
    """Whole shares in proportion to the weights, none below ``least``, together exactly the total."""
    spare = total - least * len(weights)
    exact = [spare * w / sum(weights) for w in weights]
    whole = [int(e) for e in exact]
    by_remainder = sorted(range(len(weights)), key=lambda i: whole[i] - exact[i])
    for i in by_remainder[: spare - sum(whole)]:
        whole[i] += 1
    return [least + w for w in whole]


def _compound(lot: Lot, grids: Sequence[tuple[int, int]], random: Random) -> Compound:
    """A compound whose building grids have the given households and buildings."""
    homes = [
        home
        for households, count in grids
        for home in shares(
            households, [random.uniform(0.8, 1.2) for _ in range(count)], households // count // 2
        )
    ]
    counts = [count for _, count in grids]
    cells = [cell for block, count in _blocks(lot.inner, counts) for cell in _rows(block, count)]
    buildings = tuple(Building(c, h) for c, h in zip(cells, homes, strict=True))
    return Compound(lot, buildings, tuple(counts))


def _blocks(ground: Rect, counts: Sequence[int]) -> list[tuple[Rect, int]]:
    """Ground for each building grid, by its number of buildings: halves of halves, cut across the longer side."""
    if len(counts) == 1:
        return [(ground, counts[0])]
    half = len(counts) // 2
    share = sum(counts[:half]) / sum(counts)
    if ground.width > ground.height:
        at = ground.west + round(ground.width * share)
        one, two = replace(ground, east=at), replace(ground, west=at)
    else:
        at = ground.south + round(ground.height * share)
        one, two = replace(ground, north=at), replace(ground, south=at)
    return _blocks(one, counts[:half]) + _blocks(two, counts[half:])


def _rows(ground: Rect, count: int) -> list[Rect]:
    """Cells for buildings in rows, wider than deep."""
    rows = max(1, min(count, round((count * ground.height / ground.width * 1.5) ** 0.5)))
    in_row = [count // rows + (1 if r < count % rows else 0) for r in range(rows)]
    edges = _edges(ground.south, ground.north, rows)
    return [
        Rect(across[c], edges[r], across[c + 1], edges[r + 1])
        for r, columns in enumerate(in_row)
        for across in [_edges(ground.west, ground.east, columns)]
        for c in range(columns)
    ]


def _edges(start: int, end: int, parts: int) -> list[int]:
    return [start + round((end - start) * n / parts) for n in range(parts + 1)]


def footprint(building: Building, random: Random) -> Rect:
    """The slab on a building's cell: longer east–west, its back to the north."""
    c = building.cell
    width = min(round(c.width * random.uniform(0.66, 0.8)), 900)
    depth = min(round(c.height * 0.42), random.choice((120, 130, 140)))
    west = c.west + (c.width - width) // 2
    north = c.north - max((c.height - depth) // 3, 30)
    return Rect(west, north - depth, west + width, north)
