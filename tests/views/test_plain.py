"""What people wrote stands as they wrote it where Streamlit reads Markdown, and leads nowhere."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from views.plain import JOINER, MARKS, plain


@given(st.text())
def test_every_mark_stands_for_itself_and_nothing_is_lost(text: str) -> None:
    shown = plain(text)
    assert not MARKS.search(re.sub(r"\\[!-/:-@\[-`{-~]", "", shown)), "no mark stands there unescaped"
    read = re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", shown)
    assert read.replace(JOINER, "") == " ".join(text.split()).replace(JOINER, "")


@pytest.mark.parametrize(
    "address", ["https://example.org/a", "HTTP://example.org", "see www.example.org", "(https://example.org)"]
)
def test_no_address_is_made_a_link(address: str) -> None:
    read = re.sub(r"\\(.)", r"\1", plain(address))
    assert not re.search(r"(?i)https?://|www(?=\.)", read)
