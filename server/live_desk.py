"""Answer the open desks that ask for their figures again: a few hundred bytes, none when nothing changed."""

from __future__ import annotations

import json

from starlette.requests import Request
from starlette.responses import Response

from city.desk_figures import boxes
from city.opened import here
from server.files import changing
from server.sign_in import words_for


def live_figures(request: Request) -> Response:
    """``GET /live/figures?lang=``: value, what it rests on, and kind of each figure; 304 when they are as before."""
    found = boxes(here(), request.scope["person"], words_for(request))
    body = json.dumps([[box.value, box.more, box.kind] for box in found], ensure_ascii=False)
    return changing(request, body.encode(), "application/json")
