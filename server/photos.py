"""Serve photos to those who may read their ticket."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from city.opened import here
from domain.actions.tickets import may_read
from storage import photos


def photo(request: Request) -> Response:
    """``GET /photos/<id>``: a JPEG; 404 for what is not there and for what this person may not read."""
    city, person = here(), request.scope["person"]
    with city.database.read() as connection:
        found = photos.photo(connection, request.path_params["id"])
    if found is None or not may_read(person, found[0], city.rulebook):
        return PlainTextResponse("no such photo", status_code=404)
    headers = {"Cache-Control": "private, max-age=3600", "X-Content-Type-Options": "nosniff"}
    return Response(found[1], media_type="image/jpeg", headers=headers)
