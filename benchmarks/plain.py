"""The plain way, our peer: folium.GeoJson in st_folium, everything drawn again at every click – assets served locally.

Run by Streamlit as a page of its own; ``REDGRID_DATABASE_URL`` names the same store.
"""

from __future__ import annotations

import folium
import geopandas as gpd
import shapely
import streamlit as st
from streamlit_folium import st_folium

from city import desk
from city.opened import City, here
from domain.grids import Level
from domain.loads import Load
from domain.people import Person, Role
from gis.palette import LIGHT

st.set_page_config(layout="wide")
city: City = here()
leader = Person(1, "leader", Role.LEADER)
grids = city.ground.structure.at_level(Level.BUILDING)
loads = city.loads(Level.BUILDING)
frame = gpd.GeoDataFrame(
    {
        "code": [g.code for g in grids],
        "name": [g.name for g in grids],
        "open": [loads.get(g.code, Load()).open for g in grids],
        "load": [city.class_of(g, loads.get(g.code, Load())) for g in grids],
    },
    geometry=[city.ground.outlines[g.code] for g in grids],
    crs=4326,
)
west, south, east, north = shapely.total_bounds(frame.geometry)
base = folium.Map(location=((south + north) / 2, (west + east) / 2), zoom_start=13, tiles=None)
base.default_js = [("leaflet", "/app/static/leaflet.js")]
base.default_css = [("leaflet", "/app/static/leaflet.css")]
colours = (LIGHT.panel, *LIGHT.classes)
folium.GeoJson(
    frame,
    style_function=lambda f: {
        "fillColor": colours[min(f["properties"]["load"], 5)],
        "fillOpacity": 0.8,
        "weight": 1,
    },
    tooltip=folium.GeoJsonTooltip(["name", "open"]),
).add_to(base)
left, right = st.columns([13, 8])
with left:
    done = st_folium(base, height=640, use_container_width=True, key="plain")
with right:
    properties = ((done or {}).get("last_active_drawing") or {}).get("properties")
    if properties:
        grid = city.ground.structure.grids[properties["code"]]
        st.html(f'<section data-grid="{grid.code}">{grid.name}</section>')
        cards, _ = desk.cards(
            city, leader, desk.area_of(city, leader, grid.code), desk.wanted("open", None, 8, 0)
        )
        for card in cards:
            st.html(f"<article>{card.ticket.no} {card.category.zh}</article>")
