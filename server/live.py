"""Answer the maps that ask for counts: a few hundred bytes for a city, none when nothing changed.

The body is five lines: the plan's hash, then one number a grid in the order of codes – class, open, overdue, due
soon. Asked for bundles of a level of many grids (``server/tiles.py``), it tells of their grids alone, bundle by bundle;
the open counts then come first, and the other lines skip grids with nothing open: ``.`` is one of class 9, else it is 0.
Numbers are base 62: one digit up to 61, ``~digits;`` above; ``-`` where the person may not look. Asked for a rate there
are two lines more: how many cases, and how many of them went well (``-`` where they are too few to say). Classes are 0 (nothing), 1 to 5, 7 (too few cases to show a rate), 8 (a small sample), 9 (nothing to divide by).
"""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from city.opened import City, here
from city.tiles import grids_in
from city.weights import Weight, weigh
from domain.grids import Grid, Level
from domain.loads import NO_BASE, Measure
from domain.people import Person
from server.files import changing, of_digits

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
HIDDEN = "-"
QUIET_NO_BASE = "."

MOST_BUNDLES = 200
"""Bundles that one request may ask for: more than any screen shows."""


def number(n: int) -> str:
    """A count in base 62."""
    if n < 62:
        return DIGITS[n]
    digits = ""
    while n:
        n, digit = divmod(n, 62)
        digits = DIGITS[digit] + digits
    return f"~{digits};"


def loads_text(
    city: City,
    level: Level,
    person: Person,
    measure: Measure | None = None,
    grids: Sequence[Grid] | None = None,
) -> str:
    """The body for one level, or for some grids of it, as this person may see it."""
    by = measure or city.measure()
    lines: list[list[str]] = [[] for _ in range(6 if by.is_rate else 4)]
    for weight in weigh(city, person, level, by, grids):
        for line, digit in zip(lines, _digits(weight, len(lines)), strict=True):
            line.append(digit)
    if grids is not None and not by.is_rate:
        lines = _busy(lines)
    return "\n".join([city.ground.identity, *("".join(line) for line in lines)])


def _busy(lines: list[list[str]]) -> list[list[str]]:
    """Of most of ten thousand grids there is nothing to tell but that nothing is open."""
    classes, opens, *more = lines
    told = [n for n, digits in enumerate(opens) if digits not in (HIDDEN, "0")]
    first = [
        QUIET_NO_BASE if n == "0" and c == str(NO_BASE) else n for c, n in zip(classes, opens, strict=True)
    ]
    return [first, *([line[n] for n in told] for line in (classes, *more))]


def _digits(weight: Weight, n: int) -> list[str]:
    """A grid's numbers, one for each of ``n`` lines."""
    load, share = weight.load, weight.share
    if load is None:
        return [HIDDEN] * n
    digits = [number(weight.class_), number(load.open), number(load.overdue), number(load.due_soon)]
    if share is not None:
        digits += [number(share.n), number(share.good) if weight.may_tell_good else HIDDEN]
    return digits


def bundle_numbers(listed: str) -> list[int] | None:
    """The bundles a query names, each once; None where it names none, or something else."""
    named = listed.split(",")
    if len(named) > MOST_BUNDLES or not all(n.isascii() and n.isdigit() and len(n) < 7 for n in named):
        return None
    return list(dict.fromkeys(int(n) for n in named))


def live_loads(request: Request) -> Response:
    """``GET /live/loads?level=N&measure=M&tiles=0,5,6``: counts with an ETag; 304 when they are as before."""
    asked = request.query_params.get("level", "1")
    if asked not in {"1", "2", "3"}:
        return PlainTextResponse("level is 1, 2 or 3", status_code=400)
    by = request.query_params.get("measure")
    if by is not None and by not in set(Measure):
        return PlainTextResponse(f"measure is one of {', '.join(Measure)}", status_code=400)
    city, level, measure = here(), Level(int(asked)), Measure(by) if by else None
    grids = None
    if (listed := request.query_params.get("tiles")) is not None:
        numbers = bundle_numbers(listed)
        if numbers is None:
            return PlainTextResponse("tiles are numbers with commas between them", status_code=400)
        grids = grids_in(city, level, numbers)
        if grids is None:
            return PlainTextResponse("this level has no such tiles (yet)", status_code=404)
    body = loads_text(city, level, request.scope["person"], measure, grids).encode()
    return changing(request, body, "text/plain", squeeze=of_digits)
