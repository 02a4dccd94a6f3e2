"""Forget the widgets that are drawn no more: Streamlit keeps what it knows of each that ever was, as long as a page is open."""

from __future__ import annotations

from typing import Any

from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.state import SafeSessionState

KEPT = 20
"""The newest of them are kept, for whoever presses one just as it goes."""


def forget_gone() -> None:
    """As a part of the page is drawn anew: of the buttons of each ticket, in each version, hundreds would pile up in a day."""
    state, known = _state(), known_widgets()
    if state is None:
        return
    there = state._new_widget_state.states.keys() | state._old_state.keys()
    gone = [each for each in known if each not in there]
    for each in gone[:-KEPT]:
        del known[each]


def known_widgets() -> dict[str, Any]:
    """What Streamlit knows of the widgets of this page, by their ids."""
    state = _state()
    return {} if state is None else state._new_widget_state.widget_metadata


def _state() -> Any:
    context = get_script_run_ctx()
    state: Any = context and context.session_state
    while isinstance(state, SafeSessionState):
        state = state._state
    return state
