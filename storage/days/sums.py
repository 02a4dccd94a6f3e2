"""Sum what happened in a stretch of time: whole days as they are kept counted, what begins or ends within a day from the tickets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    TextClause,
    bindparam,
    func,
    literal_column,
    select,
    text,
)

from domain.grids import Level
from storage.crosswalks import counted_place, joined, was_redrawn
from storage.days.parts import BY_MOMENT, GRAINS, RAISED, Grain, Part, begin_of, day_of
from storage.schema import Code, ratings, tickets

if TYPE_CHECKING:
    from storage.counts import Area, Form

LEAD = "lead"
"""By department, rather than by the grids of a level."""

By = Level | str | None

HALF = timedelta(hours=12)

Sums = dict[str, tuple[int, ...]]
"""What was counted of each measure, for each place or department that has any; ``""`` for none, or for all."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """From a moment to another, the last not in it; without an end where there is none."""

    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Asked:
    """What is counted: of one part, in an area, by place or department or together; ``wholes`` leaves parts out."""

    part: Part
    measures: Sequence[str]
    area: Area
    by: By = None
    wholes: bool = False


def sums(connection: Connection, asked: Asked, stretch: Stretch) -> Sums:
    """Count a stretch; nothing lies in one that ends before it begins."""
    if stretch.until is not None and stretch.until <= stretch.since:
        return {}
    found: dict[str, list[int]] = defaultdict(lambda: [0] * len(asked.measures))

    def add(sign: int, rows: Any) -> None:
        for key, *counts in rows:
            for n, count in enumerate(counts):
                found[key or ""][n] += sign * (count or 0)

    grain = _grain(asked)
    days, edges = _cut(stretch) if grain else (None, [(1, stretch)])
    if grain and days:
        add(1, _kept(connection, asked, grain, *days))
    for sign, edge in edges:
        add(sign, _counted(connection, asked, edge))
    return {key: tuple(counts) for key, counts in found.items() if any(counts)}


def by_day(
    connection: Connection, asked: Asked, first: int, last: int | None
) -> dict[int, tuple[int, ...]] | None:
    """Count each of several whole days, both ends in them, or all from the first on; None where they are not kept like this.

    Measures of several parts may be asked for at once: a day is the same for all of them.
    """
    grain = _grain(asked)
    if grain is None:
        return None
    return {row[0]: tuple(row[1:]) for row in _kept(connection, asked, grain, first, last, daily=True)}


def total(connection: Connection, asked: Asked, stretch: Stretch) -> tuple[int, ...]:
    """Count a stretch together, zeros where there is nothing."""
    return sums(connection, asked, stretch).get("", (0,) * len(asked.measures))


def totals(connection: Connection, every: Sequence[tuple[Asked, Stretch]]) -> list[tuple[int, ...]]:
    """Several totals of one area, each since a moment of its own: one reading where whole days are kept like this."""
    begins = [day_of(stretch.since) for _, stretch in every]
    if all(stretch == Stretch(begin_of(day), None) for day, (_, stretch) in zip(begins, every, strict=True)):
        measures = list(dict.fromkeys(measure for asked, _ in every for measure in asked.measures))
        days = by_day(connection, replace(every[0][0], measures=measures), min(begins), None)
        if days is not None:
            return [
                tuple(
                    sum(counts[measures.index(measure)] for day, counts in days.items() if day >= begin)
                    for measure in asked.measures
                )
                for begin, (asked, _) in zip(begins, every, strict=True)
            ]
    return [total(connection, asked, stretch) for asked, stretch in every]


def _grain(asked: Asked) -> Grain | None:
    """The grain that tells what is asked; None where none does."""
    area = asked.area
    if area.no_grid or area.queue is not None or area.holder is not None:
        return None
    level = max(int(area.level or 0), int(asked.by) if isinstance(asked.by, Level) else 0)
    by_lead = area.lead is not None or asked.by == LEAD
    return next((g for g in GRAINS if (g.level, g.by_lead) == (level, by_lead)), None)


Edges = list[tuple[int, Stretch]]


def _cut(stretch: Stretch) -> tuple[tuple[int, int | None] | None, Edges]:
    """Whole days, from the first to the last in them, and what is to be added to these or taken from them."""
    since, until = stretch.since, stretch.until
    first, edges = day_of(since), Edges()
    if (late := since - begin_of(first)) > HALF:
        first += 1
        edges.append((1, Stretch(since, begin_of(first))))
    elif late:
        edges.append((-1, Stretch(begin_of(first), since)))
    if until is None:
        return (first, None), edges
    last = day_of(until)
    if (over := until - begin_of(last)) > HALF:
        edges.append((-1, Stretch(until, begin_of(last + 1))))
    else:
        last -= 1
        if over:
            edges.append((1, Stretch(begin_of(last + 1), until)))
    return ((first, last), edges) if first <= last else (None, [(1, stretch)])


def _kept(
    connection: Connection, asked: Asked, grain: Grain, first: int, last: int | None, *, daily: bool = False
) -> Sequence[Any]:
    """What is kept of whole days, and what changed since it was added up, in one statement: of one moment."""
    area, by = asked.area, "day" if daily else asked.by
    level = None if area.level is None else int(area.level)
    statement = _statement(
        tuple(asked.measures), grain, level, by, area.lead is not None, asked.wholes, last is None
    )
    values: dict[str, Any] = {
        "first": first,
        **({} if last is None else {"last": last}),
        **({} if level is None else {"codes": list(area.codes)}),
        **({} if area.lead is None else {"lead": area.lead}),
    }
    return connection.execute(statement, values).all()


@cache
def _statement(
    measures: tuple[str, ...],
    grain: Grain,
    level: int | None,
    by: By,
    by_lead: bool,
    wholes: bool,
    is_open: bool,
) -> TextClause:
    """Both tables are asked alike; made once, for making it takes longer than running it."""
    counts: dict[int, str] = {0: "''", 1: "level1", 2: "level2"} | {grain.level: "place"}
    of_changes = {0: "''", 1: "level1", 2: "level2", 3: "level3"}

    def of(table: str, keys: Mapping[int, str], only: str) -> str:
        key = keys[int(by)] if isinstance(by, Level) else by or "''"
        where = [
            only,
            "day >= :first" if is_open else "day BETWEEN :first AND :last",
            f"{keys[level]} IN :codes" if level is not None else "",
            "lead = :lead" if by_lead else "",
            "NOT part" if wholes else "",
        ]
        asked = " AND ".join(each for each in where if each)
        return f"SELECT {key} AS key, {', '.join(measures)} FROM {table} WHERE {asked}"

    # Of the whole city there is one place: said, it leads to its days at once.
    kept = f"grain = {grain.number}" + (" AND place = ''" if grain.level == 0 else "")
    sums = ", ".join(f"sum({measure})" for measure in measures)
    both = f"{of('day_counts', counts, kept)} UNION ALL {of('day_changes', of_changes, '')}"
    made = text(f"SELECT key, {sums} FROM ({both}) AS happened GROUP BY key")
    return made.bindparams(bindparam("codes", type_=Code, expanding=True)) if level is not None else made


def _counted(connection: Connection, asked: Asked, stretch: Stretch) -> Sequence[Any]:
    """Count a stretch from the tickets."""
    statement = _plainly(
        asked.part.moment, tuple(asked.measures), asked.area.form, asked.by, asked.wholes, was_redrawn(connection),
        stretch.until is None,
    )  # fmt: skip
    values = {"since": stretch.since, "until": stretch.until} | asked.area.values
    return connection.execute(statement, values).all()


@cache
def _plainly(
    moment: str, measures: tuple[str, ...], form: Form, by: By, wholes: bool, redrawn: bool, is_open: bool
) -> Select[Any]:
    part, area = BY_MOMENT[moment], form.area
    table = tickets if part.table == "tickets" else ratings
    at = table.c[moment]
    to_join = redrawn and isinstance(by, Level)
    place = counted_place(by) if redrawn and isinstance(by, Level) else _place(by)
    counts: list[ColumnElement[Any]] = [func.sum(literal_column(part.times(m, part.table))) for m in measures]
    # What was opened in a place and when stands in one index; when something else was done, in another.
    here = area.condition(by_time=part.moment != RAISED.moment, counted=redrawn)
    counted = select(place.label("key"), *counts).where(at >= bindparam("since"), here)
    counted = counted.where(text(f"({part.counts_at_all.sql(part.table)})"))
    if table is ratings and (by is not None or wholes or not form.is_everything):
        counted = counted.join_from(ratings, tickets, ratings.c.ticket_id == tickets.c.id)
    if not is_open:
        counted = counted.where(at < bindparam("until"))
    if wholes:
        counted = counted.where(tickets.c.parent_id.is_(None))
    if to_join:
        counted = joined(counted)
    return counted if by is None else counted.group_by(place)


def _place(by: By) -> ColumnElement[Any]:
    if by is None:
        return literal_column("''")
    return tickets.c[f"level{int(by)}"] if isinstance(by, Level) else tickets.c.lead
