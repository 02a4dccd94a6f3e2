"""Say how the tables of a PostgreSQL can be spread over many machines (Citus), and keep their keys so that they can.

A distributed table is cut by one column. Whatever is unique in it must hold that column, and what refers to it must be
cut with it: so every key of such a table has the column at its end, and three keys are no keys of the database there:

- ``tickets.no`` holds the ticket's own id, and no import brings a number of that shape;
- ``tickets.once`` is looked up under a lock of its own before a ticket is added, imports hold the whole table;
- ``ratings.token`` is 128 bits of chance.

What happened on each day is noted by triggers of ``tickets``, ``ratings`` and ``crosswalk`` in ``day_changes``, which is cut
like them, so each reads and writes beside its row alone (Citus wants to be told: ``citus.enable_unsafe_triggers``). The sums in
``day_counts`` are local.

``redgrid verify`` asks whether any of them is there twice. SQLite stays one file and keeps all its keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ForeignKeyConstraint, Table, UniqueConstraint


@dataclass(frozen=True, slots=True)
class Distributed:
    """Cut by a column; tables of one ``group`` are cut alike, and their rows of one value lie together."""

    by: str
    group: str


REFERENCE, LOCAL = "reference", "local"
"""On every machine alike, for others join it; on the first machine alone."""

_TICKET = "tickets"

HOW: Mapping[str, Distributed | str] = {
    "tickets": Distributed("id", _TICKET),
    "ticket_words": Distributed("ticket_id", _TICKET),
    "cards": Distributed("ticket_id", _TICKET),
    "ratings": Distributed("ticket_id", _TICKET),
    "photos": Distributed("ticket_id", _TICKET),
    "report_links": Distributed("ticket_id", _TICKET),
    "crosswalk": Distributed("ticket_id", _TICKET),
    # Triggers of a ticket's row and of what lies beside it write these, and read nothing that lies elsewhere.
    "day_changes": Distributed("ticket_id", _TICKET),
    "events": Distributed("stream", "streams"),
    "inbox": Distributed("post", "posts"),
    "search_grams": Distributed("stretch", "stretches"),
    "search_stretches": REFERENCE,
    "notes": REFERENCE,
    "plans": REFERENCE,
}
"""How each table is kept; what is not named is local: it is small, or nothing large is joined with it."""


def how(table: Table) -> Distributed | str:
    """How a table is kept."""
    return HOW.get(table.name, LOCAL)


def may_refer(table: Table, other: Table) -> bool:
    """May rows of a table refer to rows of another, however both are kept?"""
    mine, theirs = how(table), how(other)
    if isinstance(theirs, Distributed):
        return isinstance(mine, Distributed) and mine.group == theirs.group
    return theirs == REFERENCE or mine == theirs == LOCAL


def is_kept(constraint: Any) -> bool:
    """Is this a constraint of PostgreSQL too? Every one is that a distributed table can have."""
    table = constraint.table
    mine = how(table)
    if isinstance(constraint, ForeignKeyConstraint):
        return may_refer(table, constraint.referred_table)
    if isinstance(constraint, UniqueConstraint) and isinstance(mine, Distributed):
        return mine.by in constraint.columns
    return True


def is_there(thing: Any, name: str | None, kind: str, in_database: bool, other: Any) -> bool:
    """Is this of the schema also on PostgreSQL, and of PostgreSQL also in the schema? Alembic's ``include_object``."""
    if in_database:
        return not (kind == "index" and other is None and name in INSTEAD)
    return kind not in ("foreign_key_constraint", "unique_constraint") or is_kept(thing)


INSTEAD = frozenset({"ix_tickets_no", "ix_tickets_once", "ix_ratings_token"})
"""Indexes of a PostgreSQL where a file has keys."""
