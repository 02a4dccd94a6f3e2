"""Leaders who answer for a community no more stay, with their visits; so do the grades that a year was settled at"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.schema.base import Id

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("leaders", sa.Column("gone", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.create_table(
        "grades",
        sa.Column("id", Id, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("member_id", Id, nullable=False),
        sa.Column("grid", sa.String(64)),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("activities", sa.Integer(), nullable=False),
        sa.Column("hours", sa.Float(precision=53), nullable=False),
        sa.Column("paired", sa.Integer(), nullable=False),
        sa.Column("problems", sa.Integer(), nullable=False),
        sa.Column("points", sa.Float(precision=53), nullable=False),
        sa.Column("grade", sa.String(24), nullable=False),
        sa.Column("formula", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["working_members.id"], name=op.f("fk_grades_member_id_working_members")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grades")),
        sa.UniqueConstraint("member_id", "year", name=op.f("uq_grades_member_id_year")),
    )
