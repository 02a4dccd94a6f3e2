"""Keep how the city's own sign-in service names people: an account's ``subject``."""

from __future__ import annotations

from sqlalchemy import Connection, select

from domain.people import Person, Role
from storage.people import Account
from storage.schema import accounts


def account_of_subject(connection: Connection, subject: str) -> Account | None:
    """The account that the service names so, or None."""
    row = connection.execute(select(accounts).where(accounts.c.subject == subject)).first()
    if row is None:
        return None
    return Account(Person(row.id, row.name, Role(row.role), row.area, row.demo), row.login, row.disabled)


def subjects(connection: Connection) -> dict[str, str]:
    """The subject of every login that has one."""
    found = select(accounts.c.login, accounts.c.subject).where(accounts.c.subject.is_not(None))
    return {row.login: row.subject for row in connection.execute(found)}
