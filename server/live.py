"""Answer the maps that ask for counts: a few hundred bytes for a city, none when nothing changed.

The body is five lines: the plan's hash, then one number a grid in the order of codes – class, open, overdue, due
soon. Numbers are base 62: one digit up to 61, ``~digits;`` above; ``-`` where the person may not look. Asked for a rate there
are two lines more: how many cases, and how many of them went well (``-`` where they are too few to say). Coloured by
something else than tickets there is one line more: that number, ``-`` where there is none. Classes are 0 (nothing), 1 to 5, 7 (too few cases to show a rate), 8 (a small sample), 9 (nothing to divide by).

Asked for bundles of a level of many grids (``server/tiles.py``), the second line says of which bundles the others tell,
each by its place in the question and a stamp, ``0:1f2e3d4c,2:…``: who sends the stamps along hears of what has changed
alone. The counts of open tickets then come first, and the lines after them skip grids with nothing open: of those, ``.``
is one of class 9, else the class is 0.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from city.opened import City, here
from city.tiles import grids_in
from city.weights import Colouring, Weight, colouring_named, colourings, weigh
from domain.grids import Grid, Level
from domain.loads import NO_BASE, Load, Measure
from domain.people import Person
from domain.shades import Shade
from server.files import changing, of_digits

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
HIDDEN = "-"
QUIET_NO_BASE = "."

MEASURES = {measure.value: measure for measure in Measure}

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


def loads_text(city: City, level: Level, person: Person, measure: Colouring | None = None) -> str:
    """The body for one level as this person may see it."""
    by = measure or city.measure()
    return "\n".join([city.ground.identity, *map("".join, _lines(weigh(city, person, level, by), by))])


def bundles_text(
    city: City,
    level: Level,
    person: Person,
    measure: Colouring | None,
    bundles: Sequence[Sequence[Grid]],
    known: Sequence[str] = (),
    *,
    classes_alone: bool = False,
) -> str:
    """The body for some bundles of a level as this person may see them, but for those that are as they are ``known``.

    ``classes_alone`` is what a crowd of grids is coloured by: thousands of numbers that nobody reads stay away.
    """
    by = measure or city.measure()
    stamps, told = [], []
    for n, grids in enumerate(bundles):
        lines = _lines(weigh(city, person, level, by, grids), by)
        if classes_alone:
            lines = lines[:1]
        elif not by.is_rate and not isinstance(by, Shade):
            lines = _busy(lines)
        parts = ["".join(line) for line in lines]
        stamp = hashlib.blake2b("\n".join(parts).encode(), digest_size=4).hexdigest()
        if n >= len(known) or known[n] != stamp:
            stamps.append(f"{n}:{stamp}")
            told.append(parts)
    return "\n".join([city.ground.identity, ",".join(stamps), *map("".join, zip(*told, strict=True))])


def _lines(weights: Iterable[Weight], by: Colouring) -> list[list[str]]:
    n = 6 if by.is_rate else 5 if isinstance(by, Shade) else 4
    # Most people see a few grids of hundreds.
    hidden = [HIDDEN] * n
    grids = [hidden if weight.load is None else _digits(weight, weight.load, n) for weight in weights]
    return [list(line) for line in zip(*grids, strict=True)] or [[] for _ in range(n)]


def _busy(lines: list[list[str]]) -> list[list[str]]:
    """Of most of ten thousand grids there is nothing to tell but that nothing is open."""
    classes, opens, *more = lines
    told = [n for n, digits in enumerate(opens) if digits not in (HIDDEN, "0")]
    first = [
        QUIET_NO_BASE if n == "0" and c == str(NO_BASE) else n for c, n in zip(classes, opens, strict=True)
    ]
    return [first, *([line[n] for n in told] for line in (classes, *more))]


def _digits(weight: Weight, load: Load, n: int) -> list[str]:
    """A grid's numbers, one for each of ``n`` lines."""
    share = weight.share
    digits = [number(weight.class_), number(load.open), number(load.overdue), number(load.due_soon)]
    if n == 5:
        digits.append(HIDDEN if weight.number is None else number(weight.number))
    elif share is not None:
        digits += [number(share.n), number(share.good) if weight.may_tell_good else HIDDEN]
    return digits


def bundle_numbers(listed: str) -> list[int] | None:
    """The bundles a query names, each once; None where it names none, or something else."""
    named = listed.split(",")
    if len(named) > MOST_BUNDLES or not all(n.isascii() and n.isdigit() and len(n) < 7 for n in named):
        return None
    return list(dict.fromkeys(int(n) for n in named))


def live_loads(request: Request) -> Response:
    """``GET /live/loads?level=N&measure=M&tiles=0,5,6&known=…&classes=alone``: counts with an ETag; 304 when they are as
    before."""
    asked = request.query_params.get("level", "1")
    if asked not in {"1", "2", "3"}:
        return PlainTextResponse("level is 1, 2 or 3", status_code=400)
    by = request.query_params.get("measure")
    city, level, person = here(), Level(int(asked)), request.scope["person"]
    known = [each.value for each in (*Measure, *colourings(city, person))]
    if by is not None and by not in known:
        return PlainTextResponse(f"measure is one of {', '.join(dict.fromkeys(known))}", status_code=400)
    measure = MEASURES.get(by or "") or (colouring_named(city, person, by) if by else None)
    if (listed := request.query_params.get("tiles")) is None:
        body = loads_text(city, level, person, measure)
    else:
        numbers = bundle_numbers(listed)
        if numbers is None:
            return PlainTextResponse("tiles are numbers with commas between them", status_code=400)
        bundles = grids_in(city, level, numbers)
        if bundles is None:
            return PlainTextResponse("this level has no such tiles (yet)", status_code=404)
        stamps = request.query_params.get("known", "").split(",")
        alone = request.query_params.get("classes") == "alone"
        body = bundles_text(city, level, person, measure, bundles, stamps, classes_alone=alone)
    return changing(request, body.encode(), "text/plain", squeeze=of_digits)
