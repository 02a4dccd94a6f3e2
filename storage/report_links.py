"""Keep by which links residents follow what they reported: the link's hash alone, never the link."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from domain.links import hash_of
from domain.tickets import Ticket
from storage.schema import report_links, tickets
from storage.tickets import ticket_from


def keep_link(connection: Connection, token: str, ticket_id: int, now: datetime) -> None:
    """Let this link lead to a ticket; the same link again changes nothing."""
    make = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    row = {"token_hash": hash_of(token), "ticket_id": ticket_id, "created_at": now}
    if behind_link(connection, token) is None:
        connection.execute(make(report_links).values(row).on_conflict_do_nothing())


def behind_link(connection: Connection, token: str) -> Ticket | None:
    """The ticket that a link leads to; None where nobody was given such a link."""
    row = connection.execute(
        select(tickets)
        .join_from(report_links, tickets, report_links.c.ticket_id == tickets.c.id)
        .where(report_links.c.token_hash == hash_of(token))
    ).first()
    return ticket_from(row) if row else None
