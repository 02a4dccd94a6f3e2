"""One index tells where a text can be at all, one what was rejected"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_index(op.f("ix_search_grams_gram_stretch"), "search_grams", ["gram", "stretch"])
    op.create_index(
        "ix_tickets_ended_otherwise",
        "tickets",
        ["state", "closed_at", "id", "level1", "level2", "level3", "lead", "category", "open"],
        sqlite_where=sa.text("open IS 0 AND state <> 'closed'"),
        postgresql_where=sa.text("open IS FALSE AND state <> 'closed'"),
    )
    for name, columns in (
        ("ix_tickets_ended_lead", ["lead", "closed_at", "id", "category", "open"]),
        ("ix_tickets_ended_category", ["category", "closed_at", "id", "level1", "open"]),
        ("ix_tickets_closed_at", ["closed_at", "id", "open"]),
    ):
        op.drop_index(name, table_name="tickets")
        op.create_index(
            name,
            "tickets",
            columns,
            sqlite_where=sa.text("open IS 0"),
            postgresql_where=sa.text("open IS FALSE"),
        )
