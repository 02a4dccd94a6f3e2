"""Open a wall screen by its link: the token goes from the address into a cookie, and the address shows it no more."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from city.opened import here
from city.walls import COOKIE, wall_of
from domain.said import said
from server.public import refused

KEPT_FOR = 400 * 24 * 3600
"""Seconds: as long as a browser keeps a cookie at most. The page comes by every night, so it never ends by itself."""

GONE = said("This wall link is not valid any more. Please ask your administrator.")

KEPT = ("theme", "area", "level", "measure", "carousel", "lang")
"""What of the query goes on to the page."""


async def open_wall(request: Request) -> Response:
    """``GET /wall/<token>``, and ``GET /wall`` for a screen that was here before: on to the page of the wall."""
    token = request.path_params.get("token") or request.cookies.get(COOKIE)
    screen = await run_in_threadpool(wall_of, here(), token)
    if token is None or screen is None:
        return await run_in_threadpool(refused, request, GONE, 404)
    query = {"view": "wall"} | {k: v for k, v in request.query_params.items() if k in KEPT}
    answer = RedirectResponse(f"/?{urlencode(query)}", status_code=303, headers={"Cache-Control": "no-store"})
    secure = here().settings.secure_cookie or request.url.scheme == "https"
    answer.set_cookie(COOKIE, token, max_age=KEPT_FOR, httponly=True, samesite="lax", secure=secure)
    return answer
