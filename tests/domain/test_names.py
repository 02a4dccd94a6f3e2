"""A name is one line of what people can read."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.names import TURNING, UNSEEN, one_line


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  North \n side\t", "North side"),
        ("a\x00b", "ab"),
        ("a \x00 b", "a b"),
        ("\ud800x", "x"),
        ("\u202egnp.exe", "gnp.exe"),
        ("滨海\u3000花园", "滨海 花园"),
        ("👨\u200d👩\u200d👧 yard", "👨\u200d👩\u200d👧 yard"),
        ("<b>=1+1</b>", "<b>=1+1</b>"),
        ("\u200b\u200d\ufeff", ""),
        (" \u2003 ", ""),
    ],
)
def test_what_nobody_sees_is_no_part_of_a_name(typed: str, kept: str) -> None:
    assert one_line(typed) == kept


@given(st.text())
def test_a_name_is_one_line_that_every_store_takes_and_reading_it_again_changes_nothing(typed: str) -> None:
    kept = one_line(typed)
    kept.encode()
    assert kept == one_line(kept) and not set(kept) & TURNING
    assert not {unicodedata.category(c) for c in kept} & UNSEEN
