"""Post who answers for each grid (公示), help people find theirs, and print it with a code to photograph."""

from __future__ import annotations

import hashlib
import re
import secrets
import time
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from city.avatars import avatar
from city.frontline import needed
from city.opened import City, here
from city.own_facts import city_name
from city.places import atlas
from city.posting import LEVEL_OF, Posted, Posting, find, listed, photo_of, posting
from city.qr import qr_of
from city.rating import public_base
from city.words import Words
from domain.frontline.organisation import SIDE
from domain.grids import Level
from domain.said import Said, said
from gis.palette import LIGHT, css_variables
from server.files import FOR_EVER
from server.forms import NotTaken, form_token, read_form
from server.public import HEADERS, page, templates, told
from server.public import date as dated
from server.sign_in import words_for
from server.turnstile import Turnstile
from storage.people import Head

SEARCHES, ALL_SEARCHES = Turnstile(a_minute=30), Turnstile(a_minute=600)
"""Searches of one address, and of everybody: each reads every address of the city."""

NO_GRID = said("There is no grid with this code.")
FORMER = said("{grid} was redrawn and has no page any more. Please look for your grid here.")
FOLLOWS = said("{grid} was redrawn; this is the grid that follows it.")
DIAL = re.compile(r"[^0-9+]")
"""What a phone number holds that no telephone dials."""


def grids_page(request: Request) -> Response:
    """``GET /public/grids``: find one's grid by list or search."""
    return _grids(request, "", None, 200)


async def search_grids(request: Request) -> Response:
    """``POST /public/grids``: the same with what was found. An address is nothing for a URL or a log."""
    client, now = request.client.host if request.client else "", time.monotonic()
    if not (SEARCHES.lets(client, now) and ALL_SEARCHES.lets("", now)):
        wait = said("Too many searches came just now. Please try again in a minute.")
        return await run_in_threadpool(told, request, wait, 429)
    try:
        form = await read_form(request)
    except NotTaken as refused:
        return await run_in_threadpool(_grids, request, "", refused.because, refused.status)
    return await run_in_threadpool(_grids, request, form["words"], None, 200)


def _grids(request: Request, words: str, wrong: Said | None, status: int) -> Response:
    city, say = here(), words_for(request)
    content = {
        "hits": [(hit.words, address(hit.grid)) for hit in find(city, words)] if words else None,
        "words": words,
        "wrong": say.of(wrong) if wrong else "",
        "listed": [
            (part.name, [(_link(g.code, g.name), [_link(b.code, b.name) for b in below]) for g, below in part.grids])
            for part in listed(city)
        ],
        "form_token": form_token(request),
    }  # fmt: skip
    return page(request, "grids.html", say, content, status)


def grid_page(request: Request) -> Response:
    """``GET /public/grids/<code>``: the posting page of a grid; 404 where there is none. Whoever comes by the printed code of a
    former grid is led to the one that follows it, or to the list of all."""
    city, say = here(), words_for(request)
    found = posting(city, request.path_params["code"])
    if found is None:
        return _gone(request, "")
    code = found.posted.grid.code
    window = atlas(city).window_around(code)
    content = _shown(found, say) | {
        "follows": _followed(city, request.query_params.get("was", ""), code, say),
        "map": map_address(city, window, code),
        "map_size": (atlas(city).frame(window).width, atlas(city).frame(window).height),
        "report": f"/public/report?grid={quote(code, safe='')}",
        "order": f"/public/order?grid={quote(code, safe='')}",
        "services": [(service.title, service.provider) for service in needed.services_at(city, code)],
        "poster": f"{address(code)}/poster",
        "below": [_row(one, say) | {"members": [_row(m, say) for m in one.below]} for one in found.posted.below],
    }  # fmt: skip
    return page(request, "grid.html", say, content)


def poster(request: Request) -> Response:
    """``GET /public/grids/<code>/poster``: the same on A4, with the QR code of the page; anybody may print it."""
    city, say = here(), words_for(request)
    found = posting(city, request.path_params["code"])
    if found is None:
        return _gone(request, "/poster")
    url = public_base(city, str(request.base_url)) + address(found.posted.grid.code)
    nonce = secrets.token_urlsafe(12)
    policy = HEADERS["Content-Security-Policy"] + f"; script-src 'nonce-{nonce}'"
    content = _shown(found, say) | {
        "say": say,
        "city": city_name(here(), say),
        "url": url,
        "qr": qr_of(url),
        "nonce": nonce,
        "colours": css_variables(LIGHT),
    }
    headers = HEADERS | {"Content-Security-Policy": policy}
    return templates.TemplateResponse(request, "poster.html", content, headers=headers)


def _gone(request: Request, page_of: str) -> Response:
    """For a code that no grid has: to the grid that follows it, to the list where none does, 404 where there never was one."""
    structure, code = here().ground.structure, str(request.path_params["code"])
    former, heir = structure.former.get(code), structure.today(code)
    if former is None:
        return told(request, NO_GRID, 404)
    if heir not in structure.grids:
        return _grids(request, "", Said(FORMER.text, {"grid": former.name}), 410)
    # Not for ever: a later plan may bring the code back.
    asked = request.url.include_query_params(was=code).query
    return RedirectResponse(
        f"{address(heir)}{page_of}?{asked}", status_code=302, headers={"Cache-Control": "no-store"}
    )


def _followed(city: City, was: str, code: str, say: Words) -> str:
    """That somebody came by the code of a former grid, and this one follows it; empty where that is not so."""
    former = city.ground.structure.former.get(was)
    if former is None or city.ground.structure.today(was) != code:
        return ""
    return say.of(Said(FOLLOWS.text, {"grid": former.name}))


def head_photo(request: Request) -> Response:
    """``GET /public/grids/<code>/photo``: the photo of a grid's head; asked again, it is sent only when it changed."""
    body = photo_of(here(), request.path_params["code"])
    if body is None:
        return PlainTextResponse("no such photo", status_code=404)
    mark = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": mark, "Cache-Control": "public, max-age=600", "X-Content-Type-Options": "nosniff"}
    if mark in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="image/jpeg", headers=headers)


def map_picture(request: Request) -> Response:
    """``GET /public/map/<window>?grid=``: a still map; its address changes with the plan."""
    if here().ground.is_empty:
        return PlainTextResponse("no such map", status_code=404)
    known = atlas(here())
    window = known.window(request.path_params["window"])
    chosen = request.query_params.get("grid", "")
    picture = known.picture(window, chosen if chosen in known.ground.structure.grids else "")
    # Not by files.immutable: the maps of all grids would drive the app's own files out of what is kept compressed.
    headers = {"Cache-Control": FOR_EVER, "X-Content-Type-Options": "nosniff"}
    return Response(picture, media_type="image/svg+xml", headers=headers)


def map_address(city: City, window: str, chosen: str = "") -> str:
    """Where the picture of a window is, one grid in it standing out."""
    more = f"&grid={quote(chosen, safe='')}" if chosen else ""
    return f"/public/map/{quote(window, safe='')}?plan={city.ground.identity}{more}"


def address(code: str) -> str:
    """The path of a grid's posting page."""
    return f"/public/grids/{quote(code, safe='')}"


def _link(code: str, name: str) -> tuple[str, str]:
    return name, address(code)


def _shown(found: Posting, say: Words) -> dict[str, object]:
    """What page and poster show of a grid."""
    grid, head = found.posted.grid, found.posted.head
    return {
        "name": grid.name,
        "code": grid.code,
        "level": say.of(LEVEL_OF[grid.level]),
        "street": found.street,
        "above": [_link(g.code, g.name) for g in found.above],
        "organisation": found.organisation,
        "households": f"{grid.households:,}" if grid.households is not None else "",
        "compounds": ("、" if say.lang == "zh" else ", ").join(found.compounds),
        "head": _head(grid.code, head, say) if head else None,
        "council": [(say.of(SIDE[seat.side]), seat.post, seat.holder) for seat in found.council],
        "has_members": grid.level is Level.COMMUNITY,
    }


def _head(code: str, head: Head, say: Words) -> dict[str, object]:
    return {
        "since": dated(head.since.astimezone(here().zone), say) if head.since else "",
        "name": head.name,
        "title": head.title,
        "duties": head.duties,
        "phone": head.work_phone,
        "dial": DIAL.sub("", head.work_phone),
        "demo": head.demo,
        "picture": f"{address(code)}/photo" if head.has_photo else avatar(head.name),
    }


def _row(posted: Posted, say: Words) -> dict[str, object]:
    grid, head = posted.grid, posted.head
    return {
        "name": grid.name,
        "address": address(grid.code),
        "head": f"{head.name} {head.title}".strip() if head else say("Vacancy"),
        "phone": head.work_phone if head else "",
        "dial": DIAL.sub("", head.work_phone) if head else "",
    }
