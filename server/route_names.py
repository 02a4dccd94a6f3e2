"""Name an address by the template of its route: what a log and a figure may tell, whatever stands in the address."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

from starlette.routing import BaseRoute, Route

STREAMLITS: Mapping[str, str] = {
    "": "/",
    "_stcore": "/_stcore/{name}",
    "component": "/component/{name}",
    "favicon.png": "/favicon.png",
    "media": "/media/{name}",
    "static": "/static/{name}",
}
"""Streamlit's own addresses by how they begin."""

STREAM = "/_stcore/stream"

ELSE = "{else}"
"""Every address that is none of ours: an address may be as long as anybody likes, and hold anything."""

QUIET = frozenset(
    {
        "/assets/{digest}/{name}", "/geo/{hash}", "/geo/units/{hash}", "/healthz", "/metrics", "/live/loads",
        "/live/figures", "/live/wall", "/live/draft/{plan}", "/live/replay", "/_stcore/{name}", "/component/{name}", "/favicon.png",
        "/static/{name}",
    }
)  # fmt: skip
"""Files, and what pages and machines ask again and again by themselves."""


def is_quiet(route: str) -> bool:
    """Is this asked without anybody doing anything?"""
    return route in QUIET or route.startswith("/tiles/")


class RouteNames:
    """Knows the routes of the server by the first word of their paths."""

    def __init__(self, routes: Iterable[BaseRoute]) -> None:
        shapes: defaultdict[str, list[tuple[re.Pattern[str], str]]] = defaultdict(list)
        for route in routes:
            if isinstance(route, Route):
                template = route.path.replace(":path}", "}")
                shapes[template.split("/", 2)[1]].append((route.path_regex, template))
        self._shapes = {first: tuple(dict.fromkeys(found)) for first, found in shapes.items()}

    def of(self, path: str) -> str:
        """The template of the route that answers a path; Streamlit's own by how they begin."""
        if path == STREAM:
            return STREAM
        first = path.split("/", 2)[1] if path.startswith("/") else path
        for shape, template in self._shapes.get(first, ()):
            if shape.match(path):
                return template
        return STREAMLITS.get(first, ELSE)
