"""Give the planner tools to draw with; what is drawn is a command to the page."""

from __future__ import annotations

from folium import MacroElement

from gis.draft_view import DraftView
from gis.view import ScriptLayer


def layer(view: DraftView) -> MacroElement:
    """The toolbar of the planner's map, and the gestures made with it."""
    options = {
        "palette": view.palette.as_dict(),
        "words": dict(view.words),
        "tools": dict(view.tools),
        "modes": dict(view.modes),
        "hints": dict(view.hints),
    }
    return ScriptLayer("tools", options)
