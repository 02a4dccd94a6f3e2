"""Outlines of many grids, cut into tiles; tickets found by their text; ready for many machines"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from storage.schema import Id

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "tiles",
        sa.Column("ground", sa.String(length=64), nullable=False),
        sa.Column("zoom", sa.Integer(), nullable=False),
        sa.Column("bundle", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("ground", "zoom", "bundle", name=op.f("pk_tiles")),
    )
    _read_long_lists_by_their_order()
    if op.get_bind().dialect.name == "postgresql":
        _make_keys_of_tables_that_can_be_distributed()
    _find_tickets_by_their_text()


ENDED: dict[str, Any] = {"sqlite_where": sa.text("open IS 0"), "postgresql_where": sa.text("open IS FALSE")}
OPEN: dict[str, Any] = {"sqlite_where": sa.text("open = 1"), "postgresql_where": sa.text("open")}


def _read_long_lists_by_their_order() -> None:
    for name in ("parent", "duplicate_of", "opened_at", "handled_at", "handle_by", "closed_at"):
        op.drop_index(f"ix_tickets_{name}", table_name="tickets")
    for kin in ("parent_id", "duplicate_of"):
        there = sa.text(f"{kin} IS NOT NULL")
        op.create_index(f"ix_tickets_{kin}", "tickets", [kin], sqlite_where=there, postgresql_where=there)
    for level in ("level1", "level2", "level3"):
        op.drop_index(f"ix_tickets_open_{level}", table_name="tickets")
        pressing = [level, "due_at", "warn_at", "id", "open"]
        op.create_index(f"ix_tickets_open_{level}", "tickets", pressing, **OPEN)
        ended = [level, "closed_at", "id", "category", "open"]
        op.create_index(f"ix_tickets_ended_{level}", "tickets", ended, **ENDED)
    for name in ("lead", "category"):
        op.create_index(f"ix_tickets_ended_{name}", "tickets", [name, "closed_at", "id", "open"], **ENDED)
    op.create_index("ix_tickets_open_due", "tickets", ["due_at", "warn_at", "id", "open"], **OPEN)
    op.create_index(
        op.f("ix_ratings_rated_at_grade_ticket_id"), "ratings", ["rated_at", "grade", "ticket_id"]
    )
    due = [
        "handle_by",
        "level1",
        "lead",
        "state",
        "outcome",
        "handled_at",
        "on_time",
        "rework",
        "stage_since",
        "parent_id",
    ]
    op.create_index("ix_tickets_handle_by", "tickets", due)
    op.create_index("ix_tickets_opened_at", "tickets", ["opened_at", "level1", "lead", "category"])
    op.create_index("ix_tickets_handled_at", "tickets", ["handled_at", "on_time", "level1", "lead"])
    op.create_index("ix_tickets_closed_at", "tickets", ["closed_at", "id"])


CROSSING = {
    "inbox": ("inbox_meeting_id_meetings", "inbox_ticket_id_tickets"),
    "meeting_matters": ("meeting_matters_ticket_id_tickets",),
    "notes": ("notes_event_id_events",),
}
"""What refers to rows that may lie on another machine."""

NOT_BY_TICKET = (("tickets", "no"), ("tickets", "once"), ("ratings", "token"))
KEYS = {
    "events": "id, stream",
    "cards": "id, ticket_id",
    "inbox": "id, post",
    "photos": "id, ticket_id",
    "ratings": "id, ticket_id",
    "report_links": "token_hash, ticket_id",
}


def _make_keys_of_tables_that_can_be_distributed() -> None:
    """See storage/distribution.py; a file needs none of this."""
    for table, names in CROSSING.items():
        for name in names:
            op.execute(f"ALTER TABLE {table} DROP CONSTRAINT fk_{name}")
    for table, column in NOT_BY_TICKET:
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT uq_{table}_{column}")
        op.execute(f"CREATE INDEX ix_{table}_{column} ON {table} ({column})")
    for table, columns in KEYS.items():
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT pk_{table}")
        op.execute(f"ALTER TABLE {table} ADD CONSTRAINT pk_{table} PRIMARY KEY ({columns})")


def _find_tickets_by_their_text() -> None:
    op.create_table(
        "search_stretches",
        sa.Column("first", Id, autoincrement=False, nullable=False),
        sa.Column("last", Id, nullable=False),
        sa.PrimaryKeyConstraint("first", name=op.f("pk_search_stretches")),
    )
    op.create_table(
        "search_grams",
        sa.Column("stretch", Id, autoincrement=False, nullable=False),
        sa.Column("gram", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tickets", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("stretch", "gram", name=op.f("pk_search_grams")),
        sqlite_with_rowid=False,
    )
    if op.get_bind().dialect.name == "postgresql":
        # These are as short as they get: packing them again would only take time.
        op.execute("ALTER TABLE search_grams ALTER tickets SET STORAGE EXTERNAL")
