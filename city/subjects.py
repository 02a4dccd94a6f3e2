"""Let in whoever the city's own sign-in service vouches for: an account made beforehand, never a new one."""

from __future__ import annotations

from typing import Any

from city.access import note_access
from city.opened import City
from city.signed_in import enter
from domain.people import Person
from domain.said import Refused, said
from storage import people
from storage.subjects import account_of_subject

HOW = "oidc"
"""What the log says about the way somebody came."""

LONGEST = 255
"""Characters of a subject, by the protocol."""


class NotLetIn(Refused):
    """The service knows this person; this program does not, or no longer."""


UNKNOWN = said(
    "The sign-in service knows you, but no account here is linked to you. Please tell the administrator."
)
DISABLED = said("Your account here is disabled. Please tell the administrator.")


def sign_in_by_subject(city: City, subject: str, *, address: str = "") -> str:
    """A new session's token for the account with this subject.

    Raises:
        NotLetIn: when no account has it, or the account is disabled. The log never holds the subject itself.
        Busy: when it could not be kept or noted just now; then nobody is signed in.
    """
    with city.database.read() as connection:
        account = account_of_subject(connection, subject) if subject else None
    if account is None:
        note_failure(city, "unknown subject", address=address)
        raise NotLetIn(UNKNOWN)
    if account.disabled:
        note_failure(city, "disabled", address=address, account=account.person)
        raise NotLetIn(DISABLED)
    return enter(city, account.person, address=address, how=HOW)


def note_failure(city: City, why: str, *, address: str = "", account: Person | None = None) -> None:
    """Note that a sign-in over the service came to nothing, and why in two or three of our own words.

    Raises:
        Busy: when it could not be kept just now.
    """
    whose = {"account": account.id} if account else {}
    note_access(city, "sign_in_failed", by=None, how=HOW, why=why, address=address, **whose)


def link(connection: Any, login: str, subject: str) -> None:
    """Link an account to a person of the service, inside an open transaction; an empty subject links it to nobody.

    Raises:
        Refused: when there is no such account, or another one has the subject.
    """
    if len(subject) > LONGEST:
        raise Refused(said("A subject has at most {n} characters.", n=LONGEST))
    other = account_of_subject(connection, subject) if subject else None
    if other is not None and other.login != login:
        raise Refused(said("Another account is linked to this subject: {login}.", login=other.login))
    if not people.change_account(connection, login, subject=subject or None):
        raise Refused(said("There is no account {login}.", login=login))
