"""Serve the outlines of levels with many grids in bundles: an index, then what lies where one looks, kept for ever.

The index of a level (JSON): ``zooms`` from which on outlines are drawn another way, the farthest first; ``fine``, parts of
a degree; ``bundles``, of each west, south, east, north in those parts and how many grids it has. The bundles are
described in ``gis/tiling.py``.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from city import tiles
from city.opened import here
from domain.said import Busy
from server.files import immutable_squeezed

GONE = "these outlines are no longer in force"
AGAIN = {"Retry-After": "2", "Cache-Control": "no-store"}
MOST = 2**31
"""No number is larger."""


def index(request: Request) -> Response:
    """``GET /tiles/<ground>``: 503 while it is being made."""
    try:
        found = tiles.index(here(), request.path_params["ground"])
    except Busy:
        return PlainTextResponse("these outlines are being made", status_code=503, headers=AGAIN)
    return _answer(request, found)


def bundle(request: Request) -> Response:
    """``GET /tiles/<ground>/<zoom>/<bundle>``."""
    zoom, number = request.path_params["zoom"], request.path_params["bundle"]
    if max(zoom, number) >= MOST:
        return PlainTextResponse(GONE, status_code=404)
    return _answer(request, tiles.bundle(here(), request.path_params["ground"], zoom, number))


def _answer(request: Request, found: bytes | None) -> Response:
    if found is None:
        return PlainTextResponse(GONE, status_code=404)
    return immutable_squeezed(request, found, "application/json")
