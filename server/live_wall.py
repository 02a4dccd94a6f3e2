"""Answer the wall screens: what they show now, in words ready to be shown, a few kilobytes, none when nothing changed.

Beside the body stand, also in a 304, ``X-Redgrid-Now`` (the server's clock) and ``X-Redgrid-Read`` (when the store was
last read): milliseconds since 1970. A screen that gets no answer keeps what it shows and says so by itself.
"""

from __future__ import annotations

import json
from datetime import datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from city.opened import here
from city.wall import WATCHED_BY, shown, wall_now
from city.wall_page import build, page
from city.weights import measure_named
from server.files import changing
from server.sign_in import words_for


def live_wall(request: Request) -> Response:
    """``GET /live/wall?area=&level=&measure=&lang=``: JSON with an ETag; 304 when it is as before."""
    city, person = here(), request.scope["person"]
    if person.role not in WATCHED_BY:
        return PlainTextResponse("this is for wall screens", status_code=403)
    asked = request.query_params
    what = shown(city, person, asked.get("area", ""), asked.get("level", ""))
    if what is None:
        return JSONResponse({"empty": True, "build": build()}, headers={"Cache-Control": "no-store"})
    now = wall_now(city, person, what, measure_named(city, asked.get("measure")))
    body = json.dumps(
        page(city, person, what, now, words_for(request)), ensure_ascii=False, separators=(",", ":")
    ).encode()
    clocks = {"X-Redgrid-Now": _milliseconds(city.now()), "X-Redgrid-Read": _milliseconds(now.read_at)}
    return changing(request, body, "application/json", clocks)


def _milliseconds(moment: datetime) -> str:
    return str(int(moment.timestamp() * 1000))
