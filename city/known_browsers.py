"""Know the browsers in which somebody signed in before: who tries passwords elsewhere does not keep them out of there.

Whoever knows a name could else keep its owner out for ever, by one wrong password an hour. A browser keeps a mark for
each account that was let in there, signed; wrong passwords are counted by mark, apart from all that others try.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from itsdangerous import BadData, URLSafeTimedSerializer

from city.opened import City
from city.secret import secret_of

COOKIE = "redgrid_known"
KEPT_FOR = timedelta(days=400)
"""As long as a browser keeps a cookie at most; each sign-in begins it anew."""

MOST = 8
"""Accounts that one browser is known for, those that came last."""


def mark_in(city: City, cookie: str, account: int) -> str:
    """The mark by which this browser is known for an account; empty where it is not.

    Raises:
        Busy: when the database's first token cannot be made just now.
    """
    return marks_in(city, cookie).get(account, "")


def known_for(city: City, cookie: str, account: int) -> str:
    """What the browser keeps once this account was let in."""
    marks = marks_in(city, cookie)
    mark = marks.pop(account, "") or secrets.token_urlsafe(12)
    kept = [[account, mark], *([each, other] for each, other in marks.items())]
    signed = _signer(city).dumps(kept[:MOST])
    return signed if isinstance(signed, str) else signed.decode()


def marks_in(city: City, cookie: str) -> dict[int, str]:
    """The accounts that were let in by this browser, each with its mark; none where the cookie is not ours."""
    if not cookie:
        return {}
    try:
        kept = _signer(city).loads(cookie, max_age=int(KEPT_FOR.total_seconds()))
    except BadData:
        return {}
    return {int(account): str(mark) for account, mark in kept}


def _signer(city: City) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(secret_of(city), salt="a browser that is known")
