"""Say that the store is away, busy or full for now, whatever was asked: a page in the person's language that tries again by
itself, and that keeps what was typed into a form until it can be sent."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.templating import Jinja2Templates
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from domain.said import Busy
from gis.palette import LIGHT
from server.forms import TYPED, typed_in
from server.gate import close
from server.public import HEADERS, wants_page
from server.sign_in import words_for

templates = Jinja2Templates(Path(__file__).parent / "templates")

AGAIN_SECONDS = 10
"""When to ask again."""

TRY_LATER = 1013
"""The code with which a WebSocket is closed: whoever opened it tries again."""

MOST_PHOTOS = 3

SHOWN = ("words", "description", "address")
"""Fields that are shown to whoever typed them; the others go along unseen."""


class Outage:
    """Answers 503 where the store cannot be asked, or take anything."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = read = False

        async def send_on(message: Message) -> None:
            nonlocal began
            began = True
            await send(message)

        async def receive_on() -> Message:
            nonlocal read
            read = True
            return await receive()

        try:
            await self.app(scope, receive_on, send_on)
        except Busy as busy:
            if began or scope["type"] not in ("http", "websocket"):
                raise
            if scope["type"] == "websocket":
                await close(receive, send_on, TRY_LATER, "try again later")
                return
            request = Request(scope, receive)
            # A body comes once: what a page has read in a way of its own is not to be had again.
            can_read = scope["method"] == "POST" and (not read or TYPED in scope)
            typed = await typed_in(request, files=MOST_PHOTOS) if can_read else {}
            answer = await run_in_threadpool(_unavailable, request, busy, typed)
            await answer(scope, receive, send)


def _unavailable(request: Request, busy: Busy, typed: Mapping[str, str]) -> Response:
    say, again = words_for(request), {"Retry-After": str(AGAIN_SECONDS)}
    because, accepts = say.of(busy.because), request.headers.get("accept", "")
    if "application/json" in accepts:
        return JSONResponse({"because": because}, 503, {**HEADERS, **again})
    if not typed and not wants_page(request.scope):
        return PlainTextResponse(because, 503, {"Cache-Control": "no-store", **again})
    content = {
        "say": say,
        "sentence": because,
        "typed": typed,
        "shown": SHOWN,
        "again": 0 if typed else AGAIN_SECONDS,
        "palette": LIGHT,
        "languages": (),
        "city": "",
    }
    return templates.TemplateResponse(
        request, "away.html", content, status_code=503, headers={**HEADERS, **again}
    )
