"""Serve what never changes: front-end assets and coded geometry, by addresses that hold their content's hash."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import MappingProxyType

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from city.assets import all_assets
from city.opened import here
from city.past import coded_named

DATA_ONLY = "default-src 'none'; frame-ancestors 'none'"
"""What an answer may do that is data and no page: nothing. Asked for every few seconds, it is also the shortest."""

FOR_EVER = "private, max-age=31536000, immutable"


@lru_cache(maxsize=64)
def squeezed(body: bytes) -> bytes:
    """The body compressed, once a process."""
    return gzip.compress(body, 9)


def immutable(request: Request, body: bytes, media_type: str) -> Response:
    """An answer that browsers keep for ever."""
    headers = {"Cache-Control": FOR_EVER, "Vary": "Accept-Encoding", "X-Content-Type-Options": "nosniff"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(
            squeezed(body), media_type=media_type, headers={**headers, "Content-Encoding": "gzip"}
        )
    return Response(body, media_type=media_type, headers=headers)


def immutable_squeezed(request: Request, squeezed_body: bytes, media_type: str) -> Response:
    """The same of a body that is kept compressed."""
    headers = {"Cache-Control": FOR_EVER, "Vary": "Accept-Encoding", "X-Content-Type-Options": "nosniff"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(squeezed_body, media_type=media_type, headers={**headers, "Content-Encoding": "gzip"})
    return Response(gzip.decompress(squeezed_body), media_type=media_type, headers=headers)


def quickly(body: bytes) -> bytes:
    """An answer compressed as well as is worth the time while somebody waits."""
    return gzip.compress(body, 6)


def of_digits(body: bytes) -> bytes:
    """Thousands of digits compressed: shorter by a tenth when only runs are looked for, for there is nothing else to find."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, 16 + zlib.MAX_WBITS, 9, zlib.Z_RLE)
    return squeeze.compress(body) + squeeze.flush()


def changing(
    request: Request,
    body: bytes,
    media_type: str,
    more: Mapping[str, str] = MappingProxyType({}),
    squeeze: Callable[[bytes], bytes] = quickly,
) -> Response:
    """An answer that is asked for again and again, by one person: 304 when it is as before; ``more`` goes with both."""
    etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    headers = {
        "ETag": etag, "Cache-Control": "private, no-cache", "Vary": "Cookie",
        "Content-Security-Policy": DATA_ONLY, "Permissions-Policy": "geolocation=()", **more,
    }  # fmt: skip
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        body, headers = squeeze(body), {**headers, "Content-Encoding": "gzip"}
    return Response(body, media_type=media_type, headers=headers)


def asset(request: Request) -> Response:
    """``GET /assets/<hash>/<name>``."""
    found = all_assets().get(request.path_params["name"])
    if found is None or found.address != request.url.path:
        return PlainTextResponse("no such asset", status_code=404)
    return immutable(request, found.body, found.media_type)


def geometry(request: Request) -> Response:
    """``GET /geo/<hash>``: coded outlines of a level of the plan in force or of one before it, or the quiet base."""
    city = here()
    ground = city.ground
    wanted = request.path_params["hash"]
    for coded in (*ground.coded_levels.values(), ground.coded_base):
        if coded.hash == wanted:
            return immutable(request, coded.text, "application/json")
    if former := coded_named(city, wanted):
        return immutable(request, former.text, "application/json")
    return PlainTextResponse("this geometry is no longer in force", status_code=404)
