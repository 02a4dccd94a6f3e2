"""Forget the widgets that are drawn no more: Streamlit keeps what it knows of each that ever was, as long as a page is open."""

from __future__ import annotations

from typing import Any

from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.scriptrunner_utils.script_run_context import ThreadState
from streamlit.runtime.state import SafeSessionState

KEPT = 8
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


def forget_others(number: int) -> None:
    """As a ticket's form is drawn: what was typed and chosen in the forms of other tickets that this part drew before.

    Streamlit forgets what a part draws no more once that part is drawn to its end. A form that is sent never is: the
    page goes on from there. The ids of this ticket's widgets name its ``number``; what was typed for it comes back.
    """
    state = _state()
    if state is None:
        return
    part, own = ThreadState.get().fragment_id, str(number)
    gone = [
        widget
        for widget, known in known_widgets().items()
        if known.fragment_id == part and own not in widget.split("-")
    ]
    for widget in gone:
        for kept in (state._old_state, state._new_widget_state.states, known_widgets()):
            kept.pop(widget, None)
        if key := state._key_id_mapper.id_key_mapping.get(widget):
            state._key_id_mapper.delete(key)


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
