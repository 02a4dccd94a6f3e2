"""Say which polygons cover each of many points: all of them, so that who asks sees a gap and an overlap alike."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray


def covering(points: NDArray[np.float64], outlines: Sequence[shapely.Geometry]) -> list[list[int]]:
    """For each point (longitude, latitude) the numbers of the outlines that cover it, borders included."""
    shapes = shapely.make_valid(np.array(outlines, dtype=object))
    point, shape = shapely.STRtree(shapes).query(shapely.points(points), predicate="intersects")
    found: list[list[int]] = [[] for _ in range(len(points))]
    for p, s in sorted(zip(point.tolist(), shape.tolist(), strict=True)):
        found[p].append(s)
    return found
