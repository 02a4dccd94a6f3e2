"""Bring tickets in from a table; sort a table's rows into grids."""

from __future__ import annotations

import gc
import hashlib
import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from city.opened import City, Ground
from city.snapshots import day_of, forget_made_up
from city.tables import TextTable, read_table
from domain.findings import Finding, Severity
from domain.grids import CITY, Level, Located
from domain.moves import with_clocks
from domain.place import LngLat
from domain.queues import Queue
from domain.rulebook import YELLOW, Rulebook
from domain.said import Said, said
from domain.tickets import Outcome, Source, State, Ticket
from domain.timeline import Beat, running
from gis.crs import WGS84, must_be_degrees, must_not_be_swapped, to_wgs84
from storage import imports
from storage.imports import ImportedTicket

NO_CATEGORY = "–"
"""What a row without a category is sorted under."""

SHARED_BY = 100
"""A point that so many rows share is a geocoder's default rather than a place."""


@dataclass(frozen=True, slots=True)
class TicketColumns:
    """Which of a table's columns mean what."""

    id: str
    lng: str
    lat: str
    opened: str
    category: str
    closed: str | None = None
    due: str | None = None
    department: str | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that was not imported, counted below the header, and why."""

    row: int
    why: Said


@dataclass(frozen=True, slots=True)
class TicketsImported:
    """What an import of tickets did."""

    new: int
    known: int
    open: int
    in_queue: int
    refused: list[Refusal]
    table: TextTable
    findings: list[Finding]


def import_tickets(
    city: City, path: Path, columns: TicketColumns,
    *, crs: str = WGS84, zone: ZoneInfo, live: bool = False, dry_run: bool = False,
) -> TicketsImported:  # fmt: skip
    """Bring in tickets: as history, or with ``live`` so that the open ones are worked.

    Raises:
        BadInput: when the file cannot be used; nothing is written then.
    """
    with _nothing_collected():
        return _import(city, read_table(path), columns, crs, zone, live, dry_run)


@contextmanager
def _nothing_collected() -> Iterator[None]:
    """Millions of rows are no garbage: looking through them again and again takes a fifth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _import(
    city: City, table: TextTable, columns: TicketColumns, crs: str, zone: ZoneInfo, live: bool, dry_run: bool
) -> TicketsImported:
    rows = _Rows.of(table, columns, zone)
    points = _points(table, columns, crs, city.ground)
    refused = rows.refused()
    with city.database.write() as connection:
        known = imports.known_ids(connection)
        wanted = [n for n in range(len(table.rows)) if n not in refused and rows.ids[n] not in known]
        located = _located(city.ground, points)
        categories = _category_codes(city, rows.categories)
        now, rules = city.now(), city.rulebook
        placed = points.tolist()
        drawn = [_ticket(rows, n, placed[n], located[n], categories, live) for n in wanted]
        tickets = [
            ImportedTicket(rows.ids[n], _with_running_clock(t, rules, now))
            for n, t in zip(wanted, drawn, strict=True)
        ]
        new_names = {
            categories[rows.categories[n]]: rows.categories[n]
            for n in wanted
            if categories[rows.categories[n]] not in city.rules_read.categories
        }
        if tickets and not dry_run:
            named = {rows.departments[n] for n in wanted if rows.departments[n]}
            imports.add_tickets(connection, tickets, new_names, named, now=now)
            # Days that were made up without them are made up anew.
            forget_made_up(connection, day_of(city, min(t.ticket.opened_at for t in tickets)))
    return TicketsImported(
        new=len(tickets),
        known=len(table.rows) - len(refused) - len(tickets),
        open=sum(t.ticket.is_open for t in tickets),
        in_queue=sum(t.ticket.located.grid is None for t in tickets),
        refused=[Refusal(n + 1, why) for n, why in sorted(refused.items())],
        table=table,
        findings=_shared_points(points),
    )


@dataclass(frozen=True)
class _Rows:
    """A table's rows, parsed column by column; what could not be read is None."""

    ids: list[str]
    categories: list[str]
    opened: list[datetime | None]
    closed: list[datetime | None]
    due: list[datetime | None]
    departments: list[str]
    addresses: list[str]
    unread: dict[int, Said]

    @classmethod
    def of(cls, table: TextTable, columns: TicketColumns, zone: ZoneInfo) -> _Rows:
        unread: dict[int, Said] = {}

        def times(field: str | None, needed: bool = False) -> list[datetime | None]:
            if field is None:
                return [None] * len(table.rows)
            texts = table.column(field)
            moments = _moments(texts, zone)
            for n, (text, moment) in enumerate(zip(texts, moments, strict=True)):
                if moment is None and (needed or text.strip()):
                    unread.setdefault(
                        n,
                        said(
                            "field {field}: {value} is no date and time", field=field, value=text[:40] or "–"
                        ),
                    )
            return moments

        def texts(field: str | None) -> list[str]:
            return [t.strip() for t in table.column(field)] if field else [""] * len(table.rows)

        return cls(
            ids=[i or _id_of(row) for i, row in zip(texts(columns.id), table.rows, strict=True)],
            categories=[c[:64] or NO_CATEGORY for c in texts(columns.category)],
            opened=times(columns.opened, needed=True),
            closed=times(columns.closed),
            due=times(columns.due),
            departments=[d[:64] for d in texts(columns.department)],
            addresses=texts(columns.address),
            unread=unread,
        )

    def refused(self) -> dict[int, Said]:
        """The rows that cannot be imported, each with its reason."""
        found: dict[int, Said] = {}
        seen: dict[str, int] = {}
        for n, source_id in enumerate(self.ids):
            if why := self._flaw(n, seen):
                found[n] = why
            else:
                seen[source_id] = n
        return found

    def _flaw(self, n: int, seen: dict[str, int]) -> Said | None:
        source_id, opened, closed = self.ids[n], self.opened[n], self.closed[n]
        if n in self.unread:
            return self.unread[n]
        if len(source_id) > 64:
            return said("the id is longer than 64 characters")
        if source_id in seen:
            return said("the id {id} is in row {row} already", id=source_id, row=seen[source_id] + 1)
        return said("it closes before it opens") if opened and closed and closed < opened else None


def _id_of(row: list[str]) -> str:
    """An id for a row that brings none: the same row has the same id at every import."""
    return "row-" + hashlib.sha256("\x1f".join(row).encode()).hexdigest()[:16]


FIRST_YEAR, LAST_YEAR = 1900, 2199
"""No ticket is older, and none is due later."""

_AWARE = re.compile(r"(?:Z|[+-]\d\d:?\d\d)$")


def _moments(texts: list[str], zone: ZoneInfo) -> list[datetime | None]:
    """Dates and times, those without a zone read in ``zone``; None where there is none to read."""
    series = pd.Series([t.strip() for t in texts], dtype="object")
    aware = series.str.contains(_AWARE, regex=True)
    parsed = pd.Series(pd.NaT, index=series.index, dtype="datetime64[us, UTC]")
    if aware.any():
        parsed[aware] = pd.to_datetime(series[aware], utc=True, errors="coerce", format="ISO8601")
    if (~aware).any():
        plain = pd.to_datetime(series[~aware].str.replace("/", "-"), errors="coerce", format="ISO8601")
        parsed[~aware] = plain.dt.tz_localize(
            str(zone), ambiguous="NaT", nonexistent="shift_forward"
        ).dt.tz_convert("UTC")
    parsed[~parsed.dt.year.between(FIRST_YEAR, LAST_YEAR)] = pd.NaT
    moments = parsed.dt.to_pydatetime().tolist()
    return [None if gone else m for m, gone in zip(moments, parsed.isna().tolist(), strict=True)]


def _points(table: TextTable, columns: TicketColumns, crs: str, ground: Ground) -> NDArray[np.float64]:
    """Longitude and latitude of each row; NaN where there is no usable point."""
    raw = np.column_stack(
        [pd.to_numeric(pd.Series(table.column(c)), errors="coerce") for c in (columns.lng, columns.lat)]
    )
    raw = raw.astype(float)
    raw[~np.isfinite(raw).all(axis=1)] = np.nan
    usable = np.isfinite(raw[:, 0])
    if not usable.any():
        return raw
    raw[usable] = to_wgs84(crs)(raw[usable])
    usable = np.isfinite(raw).all(axis=1)
    middle = np.nanquantile(raw, [0.1, 0.9], axis=0)
    bounds = np.array([middle[0, 0], middle[0, 1], middle[1, 0], middle[1, 1]])
    must_be_degrees(bounds, table.file)
    must_not_be_swapped(bounds, None if ground.is_empty else ground.bounds, table.file)
    outside = usable & ((np.abs(raw[:, 0]) > 180) | (np.abs(raw[:, 1]) > 90))
    raw[outside | ~usable] = np.nan
    return raw


def _located(ground: Ground, points: NDArray[np.float64]) -> list[Located]:
    if ground.is_empty:
        return [Located()] * len(points)
    columns = [ground.locator.locate_many(points[:, 0], points[:, 1], level) for level in Level]
    return [Located(*codes) for codes in zip(*columns, strict=True)]


def _category_codes(city: City, names: list[str]) -> dict[str, str]:
    """The code behind each category's text: one of the rules' by code or name, else the text itself."""
    known = {c.code: c.code for c in city.rules_read.categories.values()}
    for category in city.rules_read.categories.values():
        known |= {category.zh: category.code, category.en: category.code}
    return {name: known.get(name, name) for name in set(names)}


def _ticket(
    rows: _Rows, n: int, point: Sequence[float], located: Located, categories: dict[str, str], live: bool
) -> Ticket:
    opened, closed, due = rows.opened[n], rows.closed[n], rows.due[n]
    assert opened is not None
    grid, is_open = located.grid, closed is None
    return Ticket(
        state=State.RAISED if is_open else State.CLOSED,
        holder=grid or CITY,
        located=located,
        point=None if math.isnan(point[0]) else LngLat(point[0], point[1]),
        category=categories[rows.categories[n]],
        source=Source.IMPORT,
        address=rows.addresses[n],
        opened_at=opened,
        stage_since=opened,
        warn_at=opened + (due - opened) * YELLOW if due and is_open else None,
        due_at=due if is_open else None,
        handle_by=due,
        # What is worked from now on was dispatched by nobody yet.
        lead=None if live and is_open else rows.departments[n] or None,
        live=live and is_open,
        queue=Queue.NO_GRID.value if grid is None and is_open else None,
        handled_at=closed,
        closed_at=closed,
        on_time=closed <= due if closed and due else None,
        outcome=None if is_open else Outcome.SETTLED,
    )


def _with_running_clock(ticket: Ticket, rules: Rulebook, now: datetime) -> Ticket:
    """A ticket that is worked from now on gets the rules' clocks, begun now: its holder has the full time."""
    if not ticket.live:
        return ticket
    beat = Beat(1, now, "imported", ticket.state, ticket.holder, ticket.lead)
    return with_clocks(ticket, running(ticket, (beat,), rules))


def _shared_points(points: NDArray[np.float64]) -> list[Finding]:
    usable = points[np.isfinite(points[:, 0])]
    most = Counter(map(tuple, usable.round(6).tolist())).most_common(5)
    return [
        Finding(
            "shared_point", Severity.WARNING,
            said("{n} rows share the point ({lng}, {lat}): a geocoder's default rather than a place?", n=n, lng=p[0], lat=p[1]),
            (), LngLat(*p),
        )
        for p, n in most
        if n >= max(SHARED_BY, len(points) // 200)
    ]  # fmt: skip


def route_rows(
    city: City, path: Path, lng: str, lat: str, crs: str = WGS84
) -> tuple[list[str], list[list[str]]]:
    """A table's header and rows with the codes of the covering grids added; empty where there is none.

    Raises:
        BadInput: when the file cannot be used.
    """
    table = read_table(path)
    columns = TicketColumns("", lng, lat, "", "")
    located = _located(city.ground, _points(table, columns, crs, city.ground))
    header = [*table.header, "level1", "level2", "level3"]
    rows = [
        [*row, *(code or "" for code in (at.level1, at.level2, at.level3))]
        for row, at in zip(table.rows, located, strict=True)
    ]
    return header, rows
