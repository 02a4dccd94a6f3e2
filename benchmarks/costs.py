"""Processor time of the app for each thing that people do, one after the other: it holds on a busy machine too.

From it follows how many people one core carries (``people_a_core``).
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random

import uvloop

from benchmarks.load import client_of, desk_of, page_of, signed_in
from benchmarks.load_cast import Cast, Numbers, make_cast
from benchmarks.load_people import OnPhone, OnWall, Tally, Web, raise_ticket
from benchmarks.load_server import Server, app

TIMES, WARM, IDLE = 150, 5, 10.0
PEOPLE = 6
"""Heads whose pages are open, each in turn."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Milliseconds of processor time for one of something."""

    what: str
    ms: float


async def _cost(
    server: Server, what: str, times: int, once: Callable[[int], Awaitable[object]],
    before: Callable[[int], Awaitable[object]] | None = None,
) -> Cost:  # fmt: skip
    """What one costs on average; ``before`` is done each time and not counted."""
    used = 0.0
    for n in range(WARM + times):
        if before:
            await before(n)
        begun = server.seconds() if before or n == WARM else 0.0
        await once(n)
        if before and n >= WARM:
            used += server.seconds() - begun
        elif n == WARM:
            used = -begun
    return Cost(what, 1000 * (used if before else used + server.seconds()) / (times - (0 if before else 1)))


async def _costs(server: Server, cast: Cast) -> list[Cost]:
    tally = Tally(counts=True)
    async with client_of(server) as client:
        page = page_of(server, tally)
        webs = [await signed_in(client, tally, seat.login, cast.password) for seat in cast.heads]
        desks = [
            desk_of(page, web, seat, cast, Random(n))
            for n, (web, seat) in enumerate(zip(webs, cast.heads, strict=True))
        ]
        for desk in desks:
            await desk.page.open()
            desk.page.stop()
        screen = OnWall(Web(client, tally), cast.walls[0], page, Random(0))
        await screen.enter()
        phone, n_ = OnPhone(desks[0].web, Random(0)), len(desks)

        async def own(n: int) -> None:
            await raise_ticket(desks[n % n_].web, desks[n % n_].point, Random(n))
            await desks[n % n_].click(desks[n % n_].codes[-1])

        costs = [
            await _cost(server, "click", TIMES, lambda n: desks[n % n_].click()),
            await _cost(server, "places of a page anew", TIMES, lambda n: desks[n % n_].page.refresh()),
            await _cost(server, "figures of a desk", TIMES, lambda n: desks[n % n_].figures()),
            await _cost(server, "figures of a desk and counts for its map", TIMES, lambda n: desks[n % n_].count()),
            await _cost(server, "phone page", TIMES, lambda _: phone.look()),
            await _cost(server, "reading for a wall", TIMES, lambda _: screen.read()),
            await _cost(server, "raise", TIMES // 3, lambda n: raise_ticket(desks[n % n_].web, desks[n % n_].point, Random(n))),
            await _cost(server, "move", TIMES // 3, lambda n: desks[n % n_].act(), before=own),
            await _cost(server, "page opened", TIMES // 6, lambda n: desks[n % n_].page.again()),
        ]  # fmt: skip
        begun, used = time.monotonic(), server.seconds()
        await asyncio.sleep(IDLE)
        idle = (server.seconds() - used) / (time.monotonic() - begun)
        for desk in desks:
            await desk.page.close()
    if tally.errors:
        raise SystemExit(f"not as it should be: {dict(tally.errors)}")
    return [*costs, Cost("a second of nothing", 1000 * idle)]


def measure_ours(url: str, log: Path) -> list[Cost]:
    """The costs of the app on a store."""
    cast = make_cast(url, Numbers(PEOPLE, 1, 1, 1, 1), Random(0))
    with app(url, log) as server:
        return uvloop.run(_costs(server, cast))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        store = sys.argv[1] if len(sys.argv) > 1 else f"sqlite:///{Path(scratch) / 'city.db'}"
        for cost in measure_ours(store, Path(scratch) / "app.log"):
            print(f"{cost.what}: {cost.ms:.1f} ms")
