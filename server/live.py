"""Answer the maps that ask for counts: a few hundred bytes for a city, none when nothing changed.

The body is five lines: the plan's hash, then one number a grid in the order of codes – class, open, overdue, due
soon. Numbers are base 62: one digit up to 61, ``~digits;`` above; ``-`` where the person may not look. Asked for a
rate there are two lines more: how many cases, and how many of them went well (``-`` where they are too few to say).
Classes are 0 (nothing), 1 to 5, 7 (too few cases to show a rate), 8 (a small sample), 9 (nothing to divide by).
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from city.opened import City, here
from city.weights import Weight, weigh
from domain.grids import Level
from domain.loads import Measure
from domain.people import Person
from server.files import changing

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


def loads_text(city: City, level: Level, person: Person, measure: Measure | None = None) -> str:
    """The body for one level as this person may see it."""
    by = measure or city.measure()
    lines: list[list[str]] = [[] for _ in range(6 if by.is_rate else 4)]
    for weight in weigh(city, person, level, by):
        for line, digit in zip(lines, _digits(weight, len(lines)), strict=True):
            line.append(digit)
    return "\n".join([city.ground.identity, *("".join(line) for line in lines)])


def _digits(weight: Weight, n: int) -> list[str]:
    """A grid's numbers, one for each of ``n`` lines."""
    load, share = weight.load, weight.share
    if load is None:
        return [HIDDEN] * n
    digits = [number(weight.class_), number(load.open), number(load.overdue), number(load.due_soon)]
    if share is not None:
        digits += [number(share.n), number(share.good) if weight.may_tell_good else HIDDEN]
    return digits


def live_loads(request: Request) -> Response:
    """``GET /live/loads?level=N&measure=M``: counts with an ETag; 304 when they are as before."""
    asked = request.query_params.get("level", "1")
    if asked not in {"1", "2", "3"}:
        return PlainTextResponse("level is 1, 2 or 3", status_code=400)
    by = request.query_params.get("measure")
    if by is not None and by not in set(Measure):
        return PlainTextResponse(f"measure is one of {', '.join(Measure)}", status_code=400)
    measure = Measure(by) if by else None
    body = loads_text(here(), Level(int(asked)), request.scope["person"], measure).encode()
    return changing(request, body, "text/plain")
