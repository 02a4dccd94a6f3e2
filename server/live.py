"""Answer the maps that ask for counts: a few hundred bytes for a city, none when nothing changed.

The body is five lines: the plan's hash, then one number a grid in the order of codes – load class, open, overdue,
due soon. Numbers are base 62: one digit up to 61, ``~digits;`` above; ``-`` where the person may not look.
"""

from __future__ import annotations

import gzip
import hashlib

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from city.opened import City, here
from domain.grids import Level
from domain.loads import Load
from domain.people import Person, sees_unit

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
HIDDEN = "-"


def number(n: int) -> str:
    """A count in base 62."""
    if n < 62:
        return DIGITS[n]
    digits = ""
    while n:
        n, digit = divmod(n, 62)
        digits = DIGITS[digit] + digits
    return f"~{digits};"


def loads_text(city: City, level: Level, person: Person) -> str:
    """The body for one level as this person may see it."""
    ground = city.ground
    counted = city.loads(level, person.department)
    lines: list[list[str]] = [[], [], [], []]
    for grid in ground.structure.at_level(level):
        if person.department is None and not sees_unit(person, grid.code, ground.structure):
            numbers = [HIDDEN] * 4
        else:
            load = counted.get(grid.code, Load())
            numbers = [number(n) for n in (city.class_of(grid, load), load.open, load.overdue, load.due_soon)]
        for line, digit in zip(lines, numbers, strict=True):
            line.append(digit)
    return "\n".join([ground.identity, *("".join(line) for line in lines)])


def live_loads(request: Request) -> Response:
    """``GET /live/loads?level=N``: counts with an ETag; 304 when they are as before."""
    asked = request.query_params.get("level", "1")
    if asked not in {"1", "2", "3"}:
        return PlainTextResponse("level is 1, 2 or 3", status_code=400)
    body = loads_text(here(), Level(int(asked)), request.scope["person"]).encode()
    etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache", "Vary": "Cookie"}
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        body, headers = gzip.compress(body, 6), {**headers, "Content-Encoding": "gzip"}
    return Response(body, media_type="text/plain", headers=headers)
