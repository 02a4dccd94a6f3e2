"""What was counted of days that are over."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
)

from storage.schema.base import Code, Id, Instant, metadata

snapshots = Table(
    "snapshots", metadata,
    Column("day", String(10), primary_key=True),
    Column("taken_at", Instant, nullable=False),
    Column("with_overdue", Boolean, nullable=False),
)  # fmt: skip
"""A day of the city (its own date) whose loads at midnight are kept; those of a day made up later lack what was overdue."""

snapshot_loads = Table(
    "snapshot_loads", metadata,
    Column("day", String(10), ForeignKey("snapshots.day"), primary_key=True),
    Column("grid", Code, primary_key=True),
    Column("level", Integer, nullable=False),
    Column("open", Integer, nullable=False),
    Column("overdue", Integer),
)  # fmt: skip
"""Grids with open tickets at the end of a day; every other had none."""

COUNTED = ("raised", "on_the_spot", "settled", "timed", "timely", "handled", "overdue", "on_time", "reworked", "asked", "rated",
           "satisfied", "answered", "liked")  # fmt: skip
"""What is counted of a day; ``storage/days/parts.py`` says what counts."""

day_counts = Table(
    "day_counts", metadata,
    Column("grain", Integer, primary_key=True, autoincrement=False),
    Column("place", Code, primary_key=True),
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("lead", Code, primary_key=True),
    Column("part", Boolean, primary_key=True, autoincrement=False),
    Column("level1", Code, primary_key=True),
    Column("level2", Code, primary_key=True),
    *(Column(name, Integer, nullable=False, server_default="0") for name in COUNTED),
    Index("ix_day_counts_day", "grain", "day", "place"),
    sqlite_with_rowid=False,
)  # fmt: skip
"""What happened on each day, for each grid of a level (``place``) and department, as far as a grain keeps them apart;
``""`` where it does not, or where there is none. ``part`` is what departments have of a whole. Made from the tickets."""

day_changes = Table(
    "day_changes", metadata,
    Column("ticket_id", Id, nullable=False),
    Column("day", Integer, nullable=False),
    *(Column(name, Code, nullable=False) for name in ("level1", "level2", "level3", "lead")),
    Column("part", Boolean, nullable=False),
    *(Column(name, Integer, nullable=False, server_default="0") for name in COUNTED),
)  # fmt: skip
"""What writes since took from days and added to them: to be added up into ``day_counts``."""
