"""Read ``data/boundaries`` – units and assignment – into rows for the store and homes for the history."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely

from demo.history import Home
from domain.grids import Grid, Level, Street, Structure
from domain.place import LngLat

LENGTH = {Level.COMMUNITY: 12, Level.COMPOUND: 15, Level.BUILDING: 17}
"""The parent's code is the beginning of the child's; the level is the length."""


@dataclass(frozen=True)
class Boundaries:
    """The demo city as its files say it."""

    units: list[dict[str, Any]]
    home_of: dict[str, str]
    grids: list[Grid]
    streets: list[Street]
    compounds: dict[str, str]
    base: list[dict[str, Any]]
    outlines: dict[str, shapely.Geometry]
    unit_counts: dict[str, int]

    @property
    def structure(self) -> Structure:
        return Structure.of(self.grids, self.streets, "东港市")

    def homes(self) -> dict[str, list[Home]]:
        """The buildings of every building grid."""
        found: dict[str, list[Home]] = defaultdict(list)
        for unit in self.units:
            if unit["compound"]:
                point = shapely.point_on_surface(unit["shape"])
                number = int(unit["building"].removesuffix("号楼"))
                home = Home(
                    LngLat(point.x, point.y), self.compounds[unit["compound"]], number, unit["address"]
                )
                found[self.home_of[unit["unit"]]].append(home)
        return dict(found)


def table(path: Path) -> list[dict[str, str]]:
    """A CSV file's rows."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def features(path: Path) -> list[dict[str, Any]]:
    """A GeoJSON file's features: properties, and the geometry as ``shape``."""
    found = json.loads(path.read_text(encoding="utf-8"))["features"]
    return [f["properties"] | {"shape": shapely.geometry.shape(f["geometry"])} for f in found]


def read_boundaries(folder: Path) -> Boundaries:
    """Everything in the folder; grids' outlines and households are derived from their units."""
    units = features(folder / "units.geojson")
    home_of = {row["unit"]: row["level3"] for row in table(folder / "assignment.csv")}
    members: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for unit in units:
        for length in LENGTH.values():
            members[home_of[unit["unit"]][:length]].append(unit)
    grids = [
        Grid(
            row["code"], Level(int(row["level"])), row["name"], row["parent"] or None,
            sum(unit["households"] for unit in members[row["code"]]),
        )
        for row in table(folder / "grids.csv")
    ]  # fmt: skip
    return Boundaries(
        units=units,
        home_of=home_of,
        grids=grids,
        streets=[Street(row["code"], row["name"]) for row in table(folder / "streets.csv")],
        compounds={row["compound"]: row["name"] for row in table(folder / "compounds.csv")},
        base=features(folder / "base.geojson"),
        outlines={
            code: shapely.coverage_union_all([u["shape"] for u in inside]) for code, inside in members.items()
        },
        unit_counts={code: len(inside) for code, inside in members.items()},
    )
