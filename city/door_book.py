"""Read who came, who was refused and who took data away; and which accounts there are. For administrators."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from city.opened import City
from domain.events import Event
from domain.people import WATCHES_DOOR, Person
from domain.said import Refused, Said, said
from storage import people
from storage.access import access_log
from storage.people import Account

KINDS: Mapping[str, Said] = {
    "signed_in": said("Signed in"),
    "sign_in_failed": said("Sign-in failed"),
    "locked_out": said("Account locked"),
    "signed_out": said("Signed out"),
    "signed_out_everywhere": said("Signed out everywhere"),
    "password_changed": said("Password changed"),
    "refused": said("Refused"),
    "exported": said("Data taken away"),
    "erased": said("Data erased"),
    "wall_added": said("Wall link made"),
    "wall_revoked": said("Wall link ended"),
}
"""What is noted, and what to call it."""

PLAIN = ("doing", "what", "about")
"""Facts that speak for themselves, in this order; others are told with their name."""

PAGE = 50


@dataclass(frozen=True, slots=True)
class Line:
    """One note. ``who`` is the account that acted or was tried."""

    at: datetime
    kind: str
    who: str
    address: str
    about: str
    because: str


@dataclass(frozen=True, slots=True)
class Pageful:
    """Some lines, the newest first, and whether there are older ones."""

    lines: tuple[Line, ...]
    more: bool


def notes(
    city: City, person: Person, *, day: date | None = None, kind: str | None = None, page: int = 0
) -> Pageful:
    """A page of the log.

    Raises:
        Refused: to everybody but an administrator.
    """
    _check(person)
    kinds = (kind,) if kind else ()
    with city.database.read() as connection:
        found = access_log(connection, day=day, kinds=kinds, limit=PAGE + 1, offset=page * PAGE)
        names = people.account_names(connection, {n for e in found for n in [_account(e)] if n is not None})
    lines = tuple(_line(event, names) for event in found[:PAGE])
    return Pageful(lines, len(found) > PAGE)


def accounts(city: City, person: Person) -> list[Account]:
    """Every account: those that cannot come in as usual first, then by login.

    Raises:
        Refused: to everybody but an administrator.
    """
    _check(person)
    now = city.now()
    with city.database.read() as connection:
        known = people.all_accounts(connection)
    return sorted(known, key=lambda a: (not (a.is_locked(now) or a.disabled or a.must_change), a.login))


def _check(person: Person) -> None:
    if person.role not in WATCHES_DOOR:
        raise Refused(said("The access log is for administrators."))


def _account(event: Event) -> int | None:
    account = event.by if event.by is not None else event.facts.get("account")
    return account if isinstance(account, int) else None


def _line(event: Event, names: Mapping[int, str]) -> Line:
    account, facts = _account(event), dict(event.facts)
    address, because = str(facts.pop("address", "")), str(facts.pop("because", ""))
    facts.pop("account", None)
    named = [str(facts.pop(name)) for name in PLAIN if facts.get(name)]
    about = " · ".join([*named, *(f"{name} {value}" for name, value in facts.items() if name not in PLAIN)])
    who = "" if account is None else names.get(account, f"#{account}")
    return Line(event.at, event.kind, who, address, about, because)
