"""Move a ticket on the phone: a small form that asks what the move needs, and loses nothing that was typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from city import desk, phone
from city.access import watching
from city.desk import TicketCard
from domain.actions.tickets import act
from domain.moves import MOVE, Given, Move, Need
from domain.people import WHOLE_CITY
from domain.said import Refused, Stale, said
from server.forms import Forged, Form, form_token
from server.phone import (
    HEADERS,
    Call,
    call_of,
    card_of,
    gone_on,
    no_ticket,
    number_in,
    page,
    show_ticket,
    title_of,
    told,
)
from server.phone_forms import answered, status_of

WITH_PHOTO = frozenset({"settle", "report_done", "check_pass", "check_fail"})
"""The moves at which a photo helps."""

LONGEST = 1_000
"""Characters of a note."""

ASKS = {
    Need.NOTE: said("What was done?"),
    Need.REASON: said("Reason"),
}

NOT_NOW = said("This ticket is no longer where this move begins.")


def move_page(request: Request) -> Response:
    """``GET /m/tickets/<no>/<move>``: the form of a move that is open to this person now."""
    call = call_of(request)
    found = _found(call)
    return found if isinstance(found, Response) else _shown(call, *found, {})


async def move_sent(request: Request) -> Response:
    """``POST /m/tickets/<no>/<move>``: makes the move on the ticket as the person saw it."""
    return await answered(request, _sent, _forged, back=request.url.path, files=1)


def _forged(request: Request, refused: Forged) -> Response:
    """The form once more, with a token of now: what was typed is not lost, and nothing was done with it."""
    call = call_of(request)
    found = _found(call)
    if call.wants_json or isinstance(found, Response):
        return told(call, refused.because, refused.status, request.url.path)
    because = call.say.of(refused.because)
    return _shown(call, *found, refused.form.fields, wrong=because, status=refused.status)


def _found(call: Call) -> tuple[TicketCard, Move] | Response:
    """The ticket and the move of this address, or why they are not to be had."""
    no, name = str(call.request.path_params["no"]), str(call.request.path_params["move"])
    card, move = desk.card(call.city, call.person, no), MOVE.get(name)
    if card is None or move is None:
        return told(call, no_ticket(no), 404)
    if move not in phone.moves_here(card):
        return _not_open(call, card, move)
    return card, move


def _not_open(call: Call, card: TicketCard, move: Move) -> Response:
    if move in card.moves:
        return told(call, said("This move is made on the desk."), 409, f"/m/tickets/{card.ticket.no}")
    return show_ticket(call, card.ticket.no, wrong=call.say.of(NOT_NOW), status=409)


def _sent(request: Request, form: Form) -> Response:
    call = call_of(request)
    no, name = str(request.path_params["no"]), str(request.path_params["move"])
    card, move = desk.card(call.city, call.person, no), MOVE.get(name)
    if card is None or move is None:
        return told(call, no_ticket(no), 404)
    version = number_in(form["version"])
    if version is None or name not in phone.STREET_MOVES:
        return _not_open(call, card, move)
    try:
        given = _given(move, form, with_photo=_takes_photo(call, move))
        with watching(call.city, call.person, name, no):
            act(
                call.city.store, call.city.rulebook, card.ticket.id, name, given,
                version=version, by=call.person, now=call.city.now(),
            )  # fmt: skip
    except Refused as refused:
        return _refused(call, card, move, form, refused)
    call.city.forget_loads()
    return gone_on(call, f"/m/tickets/{no}?did={name}")


def _given(move: Move, form: Form, *, with_photo: bool) -> Given:
    """What the form gives to the move.

    Raises:
        Refused: when the photo is none.
    """
    photos = form.photos_to_keep() if with_photo else ()
    sorts = Need.CATEGORY in move.needs
    return Given(
        words=form["words"][:LONGEST],
        category=form["category"] or None,
        urgent=bool(form["urgent"]) if sorts else None,
        photo=photos[0] if photos else None,
    )


def _refused(call: Call, seen: TicketCard, move: Move, form: Form, refused: Refused) -> Response:
    """Why nothing was done, beside what the person had typed, on the ticket as it is now."""
    no, because = seen.ticket.no, call.say.of(refused.because)
    if isinstance(refused, Stale) and phone.has_done(call.city, call.person, seen.ticket, move.name):
        # The same send came twice: it was done the first time.
        return gone_on(call, f"/m/tickets/{no}?did={move.name}")
    status = status_of(refused)
    if call.wants_json:
        return JSONResponse({"because": because, "stale": isinstance(refused, Stale)}, status, HEADERS)
    card = desk.card(call.city, call.person, no)
    if card is not None and move in phone.moves_here(card):
        return _shown(call, card, move, form.fields, wrong=because, status=status)
    return show_ticket(call, no, wrong=because, kept=form["words"], status=status)


# --- the page -------------------------------------------------------------------------------------------------


def _takes_photo(call: Call, move: Move) -> bool:
    return move.name in WITH_PHOTO and call.person.role not in WHOLE_CITY


def _shown(
    call: Call, card: TicketCard, move: Move, fields: Mapping[str, str], *, wrong: str = "", status: int = 200
) -> Response:
    say, ticket = call.say, card.ticket
    ask = next((say.of(ASKS[need]) for need in move.needs if need in ASKS), "")
    known: dict[str, Any] = {
        "card": card_of(call, card),
        "description": card.words.description if card.words else "",
        "move": move.name,
        "title": title_of(call, card, move),
        "ask": ask,
        "categories": _categories(call) if Need.CATEGORY in move.needs else [],
        "category": fields.get("category", ticket.category),
        "urgent": bool(fields.get("urgent")) if fields else ticket.urgent,
        "takes_photo": _takes_photo(call, move),
        "fields": fields,
        "version": ticket.version,
        "token": form_token(call.request),
        "longest": LONGEST,
        "wrong": wrong,
        "was_sent": bool(fields),
    }
    return page(call, "m_move.html", known, status)


def _categories(call: Call) -> list[tuple[str, list[tuple[str, str]]]]:
    """The rules' categories under their headings: a category that came with an import is none of them."""
    say, rules = call.say, call.city.rules_read
    return [
        (
            say.pick(group.zh, group.en),
            [(c.code, say.pick(c.zh, c.en)) for c in rules.categories.values() if c.group == code],
        )
        for code, group in rules.groups.items()
    ]
