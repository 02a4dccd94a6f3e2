"""Write names and households of a draft's grids where they fit, with a lock on what is locked."""

from __future__ import annotations

from folium import MacroElement

from gis.draft_view import DraftView
from gis.view import ScriptLayer


def layer(view: DraftView) -> MacroElement:
    """Labels over the grids of a draft, drawn anew when the map rests."""
    return ScriptLayer("unitLabels", {"palette": view.palette.as_dict()})
