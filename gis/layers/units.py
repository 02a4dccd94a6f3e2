"""Draw a draft's grids from the city's units: the ground once, with each version which unit lies in which grid."""

from __future__ import annotations

from folium import MacroElement

from gis.draft_view import DraftView
from gis.view import ScriptLayer


def layer(view: DraftView) -> MacroElement:
    """The grids of a draft by their bands; plan, version, level and selection follow commands from the page."""
    options = {
        "units": view.units,
        "geometry": view.geometry,
        "draft": view.draft,
        "level": view.level,
        "palette": view.palette.as_dict(),
        "words": dict(view.words),
        "titles": dict(view.titles),
        "bands": {level: list(rows) for level, rows in view.bands.items()},
        "band_names": list(view.band_names),
    }
    return ScriptLayer("units", options)
