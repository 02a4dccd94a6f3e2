"""Tell browsers what a page of ours may do: security headers on every answer, Streamlit's pages and files included.

A route that sets a header of its own keeps it; what it sets is stricter.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import urlsplit

from starlette.datastructures import Headers as Asked
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from city.opened import here

FIRST_LINE = "\n      window.prerenderReady = false\n    "
"""The one script that stands in Streamlit's own page."""

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # The phone pages ask where somebody stands; nothing here asks for anything else.
    "Permissions-Policy": "geolocation=(self), camera=(), microphone=(), payment=(), usb=(), midi=(), display-capture=()",
}
OVER_TLS = {"Strict-Transport-Security": "max-age=31536000"}

BARE: Mapping[str, str] = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "connect-src": "'self'",
    "worker-src": "'self' blob:",
    "media-src": "'self' blob:",
    "frame-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'self'",
}
"""What every page may do."""

MAP_FRAME = "/component/streamlit_folium."
"""The frame of the map, which no page but ours shows."""


def hashed(script: str) -> str:
    """How a policy names a script that stands in the page itself."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


INLINE = hashed(FIRST_LINE)


def policy(path: str, basemap: str = "") -> str:
    """The Content-Security-Policy of an address; ``basemap`` is where tiles come from, if they come at all."""
    rules = dict(BARE)
    if path.startswith(MAP_FRAME):
        # streamlit-folium puts the map's script into its frame as text, and evaluates more of it. The text is ours and
        # holds nothing that people wrote; what the frame may load or send stays within this host.
        rules["script-src"] += " 'unsafe-inline' 'unsafe-eval'"
        rules["img-src"] += tiles_from(basemap)
    else:
        # Streamlit's messages count by WebAssembly where they may; that lets no script in.
        rules["script-src"] += f" {INLINE} 'wasm-unsafe-eval'"
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def tiles_from(basemap: str) -> str:
    """The host of a tile address as a policy names it; empty when tiles come from here or there are none."""
    parts = urlsplit(basemap)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return ""
    return f" {parts.scheme}://{re.sub(r'{[a-z]}', '*', parts.netloc)}"


class SecurityHeaders:
    """Adds the headers; the outermost of all, so that refusals have them too."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        more = ALWAYS | (OVER_TLS if _is_over_tls(scope) else {})
        more |= {"Content-Security-Policy": policy(scope["path"], here().settings.basemap_url)}

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in more.items():
                    headers.setdefault(name, value)
                if headers.get("content-type", "").startswith("text/html"):
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        # Whoever leaves in the middle of a form hears nothing, and fills nobody's log.
        with suppress(ClientDisconnect):
            await self.app(scope, receive, send_with_headers)


def _is_over_tls(scope: Scope) -> bool:
    return scope["scheme"] == "https" or Asked(scope=scope).get("x-forwarded-proto") == "https"
