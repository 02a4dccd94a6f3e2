"""Statements that count tickets and ratings: as finely as changes are kept, and added up for every grain."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from storage.days.expressions import counted_place, day_number, place_columns, rest_columns
from storage.days.parts import ADDED_UP, GRAINS, KEY, MEASURES, PARTS, Grain, Measures, Part, measures_of


def is_among(number: str, these: range) -> str:
    """A number is one of these."""
    return f"{number} >= {these.start} AND {number} < {these.stop}"


NONE = "''"
"""A key by which a grain keeps nothing apart."""


def first_counts(source: str, measures: Measures = MEASURES) -> str:
    """Keep what a source has, where there are no counts yet."""
    return f"INSERT INTO day_counts ({', '.join(KEY)}, {', '.join(measures)}) {rolled(source, measures)}"


def added(source: str, measures: Measures = MEASURES) -> str:
    """Add what a source has to the counts."""
    sums = ", ".join(f"{m} = day_counts.{m} + excluded.{m}" for m in measures)
    return f"{first_counts(source, measures)} ON CONFLICT ({', '.join(KEY)}) DO UPDATE SET {sums}"


def rolled(source: str, measures: Measures = MEASURES) -> str:
    """What a source has of the finest, for every grain. It is read once; communities' and buildings' counts are added up
    first, and every grain from those of the two that suffice: they are far fewer.
    """
    sums = _sums(measures)
    added_up = ", ".join(
        f"{name} AS MATERIALIZED (SELECT {', '.join(keys)}, {sums} FROM finest GROUP BY {', '.join(keys)})"
        for name, keys in ADDED_UP.items()
    )
    grains = " UNION ALL ".join(_of_grain(grain, measures) for grain in GRAINS)
    return (
        f"SELECT * FROM (WITH finest AS MATERIALIZED (SELECT * FROM {source} AS one), {added_up} {grains}) "
        "AS rolled WHERE TRUE"
    )


def _sum(of: str, measure: str) -> str:
    """Added up to a plain number again: the larger ones that PostgreSQL makes of it are costly to add up once more."""
    return f"CAST(sum({of}) AS integer) AS {measure}"


def _sums(measures: Measures) -> str:
    return ", ".join(_sum(measure, measure) for measure in measures)


def _of_grain(grain: Grain, measures: Measures) -> str:
    told = ", ".join(f"{key or NONE} AS {name}" for name, key in grain.keys.items())
    if len(grain.apart) == len(ADDED_UP[grain.source]):
        return f"SELECT {grain.number} AS grain, {told}, {', '.join(measures)} FROM {grain.source}"
    return f"SELECT {grain.number} AS grain, {told}, {_sums(measures)} FROM {grain.source} GROUP BY {', '.join(grain.apart)}"


def everything(
    connection: Connection,
    parts: Sequence[Part] = PARTS,
    *,
    ids: range | None = None,
    days: range | None = None,
) -> str:
    """All that tickets and ratings count, as finely as changes are kept; of some tickets alone, or on some days."""
    measures = measures_of(parts)
    return " UNION ALL ".join(_all_of(connection, part, measures, ids, days) for part in parts)


def _all_of(
    connection: Connection, part: Part, measures: Measures, ids: range | None, days: range | None
) -> str:
    row = "t" if part.table == "tickets" else "r"
    rated = "" if row == "t" else "JOIN ratings AS r ON r.ticket_id = t.id "
    sums = ", ".join(_sum(part.times(m, row), m) if m in part.counts else f"0 AS {m}" for m in measures)
    day = day_number(connection, f"{row}.{part.moment}")
    asked = [part.counts_at_all.sql(row)]
    asked += [is_among("t.id", ids)] if ids else []
    asked += [is_among(day, days)] if days else []
    return (
        f"SELECT {day} AS day, {place_columns(counted_place('t'))}, {rest_columns('t')}, {sums} "
        f"FROM tickets AS t {rated}LEFT JOIN crosswalk AS x ON x.ticket_id = t.id "
        f"WHERE {' AND '.join(asked)} GROUP BY 1, 2, 3, 4, 5, 6"
    )


def source(connection: Connection, parts: Sequence[Part], ids: range) -> str:
    """What some tickets count, as a source of counts."""
    return f"({everything(connection, parts, ids=ids)})"
