"""Who may try again when, and which password is good enough."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.entering import (
    FORGOTTEN_AFTER,
    LONGEST_WAIT,
    TRIES,
    Locked,
    failures_still,
    lock_after,
    password_lacks,
)

NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)


def test_four_wrong_passwords_lock_nothing_and_the_fifth_a_minute() -> None:
    assert [lock_after(n) for n in range(TRIES)] == [None] * TRIES
    assert lock_after(TRIES) == timedelta(minutes=1)


@given(st.integers(TRIES, 10**9))
def test_each_lock_is_twice_the_one_before_up_to_an_hour(failures: int) -> None:
    one, next_ = lock_after(failures), lock_after(failures + 1)
    assert one is not None and next_ == min(2 * one, LONGEST_WAIT)


def test_wrong_passwords_are_forgotten_a_day_after_the_last_lock() -> None:
    assert failures_still(9, NOW - FORGOTTEN_AFTER, NOW) == 9
    assert failures_still(9, NOW - FORGOTTEN_AFTER - timedelta(seconds=1), NOW) == 0
    assert failures_still(4, None, NOW) == 4


@pytest.mark.parametrize(
    ("seconds", "how_long"), [(1, "a minute"), (60, "a minute"), (61, "2 minutes"), (3600, "60 minutes")]
)
def test_whoever_is_locked_out_hears_for_how_many_minutes(seconds: int, how_long: str) -> None:
    assert f"Please wait {how_long}, then" in str(Locked(timedelta(seconds=seconds)).because)


@pytest.mark.parametrize(
    ("new", "why"),
    [
        ("seven77", "at least 8"),
        ("x" * 257, "at most 256"),
        ("Office-One", "the name you sign in with"),
        ("redgrid-demo", "printed in the handbook"),
        ("the old one", "the password you have"),
    ],
)
def test_a_password_that_others_would_guess_is_none(new: str, why: str) -> None:
    lacks = password_lacks(new, login="office-one", old="the old one", published="redgrid-demo")
    assert why in str(lacks)


def test_any_other_password_is_good() -> None:
    assert password_lacks("纸鸢飞过青山外", login="office") is not None
    assert password_lacks("纸鸢飞过青山外面", login="office", old="x", published="redgrid-demo") is None
