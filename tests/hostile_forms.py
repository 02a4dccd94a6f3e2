"""Requests as somebody hostile, a broken network or a strange program sends them: every address, spoilt at random.

Every request is drawn from its number alone, so that what was found can be drawn again.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from random import Random
from urllib.parse import quote, quote_plus

from PIL import Image
from starlette.routing import Route

from domain.moves import MOVES
from server.routes import ROUTES
from tests.hostile_files import NUMBERS, TEXTS, picture_bomb

VALUES = (
    *NUMBERS, *TEXTS, "124.15,39.85", "181.0,91.0", "1e308,1e308,1e308", "nan,nan", "124.15,39.85,0.1", "0", "1", "5", "-1", "3.5",
    "all", "zh", "en", "xx", "2026-11-24", "2026-13-45", "99999999999999999999", "9" * 18, "9" * 19, "x" * 16_000, "字" * 6_000,
    "on", "send", "wider", "closer", "light_out", "a" * 32, "A" * 64, "🏚️", "\u0000", "%00", "..", "/", "\\", "%2e%2e%2f", "\u202e/\u2066",
)  # fmt: skip

FIELDS = (
    "login", "password", "next", "old", "new", "again", "form_token", "version", "words", "category", "urgent", "at", "frame", "do",
    "map.x", "map.y", "grid", "address", "once", "told", "send", "window", "go", "description", "reporter", "phone", "website", "q",
    "search", "grade", "photo", "lang", "level", "measure", "only", "page", "below", "newest", "within", "area", "theme", "was", "changed",
    "local", "did", "code", "state", "error", "plan", "view", "ticket", "as", "from", "to", "day",
)  # fmt: skip
"""Every name of a field or of a parameter that some page knows."""

TYPES = (
    "application/x-www-form-urlencoded", "application/json", "text/plain", "multipart/form-data", "multipart/form-data; boundary=",
    "multipart/form-data; boundary=" + "b" * 5_000, "multipart/mixed; boundary=x", "application/x-www-form-urlencoded; charset=utf-16", "",
    "multipart/form-data; boundary=\"", "multipart/form-data; charset=nothing; boundary=x", "\u00e9", "x" * 3_000,
)  # fmt: skip

BOUNDARY = "bound"


@dataclass(frozen=True, slots=True)
class HostileRequest:
    """One request, and how it came about."""

    method: str
    path: str
    headers: Mapping[str, bytes] = field(default_factory=dict)
    body: bytes = b""
    how: str = ""
    torn: bool = False
    """The body comes in pieces, and stops before its end."""


@cache
def addresses() -> tuple[tuple[str, str], ...]:
    """Every method and path of the server's own."""
    return tuple(
        (method, route.path) for route in ROUTES if isinstance(route, Route) for method in sorted((route.methods or {"GET"}) - {"HEAD"})
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Known:
    """What is true of the town: requests that hold some of it come further."""

    tickets: tuple[str, ...]
    grids: tuple[str, ...]
    tokens: tuple[str, ...]
    """Tokens of forms of this session."""
    links: tuple[str, ...]
    categories: tuple[str, ...]


def hostile_request(number: int, known: Known) -> HostileRequest:
    """The request with this number."""
    random = Random(number)
    method, path = random.choice(addresses() + tuple(a for a in addresses() if a[0] == "POST") * 4)
    if random.random() < 0.03:
        method = random.choice(("PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE"))
    path = re.sub(r"{(\w+)(:path)?}", lambda m: _part(random, m[1], known), path)
    if random.random() < 0.7:
        path += "?" + _query(random, known)
    headers = dict(_headers(random))
    if method == "GET":
        return HostileRequest(method, path, headers, how="query")
    fields = list(_fields(random, known))
    how = random.choice(("url-encoded", "multipart", "multipart", "multipart"))
    kind, body = (
        ("application/x-www-form-urlencoded", _encoded(random, fields)) if how == "url-encoded"
        else (f"multipart/form-data; boundary={BOUNDARY}", _parts(random, fields))
    )  # fmt: skip
    if random.random() < 0.1:
        kind = random.choice(TYPES)
        how += ", said to be something else"
    if random.random() < 0.25:
        body = _spoilt(random, body)
        how += ", spoilt"
    headers["content-type"] = kind.encode("latin-1", "replace")
    if random.random() < 0.03:
        headers["content-length"] = random.choice(
            (b"-1", b"9" * 30, b"abc", "٣".encode(), b"0", b"10", b"999999999")
        )
    return HostileRequest(method, path, headers, body, how, torn=random.random() < 0.1)


def _value(random: Random, name: str, known: Known) -> str:
    good: Mapping[str, tuple[str, ...]] = {
        "form_token": known.tokens, "grid": known.grids, "window": known.grids, "category": known.categories, "code": known.grids,
        "version": ("1", "2", "3"), "go": ("send", "wider", "search"), "do": ("closer", "wider", "take", "rate", "cancel", "phone"), "send": ("S" * 32,), "grade": tuple("12345"),
        "words": ("路灯不亮",), "description": ("井盖坏了",), "at": ("124.15,39.85", "124.1500000,39.8500000"), "level": tuple("123"),
        "within": known.grids, "map.x": ("120",), "map.y": ("80",), "frame": ("124.15,39.85,0.1",), "lang": ("zh", "en"),
        "only": ("open", "overdue"), "website": ("",), "login": ("member",), "password": ("wrong",),
    }  # fmt: skip
    if name == "form_token" or (name in good and random.random() < 0.6):
        return random.choice(good[name] or ("x",))
    return random.choice(VALUES) if random.random() < 0.8 else _any_text(random)


def _any_text(random: Random) -> str:
    """Letters from everywhere, halves of letters too."""
    return "".join(chr(random.choice((random.randrange(0x20), random.randrange(0x3000), random.randrange(0xD800, 0xE000), random.randrange(0x110000)))) for _ in range(random.choice((1, 5, 60))))  # fmt: skip


def _percent(random: Random, text: str) -> str:
    if random.random() < 0.1:
        return random.choice(("%ff%fe", "%", "%zz", "%c0%af", "%ed%a0%80", "%00"))
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


def _part(random: Random, name: str, known: Known) -> str:
    """A part of a path."""
    good: Mapping[str, tuple[str, ...]] = {
        "no": known.tickets, "code": known.grids, "window": (*known.grids, "city"), "token": known.links, "id": ("1", "2"), "plan": ("1", "2"),
        "kind": ("assignment", "feedback", "rating"), "move": tuple(move.name for move in MOVES), "lang": ("zh", "en"),
    }  # fmt: skip
    if random.random() < 0.75 and good.get(name):
        return quote(random.choice(good[name]), safe="")
    return _percent(random, random.choice(VALUES)[:2_000]) or "-"


def _query(random: Random, known: Known) -> str:
    names = [
        random.choice((*FIELDS, random.choice(VALUES)[:40])) for _ in range(random.choice((1, 2, 3, 40)))
    ]
    return "&".join(f"{_percent(random, name)}={_percent(random, _value(random, name, known)[:3_000])}" for name in names)  # fmt: skip


def _headers(random: Random) -> Iterator[tuple[str, bytes]]:
    if random.random() < 0.5:
        yield "accept", random.choice((b"text/html", b"application/json", b"\xff\xfe", b"*/*;q=nan"))
    if random.random() < 0.3:
        yield "accept-language", random.choice((b"zh-CN,zh;q=0.9", b"en", b"xx;q=9e9", b"zh;q=\xff", b"," * 2_000, b"*;q=", b"en;q=1;q=0"))  # fmt: skip
    if random.random() < 0.1:
        yield "if-none-match", random.choice((b'"', b"*", b"\xff" * 50, b'W/"x"'))
    if random.random() < 0.1:
        yield "accept-encoding", random.choice((b"gzip", b"br;q=x", b"\xff"))
    if random.random() < 0.05:
        yield "range", random.choice((b"bytes=0-", b"bytes=99999999999-", b"bytes=-1", b"x"))
    if random.random() < 0.03:
        yield "origin", random.choice((b"http://evil.example", b"null", b"\xff", b"http://testserver"))
    if random.random() < 0.03:
        yield "host", random.choice((b"evil.example", b"[::1", b"\xff", b"a" * 500))


def _fields(random: Random, known: Known) -> Iterator[tuple[str, str]]:
    if random.random() < 0.85:
        yield "form_token", _value(random, "form_token", known)
    for _ in range(random.choice((1, 4, 8, 12, 12, 70))):
        name = random.choice(FIELDS) if random.random() < 0.95 else random.choice(VALUES)[:200]
        yield name, _value(random, name, known)
        if random.random() < 0.05:
            yield name, _value(random, name, known)
    if random.random() < 0.03:
        yield "words", "长" * 400_000


def _encoded(random: Random, fields: list[tuple[str, str]]) -> bytes:
    return "&".join(
        f"{quote_plus(n.encode('utf-8', 'surrogatepass'))}={quote_plus(v.encode('utf-8', 'surrogatepass'))}" for n, v in fields
    ).encode()  # fmt: skip


@cache
def _small_picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (60, 40), "teal").save(out, "JPEG")
    return out.getvalue()


def _parts(random: Random, fields: list[tuple[str, str]]) -> bytes:
    lines = b""
    for name, value in fields:
        called = name.encode("utf-8", "surrogatepass").replace(b"\r", b"").replace(b"\n", b"")
        lines += b"--%s\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n%s\r\n" % (BOUNDARY.encode(), called, value.encode("utf-8", "surrogatepass"))  # fmt: skip
    for _ in range(random.choice((0, 0, 1, 1, 2, 4, 12))):
        content = random.choice((
            _small_picture(), _small_picture(), _small_picture()[:200], b"", b"%PDF", random.randbytes(2_000), b"<svg/>", b"\0" * 300_000,
            picture_bomb("PNG", 4_000),
        ))  # fmt: skip
        file = random.choice((b"x.jpg", b"../../x", b"\0", b"\xff\xfe", b"a" * 3_000, b'"; name="words', b""))
        lines += b"--%s\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"%s\"\r\nContent-Type: image/jpeg\r\n\r\n%s\r\n" % (BOUNDARY.encode(), file, content)  # fmt: skip
    return lines + b"--%s--\r\n" % BOUNDARY.encode()


def _spoilt(random: Random, body: bytes) -> bytes:
    """Torn, bits turned, lines lost, the end missing, the boundary wrong."""
    at = random.randrange(len(body) + 1)
    flipped = bytearray(body or b"\0")
    for _ in range(8):
        flipped[random.randrange(len(flipped))] ^= 1 << random.randrange(8)
    return random.choice((
        body[:at], bytes(flipped), body.replace(b"\r\n", b"\n"), body.replace(b"--bound--", b""), body.replace(b"--bound", b"--other", 1),
        body[:at] + b"\0" * 50 + body[at:], body[:at] + b"--bound\r\n" + body[at:], body.replace(b"form-data", b"attachment", 1),
        body.replace(b"Content-Disposition", b"Content-Disposition: x\r\nX" + b"y" * 9_000, 1), b"", random.randbytes(500), body + body,
    ))  # fmt: skip


PAGE = (
    "view", "ticket", "plan", "do", "grid", "level", "within", "measure", "lang", "as", "page", "on", "below", "section", "unit", "meeting",
    "tier", "period", "by", "order", "from", "to", "theme", "area", "carousel", "state", "category", "lead", "only", "sort", "opened", "looked-for",
)  # fmt: skip
"""What the address of a page may hold."""

VIEWS = (
    "leader",
    "desk",
    "planner",
    "wall",
    "meetings",
    "figures",
    "admin",
    "inbox",
    "routing",
    "access",
    "personal_data",
    "x",
)


def hostile_query(number: int, known: Known) -> dict[str, str]:
    """The query of a page's address with this number."""
    random = Random(number)
    asked = {
        random.choice(PAGE): _value(random, random.choice(PAGE), known)[:5_000]
        for _ in range(random.choice((1, 2, 6)))
    }
    if random.random() < 0.7:
        asked["view"] = random.choice(VIEWS)
    if random.random() < 0.15:
        asked["ticket"] = random.choice((*known.tickets[:5], "x"))
    return {name: value.encode("utf-8", "replace").decode() for name, value in asked.items()}
