"""Leaders who answer for a community no more stay, with their visits"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("leaders", sa.Column("gone", sa.Boolean(), server_default=sa.text("false"), nullable=False))
