"""Read what a browser sends as it arrives: no more than so many bytes, in no more than so many seconds.

Whoever sends slowly, or stops in the middle, holds a connection and whatever was kept of the body; here that has an end.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from domain.said import said

LONGEST_PAUSE = 20.0
"""Seconds without a single byte."""

GRACE, SLOWEST = 30.0, 4_000
"""After so many seconds a body must have come at so many bytes a second: the slowest mobile network is quicker."""

LONGEST = 300.0
"""Seconds of a whole body."""

MORE_TO_DROP = 10_000_000
"""Of a body over the limit as much again, but no more than these bytes, is read and dropped, so that the browser hears why."""

TOO_SLOW = said(
    "This form came too slowly, and nothing of it was kept. Please send it again where the network is better."
)


class TooMuch(Exception):
    """The body is larger than the limit; nothing more of it is read."""


class TooSlow(Exception):
    """The body did not come in time."""


async def arriving(request: Request, limit: int) -> AsyncGenerator[bytes]:
    """The body, piece by piece; once it is over the limit nothing more is kept of it.

    Raises:
        TooMuch: when there is more than the limit.
        TooSlow: when it comes too slowly, or stops.
    """
    length = request.headers.get("content-length", "")
    announced = int(length) if length.isascii() and length.isdecimal() and len(length) < 16 else 0
    came, began = 0, time.monotonic()
    pieces = aiter(request.stream())
    while True:
        passed = time.monotonic() - began
        if passed > LONGEST or (passed > GRACE and came < SLOWEST * (passed - GRACE)):
            raise TooSlow
        try:
            async with asyncio.timeout(LONGEST_PAUSE):
                piece = await anext(pieces)
        except TimeoutError as error:
            raise TooSlow from error
        except StopAsyncIteration:
            break
        came += len(piece)
        if came <= limit >= announced:
            yield piece
        elif came > limit + min(limit, MORE_TO_DROP):
            break
    if came > limit or announced > limit:
        raise TooMuch


async def whole(request: Request, limit: int) -> bytes:
    """The whole of a small body.

    Raises:
        TooMuch, TooSlow: as :func:`arriving`.
    """
    return b"".join([piece async for piece in arriving(request, limit)])


class HangUp:
    """Ends the connection with an answer that came before the body did: what is still to come would be read for nothing."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _has_body(Headers(scope=scope)):
            await self.app(scope, receive, send)
            return
        is_whole = False

        async def receive_on() -> Message:
            nonlocal is_whole
            message = await receive()
            is_whole = is_whole or not message.get("more_body", False)
            return message

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start" and not is_whole:
                MutableHeaders(scope=message)["Connection"] = "close"
            await send(message)

        await self.app(scope, receive_on, send_on)


def _has_body(headers: Headers) -> bool:
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"
