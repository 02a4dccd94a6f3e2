"""Keep who is who: accounts and their sign-ins, heads of grids, organisations, departments."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import ColumnElement, Connection, delete, insert, or_, select, update

from domain.people import Person, Role
from storage.facts import bump_revision
from storage.schema import accounts, departments, heads, organisations, sessions
from storage.schema import department_links as links

HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""argon2id with the parameters OWASP names first for it: 19 MiB, two passes, one lane."""

SIGNED_IN_FOR = timedelta(hours=12)


def hash_password(password: str) -> str:
    """An argon2id hash with its own salt."""
    return HASHER.hash(password)


@dataclass(frozen=True, slots=True)
class Account:
    """An account as an administrator sees it; never its password."""

    person: Person
    login: str
    disabled: bool


def add_account(
    connection: Connection, *, login: str, name: str, role: Role, area: str, password: str, now: datetime,
    demo: bool = False,
) -> int:  # fmt: skip
    """Add an account and give back its number."""
    account_id: int = connection.execute(
        insert(accounts)
        .values(
            login=login,
            name=name,
            role=role.value,
            area=area,
            password_hash=hash_password(password),
            demo=demo,
            created_at=now,
        )
        .returning(accounts.c.id)
    ).scalar_one()
    bump_revision(connection)
    return account_id


def all_accounts(connection: Connection) -> list[Account]:
    """Every account, by login."""
    rows = connection.execute(select(accounts).order_by(accounts.c.login))
    return [Account(Person(r.id, r.name, Role(r.role), r.area, r.demo), r.login, r.disabled) for r in rows]


def change_account(connection: Connection, login: str, **columns: object) -> bool:
    """Set columns of an account; False when there is none. What it was signed in to ends."""
    account_id = connection.scalar(select(accounts.c.id).where(accounts.c.login == login))
    if account_id is None:
        return False
    connection.execute(update(accounts).where(accounts.c.id == account_id).values(columns))
    connection.execute(delete(sessions).where(sessions.c.account_id == account_id))
    bump_revision(connection)
    return True


_NOBODY = hash_password(secrets.token_hex(16))


def check_password(connection: Connection, login: str, password: str) -> Person | None:
    """The person with this login and password, or None; an unknown login takes as long as a wrong password."""
    row = connection.execute(select(accounts).where(accounts.c.login == login)).first()
    try:
        HASHER.verify(row.password_hash if row else _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return None
    return Person(row.id, row.name, Role(row.role), row.area, row.demo) if row and not row.disabled else None


def open_session(connection: Connection, person: Person, now: datetime) -> str:
    """Sign a person in: the token goes into the cookie, only its hash is kept."""
    token = secrets.token_urlsafe(32)
    connection.execute(delete(sessions).where(sessions.c.expires_at < now))
    connection.execute(
        insert(sessions).values(
            token_hash=_hashed(token), account_id=person.id, created_at=now, expires_at=now + SIGNED_IN_FOR
        )
    )
    return token


def person_of_session(connection: Connection, token: str, now: datetime) -> Person | None:
    """Who is signed in with this token now."""
    row = connection.execute(
        select(accounts)
        .join_from(sessions, accounts, sessions.c.account_id == accounts.c.id)
        .where(
            sessions.c.token_hash == _hashed(token),
            sessions.c.expires_at > now,
            accounts.c.disabled.is_(False),
        )
    ).first()
    return Person(row.id, row.name, Role(row.role), row.area, row.demo) if row else None


def close_session(connection: Connection, token: str) -> None:
    """Sign out."""
    connection.execute(delete(sessions).where(sessions.c.token_hash == _hashed(token)))


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Head:
    """Who heads a grid: public by rule."""

    name: str
    title: str
    work_phone: str
    duties: str
    demo: bool


def head_of(connection: Connection, grid: str, now: datetime) -> Head | None:
    """The head whose term runs now, or None: a vacancy."""
    row = connection.execute(
        select(heads).where(heads.c.grid == grid, *_term_runs(now)).order_by(heads.c.since.desc())
    ).first()
    return Head(row.name, row.title, row.work_phone, row.duties, row.demo) if row else None


def organisation_of(connection: Connection, grid: str) -> str | None:
    """The Party organisation that sits on a grid."""
    return connection.scalar(select(organisations.c.name).where(organisations.c.grid == grid))


def department_names(connection: Connection) -> dict[str, tuple[str, str]]:
    """Each department's name, in Chinese and English."""
    rows = connection.execute(select(departments.c.code, departments.c.name, departments.c.name_en))
    return {row.code: (row.name, row.name_en or row.name) for row in rows}


def department_links(connection: Connection) -> dict[str, frozenset[str]]:
    """Which departments are linked to each community, also to one that no plan has a grid for."""
    found: dict[str, set[str]] = {}
    for row in connection.execute(select(links.c.community, links.c.department)):
        found.setdefault(row.community, set()).add(row.department)
    return {community: frozenset(codes) for community, codes in found.items()}


def staffed_departments(connection: Connection) -> frozenset[str]:
    """The departments in which somebody can sign in."""
    return frozenset(
        connection.scalars(
            select(accounts.c.area).where(
                accounts.c.role == Role.DEPARTMENT.value, accounts.c.disabled.is_(False)
            )
        )
    )


def headed_grids(connection: Connection, now: datetime) -> frozenset[str]:
    """The grids whose head's term runs now."""
    return frozenset(connection.scalars(select(heads.c.grid).where(*_term_runs(now))))


def _term_runs(now: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    begun = or_(heads.c.since.is_(None), heads.c.since <= now)
    return begun, or_(heads.c.until.is_(None), heads.c.until > now)


def account_names(connection: Connection, ids: Collection[int]) -> dict[int, str]:
    """The names to show for these accounts."""
    return {
        r.id: r.name
        for r in connection.execute(select(accounts.c.id, accounts.c.name).where(accounts.c.id.in_(ids)))
    }
