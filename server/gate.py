"""Close everything but sign-in, health and the public pages – pages, WebSockets and files alike.

Pure ASGI, for only that sees WebSockets. Who passes is in ``scope["person"]``. :data:`WAYS` says who may go where.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from city import walls
from city.access import note_refusal
from city.opened import here
from city.signed_in import COOKIE, Entry, entry_of, remembered
from domain.frontline.rights import RIGHTS
from domain.people import NO_ACCOUNT, READS_PLANS, READS_TICKETS, Person, Role
from domain.said import said
from server.public import told, wants_page
from server.sockets import while_signed_in
from server.turnstile import Turnstile

CHANGES = frozenset({"POST", "PUT", "PATCH", "DELETE"})

ACCOUNTS = frozenset(Role) - NO_ACCOUNT
SCREENS_TOO = ACCOUNTS | {Role.WALL}
NOBODY: frozenset[Role] = frozenset()


@dataclass(frozen=True, slots=True)
class Way:
    """Where an address leads, and who may go there; None is everybody. It goes for all that lies below, or for itself alone."""

    start: str
    who: frozenset[Role] | None
    alone: bool = False

    def leads_to(self, path: str) -> bool:
        """Does this way lead to the path?"""
        return path == self.start or (not self.alone and path.startswith(f"{self.start}/"))


WAYS = (
    Way("/login", None),
    Way("/logout", None, alone=True),
    Way("/healthz", None, alone=True),
    # It looks itself who asks: a program on this machine, or one with the token.
    Way("/metrics", None, alone=True),
    Way("/public", None),
    Way("/wall", None),
    Way("/oidc/login", None, alone=True),
    Way("/oidc/callback", None, alone=True),
    Way("/", SCREENS_TOO, alone=True),
    Way("/favicon.png", SCREENS_TOO, alone=True),
    Way("/assets", SCREENS_TOO),
    Way("/geo/units", READS_PLANS),
    Way("/geo", SCREENS_TOO),
    Way("/tiles", SCREENS_TOO),
    Way("/live/draft", READS_PLANS),
    Way("/live/figures", ACCOUNTS),
    Way("/live", SCREENS_TOO),
    Way("/photos", READS_TICKETS),
    Way("/receipts", RIGHTS["fund"].reads),
    Way("/slips", READS_TICKETS),
    Way("/account", ACCOUNTS),
    Way("/static", SCREENS_TOO),
    Way("/component", SCREENS_TOO),
    Way("/_stcore/stream", SCREENS_TOO, alone=True),
    Way("/_stcore/health", SCREENS_TOO, alone=True),
    Way("/_stcore/host-config", SCREENS_TOO, alone=True),
    Way("/_stcore/bidi-components", SCREENS_TOO),
    Way("/_stcore/upload_file", ACCOUNTS),
    # Streamlit's doors for programs: this program has its own.
    Way("/_stcore/agent", NOBODY),
    Way("/_stcore/metrics", NOBODY),
    Way("/_stcore/script-health-check", NOBODY),
    # Its own sign-in, which is not used.
    Way("/auth", NOBODY),
    Way("/oauth2callback", NOBODY),
)
"""The first that leads to an address decides; whoever has an account may go where none leads."""

WITH_OLD_PASSWORD = ("/account/password",)
"""Where somebody may go whose password must be changed before anything else."""

NOT_YOURS = said("This page is not for your role. Please ask your administrator.")

NOTES = Turnstile(a_minute=1)
"""The same refusal is noted once a minute: an open page asks for the same again and again."""


class Gate:
    """The door: lets signed-in people through, everybody to the open pages, nobody's foreign form."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers, path = Headers(scope=scope), scope["path"]
        changes = scope["type"] == "websocket" or scope["method"] in CHANGES
        if changes and is_foreign(headers):
            await refuse(scope, receive, send, "this came from another site")
            return
        who = who_may(path)
        if who is None:
            await self.app(scope, receive, send)
            return
        entry = await who_comes(headers)
        if entry is None:
            await turn_away(scope, receive, send)
            return
        if entry.must_change and path not in WITH_OLD_PASSWORD:
            await send_to_password(scope, receive, send)
            return
        person = entry.person
        if person.role not in who:
            await note(person, path)
            await refuse(scope, receive, send, "this is not for you")
            return
        scope["person"] = person
        if scope["type"] == "websocket":
            await while_signed_in(self.app, scope, receive, send, token_of(headers, person))
            return
        await self.app(scope, receive, send)


def who_may(path: str) -> frozenset[Role] | None:
    """The roles that may go there; None for everybody, signed in or not."""
    return next((way.who for way in WAYS if way.leads_to(path)), ACCOUNTS)


async def who_comes(headers: Headers) -> Entry | None:
    """The person of the session, else the wall screen of the link that was opened here.

    A page asks for a hundred files at once: only the first of them needs the database and a thread for it.
    """
    token, wall = token_in(headers), token_in(headers, walls.COOKIE)
    known = remembered(token) or (await run_in_threadpool(entry_of, here(), token),)
    if known[0] is not None or wall is None:
        return known[0]
    screen = (walls.remembered(wall) or (await run_in_threadpool(walls.wall_of, here(), wall),))[0]
    return Entry(screen) if screen else None


def is_foreign(headers: Headers) -> bool:
    """Does a browser say that this comes from a page of another origin?"""
    origin = headers.get("origin")
    if origin is None:
        return headers.get("sec-fetch-site") == "cross-site"
    return origin.split("://", 1)[-1] != headers.get("host")


def token_in(headers: Headers, name: str = COOKIE) -> str | None:
    """The token in a cookie: the session's, when no other is named."""
    try:
        cookie = SimpleCookie(headers.get("cookie", ""))
    except CookieError:
        return None
    return cookie[name].value if name in cookie else None


def token_of(headers: Headers, person: Person) -> tuple[str, bool]:
    """The token by which somebody came, and whether it is a wall's."""
    is_wall = person.role is Role.WALL
    return token_in(headers, walls.COOKIE if is_wall else COOKIE) or "", is_wall


async def turn_away(scope: Scope, receive: Receive, send: Send) -> None:
    """Send a person to sign in; close a WebSocket; refuse a program."""
    if scope["type"] == "websocket":
        await close(receive, send, 4401, "sign in")
        return
    if wants_page(scope):
        query = scope.get("query_string", b"").decode("latin-1")
        wanted = scope["path"] + (f"?{query}" if query else "")
        answer = RedirectResponse(f"/login?next={quote(wanted, safe='')}", status_code=303)
        await answer(scope, receive, send)
        return
    await PlainTextResponse("sign in first", status_code=401)(scope, receive, send)


async def send_to_password(scope: Scope, receive: Receive, send: Send) -> None:
    """A new password first: a page leads there, anything else is refused."""
    if scope["type"] == "http" and wants_page(scope):
        await RedirectResponse("/account/password", status_code=303)(scope, receive, send)
        return
    await refuse(scope, receive, send, "change your password first")


async def refuse(scope: Scope, receive: Receive, send: Send, why: str) -> None:
    """403, and a closed WebSocket."""
    if scope["type"] == "websocket":
        await close(receive, send, 4403, why)
        return
    if wants_page(scope):
        answer = await run_in_threadpool(told, Request(scope), NOT_YOURS, 403)
        await answer(scope, receive, send)
        return
    await PlainTextResponse(why, status_code=403)(scope, receive, send)


async def close(receive: Receive, send: Send, code: int, why: str) -> None:
    """Close a WebSocket before it is open."""
    await receive()
    await send({"type": "websocket.close", "code": code, "reason": why})


async def note(person: Person, path: str) -> None:
    """Note that somebody went where they have no business."""
    about = next((way.start for way in WAYS if way.leads_to(path)), path)
    if NOTES.lets(f"{person.role} {person.id} {about}", time.monotonic()):
        await run_in_threadpool(note_refusal, here(), person, "page", about, because=NOT_YOURS.text)
