"""Answer who replays the last month on the map: every day in two lines, on the one scale that the map has now.

The first line of the body is the plan's identity, the second the days, oldest first, today as the last. Then come two
lines a day: one load class a grid and one number of open tickets a grid, of every grid of the level in the order of codes, in
the digits of ``/live/loads`` – or of the grids of some bundles of a level of many grids, bundle by bundle; ``-`` where the person may not look, outside the unit that was asked for, and before a
redraw made the grid.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import chain

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from city.opened import City, here
from city.snapshots import Frame, begins, frames, grids_seen
from city.tiles import grids_in
from domain.grids import CITY, Grid, Level
from domain.loads import Load
from domain.people import Person, sees_unit
from server.files import changing
from server.live import HIDDEN, bundle_numbers, number


def replay(request: Request) -> Response:
    """``GET /live/replay?level=N&within=CODE&tiles=0,5,6``: the last month, with an ETag; 304 when it is as before."""
    city, person = here(), request.scope["person"]
    asked = request.query_params
    if asked.get("level", "1") not in {"1", "2", "3"}:
        return PlainTextResponse("level is 1, 2 or 3", status_code=400)
    structure, within = city.ground.structure, asked.get("within") or person.area
    if person.department:
        return PlainTextResponse("departments have no grids", status_code=403)
    if within not in structure:
        return PlainTextResponse("there is no such unit", status_code=404)
    if not sees_unit(person, within, structure):
        return PlainTextResponse("you may not look there", status_code=403)
    level, grids = Level(int(asked.get("level", "1"))), None
    if "tiles" in asked:
        numbers = bundle_numbers(asked["tiles"])
        bundles = None if numbers is None else grids_in(city, level, numbers)
        if bundles is None:
            return PlainTextResponse("this level has no such tiles", status_code=404)
        grids = list(chain.from_iterable(bundles))
    return changing(request, replay_text(city, level, person, within, grids).encode(), "text/plain")


def replay_text(
    city: City, level: Level, person: Person, within: str = CITY, grids: Sequence[Grid] | None = None
) -> str:
    """The body for one level, or for some grids of it, as this person may see it."""
    shown, replayed = grids_seen(city, person, level, within, grids), frames(city, level)
    lines = [line for frame in replayed for line in _lines(city, shown, frame)]
    days = ",".join(frame.day.isoformat() for frame in replayed)
    return "\n".join([city.ground.identity, days, *lines])


def _lines(city: City, shown: list[tuple[Grid, bool]], frame: Frame) -> tuple[str, str]:
    classes, opens = [], []
    ends = begins(city, frame.day + timedelta(days=1))
    for grid, may_look in shown:
        visible = may_look and not city.ground.made_after(grid.code, ends)
        load = Load(frame.open.get(grid.code, 0))
        classes.append(number(city.class_of(grid, load)) if visible else HIDDEN)
        opens.append(number(load.open) if visible else HIDDEN)
    return "".join(classes), "".join(opens)
