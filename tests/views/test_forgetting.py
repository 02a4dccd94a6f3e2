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


def _forms() -> None:
    import streamlit as st

    from views.forgetting import forget_others, known_widgets

    number = st.session_state["number"]

    @st.fragment
    def part() -> None:
        forget_others(number)
        st.session_state["kept"] = [each.rsplit("-", 1)[1] for each in known_widgets() if "words-" in each]
        st.text_area("Words", key=f"words-{number}")

    st.text_area("Beside", key="words-beside")
    part()


def test_of_the_forms_before_it_a_form_forgets_all_but_what_was_typed_for_the_same_ticket() -> None:
    page = AppTest.from_function(_forms)
    page.session_state["number"] = 7
    page.run()
    page.text_area(key="words-7").set_value("看过了").run()
    assert page.session_state["kept"] == ["beside", "7"]
    assert page.text_area(key="words-7").value == "看过了"
    page.session_state["number"] = 8
    page.run()
    assert page.session_state["kept"] == ["beside"]
    page.session_state["number"] = 7
    page.run()
    assert page.text_area(key="words-7").value == ""
