"""What the planner's map shows, as one value: where its units and drafts come from, in which words, bands and colours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gis.palette import LIGHT, Palette


@dataclass(frozen=True)
class DraftView:
    """The planner's map. Addresses are paths on the page's own host; bounds are west, south, east, north in degrees.

    Nothing here depends on a plan: which plan, version, level and selection are told by the page as it goes.
    """

    units: str
    """The hash of the units' geometry, which every version of a draft names."""
    bounds: tuple[float, float, float, float]
    geometry: str
    draft: str
    base: str
    assets: Mapping[str, str]
    words: Mapping[str, str]
    titles: Mapping[int, str]
    """What the grids of each level are called."""
    bands: Mapping[int, tuple[str, ...]]
    """For each level that has a band: what the legend says from far below to far above."""
    band_names: tuple[str, ...]
    """The same five without numbers."""
    tools: Mapping[str, str]
    """Tools by name, in their order on the toolbar, with their titles."""
    modes: Mapping[str, str]
    """What a click takes: by name, with titles."""
    hints: Mapping[str, str] = field(default_factory=dict)
    """How to draw with a tool, by its name."""
    level: int = 1
    palette: Palette = LIGHT
    basemap_url: str = ""
