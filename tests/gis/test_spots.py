"""The units under a point are those whose shapes cover it, for one point or a hundred thousand."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gis.spots import BY_CELL_FROM, Spots

SQUARES = {f"s{x}{y}": shapely.box(x, y, x + 1, y + 1) for x in range(4) for y in range(4)}
SPOTS = Spots(SQUARES)
HALF = st.integers(-1, 9).map(lambda n: n / 2)
"""Corners, borders, middles and what lies outside."""


def covering(lng: float, lat: float) -> tuple[str, ...]:
    return tuple(code for code, square in SQUARES.items() if square.covers(shapely.Point(lng, lat)))


@given(st.lists(st.tuples(HALF, HALF), min_size=1, max_size=30))
def test_every_point_has_the_units_that_cover_it(points: list[tuple[float, float]]) -> None:
    number, spots = SPOTS.of(*np.array(points).T)
    assert [spots[n] for n in number] == [covering(*point) for point in points]


def test_many_points_at_once_have_the_same_units_as_few() -> None:
    random = np.random.default_rng(5)
    lng, lat = random.integers(-4, 36, (2, BY_CELL_FROM + 7)) / 8
    many, of_many = SPOTS.of(lng, lat)
    few, of_few = SPOTS.of(lng[:3000], lat[:3000])
    assert [of_many[n] for n in many[:3000]] == [of_few[n] for n in few]


def test_what_is_no_point_lies_nowhere() -> None:
    number, spots = SPOTS.of(np.array([np.nan, 0.5]), np.array([np.nan, 0.5]))
    assert [spots[n] for n in number] == [(), ("s00",)]


def test_no_points_have_no_units() -> None:
    number, _ = SPOTS.of(np.array([]), np.array([]))
    assert not len(number)
