"""Any three characters of a number lead to its ticket; one statement tells where a text can be at all, one index what was rejected"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.search import seal

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
    for name, beside in (("lead", "category"), ("category", "level1")):
        op.drop_index(f"ix_tickets_ended_{name}", table_name="tickets")
        op.create_index(
            f"ix_tickets_ended_{name}",
            "tickets",
            [name, "closed_at", "id", beside, "open"],
            sqlite_where=sa.text("open IS 0"),
            postgresql_where=sa.text("open IS FALSE"),
        )
    # Sealed anew, as numbers were not cut into threes before.
    for table in ("search_grams", "search_stretches"):
        op.execute(f"DELETE FROM {table}")
    seal(op.get_bind())
