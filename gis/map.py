"""Put the map together: folium with Leaflet from our own host, and the layers in their order."""

from __future__ import annotations

import folium

from gis.layers import LAYERS
from gis.view import MapView


def build_map(view: MapView) -> folium.Map:
    """A folium map of one city. It requests nothing outside its own host and never changes between reruns."""
    west, south, east, north = view.bounds
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
    city_map.default_js = [("redgrid", view.assets["redgrid.js"])]
    city_map.default_css = [("redgrid_css", view.assets["redgrid.css"])]
    for layer in LAYERS:
        layer(view).add_to(city_map)
    return city_map
