"""Keep who is who: accounts and their sign-ins, heads of grids, organisations, departments."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Row,
    Select,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from domain.links import hash_of
from domain.people import Person, Role
from storage.facts import bump_revision
from storage.schema import accounts, departments, heads, leaders, organisations, sessions
from storage.schema import department_links as links

HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""argon2id with the parameters OWASP names first for it: 19 MiB, two passes, one lane."""

SIGNED_IN_FOR = timedelta(hours=12)

VOUCHED = "v."
"""How the token begins of somebody for whom another service vouched: no password of ours was asked, none need be changed."""

TOKENS_AT_ONCE = 500
"""Sign-ins looked up by one statement: databases bound the number of parameters."""


def hash_password(password: str) -> str:
    """An argon2id hash with its own salt."""
    return HASHER.hash(password)


@dataclass(frozen=True, slots=True)
class Account:
    """An account as an administrator sees it; never its password."""

    person: Person
    login: str
    disabled: bool
    must_change: bool = False
    locked_until: datetime | None = None

    def is_locked(self, now: datetime) -> bool:
        """Is it locked because of wrong passwords?"""
        return self.locked_until is not None and self.locked_until > now


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a sign-in is checked against."""

    person: Person
    login: str
    password_hash: str
    disabled: bool
    must_change: bool
    failures: int
    locked_until: datetime | None


def add_account(
    connection: Connection, *, login: str, name: str, role: Role, area: str, password: str, now: datetime,
    demo: bool = False, must_change: bool = False,
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
            must_change=must_change,
            created_at=now,
        )
        .returning(accounts.c.id)
    ).scalar_one()
    bump_revision(connection)
    return account_id


def all_accounts(connection: Connection) -> list[Account]:
    """Every account, by login."""
    rows = connection.execute(select(accounts).order_by(accounts.c.login))
    return [Account(_person(r), r.login, r.disabled, r.must_change, r.locked_until) for r in rows]


def change_account(connection: Connection, login: str, **columns: object) -> bool:
    """Set columns of an account; False when there is none. What it was signed in to ends."""
    account_id = connection.scalar(select(accounts.c.id).where(accounts.c.login == login))
    if account_id is None:
        return False
    connection.execute(update(accounts).where(accounts.c.id == account_id).values(columns))
    connection.execute(delete(sessions).where(sessions.c.account_id == account_id))
    bump_revision(connection)
    return True


def end_sessions(connection: Connection, account_id: int) -> int:
    """Sign an account out everywhere; how many sign-ins that were."""
    return connection.execute(delete(sessions).where(sessions.c.account_id == account_id)).rowcount


_NOBODY = hash_password(secrets.token_hex(16))


def is_password(password_hash: str | None, password: str) -> bool:
    """Does the password fit? Takes as long where there is no account. 19 MiB each: let few run at once."""
    try:
        HASHER.verify(password_hash or _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None


def check_password(connection: Connection, login: str, password: str) -> Person | None:
    """The person with this login and password, or None; an unknown login takes as long as a wrong password."""
    known = credentials(connection, login)
    right = is_password(known.password_hash if known else None, password)
    return known.person if known and right and not known.disabled else None


def credentials(connection: Connection, login: str, *, to_change: bool = False) -> Credentials | None:
    """What a sign-in with this login is checked against; locked against others when it is read to be changed."""
    asked = select(accounts).where(accounts.c.login == login)
    row = connection.execute(asked.with_for_update() if to_change else asked).first()
    return _credentials(row) if row else None


def count_failure(
    connection: Connection, account_id: int, failures: int, locked_until: datetime | None
) -> None:
    """Keep how many wrong passwords there were in a row, and until when the account is locked for them."""
    new = {"failures": failures, "locked_until": locked_until}
    connection.execute(update(accounts).where(accounts.c.id == account_id).values(new))


def keep_password(connection: Connection, account_id: int, password_hash: str) -> None:
    """A person's own new password; nothing has to be changed any more."""
    new = {"password_hash": password_hash, "must_change": False, "failures": 0, "locked_until": None}
    connection.execute(update(accounts).where(accounts.c.id == account_id).values(new))


def demo_hashes(connection: Connection) -> list[str]:
    """The password hashes of the demo accounts that are enabled, the one that most of them share first."""
    rows = connection.execute(
        select(accounts.c.password_hash)
        .where(accounts.c.demo, accounts.c.disabled.is_(False))
        .group_by(accounts.c.password_hash)
        .order_by(func.count().desc())
    )
    return [row.password_hash for row in rows]


def _person(row: Row[Any]) -> Person:
    return Person(row.id, row.name, Role(row.role), row.area, row.demo)


def _credentials(row: Row[Any]) -> Credentials:
    return Credentials(
        _person(row), row.login, row.password_hash, row.disabled, row.must_change, row.failures, row.locked_until
    )  # fmt: skip


def open_session(connection: Connection, person: Person, now: datetime, *, vouched: bool = False) -> str:
    """Sign a person in: the token goes into the cookie, only its hash is kept – so that none can be made into a vouched one."""
    token = (VOUCHED if vouched else "") + secrets.token_urlsafe(32)
    connection.execute(delete(sessions).where(sessions.c.expires_at < now))
    connection.execute(
        insert(sessions).values(
            token_hash=hash_of(token), account_id=person.id, created_at=now, expires_at=now + SIGNED_IN_FOR
        )
    )
    return token


def person_of_session(connection: Connection, token: str, now: datetime) -> Person | None:
    """Who is signed in with this token now."""
    found = credentials_of_session(connection, token, now)
    return found.person if found else None


def credentials_of_session(connection: Connection, token: str, now: datetime) -> Credentials | None:
    """The account that is signed in with this token now."""
    row = connection.execute(_signed_in(), {"hashed": hash_of(token), "now": now}).first()
    return _credentials(row) if row else None


@cache
def _signed_in() -> Select[Any]:
    """Made once: everybody who asks for anything asks this first."""
    return (
        select(accounts)
        .join_from(sessions, accounts, sessions.c.account_id == accounts.c.id)
        .where(
            sessions.c.token_hash == bindparam("hashed"),
            sessions.c.expires_at > bindparam("now"),
            accounts.c.disabled.is_(False),
        )
    )


def ended_sessions(connection: Connection, tokens: Collection[str], now: datetime) -> set[str]:
    """Those of the tokens that sign nobody in any more."""
    hashed = {hash_of(token): token for token in tokens}
    keys, still = list(hashed), set[str]()
    for start in range(0, len(keys), TOKENS_AT_ONCE):
        rows = connection.execute(
            select(sessions.c.token_hash)
            .join_from(sessions, accounts, sessions.c.account_id == accounts.c.id)
            .where(
                sessions.c.token_hash.in_(keys[start : start + TOKENS_AT_ONCE]),
                sessions.c.expires_at > now,
                accounts.c.disabled.is_(False),
            )
        )
        still |= {row.token_hash for row in rows}
    return {token for key, token in hashed.items() if key not in still}


@dataclass(frozen=True, slots=True)
class SignedIn:
    """One sign-in of an account, as its owner sees it. ``here`` is the one that asks."""

    begun_at: datetime
    expires_at: datetime
    here: bool


def sessions_of(connection: Connection, account_id: int, token: str, now: datetime) -> list[SignedIn]:
    """Where an account is signed in, the newest first."""
    rows = connection.execute(
        select(sessions)
        .where(sessions.c.account_id == account_id, sessions.c.expires_at > now)
        .order_by(sessions.c.created_at.desc())
    )
    return [SignedIn(r.created_at, r.expires_at, r.token_hash == hash_of(token)) for r in rows]


def close_session(connection: Connection, token: str) -> None:
    """Sign out."""
    connection.execute(delete(sessions).where(sessions.c.token_hash == hash_of(token)))


@dataclass(frozen=True, slots=True)
class Head:
    """Who heads a grid: public by rule."""

    name: str
    title: str
    work_phone: str
    duties: str
    demo: bool
    has_photo: bool = False
    since: datetime | None = None


HEAD = (
    heads.c.name, heads.c.title, heads.c.work_phone, heads.c.duties, heads.c.demo,
    heads.c.photo.is_not(None).label("has_photo"), heads.c.since,
)  # fmt: skip
"""The columns of a :class:`Head`; the photo itself stays where it is."""


def head_of(connection: Connection, grid: str, now: datetime) -> Head | None:
    """The head whose term runs now, or None: a vacancy."""
    row = connection.execute(_head_asked(), {"grid": grid, "now": now}).first()
    return Head(*row) if row else None


@cache
def _head_asked() -> Select[Any]:
    runs = term_runs(bindparam("now"))
    return select(*HEAD).where(heads.c.grid == bindparam("grid"), *runs).order_by(heads.c.since.desc())


ORGANISATION = select(organisations.c.name).where(organisations.c.grid == bindparam("grid"))


def organisation_of(connection: Connection, grid: str) -> str | None:
    """The Party organisation that sits on a grid."""
    return connection.scalar(ORGANISATION, {"grid": grid})


def all_organisations(connection: Connection) -> dict[str, str]:
    """The Party organisation of every grid that has one."""
    rows = connection.execute(select(organisations.c.grid, organisations.c.name))
    return {row.grid: row.name for row in rows}


@dataclass(frozen=True, slots=True)
class Leader:
    """A leader of the city and the community they answer for: public, as heads are."""

    id: int
    name: str
    title: str
    community: str
    gone: bool = False
    """They answer for it no more."""


def all_leaders(connection: Connection) -> list[Leader]:
    """Every leader, also former ones, by number."""
    columns = (leaders.c.id, leaders.c.name, leaders.c.title, leaders.c.community, leaders.c.gone)
    rows = connection.execute(select(*columns).order_by(leaders.c.id))
    return [Leader(*row) for row in rows]


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
    return frozenset(connection.scalars(select(heads.c.grid).where(*term_runs(now))))


def term_runs(now: datetime | BindParameter[Any]) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """What holds of a head whose term runs now."""
    begun = or_(heads.c.since.is_(None), heads.c.since <= now)
    return begun, or_(heads.c.until.is_(None), heads.c.until > now)


def account_names(connection: Connection, ids: Collection[int]) -> dict[int, str]:
    """The names to show for these accounts."""
    return {
        r.id: r.name
        for r in connection.execute(select(accounts.c.id, accounts.c.name).where(accounts.c.id.in_(ids)))
    }
