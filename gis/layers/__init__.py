"""The layers of the map: one layer one file, each with its script beside it; a new layer is one more line here."""

from __future__ import annotations

from collections.abc import Callable

from folium import MacroElement

from gis.draft_view import DraftView
from gis.layers import base, grids, labels, spots, tools, unit_labels, units
from gis.view import MapView

LAYERS: tuple[Callable[[MapView], MacroElement], ...] = (base.layer, grids.layer, labels.layer, spots.layer)
"""In drawing order, lowest first."""

DRAFT_LAYERS: tuple[Callable[[DraftView], MacroElement], ...] = (
    base.layer,
    units.layer,
    unit_labels.layer,
    tools.layer,
)
"""The planner's map: the same quiet base, and over it a draft."""
