"""Code the units of a city for the browser as what lies between them: every stretch of border once, with who is on each side.

A chain is a stretch of border between two corners, with one unit on its left and one on its right (−1: outside the
city). A unit's outline, a grid's, and every border between grids are made of the same chains, so neighbours share their
border exactly and no border is sent twice. Points are whole numbers as in :mod:`gis.coding`; each is the step from the
one before, the first of a chain from the last of the chain before it. Like stands beside like – all steps east, all steps
north – for that compresses best: 3,480 units take some 90 KB.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import numpy as np
import shapely

from domain.plans.units import OUTSIDE
from gis.coding import STEP, TOLERANCE, Coded
from gis.crs import Points
from gis.units import UnitGround

NOBODY = -1
"""The number of what lies around the city, and of the compound of a unit that lies in none."""


def encode_units(ground: UnitGround) -> Coded:
    """Code the units in the order of their codes, with their households and compounds. Nothing of it tells of a person."""
    codes = sorted(ground.units.by_code)
    known = [ground.units[code] for code in codes]
    compounds = sorted(ground.units.by_compound)
    body = {
        "codes": codes,
        "households": [unit.households for unit in known],
        "compounds": compounds,
        "compound": [compounds.index(unit.compound) if unit.compound else NOBODY for unit in known],
        **_chains(ground, {OUTSIDE: NOBODY} | {code: n for n, code in enumerate(codes)}),
    }
    return Coded(json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode())


def _chains(ground: UnitGround, number: Mapping[str, int]) -> dict[str, object]:
    """All chains in columns: the unit on the left, how far the number on the right is from it, how many points, the steps."""
    lines = _simplified([chain.points for chain in ground.chains])
    origin = _origin(lines)
    steps, last = [], np.zeros((1, 2), dtype=np.int64)
    for line in lines:
        whole = np.rint((line - np.asarray(origin)) / STEP).astype(np.int64)
        moves = np.diff(whole, axis=0, prepend=last)
        moved = np.any(moves != 0, axis=1)
        moved[0] = True
        steps.append(moves[moved])
        last = whole[-1:]
    along = np.concatenate(steps) if steps else last
    left = [number[chain.left] for chain in ground.chains]
    return {
        "origin": origin,
        "step": STEP,
        "left": left,
        "right": [number[chain.right] - n for chain, n in zip(ground.chains, left, strict=True)],
        "points": [len(moves) for moves in steps],
        "x": along[:, 0].tolist(),
        "y": along[:, 1].tolist(),
    }


def _simplified(lines: Sequence[Points]) -> list[Points]:
    """Each line by itself: its two ends are corners that others share. A closed one keeps its form."""
    if not lines:
        return []
    drawn = shapely.simplify([shapely.LineString(line) for line in lines], TOLERANCE, preserve_topology=True)
    return [shapely.get_coordinates(line) for line in drawn]


def _origin(lines: Sequence[Points]) -> tuple[float, float]:
    if not lines:
        return 0.0, 0.0
    west, south = np.concatenate(lines).min(axis=0)
    return round(float(west), 6), round(float(south), 6)
