"""Draw the buildings of a view one by one, where what colours the grids is known of each of them."""

from __future__ import annotations

from folium import MacroElement

from gis.view import MapView, ScriptLayer


def layer(view: MapView) -> MacroElement:
    """The buildings in view, once it is close enough to tell them apart; fetched when the map rests."""
    by = {name: measure.as_dict() for name, measure in view.measures.items() if measure.spots}
    options = {
        "address": view.spots,
        "measures": by,
        "palette": view.palette.as_dict(),
        "refresh": view.refresh_seconds,
    }
    return ScriptLayer("spots", options)
