"""Every day's work counted as it changes, so that a month of many tickets need not be counted anew"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.days import make_anew, make_triggers
from storage.schema import Id

revision = "0006"
down_revision = "0005"

COUNTED = ("raised", "on_the_spot", "settled", "timed", "timely", "handled", "overdue", "on_time", "reworked", "asked", "rated",
           "satisfied", "answered", "liked")  # fmt: skip


def upgrade() -> None:
    code = sa.String(length=64)
    op.create_table(
        "day_counts",
        sa.Column("grain", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("place", code, nullable=False),
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("lead", code, nullable=False),
        sa.Column("part", sa.Boolean(), autoincrement=False, nullable=False),
        sa.Column("level1", code, nullable=False),
        sa.Column("level2", code, nullable=False),
        *_counted(),
        sa.PrimaryKeyConstraint(
            "grain", "place", "day", "lead", "part", "level1", "level2", name=op.f("pk_day_counts")
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_day_counts_day", "day_counts", ["grain", "day", "place"])
    op.create_table(
        "day_changes",
        sa.Column("ticket_id", Id, nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        *(sa.Column(name, code, nullable=False) for name in ("level1", "level2", "level3", "lead")),
        sa.Column("part", sa.Boolean(), nullable=False),
        *_counted(),
    )
    make_anew(op.get_bind())
    make_triggers(op.get_bind())


def _counted() -> list[sa.Column[int]]:
    return [sa.Column(name, sa.Integer(), server_default="0", nullable=False) for name in COUNTED]
