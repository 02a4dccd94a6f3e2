"""The tables. One schema for SQLite and PostgreSQL; migrations in ``storage/migrations`` bring a database here.

Geometry is WKB in EPSG:4326, opaque to this room. Times are UTC. What names a resident lies in
``ticket_words`` and ``notes`` alone and can be erased there.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)
from sqlalchemy.types import TypeEngine


class Instant(TypeDecorator[datetime]):
    """A moment in UTC: ``timestamptz`` on PostgreSQL, whole microseconds since 1970 on SQLite."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        kind: TypeEngine[Any] = DateTime(timezone=True) if dialect.name == "postgresql" else BigInteger()
        return dialect.type_descriptor(kind)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone is no moment")
        return value if dialect.name == "postgresql" else microseconds(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if isinstance(value, datetime):
            return value.astimezone(UTC)
        seconds, micros = divmod(int(value), 1_000_000)
        return datetime.fromtimestamp(seconds, UTC).replace(microsecond=micros)


def microseconds(moment: datetime) -> int:
    """Whole microseconds since 1970."""
    since = moment - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


Id = BigInteger().with_variant(Integer, "sqlite")
Code = String(64)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

facts = Table(
    "facts", metadata,
    Column("key", String(64), primary_key=True),
    Column("value", JSON, nullable=False),
)  # fmt: skip
"""Single facts of the city: its name, whether it is a demo, the revision that opened programs watch."""

# --- the ground: plans, grids, units -------------------------------------------------------------------

plans = Table(
    "plans", metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(200), nullable=False, unique=True),
    Column("state", String(16), nullable=False),
    Column("from_at", Instant),
    Column("based_on", Id, ForeignKey("plans.id")),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("content_hash", String(64), nullable=False, server_default=""),
    Column("created_at", Instant, nullable=False),
    Column("made_by", Id),
    Column("sent_by", Id),
    Column("approved_by", Id),
    Column("retired_at", Instant),
    Column("units_hash", String(64), nullable=False, server_default=""),
    Column("marks", JSON, nullable=False, server_default="{}"),
)  # fmt: skip
"""A plan and where it is in its life. ``units_hash`` names the ground it was drawn on; ``marks`` are its locks, the
compounds it may split and why, where heads go, and which code came from which. What was done to it are events of
the stream ``p:<id>``."""

streets = Table(
    "streets", metadata,
    Column("code", Code, primary_key=True),
    Column("name", Text, nullable=False),
)  # fmt: skip

grids = Table(
    "grids", metadata,
    Column("plan_id", Id, ForeignKey("plans.id"), primary_key=True),
    Column("code", Code, primary_key=True),
    Column("level", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("parent", Code),
    Column("households", Integer),
    Column("units", Integer, nullable=False, server_default="0"),
    Column("geometry", LargeBinary, nullable=False),
)  # fmt: skip

compounds = Table(
    "compounds", metadata,
    Column("code", Code, primary_key=True),
    Column("name", Text, nullable=False),
)  # fmt: skip

units = Table(
    "units", metadata,
    Column("code", Code, primary_key=True),
    Column("kind", String(24), nullable=False),
    Column("compound", Code),
    Column("building", Text),
    Column("address", Text, nullable=False, server_default=""),
    Column("households", Integer, nullable=False, server_default="0"),
    Column("geometry", LargeBinary, nullable=False),
)  # fmt: skip

assignments = Table(
    "assignments", metadata,
    Column("plan_id", Id, ForeignKey("plans.id"), primary_key=True),
    Column("unit", Code, primary_key=True),
    Column("grid", Code, nullable=False),
)  # fmt: skip

crosswalk = Table(
    "crosswalk", metadata,
    Column("plan_id", Id, ForeignKey("plans.id"), primary_key=True),
    Column("ticket_id", Id, primary_key=True),
    Column("level1", Code),
    Column("level2", Code),
    Column("level3", Code),
)  # fmt: skip
"""Where a ticket that had ended before a redraw would lie after it: only those whose grid changed have a row, one each."""

Index("ix_crosswalk_ticket_id", crosswalk.c.ticket_id)
for level in ("level1", "level2", "level3"):
    Index(f"ix_crosswalk_{level}", crosswalk.c[level])

base_features = Table(
    "base_features", metadata,
    Column("id", Id, primary_key=True),
    Column("kind", String(24), nullable=False),
    Column("name", Text, nullable=False, server_default=""),
    Column("geometry", LargeBinary, nullable=False),
)  # fmt: skip
"""The quiet base of the map – water, roads, parks, compounds, buildings – in drawing order."""

tiles = Table(
    "tiles", metadata,
    Column("ground", String(64), primary_key=True),
    Column("zoom", Integer, primary_key=True, autoincrement=False),
    Column("bundle", Integer, primary_key=True, autoincrement=False),
    Column("body", LargeBinary, nullable=False),
)  # fmt: skip
"""Outlines of a level with many grids in bundles, as browsers draw them from a zoom on; ``ground`` names their content, so
a row never changes. What stands under a zoom below 0 is about the whole level: see ``storage/tiles.py``."""

# --- people ----------------------------------------------------------------------------------------------

departments = Table(
    "departments", metadata,
    Column("code", Code, primary_key=True),
    Column("name", Text, nullable=False),
    Column("name_en", Text, nullable=False, server_default=""),
    Column("demo", Boolean, nullable=False, server_default=text("false")),
)  # fmt: skip

department_links = Table(
    "department_links", metadata,
    Column("department", Code, ForeignKey("departments.code"), primary_key=True),
    Column("community", Code, nullable=False, index=True),
)  # fmt: skip

leaders = Table(
    "leaders", metadata,
    Column("id", Id, primary_key=True),
    Column("name", Text, nullable=False),
    Column("title", Text, nullable=False, server_default=""),
    Column("community", Code, nullable=False),
    Column("demo", Boolean, nullable=False, server_default=text("false")),
)  # fmt: skip

organisations = Table(
    "organisations", metadata,
    Column("grid", Code, primary_key=True),
    Column("name", Text, nullable=False),
    Column("kind", String(24), nullable=False),
)  # fmt: skip

heads = Table(
    "heads", metadata,
    Column("id", Id, primary_key=True),
    Column("grid", Code, nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("title", Text, nullable=False, server_default=""),
    Column("work_phone", String(32), nullable=False, server_default=""),
    Column("duties", Text, nullable=False, server_default=""),
    Column("since", Instant),
    Column("until", Instant),
    Column("demo", Boolean, nullable=False, server_default=text("false")),
    Column("photo", LargeBinary),
)  # fmt: skip
"""Who heads a grid, in terms; public by rule (公示). A grid without a running term is a vacancy."""

accounts = Table(
    "accounts", metadata,
    Column("id", Id, primary_key=True),
    Column("login", String(64), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("role", String(24), nullable=False),
    Column("area", Code, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("disabled", Boolean, nullable=False, server_default=text("false")),
    Column("demo", Boolean, nullable=False, server_default=text("false")),
    Column("created_at", Instant, nullable=False),
    Column("subject", String(255)),
    Column("must_change", Boolean, nullable=False, server_default=text("false")),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("locked_until", Instant),
    Index("uq_accounts_subject", "subject", unique=True),
)  # fmt: skip
"""``subject`` is how the city's own sign-in service names this person; ``failures`` counts wrong passwords in a row."""

sessions = Table(
    "sessions", metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("account_id", Id, ForeignKey("accounts.id"), nullable=False, index=True),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
)  # fmt: skip

walls = Table(
    "walls", metadata,
    Column("id", Id, primary_key=True),
    Column("name", Text, nullable=False),
    Column("area", Code, nullable=False),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("created_at", Instant, nullable=False),
    Column("seen_at", Instant),
    Column("revoked_at", Instant),
)  # fmt: skip
"""Read-only links for wall screens: whoever has the token sees aggregates of the area, until it is revoked."""

saved_views = Table(
    "saved_views", metadata,
    Column("id", Id, primary_key=True),
    Column("account_id", Id, ForeignKey("accounts.id"), nullable=False),
    Column("name", String(64), nullable=False),
    Column("query", Text, nullable=False),
    UniqueConstraint("account_id", "name"),
)  # fmt: skip
"""Filters of the desk that a person keeps under a name; ``query`` is the address's own."""

# --- tickets -------------------------------------------------------------------------------------------

tickets = Table(
    "tickets", metadata,
    Column("id", Id, primary_key=True),
    Column("no", String(64), nullable=False, unique=True),
    Column("once", String(128), unique=True),
    Column("state", String(24), nullable=False),
    Column("open", Boolean, nullable=False),
    Column("holder", Code, nullable=False),
    Column("level1", Code),
    Column("level2", Code),
    Column("level3", Code),
    Column("lng", Float(53)),
    Column("lat", Float(53)),
    Column("category", Code, nullable=False),
    Column("urgent", Boolean, nullable=False),
    Column("source", String(24), nullable=False),
    Column("address", Text, nullable=False, server_default=""),
    Column("opened_at", Instant, nullable=False),
    Column("stage_since", Instant, nullable=False),
    Column("warn_at", Instant),
    Column("due_at", Instant),
    Column("provisional", Boolean, nullable=False, server_default=text("false")),
    Column("limit_s", Integer),
    Column("limit_around", Boolean, nullable=False, server_default=text("false")),
    Column("handle_by", Instant),
    Column("thrice_at", Instant),
    Column("wake_at", Instant),
    Column("stage", Integer, nullable=False, server_default="1"),
    Column("card", Integer, nullable=False, server_default="0"),
    Column("lead", Code),
    Column("returns", Integer, nullable=False, server_default="0"),
    Column("extensions", Integer, nullable=False, server_default="0"),
    Column("asked", String(16)),
    Column("asked_s", Integer),
    Column("review_at", Instant),
    Column("handled_at", Instant),
    Column("on_time", Boolean),
    Column("closed_at", Instant),
    Column("outcome", String(24)),
    Column("satisfied", Boolean),
    Column("cycle", Integer, nullable=False, server_default="1"),
    Column("rework", Integer, nullable=False, server_default="0"),
    Column("live", Boolean, nullable=False, server_default=text("true")),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("raised_by", Id),
    Column("raised_in", Code),
    Column("parent_id", Id),
    Column("duplicate_of", Id),
    Column("queue", String(16)),
)  # fmt: skip

OPEN_IN: dict[str, Any] = {"sqlite_where": text("open = 1"), "postgresql_where": text("open")}
"""How each database writes that a ticket is open, as its planner recognises it in our queries."""

ENDED_IN: dict[str, Any] = {"sqlite_where": text("open IS 0"), "postgresql_where": text("open IS FALSE")}
"""The same for one that ended."""

for level in ("level1", "level2", "level3"):
    # ``open`` itself is in the index, or SQLite would look into every row to see it.
    # Covering: the load of every grid is read from this index alone, however many tickets are closed.
    Index(
        f"ix_tickets_open_{level}", tickets.c[level], tickets.c.due_at, tickets.c.warn_at, tickets.c.id, tickets.c.open,
        **OPEN_IN,
    )  # fmt: skip
    Index(f"ix_tickets_{level}_opened", tickets.c[level], tickets.c.opened_at)
    Index(
        f"ix_tickets_ended_{level}", tickets.c[level], tickets.c.closed_at, tickets.c.id, tickets.c.category,
        tickets.c.open, **ENDED_IN,
    )  # fmt: skip
Index("ix_tickets_open_holder", tickets.c.holder, tickets.c.due_at, **OPEN_IN)
Index("ix_tickets_open_lead", tickets.c.lead, tickets.c.due_at, **OPEN_IN)
Index("ix_tickets_open_raised_in", tickets.c.raised_in, **OPEN_IN)
Index("ix_tickets_open_asked", tickets.c.asked, **OPEN_IN)
Index("ix_tickets_open_wake", tickets.c.wake_at, **OPEN_IN)
Index("ix_tickets_open_category", tickets.c.category, tickets.c.opened_at, **OPEN_IN)
Index("ix_tickets_open_due", tickets.c.due_at, tickets.c.warn_at, tickets.c.id, tickets.c.open, **OPEN_IN)
for name in ("lead", "category"):
    Index(
        f"ix_tickets_ended_{name}",
        tickets.c[name],
        tickets.c.closed_at,
        tickets.c.id,
        tickets.c.open,
        **ENDED_IN,
    )
# Few tickets have one: the others need no place in these.
for kin in ("parent_id", "duplicate_of"):
    there = text(f"{kin} IS NOT NULL")
    Index(f"ix_tickets_{kin}", tickets.c[kin], sqlite_where=there, postgresql_where=there)
# Covering: a month of a city's work is counted from these alone.
Index(
    "ix_tickets_handle_by",
    *(
        tickets.c[n]
        for n in ("handle_by", "level1", "lead", "state", "outcome", "handled_at", "on_time", "rework")
    ),
    *(tickets.c[n] for n in ("stage_since", "parent_id")),
)
Index("ix_tickets_opened_at", tickets.c.opened_at, tickets.c.level1, tickets.c.lead, tickets.c.category)
Index("ix_tickets_handled_at", tickets.c.handled_at, tickets.c.on_time, tickets.c.level1, tickets.c.lead)
Index("ix_tickets_closed_at", tickets.c.closed_at, tickets.c.id)

imported_categories = Table(
    "imported_categories", metadata,
    Column("code", Code, primary_key=True),
    Column("name", Text, nullable=False),
)  # fmt: skip
"""Categories that came with imported tickets and that the rules do not know, under the names they came with."""

ticket_words = Table(
    "ticket_words", metadata,
    Column("ticket_id", Id, ForeignKey("tickets.id"), primary_key=True),
    Column("description", Text, nullable=False, server_default=""),
    Column("reporter", Text, nullable=False, server_default=""),
    Column("phone", Text, nullable=False, server_default=""),
)  # fmt: skip

search_stretches = Table(
    "search_stretches", metadata,
    Column("first", Id, primary_key=True, autoincrement=False),
    Column("last", Id, nullable=False),
)  # fmt: skip
"""Stretches of tickets, by their ids, whose texts can be found by their pairs of characters."""

search_grams = Table(
    "search_grams", metadata,
    Column("stretch", Id, primary_key=True, autoincrement=False),
    Column("gram", BigInteger, primary_key=True, autoincrement=False),
    Column("tickets", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)  # fmt: skip
"""Which tickets of a stretch have a pair of characters. These are people's words too: they are erased with them."""

events = Table(
    "events", metadata,
    Column("id", Id, primary_key=True),
    Column("stream", String(40), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("by", Id),
    Column("facts", Text, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    UniqueConstraint("stream", "seq"),
)  # fmt: skip
"""Append-only. ``facts`` is canonical JSON text: the hash is over exactly these characters."""

notes = Table(
    "notes", metadata,
    Column("event_id", Id, ForeignKey("events.id"), primary_key=True),
    Column("text", Text, nullable=False),
    Column("salt", String(32), nullable=False),
)  # fmt: skip

cards = Table(
    "cards", metadata,
    Column("id", Id, primary_key=True),
    Column("ticket_id", Id, ForeignKey("tickets.id"), nullable=False),
    Column("cycle", Integer, nullable=False),
    Column("stage", Integer, nullable=False),
    Column("rule", String(24), nullable=False),
    Column("at", Instant, nullable=False),
    Column("by", Id),
    UniqueConstraint("ticket_id", "cycle", "stage", "rule"),
    Index(None, "at"),
)  # fmt: skip
"""What the clock did once, and supervision by people: the unique key makes a sweep that runs twice do nothing."""

ratings = Table(
    "ratings", metadata,
    Column("id", Id, primary_key=True),
    Column("ticket_id", Id, ForeignKey("tickets.id"), nullable=False),
    Column("cycle", Integer, nullable=False),
    Column("token", String(64), nullable=False, unique=True),
    Column("asked_at", Instant, nullable=False, index=True),
    Column("until_at", Instant, nullable=False),
    Column("grade", Integer),
    Column("channel", String(16)),
    Column("rated_at", Instant),
    UniqueConstraint("ticket_id", "cycle"),
    Index(None, "rated_at", "grade", "ticket_id"),
)  # fmt: skip
"""The public is asked once for each cycle; ``grade`` is 1 (very dissatisfied) to 5 (very satisfied)."""

photos = Table(
    "photos", metadata,
    Column("id", Id, primary_key=True),
    Column("ticket_id", Id, ForeignKey("tickets.id"), nullable=False, index=True),
    Column("move", String(32), nullable=False),
    Column("at", Instant, nullable=False),
    Column("body", LargeBinary, nullable=False),
)  # fmt: skip
"""JPEG pictures beside a move: upright, small, without the camera's own data."""

inbox = Table(
    "inbox", metadata,
    Column("id", Id, primary_key=True),
    Column("post", Code, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("at", Instant, nullable=False),
    Column("ticket_id", Id, ForeignKey("tickets.id")),
    Column("meeting_id", Id, ForeignKey("meetings.id")),
    Column("n", Integer, nullable=False, server_default="1"),
    Index(None, "post", "id"),
)  # fmt: skip
"""What a post – a grid, a street, the city office, a department, the leaders – was told. ``n`` tickets at once."""

inbox_seen = Table(
    "inbox_seen", metadata,
    Column("account_id", Id, ForeignKey("accounts.id"), primary_key=True),
    Column("upto", Id, nullable=False),
)  # fmt: skip

anchors = Table(
    "anchors", metadata,
    Column("id", Id, primary_key=True),
    Column("day", String(10), nullable=False, unique=True),
    Column("at", Instant, nullable=False),
    Column("upto", Id, nullable=False),
    Column("events", Integer, nullable=False),
    Column("digest", String(64), nullable=False),
)  # fmt: skip
"""Once a day: a digest over the anchor before it and the hash of every event since, up to the event ``upto``."""

report_links = Table(
    "report_links", metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("ticket_id", Id, ForeignKey("tickets.id"), nullable=False, index=True),
    Column("created_at", Instant, nullable=False),
)  # fmt: skip
"""By which a resident who reported follows their own report."""

snapshots = Table(
    "snapshots", metadata,
    Column("day", String(10), primary_key=True),
    Column("taken_at", Instant, nullable=False),
    Column("with_overdue", Boolean, nullable=False),
)  # fmt: skip
"""A day of the city (its own date) whose loads at midnight are kept; those of a day made up later lack what was overdue."""

snapshot_loads = Table(
    "snapshot_loads", metadata,
    Column("day", String(10), ForeignKey("snapshots.day"), primary_key=True),
    Column("grid", Code, primary_key=True),
    Column("level", Integer, nullable=False),
    Column("open", Integer, nullable=False),
    Column("overdue", Integer),
)  # fmt: skip
"""Grids with open tickets at the end of a day; every other had none."""

sweeps = Table(
    "sweeps", metadata,
    Column("id", Id, primary_key=True),
    Column("at", Instant, nullable=False),
    Column("did", JSON, nullable=False),
)  # fmt: skip
"""What each sweep did that did anything, by kind."""

COUNTED = ("raised", "on_the_spot", "settled", "timed", "timely", "handled", "overdue", "on_time", "reworked", "asked", "rated",
           "satisfied", "answered", "liked")  # fmt: skip
"""What is counted of a day; ``storage/days.py`` says what counts."""

day_counts = Table(
    "day_counts", metadata,
    Column("grain", Integer, primary_key=True, autoincrement=False),
    Column("place", Code, primary_key=True),
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("lead", Code, primary_key=True),
    Column("part", Boolean, primary_key=True, autoincrement=False),
    Column("level1", Code, primary_key=True),
    Column("level2", Code, primary_key=True),
    *(Column(name, Integer, nullable=False, server_default="0") for name in COUNTED),
    Index("ix_day_counts_day", "grain", "day", "place"),
    sqlite_with_rowid=False,
)  # fmt: skip
"""What happened on each day, for each grid of a level (``place``) and department, as far as a grain keeps them apart;
``""`` where it does not, or where there is none. ``part`` is what departments have of a whole. Made from the tickets."""

day_changes = Table(
    "day_changes", metadata,
    Column("ticket_id", Id, nullable=False),
    Column("day", Integer, nullable=False),
    *(Column(name, Code, nullable=False) for name in ("level1", "level2", "level3", "lead")),
    Column("part", Boolean, nullable=False),
    *(Column(name, Integer, nullable=False, server_default="0") for name in COUNTED),
)  # fmt: skip
"""What writes since took from days and added to them: to be added up into ``day_counts``."""

# --- meetings ------------------------------------------------------------------------------------------

meetings = Table(
    "meetings", metadata,
    Column("id", Id, primary_key=True),
    Column("tier", String(16), nullable=False),
    Column("unit", Code, nullable=False),
    Column("regular", Boolean, nullable=False),
    Column("state", String(16), nullable=False, server_default="closed"),
    Column("planned_at", Instant),
    Column("held_at", Instant),
    Column("closed_at", Instant),
    Column("title", Text, nullable=False, server_default=""),
    Column("present", JSON, nullable=False, server_default="[]"),
    Column("minutes", Text, nullable=False, server_default=""),
    Column("version", Integer, nullable=False, server_default="1"),
    Index(None, "unit", "held_at"),
)  # fmt: skip
"""A meeting is an open agenda (``state`` open) until it is closed with its minutes. ``present`` lists who came."""

Index(
    "uq_meetings_open_agenda", meetings.c.unit, unique=True,
    sqlite_where=text("state = 'open'"), postgresql_where=text("state = 'open'"),
)  # fmt: skip

meeting_matters = Table(
    "meeting_matters", metadata,
    Column("id", Id, primary_key=True),
    Column("meeting_id", Id, ForeignKey("meetings.id"), nullable=False, index=True),
    Column("from_matter", Id, ForeignKey("meeting_matters.id"), index=True),
    Column("ticket_id", Id, ForeignKey("tickets.id"), index=True),
    Column("title", Text, nullable=False),
    Column("origin", String(16), nullable=False, server_default="own"),
    Column("outcome", String(24)),
    Column("resolution", Text, nullable=False, server_default=""),
    Column("lead", Code),
    Column("due_at", Instant),
    Column("ledger", Text, nullable=False, server_default=""),
    Column("feedback", Text, nullable=False, server_default=""),
    Column("fed_back_at", Instant),
    Column("settled_at", Instant),
)  # fmt: skip
"""What a meeting discussed; ``from_matter`` is the lower meeting's matter that was moved up to it."""
