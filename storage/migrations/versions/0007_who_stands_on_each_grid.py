"""The lists of the grids' work: who stands on each grid and what they do there"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.schema.base import Id, Instant

revision = "0007"
down_revision = "0006"

CODE = sa.String(64)


def upgrade() -> None:
    op.create_table(
        "activities",
        *_numbered(),
        sa.Column("grid", CODE, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("begins", Instant, nullable=False),
        sa.Column("hours", sa.Float(precision=53), nullable=False),
        sa.Column("places", sa.Integer(), nullable=False),
        sa.Column("team", sa.String(24)),
        _flag("cancelled"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activities")),
    )
    op.create_index("ix_activities_grid", "activities", ["grid"])

    op.create_table(
        "assessment",
        *_numbered(),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("opened_at", Instant, nullable=False),
        sa.Column("links", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("formula", sa.Integer(), nullable=False),
        sa.Column("frozen_at", Instant),
        sa.Column("inputs", CODE, server_default="", nullable=False),
        sa.Column("results", CODE, server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment")),
        sa.UniqueConstraint("year", name=op.f("uq_assessment_year")),
    )
    op.create_table(
        "bodies",
        *_numbered(),
        sa.Column("community", CODE, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bodies")),
        sa.UniqueConstraint("community", name=op.f("uq_bodies_community")),
    )
    op.create_table(
        "branch_links",
        *_numbered(),
        sa.Column("department", CODE, nullable=False),
        sa.Column("grid", CODE, nullable=False),
        _flag("gone"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_branch_links")),
        sa.UniqueConstraint("department", "grid", name=op.f("uq_branch_links_department_grid")),
    )
    op.create_index("ix_branch_links_grid", "branch_links", ["grid"])

    op.create_table(
        "building_groups",
        *_numbered(),
        sa.Column("grid", CODE, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("buildings", sa.JSON(), nullable=False),
        sa.Column("centres", sa.Integer(), nullable=False),
        _flag("gone"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_building_groups")),
    )
    op.create_index("ix_building_groups_grid", "building_groups", ["grid"])

    op.create_table(
        "councils",
        *_numbered(),
        sa.Column("grid", CODE, nullable=False),
        sa.Column("side", sa.String(24), nullable=False),
        sa.Column("post", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("until", sa.String(10)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_councils")),
    )
    op.create_index("ix_councils_grid", "councils", ["grid"])

    op.create_table(
        "fund",
        *_numbered(),
        sa.Column("grid", CODE, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("fen", sa.Integer(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        _flag("has_receipt"),
        sa.Column("reverses", Id),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fund")),
    )
    op.create_index("ix_fund_grid_year", "fund", ["grid", "year"])

    op.create_table(
        "list_files",
        sa.Column("list", sa.String(24), nullable=False),
        sa.Column("row_id", Id, autoincrement=False, nullable=False),
        sa.Column("name", CODE, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("list", "row_id", "name", name=op.f("pk_list_files")),
    )
    op.create_table(
        "list_words",
        sa.Column("list", sa.String(24), nullable=False),
        sa.Column("row_id", Id, autoincrement=False, nullable=False),
        sa.Column("words", sa.Text(), server_default="", nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("phone", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("list", "row_id", name=op.f("pk_list_words")),
    )
    op.create_table(
        "needs",
        *_numbered(),
        sa.Column("grid", CODE, nullable=False),
        sa.Column("sort", sa.String(24), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("since", sa.String(10), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("resource_id", Id),
        sa.Column("pledged_by", CODE),
        sa.Column("ended", sa.String(10)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_needs")),
    )
    op.create_index("ix_needs_grid", "needs", ["grid"])
    op.create_index("ix_needs_state", "needs", ["state"])

    op.create_table(
        "outside",
        *_numbered(),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), server_default="", nullable=False),
        sa.Column("grid", CODE),
        sa.Column("lng", sa.Float(precision=53)),
        sa.Column("lat", sa.Float(precision=53)),
        sa.Column("party", sa.String(24), nullable=False),
        sa.Column("people", sa.Integer()),
        _flag("gone"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outside")),
    )
    op.create_index("ix_outside_grid", "outside", ["grid"])

    op.create_table(
        "resources",
        *_numbered(),
        sa.Column("grid", CODE, nullable=False),
        sa.Column("sort", sa.String(24), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("department", CODE),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resources")),
    )
    op.create_index("ix_resources_grid", "resources", ["grid"])

    op.create_table(
        "services",
        *_numbered(),
        sa.Column("grid", CODE, nullable=False),
        sa.Column("sort", sa.String(24), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_services")),
    )
    op.create_index("ix_services_grid", "services", ["grid"])

    op.create_table(
        "visits",
        *_numbered(),
        sa.Column("grid", CODE, nullable=False),
        sa.Column("unit", CODE),
        sa.Column("at", Instant, nullable=False),
        sa.Column("visitor", Id, nullable=False),
        sa.Column("learned", sa.String(24), nullable=False),
        sa.Column("follows", sa.String(24), nullable=False),
        sa.Column("ticket_id", Id),
        sa.Column("need_id", Id),
        _flag("withdrawn"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visits")),
    )
    op.create_index("ix_visits_at", "visits", ["at"])
    op.create_index("ix_visits_grid_at", "visits", ["grid", "at"])
    op.create_index("ix_visits_unit_at", "visits", ["unit", "at"])

    op.create_table(
        "working_members",
        *_numbered(),
        sa.Column("department", CODE, nullable=False),
        sa.Column("home", CODE),
        sa.Column("branch", CODE),
        sa.Column("since", sa.String(10)),
        sa.Column("post", sa.String(24)),
        sa.Column("team", sa.String(24)),
        sa.Column("zone", sa.String(24)),
        sa.Column("study_group", CODE),
        sa.Column("paired", sa.Integer(), nullable=False),
        sa.Column("until", sa.String(10)),
        sa.Column("number", CODE, server_default="", nullable=False),
        sa.Column("feedback", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_working_members")),
    )
    op.create_index("ix_working_members_branch", "working_members", ["branch"])
    op.create_index("ix_working_members_department_number", "working_members", ["department", "number"])

    op.create_table(
        "allowances",
        *_numbered(),
        sa.Column("grid", CODE, nullable=False),
        sa.Column("head", Id, nullable=False),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("formula", sa.Integer(), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.Column("fen", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("approved_at", Instant),
        sa.Column("approved_by", Id),
        sa.Column("decided_by", Id),
        sa.ForeignKeyConstraint(["head"], ["heads.id"], name=op.f("fk_allowances_head_heads")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allowances")),
        sa.UniqueConstraint("head", "month", name=op.f("uq_allowances_head_month")),
    )
    op.create_index("ix_allowances_month", "allowances", ["month"])

    op.create_table(
        "assessment_answers",
        *_numbered(),
        sa.Column("round_id", Id, nullable=False),
        sa.Column("community", CODE, nullable=False),
        sa.Column("channel", sa.String(24), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("scores", sa.JSON(), nullable=False),
        sa.Column("by", Id),
        sa.ForeignKeyConstraint(
            ["round_id"], ["assessment.id"], name=op.f("fk_assessment_answers_round_id_assessment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment_answers")),
    )
    op.create_index("ix_assessment_answers_round_id", "assessment_answers", ["round_id"])

    op.create_table(
        "assessment_links",
        *_numbered(),
        sa.Column("round_id", Id, nullable=False),
        sa.Column("community", CODE, nullable=False),
        sa.Column("token", CODE, nullable=False),
        _flag("used"),
        sa.ForeignKeyConstraint(
            ["round_id"], ["assessment.id"], name=op.f("fk_assessment_links_round_id_assessment")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assessment_links")),
        sa.UniqueConstraint("token", name=op.f("uq_assessment_links_token")),
    )
    op.create_index("ix_assessment_links_round_id_community", "assessment_links", ["round_id", "community"])

    op.create_table(
        "body_units",
        *_numbered(),
        sa.Column("community", CODE, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("department", CODE),
        sa.Column("until", sa.String(10)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_body_units")),
    )
    op.create_index("ix_body_units_community", "body_units", ["community"])

    op.create_table(
        "leader_visits",
        *_numbered(),
        sa.Column("leader", Id, nullable=False),
        sa.Column("community", CODE, nullable=False),
        sa.Column("day", sa.String(10), nullable=False),
        _flag("at_meeting"),
        sa.Column("what", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["leader"], ["leaders.id"], name=op.f("fk_leader_visits_leader_leaders")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leader_visits")),
    )
    op.create_index("ix_leader_visits_leader", "leader_visits", ["leader"])

    op.create_table(
        "orders",
        *_numbered(),
        sa.Column("service_id", Id, nullable=False),
        sa.Column("grid", CODE, nullable=False),
        sa.Column("sort", sa.String(24), nullable=False),
        sa.Column("ordered_at", Instant, nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("taken_by", Id),
        sa.Column("taken_at", Instant),
        sa.Column("delivered_at", Instant),
        sa.Column("grade", sa.Integer()),
        sa.Column("ended_at", Instant),
        sa.Column("link", CODE),
        sa.ForeignKeyConstraint(["service_id"], ["services.id"], name=op.f("fk_orders_service_id_services")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
        sa.UniqueConstraint("link", name=op.f("uq_orders_link")),
    )
    op.create_index("ix_orders_grid", "orders", ["grid"])
    op.create_index("ix_orders_state", "orders", ["state"])

    op.create_table(
        "sign_ups",
        *_numbered(),
        sa.Column("activity_id", Id, nullable=False),
        sa.Column("member_id", Id, nullable=False),
        sa.Column("hours", sa.Float(precision=53)),
        _flag("withdrawn"),
        sa.Column("settled", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activities.id"], name=op.f("fk_sign_ups_activity_id_activities")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["working_members.id"], name=op.f("fk_sign_ups_member_id_working_members")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_ups")),
    )
    op.create_index("ix_sign_ups_activity_id", "sign_ups", ["activity_id"])
    op.create_index("ix_sign_ups_member_id", "sign_ups", ["member_id"])

    op.create_table(
        "deeds",
        *_numbered(),
        sa.Column("community", CODE, nullable=False),
        sa.Column("unit", sa.Text()),
        sa.Column("function", sa.String(24), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("fen", sa.Integer(), nullable=False),
        sa.Column("done_on", sa.String(10)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deeds")),
    )
    op.create_index("ix_deeds_community", "deeds", ["community"])


def _numbered() -> tuple[sa.Column[int], sa.Column[int]]:
    return sa.Column("id", Id, nullable=False), sa.Column("version", sa.Integer(), nullable=False)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), server_default=sa.text("false"), nullable=False)
