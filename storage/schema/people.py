"""Who works in the city and where, and who signs in."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
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

departments = Table(
    "departments", metadata,
    Column("code", Code, primary_key=True),
    Column("name", Text, nullable=False),
    Column("name_en", Text, nullable=False, server_default=""),
    Column("demo", Boolean, nullable=False, server_default=text("false")),
)  # fmt: skip

department_links = Table(
    "department_links", metadata,
    Column("department", Code, ForeignKey("departments.code"), primary_key=True),
    Column("community", Code, nullable=False, index=True),
)  # fmt: skip

leaders = Table(
    "leaders", metadata,
    Column("id", Id, primary_key=True),
    Column("name", Text, nullable=False),
    Column("title", Text, nullable=False, server_default=""),
    Column("community", Code, nullable=False),
    Column("demo", Boolean, nullable=False, server_default=text("false")),
    Column("gone", Boolean, nullable=False, server_default=text("false")),
)  # fmt: skip
"""``gone``: this leader answers for this community no more; their visits stay."""

organisations = Table(
    "organisations", metadata,
    Column("grid", Code, primary_key=True),
    Column("name", Text, nullable=False),
    Column("kind", String(24), nullable=False),
)  # fmt: skip

heads = Table(
    "heads", metadata,
    Column("id", Id, primary_key=True),
    Column("grid", Code, nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("title", Text, nullable=False, server_default=""),
    Column("work_phone", String(32), nullable=False, server_default=""),
    Column("duties", Text, nullable=False, server_default=""),
    Column("since", Instant),
    Column("until", Instant),
    Column("demo", Boolean, nullable=False, server_default=text("false")),
    Column("photo", LargeBinary),
    Column("first_term", Id),
)  # fmt: skip
"""Who heads a grid, in terms; public by rule (公示). A grid without a running term is a vacancy. ``first_term`` is the first
of a person's terms of which one continued the other; none in that first one."""

accounts = Table(
    "accounts", metadata,
    Column("id", Id, primary_key=True),
    Column("login", String(64), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("role", String(24), nullable=False),
    Column("area", Code, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("disabled", Boolean, nullable=False, server_default=text("false")),
    Column("demo", Boolean, nullable=False, server_default=text("false")),
    Column("created_at", Instant, nullable=False),
    Column("subject", String(255)),
    Column("must_change", Boolean, nullable=False, server_default=text("false")),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("locked_until", Instant),
    Index("uq_accounts_subject", "subject", unique=True),
)  # fmt: skip
"""``subject`` is how the city's own sign-in service names this person; ``failures`` counts wrong passwords in a row."""

sessions = Table(
    "sessions", metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("account_id", Id, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
)  # fmt: skip

walls = Table(
    "walls", metadata,
    Column("id", Id, primary_key=True),
    Column("name", Text, nullable=False),
    Column("area", Code, nullable=False),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("created_at", Instant, nullable=False),
    Column("seen_at", Instant),
    Column("revoked_at", Instant),
)  # fmt: skip
"""Read-only links for wall screens: whoever has the token sees aggregates of the area, until it is revoked."""

saved_views = Table(
    "saved_views", metadata,
    Column("id", Id, primary_key=True),
    Column("account_id", Id, ForeignKey("accounts.id"), nullable=False),
    Column("name", String(64), nullable=False),
    Column("query", Text, nullable=False),
    UniqueConstraint("account_id", "name"),
)  # fmt: skip
"""Filters of the desk that a person keeps under a name; ``query`` is the address's own."""
