"""The one place that talks to streamlit-folium.

``st_folium`` renders the folium map anew for every click. Our map never changes between reruns, so its
arguments are made once and handed to the same component; what changes – level, selection, where to look – goes
through the component's own channel for scripts that run in the map's frame (``feature_group``).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import folium
import streamlit as st
import streamlit_folium
from streamlit import runtime

from gis.draft_view import DraftView
from gis.map import build_draft_map, build_map
from gis.view import MapView
from views.gestures import Gesture, gesture_of

HEIGHT = 640
"""Pixels; only until the map's own script makes it fill its frame."""

_maps: dict[str, dict[str, Any]] = {}


def grid_map(
    view: Callable[[], MapView], name: str, show: dict[str, Any], key: str, follow: Callable[[dict[str, Any]], None] | None = None
) -> None:  # fmt: skip
    """Show the map of a city; ``follow`` is told what the person did on it, before the page is drawn anew.

    ``name`` identifies the content of the ``view``, which is asked for once for each. What is told has ``n``, which grows,
    and ``code`` (a grid, or None beside all grids) with ``lng``, ``lat``; or ``up`` after Escape.
    """
    arguments, widget = _arguments(name, lambda: build_map(view())), f"{key}-{name}"
    command = f"window.redgrid.show({json.dumps(show, ensure_ascii=False)});"

    def told() -> None:
        done = st.session_state.get(widget)
        if follow and isinstance(done, dict) and "n" in done:
            follow(done)

    # Followed in a callback, a click draws the page once; found out while drawing, it would be drawn one and a half times.
    streamlit_folium._component_func(**arguments, feature_group=command, key=widget, on_change=told)


def draft_map(view: DraftView, name: str, show: dict[str, Any], key: str) -> Gesture | None:
    """Show the planner's map and give back what was drawn on it, once: a rerun for another reason gives None.

    ``name`` identifies the view's content, whatever plan is shown. ``show`` says what is to be seen: ``plan`` and
    ``version``, and as it pleases ``level``, ``selected`` (units), ``preview`` (moves: ``to`` and ``units``), ``drawn``
    (the line spoken of), ``focus`` (``at`` or ``grid``, and ``n``, another for each jump), ``after`` (households by grid), ``mode``,
    ``changed``, and ``fit``: look at this grid, or with another word at the city, each time it is told.
    """
    arguments = _arguments(f"draft-{name}", lambda: build_draft_map(view))
    command = f"window.redgrid.show({json.dumps(show, ensure_ascii=False)});"
    done = streamlit_folium._component_func(**arguments, feature_group=command, key=f"{key}-{name}")
    gesture = gesture_of(done)
    if gesture is None or gesture.stamp == st.session_state.get(f"{key}-done"):
        return None
    st.session_state[f"{key}-done"] = gesture.stamp
    return gesture


def _arguments(name: str, build: Callable[[], folium.Map]) -> dict[str, Any]:
    if name not in _maps:
        if len(_maps) > 32:
            _maps.clear()
        _maps[name] = _build(build())
    return _maps[name]


def _build(city_map: folium.Map) -> dict[str, Any]:
    city_map.get_root().render()
    html = streamlit_folium._get_html(city_map)
    header = streamlit_folium._get_header(city_map)
    script = streamlit_folium._get_map_string(city_map)
    scripts, styles = _links(city_map)
    return {
        "script": script,
        "html": html,
        "header": header,
        "id": streamlit_folium.get_full_id(city_map),
        "height": HEIGHT,
        "width": None,
        # Tuples: of a list Streamlit asks at each click whether it is a table of one of twenty kinds.
        "returned_objects": (),
        "default": {},
        "zoom": None,
        "center": None,
        "return_on_hover": False,
        "layer_control": "",
        "pixelated": False,
        "css_links": styles,
        "js_links": scripts,
        "wrap_longitude": False,
    }


def _links(city_map: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    elements = [city_map, *city_map._children.values()]
    scripts = [link for e in elements for _, link in getattr(e, "default_js", [])]
    styles = [link for e in elements for _, link in getattr(e, "default_css", [])]
    return tuple(dict.fromkeys(scripts)), tuple(dict.fromkeys(styles))


def register() -> None:
    """Make the component known to the server. It was declared before there was one, and would answer 404."""
    runtime.get_instance().component_registry.register_component(streamlit_folium._component_func)
