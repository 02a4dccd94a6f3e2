"""Choose one of many units: a plain list where it can be read, words that narrow it first where it cannot."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any

import streamlit as st

from views.visit import Visit

READABLE = 500
"""So many units are one list, which the browser searches; more of them would be sent with every click."""


def choose_unit(
    visit: Visit,
    label: str,
    codes: Sequence[str],
    name: Callable[[str], str],
    *,
    key: str,
    chosen: str | None = None,
    **look: Any,
) -> str | None:
    """The unit chosen, ``chosen`` at first; None while none is. ``look`` goes to Streamlit's own list."""
    if len(codes) <= READABLE:
        return _list(visit, label, list(codes), name, key, chosen, look)
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        words = st.text_input(visit.say("Find by name or code"), key=f"{key}-words", max_chars=60, width=220)
        offered = found(codes, words, name, st.session_state.get(key, chosen))
        return _list(visit, label, offered, name, key, chosen, look)


def found(codes: Iterable[str], words: str, name: Callable[[str], str], kept: str | None = None) -> list[str]:
    """The first units with these words in their name or code, in their order; ``kept`` stays, before them if it must."""
    wanted = words.strip().casefold()
    fitting = (c for c in codes if not wanted or wanted in name(c).casefold() or wanted in c.casefold())
    offered = list(islice(fitting, READABLE))
    return offered if kept is None or kept in offered else [kept, *offered]


def _list(
    visit: Visit,
    label: str,
    offered: list[str],
    name: Callable[[str], str],
    key: str,
    chosen: str | None,
    look: dict[str, Any],
) -> str | None:
    answer: str | None = st.selectbox(
        label,
        offered,
        index=offered.index(chosen) if chosen in offered else None,
        format_func=name,
        key=key,
        placeholder=visit.say("Please choose"),
        **look,
    )
    return answer
