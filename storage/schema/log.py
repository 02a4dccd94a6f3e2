"""What happened, in rows that are only ever added, and who was told of it."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from storage.schema.base import Code, Id, Instant, metadata

events = Table(
    "events", metadata,
    Column("id", Id, primary_key=True),
    Column("stream", String(40), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("by", Id),
    Column("facts", Text, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    UniqueConstraint("stream", "seq"),
)  # fmt: skip
"""Append-only. ``facts`` is canonical JSON text: the hash is over exactly these characters."""

notes = Table(
    "notes", metadata,
    Column("event_id", Id, ForeignKey("events.id"), primary_key=True),
    Column("text", Text, nullable=False),
    Column("salt", String(32), nullable=False),
)  # fmt: skip

inbox = Table(
    "inbox", metadata,
    Column("id", Id, primary_key=True),
    Column("post", Code, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("at", Instant, nullable=False),
    Column("ticket_id", Id, ForeignKey("tickets.id")),
    Column("meeting_id", Id, ForeignKey("meetings.id")),
    Column("n", Integer, nullable=False, server_default="1"),
    Index(None, "post", "id"),
)  # fmt: skip
"""What a post – a grid, a street, the city office, a department, the leaders – was told. ``n`` tickets at once."""

inbox_seen = Table(
    "inbox_seen", metadata,
    Column("account_id", Id, ForeignKey("accounts.id"), primary_key=True),
    Column("upto", Id, nullable=False),
)  # fmt: skip

anchors = Table(
    "anchors", metadata,
    Column("id", Id, primary_key=True),
    Column("day", String(10), nullable=False, unique=True),
    Column("at", Instant, nullable=False),
    Column("upto", Id, nullable=False),
    Column("events", Integer, nullable=False),
    Column("digest", String(64), nullable=False),
)  # fmt: skip
"""Once a day: a digest over the anchor before it and the hash of every event since, up to the event ``upto``."""

sweeps = Table(
    "sweeps", metadata,
    Column("id", Id, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("did", JSON, nullable=False),
)  # fmt: skip
"""What each sweep did that did anything, by kind."""
