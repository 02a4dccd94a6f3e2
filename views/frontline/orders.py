"""Services and orders on the desk: what residents can order, who takes it, how it was graded."""

from __future__ import annotations

import html
from datetime import timedelta
from functools import partial

import streamlit as st

from city.frontline import ordered
from city.frontline.ordered import Offered, OrderCard
from city.personal_data import erase_order, erases_order, phone_of_order
from domain.actions.pledges import enter_grade, step_order
from domain.erasing import BY_ITSELF, ERASED_BECAUSE
from domain.frontline.pledges import ORDER_STATE, SORT, Order, OrderState, Service
from domain.needs import GRADES
from domain.said import Refused, said
from views.cards import moment, span
from views.frontline.doing import do
from views.frontline.files import offer_files
from views.frontline.offering import offer_form, stop_form
from views.frontline.tables import Cell, Marked, facts_html, table_html
from views.visit import Visit

SHOWN = 60
"""Orders on the page, the first of them."""

WHICH = {False: said("To be done"), True: said("Ended in 90 days")}


def show_orders(visit: Visit, unit: str) -> None:
    """The whole part."""
    live = ordered.orders_for(visit.city, visit.person, unit)
    past = ordered.orders_for(visit.city, visit.person, unit, ended=True)
    services = ordered.services_of(visit.city, visit.person, unit)
    st.html(_facts(visit, live, past))
    left, right = st.columns([4, 3], gap="medium")
    with left:
        ended = st.segmented_control(
            visit.say("Orders"), list(WHICH), format_func=lambda which: visit.say.of(WHICH[which]), default=False,
            key="orders-which", label_visibility="collapsed", required=True,
        )  # fmt: skip
        _orders(visit, past if ended else live)
    with right:
        st.html(_services(visit, services))
        stop_form(visit, [each.service for each in services])
        offer_form(visit, Service, unit)
        offer_files(visit, Service.LIST, unit)


def _facts(visit: Visit, live: list[OrderCard], past: list[OrderCard]) -> str:
    say = visit.say
    counts = {state: sum(card.order.state is state for card in (*live, *past)) for state in OrderState}
    late = sum(card.waits_long for card in live)
    grade = ordered.mean_grade(card.order for card in past)
    return facts_html(
        [
            *((say.of(ORDER_STATE[state]), f"{counts[state]:,}", "") for state in OrderState),
            (say("Waiting longer than a day"), f"{late:,}", "bad" if late else ""),
            (say("Mean grade"), "–" if grade is None else f"{grade:.1f}", ""),
        ]
    )


# --- the orders ---------------------------------------------------------------------------------------------------


def _orders(visit: Visit, cards: list[OrderCard]) -> None:
    say = visit.say
    if not cards:
        st.html(f'<div class="rg-empty">{say("There are no orders here.")}</div>')
        return
    known = {card.order.id: card for card in cards}
    chosen = st.selectbox(
        say("Look at an order"), list(known), format_func=lambda n: _named(visit, known[n]), index=None,
        key="order-chosen", placeholder=say("Please choose"),
    )  # fmt: skip
    if chosen is not None:
        with st.container(border=True, key="order"):
            _one(visit, known[chosen])
    st.html(_table(visit, cards))


def _named(visit: Visit, card: OrderCard) -> str:
    state = visit.say.of(ORDER_STATE[card.order.state])
    return f"{card.order.id} · {card.service} · {visit.unit_name(card.order.grid)} · {state}"


def _table(visit: Visit, cards: list[OrderCard]) -> str:
    say = visit.say
    lines: list[list[Cell]] = [
        [
            str(card.order.id), card.service, visit.unit_name(card.order.grid), moment(visit, card.order.ordered_at),
            _state(visit, card), card.taker or "–",
        ]
        for card in cards[:SHOWN]
    ]  # fmt: skip
    titles = [say("Order no."), say("Service"), say("Grid"), say("Ordered on"), say("State"), say("Taken by")]
    return table_html(
        titles, lines, say("The first {n} of {total}", n=min(SHOWN, len(cards)), total=f"{len(cards):,}")
    )


def _state(visit: Visit, card: OrderCard) -> Cell:
    say, order = visit.say, card.order
    words = say.of(ORDER_STATE[order.state])
    if order.grade is not None:
        words += f" · {say.of(GRADES[order.grade])}"
    if order.state is OrderState.ORDERED:
        words += f" · {say('for {time}', time=_age(visit, order))}"
    return Marked(words, "warn") if card.waits_long else words


def _age(visit: Visit, order: Order) -> str:
    return span(visit, max(timedelta(minutes=1), visit.city.now() - order.ordered_at))


# --- one order ----------------------------------------------------------------------------------------------------


def _one(visit: Visit, card: OrderCard) -> None:
    st.html(_card_html(visit, card))
    if card.beside and card.beside.phone:
        _phone(visit, card.order)
    plain_steps = [step for step in card.steps if step.name != "rate"]
    with st.container(horizontal=True, gap="small"):
        for step in plain_steps:
            if st.button(visit.say.of(step.title), key=f"order-{step.name}-{card.order.id}"):
                _step(visit, card.order, step.name)
    if len(plain_steps) < len(card.steps):
        _grade(visit, card.order)
    if erases_order(visit.city, visit.person, card.order):
        _erasing(visit, card.order)


def _card_html(visit: Visit, card: OrderCard) -> str:
    say, order, beside = visit.say, card.order, card.beside
    rows = [
        (say("Service"), card.service),
        (say("Grid"), visit.unit_name(order.grid)),
        (say("Ordered on"), moment(visit, order.ordered_at)),
        (say("State"), say.of(ORDER_STATE[order.state])),
        (say("Taken by"), card.taker),
        (say("Delivered on"), moment(visit, order.delivered_at) if order.delivered_at else ""),
        (say("Grade"), say.of(GRADES[order.grade]) if order.grade is not None else ""),
        (say("Who ordered"), beside.name if beside else ""),
        (say("Phone"), beside.phone if beside else ""),
        (say("What was written"), beside.words if beside else ""),
    ]
    cells = "".join(
        f"<dt>{html.escape(name)}</dt><dd>{html.escape(value)}</dd>" for name, value in rows if value
    )
    return f'<dl class="rg-facts">{cells}</dl>'


def _phone(visit: Visit, order: Order) -> None:
    if not st.button(
        visit.say("Show the telephone number"), key=f"order-phone-{order.id}", icon=":material/call:"
    ):
        return
    try:
        phone = phone_of_order(visit.city, visit.person, order.id)
    except Refused as refused:
        st.error(visit.say.of(refused.because))
        return
    st.html(
        f'<p class="rg-phone"><b>{html.escape(phone)}</b> <small>{visit.say("That you saw it is noted.")}</small></p>'
    )


def _step(visit: Visit, order: Order, name: str) -> None:
    city = visit.city
    step = partial(
        step_order, city.store, city.rulebook, order.id, name, version=order.version, by=visit.person, now=city.now()
    )  # fmt: skip
    do(visit, "order", step, str(order.id))


def _grade(visit: Visit, order: Order) -> None:
    """The grade that a resident told by telephone."""
    say, city = visit.say, visit.city
    with st.form(f"order-grade-{order.id}", border=False):
        grade = st.radio(
            say("What the resident told by telephone"), list(GRADES), index=None, horizontal=True,
            format_func=lambda n: say.of(GRADES[n]), key=f"grade-{order.id}",
        )  # fmt: skip
        sent = st.form_submit_button(say("Keep the grade"))
    if sent:
        enter = partial(
            enter_grade, city.store, city.rulebook, order.id, grade or 0, version=order.version, by=visit.person,
            now=city.now(),
        )  # fmt: skip
        do(visit, "order", enter, str(order.id))


def _erasing(visit: Visit, order: Order) -> None:
    say = visit.say
    with st.expander(say("Erase personal data"), icon=":material/person_off:"):
        st.caption(say("Erased are name, telephone and words of who ordered. The order stays, and is counted. A backup made before still holds them."))  # fmt: skip
        with st.form(f"erase-order-{order.id}-{order.version}", border=False):
            reason = st.selectbox(
                say("Why?"), [code for code in ERASED_BECAUSE if code not in BY_ITSELF], index=None,
                format_func=lambda code: say.of(ERASED_BECAUSE[code]), placeholder=say("Please choose"),
            )  # fmt: skip
            sure = st.checkbox(say("I know that this cannot be undone."))
            sent = st.form_submit_button(say("Erase"))
    if not sent:
        return
    if not sure:
        st.error(say("Please confirm that this cannot be undone."))
        return
    try:
        erase_order(visit.city, order.id, reason or "", by=visit.person)
    except Refused as refused:
        st.error(say.of(refused.because))
        return
    visit.tell(say("Personal data erased"))
    st.rerun()


# --- the services -------------------------------------------------------------------------------------------------


def _services(visit: Visit, services: list[Offered]) -> str:
    say = visit.say
    if not services:
        return f'<div class="rg-empty">{say("No services are offered here.")}</div>'
    lines: list[list[Cell]] = [
        [
            each.service.title if each.service.active else f"{each.service.title} · {say('not offered now')}",
            each.service.provider, say.of(SORT[each.service.sort]), visit.unit_name(each.service.grid), each.orders,
            "–" if each.grade is None else f"{each.grade:.1f}",
        ]
        for each in services
    ]  # fmt: skip
    titles = [say("What"), say("Provider"), say("Sort"), say("Grid"), say("Orders"), say("Mean grade")]
    return table_html(titles, lines, say("Services, with their orders of 90 days"))
