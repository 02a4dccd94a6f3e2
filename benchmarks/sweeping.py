"""Sweep a city with 100,000 open tickets: what a quiet minute costs, what three days without a sweep cost.

The peer is a sweep of the plain way: load every open ticket, look at each.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import insert, select

from benchmarks.table import Row
from city.opened import City
from city.settings import Settings
from demo.seed import seed
from domain.actions.sweep import move_due, sweep
from domain.events import ticket_stream
from storage.event_rows import event_columns, event_from
from storage.migrate import migrate
from storage.schema import events, tickets
from storage.seeding import CHUNK, continue_numbering
from storage.tickets import ticket_from

OPEN = 100_000
NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
DOWNTIME = timedelta(days=3)


def fill(city: City, wanted: int = OPEN) -> None:
    """Copy the demo's open tickets, each with its log sealed anew, until so many are open."""
    with city.database.read() as connection:
        rows = [dict(r._mapping) for r in connection.execute(select(tickets).where(tickets.c.open))]
        first = (connection.scalar(select(tickets.c.id).order_by(tickets.c.id.desc()).limit(1)) or 0) + 1
        logs = {
            row["id"]: [
                event_from(e)
                for e in connection.execute(
                    select(events).where(events.c.stream == ticket_stream(row["id"])).order_by(events.c.seq)
                )
            ]
            for row in rows
        }
    numbers = count(first)
    with city.database.write() as connection:
        copies = [rows[n % len(rows)] | {"id": next(numbers)} for n in range(wanted - len(rows))]
        sources = [rows[n % len(rows)]["id"] for n in range(len(copies))]
        for start in range(0, len(copies), CHUNK):
            part = copies[start : start + CHUNK]
            connection.execute(insert(tickets), [c | {"no": f"copy-{c['id']}", "once": None} for c in part])
            origin = sources[start : start + CHUNK]
            sealed = [
                e for c, source in zip(part, origin, strict=True) for e in _sealed(logs[source], c["id"])
            ]
            connection.execute(insert(events), sealed)
        continue_numbering(connection, tickets)


def _sealed(log: list[Any], ticket_id: int) -> Iterator[dict[str, Any]]:
    previous = ""
    for event in log:
        event = replace(event, stream=ticket_stream(ticket_id)).sealed_after(previous)
        previous = event.hash
        yield event_columns(event)


def seconds_of_a_sweep(city: City, now: datetime) -> tuple[float, int]:
    """How long one sweep takes, and how many things it did."""
    rules, began = city.rulebook, time.perf_counter()
    done = sweep(city.store, rules, now=now)
    assert done is not None
    return time.perf_counter() - began, sum(done.did.values())


def seconds_of_looking_at_all(city: City, now: datetime) -> float:
    """The plain way: every open ticket is loaded and looked at."""
    began = time.perf_counter()
    with city.database.read() as connection:
        for row in connection.execute(select(tickets).where(tickets.c.open)):
            move_due(ticket_from(row), now)
    return time.perf_counter() - began


def measure(url: str, kind: str) -> list[Row]:
    """A backlog of cards, a quiet minute and three days without a sweep, on one kind of database."""
    city = City(Settings(database_url=url))
    migrate(city.database)
    seed(city, NOW)
    fill(city)
    backlog, cards = seconds_of_a_sweep(city, NOW)
    quiet, nothing = seconds_of_a_sweep(city, NOW)
    plain = seconds_of_looking_at_all(city, NOW)
    after, things = seconds_of_a_sweep(city, NOW + DOWNTIME)
    again, none = seconds_of_a_sweep(city, NOW + DOWNTIME)
    city.database.close()
    return [
        Row(
            f"a sweep that finds nothing new, {OPEN:,} open tickets ({kind})", f"load and look at each: {1000 * plain:.0f} ms",
            f"{1000 * max(quiet, again):.1f} ms", f"{max(quiet, again) / plain:.4f} ×", "does nothing, ≤ 0.01 ×",
            nothing == none == 0 and max(quiet, again) / plain <= 0.01,
        ),
        Row(
            f"a sweep with {cards:,} things due at once, {OPEN:,} open tickets ({kind})", "–", f"{backlog:.1f} s", "–", "≤ 5 s", backlog <= 5,
        ),
        Row(
            f"three days without a sweep, then {things:,} things due, {OPEN:,} open tickets ({kind})", "–", f"{after:.1f} s", "–", "–", True,
        ),
    ]  # fmt: skip
