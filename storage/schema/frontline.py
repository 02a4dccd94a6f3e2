"""The lists of the grids' work: one table for each, its columns the fields of its record (``domain/frontline``)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from domain.frontline.allowances import AllowanceState
from domain.frontline.assessment import Channel, RoundState
from domain.frontline.bodies import Function
from domain.frontline.grades import Grade
from domain.frontline.organisation import EntryKind, Side
from domain.frontline.outside import Kind, Party
from domain.frontline.pledges import NeedState, OrderState, Sort
from domain.frontline.visits import Follows, Learned
from storage.schema.base import Code, Day, Id, Instant, Named, Tuples, metadata


def _list(name: str, *columns: Any) -> Table:
    """A list: numbered rows, each with its version."""
    return Table(
        name, metadata, Column("id", Id, primary_key=True), Column("version", Integer, nullable=False), *columns
    )  # fmt: skip


def _flag(name: str) -> Column[bool]:
    return Column(name, Boolean, nullable=False, server_default=text("false"))


list_words = Table(
    "list_words", metadata,
    Column("list", String(24), primary_key=True),
    Column("row_id", Id, primary_key=True, autoincrement=False),
    Column("words", Text, nullable=False, server_default=""),
    Column("name", Text, nullable=False, server_default=""),
    Column("phone", Text, nullable=False, server_default=""),
)  # fmt: skip
"""What people said beside a row of a list and how they can be reached: personal data, to be erased."""

list_files = Table(
    "list_files", metadata,
    Column("list", String(24), primary_key=True),
    Column("row_id", Id, primary_key=True, autoincrement=False),
    Column("name", String(64), primary_key=True),
    Column("body", LargeBinary, nullable=False),
)  # fmt: skip
"""Pictures and papers that belong to a row of a list."""

# --- organisation -----------------------------------------------------------------------------------------

building_groups = _list(
    "building_groups",
    Column("grid", Code, nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("buildings", Tuples, nullable=False),
    Column("centres", Integer, nullable=False),
    _flag("gone"),
)

councils = _list(
    "councils",
    Column("grid", Code, nullable=False, index=True),
    Column("side", Named(Side), nullable=False),
    Column("post", Text, nullable=False),
    Column("holder", Text, nullable=False),
    Column("until", Day),
)

fund = _list(
    "fund",
    Column("grid", Code, nullable=False),
    Column("year", Integer, nullable=False),
    Column("kind", Named(EntryKind), nullable=False),
    Column("fen", Integer, nullable=False),
    Column("what", Text, nullable=False),
    Column("day", Day, nullable=False),
    _flag("has_receipt"),
    Column("reverses", Id),
    Index(None, "grid", "year"),
)

# --- visits, needs, resources, services -------------------------------------------------------------------

visits = _list(
    "visits",
    Column("grid", Code, nullable=False),
    Column("unit", Code),
    Column("at", Instant, nullable=False, index=True),
    Column("visitor", Id, nullable=False),
    Column("learned", Named(Learned), nullable=False),
    Column("follows", Named(Follows), nullable=False),
    Column("ticket_id", Id),
    Column("need_id", Id),
    _flag("withdrawn"),
    Index(None, "unit", "at"),
    Index(None, "grid", "at"),
)

needs = _list(
    "needs",
    Column("grid", Code, nullable=False, index=True),
    Column("sort", Named(Sort), nullable=False),
    Column("title", Text, nullable=False),
    Column("since", Day, nullable=False),
    Column("state", Named(NeedState), nullable=False, index=True),
    Column("resource_id", Id),
    Column("pledged_by", Code),
    Column("ended", Day),
)

resources = _list(
    "resources",
    Column("grid", Code, nullable=False, index=True),
    Column("sort", Named(Sort), nullable=False),
    Column("title", Text, nullable=False),
    Column("provider", Text, nullable=False),
    Column("department", Code),
    Column("most", Integer, nullable=False),
    Column("active", Boolean, nullable=False),
)

services = _list(
    "services",
    Column("grid", Code, nullable=False, index=True),
    Column("sort", Named(Sort), nullable=False),
    Column("title", Text, nullable=False),
    Column("provider", Text, nullable=False),
    Column("active", Boolean, nullable=False),
)

orders = _list(
    "orders",
    Column("service_id", Id, ForeignKey("services.id"), nullable=False),
    Column("grid", Code, nullable=False, index=True),
    Column("sort", Named(Sort), nullable=False),
    Column("ordered_at", Instant, nullable=False),
    Column("state", Named(OrderState), nullable=False, index=True),
    Column("taken_by", Id),
    Column("taken_at", Instant),
    Column("delivered_at", Instant),
    Column("grade", Integer),
    Column("ended_at", Instant),
    Column("link", String(64), unique=True),
)

# --- bodies and links --------------------------------------------------------------------------------------

bodies = _list(
    "bodies",
    Column("community", Code, nullable=False, unique=True),
    Column("name", Text, nullable=False),
)

body_units = _list(
    "body_units",
    Column("community", Code, nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("department", Code),
    Column("until", Day),
)

deeds = _list(
    "deeds",
    Column("community", Code, nullable=False, index=True),
    Column("unit", Text),
    Column("function", Named(Function), nullable=False),
    Column("year", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("fen", Integer, nullable=False),
    Column("done_on", Day),
)

branch_links = _list(
    "branch_links",
    Column("department", Code, nullable=False),
    Column("grid", Code, nullable=False, index=True),
    _flag("gone"),
    UniqueConstraint("department", "grid"),
)

leader_visits = _list(
    "leader_visits",
    Column("leader", Id, ForeignKey("leaders.id"), nullable=False, index=True),
    Column("community", Code, nullable=False),
    Column("day", Day, nullable=False),
    _flag("at_meeting"),
    Column("what", Text, nullable=False, server_default=""),
)

# --- working members -----------------------------------------------------------------------------------------

working_members = _list(
    "working_members",
    Column("department", Code, nullable=False),
    Column("home", Code),
    Column("branch", Code, index=True),
    Column("since", Day),
    Column("post", String(24)),
    Column("team", String(24)),
    Column("zone", String(24)),
    Column("study_group", String(64)),
    Column("paired", Integer, nullable=False),
    Column("until", Day),
    Column("number", String(64), nullable=False, server_default=""),
    Column("feedback", Integer),
    Index(None, "department", "number"),
)

activities = _list(
    "activities",
    Column("grid", Code, nullable=False, index=True),
    Column("title", Text, nullable=False),
    Column("begins", Instant, nullable=False),
    Column("hours", Float(53), nullable=False),
    Column("places", Integer, nullable=False),
    Column("team", String(24)),
    _flag("cancelled"),
)

sign_ups = _list(
    "sign_ups",
    Column("activity_id", Id, ForeignKey("activities.id"), nullable=False, index=True),
    Column("member_id", Id, ForeignKey("working_members.id"), nullable=False, index=True),
    Column("hours", Float(53)),
    _flag("withdrawn"),
    Column("settled", Integer, nullable=False, server_default="0"),
)

grades = _list(
    "grades",
    Column("member_id", Id, ForeignKey("working_members.id"), nullable=False),
    Column("grid", Code),
    Column("year", Integer, nullable=False),
    Column("activities", Integer, nullable=False),
    Column("hours", Float(53), nullable=False),
    Column("paired", Integer, nullable=False),
    Column("problems", Integer, nullable=False),
    Column("points", Float(53), nullable=False),
    Column("grade", Named(Grade), nullable=False),
    Column("formula", Tuples, nullable=False),
    UniqueConstraint("member_id", "year"),
)

# --- assessment and allowances --------------------------------------------------------------------------------

assessment = _list(
    "assessment",
    Column("year", Integer, nullable=False, unique=True),
    Column("opened_at", Instant, nullable=False),
    Column("links", Tuples, nullable=False),
    Column("state", Named(RoundState), nullable=False),
    Column("formula", Integer, nullable=False),
    Column("frozen_at", Instant),
    Column("inputs", String(64), nullable=False, server_default=""),
    Column("results", String(64), nullable=False, server_default=""),
)

assessment_answers = _list(
    "assessment_answers",
    Column("round_id", Id, ForeignKey("assessment.id"), nullable=False, index=True),
    Column("community", Code, nullable=False),
    Column("channel", Named(Channel), nullable=False),
    Column("at", Instant, nullable=False),
    Column("scores", Tuples, nullable=False),
    Column("by", Id),
)

assessment_links = _list(
    "assessment_links",
    Column("round_id", Id, ForeignKey("assessment.id"), nullable=False),
    Column("community", Code, nullable=False),
    Column("token", String(64), nullable=False, unique=True),
    _flag("used"),
    Index(None, "round_id", "community"),
)

allowances = _list(
    "allowances",
    Column("grid", Code, nullable=False),
    Column("head", Id, ForeignKey("heads.id"), nullable=False),
    Column("month", String(7), nullable=False, index=True),
    Column("formula", Integer, nullable=False),
    Column("lines", Tuples, nullable=False),
    Column("fen", Integer, nullable=False),
    Column("state", Named(AllowanceState), nullable=False),
    Column("approved_at", Instant),
    Column("approved_by", Id),
    Column("decided_by", Id),
    UniqueConstraint("head", "month"),
)

# --- the catch-all lists ----------------------------------------------------------------------------------------

outside = _list(
    "outside",
    Column("kind", Named(Kind), nullable=False),
    Column("name", Text, nullable=False),
    Column("address", Text, nullable=False, server_default=""),
    Column("grid", Code, index=True),
    Column("lng", Float(53)),
    Column("lat", Float(53)),
    Column("party", Named(Party), nullable=False),
    Column("people", Integer),
    _flag("gone"),
)
