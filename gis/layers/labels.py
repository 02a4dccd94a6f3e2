"""Write each grid's name and open count where they fit: colour never speaks alone."""

from __future__ import annotations

from folium import MacroElement

from gis.view import MapView, ScriptLayer


def layer(view: MapView) -> MacroElement:
    """Names and counts over the grids, drawn anew when the map rests."""
    options = {"palette": view.palette.as_dict(), "overdue": view.words["overdue"], "wall": view.wall}
    return ScriptLayer("labels", options)
