"""On a ticket's page: the telephone number to whoever asks for it, and the button that erases personal data."""

from __future__ import annotations

import html

import streamlit as st

from city import desk
from city.personal_data import erase, erases, phone_of
from domain.erasing import BY_ITSELF, ERASED_BECAUSE
from domain.said import Refused
from domain.tickets import Ticket
from views.visit import Visit


def show_phone(visit: Visit, ticket: Ticket) -> None:
    """A button that shows the whole number; it is not kept on the page, and that it was shown is noted."""
    words = desk.words_for(visit.city, visit.person, ticket)
    if not words or not words.phone:
        return
    if not st.button(
        visit.say("Show the telephone number"), key=f"phone-{ticket.id}", icon=":material/call:"
    ):
        return
    try:
        phone = phone_of(visit.city, visit.person, ticket.no)
    except Refused as refused:
        st.error(visit.say.of(refused.because))
        return
    st.html(
        f'<p class="rg-phone"><b>{html.escape(phone)}</b> <small>{visit.say("That you saw it is noted.")}</small></p>'
    )


def show_erasing(visit: Visit, ticket: Ticket) -> None:
    """For the city office and the street: erase what the ticket holds of people, after a reason and a second look."""
    say = visit.say
    if not erases(visit.city, visit.person, ticket):
        return
    with st.expander(say("Erase personal data"), icon=":material/person_off:"):
        if ticket.is_open:
            st.caption(say("While it is worked on, name, telephone and the link of who reported it are erased; description, address, notes and photos follow by themselves when it ends."))  # fmt: skip
        else:
            st.caption(say("Erased are name, telephone, description, address, all notes and photos. The story stays, without words. A backup made before still holds them."))  # fmt: skip
        with st.form(f"erase-{ticket.id}-{ticket.version}", border=False):
            reason = st.selectbox(
                say("Why?"),
                [code for code in ERASED_BECAUSE if code not in BY_ITSELF],
                index=None,
                format_func=lambda code: say.of(ERASED_BECAUSE[code]),
                placeholder=say("Please choose"),
            )
            sure = st.checkbox(say("I know that this cannot be undone."))
            sent = st.form_submit_button(say("Erase"))
        if sent:
            _erase(visit, ticket, reason or "", sure)


def _erase(visit: Visit, ticket: Ticket, reason: str, sure: bool) -> None:
    if not sure:
        st.error(visit.say("Please confirm that this cannot be undone."))
        return
    try:
        erase(visit.city, ticket.no, reason, by=visit.person)
    except Refused as refused:
        st.error(visit.say.of(refused.because))
        return
    visit.tell(visit.say("Personal data erased"))
    st.rerun()
