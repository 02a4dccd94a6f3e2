"""Put a plan in force that splits one compound grid: 100,000 tickets in the store and 1,000,000, as many of them inside.

The peer is the plain way: place every ticket of the store anew and see which changed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import combinations
from random import Random
from typing import Any

import numpy as np
from sqlalchemy import func, insert, select, text

from benchmarks.table import Row
from city import drafts
from city.into_force import put_due_in_force
from city.opened import City
from city.settings import Settings
from demo.seed import seed
from domain.events import Event, ticket_stream
from domain.grids import Level
from domain.people import Person, Role
from domain.plans.commands import Split
from domain.plans.demands import NotDrawn
from storage import people
from storage.migrate import migrate
from storage.schema import crosswalk, events, tickets
from storage.seeding import continue_numbering
from storage.tickets import event_columns

NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
SMALL, LARGE, INSIDE, OPEN_SHARE = 100_000, 1_000_000, 9_500, 0.05
CHUNK = 20_000


class Then(City):
    """A city at a moment that is set."""

    at: datetime = NOW

    def now(self) -> datetime:
        return self.at


def places(city: City, grid: str, *, inside: bool) -> list[dict[str, Any]]:
    """A place in every unit inside, or outside, a compound grid: its point and its grids."""
    opened = drafts.draft_in_force(city)
    within = opened.draft.units_of(grid)
    chosen = [unit for code, unit in opened.ground.units.by_code.items() if (code in within) is inside]
    return [
        {
            "lng": unit.at.lng,
            "lat": unit.at.lat,
            "level1": at.level1,
            "level2": at.level2,
            "level3": at.level3,
        }
        for unit in chosen
        for at in (city.locate(unit.at),)
    ]


def rows(somewhere: list[dict[str, Any]], start: int, end: int, random: Random) -> Iterator[dict[str, Any]]:
    """Tickets; one in twenty is open."""
    for number in range(start, end):
        place, is_open = random.choice(somewhere), random.random() < OPEN_SHARE
        opened = NOW - timedelta(minutes=random.randrange(500_000))
        yield {
            "id": number, "no": f"p{number}", "state": "in_progress" if is_open else "closed", "open": is_open,
            "holder": place["level3"], "category": "0301", "urgent": False, "source": "grid", "opened_at": opened,
            "stage_since": opened, "lead": "D001", "live": is_open, "raised_in": place["level3"], **place,
        }  # fmt: skip


def fill(city: City, somewhere: list[dict[str, Any]], first: int, count: int) -> None:
    """Insert tickets, and for each open one the event that its log begins with."""
    random = Random(first)
    with city.database.write() as connection:
        for start in range(first, first + count, CHUNK):
            part = list(rows(somewhere, start, min(first + count, start + CHUNK), random))
            connection.execute(insert(tickets), part)
            begun = [_begun(row) for row in part if row["open"]]
            if begun:
                connection.execute(insert(events), begun)
        continue_numbering(connection, tickets)


def _begun(row: dict[str, Any]) -> dict[str, Any]:
    facts = {"state": row["state"], "holder": row["holder"], "lead": row["lead"]}
    return event_columns(
        Event(ticket_stream(row["id"]), 1, row["opened_at"], "raised", None, facts).sealed_after("")
    )


def look_at(city: City) -> None:
    """Let the database look at what it holds."""
    with city.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE" if city.database.is_sqlite else "VACUUM ANALYZE"))


def publish_split(city: City, grid: str) -> None:
    """A plan that splits the grid, through review and approval, for a moment ahead."""
    with city.database.read() as connection:
        by = {account.person.role: account.person for account in people.all_accounts(connection)}
    planner, leader = by[Role.PLANNER], by[Role.LEADER]
    opened = _split(city, drafts.branch(city, None, "split", planner), grid, planner)
    sent = drafts.send(city, opened.plan.id, version=opened.plan.version, by=planner)
    approved = drafts.approve(city, sent.id, version=sent.version, by=leader)
    drafts.publish(
        city, approved.id, NOW + timedelta(days=1), version=approved.version, confirmed=True, by=planner
    )


def _split(city: City, opened: drafts.OpenDraft, grid: str, by: Person) -> drafts.OpenDraft:
    children = [child.code for child in city.ground.structure.children(grid)]
    for n in range(len(children) - 1, 0, -1):
        for apart in combinations(children, n):
            try:
                command = Split(grid, apart, "split off")
                return drafts.edit(city, opened.plan.id, command, version=opened.plan.version, by=by)
            except NotDrawn:
                continue
    raise ValueError(f"{grid} cannot be split")


def splittable(city: City) -> str:
    """The compound grid with the most building grids that lies in several compounds."""
    structure, ground = city.ground.structure, city.ground
    several = [g for g in structure.at_level(Level.COMPOUND) if len(ground.compounds_of(g.code)) > 1]
    return max(several, key=lambda g: (len(structure.children(g.code)), g.code)).code


def in_force(url: str, kind: str, total: int) -> tuple[float, int, int, Callable[[], float]]:
    """Seconds for the sweep that puts the plan in force, the tickets it touched, and the plain way to be timed after."""
    city = Then(Settings(database_url=url))
    migrate(city.database)
    seed(city, NOW)
    grid = splittable(city)
    first = 10_000_000
    fill(city, places(city, grid, inside=True), first, INSIDE)
    fill(city, places(city, grid, inside=False), first + INSIDE, total - INSIDE)
    publish_split(city, grid)
    look_at(city)
    city.at = NOW + timedelta(days=1)
    begun = time.perf_counter()
    done = put_due_in_force(city, city.at)
    took = time.perf_counter() - begun
    assert done is not None and done.did.get("in_force") == 1, f"{kind}: {done}"
    with city.database.read() as connection:
        counted = connection.scalar(select(func.count()).select_from(crosswalk)) or 0

    def plainly() -> float:
        begun = time.perf_counter()
        with city.database.read() as connection:
            found = connection.execute(select(tickets.c.id, tickets.c.lng, tickets.c.lat)).all()
        lng, lat = (np.array([row[n] or 0.0 for row in found]) for n in (1, 2))
        for level in Level:
            city.ground.locator.locate_many(lng, lat, level)
        city.database.close()
        return time.perf_counter() - begun

    return took, done.did.get("rehomed", 0), counted, plainly


def measure(small_url: str, large_url: str, kind: str) -> Row:
    """Both sizes of one kind of database."""
    small, _, _, close_small = in_force(small_url, kind, SMALL)
    close_small()
    large, rehomed, counted, plainly = in_force(large_url, kind, LARGE)
    plain = plainly()
    return Row(
        f"a plan in force that splits one compound grid, {LARGE:,} tickets, {INSIDE:,} of them inside: {rehomed} re-homed, "
        f"{counted:,} ended counted elsewhere ({kind})",
        f"place every ticket anew, without writing: {plain:.1f} s; {SMALL:,} tickets, as many inside: {small:.2f} s",
        f"{large:.2f} s", f"{large / small:.2f} × for ten times the tickets", "≤ 3 s and ≤ 1.5 ×",
        large <= 3 and large <= 1.5 * small,
    )  # fmt: skip
