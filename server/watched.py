"""Watch every request: give it a number, count it, write a line about it, and let nobody see what broke inside.

Nothing here holds a person: routes are told by their template, so that no ticket's number and no link's token is
written down, and who asked by the role alone. The outermost of all, so that refusals are counted, too.
"""

from __future__ import annotations

import logging
import re
import secrets
import time
from contextvars import ContextVar
from dataclasses import dataclass, field

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from city.opened import here
from domain.people import Person
from server import metrics
from server.public import something_broke
from server.route_names import RouteNames, is_quiet

log = logging.getLogger("redgrid.request")

HEADER = "X-Request-Id"
LOOKS_LIKE_ONE = re.compile(r"[A-Za-z0-9_-]{8,64}")

REQUEST: ContextVar[str] = ContextVar("request", default="")
"""The number of the request that is being answered; empty outside of one."""


@dataclass(slots=True)
class Asked:
    """One request, or one WebSocket, on its way through."""

    number: str
    method: str
    route: str
    began: float = field(default_factory=time.perf_counter)
    status: int = 0
    sent: int = 0

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self.began


class Watched:
    """Numbers, counts and tells requests."""

    def __init__(self, app: ASGIApp, names: RouteNames) -> None:
        self.app = app
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        number = number_of(Headers(scope=scope))
        _hand_on(scope, number)
        held = REQUEST.set(number)
        try:
            if scope["type"] == "http":
                await self._answer(scope, receive, send, number)
            else:
                await self._talk(scope, receive, send, number)
        finally:
            REQUEST.reset(held)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, number: str) -> None:
        asked = Asked(number, scope["method"], self._names.of(scope["path"]))

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                asked.status = message["status"]
                message["headers"] = [
                    *message.get("headers", ()),
                    (HEADER.lower().encode(), number.encode()),
                ]
            elif message["type"] == "http.response.body":
                asked.sent += len(message.get("body", b""))
            await send(message)

        try:
            await self.app(scope, receive, send_on)
        except Exception:
            # The last who can answer: the person is told a number, the log what broke.
            log.exception("%s %s broke", asked.method, asked.route)
            if asked.status:
                raise
            await _tell_broken(scope, receive, send_on)
        finally:
            metrics.count_request(asked.method, asked.route, asked.status, asked.seconds)
            _tell(scope, asked)

    async def _talk(self, scope: Scope, receive: Receive, send: Send, number: str) -> None:
        asked = Asked(number, "WEBSOCKET", self._names.of(scope["path"]))

        async def receive_on() -> Message:
            message = await receive()
            if message["type"] == "websocket.receive":
                metrics.MESSAGES.inc()
            return message

        async def send_on(message: Message) -> None:
            if message["type"] == "websocket.accept":
                asked.status = 101
                metrics.SOCKETS.inc()
            elif message["type"] == "websocket.close" and not asked.status:
                asked.status = 403
            elif message["type"] == "websocket.send":
                asked.sent += len(message.get("bytes") or message.get("text") or b"")
            await send(message)

        try:
            await self.app(scope, receive_on, send_on)
        finally:
            if asked.status == 101:
                metrics.SOCKETS.dec()
            metrics.SENT.inc(asked.sent)
            _tell(scope, asked)


def number_of(headers: Headers) -> str:
    """The number that the proxy gave this request, where it looks like one; else a new one."""
    given = headers.get(HEADER, "")
    return given if LOOKS_LIKE_ONE.fullmatch(given) else secrets.token_hex(8)


def _hand_on(scope: Scope, number: str) -> None:
    """Let whoever answers know the number: a page that Streamlit runs reads the headers of its WebSocket alone."""
    name = HEADER.lower().encode()
    kept = [(k, v) for k, v in scope["headers"] if k != name]
    scope["headers"] = [*kept, (name, number.encode())]


def _tell(scope: Scope, asked: Asked) -> None:
    """One line about a request, unless the settings want none of this kind."""
    wanted = here().settings.log_requests
    went_well = asked.status < 400
    if wanted == "none" or (wanted == "asked" and went_well and is_quiet(asked.route)):
        return
    person = scope.get("person")
    facts = {
        "method": asked.method,
        "route": asked.route,
        "status": asked.status,
        "ms": round(asked.seconds * 1000, 1),
        "bytes": asked.sent,
        "role": person.role.value if isinstance(person, Person) else "",
    }
    log.info("%(method)s %(route)s %(status)s %(ms)s ms %(bytes)s B %(role)s", facts, extra={"facts": facts})


async def _tell_broken(scope: Scope, receive: Receive, send: Send) -> None:
    answer = await run_in_threadpool(something_broke, Request(scope))
    await answer(scope, receive, send)
