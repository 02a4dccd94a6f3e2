"""One ticket: what may be done now, its slips, the tickets around it, and its story as a timeline."""

from __future__ import annotations

import html
from collections.abc import Iterable

import streamlit as st

from city import desk
from city.slips import TITLE, available
from city.story import StoryLine, story
from domain.said import Said
from domain.tickets import State, Ticket, Words, without_commands
from domain.titles import STATE
from views.cards import moment, offer_moves, show_cards
from views.personal_data import show_erasing, show_phone
from views.rating import show_rating_link
from views.visit import Visit

DOT = {"yellow": "warn", "red": "bad", "supervise": "bad", "instruct": "warn"}


def show_ticket(visit: Visit, no: str) -> None:
    """The page of one ticket."""
    say = visit.say
    if st.button("◂ " + say("Back to the map"), type="tertiary"):
        del st.query_params["ticket"]
        st.rerun()
    card = desk.card(visit.city, visit.person, no)
    told = visit.show_told()
    if card is None:
        # After a move that gives it away there is nothing more to say.
        if not told:
            st.warning(say("There is no ticket {no} in your area.", no=without_commands(no)[:64]))
        return
    left, right = st.columns([8, 5], gap="large")
    with left:
        show_cards(visit, [card])
        st.html(_story_html(visit, story(visit.city, visit.person, card.ticket)))
    with right:
        _facts(visit, card.ticket)
        show_phone(visit, card.ticket)
        _slips(visit, card.ticket)
        if card.ticket.state is State.AWAITING_RATING:
            show_rating_link(visit, card.ticket)
        _around(visit, card.ticket)
        show_erasing(visit, card.ticket)
    offer_moves(visit)


# --- facts ------------------------------------------------------------------------------------------------------


def _facts(visit: Visit, ticket: Ticket) -> None:
    say = visit.say
    reads = desk.words_for(visit.city, visit.person, ticket)
    rows = [
        (say("Lies in"), " ▸ ".join(visit.unit_name(code) for code in reversed(ticket.located.codes)) or say("no grid")),
        (say("Held by"), visit.unit_name(ticket.holder)),
        (say("Lead department"), say.pick(*visit.city.department(ticket.lead)) if ticket.lead else ""),
        (say("Raised on"), moment(visit, ticket.opened_at)),
        (say("This stage since"), moment(visit, ticket.stage_since)),
        (say("Stage due"), _due(visit, ticket)),
        (say("To be handled by"), _handle_by(visit, ticket)),
        (say("Review date"), moment(visit, ticket.review_at) if ticket.review_at else ""),
        (say("Cycle and rework"), f"{ticket.cycle} / {ticket.rework}" if ticket.cycle > 1 or ticket.rework else ""),
        (say("Reporter"), _reporter(visit, reads) if reads else ""),
    ]  # fmt: skip
    cells = "".join(f"<dt>{html.escape(k)}</dt><dd>{html.escape(v)}</dd>" for k, v in rows if v)
    st.html(f'<dl class="rg-facts">{cells}</dl>')


def _handle_by(visit: Visit, ticket: Ticket) -> str:
    """Until a department has it, there is no time for handling yet: only the stage's own."""
    return moment(visit, ticket.handle_by) if ticket.handle_by and ticket.lead else ""


def _reporter(visit: Visit, reads: Words) -> str:
    erased = visit.say("Personal data erased") if reads.erased else ""
    return " · ".join(filter(None, (reads.reporter, reads.phone))) or erased


def _due(visit: Visit, ticket: Ticket) -> str:
    if not ticket.is_open or ticket.due_at is None:
        return ""
    provisional = " · " + visit.say("provisional") if ticket.provisional else ""
    return moment(visit, ticket.due_at) + provisional


def _slips(visit: Visit, ticket: Ticket) -> None:
    links = [
        f'<a href="/slips/{html.escape(ticket.no)}/{kind.value}" target="_blank">{visit.say.of(TITLE[kind])}</a> '
        f'<a class="file" href="/slips/{html.escape(ticket.no)}/{kind.value}.docx">DOCX</a>'
        for kind in available(visit.city, visit.person, ticket, visit.say)
    ]
    if links:
        st.html(f'<div class="rg-slips"><b>{visit.say("Slips")}</b>{"".join(f"<div>{each}</div>" for each in links)}</div>')  # fmt: skip


# --- the tickets around it --------------------------------------------------------------------------------------


def _around(visit: Visit, ticket: Ticket) -> None:
    say, found = visit.say, desk.relatives(visit.city, visit.person, ticket)
    _list(visit, say("Part of"), found.whole)
    _list(visit, say("Merged into"), found.original)
    _list(visit, say("Assisting departments"), found.parts)
    _list(visit, say("Duplicates"), found.merged)
    if ticket.is_open and not found.whole:
        alike = desk.alike(visit.city, visit.person, ticket)
        _list(visit, say("Alike, perhaps the same problem"), [each.ticket for each in alike])


def _list(visit: Visit, title: str, tickets: Iterable[Ticket]) -> None:
    lines = [
        f'<div><a href="/?ticket={html.escape(t.no)}" target="_self">{html.escape(t.no)}</a> '
        f"{visit.say.of(STATE[t.state])} {html.escape(_lead(visit, t) or desk.place_of(visit.city, visit.person, t))}</div>"
        for t in tickets
    ]
    if lines:
        st.html(f'<div class="rg-slips"><b>{html.escape(title)}</b>{"".join(lines)}</div>')


def _lead(visit: Visit, ticket: Ticket) -> str:
    return visit.say.pick(*visit.city.department(ticket.lead)) if ticket.lead else ""


# --- the story ----------------------------------------------------------------------------------------------------


def _story_html(visit: Visit, lines: list[StoryLine]) -> str:
    return f'<ol class="rg-story">{"".join(_line_html(visit, line) for line in lines)}</ol>'


def _line_html(visit: Visit, line: StoryLine) -> str:
    say = visit.say
    who = say.of(line.who) if isinstance(line.who, Said) else line.who
    role = f"（{say.of(line.role)}）" if line.role else ""
    details = [html.escape(say.of(each)) for each in line.details]
    about = " · ".join([html.escape(who + role), *details])
    note = f"<p>{html.escape(line.note)}</p>" if line.note else ""
    pictures = "".join(
        f'<a href="/photos/{n}" target="_blank"><img src="/photos/{n}" alt="{say("Photo")}"></a>' for n in line.photos
    )  # fmt: skip
    return (
        f'<li class="{DOT.get(line.kind, "")}"><time>{moment(visit, line.at)}</time><b>{html.escape(say.of(line.title))}</b>'
        f'<span class="state">{say.of(line.state)}</span><small>{about}</small>{note}{pictures}</li>'
    )
