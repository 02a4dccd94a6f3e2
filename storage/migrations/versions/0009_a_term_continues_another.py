"""A head's term says which one it continues, so that what a plan says of a person holds on"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.schema.base import Id

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("heads", sa.Column("first_term", Id))
