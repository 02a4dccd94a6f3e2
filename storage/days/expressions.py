"""How SQL says on which day a row counts, where, and for whom."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from sqlalchemy import Connection

from storage.days.parts import ERA, OFFSET
from storage.schema import EPOCH


def day_number(connection: Connection, moment: str) -> str:
    """The number of the day that a moment lies in."""
    if connection.dialect.name == "postgresql":
        here = f"{moment} AT TIME ZONE 'UTC' + interval '{int(OFFSET.total_seconds())} seconds'"
        return f"CAST({here} AS date) - date '{EPOCH:%Y-%m-%d}' + {ERA}"
    shift = (OFFSET + timedelta(days=ERA)) // timedelta(microseconds=1)
    return f"({moment} + {shift}) / {timedelta(days=1) // timedelta(microseconds=1)}"


LEVELS = ("level1", "level2", "level3")

Place = Mapping[str, str]
"""The expression behind each level."""


def own_place(row: str) -> Place:
    """Where a row itself says."""
    return {level: f"{row}.{level}" for level in LEVELS}


def counted_place(row: str) -> Place:
    """Where a ticket is counted, with the crosswalk ``x`` beside it."""
    return {level: f"CASE WHEN x.ticket_id IS NULL THEN {row}.{level} ELSE x.{level} END" for level in LEVELS}


def place_columns(place: Place) -> str:
    """A place as the columns of the counts."""
    return ", ".join(f"coalesce({place[level]}, '') AS {level}" for level in LEVELS)


def rest_columns(ticket: str) -> str:
    """For whom a ticket counts, and whether it is a part of another."""
    return f"coalesce({ticket}.lead, '') AS lead, ({ticket}.parent_id IS NOT NULL) AS part"
