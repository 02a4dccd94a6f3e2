"""Show the grids while Streamlit still loads: a still picture in the page itself, taken away by the live map.

Streamlit's own scripts need a second before a page of ours can draw anything; a leader before a cold screen sees the
city's load at once. The picture holds classes of load alone, of the grids this person may see.
"""

from __future__ import annotations

from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from city.assets import addresses
from city.desk import first_focus
from city.opened import City, here
from city.weights import colouring_named, weigh
from domain.grids import Level
from domain.people import Person, Role
from gis.palette import LIGHT
from gis.picture import svg
from server.sign_in import words_for

FRAME = (
    '<div id="redgrid-first" style="position:fixed;left:20px;top:320px;width:calc(59vw - 20px);'
    'height:calc(100vh - 344px);z-index:1;pointer-events:none"><style>#redgrid-first svg{{width:100%;height:100%}}'
    "</style>{picture}</div>"
)
"""Where the map will be; gone when the map says so, and after a quarter of a minute at the latest (``session.js``)."""

STREAMLITS_LANGUAGE = b'<html lang="en">'

COLOURED = range(1, 6)
"""The classes that have a colour of their own."""


class FirstSight:
    """Adds the picture to the page of the desk; everything else passes untouched."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET" or scope["path"] != "/":
            await self.app(scope, receive, send)
            return
        query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
        picture = (
            ""
            if query.keys() & {"ticket", "view", "on"} or query.get("as") == ["table"]
            else await run_in_threadpool(draw, here(), scope["person"], query)
        )
        more = picture + script_for(scope["person"])
        lang = words_for(Request(scope)).lang
        await self.app(_uncompressed(scope), receive, _Appending(send, more.encode(), lang))


class _Appending:
    """Sends an HTML answer with something before its end, and says which language the page speaks."""

    def __init__(self, send: Send, more: bytes, lang: str) -> None:
        self._send, self._more, self._lang = send, more, lang
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        self._body += message.get("body", b"")
        if message.get("more_body") or self._start is None:
            return
        body = self._body.replace(b"</body>", self._more + b"</body>", 1)
        body = body.replace(STREAMLITS_LANGUAGE, f'<html lang="{self._lang}">'.encode(), 1)
        headers = MutableHeaders(raw=self._start["headers"])
        if "content-length" in headers:
            headers["content-length"] = str(len(body))
        # The page is this person's now.
        headers["cache-control"] = "private, no-store"
        del headers["etag"]
        await self._send(self._start)
        await self._send({"type": "http.response.body", "body": body})


def script_for(person: Person) -> str:
    """What leads an open page to the sign-in once its own has ended; a wall screen has none."""
    return "" if person.role is Role.WALL else f'<script src="{addresses()["session.js"]}"></script>'


def _uncompressed(scope: Scope) -> Scope:
    """The same request for an answer that can be added to, and for a whole one."""
    kept = [
        (k, v)
        for k, v in scope["headers"]
        if k not in (b"accept-encoding", b"if-none-match", b"if-modified-since", b"range")
    ]
    return {**scope, "headers": kept}


def draw(city: City, person: Person, query: dict[str, list[str]]) -> str:
    """The picture for this person: the level that their page will open with, coloured by load."""
    ground = city.ground
    level, _, _ = first_focus(city, person)
    asked = query.get("level", [""])[0]
    if asked in {str(int(known)) for known in ground.structure.levels}:
        level = Level(int(asked))
    if level is None:
        return ""
    # Of many grids a still picture would be larger than the live map: a level above them stands in.
    drawn = [known for known in ground.coded_levels if known <= level]
    if not drawn:
        return ""
    level = drawn[-1]
    measure = colouring_named(city, person, query.get("measure", [""])[0])
    fills = [
        LIGHT.classes[weight.class_ - 1] if weight.load and weight.class_ in COLOURED else LIGHT.panel
        for weight in weigh(city, person, level, measure)
    ]
    return FRAME.format(picture=svg(ground.coded_levels[level], fills, LIGHT))
