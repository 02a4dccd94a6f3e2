"""Show where a grid lies, and take a place that was tapped on a still map: windows on the city, drawn once each."""

from __future__ import annotations

from functools import lru_cache

import shapely

from city.opened import City, Ground
from domain.grids import CITY
from domain.place import LngLat
from gis.palette import LIGHT
from gis.places import Frame, drawn

WIDTH = 328
"""Pixels: what a narrow phone shows between its margins."""

NEAR = 2_500.0
"""Metres: in a window no wider than this a finger points at a place rather than at a grid."""


class Atlas:
    """The windows on one ground. A window is named by the unit that fills it: a grid's code, or the whole city."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self._base = [(f, shapely.from_wkb(f.geometry)) for f in ground.base]
        self.picture = lru_cache(maxsize=512)(self._picture)

    def window(self, code: str) -> str:
        """The window of a unit, the whole city for what is no grid."""
        return code if code in self.ground.structure.grids else CITY

    def window_around(self, code: str) -> str:
        """The window in which a grid is seen among its neighbours: its community's, a community in the whole city."""
        structure = self.ground.structure
        chain = [c for c in structure.chain(code) if c in structure.grids]
        return chain[-1] if len(chain) > 1 else CITY

    def frame(self, window: str) -> Frame:
        """What a window shows."""
        outline = self.ground.outlines.get(window)
        bounds = self.ground.bounds if outline is None else tuple(outline.bounds)
        return Frame.around(bounds, WIDTH)

    def closer(self, window: str, point: LngLat) -> str | None:
        """The next window towards a point; None where this one is near enough to point at a place, or none covers it."""
        if self.frame(window).metres <= NEAR:
            return None
        towards = self.ground.locator.locate(point)
        codes = [code for code in (towards.level1, towards.level2, towards.level3) if code]
        if window in codes:
            codes = codes[codes.index(window) + 1 :]
        return codes[0] if codes else None

    def _picture(self, window: str, chosen: str = "") -> str:
        """The picture of a window (SVG), one grid in it standing out."""
        structure, outlines, frame = self.ground.structure, self.ground.outlines, self.frame(window)
        grids = structure.at_level(structure.levels[0]) if window == CITY else structure.children(window)
        borders = [outlines[grid.code] for grid in grids]
        if window in outlines:
            borders.append(outlines[window])
        names = [(grid.name, outlines[grid.code]) for grid in grids]
        if frame.metres <= NEAR:
            # Near by, people know the compounds' names better than the grids'.
            names = [(f.name, shape) for f, shape in self._base if f.kind == "compound"] or names
        base = [(f.kind, shape) for f, shape in self._base]
        standing_out = outlines.get(chosen) if chosen != window else None
        return drawn(frame, base, borders, standing_out, names, LIGHT)


class _Alike:
    """A ground as far as it is drawn: all of one identity are alike."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground

    def __hash__(self) -> int:
        return hash(self.ground.identity)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Alike) and other.ground.identity == self.ground.identity


@lru_cache(maxsize=2)
def _atlas(alike: _Alike) -> Atlas:
    return Atlas(alike.ground)


def atlas(city: City) -> Atlas:
    """The windows on the plan in force."""
    return _atlas(_Alike(city.ground))
