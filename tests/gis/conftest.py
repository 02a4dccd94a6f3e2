"""The demo city's boundaries as its files say them, and the ground that they make."""

from __future__ import annotations

import pytest
import shapely

from city.settings import Settings
from demo.boundaries import Boundaries, read_boundaries
from gis.units import UnitGround, UnitRow, build_units


@pytest.fixture(scope="session")
def demo() -> Boundaries:
    return read_boundaries(Settings().data / "boundaries")


@pytest.fixture(scope="session")
def demo_rows(demo: Boundaries) -> list[UnitRow]:
    return [
        UnitRow(
            u["unit"], u["kind"], u["compound"], u["building"], u["households"], shapely.to_wkb(u["shape"])
        )
        for u in demo.units
    ]


@pytest.fixture(scope="session")
def demo_ground(demo_rows: list[UnitRow]) -> UnitGround:
    return build_units(demo_rows)
