"""Read who came, who was refused and who took data away; and which accounts there are. For administrators."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from city.frontline.sheets import SHEETS
from city.opened import City
from domain.erasing import ERASED_BECAUSE
from domain.events import Event
from domain.moves import MOVE
from domain.people import WATCHES_DOOR, Person, Role
from domain.said import Refused, Said, said
from domain.titles import ROLE
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
    "brought_in": said("Data brought in"),
    "backed_up": said("Backed up"),
    "restored": said("Restored from a backup"),
    "erased": said("Data erased"),
    "tidied": said("Old data removed"),
    "phone_shown": said("Telephone number shown"),
    "names_shown": said("Names shown"),
    "wall_added": said("Wall link made"),
    "wall_revoked": said("Wall link ended"),
}
"""What is noted, and what to call it."""

PLAIN = ("doing", "what", "about")
"""Facts that speak for themselves, in this order; others are told with their name."""

DEEDS: Mapping[str, Said] = {name: move.title for name, move in MOVE.items()} | {
    "raise": said("Raise a ticket"),
    "phone": said("Show the telephone number"),
    "erase": said("Erase personal data"),
    "order": said("Order a service"),
    "offer": said("Offer a service or a resource"),
    "need": said("Work on a need"),
    "add_matter": said("Add a matter"),
    "plan_meeting": said("Plan the meeting"),
    "decide": said("Keep the decision"),
    "close_meeting": said("Close with minutes"),
    "settle_assigned": said("Note as done"),
    "page": said("page"),
    "slip": said("slip"),
    "ledger": said("ledger"),
    "minutes": said("minutes"),
    "figures": said("figures"),
    "grids": said("table of grids"),
    "foresight": said("foresight"),
    "boundaries": said("boundaries"),
    "plan": said("plan as a table"),
    "comparison": said("comparison of plans"),
    "tickets": said("tickets"),
    "log": said("log"),
    "facts": said("facts of the city"),
    "working_members": said("working members"),
    "working member": said("work on a working member"),
    "member form": said("form of a working member"),
    "grades of members": said("grades of working members"),
    "activities": said("activities"),
    "allowance": said("work on an allowance"),
    "allowances": said("allowances"),
    **{f"list {sheet.name}": sheet.title for sheet in SHEETS},
}
"""What was tried, and what was taken away."""

NAMED: Mapping[str, Callable[[object], Said]] = {
    "kind": lambda value: said("kind {value}", value=value),
    "new": lambda value: said("{value} new", value=value),
    "changed": lambda value: said("{value} changed", value=value),
    "rows": lambda value: said("rows {value}", value=value),
    "days": lambda value: said("older than {n} days", n=value),
    "level": lambda value: said("level {value}", value=value),
    "ticket": lambda value: said("ticket {value}", value=value),
    "tickets": lambda value: said("tickets {value}", value=value),
    "order": lambda value: said("order {value}", value=value),
    "orders": lambda value: said("orders {value}", value=value),
    "working_members": lambda value: said("members {value}", value=value),
    "meeting": lambda value: said("meeting {value}", value=value),
    "plan": lambda value: said("plan {value}", value=value),
    "against": lambda value: said("against plan {value}", value=value),
    "wall": lambda value: said("screen {value}", value=value),
    "role": lambda value: said("role {value}", value=ROLE[Role(str(value))] if value in set(Role) else value),
    "reason": lambda value: said("reason: {value}", value=ERASED_BECAUSE.get(str(value), value)),
    "how": lambda value: said("by way of {value}", value=value),
    "locked": lambda _: said("while it was locked"),
    "too_many": lambda _: said("too many tries from there"),
}
"""Facts that are told with their name."""

PAGE = 50


@dataclass(frozen=True, slots=True)
class Line:
    """One note. ``who`` is the account that acted or was tried."""

    at: datetime
    kind: str
    who: str
    address: str
    about: tuple[Said | str, ...]
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
    plain = [str(facts.pop(name)) for name in PLAIN if facts.get(name)]
    about = (
        *(DEEDS.get(each, each) for each in plain),
        *(_named(name, value) for name, value in facts.items() if name not in PLAIN),
    )
    who = "" if account is None else names.get(account, f"#{account}")
    return Line(event.at, event.kind, who, address, about, because)


def _named(name: str, value: object) -> Said | str:
    tell = NAMED.get(name)
    return tell(value) if tell else f"{name} {value}"
