"""Tickets, what people said about them, and what was done beside their moves."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from storage.schema.base import Code, Id, Instant, metadata

tickets = Table(
    "tickets", metadata,
    Column("id", Id, primary_key=True),
    Column("no", String(64), nullable=False, unique=True),
    Column("once", String(128), unique=True),
    Column("state", String(24), nullable=False),
    Column("open", Boolean, nullable=False),
    Column("holder", Code, nullable=False),
    Column("level1", Code),
    Column("level2", Code),
    Column("level3", Code),
    Column("lng", Float(53)),
    Column("lat", Float(53)),
    Column("category", Code, nullable=False),
    Column("urgent", Boolean, nullable=False),
    Column("source", String(24), nullable=False),
    Column("address", Text, nullable=False, server_default=""),
    Column("opened_at", Instant, nullable=False),
    Column("stage_since", Instant, nullable=False),
    Column("warn_at", Instant),
    Column("due_at", Instant),
    Column("provisional", Boolean, nullable=False, server_default=text("false")),
    Column("limit_s", Integer),
    Column("limit_around", Boolean, nullable=False, server_default=text("false")),
    Column("handle_by", Instant),
    Column("thrice_at", Instant),
    Column("wake_at", Instant),
    Column("stage", Integer, nullable=False, server_default="1"),
    Column("card", Integer, nullable=False, server_default="0"),
    Column("lead", Code),
    Column("returns", Integer, nullable=False, server_default="0"),
    Column("extensions", Integer, nullable=False, server_default="0"),
    Column("asked", String(16)),
    Column("asked_s", Integer),
    Column("review_at", Instant),
    Column("handled_at", Instant),
    Column("on_time", Boolean),
    Column("closed_at", Instant),
    Column("outcome", String(24)),
    Column("satisfied", Boolean),
    Column("cycle", Integer, nullable=False, server_default="1"),
    Column("rework", Integer, nullable=False, server_default="0"),
    Column("live", Boolean, nullable=False, server_default=text("true")),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("raised_by", Id),
    Column("raised_in", Code),
    Column("parent_id", Id),
    Column("duplicate_of", Id),
    Column("queue", String(16)),
)  # fmt: skip

OPEN_IN: dict[str, Any] = {"sqlite_where": text("open = 1"), "postgresql_where": text("open")}
"""How each database writes that a ticket is open, as its planner recognises it in our queries."""

ENDED_IN: dict[str, Any] = {"sqlite_where": text("open IS 0"), "postgresql_where": text("open IS FALSE")}
"""The same for one that ended."""

for level in ("level1", "level2", "level3"):
    # ``open`` itself is in the index, or SQLite would look into every row to see it.
    # Covering: the load of every grid is read from this index alone, however many tickets are closed.
    Index(
        f"ix_tickets_open_{level}", tickets.c[level], tickets.c.due_at, tickets.c.warn_at, tickets.c.id, tickets.c.open,
        **OPEN_IN,
    )  # fmt: skip
    Index(f"ix_tickets_{level}_opened", tickets.c[level], tickets.c.opened_at)
    Index(
        f"ix_tickets_ended_{level}", tickets.c[level], tickets.c.closed_at, tickets.c.id, tickets.c.category,
        tickets.c.open, **ENDED_IN,
    )  # fmt: skip

Index("ix_tickets_open_holder", tickets.c.holder, tickets.c.due_at, **OPEN_IN)
Index("ix_tickets_open_lead", tickets.c.lead, tickets.c.due_at, **OPEN_IN)
Index("ix_tickets_open_raised_in", tickets.c.raised_in, **OPEN_IN)
Index("ix_tickets_open_asked", tickets.c.asked, **OPEN_IN)
Index("ix_tickets_open_wake", tickets.c.wake_at, **OPEN_IN)
Index("ix_tickets_open_category", tickets.c.category, tickets.c.opened_at, **OPEN_IN)
Index("ix_tickets_open_due", tickets.c.due_at, tickets.c.warn_at, tickets.c.id, tickets.c.open, **OPEN_IN)

for names in (
    ("lead", "closed_at", "id", "category", "open"),
    ("category", "closed_at", "id", "level1", "open"),
):
    Index(f"ix_tickets_ended_{names[0]}", *(tickets.c[name] for name in names), **ENDED_IN)

# Few end like this: to find them, nobody reads through all that are closed.
Index(
    "ix_tickets_ended_otherwise",
    *(tickets.c[name] for name in ("state", "closed_at", "id", "level1", "level2", "level3", "lead", "category", "open")),
    sqlite_where=text("open IS 0 AND state <> 'closed'"),
    postgresql_where=text("open IS FALSE AND state <> 'closed'"),
)  # fmt: skip

# Few tickets have one: the others need no place in these.
for kin in ("parent_id", "duplicate_of"):
    there = text(f"{kin} IS NOT NULL")
    Index(f"ix_tickets_{kin}", tickets.c[kin], sqlite_where=there, postgresql_where=there)

# Covering: a month of a city's work is counted from these alone.
Index(
    "ix_tickets_handle_by",
    *(
        tickets.c[n]
        for n in ("handle_by", "level1", "lead", "state", "outcome", "handled_at", "on_time", "rework")
    ),
    *(tickets.c[n] for n in ("stage_since", "parent_id")),
)
Index("ix_tickets_opened_at", tickets.c.opened_at, tickets.c.level1, tickets.c.lead, tickets.c.category)
Index("ix_tickets_handled_at", tickets.c.handled_at, tickets.c.on_time, tickets.c.level1, tickets.c.lead)
# Of what ended alone: those that have not would stand before all others, for PostgreSQL in the order of newest first.
Index("ix_tickets_closed_at", tickets.c.closed_at, tickets.c.id, tickets.c.open, **ENDED_IN)

imported_categories = Table(
    "imported_categories", metadata,
    Column("code", Code, primary_key=True),
    Column("name", Text, nullable=False),
)  # fmt: skip
"""Categories that came with imported tickets and that the rules do not know, under the names they came with."""

ticket_words = Table(
    "ticket_words", metadata,
    Column("ticket_id", Id, ForeignKey("tickets.id"), primary_key=True),
    Column("description", Text, nullable=False, server_default=""),
    Column("reporter", Text, nullable=False, server_default=""),
    Column("phone", Text, nullable=False, server_default=""),
)  # fmt: skip

search_stretches = Table(
    "search_stretches", metadata,
    Column("first", Id, primary_key=True, autoincrement=False),
    Column("last", Id, nullable=False),
)  # fmt: skip
"""Stretches of tickets, by their ids, whose texts can be found by their grams."""

search_grams = Table(
    "search_grams", metadata,
    Column("stretch", Id, primary_key=True, autoincrement=False),
    Column("gram", BigInteger, primary_key=True, autoincrement=False),
    Column("size", Integer, nullable=False),
    Column("tickets", LargeBinary, nullable=False),
    Index(None, "gram", "stretch", "size"),
    sqlite_with_rowid=False,
)  # fmt: skip
"""Which tickets of a stretch have a few characters in a row, in ``size`` bytes: how common those are is read from an index alone.
These are people's words too: they are erased with them."""

cards = Table(
    "cards", metadata,
    Column("id", Id, primary_key=True),
    Column("ticket_id", Id, ForeignKey("tickets.id"), nullable=False),
    Column("cycle", Integer, nullable=False),
    Column("stage", Integer, nullable=False),
    Column("rule", String(24), nullable=False),
    Column("at", Instant, nullable=False),
    Column("by", Id),
    UniqueConstraint("ticket_id", "cycle", "stage", "rule"),
    Index(None, "at"),
)  # fmt: skip
"""What the clock did once, and supervision by people: the unique key makes a sweep that runs twice do nothing."""

ratings = Table(
    "ratings", metadata,
    Column("id", Id, primary_key=True),
    Column("ticket_id", Id, ForeignKey("tickets.id"), nullable=False),
    Column("cycle", Integer, nullable=False),
    Column("token", String(64), nullable=False, unique=True),
    Column("asked_at", Instant, nullable=False, index=True),
    Column("until_at", Instant, nullable=False),
    Column("grade", Integer),
    Column("channel", String(16)),
    Column("rated_at", Instant),
    UniqueConstraint("ticket_id", "cycle"),
    Index(None, "rated_at", "grade", "ticket_id"),
)  # fmt: skip
"""The public is asked once for each cycle; ``grade`` is 1 (very dissatisfied) to 5 (very satisfied)."""

photos = Table(
    "photos", metadata,
    Column("id", Id, primary_key=True),
    Column("ticket_id", Id, ForeignKey("tickets.id"), nullable=False, index=True),
    Column("move", String(32), nullable=False),
    Column("at", Instant, nullable=False),
    Column("body", LargeBinary, nullable=False),
)  # fmt: skip
"""JPEG pictures beside a move: upright, small, without the camera's own data."""

report_links = Table(
    "report_links", metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("ticket_id", Id, ForeignKey("tickets.id"), nullable=False, index=True),
    Column("created_at", Instant, nullable=False),
)  # fmt: skip
"""By which a resident who reported follows their own report."""
