"""A working day at once: 505 grid heads, 60 departments, 20 walls, 200 phones and 2 planners on two processes of the app.

``python -m benchmarks.load`` puts the plain way under clicks as long as it carries them; then it starts the app on a fresh
demo city and lets everybody come and work for ten minutes, three times. It speaks to this machine alone.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import uvloop

from benchmarks.browser_http import Client
from benchmarks.browsing import p95, plain_way
from benchmarks.load_cast import Cast, Numbers, Seat, here_alone, make_cast
from benchmarks.load_people import (
    AtDesk,
    AtTable,
    OnPhone,
    OnWall,
    Tally,
    Web,
    Worker,
    again_and_again,
    at_work,
)
from benchmarks.load_server import Server, apps, postgres
from benchmarks.processor import slowness
from benchmarks.streamlit_client import Page, PageLost
from benchmarks.table import Row, leave, machine, table, write_section

MOST_MINUTES = 30.0
SAMPLE = 5.0
"""Seconds between two looks at the server's memory."""

OPENED_A_SECOND = 8
"""So many people come each second."""

BEFORE = 15.0
"""Seconds in which the last who came settle, before anything is measured."""

PLAIN_STEPS = (1, 2, 5, 10, 20, 40)
"""People on the plain way, until it carries no more."""

PLAIN_SECONDS = 40.0


# --- one run --------------------------------------------------------------------------------------------------


@dataclass
class Run:
    """What one run measured."""

    people: int
    minutes: float
    tally: Tally
    memory: list[tuple[float, float]] = field(default_factory=list)
    """Minutes since everybody was there, and MB."""
    slowness: list[float] = field(default_factory=list)
    """Milliseconds that one same piece of work took meanwhile."""
    server_share: float = 0.0
    beside_share: float = 0.0
    """Of the web server before it, and of the database server."""
    driver_share: float = 0.0
    server_seconds: float = 0.0

    def of(self, what: str) -> list[float]:
        return self.tally.took.get(what, [])

    def percentiles(self, what: str) -> tuple[float, float, float]:
        """p50, p95 and p99 in milliseconds; not-a-number where nothing was measured."""
        found = sorted(self.of(what))
        if not found:
            return (float("nan"),) * 3
        return tuple(found[round(share * (len(found) - 1))] for share in (0.5, 0.95, 0.99))  # type: ignore[return-value]

    @property
    def slope(self) -> float:
        """MB a minute over the second half, when what is only made once has been made."""
        half = self.memory[len(self.memory) // 2 :]
        if len(half) < 2:
            return 0.0
        minutes, held = zip(*half, strict=True)
        return statistics.linear_regression(minutes, held).slope

    @property
    def speed(self) -> str:
        """How fast the machine was: the 5th, the 50th and the 95th percentile of what one same piece of work took."""
        if len(self.slowness) < 2:
            return "–"
        twentieths = statistics.quantiles(self.slowness, n=20, method="inclusive")
        return "/".join(f"{twentieths[n]:.1f}" for n in (0, 9, 18))

    def line(self) -> str:
        """The run in one line."""
        told = ", ".join(
            f"{what} {p50:.0f}/{p95_:.0f}/{p99:.0f}"
            for what in sorted(self.tally.took)
            for p50, p95_, p99 in (self.percentiles(what),)
        )
        held = (
            f"{self.memory[0][1]:.0f} → {self.memory[-1][1]:.0f} MB, {self.slope:+.1f} MB/min"
            if self.memory
            else ""
        )
        return (
            f"{self.people} people, {self.minutes:g} min; ms p50/p95/p99: {told}; server {self.server_share:.2f} of a core, "
            f"beside it {self.beside_share:.2f}, driver {self.driver_share:.2f}; machine {self.speed} ms; {held}; errors {sum(self.tally.errors.values())}, refused {sum(self.tally.refused.values())}"
        )


async def work(server: Server, cast: Cast, minutes: float, random: Random, pace: float = 1.0) -> Run:
    """Let everybody come, then measure for some minutes; ``pace`` is how much quicker than on a working day all are."""
    async with client_of(server) as client:
        tally = Tally()
        workers = await _signed_in(server, cast, client, tally, random)
        run = Run(len(workers), minutes, tally)
        tasks = []
        for worker in workers:
            worker.web.pace = pace
            tasks.append(asyncio.create_task(at_work(worker)))
            await asyncio.sleep(1 / OPENED_A_SECOND / pace)
        await asyncio.sleep(BEFORE / pace)
        await _measure(server, run)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        pages = [worker.page for worker in workers if not isinstance(worker, OnPhone) and worker.page]
        await asyncio.gather(*(page.close() for page in pages), return_exceptions=True)
    return run


async def _measure(server: Server, run: Run) -> None:
    begun, used, mine = time.monotonic(), server.seconds(), time.process_time()
    beside = server.seconds_beside()
    run.tally.counts = True
    until = begun + 60 * run.minutes
    while (left := until - time.monotonic()) > 0:
        run.memory.append(((time.monotonic() - begun) / 60, server.memory()))
        run.slowness.append(slowness())
        await asyncio.sleep(min(SAMPLE, left))
    run.tally.ended = True
    took = time.monotonic() - begun
    run.memory.append((took / 60, server.memory()))
    run.server_seconds = server.seconds() - used
    run.server_share, run.driver_share = run.server_seconds / took, (time.process_time() - mine) / took
    run.beside_share = (server.seconds_beside() - beside) / took


def client_of(server: Server) -> Client:
    """HTTP to a server on this machine."""
    here_alone(server.url)
    return Client(server.url, server.trust)


def page_of(server: Server, tally: Tally) -> Callable[[str, str], Page]:
    """How pages of a server are opened: by a cookie and the query of their address."""
    return lambda cookie, query: Page(server.url, cookie, query, tally.error, server.trust)


async def signed_in(client: Client, tally: Tally, login: str, password: str) -> Web:
    """Somebody who signed in as people do.

    Raises:
        SystemExit: when they were not let in.
    """
    web = Web(client, tally)
    answer = await web.post("/login", {"login": login, "password": password}, "sign-in")
    if answer is None:
        raise SystemExit(f"{login} could not sign in: {dict(tally.errors)}")
    web.cookie = f"redgrid={answer.cookies['redgrid']}"
    return web


def desk_of(page: Callable[[str, str], Page], web: Web, seat: Seat, cast: Cast, random: Random) -> AtDesk:
    """Somebody at a map."""
    query = "" if seat.point else f"level={int(seat.level)}"
    return AtDesk(web, page(web.cookie, query), seat.codes, cast.orders[seat.level], seat.point, random)


async def _signed_in(
    server: Server, cast: Cast, client: Client, tally: Tally, random: Random
) -> list[Worker]:
    """Everybody signs in for real, few at a time; walls come by their links."""
    few, page = asyncio.Semaphore(4), page_of(server, tally)

    async def web(login: str) -> Web:
        async with few:
            return await signed_in(client, tally, login, cast.password)

    def luck() -> Random:
        return Random(random.random())

    seats = (*cast.heads, *cast.desks)
    webs = await asyncio.gather(*(web(seat.login) for seat in seats))
    workers: list[Worker] = [
        desk_of(page, mine, seat, cast, luck()) for seat, mine in zip(seats, webs, strict=True)
    ]
    workers += [
        OnPhone(mine, luck()) for mine in await asyncio.gather(*(web(login) for login in cast.phones))
    ]
    for planner in cast.tables:
        mine = await web(planner.login)
        query = f"view=planner&plan={planner.plan}&do=draw"
        workers.append(AtTable(mine, page(mine.cookie, query), planner.plan, planner.lines, luck()))
    workers += [OnWall(Web(client, tally), link, page, luck()) for link in cast.walls]
    random.shuffle(workers)
    return workers


def run_once(
    url: str, numbers: Numbers, minutes: float, seed: int, folder: Path, pace: float = 1.0, *, processes: int = 1,
    beside: Sequence[int] = (),
) -> Run:  # fmt: skip
    """One run on a store: the app started, everybody working, the app ended."""
    if not 0 < minutes <= MOST_MINUTES:
        raise SystemExit(f"{minutes} minutes: at most {MOST_MINUTES:g}")
    random = Random(seed)
    cast = make_cast(url, numbers, random)
    with apps(url, folder, processes, beside) as server:
        return uvloop.run(work(server, cast, minutes, random, pace))


# --- the plain way --------------------------------------------------------------------------------------------


async def _plain_clicks(address: str, people: int, codes: Sequence[str], seconds: float) -> Tally:
    tally, random = Tally(), Random(people)
    pages = [Page(f"http://{address}", "", "", tally.error) for _ in range(people)]

    async def one(page: Page) -> None:
        clicks = 0

        async def click() -> None:
            nonlocal clicks
            clicks += 1
            code, begun = random.choice(codes), time.perf_counter()
            value: dict[str, object] = {"last_active_drawing": {"properties": {"code": code}}, "n": clicks}
            await page.tell(page.find("component_instance")[-1], value, f'data-grid="{code}"')
            heard = await page.heard(120)
            tally.time("click", begun, heard.answered)

        with suppress(PageLost):
            await page.open(120)
            await again_and_again(10.0, random, click)

    tasks = [asyncio.create_task(one(page)) for page in pages]
    await asyncio.sleep(10)
    tally.counts = True
    await asyncio.sleep(seconds)
    tally.ended = True
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.gather(*(page.close() for page in pages), return_exceptions=True)
    return tally


def plain_people(url: str, folder: Path, codes: Sequence[str]) -> list[tuple[int, float]]:
    """How many people came to the plain way, and the p95 of their clicks in milliseconds, until it carries no more."""
    found: list[tuple[int, float]] = []
    with plain_way(url, folder) as address:
        for people in PLAIN_STEPS:
            tally = uvloop.run(_plain_clicks(here_alone(address), people, codes, PLAIN_SECONDS))
            clicks = tally.took.get("click", [])
            found.append((people, p95(clicks) if clicks else float("inf")))
            if found[-1][1] > 2_000:
                break
    return found


def _carried(steps: Sequence[tuple[int, float]]) -> str:
    """At how many people the plain way still answers in time."""
    for limit in (500, 2_000):
        carried = [each for each in steps if each[1] <= limit]
        if carried:
            people, took = carried[-1]
            return f"{people} people: {took:.0f} ms (≤ {limit:,} ms)"
    return f"{steps[0][0]} person: {steps[0][1]:.0f} ms, more than 2 s"


# --- the results ----------------------------------------------------------------------------------------------


def rows(runs: Sequence[Run], plain: Sequence[tuple[int, float]]) -> list[Row]:
    """One row for each goal; of several runs the worst decides, and all are told."""

    def each(what: str) -> tuple[str, float]:
        found = [run.percentiles(what) for run in runs]
        told = "; ".join("/".join(f"{ms:.0f}" for ms in three) for three in found)
        return f"{told} ms", max(three[1] for three in found)

    clicks, click = each("click")
    phones, phone = each("phone page")
    errors = [sum(run.tally.errors.values()) for run in runs]
    most = max(held for run in runs for _, held in run.memory)
    slopes = [run.slope for run in runs]
    people = runs[0].people
    return [
        Row(
            f"click → panel, {people} people at work, p50/p95/p99 of each run", _carried(plain) if plain else "–", clicks, "–",
            "p95 ≤ 500 ms", click <= 500,
        ),
        Row("the phone's page meanwhile", "–", phones, "–", "p95 ≤ 150 ms", phone <= 150),
        *(Row(title, "–", each(what)[0], "–", "–", True) for what, title in TOLD.items() if runs[0].of(what)),
        Row("errors of each run", "–", "; ".join(map(str, errors)), "–", "0", not any(errors)),
        Row(
            "memory of the server: most, and its growth a minute in the second half of each run", "–",
            f"{most:.0f} MB; {'; '.join(f'{slope:+.1f}' for slope in slopes)} MB/min", "–", "≤ 2 GB and flat (≤ 2 MB/min)",
            most <= 2_048 and max(slopes) <= 2,
        ),
        Row(
            "share of a core: the app, what works for it, the driver, of each run", "–",
            "; ".join(f"{run.server_share:.2f}, {run.beside_share:.2f}, {run.driver_share:.2f}" for run in runs), "–", "–",
            True,
        ),
        Row(
            "how fast the machine was meanwhile: processor time of one same piece of work, p5/p50/p95 of each run", "–",
            f"{'; '.join(run.speed for run in runs)} ms", "–", "–", True,
        ),
    ]  # fmt: skip


TOLD = {
    "move": "a move through the page's form until the page is drawn again, p50/p95/p99",
    "raise": "a ticket raised on the phone's form",
    "planner, both sides": "a planner's line until both sides are shown",
    "planner's edit": "a planner's Apply until the table is drawn again",
    "live loads": "counts for an open map",
    "live wall": "a reading for a wall",
    "page opened": "a page opened anew meanwhile",
}


@dataclass(frozen=True, slots=True)
class Where:
    """On what the app runs: a store that is named, else a fresh one; in how many processes."""

    url: str | None = None
    on_postgres: bool = False
    processes: int = 2
    """One for each core of the machine that is measured."""

    @property
    def title(self) -> str:
        return "Load" if self == Where() else f"Load on {self.words.split(',')[0].replace(' of the app', '')}"

    @property
    def words(self) -> str:
        store = "the store that was named" if self.url else "PostgreSQL" if self.on_postgres else "SQLite"
        if self.processes == 1:
            return f"one process of the app on {store}, without a web server before it"
        return f"{self.processes} processes of the app on {store}, behind one nginx that speaks TLS"


def _plain(url: str | None) -> list[tuple[int, float]]:
    """The plain way alone, on a city of its own unless a store is named."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        store = url or f"sqlite:///{folder / 'city.db'}"
        cast = make_cast(store, Numbers(0, 1, 0, 0, 0), Random(0))
        found = plain_people(store, folder / "plain", list(cast.orders[max(cast.orders)]))
    print("the plain way:", "; ".join(f"{people}: {took:.0f} ms" for people, took in found), flush=True)
    return found


def _run(where: Where, numbers: Numbers, minutes: float, seed: int) -> Run:
    """One run, on a fresh city unless a store is named."""
    with tempfile.TemporaryDirectory() as scratch, ExitStack() as stack:
        folder = Path(scratch)
        store, beside = where.url or f"sqlite:///{folder / 'city.db'}", []
        if where.on_postgres:
            store, first = stack.enter_context(postgres(folder / "postgres"))
            beside.append(first)
        run = run_once(store, numbers, minutes, seed, folder, processes=where.processes, beside=beside)
    print(run.line())
    for words, count in (*run.tally.errors.items(), *run.tally.refused.items()):
        print(f"  {count} × {words}", flush=True)
    return run


def main(words: Sequence[str] = ()) -> None:
    """Measure, print, and write the section into RESULTS.md."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--url", help="a database instead of a fresh SQLite file, such as one of PostgreSQL")
    asked.add_argument(
        "--postgres", action="store_true", help="a fresh PostgreSQL instead of a fresh SQLite file"
    )
    asked.add_argument(
        "--processes", type=int, default=2, help="of the app; more than one stand behind nginx"
    )
    asked.add_argument("--people", type=float, default=1.0, help="scale of the number of people")
    asked.add_argument("--minutes", type=float, default=10.0)
    asked.add_argument("--runs", type=int, default=3)
    asked.add_argument("--no-plain", action="store_true", help="leave the plain way out")
    asked.add_argument("--dry", action="store_true", help="print only, leave RESULTS.md as it is")
    given = asked.parse_args(words)
    numbers = Numbers().scaled(given.people)
    where = Where(given.url, given.postgres, given.processes)
    plain = [] if given.no_plain else _plain(given.url)
    runs: list[Run] = []
    found: list[Row] = []
    for seed in range(given.runs):
        runs.append(_run(where, numbers, given.minutes, seed))
        found = rows(runs, plain)
        # After each: whoever has no time for all of them keeps those that were made.
        if not given.dry:
            write_section(where.title, _about(where, numbers, runs) + table(found))
    print(table(found))
    leave(found)


def _about(where: Where, numbers: Numbers, runs: Sequence[Run]) -> str:
    return (
        f"Written by `make load` on {machine()}. {len(runs)} {'run' if len(runs) == 1 else 'runs'} of {runs[0].minutes:g} minutes, each on a fresh city: "
        f"{numbers.heads} grid heads and {numbers.desks} departments with an open map, each opening a grid every {10} s and acting "
        f"every minute, {numbers.walls} walls, {numbers.phones} phones opening a page every half minute, {numbers.planners} planners "
        f"editing every 20 s – on {where.words}, by Streamlit's own WebSocket messages and HTTP from another "
        "process on the same machine, every one signed in for real. Milliseconds from the message sent to the answer asked for.\n\n"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
