"""Saved views: what the desk shows now, kept under a name, opened, replaced, deleted."""

from __future__ import annotations

import streamlit as st

from city import saved_views
from city.saved_views import LONGEST_NAME
from domain.said import Refused
from storage.saved_views import SavedView
from views.plain import plain
from views.visit import Visit


def offer_saved(visit: Visit) -> None:
    """The button; what stands behind it is read when it is pressed."""
    if st.button(f"☆ {visit.say('Views')}", key="saved", help=visit.say("Saved views"), type="tertiary"):
        st.dialog(visit.say("Saved views"))(_views)(visit)


def _views(visit: Visit) -> None:
    say = visit.say
    known = saved_views.views_of(visit.city, visit.person)
    if not known:
        st.caption(say("Keep the filters, the place and the colours of the moment under a name."))
    for n, view in enumerate(known):
        _line(visit, n, view)
    with st.form("save-view", border=False, clear_on_submit=False):
        name = st.text_input(say("Name of the view"), max_chars=LONGEST_NAME, key="view-name")
        if st.form_submit_button(say("Save what is shown now"), type="primary"):
            _keep(visit, name)


def _line(visit: Visit, n: int, view: SavedView) -> None:
    say = visit.say
    columns = st.columns([6, 2, 2], vertical_alignment="center")
    if columns[0].button(plain(view.name), key=f"view-open-{n}", help=say("Open this view"), width="stretch"):
        language = {name: value for name, value in st.query_params.items() if name == "lang"}
        st.session_state["looked-for"] = ""
        st.query_params.from_dict(language | saved_views.query_of(view))
        st.rerun()
    if columns[1].button(say("Replace"), key=f"view-replace-{n}", type="tertiary"):
        _keep(visit, view.name)
    if columns[2].button(say("Delete"), key=f"view-drop-{n}", type="tertiary"):
        saved_views.drop_view(visit.city, visit.person, view.name)
        visit.tell(say("View “{name}” was deleted.", name=view.name))
        st.rerun()


def _keep(visit: Visit, name: str) -> None:
    try:
        view = saved_views.keep_view(visit.city, visit.person, name, st.query_params.to_dict())
    except Refused as refused:
        st.error(visit.say.of(refused.because))
        return
    visit.tell(visit.say("View “{name}” is kept.", name=view.name))
    st.rerun()
