"""Draw on the demo city: what an edit costs, checked; what all checks of the whole plan cost.

A plan that is sent, approved and published is checked twice over: by sets of units and, strictly, by geometry. The peer of
both is the plain way: the polygons of all grids asked whether they are a valid coverage and
nest – which calls a hole legal, and finds neither a wrong count nor a torn compound.
"""

from __future__ import annotations

import time
from random import Random

import geopandas as gpd
import numpy as np
import shapely

from benchmarks.processor import median_time
from benchmarks.random_edits import demo_ground, demo_units
from benchmarks.table import Row
from domain.findings import Severity
from domain.plans.demands import problems_of
from domain.plans.drafts import Draft
from domain.plans.redrawing import redraw
from domain.plans.units import Units
from domain.said import Refused
from gis.strict import strict
from gis.units import UnitGround, build_units
from tests.random_edits import any_command

EDITS, RUNS = 1_000, 15
ONE_EDIT_MS, WHOLE_PLAN_MS, BUILT_MS = 10, 60, 1_000


def measure() -> list[Row]:
    """Random edits, each checked before it is made; then the whole plan from scratch."""
    ground, draft = demo_ground()
    random, taken, times = Random(1), frozenset(draft.grids), list[float]()
    _whole(ground, draft)  # what is known of the ground is kept from plan to plan
    edited, refused = draft, 0
    while len(times) < EDITS:
        command = any_command(random, ground.units, edited)
        began = time.process_time()
        try:
            edited = edited.after(redraw(ground.units, edited, command, taken))
        except Refused:
            refused += 1
            continue
        times.append(time.process_time() - began)
    ours, _ = median_time(RUNS, lambda: _whole(ground, draft))
    outlines = ground.outlines(draft)
    levels = [
        np.array([outlines[code] for code, grid in draft.grids.items() if grid.level is level], dtype=object)
        for level in sorted({grid.level for grid in draft.grids.values()})
    ]
    plain, _ = median_time(RUNS, lambda: [shapely.coverage_is_valid(level) for level in levels])
    median, p95 = (1000 * np.percentile(times, share) for share in (50, 95))
    return [
        Row(
            f"one edit of a plan, checked: median and p95 of {EDITS:,} random ones ({refused:,} more were refused)",
            f"the whole plan checked after each: {1000 * ours:.0f} ms", f"{median:.2f} ms, p95 {p95:.1f} ms",
            f"{median / 1000 / ours:.3f} ×", f"≤ {ONE_EDIT_MS} ms", bool(p95 <= ONE_EDIT_MS),
        ),
        Row(
            f"a whole plan checked by sets of units and strictly by geometry, {_size(ground.units)}, median of {RUNS}", f"`coverage_is_valid` alone: {1000 * plain:.0f} ms",
            f"{1000 * ours:.0f} ms", f"{ours / plain:.1f} ×", f"≤ {WHOLE_PLAN_MS} ms", 1000 * ours <= WHOLE_PLAN_MS,
        ),
        _built(),
    ]  # fmt: skip


def _built() -> Row:
    """The ground from its units' outlines: who borders whom, and how long; beside the plain way, which says whom alone."""
    rows = demo_units()
    ours, ground = median_time(RUNS, lambda: build_units(rows))

    def touching() -> int:
        frame = gpd.GeoDataFrame(geometry=shapely.from_wkb([row.geometry for row in rows]), crs=4326)
        return len(gpd.sjoin(frame, frame, predicate="touches"))

    plain, _ = median_time(RUNS, touching)
    return Row(
        f"build the ground from its units, with their borders, {_size(ground.units)}, median of {RUNS}",
        f"`sjoin` of those that touch alone: {1000 * plain:.0f} ms", f"{1000 * ours:.0f} ms",
        f"{ours / plain:.1f} ×", f"≤ {BUILT_MS:,} ms", 1000 * ours <= BUILT_MS,
    )  # fmt: skip


def _whole(ground: UnitGround, draft: Draft) -> None:
    """All that stands between a draft and its publication."""
    assert not list(problems_of(ground.units, draft, {}))
    assert not [found for found in strict(ground, draft) if found.severity is Severity.ERROR]


def _size(units: Units) -> str:
    return f"{len(units.by_code):,} units"
