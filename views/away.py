"""Say on the page that the store is away for now, keep what was typed, and look again by itself."""

from __future__ import annotations

import streamlit as st

from domain.said import Busy
from views.visit import language

AGAIN_SECONDS = 5


def show_away(busy: Busy) -> None:
    """One sentence, and another look in a few seconds; whatever was typed is there again when the store is."""
    st.error(language().of(busy.because))
    looked = False

    @st.fragment(run_every=AGAIN_SECONDS)
    def look_again() -> None:
        nonlocal looked
        if looked:
            st.rerun()
        looked = True

    look_again()
    # A run that stops here forgets nothing that was typed into fields that it did not come to.
    st.stop()
