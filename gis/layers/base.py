"""Draw the city's own water, parks, roads, compounds and buildings as a quiet base; no tile server."""

from __future__ import annotations

from folium import MacroElement

from gis.view import OnBase, ScriptLayer


def layer(view: OnBase) -> MacroElement:
    """The quiet base, from the city's own features (EPSG:4326) in drawing order."""
    options = {"url": view.base, "palette": view.palette.as_dict(), "tiles": view.basemap_url}
    return ScriptLayer("base", options)
