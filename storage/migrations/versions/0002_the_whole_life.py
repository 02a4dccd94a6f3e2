"""The whole life of a ticket: cards, ratings, photos, inbox, sweeps; meetings with an agenda"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.schema import Instant

revision = "0002"
down_revision = "0001"

LIFTED = sa.table(
    "meeting_matters",
    *(
        sa.column(c)
        for c in ("id", "meeting_id", "from_matter", "ticket_id", "title", "outcome", "settled_at")
    ),
)


def upgrade() -> None:
    # SQLite makes a table anew to change a column, and nothing may point at it meanwhile: matters step aside.
    lifted = [dict(row._mapping) for row in op.get_bind().execute(sa.select(LIFTED).order_by(LIFTED.c.id))]
    op.execute(sa.delete(LIFTED))
    with op.batch_alter_table("meetings", schema=None) as batch_op:
        batch_op.add_column(sa.Column("state", sa.String(length=16), nullable=False, server_default="closed"))
        batch_op.add_column(sa.Column("planned_at", Instant(), nullable=True))
        batch_op.add_column(sa.Column("closed_at", Instant(), nullable=True))
        batch_op.add_column(sa.Column("present", sa.JSON(), nullable=False, server_default="[]"))
        batch_op.add_column(sa.Column("minutes", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("version", sa.Integer(), server_default="1", nullable=False))
        batch_op.alter_column("held_at", existing_type=sa.BIGINT(), nullable=True)
        batch_op.create_index(
            "uq_meetings_open_agenda",
            ["unit"],
            unique=True,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        )

    with op.batch_alter_table("meeting_matters", schema=None) as batch_op:
        batch_op.add_column(sa.Column("origin", sa.String(length=16), nullable=False, server_default="own"))
        batch_op.add_column(sa.Column("resolution", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("lead", sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column("due_at", Instant(), nullable=True))
        batch_op.add_column(sa.Column("ledger", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("feedback", sa.Text(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("fed_back_at", Instant(), nullable=True))
        batch_op.alter_column("outcome", existing_type=sa.VARCHAR(length=24), nullable=True)
        batch_op.create_index(batch_op.f("ix_meeting_matters_from_matter"), ["from_matter"], unique=False)
        batch_op.create_index(batch_op.f("ix_meeting_matters_ticket_id"), ["ticket_id"], unique=False)
    if lifted:
        op.get_bind().execute(sa.insert(LIFTED), lifted)
    op.execute("UPDATE meetings SET closed_at = held_at")

    with op.batch_alter_table("tickets", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("limit_around", sa.Boolean(), server_default=sa.text("false"), nullable=False)
        )
        batch_op.add_column(sa.Column("handle_by", Instant(), nullable=True))
        batch_op.add_column(sa.Column("thrice_at", Instant(), nullable=True))
        batch_op.add_column(sa.Column("wake_at", Instant(), nullable=True))
        batch_op.add_column(sa.Column("stage", sa.Integer(), server_default="1", nullable=False))
        batch_op.add_column(sa.Column("card", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("returns", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("extensions", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("asked", sa.String(length=16), nullable=True))
        batch_op.add_column(sa.Column("asked_s", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("review_at", Instant(), nullable=True))
        batch_op.add_column(sa.Column("raised_in", sa.String(length=64), nullable=True))
        batch_op.add_column(
            sa.Column("parent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.add_column(
            sa.Column("duplicate_of", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True)
        )
        batch_op.add_column(sa.Column("queue", sa.String(length=16), nullable=True))
        batch_op.create_index("ix_tickets_handle_by", ["handle_by"], unique=False)
        batch_op.create_index(
            "ix_tickets_open_category",
            ["category", "opened_at"],
            unique=False,
            sqlite_where=sa.text("open = 1"),
            postgresql_where=sa.text("open"),
        )
        batch_op.create_index(
            "ix_tickets_open_wake",
            ["wake_at"],
            unique=False,
            sqlite_where=sa.text("open = 1"),
            postgresql_where=sa.text("open"),
        )
        batch_op.create_index("ix_tickets_duplicate_of", ["duplicate_of"], unique=False)
        batch_op.create_index("ix_tickets_parent", ["parent_id"], unique=False)

    op.execute("UPDATE tickets SET handle_by = due_at, wake_at = CASE WHEN live THEN warn_at END")

    op.create_table(
        "sweeps",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("did", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sweeps")),
    )
    op.create_table(
        "cards",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ticket_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("stage", sa.Integer(), nullable=False),
        sa.Column("rule", sa.String(length=24), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_cards_ticket_id_tickets")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cards")),
        sa.UniqueConstraint(
            "ticket_id", "cycle", "stage", "rule", name=op.f("uq_cards_ticket_id_cycle_stage_rule")
        ),
    )
    with op.batch_alter_table("cards", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_cards_at"), ["at"], unique=False)

    op.create_table(
        "inbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("post", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("ticket_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("meeting_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("n", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["meeting_id"], ["meetings.id"], name=op.f("fk_inbox_meeting_id_meetings")),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_inbox_ticket_id_tickets")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
    )
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_inbox_post_id"), ["post", "id"], unique=False)

    op.create_table(
        "inbox_seen",
        sa.Column("account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("upto", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_inbox_seen_account_id_accounts")
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_inbox_seen")),
    )
    op.create_table(
        "photos",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ticket_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("move", sa.String(length=32), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_photos_ticket_id_tickets")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photos")),
    )
    with op.batch_alter_table("photos", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_photos_ticket_id"), ["ticket_id"], unique=False)

    op.create_table(
        "ratings",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("ticket_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("cycle", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("until_at", Instant(), nullable=False),
        sa.Column("grade", sa.Integer(), nullable=True),
        sa.Column("channel", sa.String(length=16), nullable=True),
        sa.Column("rated_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_ratings_ticket_id_tickets")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ratings")),
        sa.UniqueConstraint("ticket_id", "cycle", name=op.f("uq_ratings_ticket_id_cycle")),
        sa.UniqueConstraint("token", name=op.f("uq_ratings_token")),
    )
    with op.batch_alter_table("ratings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ratings_asked_at"), ["asked_at"], unique=False)


def downgrade() -> None:
    raise NotImplementedError("a ticket's whole life does not fit the first schema; restore a backup instead")
