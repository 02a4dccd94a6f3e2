"""What Streamlit knows of widgets that are gone does not pile up."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from views.forgetting import KEPT


def _page() -> None:
    import streamlit as st

    from views.forgetting import forget_gone, known_widgets

    forget_gone()
    n = st.session_state["n"] = st.session_state.get("n", 0) + 1
    for each in range(10):
        st.button("x", key=f"button-{n}-{each}", on_click=lambda: st.session_state.update(pressed=True))
    st.session_state["known"] = len(known_widgets())


def test_buttons_that_are_gone_are_forgotten_but_for_the_newest() -> None:
    page = AppTest.from_function(_page).run()
    for _ in range(30):
        page.run()
    assert KEPT <= page.session_state["known"] <= KEPT + 30


def test_what_is_drawn_works_on() -> None:
    page = AppTest.from_function(_page).run()
    for _ in range(12):
        page.run()
    page.button[-1].click().run()
    assert page.session_state["pressed"] is True
