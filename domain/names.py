"""Read what somebody typed as a name: one line, with nothing in it that nobody sees.

Names stand in maps, tables, files and logs. A control character breaks them, half of a character no store takes, and a
mark that turns the direction of writing makes one name look like another.
"""

from __future__ import annotations

import unicodedata

UNSEEN = frozenset({"Cc", "Cs"})
"""Kinds of characters that nobody reads: controls, halves of characters. Rare signs that Unicode does not list yet stay."""

TURNING = frozenset(
    "\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
)
"""Characters without a shape that turn the direction of writing, or make two names look the same."""

BLANK = frozenset({"Cf", "Zs"})
"""Kinds of characters that show nothing by themselves."""


def one_line(text: str) -> str:
    """A name as it is kept: blanks in a row are one, what nobody sees is gone; empty where nothing is left to be read."""
    seen = "".join(
        c for c in text if c.isspace() or (c not in TURNING and unicodedata.category(c) not in UNSEEN)
    )
    kept = " ".join(seen.split())
    return kept if any(unicodedata.category(c) not in BLANK for c in kept) else ""
