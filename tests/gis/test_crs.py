"""Coordinates at the edge: datums there and back, numbers that are no degrees."""

from __future__ import annotations

import numpy as np
import prcoords
import pytest
from hypothesis import given
from hypothesis import strategies as some
from pyproj import Geod

from domain.said import BadInput
from gis.crs import metric, must_be_degrees, must_not_be_swapped, to_wgs84

DONGGANG = (124.11, 39.84, 124.19, 39.9)
GEOD = Geod(ellps="WGS84")


@given(some.floats(115, 126), some.floats(25, 42))
def test_gcj02_and_bd09_come_back_to_within_half_a_metre(lng: float, lat: float) -> None:
    for name, there in (("gcj02", prcoords.wgs_gcj), ("bd09", prcoords.wgs_bd)):
        shifted = there((lat, lng))
        assert GEOD.inv(lng, lat, shifted[1], shifted[0])[2] > 50
        back = to_wgs84(name)(np.array([[shifted[1], shifted[0]]]))[0]
        assert GEOD.inv(lng, lat, back[0], back[1])[2] < 0.5


def test_national_metres_become_degrees() -> None:
    lng, lat = to_wgs84("EPSG:4550")(np.array([[598_000.0, 4_415_000.0]]))[0]
    assert 124 < lng < 124.3 and 39.8 < lat < 39.95


def test_an_unknown_crs_is_refused_with_its_name() -> None:
    with pytest.raises(BadInput, match="mars"):
        to_wgs84("mars")


def test_local_metres_are_true_to_area_and_length() -> None:
    transformer = metric(DONGGANG)
    x, y = transformer.transform([124.15, 124.15], [39.87, 39.88])
    assert np.hypot(x[1] - x[0], y[1] - y[0]) == pytest.approx(
        GEOD.inv(124.15, 39.87, 124.15, 39.88)[2], rel=1e-4
    )


def test_feet_and_swapped_numbers_are_told_apart() -> None:
    with pytest.raises(BadInput, match="--crs"):
        must_be_degrees(np.array([1_300_000.0, 440_000.0, 1_310_000.0, 450_000.0]), "f")
    with pytest.raises(BadInput, match="swapped"):
        must_be_degrees(np.array([39.8, 124.1, 39.9, 124.2]), "f")
    with pytest.raises(BadInput, match="swapped"):
        must_not_be_swapped(np.array([38.8, -77.1, 39.0, -76.9]), (-77.1, 38.8, -76.9, 39.0), "f")
    must_be_degrees(np.array(DONGGANG), "f")
