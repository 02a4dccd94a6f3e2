"""Decide who may try to enter again, and which password is good enough."""

from __future__ import annotations

from datetime import datetime, timedelta

from domain.said import Refused, Said, said

TRIES = 5
"""Wrong passwords in a row before an account is locked."""

FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)

FORGOTTEN_AFTER = timedelta(days=1)
"""Wrong passwords count no more once the last lock is over for so long."""

SHORTEST, LONGEST = 8, 256
"""Characters of a password."""


class Locked(Refused):
    """Too many wrong passwords in a row; whoever comes waits, with whatever password. ``wait`` is how long still."""

    def __init__(self, wait: timedelta) -> None:
        minutes = max(1, -(-wait // timedelta(minutes=1)))
        one = said("Too many wrong passwords. Please wait a minute, then try again.")
        more = said("Too many wrong passwords. Please wait {n} minutes, then try again.", n=minutes)
        super().__init__(one if minutes == 1 else more)
        self.wait = wait


def lock_after(failures: int) -> timedelta | None:
    """How long an account is locked after so many wrong passwords in a row: each lock twice the one before, to an hour."""
    if failures < TRIES:
        return None
    doublings = min(failures - TRIES, 10)
    return min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)


def failures_still(failures: int, locked_until: datetime | None, now: datetime) -> int:
    """How many of the wrong passwords in a row still count."""
    forgotten = locked_until is not None and now - locked_until > FORGOTTEN_AFTER
    return 0 if forgotten else failures


def password_lacks(new: str, *, login: str, old: str = "", published: str = "") -> Said | None:
    """Why this is no password to choose; None when it is one. ``published`` is the one that every demo account begins with."""
    if len(new) < SHORTEST:
        return said("A password needs at least {n} characters.", n=SHORTEST)
    if len(new) > LONGEST:
        return said("A password has at most {n} characters.", n=LONGEST)
    if new.casefold() == login.casefold():
        return said("The password must not be the name you sign in with.")
    if published and new == published:
        return said("This password is printed in the handbook. Please choose another.")
    if old and new == old:
        return said("This is the password you have. Please choose another.")
    return None
