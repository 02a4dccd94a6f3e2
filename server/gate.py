"""Close everything but sign-in, health and the public pages – pages, WebSockets and files alike.

Pure ASGI, for only that sees WebSockets. Who passes is in ``scope["person"]``.
"""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from city import walls
from city.opened import here
from city.signed_in import COOKIE, person_of, remembered
from domain.people import Person

OPEN = ("/login", "/healthz", "/public", "/wall")
CHANGES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class Gate:
    """The door: lets signed-in people through, everybody to the open pages, nobody's foreign form."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if scope["type"] == "http" and scope["method"] in CHANGES and is_foreign(headers):
            await PlainTextResponse("this form came from another site", status_code=403)(scope, receive, send)
            return
        if is_open(scope["path"]):
            await self.app(scope, receive, send)
            return
        person = await who_comes(headers)
        if person is None:
            await turn_away(scope, receive, send)
            return
        scope["person"] = person
        await self.app(scope, receive, send)


async def who_comes(headers: Headers) -> Person | None:
    """The person of the session, else the wall screen of the link that was opened here.

    A page asks for a hundred files at once: only the first of them needs the database and a thread for it.
    """
    token, wall = token_in(headers), token_in(headers, walls.COOKIE)
    known = remembered(token) or (await run_in_threadpool(person_of, here(), token),)
    if known[0] is not None or wall is None:
        return known[0]
    return (walls.remembered(wall) or (await run_in_threadpool(walls.wall_of, here(), wall),))[0]


def is_open(path: str) -> bool:
    """Is this path for everybody?"""
    return any(path == start or path.startswith(f"{start}/") for start in OPEN)


def is_foreign(headers: Headers) -> bool:
    """Does a browser say that this comes from a page of another origin?"""
    origin = headers.get("origin")
    return origin is not None and origin.split("://", 1)[-1] != headers.get("host")


def token_in(headers: Headers, name: str = COOKIE) -> str | None:
    """The token in a cookie: the session's, when no other is named."""
    try:
        cookie = SimpleCookie(headers.get("cookie", ""))
    except CookieError:
        return None
    return cookie[name].value if name in cookie else None


async def turn_away(scope: Scope, receive: Receive, send: Send) -> None:
    """Send a person to sign in; close a WebSocket; refuse a program."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 4401, "reason": "sign in"})
        return
    if scope["method"] == "GET" and "text/html" in Headers(scope=scope).get("accept", ""):
        query = scope.get("query_string", b"").decode("latin-1")
        wanted = scope["path"] + (f"?{query}" if query else "")
        answer = RedirectResponse(f"/login?next={quote(wanted, safe='')}", status_code=303)
        await answer(scope, receive, send)
        return
    await PlainTextResponse("sign in first", status_code=401)(scope, receive, send)
