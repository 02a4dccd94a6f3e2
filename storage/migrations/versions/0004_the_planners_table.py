"""Drafts of a plan, who sent and approved them, and a crosswalk for tickets that had ended before a redraw"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.schema import Id, Instant

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "crosswalk",
        sa.Column("plan_id", Id, nullable=False),
        sa.Column("ticket_id", Id, nullable=False),
        sa.Column("level1", sa.String(length=64), nullable=True),
        sa.Column("level2", sa.String(length=64), nullable=True),
        sa.Column("level3", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_crosswalk_plan_id_plans")),
        sa.PrimaryKeyConstraint("plan_id", "ticket_id", name=op.f("pk_crosswalk")),
    )
    for column in ("ticket_id", "level1", "level2", "level3"):
        op.create_index(f"ix_crosswalk_{column}", "crosswalk", [column], unique=False)
    with op.batch_alter_table("plans", schema=None) as batch_op:
        for column in ("made_by", "sent_by", "approved_by"):
            batch_op.add_column(sa.Column(column, Id, nullable=True))
        batch_op.add_column(sa.Column("retired_at", Instant(), nullable=True))
        batch_op.add_column(sa.Column("units_hash", sa.String(length=64), server_default="", nullable=False))
        batch_op.add_column(sa.Column("marks", sa.JSON(), server_default="{}", nullable=False))
