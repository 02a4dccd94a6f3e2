"""Sign the forms that a person was shown, so that no other site sends one in their name."""

from __future__ import annotations

from datetime import timedelta

from itsdangerous import BadData, TimestampSigner

from city.opened import City
from city.secret import secret_of

VALID_FOR = timedelta(hours=24)
"""How long a form may lie open."""

ANONYMOUS = "anonymous"
"""Whose form it is on a public page, where nobody is signed in."""

FORM = "form"


def token_for(city: City, session: str | None) -> str:
    """A token for a form shown in this session; it tells nothing of the session.

    Raises:
        Busy: when the database's first token cannot be made just now.
    """
    return _signer(city, session).sign(FORM).decode()


def is_token_of(city: City, token: str, session: str | None) -> bool:
    """Was this token made for a form of this session, within the last day?"""
    try:
        signed: bytes = _signer(city, session).unsign(token, max_age=int(VALID_FOR.total_seconds()))
    except BadData:
        return False
    return signed.decode() == FORM


def _signer(city: City, session: str | None) -> TimestampSigner:
    return TimestampSigner(secret_of(city), salt=f"form of {session or ANONYMOUS}")
