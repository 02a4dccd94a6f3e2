"""Read what a post was told, and keep how far each account has read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, case, func, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from storage.schema import inbox, inbox_seen, meetings, tickets


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing a post was told: about one ticket, ``n`` tickets at once, or a meeting of ``unit``."""

    id: int
    kind: str
    at: datetime
    n: int
    no: str | None
    category: str | None
    unit: str | None


def seen_upto(connection: Connection, account_id: int) -> int:
    """The last entry that this account has seen."""
    return connection.scalar(select(inbox_seen.c.upto).where(inbox_seen.c.account_id == account_id)) or 0


UPTO = select(inbox_seen.c.upto).where(inbox_seen.c.account_id == bindparam("account")).scalar_subquery()
UNREAD = (
    select(func.count())
    .select_from(inbox)
    .where(inbox.c.post == bindparam("post"), inbox.c.id > func.coalesce(UPTO, 0))
)


def unread(connection: Connection, post: str, account_id: int, below: int | None = None) -> int:
    """How many entries of the post this account has not seen; only those older than ``below`` when it is given."""
    asked = UNREAD if below is None else UNREAD.where(inbox.c.id < below)
    return connection.scalar(asked, {"post": post, "account": account_id}) or 0


def entries(connection: Connection, post: str, limit: int, below: int | None = None) -> list[Entry]:
    """What the post was told, newest first; only what is older than ``below`` when it is given."""
    found = (
        select(
            inbox.c.id, inbox.c.kind, inbox.c.at, inbox.c.n, tickets.c.no, tickets.c.category, meetings.c.unit
        )
        .outerjoin(tickets, tickets.c.id == inbox.c.ticket_id)
        .outerjoin(meetings, meetings.c.id == inbox.c.meeting_id)
        .where(inbox.c.post == post)
        .order_by(inbox.c.id.desc())
        .limit(limit)
    )
    rows = connection.execute(found if below is None else found.where(inbox.c.id < below))
    return [Entry(*row) for row in rows]


def newest(connection: Connection, post: str) -> int:
    """The number of the last entry that the post was told."""
    return connection.scalar(select(func.max(inbox.c.id)).where(inbox.c.post == post)) or 0


def keep_seen(connection: Connection, account_id: int, upto: int) -> None:
    """This account has seen everything up to an entry; what it had seen before stays seen."""
    made = (sqlite_insert if connection.dialect.name == "sqlite" else postgresql_insert)(inbox_seen)
    further = case((made.excluded.upto > inbox_seen.c.upto, made.excluded.upto), else_=inbox_seen.c.upto)
    connection.execute(
        made.values(account_id=account_id, upto=upto).on_conflict_do_update(
            index_elements=[inbox_seen.c.account_id], set_={"upto": further}
        )
    )
