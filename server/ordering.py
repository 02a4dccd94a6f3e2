"""Take a resident's order of a service (群众点单): one plain form for each grid, and a link to follow, cancel and rate it."""

from __future__ import annotations

import re
import secrets
import time
from dataclasses import dataclass
from datetime import datetime

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from city.access import watching
from city.frontline import needed
from city.frontline.ordered import Followed, LinkIsOver, NoSuchLink, followed
from city.opened import City, here
from city.posting import find, listed
from city.qr import qr_of
from city.rating import public_base
from city.words import Words
from domain.actions.pledges import GRADES, LONGEST, cancel_order, place_order, rate_order
from domain.frontline.pledges import ORDER_STATE, SORT, OrderState
from domain.frontline.records import Beside
from domain.needs import GRADES as NAMED
from domain.people import RESIDENT
from domain.said import Busy, Refused, Said, said
from server.forms import Forged, Form, NotTaken, form_token, read_form
from server.posting import address
from server.public import date, page, told
from server.reporting import SECRET, TRAP
from server.sign_in import words_for
from server.turnstile import Turnstile

POSTS = Turnstile(a_minute=60)
"""Forms of one address, searches and ratings among them."""

ALL_SEARCHES = Turnstile(a_minute=600)
"""Searches of everybody: each reads every address of the city."""

SENDS, ALL_SENDS = Turnstile(a_minute=6), Turnstile(a_minute=60)
"""Orders of one address, and of everybody: each sends somebody out."""

NUMBER = re.compile(r"[0-9]{1,9}")

DIALLED = re.compile(r"[0-9]")
FEWEST_DIGITS = 5
"""Digits of what can be called back."""

TOO_MANY = said("Too many orders came just now. Please try again in a minute.")
NO_CITY = said("There is no grid here yet.")
TOO_OLD = said("This form lay open too long. Nothing that you typed is lost: please send it once more.")

STANDS = {
    OrderState.ORDERED: said("Received. Somebody of the grid will take it."),
    OrderState.TAKEN: said("Somebody has taken it and will come to you."),
    OrderState.DELIVERED: said("Delivered. Please tell us how it was."),
    OrderState.RATED: said("Delivered and graded. Thank you."),
    OrderState.CANCELLED: said("Called off."),
}
"""An order's state as a resident understands it."""


NOBODY = Beside()


@dataclass(frozen=True, slots=True)
class Typed:
    """An order as far as it is filled in. ``send`` is the secret of the shown form, and the token of its link."""

    send: str
    grid: str = ""
    service: str = ""
    beside: Beside = NOBODY
    search: str = ""


# --- ordering -----------------------------------------------------------------------------------------------------


def order_page(request: Request) -> Response:
    """``GET /public/order?grid=``: the choice of a grid, or the services that can be ordered there."""
    city = here()
    if city.ground.is_empty:
        return told(request, NO_CITY, 404)
    return _shown(
        request, Typed(secrets.token_urlsafe(24), _grid(city, request.query_params.get("grid", "")))
    )


async def order_sent(request: Request) -> Response:
    """``POST /public/order``: finds a grid by an address; keeps an order, once. What is refused shows everything typed again
    with one sentence: 422, 403 for a form too old, 429 for too many."""
    client, now = request.client.host if request.client else "", time.monotonic()
    if not POSTS.lets(client, now):
        return await run_in_threadpool(told, request, TOO_MANY, 429)
    if await run_in_threadpool(lambda: here().ground.is_empty):
        return await run_in_threadpool(told, request, NO_CITY, 404)
    try:
        form = await read_form(request)
    except Forged as forged:
        return await run_in_threadpool(_again, request, forged)
    except NotTaken as refused:
        return await run_in_threadpool(told, request, refused.because, refused.status)
    if form["go"] == "send":
        if not (SENDS.lets(client, now) and ALL_SENDS.lets("", now)):
            return await run_in_threadpool(_too_many, request, form)
        return await run_in_threadpool(_sent, request, form)
    if form["search"] and not ALL_SEARCHES.lets("", now):
        return await run_in_threadpool(_too_many, request, form)
    return await run_in_threadpool(lambda: _shown(request, _typed(form)))


def _again(request: Request, forged: Forged) -> Response:
    return _shown(request, _typed(forged.form), wrong=TOO_OLD, status=forged.status)


def _too_many(request: Request, form: Form) -> Response:
    return _shown(request, _typed(form), wrong=TOO_MANY, status=429)


def _sent(request: Request, form: Form) -> Response:
    city, typed = here(), _typed(form)
    try:
        if form[TRAP]:
            raise Refused(said("This form was filled in by a program. Please leave the last field empty."))
        if not NUMBER.fullmatch(typed.service):
            raise Refused(said("Please choose a service."))
        if len(DIALLED.findall(typed.beside.phone)) < FEWEST_DIGITS:
            raise Refused(said("Please leave a telephone number by which you can be reached."))
        place_order(
            city.store, city.rulebook, int(typed.service), typed.grid, typed.beside, typed.send, now=city.now()
        )  # fmt: skip
    except Busy:
        raise
    except Refused as refused:
        return _shown(request, typed, wrong=refused.because, status=422)
    return RedirectResponse(f"/public/order/{typed.send}", status_code=303)


def _typed(form: Form) -> Typed:
    """What a form holds; a secret or a grid that is none of ours is replaced."""
    send = form["send"]
    return Typed(
        send=send if SECRET.fullmatch(send) else secrets.token_urlsafe(24),
        grid=_grid(here(), form["grid"]),
        service=form["service"],
        beside=Beside(form["words"], form["name"], form["phone"]),
        search=form["search"],
    )


def _grid(city: City, asked: str) -> str:
    """The grid that is asked for, by the plan of today; empty where there is none."""
    code = city.ground.structure.today(asked)
    return code if code in city.ground.structure.grids else ""


def _shown(request: Request, typed: Typed, *, wrong: Said | None = None, status: int = 200) -> Response:
    """The form with everything typed in it; where no grid is chosen yet, the choice of one."""
    city, say = here(), words_for(request)
    content: dict[str, object] = {
        "typed": typed,
        "told": typed.beside,
        "form_token": form_token(request),
        "wrong": say.of(wrong) if wrong else "",
        "longest": LONGEST,
        "trap": TRAP,
    }
    if not typed.grid:
        content |= {"grids": _grids(city), "hits": _hits(city, typed.search)}
        return page(request, "order_where.html", say, content, status)
    services = needed.services_at(city, typed.grid)
    content |= {
        "place": " · ".join(_names(city, typed.grid)),
        "posting": address(typed.grid),
        "services": [(str(s.id), s.title, f"{say.of(SORT[s.sort])} · {s.provider}") for s in services],
    }
    return page(request, "order.html", say, content, status)


def _names(city: City, code: str) -> list[str]:
    structure = city.ground.structure
    return [structure.grids[c].name for c in reversed(structure.chain(code)) if c in structure.grids]


def _grids(city: City) -> list[tuple[str, list[tuple[str, str]]]]:
    """Communities, each with its compounds; nothing where they are too many to list."""
    return [
        (grid.name, [(grid.code, grid.name), *((below.code, below.name) for below in inside)])
        for part in listed(city)
        for grid, inside in part.grids
    ]


def _hits(city: City, words: str) -> list[tuple[str, str]] | None:
    return [(hit.words, hit.grid) for hit in find(city, words)] if words else None


# --- following, cancelling, rating ----------------------------------------------------------------------------------


def follow_page(request: Request) -> Response:
    """``GET /public/order/<token>``: how an order stands; 404 for a link nobody was given, 410 for one that is over."""
    return _following(request)


async def follow_sent(request: Request) -> Response:
    """``POST /public/order/<token>``: cancels an order, or rates it once it was delivered; 422 where that cannot be."""
    client = request.client.host if request.client else ""
    if not POSTS.lets(client, time.monotonic()):
        wait = said("Too many answers came from here just now. Please try again in a minute.")
        return await run_in_threadpool(told, request, wait, 429)
    try:
        form = await read_form(request)
    except Forged:
        return await run_in_threadpool(lambda: _following(request, wrong=TOO_OLD, status=Forged.status))
    except NotTaken as refused:
        return await run_in_threadpool(told, request, refused.because, refused.status)
    return await run_in_threadpool(_answered, request, form)


def _answered(request: Request, form: Form) -> Response:
    city, token = here(), _token(request)
    try:
        # Anybody may try links that nobody was given: told, but not noted, or they would fill the log.
        followed(city, RESIDENT, token)
    except Refused:
        return _following(request)
    try:
        with watching(city, RESIDENT, "order"):
            if form["do"] == "cancel":
                cancel_order(city.store, token, now=city.now())
            else:
                grade = form["grade"]
                chosen = int(grade) if grade in {str(n) for n in GRADES} else 0
                rate_order(city.store, token, chosen, now=city.now())
    except Busy:
        raise
    except Refused as refused:
        return _following(request, wrong=refused.because, status=422)
    return RedirectResponse(f"/public/order/{token}", status_code=303)


def _following(request: Request, *, wrong: Said | None = None, status: int = 200) -> Response:
    city, say, token = here(), words_for(request), _token(request)
    try:
        found = followed(city, RESIDENT, token)
    except NoSuchLink as refused:
        return told(request, refused.because, 404)
    except LinkIsOver as refused:
        return told(request, refused.because, 410)
    link = f"{public_base(city, str(request.base_url))}/public/order/{token}"
    can = {step.name for step in found.steps}
    content = {
        "no": found.order.id,
        "stands": say.of(STANDS[found.order.state]),
        "facts": _facts(city, found, say),
        "may_rate": "rate" in can,
        "may_cancel": "cancel" in can,
        "grades": [(n, say.of(name)) for n, name in NAMED.items()],
        "here": f"/public/order/{token}",
        "link": link,
        "qr": qr_of(link),
        "form_token": form_token(request),
        "wrong": say.of(wrong) if wrong else "",
    }
    return page(request, "order_follow.html", say, content, status)


def _facts(city: City, found: Followed, say: Words) -> list[tuple[str, str]]:
    order, grade = found.order, found.order.grade

    def day(at: datetime | None) -> str:
        return date(at.astimezone(city.zone), say) if at else ""

    facts = [
        (say("Service"), found.service.title),
        (say("Provider"), found.service.provider),
        (say("Grid"), found.place),
        (say("State"), say.of(ORDER_STATE[order.state])),
        (say("Ordered on"), day(order.ordered_at)),
        (say("Delivered on"), day(order.delivered_at)),
        (say("Your grade"), say.of(NAMED[grade]) if grade is not None else ""),
    ]
    return [(label, value) for label, value in facts if value]


def _token(request: Request) -> str:
    """The link's token; what cannot be one is none."""
    token = str(request.path_params["token"])
    return token if SECRET.fullmatch(token) else ""
