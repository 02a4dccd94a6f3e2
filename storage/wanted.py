"""Say which tickets to list, and in which order they stand: the stretches of a list, as statements that an index answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    and_,
    bindparam,
    literal_column,
    select,
    true,
    union_all,
)

from domain.tickets import ENDED, State
from storage.counts import Area
from storage.schema import tickets


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


def matching(statement: Select[Any], area: Area, wanted: Wanted, now: datetime) -> Select[Any]:
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
    if wanted.state in ENDED - {State.CLOSED}:
        # Said once more in the words of an index, which holds these few alone.
        statement = statement.where(tickets.c.state != literal_column(f"'{State.CLOSED.value}'"))
    if wanted.category:
        statement = statement.where(tickets.c.category == bindparam("category", wanted.category))
    return statement


def is_nobody(wanted: Wanted) -> bool:
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


def ways(wanted: Wanted) -> list[Way]:
    """The stretches of a list one after another: the most pressing deadline first while open, one's own before all
    others; the newest first when ended."""
    t, ended = tickets.c, Way(tickets.c.open.is_(False), ended=True)
    if wanted.only == "ended":
        return [ended]
    first: BindParameter[str] = bindparam("first", wanted.first)
    ways = [Way(and_(t.open, t.holder == first)), Way(and_(t.open, t.holder != first))]
    return [*(ways if wanted.first else [Way(and_(t.open))]), *([ended] if wanted.only == "all" else [])]


def in_order(area: Area, wanted: Wanted, now: datetime, way: Way, upto: int) -> Select[Any]:
    """The ids of the first tickets of a stretch. Of several grids each is read by its own index, then merged."""
    places = [replace(area, codes=(code,)) for code in area.codes] if len(area.codes) > 1 else [area]
    several = (way.moment.label("moment"),) if len(places) > 1 else ()
    parts = []
    for place in places:
        part = matching(select(tickets.c.id, *several), place, wanted, now).where(way.which)
        parts.append(way.ordered(part, way.moment, tickets.c.id).limit(upto))
    if len(parts) == 1:
        return parts[0]
    merged = union_all(*(select(part.subquery()) for part in parts)).subquery()
    return way.ordered(select(merged.c.id), merged.c.moment, merged.c.id).limit(upto)
