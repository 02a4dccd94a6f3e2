"""Serve the pictures of receipts to those who read the branch's book."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from city.frontline.organised import receipt_of
from city.opened import here
from server.photos import NUMBER


def receipt(request: Request) -> Response:
    """``GET /receipts/<id>``: a JPEG; 404 for what is not there and for what this person may not read."""
    asked = request.path_params["id"]
    found = receipt_of(here(), request.scope["person"], int(asked)) if NUMBER.fullmatch(asked) else None
    if found is None:
        return PlainTextResponse("no such receipt", status_code=404)
    headers = {"Cache-Control": "private, max-age=3600", "X-Content-Type-Options": "nosniff"}
    return Response(found, media_type="image/jpeg", headers=headers)
