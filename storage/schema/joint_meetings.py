"""Joint meetings and their matters."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    text,
)

from storage.schema.base import Code, Id, Instant, metadata

meetings = Table(
    "meetings", metadata,
    Column("id", Id, primary_key=True),
    Column("tier", String(16), nullable=False),
    Column("unit", Code, nullable=False),
    Column("regular", Boolean, nullable=False),
    Column("state", String(16), nullable=False, server_default="closed"),
    Column("planned_at", Instant),
    Column("held_at", Instant),
    Column("closed_at", Instant),
    Column("title", Text, nullable=False, server_default=""),
    Column("present", JSON, nullable=False, server_default="[]"),
    Column("minutes", Text, nullable=False, server_default=""),
    Column("version", Integer, nullable=False, server_default="1"),
    Index(None, "unit", "held_at"),
)  # fmt: skip
"""A meeting is an open agenda (``state`` open) until it is closed with its minutes. ``present`` lists who came."""

Index(
    "uq_meetings_open_agenda", meetings.c.unit, unique=True,
    sqlite_where=text("state = 'open'"), postgresql_where=text("state = 'open'"),
)  # fmt: skip

meeting_matters = Table(
    "meeting_matters", metadata,
    Column("id", Id, primary_key=True),
    Column("meeting_id", Id, ForeignKey("meetings.id"), nullable=False, index=True),
    Column("from_matter", Id, ForeignKey("meeting_matters.id"), index=True),
    Column("ticket_id", Id, ForeignKey("tickets.id"), index=True),
    Column("title", Text, nullable=False),
    Column("origin", String(16), nullable=False, server_default="own"),
    Column("outcome", String(24)),
    Column("resolution", Text, nullable=False, server_default=""),
    Column("lead", Code),
    Column("due_at", Instant),
    Column("ledger", Text, nullable=False, server_default=""),
    Column("feedback", Text, nullable=False, server_default=""),
    Column("fed_back_at", Instant),
    Column("settled_at", Instant),
)  # fmt: skip
"""What a meeting discussed; ``from_matter`` is the lower meeting's matter that was moved up to it."""
