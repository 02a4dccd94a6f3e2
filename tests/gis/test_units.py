"""The ground from its units: what is shared is found exactly, and sets of units look as their union does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from demo.boundaries import Boundaries
from domain.plans.drafts import Draft
from domain.plans.units import OUTSIDE, Form
from gis.units import UnitGround, UnitRow, build_units
from tests.squares import plain_ground, square_codes


def drawn_form(ground: UnitGround, codes: Iterable[str]) -> Form:
    """The form as geometry sees it: parts of the union, and rings inside them."""
    parts = shapely.get_parts(ground.outline(codes))
    return Form(len(parts), int(shapely.get_num_interior_rings(parts).sum()))


RING = shapely.box(0, 0, 5, 5).difference(shapely.box(2, 2, 3, 3))
RING_OF_SIX = shapely.Polygon(
    [(0, 0), (5, 0), (5, 5), (0, 5)], [[(2, 2), (2.5, 2), (3, 2), (3, 3), (2.5, 3), (2, 3)]]
)
TOUCHING = shapely.Polygon([(0, 0), (4, 0), (4, 4), (0, 4)], [[(0, 0), (2, 1), (1, 2)]])
ODD = {
    "a unit with a hole that another fills": {"a": RING, "b": shapely.box(2, 2, 3, 3)},
    "a unit with a hole that nobody fills": {"a": RING, "b": shapely.box(5, 0, 6, 5)},
    "a hole that touches the outer ring": {"a": TOUCHING, "b": shapely.Polygon([(0, 0), (2, 1), (1, 2)])},
    "an island": {"a": shapely.box(0, 0, 1, 1), "b": shapely.box(3, 0, 4, 1)},
    "two that touch in a corner": {"a": shapely.box(0, 0, 1, 1), "b": shapely.box(1, 1, 2, 2)},
    "two units in one hole": {
        "a": RING_OF_SIX,
        "b": shapely.box(2, 2, 2.5, 3),
        "c": shapely.box(2.5, 2, 3, 3),
    },
    "rings in rings": {
        "a": shapely.box(0, 0, 9, 9).difference(shapely.box(1, 1, 8, 8)),
        "b": shapely.box(1, 1, 8, 8).difference(shapely.box(3, 3, 4, 4)),
        "c": shapely.box(3, 3, 4, 4),
    },
}


def ground_of(shapes: Mapping[str, shapely.Polygon]) -> UnitGround:
    small = {
        code: shapely.transform(shape, lambda at: at * 0.001 + (124, 39)) for code, shape in shapes.items()
    }
    return build_units(
        (code, "residential", None, None, 10, shapely.to_wkb(shape)) for code, shape in small.items()
    )


SIDE = 5
SQUARES = plain_ground(SIDE)
FIVE = st.frozensets(st.sampled_from(square_codes(SIDE)), min_size=1)


@given(FIVE)
@settings(max_examples=400, deadline=None)
def test_the_form_of_squares_is_that_of_their_union(codes: frozenset[str]) -> None:
    assert SQUARES.units.form(codes) == drawn_form(SQUARES, codes)


@pytest.mark.parametrize("name", ODD)
def test_the_form_of_odd_ground_is_that_of_its_union(name: str) -> None:
    ground = ground_of(ODD[name])
    codes = sorted(ground.shapes)
    for mask in range(1, 2 ** len(codes)):
        some = frozenset(code for n, code in enumerate(codes) if mask >> n & 1)
        assert ground.units.form(some) == drawn_form(ground, some), some


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_the_form_of_the_demo_citys_units_is_that_of_their_union(
    demo_ground: UnitGround, data: st.DataObject
) -> None:
    """Sets grown from one unit, so that rings and corners do arise, and some units thrown in from elsewhere."""
    units, codes = demo_ground.units, demo_ground.codes
    grown = {data.draw(st.sampled_from(codes))}
    frontier = sorted(grown)
    for pick in data.draw(st.lists(st.integers(0, 10_000), max_size=60)):
        near = sorted({n for code in frontier for n in units.borders[code]} - grown)
        if near:
            grown.add(near[pick % len(near)])
            frontier = sorted(grown)
    some = frozenset(grown | set(data.draw(st.lists(st.sampled_from(codes), max_size=3))))
    assert units.form(some) == drawn_form(demo_ground, some)


@given(FIVE)
@settings(deadline=None)
def test_area_and_perimeter_are_those_of_the_union(codes: frozenset[str]) -> None:
    shape = shapely.transform(
        SQUARES.outline(codes), lambda at: np.column_stack(SQUARES.to_metres.transform(*at.T))
    )
    assert SQUARES.units.area(codes) == pytest.approx(shape.area)
    assert SQUARES.units.perimeter(codes) == pytest.approx(shape.length)


def test_a_corner_is_no_border() -> None:
    ground = ground_of(ODD["two that touch in a corner"])
    assert ground.units.borders == {"a": {}, "b": {}}
    assert ground.units.corners == (frozenset({"a", "b", OUTSIDE}),)
    assert ground.units.turns[0] in {("a", OUTSIDE, "b", OUTSIDE), (OUTSIDE, "a", OUTSIDE, "b"),
                                     ("b", OUTSIDE, "a", OUTSIDE), (OUTSIDE, "b", OUTSIDE, "a")}  # fmt: skip


def test_a_closed_ring_has_metres_but_no_stretch() -> None:
    ground = ground_of(ODD["a unit with a hole that another fills"])
    border = ground.units.borders["a"]["b"]
    assert border.stretches == 0 and border.metres > 300
    assert ground.units["a"].holes == 1
    assert sum(chain.is_ring for chain in ground.chains) == 2


def test_chains_lie_between_the_units_that_they_name(demo_ground: UnitGround) -> None:
    chain = next(c for c in demo_ground.chains if OUTSIDE not in (c.left, c.right))
    line = shapely.LineString(chain.points)
    for code in (chain.left, chain.right):
        assert demo_ground.shapes[code].boundary.covers(line)
    (ax, ay), (bx, by) = chain.points[:2]
    step = 1e-7 / np.hypot(bx - ax, by - ay)
    left = shapely.Point((ax + bx) / 2 - (by - ay) * step, (ay + by) / 2 + (bx - ax) * step)
    assert demo_ground.shapes[chain.left].contains(left)


def test_every_segment_of_the_demo_city_is_in_one_chain(demo_ground: UnitGround) -> None:
    drawn = sum(len(chain.points) - 1 for chain in demo_ground.chains)
    assert drawn == 20_701 and not demo_ground.findings
    assert all(chain.left != chain.right for chain in demo_ground.chains)


def test_borders_know_both_sides_alike(demo_ground: UnitGround) -> None:
    borders = demo_ground.units.borders
    assert all(
        borders[near][code] == border for code, around in borders.items() for near, border in around.items()
    )


def test_units_that_overlap_are_a_finding_with_its_place() -> None:
    ground = ground_of({"a": shapely.box(0, 0, 2, 2), "b": shapely.box(0, 0, 2, 2)})
    assert {f.check for f in ground.findings} == {"unit_borders"} and all(f.where for f in ground.findings)


def test_units_that_do_not_share_their_vertices_are_a_finding() -> None:
    ground = ground_of({"a": shapely.box(0, 0, 2, 2), "b": shapely.box(2, 0, 3, 1)})
    assert {f.check for f in ground.findings} == {"unit_borders"} and all(f.where for f in ground.findings)


def test_a_unit_in_two_parts_is_a_finding() -> None:
    two = shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(3, 0, 4, 1)])
    assert [f.check for f in ground_of({"a": two}).findings] == ["unit_pieces"]


def test_no_units_are_a_ground_too() -> None:
    ground = build_units([])
    assert not ground.shapes and not ground.chains and ground.units.hash


def test_the_hash_names_codes_compounds_households_and_shapes_in_any_order(demo_rows: list[UnitRow]) -> None:
    rows = demo_rows[:50]
    kept = build_units(rows).units.hash
    assert build_units(reversed(rows)).units.hash == kept
    for other in (
        {"code": "x"}, {"kind": "park"}, {"compound": "x"}, {"households": 1_000}, {"geometry": rows[1].geometry},
    ):  # fmt: skip
        assert build_units([rows[0]._replace(**other), *rows[1:]]).units.hash != kept


def test_the_demo_citys_grids_look_as_their_units_do(demo: Boundaries, demo_ground: UnitGround) -> None:
    draft = Draft({grid.code: grid for grid in demo.grids}, demo.home_of)
    outlines = demo_ground.outlines(draft)
    assert set(outlines) == set(draft.grids)
    assert all(outlines[code].equals(shape) for code, shape in demo.outlines.items())
    some = min(draft.leaf_units)
    assert outlines[some].equals_exact(demo_ground.outline(draft.units_of(some)))
    assert all(demo_ground.units.form(draft.units_of(code)).is_whole for code in draft.grids)
