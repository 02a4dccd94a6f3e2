"""Put the map together: folium with Leaflet from our own host, and the layers in their order."""

from __future__ import annotations

from collections.abc import Mapping

import folium

from gis.draft_view import DraftView
from gis.layers import DRAFT_LAYERS, LAYERS
from gis.view import MapView


def build_map(view: MapView) -> folium.Map:
    """A folium map of one city. It requests nothing outside its own host and never changes between reruns."""
    city_map = _bare_map(view.bounds, view.assets, "redgrid.js")
    for layer in LAYERS:
        layer(view).add_to(city_map)
    return city_map


def build_draft_map(view: DraftView) -> folium.Map:
    """The planner's map: one for all plans of a city, for which plan is shown comes later."""
    city_map = _bare_map(view.bounds, view.assets, "drafting.js")
    for layer in DRAFT_LAYERS:
        layer(view).add_to(city_map)
    return city_map


def _bare_map(
    bounds: tuple[float, float, float, float], assets: Mapping[str, str], script: str
) -> folium.Map:
    west, south, east, north = bounds
    city_map = folium.Map(
        location=((south + north) / 2, (west + east) / 2),
        tiles=None,
        zoom_start=13,
        zoom_control=False,
        control_scale=False,
        prefer_canvas=True,
        max_zoom=19,
        zoom_snap=0.25,
        attributionControl=False,
    )
    city_map.default_js = [("redgrid", assets[script])]
    city_map.default_css = [("redgrid_css", assets["redgrid.css"])]
    return city_map
