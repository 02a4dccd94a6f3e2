"""Build the demo city: draw it, divide it, check it, write ``data/boundaries``. One seed, one city, byte for byte."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pyproj
import shapely

from demo import base, names
from demo.compounds import Compound, build
from demo.grids import BAND2, BAND3, LEVEL2, group_compounds
from demo.lots import Line, Lot, Rect, community_rects, cut
from demo.terrain import onto_ground
from demo.units import GridKey, Unit, Vertices, cut_units
from gis.solver.districting import Partition

SEED = 22
AREA = 27e6
"""Square metres of the city; the drawing is scaled to it."""

DENSE = frozenset({4, 5, 7, 8, 10, 11})
"""Communities of the old centre: ten compounds each, the others nine – 168 in all."""

OTHERS = 7
BOUND = 96
"""96,817 households cannot fill more than 96 grids of 1,000."""


@dataclass(frozen=True)
class Drawing:
    """The city as drawn: everything still in plan coordinates."""

    compounds: list[Compound]
    others: list[Lot]
    lines: list[Line]
    groups: Partition
    units: list[Unit]


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What was built, as figures."""

    area_km2: float
    units: int
    buildings: int
    compounds: int
    households: int
    grids: dict[int, int]
    level2_in_band: int
    proved: bool

    def __str__(self) -> str:
        proof = "the solver's optimum" if self.proved else "the best found in time"
        return (
            f"{self.area_km2:.3f} km², {self.units} units, {self.buildings} buildings in {self.compounds} compounds, "
            f"{self.households} households; grids {self.grids[1]} / {self.grids[2]} / {self.grids[3]}; "
            f"level 2 in {BAND2[0]}–{BAND2[1]} households: {self.level2_in_band} of {LEVEL2} ({proof} for whole compounds; bound {BOUND})"
        )


def draw(seed: int = SEED) -> Drawing:
    """Draw the city."""
    random = Random(seed)
    lots: list[Lot] = []
    lines: list[Line] = []
    for community in community_rects():
        more, streets = cut(community, 10 if community.community in DENSE else 9, OTHERS, random)
        lots += more
        lines += streets
    compounds = build([lot for lot in lots if lot.use == "residential"], random)
    others = [lot for lot in lots if lot.use != "residential"]
    return Drawing(compounds, others, lines, group_compounds(compounds), cut_units(compounds, others))


def build_city(folder: Path, seed: int = SEED) -> BuildReport:
    """Build the city and write its files.

    Raises:
        AssertionError: when what was built is not what was promised; nothing is written then.
    """
    drawing = draw(seed)
    ground = Ground(drawing)
    codes = Codes(drawing)
    report = _check(drawing, ground, codes)
    folder.mkdir(parents=True, exist_ok=True)
    _write_units(folder, drawing, ground, codes)
    _write_tables(folder, drawing, codes)
    _write_base(folder, drawing, ground, codes, Random(seed))
    return report


class Ground:
    """The plan laid on the ground: scaled to the city's area, every vertex moved once."""

    def __init__(self, drawing: Drawing) -> None:
        self._vertices = Vertices(u.rect for u in drawing.units)
        self.scale = 1.0
        self._known: dict[tuple[int, int], tuple[float, float]] = {}
        self.scale = (AREA / self._area(drawing)) ** 0.5
        self._known.clear()
        self.area = self._area(drawing)

    def point(self, at: tuple[int, int]) -> tuple[float, float]:
        """Longitude and latitude of a vertex of the plan."""
        if at not in self._known:
            self._known[at] = onto_ground(at, self.scale)
        return self._known[at]

    def polygon(self, rect: Rect) -> shapely.Polygon:
        """A unit's outline in EPSG:4326."""
        return shapely.Polygon([self.point(at) for at in self._vertices.ring(rect)])

    def _area(self, drawing: Drawing) -> float:
        geod = pyproj.Geod(ellps="WGS84")
        return float(sum(geod.geometry_area_perimeter(self.polygon(u.rect))[0] for u in drawing.units))


class Codes:
    """Codes and names of everything, in the order in which a clerk would number it: from the north-west."""

    def __init__(self, drawing: Drawing) -> None:
        compounds = drawing.compounds
        self.community = names.PLACES
        self.group_of = {c: g for g, group in enumerate(drawing.groups.groups) for c in group}
        self.compound_name = names.compound_names(
            [names.PLACES[c.lot.community] for c in compounds], Random(7)
        )
        self.compound_code = self._numbered(range(len(compounds)), lambda c: compounds[c].lot, "P{:03d}")
        self.level2: dict[int, str] = {}
        self.level3: dict[GridKey, str] = {}
        for community in range(len(names.PLACES)):
            groups = [
                g
                for g, group in enumerate(drawing.groups.groups)
                if compounds[min(group)].lot.community == community
            ]
            ordered = sorted(
                groups, key=lambda g: min(_reading(compounds[c].lot) for c in drawing.groups.groups[g])
            )
            for n, group in enumerate(ordered, start=1):
                self.level2[group] = f"{names.PLACES[community]}{n:03d}"
                members = sorted(drawing.groups.groups[group], key=lambda c: _reading(compounds[c].lot))
                keys = [(c, run) for c in members for run in range(len(compounds[c].runs))]
                for m, key in enumerate(keys, start=1):
                    self.level3[key] = f"{self.level2[group]}{m:02d}"

    @staticmethod
    def _numbered(items: Iterable[int], lot_of: Any, pattern: str) -> dict[int, str]:
        ordered = sorted(items, key=lambda i: (names.PLACES[lot_of(i).community], _reading(lot_of(i))))
        return {item: pattern.format(n) for n, item in enumerate(ordered, start=1)}

    def level2_name(self, drawing: Drawing, group: int) -> str:
        members = sorted(drawing.groups.groups[group], key=lambda c: -drawing.compounds[c].households)
        first = self.compound_name[members[0]]
        return f"{first}网格" if len(members) == 1 else f"{first}等{len(members)}小区网格"

    def level3_name(self, drawing: Drawing, key: GridKey) -> str:
        compound, run = key
        lengths = drawing.compounds[compound].runs
        first = sum(lengths[:run]) + 1
        return f"{self.compound_name[compound]}{first}—{first + lengths[run] - 1}号楼"


def _reading(lot: Lot) -> tuple[int, int]:
    """North to south in bands of 400 m, west to east in each."""
    return -(lot.rect.north // 4000), lot.rect.west


# --- checking -------------------------------------------------------------------------------------------


def _check(drawing: Drawing, ground: Ground, codes: Codes) -> BuildReport:
    polygons = np.array([ground.polygon(u.rect) for u in drawing.units])
    assert bool(shapely.coverage_is_valid(polygons)), "units overlap or miss each other's vertices"
    whole = shapely.coverage_union_all(polygons)
    assert _is_simple(whole), "the city has a hole or an island"
    for level in (1, 2, 3):
        for code, members in _members(drawing, codes, level).items():
            assert _is_simple(shapely.coverage_union_all(polygons[members])), (
                f"grid {code} has a hole or an island"
            )
    households: dict[str, int] = defaultdict(int)
    for unit in drawing.units:
        households[codes.level3[unit.grid]] += unit.households
    assert all(BAND3[0] <= h <= BAND3[1] for h in households.values()), "a building grid is out of its band"
    buildings = [u for u in drawing.units if u.building]
    report = BuildReport(
        area_km2=ground.area / 1e6,
        units=len(drawing.units),
        buildings=len(buildings),
        compounds=len(drawing.compounds),
        households=sum(u.households for u in drawing.units),
        grids={1: len(names.PLACES), 2: len(codes.level2), 3: len(codes.level3)},
        level2_in_band=drawing.groups.in_band,
        proved=drawing.groups.proved,
    )
    promised = (1_800, 168, 96_817, {1: 18, 2: 105, 3: 382})
    built = (report.buildings, report.compounds, report.households, report.grids)
    assert built == promised, f"built {built}, promised {promised}"
    return report


def _is_simple(shape: shapely.Geometry) -> bool:
    return isinstance(shape, shapely.Polygon) and not shape.interiors


def _members(drawing: Drawing, codes: Codes, level: int) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for n, unit in enumerate(drawing.units):
        found[codes.level3[unit.grid][: {1: 12, 2: 15, 3: 17}[level]]].append(n)
    return found


# --- writing --------------------------------------------------------------------------------------------


def _unit_codes(drawing: Drawing, codes: Codes) -> list[str]:
    """Units are numbered in each building grid: homes first, then what lies beside them."""
    seen: dict[str, int] = defaultdict(int)
    found = []
    for unit in drawing.units:
        grid = codes.level3[unit.grid]
        seen[grid] += 1
        found.append(f"{grid}-{seen[grid]:02d}")
    return found


def _write_units(folder: Path, drawing: Drawing, ground: Ground, codes: Codes) -> None:
    features = []
    for code, unit in zip(_unit_codes(drawing, codes), drawing.units, strict=True):
        compound = codes.compound_name[unit.compound] if unit.compound is not None and unit.building else None
        building = f"{unit.building}号楼" if unit.building else None
        properties = {
            "unit": code,
            "kind": unit.kind,
            "compound": codes.compound_code[unit.compound]
            if compound and unit.compound is not None
            else None,
            "building": building,
            "address": f"{compound}{building}" if compound else "",
            "households": unit.households,
        }
        features.append(_feature(properties, ground.polygon(unit.rect)))
    _write_geojson(folder / "units.geojson", features)
    rows = [
        (code, codes.level3[u.grid])
        for code, u in zip(_unit_codes(drawing, codes), drawing.units, strict=True)
    ]
    _write_csv(folder / "assignment.csv", ("unit", "level3"), rows)


def _write_tables(folder: Path, drawing: Drawing, codes: Codes) -> None:
    compounds = sorted(
        (
            codes.compound_code[n],
            codes.compound_name[n],
            codes.level2[codes.group_of[n]],
            len(c.buildings),
            c.households,
        )
        for n, c in enumerate(drawing.compounds)
    )
    _write_csv(folder / "compounds.csv", ("compound", "name", "level2", "buildings", "households"), compounds)
    grids = [(code, 1, name, code[:9]) for code, name in names.COMMUNITIES.items()]
    grids += [(code, 2, codes.level2_name(drawing, g), code[:12]) for g, code in codes.level2.items()]
    grids += [(code, 3, codes.level3_name(drawing, key), code[:15]) for key, code in codes.level3.items()]
    _write_csv(
        folder / "grids.csv", ("code", "level", "name", "parent"), sorted(grids, key=lambda g: (g[1], g[0]))
    )
    _write_csv(folder / "streets.csv", ("code", "name"), sorted(names.STREETS.items()))


def _write_base(folder: Path, drawing: Drawing, ground: Ground, codes: Codes, random: Random) -> None:
    features = [
        _feature({"kind": kind, "name": name}, shape)
        for kind, name, shape in base.features(
            drawing.compounds, drawing.others, drawing.lines, codes.compound_name, ground.point, random
        )
    ]
    _write_geojson(folder / "base.geojson", features)


def _feature(properties: dict[str, Any], shape: shapely.Geometry) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": shapely.geometry.mapping(shape)}


def _write_geojson(path: Path, features: Sequence[dict[str, Any]]) -> None:
    """One feature a line, so that a change of one building is a change of one line."""
    lines = ",\n".join(json.dumps(f, ensure_ascii=False, separators=(",", ":")) for f in features)
    path.write_text('{"type":"FeatureCollection","features":[\n' + lines + "\n]}\n", encoding="utf-8")


def _write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
