"""Checks of a plan: each flaw is found, named and placed; a clean plan has none."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely

from city.boundaries import check_plan
from city.opened import City
from domain.findings import Finding, Severity, is_clean
from domain.grids import Grid, Level
from gis.checks import Drawn, check

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
