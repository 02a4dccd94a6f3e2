"""Any four characters of a number lead to its ticket, and an index tells how common they are; what can be found by text is found
anew, once for all earlier versions
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.schema import Id
from storage.search import seal

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.execute("DELETE FROM search_stretches")
    op.drop_table("search_grams")
    op.create_table(
        "search_grams",
        sa.Column("stretch", Id, autoincrement=False, nullable=False),
        sa.Column("gram", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("tickets", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("stretch", "gram", name=op.f("pk_search_grams")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_search_grams_gram_stretch_size"), "search_grams", ["gram", "stretch", "size"])
    if op.get_bind().dialect.name == "postgresql":
        # These are as short as they get: packing them again would only take time.
        op.execute("ALTER TABLE search_grams ALTER tickets SET STORAGE EXTERNAL")
    seal(op.get_bind())
