"""Write imported boundaries and tickets: each import is one transaction, kept whole or not at all."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Connection, Select, bindparam, func, insert, select, text, update

from domain.events import Event, canonical, plan_stream, ticket_stream
from domain.tickets import Ticket
from storage import days, search, seeding
from storage.columns import Column, Columns, append_columns, moments
from storage.event_rows import first_events
from storage.facts import bump_revision
from storage.filling import indexes_of, is_filled, make_again, much_in_memory, take_away
from storage.plans import DrawnGrid, plan_in_force
from storage.schema import (
    Instant,
    departments,
    events,
    grids,
    imported_categories,
    plans,
    tickets,
)
from storage.tickets import TicketWork, columns_of

__all__ = [
    "Batch",
    "Connection",
    "ImportedTicket",
    "add_level",
    "add_tickets",
    "hold_tickets",
    "known_ids",
    "place_tickets",
    "ticket_points",
]

OURS = re.compile(r"\d{6}-\d+")
"""The shape of the numbers that are given here: no other source's ticket may have one that is still to be given."""

ONCE = "import:"
"""The beginning of the key under which an imported ticket is known."""

LOOKED_UP = 100_000
"""Texts that one statement looks up."""

IMPORTING = 7_105_386
"""The number of the advisory lock under which tickets are imported on PostgreSQL."""

T = tickets.c


@dataclass(frozen=True, slots=True)
class ImportedTicket:
    """A ticket as it came, with the id that its source gives it."""

    source_id: str
    ticket: Ticket


@dataclass(frozen=True, slots=True)
class Batch:
    """Tickets as columns of their table, by name, with the ids that their source gives them."""

    source_ids: Sequence[str]
    columns: Columns

    @classmethod
    def of(cls, imported: Sequence[ImportedTicket]) -> Batch:
        """Tickets as a batch; nothing is left to a default."""
        rows = [columns_of(one.ticket) for one in imported]
        columns: dict[str, Column] = {name: [row[name] for row in rows] for name in (rows[0] if rows else ())}
        instants = [name for name in columns if isinstance(tickets.c[name].type, Instant)]
        columns |= {name: moments(columns[name]) for name in instants}
        return cls([one.source_id for one in imported], columns)


def add_level(connection: Connection, drawn: Sequence[DrawnGrid], now: datetime) -> None:
    """Add the grids of a level to the plan in force; in an empty city, to a first plan."""
    plan = plan_in_force(connection)
    plan_id = plan.id if plan else _first_plan(connection, now)
    rows = [
        {
            "plan_id": plan_id, "code": d.grid.code, "level": int(d.grid.level), "name": d.grid.name,
            "parent": d.grid.parent, "households": d.grid.households, "units": d.units, "geometry": d.geometry,
        }
        for d in drawn
    ]  # fmt: skip
    _insert(connection, grids, rows)
    connection.execute(update(plans).where(plans.c.id == plan_id).values(version=plans.c.version + 1))
    TicketWork(connection).add_event(_level_event(plan_id, drawn, now))
    bump_revision(connection)


def _level_event(plan_id: int, drawn: Sequence[DrawnGrid], now: datetime) -> Event:
    """What the plan's log says of an import: which level, how many grids, and the hash of what was drawn."""
    content = hashlib.sha256()
    for one in sorted(drawn, key=lambda d: d.grid.code):
        content.update(one.grid.code.encode() + one.geometry)
    facts = {"level": int(drawn[0].grid.level), "grids": len(drawn), "content": content.hexdigest()}
    return Event(plan_stream(plan_id), 0, now, "level_imported", None, facts)


def _first_plan(connection: Connection, now: datetime) -> int:
    plan_id: int = connection.execute(
        insert(plans)
        .values(name="imported", state="in_force", from_at=now, created_at=now)
        .returning(plans.c.id)
    ).scalar_one()
    return plan_id


def ticket_points(connection: Connection) -> list[tuple[int, float, float]]:
    """Id, longitude and latitude of every ticket that has a point."""
    rows = connection.execute(
        select(tickets.c.id, tickets.c.lng, tickets.c.lat).where(tickets.c.lng.is_not(None))
    )
    return [(row.id, row.lng, row.lat) for row in rows]


def place_tickets(connection: Connection, level: int, placed: Iterable[tuple[int, str | None]]) -> None:
    """Note for tickets in which grid of a new level they lie; state, holder and clocks stay."""
    column = f"level{level}"
    statement = update(tickets).where(tickets.c.id == bindparam("ticket")).values({column: bindparam("grid")})
    rows = [{"ticket": ticket, "grid": grid} for ticket, grid in placed if grid is not None]
    for start in range(0, len(rows), seeding.CHUNK):
        connection.execute(statement, rows[start : start + seeding.CHUNK])


def hold_tickets(connection: Connection, coming: int) -> None:
    """Let nobody else raise or import a ticket until this transaction is through. On PostgreSQL nobody may look at one
    either where a store is filled by so many: their indexes are away meanwhile.
    """
    if connection.dialect.name == "postgresql":
        # Two that had looked at the tickets already would wait for each other below.
        connection.execute(select(func.pg_advisory_xact_lock(IMPORTING)))
        mode = "ACCESS EXCLUSIVE" if is_filled(coming, _last_id(connection)) else "EXCLUSIVE"
        connection.execute(text(f"LOCK TABLE tickets IN {mode} MODE"))


def known_ids(connection: Connection, source_ids: Sequence[str]) -> set[str]:
    """Those of a source's ids whose tickets were imported before."""
    keys = [ONCE + source_id for source_id in source_ids]
    return {once.removeprefix(ONCE) for once in _there(connection, select(T.once), T.once, keys)}


def _there(
    connection: Connection, asked: Select[Any], column: ColumnElement[Any], texts: Sequence[str]
) -> set[str]:
    """Those of many texts that a column has: looked up, for the store may hold a hundred times as many; or hardly any."""
    if _last_id(connection) < len(texts):
        return set(texts).intersection(connection.scalars(asked))
    found: set[str] = set()
    for start in range(0, len(texts), LOOKED_UP):
        among = search.is_among(connection, column, texts[start : start + LOOKED_UP])
        found.update(connection.scalars(asked.where(among)))
    return found


def add_tickets(
    connection: Connection,
    batches: Sequence[Batch],
    categories: dict[str, str],
    named: Iterable[str],
    *,
    now: datetime,
) -> None:
    """Keep imported tickets, each with the event that tells where it came from; ``named`` are the departments named there."""
    _add_missing(
        connection, imported_categories, "code", [{"code": c, "name": n} for c, n in categories.items()]
    )
    leads = sorted(set(named))
    _add_missing(
        connection, departments, "code", [{"code": lead, "name": lead, "demo": False} for lead in leads]
    )
    batches = [batch for batch in batches if batch.source_ids]
    coming = sum(len(batch.source_ids) for batch in batches)
    hold_tickets(connection, coming)
    last = _last_id(connection)
    with much_in_memory(connection):
        _append_all(connection, batches, last, now, filled=is_filled(coming, last))
    seeding.continue_numbering(connection, tickets)
    bump_revision(connection)


def _append_all(
    connection: Connection, batches: Sequence[Batch], last: int, now: datetime, *, filled: bool
) -> None:
    """Keep batches under the numbers after the last one, counted and to be found."""
    first, away = last + 1, indexes_of(tickets) if filled else ()
    take_away(connection, away)
    rows: list[Columns] = []
    with days.uncounted(connection, ["tickets"]):
        for batch in batches:
            rows.append(_numbered(connection, batch, last + 1))
            _append(connection, rows[-1], now)
            last += len(batch.source_ids)
    with _one_beside() as beside:
        ahead = search.find_ahead(connection, search.Coming.of(first, rows), beside)
        counted = days.count_beside(connection, rows, beside) if filled else None
        make_again(connection, away)
        if counted:
            days.fill(connection, counted.result())
        else:
            days.add_from(connection, first, filled=filled)
        search.seal_imported(connection, last, ahead)


@contextmanager
def _one_beside() -> Iterator[Executor]:
    """Somebody who works beside the database. Where this fails, what was not begun is left: nobody waits for it with the tickets
    held."""
    beside = ThreadPoolExecutor(1)
    try:
        yield beside
    finally:
        beside.shutdown(cancel_futures=True)


def _numbered(connection: Connection, batch: Batch, first: int) -> Columns:
    """A batch with the numbers that its tickets get, from ``first`` on."""
    taken = _there(connection, select(T.no).where(T.once.is_(None)), T.no, batch.source_ids)
    named = {
        "id": range(first, first + len(batch.source_ids)),
        "no": _numbers(batch.source_ids, taken),
        "once": [ONCE + source_id for source_id in batch.source_ids],
    }
    return {**batch.columns, **named}


def _append(connection: Connection, rows: Columns, now: datetime) -> None:
    """Keep rows with their events. Nobody said anything about these: they get no row for words."""
    append_columns(connection, tickets, rows)
    streams = list(map(ticket_stream, rows["id"]))
    append_columns(connection, events, first_events(streams, _facts(rows), at=now, kind="imported"))


def _numbers(source_ids: Sequence[str], taken: set[str]) -> Sequence[str]:
    """The numbers of imported tickets: their source's, unless one is taken here or may be given here."""
    if not taken and not OURS.search("\n".join(source_ids)):
        return source_ids
    return [
        f"imp-{source_id}" if source_id in taken or OURS.fullmatch(source_id) else source_id
        for source_id in source_ids
    ]


FACTS = ("state", "holder", "category", "urgent", "live")
"""The columns that the event of an import tells."""


def _facts(columns: Columns) -> list[str]:
    """What the event of each ticket tells. Many tell the same: that is written once."""
    told = list(zip(*(_plain(columns[name]) for name in FACTS), strict=True))
    written = {
        same: canonical(dict(zip(FACTS, same, strict=True)) | {"role": "import"}) for same in set(told)
    }
    return [written[same] for same in told]


def _plain(column: Column) -> Sequence[Any]:
    return column.tolist() if isinstance(column, np.ndarray) else column


def _last_id(connection: Connection) -> int:
    return connection.scalar(select(func.max(tickets.c.id))) or 0


def _add_missing(connection: Connection, table: Any, key: str, rows: list[dict[str, Any]]) -> None:
    known = set(connection.scalars(select(table.c[key])))
    _insert(connection, table, [row for row in rows if row[key] not in known])


def _insert(connection: Connection, table: Any, rows: list[dict[str, Any]]) -> None:
    for start in range(0, len(rows), seeding.CHUNK):
        connection.execute(insert(table), rows[start : start + seeding.CHUNK])
