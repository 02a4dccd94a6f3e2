"""Show what people wrote as it stands where Streamlit would read Markdown: no link in it leads anywhere."""

from __future__ import annotations

import re

MARKS = re.compile(r"([!-/:-@\[-`{-~])")
"""Every mark that Markdown may give a meaning to."""

ADDRESS = re.compile(r"(?i)(?<=\bhttp)(?=s?:)|(?<=\bhttps)(?=:)|(?<=\bwww)(?=\.)")
"""Where an address begins that is made a link although it is written plainly."""

JOINER = "\u2060"
"""Nobody sees it, and nothing is an address with it."""


def plain(text: str) -> str:
    """The text for a label of Streamlit's, with no meaning but its own."""
    return MARKS.sub(r"\\\1", ADDRESS.sub(JOINER, " ".join(text.split())))
