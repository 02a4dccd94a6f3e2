"""Look for a text in a list: a common one is met along it, a rare one leads to the few that may say it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, select

from storage.counts import Area
from storage.schema import tickets
from storage.search import Sought, is_among
from storage.wanted import Wanted, Way, in_order, matching, ways

FEW = 2_000
"""A text that so many tickets may say leads to them; a commoner one is met soon in the list's own order."""

READ_AT_ONCE = 500
"""Texts of those few that are read before it is seen whether the page is full."""

LOOKED_THROUGH = 20_000
"""Tickets of a list that are looked through for a common text, before it is said how far that went."""

AT_FIRST, AT_ONCE = 2_000, 1_000

SOON = 5_000
"""A common text is looked for so far along a list before it is counted how common it is."""

SURELY = 1.5
"""So many times as far as a page of a text would need, on average, is far enough for most pages."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """A search went through so many tickets of its list and not on; the last one had ended then, where they have."""

    after: int
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Met:
    """The tickets that say a text, in the order of the list; there may be ``more`` than were looked for."""

    ids: Sequence[int]
    more: bool = False
    stopped: Stopped | None = None


def look(connection: Connection, area: Area, wanted: Wanted, now: datetime) -> Met:
    """The tickets of an area that say a text, as far as its page needs them."""
    sought = Sought(connection, wanted.text, wanted.in_words)
    soon = _met_soon(connection, sought, area, wanted, now)
    if soon is not None:
        return soon
    few = sought.few(FEW)
    if few is not None:
        return _of_few(connection, sought, few, area, wanted, now)
    return _by_walking(connection, sought, area, wanted, now, Reach(AT_FIRST, LOOKED_THROUGH * wanted.effort))


def _met_soon(
    connection: Connection, sought: Sought, area: Area, wanted: Wanted, now: datetime
) -> Met | None:
    """The page of a text that is common among the newest tickets, if it is met soon along the list; None otherwise."""
    one_in = sought.one_in()
    if one_in is None or sought.held() / one_in <= FEW:
        return None
    upto = round(SURELY * one_in * (wanted.offset + wanted.limit + 1))
    if upto > SOON:
        return None
    found = _by_walking(connection, sought, area, wanted, now, Reach(max(upto, AT_ONCE), SOON))
    return None if found.stopped else found


def _of_few(
    connection: Connection, sought: Sought, few: list[int], area: Area, wanted: Wanted, now: datetime
) -> Met:
    """Those that say it, in order: what may say it is little, and read until the page is full and one more is known."""
    here = is_among(connection, tickets.c.id, few)
    listed: list[int] = []
    for way in ways(wanted) if few else ():
        statement = matching(select(tickets.c.id), area, wanted, now).where(here, way.which)
        listed += connection.scalars(way.ordered(statement, way.moment, tickets.c.id))
    enough, at_once = wanted.offset + wanted.limit + 1, len(listed) if sought.is_exact else READ_AT_ONCE
    say_it: list[int] = []
    for begins in range(0, len(listed), at_once or 1):
        say_it += sought.said(listed[begins : begins + at_once])
        if len(say_it) >= enough:
            return Met(say_it, more=begins + at_once < len(listed))
    return Met(say_it)


@dataclass(frozen=True, slots=True)
class Reach:
    """How many tickets of a list are looked through: so many at first, for that is mostly enough, and at most."""

    at_first: int
    most: int

    def less(self, looked: int) -> Reach:
        """What is left of it after so many."""
        left = self.most - looked
        return Reach(min(self.at_first, left), left)


def _by_walking(
    connection: Connection, sought: Sought, area: Area, wanted: Wanted, now: datetime, reach: Reach
) -> Met:
    """Those that say it, met along the list until the page is full and one more is known, or until it gets too far."""
    enough = wanted.offset + wanted.limit + 1
    found: list[int] = []
    looked = 0
    for way in ways(wanted):
        for ids in _stretches_of(connection, area, wanted, now, way, reach.less(looked)):
            found += sought.said(sought.may_say(ids))
            looked += len(ids)
            if len(found) >= enough:
                return Met(found, more=True)
            if looked >= reach.most:
                stopped = Stopped(looked, _ended_at(connection, ids[-1]) if way.ended else None)
                return Met(found, more=True, stopped=stopped)
    return Met(found)


def _stretches_of(
    connection: Connection, area: Area, wanted: Wanted, now: datetime, way: Way, reach: Reach
) -> Iterator[list[int]]:
    """A list's tickets in order: as many as mostly suffice, then some at a time."""
    for begins, upto in ((0, reach.at_first), (reach.at_first, reach.most)):
        if begins >= upto:
            return
        statement = in_order(area, wanted, now, way, upto).offset(begins).limit(upto - begins)
        seen = 0
        for ids in _in_parts(connection, statement) if begins else [connection.scalars(statement).all()]:
            seen += len(ids)
            yield list(ids)
        if seen < upto - begins:
            return


def _in_parts(connection: Connection, statement: Select[Any]) -> Iterator[Sequence[int]]:
    """What is looked through because the first did not suffice: mostly not all of it is needed."""
    return connection.scalars(statement, execution_options={"yield_per": AT_ONCE}).partitions()


def _ended_at(connection: Connection, ticket_id: int) -> datetime | None:
    at: datetime | None = connection.scalar(select(tickets.c.closed_at).where(tickets.c.id == ticket_id))
    return at
