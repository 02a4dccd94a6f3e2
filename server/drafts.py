"""Answer the planner's map: the city's units once, a plan's content with each version. For those who read plans alone."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from city.draft_map import coded_units, drawn_plan
from city.opened import here
from domain.said import BadInput, Refused
from server.files import changing, immutable


def units(request: Request) -> Response:
    """``GET /geo/units/<hash>``: the units and the borders between them, kept for ever."""
    coded = coded_units(here())
    if coded.hash != request.path_params["hash"]:
        return PlainTextResponse("these units are no longer the city's", status_code=404)
    return immutable(request, coded.text, "application/json")


def draft(request: Request) -> Response:
    """``GET /live/draft/<plan>?version=N``: the plan as it is now; 304 when the browser has it. The version asked for
    only tells why: the answer names its own.
    """
    asked = request.path_params["plan"]
    if not asked.isascii() or not asked.isdigit() or len(asked) > 12:
        return PlainTextResponse("a plan has a number", status_code=404)
    try:
        body = drawn_plan(here(), request.scope["person"], int(asked))
    except BadInput:
        return PlainTextResponse("there is no such plan", status_code=404)
    except Refused:
        return PlainTextResponse("this is not for you", status_code=403)
    return changing(request, body, "application/json")
