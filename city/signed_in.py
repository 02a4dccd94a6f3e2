"""Know who is behind a cookie, without asking the database at every step; sign in and out.

Whoever tries many passwords waits – the same for a name that nobody has, so that trying tells nothing of who has one.
In a browser where the account was let in before, only what is tried there counts: strangers lock nobody out of it.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from city.access import note_within
from city.known_browsers import mark_in
from city.opened import City
from domain.entering import Locked, failures_still, lock_after, password_lacks
from domain.people import Person, Role
from domain.said import Refused, said
from domain.tickets import without_commands
from storage import people
from storage.people import VOUCHED, Credentials, SignedIn

COOKIE = "redgrid"
KEPT = 2.0
"""Seconds for which an answer is kept: a sign-out elsewhere takes effect within this time."""

STRANGERS = 10_000
"""Names that nobody has, of which wrong passwords are counted; those tried longest ago are forgotten first."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Who is signed in; ``must_change``: the password first, and nothing else before."""

    person: Person
    must_change: bool = False


_known: dict[str, tuple[float, Entry | None]] = {}
_published: dict[str, bool] = {}
_lock = threading.Lock()


def remembered(token: str | None) -> tuple[Entry | None] | None:
    """The answer for a token when it is at hand, in a tuple of one; None when the database must be asked."""
    if not token:
        return (None,)
    with _lock:
        kept = _known.get(token)
    return (kept[1],) if kept and time.monotonic() - kept[0] < KEPT else None


def entry_of(city: City, token: str | None) -> Entry | None:
    """Who is signed in with this token, also when a new password must come first."""
    if answer := remembered(token):
        return answer[0]
    assert token is not None
    with city.database.glance() as connection:
        found = people.credentials_of_session(connection, token, city.now())
    asked_password = not token.startswith(VOUCHED)
    entry = Entry(found.person, asked_password and _must_change(city, found)) if found else None
    with _lock:
        if len(_known) > 10_000:
            _known.clear()
        _known[token] = (time.monotonic(), entry)
    return entry


def person_of(city: City, token: str | None) -> Person | None:
    """Who may act with this token."""
    entry = entry_of(city, token)
    return entry.person if entry and not entry.must_change else None


def ended(city: City, tokens: Collection[str]) -> set[str]:
    """Those of the tokens that sign nobody in any more, by one look at the database."""
    with city.database.glance() as connection:
        gone = people.ended_sessions(connection, tokens, city.now())
    _forget(gone)
    return gone


# --- signing in --------------------------------------------------------------------------------------------------


def sign_in(city: City, login: str, password: str, *, address: str = "", browser: str = "") -> str | None:
    """A new session's token, or None when login and password do not fit. Takes 19 MiB: let few run at once.

    ``browser`` is what the browser keeps of the accounts that were let in there.

    Raises:
        Locked: after too many wrong passwords, for a name that nobody has too.
        Busy: when it could not be kept or noted just now; then nobody is signed in.
    """
    login = without_commands(login)
    with city.database.read() as connection:
        seen = people.credentials(connection, login)
    mark = mark_in(city, browser, seen.person.id) if seen else ""
    failures, until = _counted(seen, login, mark)
    right = not _is_locked(until, city.now()) and people.is_password(
        seen.password_hash if seen else None, password
    )
    now = city.now()
    with city.database.write() as connection:
        # What others tried meanwhile counts, as if all had come one after the other.
        account = people.credentials(connection, login, to_change=True)
        failures, until = _counted(account, login, mark)
        locked = _is_locked(until, now)
        if account and seen and right and not locked and _may_enter(city, account, seen):
            if mark:
                _browsers.count(mark, 0, None)
            else:
                people.count_failure(connection, account.person.id, 0, None)
            token = people.open_session(connection, account.person, now)
            note_within(connection, city, "signed_in", by=account.person, address=address)
            return token
        if not locked:
            failures = failures_still(failures, until, now) + 1
            wait = lock_after(failures)
            until = now + wait if wait else None
            if mark:
                _browsers.count(mark, failures, until)
            elif account:
                people.count_failure(connection, account.person.id, failures, until)
        is_locked = until is not None and not mark
        _note_failure(connection, city, account, address, was_locked=locked, is_locked=is_locked)
    if account is None and not locked:
        _strangers.count(login, failures, until)
    if until is not None and until > now:
        raise Locked(until - now)
    return None


def enter(city: City, person: Person, *, address: str = "", **facts: object) -> str:
    """A new session's token for somebody whom another service has recognised.

    Raises:
        Busy: when it could not be kept or noted just now; then nobody is signed in.
    """
    with city.database.write() as connection:
        token = people.open_session(connection, person, city.now(), vouched=True)
        note_within(connection, city, "signed_in", by=person, address=address, **facts)
    return token


def _counted(account: Credentials | None, login: str, mark: str) -> tuple[int, datetime | None]:
    """Wrong passwords in a row, and until when they lock: of the account, or of a browser that it is known in."""
    if mark:
        return _browsers.counted(mark)
    return (account.failures, account.locked_until) if account else _strangers.counted(login)


def _is_locked(until: datetime | None, now: datetime) -> bool:
    return until is not None and until > now


def _may_enter(city: City, account: Credentials, seen: Credentials) -> bool:
    """May this account come in by its password? Where a sign-in service is the only way, administrators alone may."""
    by_service_only = city.settings.oidc_only and account.person.role is not Role.ADMINISTRATOR
    return _is_still(account, seen) and not by_service_only


def _is_still(account: Credentials, seen: Credentials) -> bool:
    """Is the account still what the password was checked against?"""
    return not account.disabled and account.password_hash == seen.password_hash


def _note_failure(
    connection: Any,
    city: City,
    account: Credentials | None,
    address: str,
    *,
    was_locked: bool,
    is_locked: bool,
) -> None:
    """A wrong password, and the lock that it brought. What was typed is never kept."""
    whose = {"account": account.person.id} if account else {}
    why = {"locked": True} if was_locked else {}
    note_within(connection, city, "sign_in_failed", by=None, address=address, **whose, **why)
    if account and is_locked and not was_locked:
        note_within(connection, city, "locked_out", by=None, address=address, **whose)


class _Strangers:
    """Counts wrong passwords for names that nobody has, or for browsers; kept as hashes that only this process can make."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(16)
        self._tried: OrderedDict[bytes, tuple[int, datetime | None]] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._tried)

    def counted(self, login: str) -> tuple[int, datetime | None]:
        with self._lock:
            return self._tried.get(self._hashed(login), (0, None))

    def count(self, login: str, failures: int, until: datetime | None) -> None:
        with self._lock:
            self._tried[self._hashed(login)] = failures, until
            self._tried.move_to_end(self._hashed(login))
            if len(self._tried) > STRANGERS:
                self._tried.popitem(last=False)

    def _hashed(self, login: str) -> bytes:
        return hashlib.blake2b(login.encode(errors="replace"), key=self._key, digest_size=16).digest()


_strangers = _Strangers()
_browsers = _Strangers()


# --- signing out, and a new password -----------------------------------------------------------------------------


def sign_out(city: City, token: str) -> None:
    """End the session.

    Raises:
        Busy: when it could not be ended just now.
    """
    with city.database.write() as connection:
        person = people.person_of_session(connection, token, city.now())
        people.close_session(connection, token)
        if person:
            note_within(connection, city, "signed_out", by=person)
    _forget({token})


def sign_out_everywhere(city: City, person: Person) -> int:
    """End every session of an account; how many there were. Open pages are turned away within :data:`KEPT` seconds.

    Raises:
        Busy: when they could not be ended just now.
    """
    with city.database.write() as connection:
        n = people.end_sessions(connection, person.id)
        note_within(connection, city, "signed_out_everywhere", by=person, sessions=n)
    _forget_person(person)
    return n


def change_password(city: City, token: str, old: str, new: str, *, address: str = "") -> str:
    """A person's own new password; every sign-in of the account ends, and the token of a new one comes back.

    Takes 19 MiB: let few run at once.

    Raises:
        Refused: with why the new password is none, or that the old one is wrong.
        Locked: after too many wrong ones.
        Busy: when it could not be kept just now.
    """
    with city.database.read() as connection:
        seen = people.credentials_of_session(connection, token, city.now())
    if seen is None:
        raise Refused(said("Please sign in first."))
    failures, until = _browsers.counted(token)
    right = not _is_locked(until, city.now()) and people.is_password(seen.password_hash, old)
    lacks = password_lacks(new, login=seen.login, old=old, published=city.settings.demo_password)
    if right and lacks:
        raise Refused(lacks)
    password_hash = people.hash_password(new) if right else ""
    now = city.now()
    with city.database.write() as connection:
        account = people.credentials(connection, seen.login, to_change=True)
        # What others try meanwhile does not count: whoever is signed in proved once who they are.
        failures, until = _browsers.counted(token)
        locked = _is_locked(until, now)
        if account and right and not locked and _is_still(account, seen):
            people.keep_password(connection, account.person.id, password_hash)
            people.end_sessions(connection, account.person.id)
            again = people.open_session(connection, account.person, now)
            note_within(connection, city, "password_changed", by=account.person, address=address)
            _forget_person(account.person)
            return again
        if account and not locked:
            failures = failures_still(failures, until, now) + 1
            wait = lock_after(failures)
            until = now + wait if wait else None
            _browsers.count(token, failures, until)
            _note_failure(connection, city, account, address, was_locked=False, is_locked=False)
    if until is not None and until > now:
        raise Locked(until - now)
    raise Refused(said("The old password is wrong."))


@dataclass(frozen=True, slots=True)
class Mine:
    """One's own account: the name one signs in with, and where one is signed in, the newest first."""

    person: Person
    login: str
    must_change: bool
    signed_in: Sequence[SignedIn]


def mine(city: City, token: str) -> Mine | None:
    """The account behind a token, as its owner sees it."""
    now = city.now()
    with city.database.read() as connection:
        found = people.credentials_of_session(connection, token, now)
        if found is None:
            return None
        where = people.sessions_of(connection, found.person.id, token, now)
    return Mine(found.person, found.login, _must_change(city, found), where)


def has_published_password(city: City) -> bool:
    """Does an enabled demo account still have the password that is printed in the handbook?"""
    with city.database.read() as connection:
        hashes = people.demo_hashes(connection)
    return any(_is_published(city, each) for each in hashes)


def _must_change(city: City, account: Credentials) -> bool:
    if account.must_change:
        return True
    return account.person.demo and not city.is_demo and _is_published(city, account.password_hash)


def _is_published(city: City, password_hash: str) -> bool:
    """Is it a hash of the demo password? Demo accounts share theirs, so one look serves them all."""
    if password_hash not in _published:
        if len(_published) > 10_000:
            _published.clear()
        _published[password_hash] = people.is_password(password_hash, city.settings.demo_password)
    return _published[password_hash]


def _forget(tokens: Collection[str]) -> None:
    with _lock:
        for token in tokens:
            _known.pop(token, None)


def _forget_person(person: Person) -> None:
    """Whoever looked at the database before the change and answers after it is asked again within :data:`KEPT` seconds."""
    with _lock:
        for token in [t for t, (_, entry) in _known.items() if entry and entry.person.id == person.id]:
            del _known[token]
