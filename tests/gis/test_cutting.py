"""Drawings that take units: what a lasso holds, what lies left and right of a line, and every line that is refused."""

from __future__ import annotations

import math
import re

import pytest
import shapely
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from domain.place import LngLat
from domain.plans.demands import NotDrawn
from domain.said import BadInput, Refused
from gis.cutting import MOST_POINTS, sides, units_in
from gis.units import UnitGround, build_units
from tests.squares import CORNER, STEP, plain_ground, square_codes

SIDE = 5
GROUND = plain_ground(SIDE)
ALL = frozenset(square_codes(SIDE))


def at(x: float, y: float) -> tuple[float, float]:
    """A place, in squares from the corner."""
    return CORNER[0] + x * STEP, CORNER[1] + y * STEP


def line(*places: tuple[float, float]) -> list[tuple[float, float]]:
    return [at(*place) for place in places]


def column(x: int) -> frozenset[str]:
    return frozenset(f"r{y}c{x}" for y in range(SIDE))


# --- the lasso ------------------------------------------------------------------------------------------


def test_a_lasso_holds_the_units_whose_point_lies_inside() -> None:
    assert units_in(GROUND, line((-1, -1), (1.6, -1), (1.6, 1.6), (-1, 1.6))) == {
        "r0c0",
        "r0c1",
        "r1c0",
        "r1c1",
    }
    assert units_in(GROUND, [LngLat(*at(*p)) for p in ((2, 2), (3, 2), (3, 3), (2, 3), (2, 2))]) == {"r2c2"}


def test_a_lasso_that_crosses_itself_holds_both_loops() -> None:
    assert units_in(GROUND, line((0, 0), (5, 5), (5, 0), (0, 5))) >= {"r2c0", "r2c4"}


@pytest.mark.parametrize(
    ("ring", "words"),
    [
        (line((0, 0), (1, 1), (0, 0)), "three different points"),
        ([], "three different points"),
        (line((0, 0), (1, 1), (2, 2)), "holds no ground"),
        (line((8, 8), (9, 8), (9, 9)), "No unit"),
        (line((0.1, 0.1), (0.2, 0.1), (0.2, 0.2)), "No unit"),
    ],
)
def test_a_lasso_over_nothing_is_refused(ring: list[tuple[float, float]], words: str) -> None:
    with pytest.raises(NotDrawn, match=words):
        units_in(GROUND, ring)


# --- the line -------------------------------------------------------------------------------------------


def test_a_line_parts_a_set_into_left_and_right() -> None:
    left, right = sides(GROUND, ALL, line((2.1, -1), (2.1, 6)))
    assert left == column(0) | column(1) and right == column(2) | column(3) | column(4)


def test_it_may_begin_on_the_border_and_end_far_outside_the_city() -> None:
    left, right = sides(GROUND, ALL, line((2, 0), (2, 900)))
    assert left == column(0) | column(1) and right == ALL - left


def test_only_the_named_units_are_parted() -> None:
    some = column(0) | column(1)
    assert sides(GROUND, some, line((1, 9), (1, -9))) == (column(1), column(0))


def test_a_unit_lies_where_most_of_it_lies() -> None:
    left, _ = sides(GROUND, ALL, line((-1, 2.7), (6, 2.6)))
    assert left == frozenset(code for code in ALL if code >= "r3")


def test_a_bent_line_is_followed() -> None:
    left, _ = sides(GROUND, ALL, line((-1, 1), (2, 1), (2, 3), (6, 3)))
    assert left == {f"r{y}c{x}" for y in range(SIDE) for x in range(SIDE) if y >= (1 if x < 2 else 3)}


def test_a_line_may_leave_and_come_back_where_no_unit_hangs_on_it() -> None:
    left, right = sides(GROUND, ALL, line((2, -1), (2, 4.5), (1.9, 6), (2.1, 6), (2.1, 4.9), (2.2, 6)))
    assert len(left) + len(right) == len(ALL)


REFUSED = {
    "no point": ([], "two different points"),
    "one point": (line((1, 1)), "two different points"),
    "the same point twice": (line((1, -1), (1, -1)), "two different points"),
    "misses": (line((-1, -1), (6, -1)), "misses"),
    "touches in a corner": (line((-1, 1), (1, -1)), "only touches"),
    "ends at the border from outside": (line((2, -3), (2, 0)), "only touches"),
    "runs along the border": (line((-1, 0), (6, 0)), "runs along the border"),
    "runs just inside the border": (line((-1, 0.1), (6, 0.1)), "runs along the border"),
    "ends inside": (line((2, -1), (2, 2)), "ends inside"),
    "begins inside": (line((2, 2), (2, 9)), "ends inside"),
    "lies wholly inside": (line((1, 1), (2, 2)), "ends inside"),
    "a closed ring inside": (line((1, 1), (4, 1), (4, 4), (1, 1)), "ends inside"),
    "crosses itself": (line((-1, 1), (6, 1), (6, 4), (3, 4), (3, -1)), "crosses itself"),
    "goes back over itself": (line((-1, 1), (6, 1), (-1, 1)), "crosses itself"),
    "crosses five times": (
        line((1, -1), (1, 6), (2, 6), (2, -1), (3, -1), (3, 6), (4, 6), (4, -1), (4.4, -1), (4.4, 6)),
        "several pieces",
    ),
    "goes out and comes back": (line((-1, 1), (6, 1), (6, 4), (-1, 4)), "several pieces"),
    "goes round outside and crosses again": (
        line((1, -1), (1, 6), (7, 6), (7, -2), (3, -2), (3, 5.5)), "several pieces",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_line_that_does_not_part_the_set_in_two_is_refused(name: str) -> None:
    drawn, words = REFUSED[name]
    with pytest.raises(NotDrawn, match=words):
        sides(GROUND, ALL, drawn)


def test_what_is_refused_has_its_place() -> None:
    with pytest.raises(NotDrawn) as refused:
        sides(GROUND, ALL, line((2, -1), (2, 2)))
    assert refused.value.where == LngLat(*at(2, 2))


@pytest.mark.parametrize(
    "bad",
    [
        [(math.nan, 39.0), (124.0, 39.0), (124.1, 39.1)],
        [(math.inf, 39.0), (124.0, 39.0), (124.1, 39.1)],
        [(500.0, 39.0), (124.0, 39.0), (124.1, 39.1)],
        [(124.0, 95.0), (124.0, 39.0), (124.1, 39.1)],
        [("124", "39"), (124.0, 39.0), (124.1, 39.1)],
        [(124.0, 39.0, 5.0), (124.0, 39.0), (124.1, 39.1)],
        [(None, None), (124.0, 39.0), (124.1, 39.1)],
        [(124.0 + n / 1e6, 39.0) for n in range(MOST_POINTS + 1)],
    ],
)
def test_what_is_no_drawing_on_the_earth_is_refused(bad: list[tuple[float, float]]) -> None:
    for draw in (lambda: units_in(GROUND, bad), lambda: sides(GROUND, ALL, bad)):
        with pytest.raises(BadInput):
            draw()


def test_a_set_that_the_line_runs_around_twice_keeps_its_units() -> None:
    """A U of squares, crossed through both arms: the arms hang together nowhere."""
    u = ALL - {f"r{y}c{x}" for y in range(1, SIDE) for x in (1, 2, 3)}
    with pytest.raises(NotDrawn, match="several pieces"):
        sides(GROUND, u, line((-1, 2), (6, 2)))
    left, right = sides(GROUND, u, line((2.5, -1), (2.5, 6)))
    assert left | right == u


def test_what_would_lie_apart_goes_with_the_other_side() -> None:
    """A road runs along a row; the house above it hangs on the road alone, which lies mostly on the other side."""
    shapes = {
        "road": shapely.Polygon([at(0, 0), at(1, 0), at(3, 0), at(3, 1), at(2, 1), at(1, 1), at(0, 1)]),
        "a": shapely.Polygon([at(0, 1), at(1, 1), at(1, 3), at(0, 3)]),
        "b": shapely.Polygon([at(2, 1), at(3, 1), at(3, 3), at(2, 3)]),
    }
    ground = build_units((c, "x", None, None, 1, shapely.to_wkb(s)) for c, s in shapes.items())
    left, right = sides(ground, shapes, line((2.2, -1), (2.2, 9)))
    assert left == {"road", "a"} and right == {"b"}


PLACES = st.tuples(st.floats(-1, SIDE + 1), st.floats(-1, SIDE + 1))


@given(st.lists(PLACES, min_size=2, max_size=6))
@example([(0.0, 1.0), (1e-05, 0.0), (1.0, 1.0), (0.0, 1.0)])
@settings(max_examples=400, deadline=None)
def test_sides_are_the_set_and_swap_with_the_lines_direction(places: list[tuple[float, float]]) -> None:
    drawn = line(*places)
    try:
        left, right = sides(GROUND, ALL, drawn)
    except Refused as refusal:
        with pytest.raises(Refused, match=re.escape(str(refusal))):
            sides(GROUND, ALL, drawn[::-1])
        return
    assert left | right == ALL and not left & right and left and right
    assert sides(GROUND, ALL, drawn[::-1]) == (right, left)
    assert len(GROUND.units.pieces(left)) == len(GROUND.units.pieces(right)) == 1


@given(st.floats(0, 2 * math.pi), st.floats(-2, 2))
@settings(max_examples=200, deadline=None)
def test_a_straight_line_parts_squares_as_their_middles_lie(angle: float, aside: float) -> None:
    dx, dy = math.cos(angle), math.sin(angle)
    middle = SIDE / 2 - dy * aside, SIDE / 2 + dx * aside
    ends = [(middle[0] - 20 * dx, middle[1] - 20 * dy), (middle[0] + 20 * dx, middle[1] + 20 * dy)]
    over = {code: dx * (y - middle[1]) - dy * (x - middle[0]) for code, (x, y) in MIDDLES.items()}
    assume(all(abs(distance) > 1e-6 for distance in over.values()))
    expected = frozenset(code for code, distance in over.items() if distance > 0)
    assume(0 < len(expected) < len(ALL))
    assert sides(GROUND, ALL, line(*ends)) == (expected, ALL - expected)


MIDDLES = {f"r{y}c{x}": (x + 0.5, y + 0.5) for y in range(SIDE) for x in range(SIDE)}


def test_every_compound_grid_of_the_demo_city_can_be_parted(demo_ground: UnitGround) -> None:
    """A line through the middle, across the longer way, parts nearly all; what is refused has a sentence."""
    grids = sorted({code[:15] for code in demo_ground.codes})
    parted = 0
    for grid in grids:
        codes = [code for code in demo_ground.codes if code.startswith(grid)]
        west, south, east, north = demo_ground.outline(codes).bounds
        x, y = (west + east) / 2 + 1e-5, (south + north) / 2 + 1e-5
        across = (
            [(x, south - 1), (x, north + 1)]
            if east - west > north - south
            else [(west - 1, y), (east + 1, y)]
        )
        try:
            left, right = sides(demo_ground, codes, across)
        except NotDrawn as refused:
            assert refused.where
            continue
        parted += 1
        assert left | right == set(codes)
    assert len(grids) > 100 and parted > 0.9 * len(grids)
