"""Close the open WebSocket of a sign-in that has ended: a page that is still open runs nothing more.

A page's cookie is read when its WebSocket opens, and a fragment of it may run for hours. All open ones are looked up
together, by one question to the database.
"""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict

from starlette.concurrency import run_in_threadpool
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from city import walls
from city.opened import here
from city.signed_in import ended

log = logging.getLogger("redgrid")

EVERY = 1.0
"""Seconds between two looks."""

Token = tuple[str, bool]
"""A session's token; or a wall's, then with True."""

_open: defaultdict[Token, set[asyncio.Event]] = defaultdict(set)
_watching: set[asyncio.Task[None]] = set()


async def while_signed_in(app: ASGIApp, scope: Scope, receive: Receive, send: Send, token: Token) -> None:
    """Serve a WebSocket until it ends, or its sign-in does."""
    over = asyncio.Event()
    _open[token].add(over)
    _watch()
    socket = _Socket(receive, send, over)
    try:
        await app(scope, socket.receive, socket.send)
    finally:
        socket.ending.cancel()
        _open[token].discard(over)
        if not _open[token]:
            del _open[token]


class _Socket:
    """Passes messages on until it is over; then it is closed, and the app is told that the browser has left."""

    def __init__(self, receive: Receive, send: Send, over: asyncio.Event) -> None:
        self._receive, self._send, self._closed = receive, send, False
        self.ending = asyncio.ensure_future(over.wait())

    async def receive(self) -> Message:
        coming = asyncio.ensure_future(self._receive())
        try:
            await asyncio.wait({coming, self.ending}, return_when=asyncio.FIRST_COMPLETED)
            if not self.ending.done():
                return coming.result()
        finally:
            if not coming.done():
                coming.cancel()
        await self.send({"type": "websocket.close", "code": 4401, "reason": "signed out"})
        return {"type": "websocket.disconnect", "code": 4401}

    async def send(self, message: Message) -> None:
        if self._closed:
            return
        self._closed = message["type"] == "websocket.close"
        await self._send(message)


def _watch() -> None:
    """See to it that one task looks, while there is something to look after."""
    if not any(task.get_loop() is asyncio.get_running_loop() for task in _watching):
        task = asyncio.get_running_loop().create_task(_look_again_and_again())
        _watching.add(task)
        task.add_done_callback(_watching.discard)


async def _look_again_and_again() -> None:
    while _open:
        await asyncio.sleep(EVERY)
        try:
            gone = await run_in_threadpool(_gone, set(_open))
        except Exception:
            log.exception("open pages could not be looked after; it is tried again in %s seconds", EVERY)
            continue
        for token in gone:
            for over in _open.get(token, ()):
                over.set()


def _gone(tokens: set[Token]) -> set[Token]:
    """The tokens that let nobody in any more."""
    city = here()
    people = ended(city, {token for token, is_wall in tokens if not is_wall})
    screens = {token for token, is_wall in tokens if is_wall and walls.wall_of(city, token) is None}
    return {(token, False) for token in people} | {(token, True) for token in screens}
