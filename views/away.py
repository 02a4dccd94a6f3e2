"""Say on the page that the store is away for now, keep what was typed, and look again by itself."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

import streamlit as st

from domain.said import Busy
from views.visit import language

AGAIN_SECONDS = 5


def show_away(busy: Busy) -> None:
    """One sentence, and another look in a few seconds; whatever was typed is there again when the store is."""
    _say(busy)
    # A run that stops here forgets nothing that was typed into fields that it did not come to.
    st.stop()


def unless_away(draw: Callable[[], None]) -> Callable[[], None]:
    """A part of a page that runs by itself: while the store is away it says so in its place."""

    @wraps(draw)
    def drawn() -> None:
        try:
            draw()
        except Busy as busy:
            _say(busy)

    return drawn


def _say(busy: Busy) -> None:
    st.error(language().of(busy.because))
    looked = False

    @st.fragment(run_every=AGAIN_SECONDS)
    def look_again() -> None:
        nonlocal looked
        if looked:
            st.rerun()
        looked = True

    look_again()
