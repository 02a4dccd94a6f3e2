"""Draw parts of a page anew after something was done there: not all of it, for most of a page stays as it is."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st
from streamlit.errors import StreamlitAPIException
from streamlit.runtime.scriptrunner import RerunData, get_script_run_ctx

KPIS, BAR, LOOKS, FILTERS, DESK = "kpis", "bar", "looks", "filters", "desk"
"""The parts of the desk: its figures, the bar above the map, how the map looks, the choice of tickets, and the map with its panel."""


def and_draw(*parts: str) -> Callable[..., None]:
    """A callback that does something, and has these parts drawn then instead of the one that the widget stands in:
    ``on_click=and_draw(BAR, DESK), args=(do, what)``."""

    def callback(do: Callable[..., None], *what: object) -> None:
        do(*what)
        draw_next(*parts)

    return callback


def draw_next(*parts: str) -> None:
    """As a callback's last word: draw these parts now; the whole page where it has not all of them."""
    try:
        st.rerun(parts)
    except StreamlitAPIException:
        st.rerun()


def draw_anew(*parts: str) -> None:
    """Stop here, and draw the parts with these keys; the whole page where it has not all of them.

    Streamlit lets a callback alone name parts: what is done after a form was read is no callback.
    """
    context = get_script_run_ctx()
    if context is None or context.script_requests is None:
        return
    try:
        queue = context.fragment_storage.resolve_target(parts)
    except StreamlitAPIException:
        st.rerun()
    context.script_requests.request_rerun(
        RerunData(
            query_string=context.query_string,
            page_script_hash=context.page_script_hash,
            fragment_id_queue=queue,
            is_fragment_scoped_rerun=True,
            cached_message_hashes=context.cached_message_hashes,
            context_info=context.context_info,
        )
    )
    # Whatever is drawn next is where Streamlit looks whether it shall go on.
    st.empty()
