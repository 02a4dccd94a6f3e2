"""Ticket cards: what happened, how much time is left, and exactly the moves this person may make now."""

from __future__ import annotations

import html
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial

import streamlit as st

from city import clock_words
from city.desk import TicketCard
from domain.queues import Queue
from domain.said import said
from domain.tickets import Asked, Card
from domain.titles import OUTCOME, QUEUE, SOURCE, STATE
from views.asking import Go, button_html, offer_forms
from views.visit import Visit

CARD = {
    Card.YELLOW: ("warn", said("Yellow card")),
    Card.RED: ("bad", said("Red card")),
}
ASKED = {Asked.EXTENSION: said("Extension asked for"), Asked.HOLD: said("Hold asked for")}


def moment(visit: Visit, at: datetime) -> str:
    """A moment in the city's own time."""
    return clock_words.moment(visit.city, visit.say, at)


def span(visit: Visit, length: timedelta) -> str:
    """A stretch of time in words."""
    return clock_words.span(visit.say, length)


def clock(visit: Visit, card: TicketCard) -> tuple[str, str]:
    """The class and the words of a card's clock."""
    return clock_words.clock(visit.city, visit.say, card)


def card_html(visit: Visit, card: TicketCard, below: str = "") -> str:
    """A card as HTML, everything that people wrote escaped; ``below`` is what else stands on it."""
    ticket, say = card.ticket, visit.say
    kind, time_left = clock(visit, card)
    urgent = f'<span class="urgent">{say("Urgent")}</span>' if ticket.urgent else ""
    urgent += _marks_html(visit, card)
    said = _said_html(visit, card)
    facts = [
        f'<a href="/?ticket={html.escape(ticket.no)}" target="_self">{html.escape(ticket.no)}</a>',
        html.escape(card.place),
        say("held by {holder}", holder=html.escape(visit.unit_name(ticket.holder))),
        html.escape(say.pick(*card.lead)) if card.lead else "",
        say("raised by {source}", source=say.of(SOURCE[ticket.source]))
        + " "
        + moment(visit, ticket.opened_at),
        say.of(OUTCOME[ticket.outcome]) if ticket.outcome else "",
        "" if ticket.live or not ticket.is_open else say("imported history"),
    ]
    told = " · ".join(f"<span>{fact}</span>" for fact in facts if fact)
    return (
        f'<article class="rg-card {kind}"><header><b>{html.escape(say.pick(card.category.zh, card.category.en))}</b>'
        f'<span class="state">{say.of(STATE[ticket.state])}</span>{urgent}'
        f'<span class="clock {kind}">{time_left}</span></header>{said}'
        f"<footer>{told}</footer>{below}</article>"
    )


def _said_html(visit: Visit, card: TicketCard) -> str:
    """What was said about a ticket, or that it was erased; nothing for those who may not read it."""
    if card.words is None:
        return ""
    if card.words.description:
        return f"<p>{html.escape(card.words.description)}</p>"
    return f"<p><i>{visit.say('Personal data erased')}</i></p>" if card.words.erased else ""


def _marks_html(visit: Visit, card: TicketCard) -> str:
    """What else to know at a glance: a supervision card, a request that waits, a queue, an assistant's part."""
    ticket, say = card.ticket, visit.say
    marks = []
    if ticket.is_open and ticket.card in CARD:
        kind, title = CARD[ticket.card]
        marks.append(f'<span class="card {kind}">{"✕" if kind == "bad" else "▲"} {say.of(title)}</span>')
    if ticket.asked:
        marks.append(f'<span class="state">{say.of(ASKED[ticket.asked])}</span>')
    if ticket.queue:
        marks.append(f'<span class="state">{say.of(QUEUE[Queue(ticket.queue)])}</span>')
    if card.parts:
        marks.append(f'<span class="state">{say("{n} assisting not done", n=card.parts)}</span>')
    if ticket.parent is not None:
        marks.append(f'<span class="state">{say("Assisting part")}</span>')
    return "".join(marks)


def show_cards(visit: Visit, cards: list[TicketCard]) -> None:
    """Cards one below the other, each with its moves, in one go."""
    if cards:
        st.html(cards_html(visit, cards))


def cards_html(visit: Visit, cards: Iterable[TicketCard]) -> str:
    """Cards with their moves, as HTML."""
    each = "".join(card_html(visit, card, _moves_html(visit, card)) for card in cards)
    return f'<div class="rg-cards">{each}</div>'


def _moves_html(visit: Visit, card: TicketCard) -> str:
    if not card.moves:
        return ""
    moves = sorted(card.moves, key=lambda move: not move.primary)
    buttons = "".join(button_html(card, move, visit.say.of(move.title)) for move in moves)
    return f'<div class="moves">{buttons}</div>'


def offer_moves(visit: Visit, go: Go | None = None) -> None:
    """Where the forms of all cards of a page open: once on each page that shows cards; ``go`` goes where other buttons lead."""
    offer_forms(visit, partial(card_html, visit), go)
