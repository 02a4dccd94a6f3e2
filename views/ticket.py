"""One ticket with its story."""

from __future__ import annotations

import html

import streamlit as st

from city import desk
from domain.moves import MOVE
from domain.said import said
from domain.tickets import Ticket
from views.cards import moment, show_card
from views.visit import Visit

KINDS = {
    "raised": said("Raised"),
    "imported": said("Imported"),
    "dispatch": said("Dispatched"),
    "sign": said("Signed for"),
    "report_done": said("Reported as done"),
    "check_pass": said("Check passed"),
    "check_fail": said("Check not passed"),
    "rate": said("Rated"),
    "unrated": said("Closed unrated"),
    "hold": said("Put on hold"),
    "resume": said("Resumed"),
    "to_meeting": said("Brought to a joint meeting"),
    "resolve": said("Decided by the meeting"),
    "reject": said("Rejected"),
    "cancel": said("Cancelled"),
}


def show_ticket(visit: Visit, no: str) -> None:
    """The page of one ticket."""
    say = visit.say
    if st.button("◂ " + say("Back to the map"), type="tertiary"):
        del st.query_params["ticket"]
        st.rerun()
    card = desk.card(visit.city, visit.person, no)
    if card is None:
        st.warning(say("There is no ticket {no} in your area.", no=no[:64]))
        return
    if told := st.session_state.pop("told", None):
        st.success(told)
    show_card(visit, card)
    st.html(_story_html(visit, card.ticket))


def _story_html(visit: Visit, ticket: Ticket) -> str:
    say = visit.say
    structure = visit.city.ground.structure
    lines = []
    for line in desk.story(visit.city, visit.person, ticket):
        known = MOVE[line.kind].title if line.kind in MOVE else KINDS.get(line.kind)
        title = say.of(known) if known else html.escape(line.kind)
        who = html.escape(line.who or say("the system"))
        holder = (
            say("held by {holder}", holder=html.escape(structure.name(line.holder))) if line.holder else ""
        )
        note = f"<p>{html.escape(line.note)}</p>" if line.note else ""
        lines.append(
            f"<div><time>{moment(visit, line.at)}</time><b>{title}</b> · {who} · {holder}{note}</div>"
        )
    return f'<div class="rg-story">{"".join(lines)}</div>'
