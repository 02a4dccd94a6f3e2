"""Orders on the phone: what waits in one's own area, take it, deliver it, give it back; the number of who ordered."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from city import clock_words
from city.access import watching
from city.frontline import ordered
from city.frontline.ordered import OrderCard
from city.personal_data import NO_ORDER, phone_of_order
from domain.actions.pledges import step_order
from domain.frontline.pledges import ORDER_STATE, Order, OrderState
from domain.frontline.rights import RIGHTS
from domain.needs import GRADES
from domain.said import Refused, said
from server.forms import Forged, Form, form_token
from server.phone import Call, call_of, gone_on, number_in, page, told
from server.phone_forms import answered, status_of

NOT_YOURS = said("Your role takes no orders.")

LISTED = "/m/orders"

DID = {
    "take": said("The order is yours now."),
    "give_back": said("The order waits for somebody else."),
    "deliver": said("The order is delivered; the resident can rate it now."),
    "cancel": said("The order is called off."),
}

MOST_ENDED = 20
"""Orders that have ended, on the page."""


def may_deliver(call: Call) -> bool:
    """Does this person take orders?"""
    return call.person.role in RIGHTS[Order.LIST].keeps


def orders_page(request: Request) -> Response:
    """``GET /m/orders``: what one has taken oneself, what waits, what others took, what has ended."""
    call = call_of(request)
    return _listed(call) if may_deliver(call) else told(call, NOT_YOURS, 403)


def order_page(request: Request) -> Response:
    """``GET /m/orders/<id>``: one order, who placed it, what can be done with it."""
    call = call_of(request)
    if not may_deliver(call):
        return told(call, NOT_YOURS, 403)
    card = _card(call)
    return told(call, NO_ORDER, 404, LISTED) if card is None else _shown(call, card)


async def order_sent(request: Request) -> Response:
    """``POST /m/orders/<id>``: takes, delivers, gives back or cancels it, or shows the telephone number."""
    return await answered(request, _sent, _forged, back=LISTED)


def _forged(request: Request, refused: Forged) -> Response:
    call = call_of(request)
    card = _card(call) if may_deliver(call) else None
    if call.wants_json or card is None:
        return told(call, refused.because, refused.status, LISTED)
    return _shown(call, card, wrong=call.say.of(refused.because), status=refused.status)


def _card(call: Call) -> OrderCard | None:
    """The order of this address, where it lies in the person's area."""
    number = number_in(call.request.path_params["id"])
    return ordered.order_card(call.city, call.person, number) if number is not None else None


# --- doing ----------------------------------------------------------------------------------------------------


def _sent(request: Request, form: Form) -> Response:
    call = call_of(request)
    if not may_deliver(call):
        return told(call, NOT_YOURS, 403)
    card = _card(call)
    if card is None:
        return told(call, NO_ORDER, 404, LISTED)
    try:
        if form["do"] == "phone":
            return _shown(call, card, phone=phone_of_order(call.city, call.person, card.order.id))
        version = number_in(form["version"]) or 0
        with watching(call.city, call.person, "order", str(card.order.id)):
            step_order(
                call.city.store, call.city.rulebook, card.order.id, form["do"], version=version, by=call.person,
                now=call.city.now(),
            )  # fmt: skip
    except Refused as refused:
        because = call.say.of(refused.because)
        return _shown(call, _card(call) or card, wrong=because, status=status_of(refused))
    return gone_on(call, f"{LISTED}?did={form['do']}")


# --- the pages ------------------------------------------------------------------------------------------------


def _listed(call: Call) -> Response:
    say = call.say
    live = ordered.orders_for(call.city, call.person, call.person.area)
    past = ordered.orders_for(call.city, call.person, call.person.area, ended=True)
    did = DID.get(call.request.query_params.get("did", ""))
    mine = [c for c in live if c.order.taken_by == call.person.id and c.order.state is OrderState.TAKEN]
    waits = [c for c in live if c.order.state is OrderState.ORDERED]
    others = [c for c in live if c not in mine and c not in waits]
    known: dict[str, Any] = {
        "title": say("Orders"),
        "mine": [_words(call, card) for card in mine],
        "waits": [_words(call, card) for card in waits],
        "others": [_words(call, card) for card in others],
        "past": [_words(call, card) for card in past[:MOST_ENDED]],
        "token": form_token(call.request),
        "done": say.of(did) if did else "",
    }
    return page(call, "m_orders.html", known)


def _words(call: Call, card: OrderCard) -> dict[str, Any]:
    say, order = call.say, card.order
    state = say.of(ORDER_STATE[order.state])
    if order.grade is not None:
        state += f" · {say.of(GRADES[order.grade])}"
    mark = state
    if order.state is OrderState.ORDERED:
        waits = max(timedelta(minutes=1), call.city.now() - order.ordered_at)
        mark = say("for {time}", time=clock_words.span(say, waits))
    taken = say("taken by {name}", name=card.taker) if card.taker else ""
    return {
        "id": order.id,
        "version": order.version,
        "service": card.service,
        "place": call.unit(order.grid),
        "at": clock_words.moment(call.city, say, order.ordered_at),
        "state": state,
        "mark": mark,
        "kind": "warn" if card.waits_long else "",
        "taken": taken,
        "can": {step.name for step in card.steps},
    }


def _shown(call: Call, card: OrderCard, *, phone: str = "", wrong: str = "", status: int = 200) -> Response:
    say, order, beside = call.say, card.order, card.beside
    words = _words(call, card)
    facts = [
        (say("Service"), card.service),
        (say("Grid"), words["place"]),
        (say("Ordered on"), words["at"]),
        (say("State"), words["state"]),
        (say("Taken by"), card.taker),
        (
            say("Delivered on"),
            clock_words.moment(call.city, say, order.delivered_at) if order.delivered_at else "",
        ),
        (say("Who ordered"), beside.name if beside else ""),
        (say("What was written"), beside.words if beside else ""),
        (say("Phone"), phone or (beside.phone if beside else "")),
    ]
    known: dict[str, Any] = {
        "title": say("Order {n}", n=order.id),
        "order": words,
        "facts": [(name, value) for name, value in facts if value],
        "hidden": bool(beside and beside.phone and not phone),
        "dial": phone,
        "steps": [(step.name, say.of(step.title)) for step in card.steps if step.name != "rate"],
        "token": form_token(call.request),
        "wrong": wrong,
    }
    return page(call, "m_order.html", known, status)
