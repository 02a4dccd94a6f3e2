"""Bring tickets in from a table; sort a table's rows into grids."""

from __future__ import annotations

import gc
import hashlib
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
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
from storage.columns import Columns, Moments, moments
from storage.imports import Batch, ImportedTicket

NEVER = np.datetime64("NaT", "us")

NO_CATEGORY = "–"
"""What a row without a category is sorted under."""

LONGEST_ID = 64
"""Characters of an id that its source gives a ticket."""

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
        if not dry_run:
            imports.hold_tickets(connection, len(rows.ids) - len(refused))
        known = imports.known_ids(connection, rows.ids)
        wanted = np.array(
            [n for n, source_id in enumerate(rows.ids) if n not in refused and source_id not in known],
            np.int64,
        )
        located = _located(city.ground, points)
        categories = _category_codes(city, rows.categories)
        is_open = np.isnat(rows.closed[wanted])
        worked = wanted[is_open] if live else wanted[:0]
        past = wanted[~is_open] if live else wanted
        if len(wanted) and not dry_run:
            now, rules = city.now(), city.rulebook
            drawn = [_to_be_worked(rows, n, points, located, categories, rules, now) for n in worked.tolist()]
            batches = [_history(rows, past, points, located, categories), Batch.of(drawn)]
            seen = {rows.categories[n] for n in wanted.tolist()}
            new_names = {
                categories[name]: name for name in seen if categories[name] not in city.rules_read.categories
            }
            named = {rows.departments[n] for n in wanted.tolist()} - {""}
            imports.add_tickets(connection, batches, new_names, named, now=now)
            # Days that were made up without them are made up anew.
            forget_made_up(connection, day_of(city, _moment(rows.opened[wanted].min())))
    return TicketsImported(
        new=len(wanted),
        known=len(table.rows) - len(refused) - len(wanted),
        open=int(is_open.sum()),
        in_queue=sum(grid is None for grid in _smallest(located, wanted)),
        refused=[Refusal(n + 1, why) for n, why in sorted(refused.items())],
        table=table,
        findings=_shared_points(points),
    )


@dataclass(frozen=True)
class _Rows:
    """A table's rows, parsed column by column; a moment that could not be read is NaT."""

    ids: list[str]
    categories: list[str]
    opened: Moments
    closed: Moments
    due: Moments
    departments: list[str]
    addresses: list[str]
    unread: dict[int, Said]

    @classmethod
    def of(cls, table: TextTable, columns: TicketColumns, zone: ZoneInfo) -> _Rows:
        unread: dict[int, Said] = {}

        def times(field: str | None, needed: bool = False) -> Moments:
            if field is None:
                return moments([None] * len(table.rows))
            texts = table.column(field)
            found = _moments(texts, zone)
            for n in np.flatnonzero(np.isnat(found)).tolist():
                if needed or texts[n].strip():
                    value = texts[n][:40] or "–"
                    unread.setdefault(
                        n, said("field {field}: {value} is no date and time", field=field, value=value)
                    )
            return found

        def texts(field: str | None) -> list[str]:
            return list(map(str.strip, table.column(field))) if field else [""] * len(table.rows)

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
        backwards = set(np.flatnonzero(self.closed < self.opened).tolist())
        for n in self._doubtful(backwards):
            if why := self._flaw(n, seen, backwards):
                found[n] = why
            else:
                seen[self.ids[n]] = n
        return found

    def _doubtful(self, backwards: set[int]) -> Iterable[int]:
        """The rows that are looked at one by one: in most tables next to none. Where an id comes twice, all of them."""
        if len(set(self.ids)) < len(self.ids):
            return range(len(self.ids))
        too_long = [n for n, source_id in enumerate(self.ids) if len(source_id) > LONGEST_ID]
        return sorted({*self.unread, *too_long, *backwards})

    def _flaw(self, n: int, seen: dict[str, int], backwards: set[int]) -> Said | None:
        source_id = self.ids[n]
        if n in self.unread:
            return self.unread[n]
        if len(source_id) > LONGEST_ID:
            return said("the id is longer than 64 characters")
        if source_id in seen:
            return said("the id {id} is in row {row} already", id=source_id, row=seen[source_id] + 1)
        return said("it closes before it opens") if n in backwards else None


def _id_of(row: list[str]) -> str:
    """An id for a row that brings none: the same row has the same id at every import."""
    return "row-" + hashlib.sha256("\x1f".join(row).encode()).hexdigest()[:16]


FIRST_YEAR, LAST_YEAR = 1900, 2199
"""No ticket is older, and none is due later."""

_AWARE = re.compile(r"(?:Z|[+-]\d\d:?\d\d)$", re.MULTILINE)
_BEHIND_UTC = re.compile(r"-\d\d:?\d\d$", re.MULTILINE)
"""A part of the other, found in a third of the time: where there is no Z and no +, nothing else can be aware."""


def _moments(texts: list[str], zone: ZoneInfo) -> Moments:
    """Dates and times, those without a zone read in ``zone``; NaT where there is none to read."""
    stripped = list(map(str.strip, texts))
    # All of them are looked through at once: in most files none has a zone of its own, or a stroke.
    together = "\n".join(stripped)
    series = pd.Series(stripped, dtype="object")
    may_be_aware = any(mark in together for mark in "Z+") or _BEHIND_UTC.search(together)
    aware = series.str.contains(_AWARE) if may_be_aware else pd.Series(False, index=series.index)
    parsed = pd.Series(pd.NaT, index=series.index, dtype="datetime64[us, UTC]")
    if aware.any():
        parsed[aware] = pd.to_datetime(series[aware], utc=True, errors="coerce", format="ISO8601")
    if not aware.all():
        plain = series[~aware].str.replace("/", "-") if "/" in together else series[~aware]
        read = pd.to_datetime(plain, errors="coerce", format="ISO8601")
        parsed[~aware] = read.dt.tz_localize(
            str(zone), ambiguous="NaT", nonexistent="shift_forward"
        ).dt.tz_convert("UTC")
    parsed[~parsed.dt.year.between(FIRST_YEAR, LAST_YEAR)] = pd.NaT
    found: Moments = parsed.dt.tz_localize(None).to_numpy("datetime64[us]")
    return found


def _moment(at: np.datetime64) -> datetime:
    moment: datetime = at.astype("datetime64[us]").item()
    return moment.replace(tzinfo=UTC)


def _points(table: TextTable, columns: TicketColumns, crs: str, ground: Ground) -> NDArray[np.float64]:
    """Longitude and latitude of each row; NaN where there is no usable point."""
    raw = np.column_stack(
        [
            pd.to_numeric(pd.Series(table.column(c), dtype="object"), errors="coerce")
            for c in (columns.lng, columns.lat)
        ]
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


def _located(ground: Ground, points: NDArray[np.float64]) -> list[NDArray[np.object_]]:
    """For each level, the codes of the grids that cover the points; None where there is none."""
    if ground.is_empty:
        return [np.full(len(points), None, object) for _ in Level]
    return [ground.locator.locate_many(points[:, 0], points[:, 1], level) for level in Level]


def _smallest(located: list[NDArray[np.object_]], rows: NDArray[np.int64]) -> list[str | None]:
    """The smallest grid that covers each of some rows' points."""
    return [three or two or one for one, two, three in zip(*(codes[rows] for codes in located), strict=True)]


def _category_codes(city: City, names: list[str]) -> dict[str, str]:
    """The code behind each category's text: one of the rules' by code or name, else the text itself."""
    known = {c.code: c.code for c in city.rules_read.categories.values()}
    for category in city.rules_read.categories.values():
        known |= {category.zh: category.code, category.en: category.code}
    return {name: known.get(name, name) for name in set(names)}


def _history(
    rows: _Rows,
    which: NDArray[np.int64],
    points: NDArray[np.float64],
    located: list[NDArray[np.object_]],
    categories: dict[str, str],
) -> Batch:
    """Rows as tickets that are shown and counted but not worked: an open one is as its source left it."""
    picked, grids = which.tolist(), _smallest(located, which)
    opened, closed, due = rows.opened[which], rows.closed[which], rows.due[which]
    is_open, count = np.isnat(closed), len(picked)
    settled, in_no_grid = Outcome.SETTLED.value, Queue.NO_GRID.value
    columns: Columns = {
        "state": np.where(is_open, State.RAISED.value, State.CLOSED.value).tolist(),
        "open": is_open,
        "holder": [grid or CITY for grid in grids],
        **{f"level{level}": codes[which].tolist() for level, codes in zip(Level, located, strict=True)},
        "lng": points[which, 0],
        "lat": points[which, 1],
        "category": [categories[rows.categories[n]] for n in picked],
        "urgent": [False] * count,
        "source": [Source.IMPORT.value] * count,
        "address": [rows.addresses[n] for n in picked],
        "opened_at": opened,
        "stage_since": opened,
        "warn_at": np.where(is_open, opened + _part(due - opened, YELLOW), NEVER),
        "due_at": np.where(is_open, due, NEVER),
        "handle_by": due,
        "lead": [rows.departments[n] or None for n in picked],
        "handled_at": closed,
        "on_time": [None if unknown else in_time for unknown, in_time in zip((is_open | np.isnat(due)).tolist(), (closed <= due).tolist(), strict=True)],
        "closed_at": closed,
        "outcome": [None if there else settled for there in is_open.tolist()],
        "live": [False] * count,
        "queue": [in_no_grid if there and grid is None else None for there, grid in zip(is_open.tolist(), grids, strict=True)],
    }  # fmt: skip
    return Batch([rows.ids[n] for n in picked], columns)


def _part(spans: NDArray[np.timedelta64], share: float) -> NDArray[np.timedelta64]:
    """A share of each span, to the microsecond; nothing of none."""
    counted = np.rint(spans.astype(np.int64) * share).astype(np.int64).view("timedelta64[us]")
    return np.where(np.isnat(spans), np.timedelta64("NaT", "us"), counted)


def _to_be_worked(
    rows: _Rows,
    n: int,
    points: NDArray[np.float64],
    located: list[NDArray[np.object_]],
    categories: dict[str, str],
    rules: Rulebook,
    now: datetime,
) -> ImportedTicket:
    """An open row as a ticket that is worked from now on, dispatched by nobody yet. The rules' clocks begin now: its
    holder has the full time."""
    at, opened = Located(*(codes[n] for codes in located)), _moment(rows.opened[n])
    ticket = Ticket(
        state=State.RAISED,
        holder=at.grid or CITY,
        located=at,
        point=None if math.isnan(points[n, 0]) else LngLat(*points[n].tolist()),
        category=categories[rows.categories[n]],
        source=Source.IMPORT,
        address=rows.addresses[n],
        opened_at=opened,
        stage_since=opened,
        queue=None if at.grid else Queue.NO_GRID.value,
    )
    beat = Beat(1, now, "imported", ticket.state, ticket.holder, ticket.lead)
    return ImportedTicket(rows.ids[n], with_clocks(ticket, running(ticket, (beat,), rules)))


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
    rows = [[*row, *(code or "" for code in codes)] for row, *codes in zip(table.rows, *located, strict=True)]
    return header, rows
