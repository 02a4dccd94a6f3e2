"""Who may enter, what a wall shows, and what a log is anchored to"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.schema import Id, Instant

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("subject", sa.String(length=255), nullable=True))
        batch_op.add_column(
            sa.Column("must_change", sa.Boolean(), server_default=sa.text("false"), nullable=False)
        )
        batch_op.add_column(sa.Column("failures", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("locked_until", Instant(), nullable=True))
        batch_op.create_index("uq_accounts_subject", ["subject"], unique=True)
    with op.batch_alter_table("heads", schema=None) as batch_op:
        batch_op.add_column(sa.Column("photo", sa.LargeBinary(), nullable=True))
    op.create_index(op.f("ix_tickets_closed_at"), "tickets", ["closed_at"])
    for column in ("raised_in", "asked"):
        op.create_index(
            f"ix_tickets_open_{column}",
            "tickets",
            [column],
            sqlite_where=sa.text("open = 1"),
            postgresql_where=sa.text("open"),
        )

    op.create_table(
        "walls",
        sa.Column("id", Id, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("area", sa.String(length=64), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=True),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_walls")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_walls_token_hash")),
    )
    op.create_table(
        "saved_views",
        sa.Column("id", Id, nullable=False),
        sa.Column("account_id", Id, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_saved_views_account_id_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_views")),
        sa.UniqueConstraint("account_id", "name", name=op.f("uq_saved_views_account_id_name")),
    )
    op.create_table(
        "anchors",
        sa.Column("id", Id, nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("upto", Id, nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_anchors")),
        sa.UniqueConstraint("day", name=op.f("uq_anchors_day")),
    )
    op.create_table(
        "report_links",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("ticket_id", Id, nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_report_links_ticket_id_tickets")
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_report_links")),
    )
    op.create_index(op.f("ix_report_links_ticket_id"), "report_links", ["ticket_id"])
    op.create_table(
        "snapshots",
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("taken_at", Instant(), nullable=False),
        sa.Column("with_overdue", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_snapshots")),
    )
    op.create_table(
        "snapshot_loads",
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("grid", sa.String(length=64), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("open", sa.Integer(), nullable=False),
        sa.Column("overdue", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["day"], ["snapshots.day"], name=op.f("fk_snapshot_loads_day_snapshots")),
        sa.PrimaryKeyConstraint("day", "grid", name=op.f("pk_snapshot_loads")),
    )
