"""Answer the map that asks for the buildings in view, where its colours know them one by one."""

from __future__ import annotations

import json

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from city.frontline.places import Box
from city.frontline.shades import spots
from city.opened import here
from server.files import changing
from server.phone import numbers_in


def live_spots(request: Request) -> Response:
    """``GET /live/spots?by=<shade>&box=<west>,<south>,<east>,<north>``: longitude, latitude, name, number and class of each
    building; ``null`` where they are too many to be told apart."""
    box = box_in(request.query_params.get("box", ""))
    if box is None:
        return PlainTextResponse("box is west, south, east and north in degrees", status_code=400)
    found = spots(here(), request.scope["person"], request.query_params.get("by", ""), box)
    told = found and [
        (round(s.building.point.lng, 6), round(s.building.point.lat, 6), s.building.name, s.number, s.class_)
        for s in found
    ]
    body = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    return changing(request, body.encode(), "application/json")


def box_in(text: str) -> Box | None:
    """The box that a query names; None where it names none."""
    numbers = numbers_in(text, 4)
    if numbers is None:
        return None
    west, south, east, north = numbers
    return (west, south, east, north) if west <= east and south <= north else None
