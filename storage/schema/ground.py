"""The ground: plans, their grids, the units they are made of, and what is drawn of them."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

from storage.schema.base import Code, Id, Instant, metadata

plans = Table(
    "plans", metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(200), nullable=False, unique=True),
    Column("state", String(16), nullable=False),
    Column("from_at", Instant),
    Column("based_on", Id, ForeignKey("plans.id")),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("content_hash", String(64), nullable=False, server_default=""),
    Column("created_at", Instant, nullable=False),
    Column("made_by", Id),
    Column("sent_by", Id),
    Column("approved_by", Id),
    Column("retired_at", Instant),
    Column("units_hash", String(64), nullable=False, server_default=""),
    Column("marks", JSON, nullable=False, server_default="{}"),
)  # fmt: skip
"""A plan and where it is in its life. ``units_hash`` names the ground it was drawn on; ``marks`` are its locks, the
compounds it may split and why, where heads go, and which code came from which. What was done to it are events of
the stream ``p:<id>``."""

streets = Table(
    "streets", metadata,
    Column("code", Code, primary_key=True),
    Column("name", Text, nullable=False),
)  # fmt: skip

grids = Table(
    "grids", metadata,
    Column("plan_id", Id, ForeignKey("plans.id"), primary_key=True),
    Column("code", Code, primary_key=True),
    Column("level", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("parent", Code),
    Column("households", Integer),
    Column("units", Integer, nullable=False, server_default="0"),
    Column("geometry", LargeBinary, nullable=False),
)  # fmt: skip

compounds = Table(
    "compounds", metadata,
    Column("code", Code, primary_key=True),
    Column("name", Text, nullable=False),
)  # fmt: skip

units = Table(
    "units", metadata,
    Column("code", Code, primary_key=True),
    Column("kind", String(24), nullable=False),
    Column("compound", Code),
    Column("building", Text),
    Column("address", Text, nullable=False, server_default=""),
    Column("households", Integer, nullable=False, server_default="0"),
    Column("geometry", LargeBinary, nullable=False),
)  # fmt: skip

assignments = Table(
    "assignments", metadata,
    Column("plan_id", Id, ForeignKey("plans.id"), primary_key=True),
    Column("unit", Code, primary_key=True),
    Column("grid", Code, nullable=False),
)  # fmt: skip

crosswalk = Table(
    "crosswalk", metadata,
    Column("plan_id", Id, ForeignKey("plans.id"), primary_key=True),
    Column("ticket_id", Id, primary_key=True),
    Column("level1", Code),
    Column("level2", Code),
    Column("level3", Code),
)  # fmt: skip
"""Where a ticket that had ended before a redraw would lie after it: only those whose grid changed have a row, one each."""

Index("ix_crosswalk_ticket_id", crosswalk.c.ticket_id)

for level in ("level1", "level2", "level3"):
    Index(f"ix_crosswalk_{level}", crosswalk.c[level])

base_features = Table(
    "base_features", metadata,
    Column("id", Id, primary_key=True),
    Column("kind", String(24), nullable=False),
    Column("name", Text, nullable=False, server_default=""),
    Column("geometry", LargeBinary, nullable=False),
)  # fmt: skip
"""The quiet base of the map – water, roads, parks, compounds, buildings – in drawing order."""

tiles = Table(
    "tiles", metadata,
    Column("ground", String(64), primary_key=True),
    Column("zoom", Integer, primary_key=True, autoincrement=False),
    Column("bundle", Integer, primary_key=True, autoincrement=False),
    Column("body", LargeBinary, nullable=False),
)  # fmt: skip
"""Outlines of a level with many grids in bundles, as browsers draw them from a zoom on; ``ground`` names their content, so
a row never changes. What stands under a zoom below 0 is about the whole level: see ``storage/tiles.py``."""
