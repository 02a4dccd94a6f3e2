"""Draw the grids of one level, coloured by load; fetch geometry once, counts every few seconds; answer clicks."""

from __future__ import annotations

from folium import MacroElement

from gis.view import MapView, ScriptLayer


def layer(view: MapView) -> MacroElement:
    """The grids of a level; the level shown and the grid selected follow commands from the page."""
    options = {
        "plan": view.plan,
        "geometry": dict(view.geometry),
        "tiled": sorted(view.tiled),
        "at_once": view.at_once,
        "loads": view.loads,
        "level": view.level,
        "wall": view.wall,
        "refresh": view.refresh_seconds,
        "palette": view.palette.as_dict(),
        "words": dict(view.words),
        "measures": {name: measure.as_dict() for name, measure in view.measures.items()},
    }
    return ScriptLayer("grids", options)
