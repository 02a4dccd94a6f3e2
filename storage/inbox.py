"""Read what a post was told, and keep how far each account has read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, insert, select, update

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


def unread(connection: Connection, post: str, account_id: int) -> int:
    """How many entries of the post this account has not seen."""
    upto = seen_upto(connection, account_id)
    return (
        connection.scalar(
            select(func.count()).select_from(inbox).where(inbox.c.post == post, inbox.c.id > upto)
        )
        or 0
    )


def entries(connection: Connection, post: str, limit: int) -> list[Entry]:
    """What the post was told, newest first."""
    rows = connection.execute(
        select(
            inbox.c.id, inbox.c.kind, inbox.c.at, inbox.c.n, tickets.c.no, tickets.c.category, meetings.c.unit
        )
        .outerjoin(tickets, tickets.c.id == inbox.c.ticket_id)
        .outerjoin(meetings, meetings.c.id == inbox.c.meeting_id)
        .where(inbox.c.post == post)
        .order_by(inbox.c.id.desc())
        .limit(limit)
    )
    return [Entry(*row) for row in rows]


def keep_seen(connection: Connection, account_id: int, upto: int) -> None:
    """This account has seen everything up to an entry."""
    kept = connection.execute(
        update(inbox_seen).where(inbox_seen.c.account_id == account_id).values(upto=upto)
    )
    if not kept.rowcount:
        connection.execute(insert(inbox_seen).values(account_id=account_id, upto=upto))
