"""One million points: our locator against geopandas.sjoin, the same answers but for shared edges."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import TypeVar

import geopandas as gpd
import numpy as np

from benchmarks.table import Row
from city.opened import City
from domain.grids import Level
from gis.locate import OUTSIDE, LevelLocator

T = TypeVar("T")
POINTS, RUNS = 1_000_000, 5


def measure(city: City) -> Row:
    """The median of five runs each, in turn."""
    ground = city.ground
    grids = ground.structure.at_level(Level.BUILDING)
    frame = gpd.GeoDataFrame(
        {"code": [g.code for g in grids]}, geometry=[ground.outlines[g.code] for g in grids], crs=4326
    )
    west, south, east, north = ground.bounds
    random = np.random.default_rng(1)
    lng, lat = random.uniform(west, east, POINTS), random.uniform(south, north, POINTS)
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy(lng, lat), crs=4326)
    locator = LevelLocator(list(frame.code), list(frame.geometry))
    making, _ = timed(lambda: locator.raster)
    frame.sindex  # noqa: B018 - both keep their index from run to run
    ours, theirs = [], []
    for _ in range(RUNS):
        seconds, found = timed(lambda: locator.locate_many(lng, lat))
        ours.append(seconds)
        seconds, joined = timed(lambda: gpd.sjoin(points, frame, predicate="intersects"))
        theirs.append(seconds)
    codes = np.array([*locator.codes, ""], dtype=object)[found]
    peers = joined.groupby(level=0).code.min().reindex(range(POINTS)).fillna("").to_numpy()
    assert (codes == peers).all(), "the answers differ"
    assert (found == OUTSIDE).any()
    a, b = statistics.median(ours), statistics.median(theirs)
    return Row(
        f"locate 1,000,000 points, indexes kept (ours is made once for a plan, {making:.2f} s)",
        f"{b:.2f} s",
        f"{a:.2f} s",
        f"{b / a:.1f} × faster",
        "≥ 8 × faster",
        b / a >= 8,
    )


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """Seconds, and what came out."""
    begun = time.perf_counter()
    result = work()
    return time.perf_counter() - begun, result
