"""Checks of a plan: each flaw is found, named and placed; a clean plan has none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
import shapely
import shapely.affinity
from hypothesis import given, settings
from hypothesis import strategies as st

from city.boundaries import check_plan
from city.opened import City
from city.settings import HOME
from demo.boundaries import read_boundaries
from demo.province import Province
from domain.findings import Finding, Severity, is_clean
from domain.grids import Grid, Level
from gis.checks import SLIVER, Drawn, check

STEP = 0.01
"""About a kilometre."""


def square(x: float, y: float, w: float = 1, h: float = 1) -> shapely.Polygon:
    return shapely.box(124 + x * STEP, 39 + y * STEP, 124 + (x + w) * STEP, 39 + (y + h) * STEP)


def found(*grids: tuple[str, int, str | None, shapely.Geometry]) -> list[Finding]:
    plan = tuple(Grid(code, Level(level), code, parent, 300) for code, level, parent, _ in grids)
    return check(Drawn(plan, np.array([shape for *_, shape in grids], dtype=object)))


def names(findings: Sequence[Finding]) -> set[str]:
    return {f.check for f in findings if f.severity is not Severity.NOTE}


def test_a_clean_plan_has_no_findings() -> None:
    assert not names(
        found(("a", 1, None, square(0, 0, 2)), ("a1", 2, "a", square(0, 0)), ("a2", 2, "a", square(1, 0)))
    )


def test_a_hole_that_the_coverage_calls_legal_is_a_gap() -> None:
    ring = [square(x, y) for x in range(3) for y in range(3) if (x, y) != (1, 1)]
    assert bool(shapely.coverage_is_valid(ring))
    findings = found(*((f"g{n}", 1, None, shape) for n, shape in enumerate(ring)))
    (gap,) = [f for f in findings if f.check == "no_gap"]
    assert gap.severity is Severity.ERROR
    assert gap.where and square(1, 1).covers(shapely.Point(gap.where.lng, gap.where.lat))


def test_an_overlap_is_an_error_with_its_place_and_both_codes() -> None:
    (overlap,) = [
        f
        for f in found(("a", 1, None, square(0, 0)), ("b", 1, None, square(0.5, 0)))
        if f.check == "no_overlap"
    ]
    assert overlap.grids == ("a", "b") and overlap.where


def test_a_child_that_reaches_over_its_parent_is_found_with_its_area() -> None:
    findings = found(
        ("a", 1, None, square(0, 0)),
        ("b", 1, None, square(1, 0)),
        ("a1", 2, "a", square(0, 0, 1.5)),
        ("b1", 2, "b", square(1.5, 0, 0.5)),
    )
    nested = [f for f in findings if f.check == "nested"]
    assert [f.grids for f in nested] == [("a1", "a")]
    assert "33.3 %" in str(nested[0].words)


def test_pieces_holes_bow_ties_and_orphans_are_found() -> None:
    two = shapely.MultiPolygon([square(0, 0), square(3, 0)])
    pierced = square(5, 0, 3, 3).difference(square(6, 1))
    bow = shapely.Polygon([(124, 40), (124.01, 40.01), (124.01, 40), (124, 40.01)])
    findings = found(
        ("two", 1, None, two),
        ("pierced", 1, None, pierced),
        ("bow", 1, None, bow),
        ("orphan", 2, "gone", square(0, 0)),
    )
    assert {"one_piece", "no_holes", "valid", "parent"} <= names(findings)


def test_slivers_are_summed_up_in_one_warning() -> None:
    thin = 5e-7  # half a millimetre on the ground
    findings = found(*((f"g{n}", 1, None, square(n / 2 - thin, 0, 0.5 + thin, 0.5)) for n in range(6)))
    assert sum(f.check == "no_overlap" for f in findings) == 1


def test_the_demo_city_is_clean_but_for_notes(demo_city: City) -> None:
    findings = check_plan(demo_city)
    assert is_clean(findings)
    assert {f.check for f in findings} == {"band"}


# --- many grids at once ---------------------------------------------------------------------------------------

SIDE = 4
FAULTS = ("gone", "wider", "shifted", "doubled", "inside", "halved", "pierced")


def with_a_fault(shape: shapely.Polygon, fault: str) -> list[shapely.Geometry]:
    """What stands in a square's place."""
    west, south, east, north = shape.bounds
    inner = shapely.box(west + STEP / 4, south + STEP / 4, east - STEP / 4, north - STEP / 4)
    return {
        "gone": [],
        "wider": [shapely.box(west, south, east + STEP / 3, north)],
        "shifted": [shapely.affinity.translate(shape, STEP / 5, STEP / 7)],
        "doubled": [shape, shape],
        "inside": [shape, inner],
        "halved": [shapely.box(west, south, (west + east) / 2, north)],
        "pierced": [shape.difference(inner)],
    }[fault]


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.integers(0, SIDE * SIDE - 1), st.sampled_from(FAULTS), max_size=3))
def test_asking_little_first_finds_what_laying_everything_over_everything_finds(
    faults: dict[int, str],
) -> None:
    parents = [square(2 * x, 2 * y, 2, 2) for x in range(SIDE // 2) for y in range(SIDE // 2)]
    grids = [(f"p{n}", 1, None, shape) for n, shape in enumerate(parents)]
    for n in range(SIDE * SIDE):
        x, y = divmod(n, SIDE)
        parent = f"p{x // 2 * (SIDE // 2) + y // 2}"
        cell = square(x, y)
        stands = with_a_fault(cell, faults[n]) if n in faults else [cell]
        grids += [(f"{parent}-{n}{'ab'[k]}", 2, parent, shape) for k, shape in enumerate(stands)]
    told = {(f.check, f.grids) for f in found(*grids)}
    below = [grid for grid in grids if grid[1] == 2]
    whole = shapely.union_all([shape for *_, shape in below])
    outline = {code: shape for code, *_, shape in grids}
    land = SLIVER / 111_000**2
    expected = {
        ("no_overlap", (a[0], b[0]))
        for a, b in combinations(below, 2)
        if shapely.intersection(a[3], b[3]).area > land
    }
    expected |= {
        ("nested", (code, parent))
        for code, _, parent, shape in below
        if shape.difference(outline[parent]).area > land
    }
    expected |= {
        ("covered", (code,))
        for code, level, _, shape in grids
        if level == 1 and shape.difference(whole).area > land
    }
    expected |= {("no_gap", ()) for part in shapely.get_parts(whole) if part.interiors}
    assert {t for t in told if t[0] in ("no_overlap", "nested", "covered", "no_gap")} == expected


@pytest.fixture(scope="module")
def county_after_county() -> tuple[list[Grid], list[shapely.Geometry]]:
    """A plan of six counties: some three thousand grids."""
    counties = list(Province(read_boundaries(HOME / "data" / "boundaries"), 6).counties())
    return [g for c in counties for g in c.grids], [o for c in counties for o in c.outlines]


def test_faults_planted_in_a_plan_of_thousands_are_each_found_and_nothing_else(
    county_after_county: tuple[list[Grid], list[shapely.Geometry]],
) -> None:
    grids, outlines = list(county_after_county[0]), list(county_after_county[1])
    assert is_clean(check(Drawn(tuple(grids), np.array(outlines, dtype=object))))
    leaves = [n for n, g in enumerate(grids) if g.level is Level.BUILDING]
    tree = shapely.STRtree([outlines[n] for n in leaves])
    whole = shapely.coverage_union_all([outlines[n] for n in leaves])
    inland = [n for n in leaves if outlines[n].disjoint(whole.boundary)]
    gone, fat, moved = inland[10], inland[len(inland) // 2], inland[-10]
    fatter = outlines[fat].buffer(5e-5)
    touched = {grids[leaves[m]].code for m in tree.query(fatter, predicate="overlaps")}
    outlines[fat] = fatter
    elsewhere = next(g.code for g in grids if g.level is Level.COMPOUND and g.parent != grids[moved].parent)
    grids[moved] = replace(grids[moved], parent=elsewhere)
    kept = [n for n in range(len(grids)) if n != gone]
    findings = check(
        Drawn(tuple(grids[n] for n in kept), np.array([outlines[n] for n in kept], dtype=object))
    )
    assert {f.grids for f in findings if f.check == "covered"} == {(str(grids[gone].parent),)}
    assert sum(f.check == "no_gap" for f in findings) == 1
    overlapping = [set(f.grids) - {grids[fat].code} for f in findings if f.check == "no_overlap"]
    assert set.union(*overlapping) == touched and all(len(other) == 1 for other in overlapping)
    assert (grids[moved].code, elsewhere) in {f.grids for f in findings if f.check == "nested"}
    assert {f.grids[0] for f in findings if f.check == "nested"} == {grids[moved].code, grids[fat].code}
