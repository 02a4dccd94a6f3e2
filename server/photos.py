"""Serve photos to those who may read their ticket."""

from __future__ import annotations

import re

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from city.opened import here
from city.photos import photo_for

NUMBER = re.compile(r"[0-9]{1,18}")
"""What a photo's number looks like; nothing else is asked of the store."""


def photo(request: Request) -> Response:
    """``GET /photos/<id>``: a JPEG; 404 for what is not there and for what this person may not read."""
    city, person, asked = here(), request.scope["person"], request.path_params["id"]
    if not NUMBER.fullmatch(asked):
        return PlainTextResponse("no such photo", status_code=404)
    found = photo_for(city, person, int(asked))
    if found is None:
        return PlainTextResponse("no such photo", status_code=404)
    headers = {"Cache-Control": "private, max-age=3600", "X-Content-Type-Options": "nosniff"}
    return Response(found, media_type="image/jpeg", headers=headers)
