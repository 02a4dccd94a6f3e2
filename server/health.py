"""Say whether the app can do its work."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from city.opened import here
from storage.migrate import is_current


def healthz(_request: Request) -> Response:
    """``GET /healthz``: 200 when the database answers and has the schema of this version; open to everybody, tells no more."""
    city = here()
    with city.database.read() as connection:
        current = is_current(connection)
    return JSONResponse({"status": "ok" if current else "migrate"}, status_code=200 if current else 503)
