"""List tickets for a desk; read one with its words and its story."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Integer,
    Select,
    and_,
    bindparam,
    func,
    select,
    true,
    union_all,
)

from domain.events import Event
from domain.tickets import ENDED, NOT_DONE, State, Ticket, Words, without_commands
from storage.counts import Area, Form
from storage.erasing import erased_among
from storage.event_rows import event_from
from storage.schema import events, notes, ticket_words, tickets
from storage.search import Sought, is_among
from storage.tickets import ticket_from

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
"""In the place of a moment that is told later."""

LONGEST_NO = 64
"""Characters of a ticket's number."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which of an area's tickets to list; those that ``first`` holds come before the others.

    ``text`` is looked for in numbers, and ``in_words`` also in addresses and in what people wrote; never in who they
    are.
    """

    state: State | None = None
    only: str = "open"
    category: str = ""
    text: str = ""
    in_words: bool = False
    first: str = ""
    limit: int = 20
    offset: int = 0
    effort: int = 1
    """How many times as far as usual to look for a common text."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """A search went through so many tickets of its list and not on; the last one had ended then, where they have."""

    after: int
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Found:
    """A page of tickets; ``total`` is None where nobody counted, and ``more`` whether there may be more than it says."""

    tickets: list[Ticket]
    total: int | None
    more: bool = False
    stopped: Stopped | None = None


def _matching(statement: Select[Any], area: Area, wanted: Wanted, now: datetime) -> Select[Any]:
    """Narrowed to what is wanted, but for the text."""
    moment = bindparam("now", now, tickets.c.due_at.type)
    only: Mapping[str, ColumnElement[bool]] = {
        "open": and_(tickets.c.open),
        "overdue": and_(tickets.c.open, tickets.c.due_at < moment),
        "due_soon": and_(tickets.c.open, tickets.c.due_at >= moment, tickets.c.warn_at <= moment),
        "ended": tickets.c.open.is_(False),
        "all": true(),
    }
    statement = statement.where(area.condition(), only[wanted.only])
    if wanted.state:
        statement = statement.where(tickets.c.state == wanted.state.value)
    if wanted.category:
        statement = statement.where(tickets.c.category == bindparam("category", wanted.category))
    return statement


def _is_nobody(wanted: Wanted) -> bool:
    """Can no ticket be like this? A state that ends is none of an open ticket: nothing need be read to know."""
    if wanted.state is None or wanted.only == "all":
        return False
    return (wanted.state in ENDED) is not (wanted.only == "ended")


@dataclass(frozen=True, slots=True)
class Way:
    """A stretch of a list: what is in it, and the moment it is ordered by – deadlines upwards, ends downwards."""

    which: ColumnElement[bool]
    ended: bool = False

    @property
    def moment(self) -> ColumnElement[Any]:
        return tickets.c.closed_at if self.ended else tickets.c.due_at

    def ordered(
        self, statement: Select[Any], moment: ColumnElement[Any], number: ColumnElement[Any]
    ) -> Select[Any]:
        """In the order of an index: what is later of two at the same moment comes first."""
        return statement.order_by(moment.desc() if self.ended else moment.nulls_last(), number.desc())


def _ways(wanted: Wanted) -> list[Way]:
    """The stretches of a list one after another: the most pressing deadline first while open, one's own before all
    others; the newest first when ended."""
    t, ended = tickets.c, Way(tickets.c.open.is_(False), ended=True)
    if wanted.only == "ended":
        return [ended]
    first: BindParameter[str] = bindparam("first", wanted.first)
    ways = [Way(and_(t.open, t.holder == first)), Way(and_(t.open, t.holder != first))]
    return [*(ways if wanted.first else [Way(and_(t.open))]), *([ended] if wanted.only == "all" else [])]


def _in_order(area: Area, wanted: Wanted, now: datetime, way: Way, upto: int) -> Select[Any]:
    """Id and moment of the first tickets of a stretch. Of several grids each is read by its own index, then merged."""
    places = [replace(area, codes=(code,)) for code in area.codes] if len(area.codes) > 1 else [area]
    parts = []
    for place in places:
        part = _matching(select(tickets.c.id, way.moment.label("moment")), place, wanted, now).where(
            way.which
        )
        parts.append(way.ordered(part, way.moment, tickets.c.id).limit(upto))
    if len(parts) == 1:
        return parts[0]
    merged = union_all(*(select(part.subquery()) for part in parts)).subquery()
    return way.ordered(select(merged.c.id, merged.c.moment), merged.c.moment, merged.c.id).limit(upto)


def list_tickets(connection: Connection, area: Area, wanted: Wanted, now: datetime) -> list[Ticket]:
    """Tickets of an area: the most pressing deadline first while open, the newest first when ended."""
    return find_tickets(connection, area, wanted, now).tickets


def find_tickets(connection: Connection, area: Area, wanted: Wanted, now: datetime) -> Found:
    """A page of the tickets of an area, in their order, and how far it was looked for a text."""
    if _is_nobody(wanted):
        return Found([], 0)
    if wanted.text:
        return _with_text(connection, area, wanted, now)
    found: list[int] = []
    skip, ways = wanted.offset, _ways(wanted)
    for n, way in enumerate(ways):
        lacking = wanted.limit - len(found)
        if len(area.codes) > 1:
            asked = _in_order(area, wanted, now, way, skip + lacking).offset(skip).limit(lacking)
            found += connection.scalars(asked)
        else:
            form = Wanted(wanted.state, wanted.only, wanted.category and ANY, first=wanted.first and ANY)
            values = {"now": now, "category": wanted.category, "first": wanted.first}
            values |= area.values | {"skip": skip, "lacking": lacking}
            found += connection.scalars(_page_asked(area.form, form, n), values)
        if len(found) == wanted.limit:
            break
        if n + 1 < len(ways) and skip:
            here = _matching(select(func.count()).select_from(tickets), area, wanted, now).where(way.which)
            skip = max(0, skip - (connection.scalar(here) or 0))
    return Found(_in_this_order(connection, found), None)


ANY = "?"
"""Stands for a value in the form of what is wanted."""


@cache
def _page_asked(form: Form, wanted: Wanted, n: int) -> Select[Any]:
    """The ids of a page of one stretch, made once for each form: putting it together takes longer than an answer."""
    way = _ways(wanted)[n]
    part = _matching(select(tickets.c.id), form.area, wanted, BEGINNING).where(way.which)
    ordered = way.ordered(part, way.moment, tickets.c.id)
    return ordered.offset(bindparam("skip", type_=Integer)).limit(bindparam("lacking", type_=Integer))


def _in_this_order(connection: Connection, ids: Sequence[int]) -> list[Ticket]:
    by_id = {ticket.id: ticket for ticket in tickets_with(connection, list(ids))} if ids else {}
    return [by_id[n] for n in ids if n in by_id]


COUNTED = 1_000
"""Tickets that ended, or that a text finds, are counted up to here: nobody turns so many pages."""


def count_tickets(connection: Connection, area: Area, wanted: Wanted, now: datetime) -> int:
    """How many tickets of an area are wanted; of those that ended or are found by a text, up to ``COUNTED``."""
    if _is_nobody(wanted):
        return 0
    if wanted.text:
        return find_tickets(connection, area, wanted, now).total or 0
    most = COUNTED if wanted.only in ("ended", "all") else None
    if most is None:
        return connection.scalar(_matching(select(func.count()).select_from(tickets), area, wanted, now)) or 0
    # In the order of an index, so that the first of it are read and no other.
    found = 0
    for way in _ways(replace(wanted, first="")):
        some = _in_order(area, wanted, now, way, most).subquery()
        found += connection.scalar(select(func.count()).select_from(some)) or 0
    return min(found, most)


# --- with a text -----------------------------------------------------------------------------------------------

FEW = 2_000
"""A text that so many tickets may say leads to them; a commoner one is met soon in the list's own order."""

READ_AT_ONCE = 500
"""Texts of those few that are read before it is seen whether the page is full."""

LOOKED_THROUGH = 20_000
"""Tickets of a list that are looked through for a common text, before it is said how far that went."""

AT_FIRST, AT_ONCE = 2_000, 500


def _with_text(connection: Connection, area: Area, wanted: Wanted, now: datetime) -> Found:
    sought = Sought(connection, wanted.text, wanted.in_words)
    few = sought.few(FEW)
    if few is not None:
        return _of_few(connection, sought, few, area, wanted, now)
    return _by_walking(connection, sought, area, wanted, now)


def _of_few(
    connection: Connection, sought: Sought, few: list[int], area: Area, wanted: Wanted, now: datetime
) -> Found:
    """Those that say it, in order: what may say it is little, and read until the page is full and one more is known."""
    here = is_among(connection, tickets.c.id, few)
    listed: list[int] = []
    for way in _ways(wanted) if few else ():
        statement = _matching(select(tickets.c.id), area, wanted, now).where(here, way.which)
        listed += connection.scalars(way.ordered(statement, way.moment, tickets.c.id))
    enough, at_once = wanted.offset + wanted.limit + 1, len(listed) if sought.is_exact else READ_AT_ONCE
    say_it: list[int] = []
    for begins in range(0, len(listed), at_once or 1):
        say_it += sought.said(listed[begins : begins + at_once])
        if len(say_it) >= enough:
            return _page(connection, say_it, wanted, more=begins + at_once < len(listed))
    return _page(connection, say_it, wanted)


def _by_walking(connection: Connection, sought: Sought, area: Area, wanted: Wanted, now: datetime) -> Found:
    """Those that say it, met along the list until the page is full and one more is known, or until it gets too far."""
    enough, most = wanted.offset + wanted.limit + 1, LOOKED_THROUGH * wanted.effort
    found: list[int] = []
    looked = 0
    for way in _ways(wanted):
        for ids, moment in _stretches_of(connection, area, wanted, now, way, most - looked):
            found += sought.said(sought.may_say(ids))
            looked += len(ids)
            if len(found) >= enough:
                return _page(connection, found, wanted, more=True)
            if looked >= most:
                stopped = Stopped(looked, moment if way.ended else None)
                return _page(connection, found, wanted, more=True, stopped=stopped)
    return _page(connection, found, wanted)


def _stretches_of(
    connection: Connection, area: Area, wanted: Wanted, now: datetime, way: Way, most: int
) -> Iterator[tuple[list[int], datetime | None]]:
    """A list's tickets in order, some at a time, with the moment of the last; few at first, for that is mostly enough."""
    for begins, upto in ((0, min(AT_FIRST, most)), (AT_FIRST, most)):
        if begins >= upto:
            return
        statement = _in_order(area, wanted, now, way, upto).offset(begins).limit(upto - begins)
        seen = 0
        for rows in connection.execute(statement, execution_options={"yield_per": AT_ONCE}).partitions():
            seen += len(rows)
            yield [row[0] for row in rows], rows[-1][1]
        if seen < upto - begins:
            return


def _page(
    connection: Connection,
    ids: Sequence[int],
    wanted: Wanted,
    *,
    more: bool = False,
    stopped: Stopped | None = None,
) -> Found:
    shown = ids[wanted.offset : wanted.offset + wanted.limit]
    return Found(_in_this_order(connection, shown), len(ids), more, stopped)


def one_ticket(connection: Connection, *, no: str) -> Ticket | None:
    """The ticket with this number; None also for what cannot be one, which PostgreSQL would not even look for."""
    if len(no) > LONGEST_NO or without_commands(no) != no:
        return None
    row = connection.execute(select(tickets).where(tickets.c.no == no)).first()
    return ticket_from(row) if row else None


NEWEST = 5_000
"""So many tickets tell which categories are common just now."""


def commonest_categories(connection: Connection, area: Area, since: datetime) -> list[str]:
    """The categories of an area's newest tickets raised since a moment, the commonest first."""
    newest = (
        select(tickets.c.category)
        .where(area.condition(), tickets.c.opened_at >= since)
        .order_by(tickets.c.opened_at.desc())
        .limit(NEWEST)
        .subquery()
    )
    common = (
        select(newest.c.category).group_by(newest.c.category).order_by(func.count().desc(), newest.c.category)
    )
    return list(connection.scalars(common))


WORDS = select(ticket_words).where(ticket_words.c.ticket_id.in_(bindparam("ids", expanding=True)))


def words_of(connection: Connection, ticket_ids: list[int]) -> dict[int, Words]:
    """What people said about these tickets; of one that was imported, nobody said anything."""
    rows = connection.execute(WORDS, {"ids": ticket_ids})
    words = dict.fromkeys(ticket_ids, Words()) | {
        row.ticket_id: Words(row.description, row.reporter, row.phone) for row in rows
    }
    nameless = [n for n, said_of in words.items() if not (said_of.reporter or said_of.phone)]
    erased = erased_among(connection, nameless)
    return words | {n: replace(words[n], erased=True) for n in erased}


BY_IDS = select(tickets).where(tickets.c.id.in_(bindparam("ids", expanding=True)))


def tickets_with(connection: Connection, ids: list[int]) -> list[Ticket]:
    """The tickets with these ids."""
    return [ticket_from(row) for row in connection.execute(BY_IDS, {"ids": ids})]


def open_of_category(connection: Connection, category: str, since: datetime) -> list[Ticket]:
    """Open tickets of a category raised since a moment that are worked on in their own right, oldest first."""
    rows = connection.execute(
        select(tickets)
        .where(
            tickets.c.open, tickets.c.category == category, tickets.c.opened_at >= since,
            tickets.c.live, tickets.c.parent_id.is_(None),
        )
        .order_by(tickets.c.id)
    )  # fmt: skip
    return [ticket_from(row) for row in rows]


def parts_of(connection: Connection, ticket_id: int) -> list[Ticket]:
    """The parts of assisting departments."""
    rows = connection.execute(select(tickets).where(tickets.c.parent_id == ticket_id).order_by(tickets.c.id))
    return [ticket_from(row) for row in rows]


def merged_into(connection: Connection, ticket_id: int) -> list[Ticket]:
    """The duplicates of a ticket."""
    rows = connection.execute(
        select(tickets).where(tickets.c.duplicate_of == ticket_id).order_by(tickets.c.id)
    )
    return [ticket_from(row) for row in rows]


PARTS = (
    select(tickets.c.parent_id, func.count())
    .where(
        tickets.c.parent_id.in_(bindparam("ids", expanding=True)),
        tickets.c.state.in_([s.value for s in NOT_DONE]),
    )
    .group_by(tickets.c.parent_id)
)


def parts_not_done(connection: Connection, ticket_ids: list[int]) -> dict[int, int]:
    """How many assisting departments of each ticket have not reported their part as done."""
    return {row[0]: row[1] for row in connection.execute(PARTS, {"ids": ticket_ids})}


def events_of(connection: Connection, stream: str) -> list[tuple[Event, str | None]]:
    """A stream's events in order, each with its note's text where one lies beside it."""
    rows = connection.execute(
        select(events, notes.c.text.label("note"))
        .outerjoin(notes, notes.c.event_id == events.c.id)
        .where(events.c.stream == stream)
        .order_by(events.c.seq)
    )
    return [(event_from(row), row.note) for row in rows]


def all_events(connection: Connection) -> Iterator[Event]:
    """Every event of every stream, stream by stream in order."""
    result = connection.execution_options(yield_per=5_000).execute(
        select(events).order_by(events.c.stream, events.c.seq)
    )
    for row in result:
        yield event_from(row)
