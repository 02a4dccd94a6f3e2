"""Let the solver propose or repair a plan: what is wished, how far it is, what came of it – or why there is none."""

from __future__ import annotations

import streamlit as st

from views.worktable import Worktable


def show_proposals(table: Worktable) -> None:
    """The whole drawer."""
    st.info(table.visit.say("Proposals are made by planners."))
