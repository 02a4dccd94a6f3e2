"""Ticket cards: what happened, how much time is left, and exactly the moves this person may make now."""

from __future__ import annotations

import html
from datetime import datetime, timedelta

import streamlit as st
from babel.dates import format_datetime, format_timedelta

from city.desk import TicketCard
from domain.actions.tickets import act
from domain.moves import Given, Move, Need
from domain.said import Refused
from domain.titles import OUTCOME, SOURCE, STATE
from views.visit import Visit

LOCALES = {"zh": "zh_Hans_CN", "en": "en_GB"}


def moment(visit: Visit, at: datetime) -> str:
    """A moment in the city's own time."""
    pattern = "M月d日 HH:mm" if visit.say.lang == "zh" else "d MMM HH:mm"
    if at.astimezone(visit.city.zone).year != visit.city.now().astimezone(visit.city.zone).year:
        pattern = "yyyy年M月d日 HH:mm" if visit.say.lang == "zh" else "d MMM yyyy HH:mm"
    return format_datetime(at.astimezone(visit.city.zone), pattern, locale=LOCALES[visit.say.lang])


def span(visit: Visit, length: timedelta) -> str:
    """A stretch of time in words."""
    return format_timedelta(abs(length), locale=LOCALES[visit.say.lang], threshold=1.2)


def clock(visit: Visit, card: TicketCard) -> tuple[str, str]:
    """The class and the words of a card's clock."""
    ticket, say = card.ticket, visit.say
    if not ticket.is_open:
        ended = ticket.closed_at or ticket.handled_at
        return "", f"{say.of(STATE[ticket.state])} {moment(visit, ended) if ended else ''}"
    if ticket.due_at is None:
        return "", say("no deadline")
    left = ticket.due_at - visit.city.now()
    if card.overdue:
        return "bad", "✕ " + say("overdue by {time}", time=span(visit, left))
    mark = "▲ " if card.due_soon else "● "
    words = say("{time} left", time=span(visit, left))
    if ticket.provisional:
        words += " · " + say("provisional")
    return ("warn" if card.due_soon else "ok"), mark + words


def card_html(visit: Visit, card: TicketCard) -> str:
    """A card as HTML, everything that people wrote escaped."""
    ticket, say = card.ticket, visit.say
    kind, time_left = clock(visit, card)
    urgent = f'<span class="urgent">{say("Urgent")}</span>' if ticket.urgent else ""
    said = f"<p>{html.escape(card.words.description)}</p>" if card.words and card.words.description else ""
    facts = [
        f'<a href="/?ticket={html.escape(ticket.no)}" target="_self">{html.escape(ticket.no)}</a>',
        html.escape(ticket.address),
        say("held by {holder}", holder=html.escape(visit.city.ground.structure.name(ticket.holder))),
        html.escape(say.pick(*card.lead)) if card.lead else "",
        say("raised by {source}", source=say.of(SOURCE[ticket.source]))
        + " "
        + moment(visit, ticket.opened_at),
        say.of(OUTCOME[ticket.outcome]) if ticket.outcome else "",
        "" if ticket.live or not ticket.is_open else say("imported history"),
    ]
    return (
        f'<article class="rg-card {kind}"><header><b>{html.escape(say.pick(card.category.zh, card.category.en))}</b>'
        f'<span class="state">{say.of(STATE[ticket.state])}</span>{urgent}'
        f'<span class="clock {kind}">{time_left}</span></header>{said}'
        f"<footer>{' · '.join(fact for fact in facts if fact)}</footer></article>"
    )


def show_cards(visit: Visit, cards: list[TicketCard]) -> None:
    """Cards one below the other; those without moves are drawn in one go."""
    quiet: list[str] = []
    for card in cards:
        if not card.moves:
            quiet.append(card_html(visit, card))
            continue
        _flush(quiet)
        show_card(visit, card)
    _flush(quiet)


def _flush(quiet: list[str]) -> None:
    if quiet:
        st.html('<div style="display:grid;gap:8px">' + "".join(quiet) + "</div>")
        quiet.clear()


def show_card(visit: Visit, card: TicketCard) -> None:
    """One card with its buttons."""
    st.html(card_html(visit, card))
    with st.container(horizontal=True, key=f"moves-{card.ticket.id}"):
        for move in card.moves:
            first = move is card.moves[0]
            if st.button(
                visit.say.of(move.title),
                key=f"{move.name}-{card.ticket.id}-{card.ticket.version}",
                type="primary" if first else "secondary",
            ):
                ask(visit, card, move)


def ask(visit: Visit, card: TicketCard, move: Move) -> None:
    """Open the move's small form: it asks only what the move needs."""

    @st.dialog(visit.say.of(move.title))
    def form() -> None:
        st.html(card_html(visit, card))
        with st.form(f"form-{move.name}-{card.ticket.id}", border=False):
            given = _fields(visit, card, move)
            sent = st.form_submit_button(visit.say.of(move.title), type="primary")
        if sent:
            _carry_out(visit, card, move, given)

    form()


def _fields(visit: Visit, card: TicketCard, move: Move) -> Given:
    say, ticket = visit.say, card.ticket
    category, urgent, words = None, None, ""
    if Need.CATEGORY in move.needs:
        names = {c.code: say.pick(c.zh, c.en) for c in visit.city.rules_read.categories.values()}
        names.setdefault(card.category.code, say.pick(card.category.zh, card.category.en))
        codes = list(names)
        category = st.selectbox(
            say("Category"), codes, index=codes.index(card.category.code), format_func=lambda c: names[c]
        )
        urgent = st.toggle(say("Urgent"), value=ticket.urgent)
    if Need.NOTE in move.needs:
        words = st.text_area(say("What was done?"), max_chars=1000)
    if Need.REASON in move.needs:
        above = visit.city.ground.structure.above(ticket.holder)
        if above:
            st.caption(say("Goes to {unit}.", unit=visit.city.ground.structure.name(above)))
        words = st.text_area(say("Reason"), max_chars=1000)
    return Given(words, category, urgent)


def _carry_out(visit: Visit, card: TicketCard, move: Move, given: Given) -> None:
    city, ticket = visit.city, card.ticket
    try:
        act(
            city.store, city.rulebook, ticket.id, move.name, given,
            version=ticket.version, by=visit.person, now=city.now(),
        )  # fmt: skip
    except Refused as refused:
        st.error(visit.say.of(refused.because))
        return
    city.forget_loads()
    st.session_state["told"] = visit.say("{move}: done.", move=visit.say.of(move.title))
    st.rerun()
