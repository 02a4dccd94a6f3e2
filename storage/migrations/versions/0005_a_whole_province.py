"""Outlines of many grids, cut into tiles; tickets found by their text; ready for many machines"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from storage.schema import Id
from storage.search import seal

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
    _find_tickets_by_their_text()


ENDED: dict[str, Any] = {"sqlite_where": sa.text("open IS 0"), "postgresql_where": sa.text("open IS FALSE")}
OPEN: dict[str, Any] = {"sqlite_where": sa.text("open = 1"), "postgresql_where": sa.text("open")}


def _read_long_lists_by_their_order() -> None:
    for name in ("parent", "duplicate_of", "opened_at", "handled_at", "closed_at"):
        op.drop_index(f"ix_tickets_{name}", table_name="tickets")
    for kin in ("parent_id", "duplicate_of"):
        there = sa.text(f"{kin} IS NOT NULL")
        op.create_index(f"ix_tickets_{kin}", "tickets", [kin], sqlite_where=there, postgresql_where=there)
    for name in ("level1", "level2", "level3", "lead", "category"):
        op.create_index(f"ix_tickets_ended_{name}", "tickets", [name, "closed_at", "id"], **ENDED)
    op.create_index("ix_tickets_open_due", "tickets", ["due_at", "id"], **OPEN)
    op.create_index("ix_tickets_opened_at", "tickets", ["opened_at", "level1", "lead", "category"])
    op.create_index("ix_tickets_handled_at", "tickets", ["handled_at", "on_time", "level1", "lead"])
    op.create_index("ix_tickets_closed_at", "tickets", ["closed_at", "id"])


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
    seal(op.get_bind())
