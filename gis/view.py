"""What a map shows, as one value: where its geometry, counts and scripts come from, in which words and colours."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from folium import MacroElement
from folium.template import Template

from gis.palette import LIGHT, Palette
from gis.tiling import AT_ONCE


@dataclass(frozen=True, slots=True)
class Told:
    """The words of a number, with ``{n}`` in them, and what a grid is called that has none."""

    words: str
    unknown: str


@dataclass(frozen=True, slots=True)
class MeasureView:
    """How the legend names a measure: its title, what class 0 is called, and classes 1 to 5 of each level.

    Without a name for class 0 it is a rate, whose classes run from good to bad.
    """

    title: str
    none: str | None
    classes: Mapping[int, tuple[str, ...]]
    told: Told | None = None
    """In which words a grid's number is told, where colours count something else than tickets."""
    spots: bool = False
    """Is it known of buildings, too?"""

    def as_dict(self) -> dict[str, object]:
        """The measure as plain values for a script."""
        levels = {level: list(labels) for level, labels in self.classes.items()}
        told = {"told": {"words": self.told.words, "unknown": self.told.unknown}} if self.told else {}
        return {"title": self.title, "none": self.none, "classes": levels, **told}


@dataclass(frozen=True)
class MapView:
    """One map. Addresses are paths on the page's own host; bounds are west, south, east, north in degrees."""

    plan: str
    bounds: tuple[float, float, float, float]
    geometry: Mapping[int, str]
    base: str
    loads: str
    assets: Mapping[str, str]
    words: Mapping[str, str]
    measures: Mapping[str, MeasureView]
    """By name; the first is shown until another is asked for."""
    tiled: frozenset[int] = frozenset()
    """The levels whose address in ``geometry`` is that of an index, their outlines coming in bundles (``gis/tiling.py``)."""
    at_once: int = AT_ONCE
    """Where a view would hold more grids of a level in bundles, a level above is drawn in their place."""
    spots: str = ""
    """Where buildings are asked for one by one; empty where they are not shown."""
    level: int = 1
    refresh_seconds: int = 10
    palette: Palette = LIGHT
    basemap_url: str = ""
    wall: bool = False
    """For a wall screen: larger, nothing to move about, clicks told to the wall's own script."""


class OnBase(Protocol):
    """A map that lies on the quiet base."""

    @property
    def base(self) -> str: ...
    @property
    def palette(self) -> Palette: ...
    @property
    def basemap_url(self) -> str: ...


class ScriptLayer(MacroElement):
    """A layer that a script of ours draws: folium places it, the browser fetches what it shows.

    ``function`` names what the layer's script defines under ``redgridLayers``; ``options`` reach it as JSON.
    Nothing of the geometry passes through folium, so the map is a few kilobytes however large the city.
    """

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "redgridLayers.{{ this.function }}({{ this._parent.get_name() }}, {{ this.options_json }});"
        "{% endmacro %}"
    )

    def __init__(self, function: str, options: Mapping[str, Any]) -> None:
        super().__init__()
        self._name = function
        self.function = function
        self.options_json = json.dumps(options, ensure_ascii=False).replace("</", "<\\/")
