"""The page that Streamlit runs: who comes, which page is theirs, show it."""

from __future__ import annotations

import streamlit as st

from domain.said import Busy
from views.away import show_away
from views.chrome import frame
from views.desk import show_desk, show_empty
from views.navigation import navigate, place_asked
from views.ticket import show_ticket
from views.visit import visit
from views.wall import show_wall, wall_asked


def main() -> None:
    """One run of the page."""
    st.set_page_config(page_title="Red Grid 红网格", page_icon="🟥", layout="wide")
    try:
        _show()
    except Busy as busy:
        show_away(busy)


def _show() -> None:
    current = visit()
    if current is None:
        st.html(
            '<meta http-equiv="refresh" content="0; url=/login"><a href="/login" target="_self">→ /login</a>'
        )
        return
    if wall_asked(current):
        show_wall(current)
        return
    frame(current)
    navigate(current)
    if no := st.query_params.get("ticket"):
        show_ticket(current, no)
    elif place := place_asked(current):
        place.show(current)
    elif current.city.ground.is_empty:
        show_empty(current)
    else:
        show_desk(current)


main()
