"""Hand the rating link to a resident: the address, its QR code, a sheet to print."""

from __future__ import annotations

import html
from base64 import b64encode
from typing import Any
from urllib.parse import urlsplit

import streamlit as st

from city.rating import public_base, rating_link
from domain.tickets import Ticket
from views.cards import moment
from views.visit import Visit


def show_rating_link(visit: Visit, ticket: Ticket) -> None:
    """The link of the cycle that waits for its rating, for those who may hand it out."""
    link = rating_link(visit.city, visit.person, ticket, public_base(visit.city, _this_host()))
    if link is None:
        return
    say = visit.say
    st.html(
        f'<div class="rg-slips rg-qr"><b>{say("For the resident to rate")}</b><img alt="QR" src="data:image/svg+xml;base64,{b64encode(link.qr.encode()).decode()}">'
        f'<div><a href="{html.escape(link.url)}" target="_blank">{html.escape(link.url)}</a></div>'
        f"<div>{say('open until {moment}', moment=moment(visit, link.until))}</div>"
        f'<div><a href="/slips/{html.escape(ticket.no)}/rating-qr" target="_blank">{say("Sheet to print")}</a></div></div>'
    )


def _this_host() -> str:
    context: Any = st.context
    parts = urlsplit(context.url or "")
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
