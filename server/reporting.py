"""Take a resident's report: one plain form, a map to tap that needs no script, and a link to follow what comes of it."""

from __future__ import annotations

import re
import secrets
import time
from dataclasses import dataclass, replace
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from city.opened import City, here
from city.places import atlas
from city.posting import listed
from city.qr import qr_of
from city.rating import LinkIsOver, NoSuchLink, public_base
from city.reports import STEPS, Followed, followed, take_report
from city.words import Words
from domain.actions.raising import LONGEST, MOST_PHOTOS, Report
from domain.grids import CITY
from domain.place import LngLat
from domain.said import BadInput, Refused, Said, said
from domain.tickets import Words as Told
from server.forms import Forged, Form, NotTaken, form_token, read_form
from server.posting import map_address
from server.public import date, page, told
from server.sign_in import words_for
from server.turnstile import Turnstile

POSTS = Turnstile(a_minute=90)
"""Forms of one address, taps on the map among them."""

SENDS, ALL_SENDS = Turnstile(a_minute=12), Turnstile(a_minute=60)
"""Reports of one address, and of everybody: each costs a moment for its photos."""

LARGEST_FORM = 40_000_000
"""Bytes: three photos as telephones take them."""

SPARE_PHOTOS = 6
"""Photos beyond those that are kept are read, and refused with everything typed still there."""

SECRET = re.compile(r"[A-Za-z0-9_-]{32,64}")
"""What the secret of a shown form looks like, and a link's token."""

AT = re.compile(r"(-?[0-9]{1,3}\.[0-9]{1,8}),(-?[0-9]{1,2}\.[0-9]{1,8})")

PIXEL = re.compile(r"[0-9]{1,4}")

TRAP = "website"
"""A field that no person sees; programs that fill in forms fill it in."""


@dataclass(frozen=True, slots=True)
class Typed:
    """A report as far as it is filled in. ``send`` is the secret of the shown form, ``window`` the part of the city on the
    map, ``point`` what was tapped there, ``grid`` what was chosen instead."""

    send: str
    window: str = CITY
    point: LngLat | None = None
    grid: str = ""
    category: str = ""
    description: str = ""
    address: str = ""
    reporter: str = ""
    phone: str = ""


def report_page(request: Request) -> Response:
    """``GET /public/report?grid=``: the form; the map opens at the grid whose page people came from."""
    city = here()
    code = city.ground.structure.today(request.query_params.get("grid", ""))
    if city.ground.is_empty:
        return told(request, NO_CITY, 404)
    typed = Typed(secrets.token_urlsafe(24))
    if code in city.ground.structure.grids:
        around = atlas(city).window_around(code)
        typed = replace(typed, grid=code, window=around if around != CITY else code)
    return _shown(request, typed)


async def report(request: Request) -> Response:
    """``POST /public/report``: a tap on the map moves it; a report is kept, once. What is refused shows everything typed
    again with one sentence: 422, 403 for a form too old, 429 for too many."""
    client, now = request.client.host if request.client else "", time.monotonic()
    if not POSTS.lets(client, now):
        return await run_in_threadpool(told, request, TOO_MANY, 429)
    if await run_in_threadpool(lambda: here().ground.is_empty):
        return await run_in_threadpool(told, request, NO_CITY, 404)
    try:
        form = await read_form(request, files=MOST_PHOTOS + SPARE_PHOTOS, largest=LARGEST_FORM)
    except Forged as forged:
        return await run_in_threadpool(_again, request, forged)
    except NotTaken as refused:
        return await run_in_threadpool(told, request, refused.because, refused.status)
    if form["map.x"] or form["go"] != "send":
        return await run_in_threadpool(_moved, request, form)
    if not (SENDS.lets(client, now) and ALL_SENDS.lets("", now)):
        return await run_in_threadpool(_too_many, request, form)
    return await run_in_threadpool(_sent, request, form)


NO_CITY = said("There is no grid here yet.")
TOO_MANY = said("Too many reports came just now. Please try again in a minute.")


def _too_many(request: Request, form: Form) -> Response:
    return _shown(request, _typed(form), form, wrong=TOO_MANY, status=429)


def _again(request: Request, forged: Forged) -> Response:
    """A form that lay open too long, once more with everything typed."""
    wrong = said("This form lay open too long. Nothing that you typed is lost: please send it once more.")
    return _shown(request, _typed(forged.form), forged.form, wrong=wrong, status=forged.status)


def _moved(request: Request, form: Form) -> Response:
    """The form again, the map where it was tapped, or wider."""
    typed = _typed(form)
    if form["go"] == "wider":
        return _shown(request, replace(typed, window=CITY, point=None, grid=""), form)
    known, tap = atlas(here()), _tap(form)
    frame = known.frame(typed.window)
    if tap is None or tap[0] > frame.width or tap[1] > frame.height:
        return _shown(request, typed, form)
    point = frame.point(*tap)
    closer = known.closer(typed.window, point)
    moved = replace(typed, window=closer, point=None) if closer else replace(typed, point=point, grid="")
    return _shown(request, moved, form)


def _tap(form: Form) -> tuple[int, int] | None:
    """The pixel that was tapped. A keyboard presses the map in its corner: nothing was pointed at."""
    x, y = form["map.x"], form["map.y"]
    pointed = PIXEL.fullmatch(x) and PIXEL.fullmatch(y) and (x, y) != ("0", "0")
    return (int(x), int(y)) if pointed else None


def _sent(request: Request, form: Form) -> Response:
    city, typed = here(), _typed(form)
    try:
        if form[TRAP]:
            raise Refused(said("This form was filled in by a program. Please leave the last field empty."))
        if typed.category not in city.rules_read.categories:
            raise Refused(said("Please choose what it is about."))
        photos = form.photos_to_keep() if len(form.photos) <= MOST_PHOTOS else form.photos
        report = Report(
            typed.point, typed.category, Told(typed.description, typed.reporter, typed.phone),
            address=typed.address, photos=photos, grid=typed.grid or None,
        )  # fmt: skip
        kept = take_report(city, report, typed.send)
    except Refused as refused:
        return _shown(request, typed, form, wrong=refused.because, status=422)
    return RedirectResponse(f"/public/ticket/{kept.token}/sent", status_code=303)


def _typed(form: Form) -> Typed:
    """What a form holds; a secret or a window that is none of ours is replaced."""
    send, structure = form["send"], here().ground.structure
    grid, window = structure.today(form["grid"]), structure.today(form["window"])
    return Typed(
        send=send if SECRET.fullmatch(send) else secrets.token_urlsafe(24),
        window=atlas(here()).window(window),
        point=_point(form["at"]),
        grid=grid if grid in structure.grids else "",
        category=form["category"],
        description=form["description"],
        address=form["address"],
        reporter=form["reporter"],
        phone=form["phone"],
    )


def _point(text: str) -> LngLat | None:
    found = AT.fullmatch(text)
    try:
        return LngLat(float(found[1]), float(found[2])) if found else None
    except BadInput:
        return None


def _shown(
    request: Request, typed: Typed, form: Form | None = None, *, wrong: Said | None = None, status: int = 200
) -> Response:
    """The form with everything typed in it; photos alone must be chosen again."""
    city, say = here(), words_for(request)
    known = atlas(city)
    frame = known.frame(typed.window)
    content = {
        "typed": typed,
        "at": f"{typed.point.lng:.7f},{typed.point.lat:.7f}" if typed.point else "",
        "pin": frame.pixel(typed.point) if typed.point else None,
        "map": map_address(city, typed.window, typed.grid if not typed.point else ""),
        "frame": frame,
        "is_near": typed.window != CITY,
        "place": _place(city, typed, say),
        "grids": _grids(city, typed, say),
        "groups": _groups(city, typed, say),
        "longest": LONGEST,
        "most_photos": MOST_PHOTOS,
        "photos_again": bool(form and form.photos),
        "trap": TRAP,
        "form_token": form_token(request),
        "wrong": say.of(wrong) if wrong else "",
    }
    return page(request, "report.html", say, content, status)


def _place(city: City, typed: Typed, say: Words) -> str:
    """What the map says in words."""
    structure = city.ground.structure
    if typed.point:
        grid = city.locate(typed.point).grid
        if grid is None:
            return say("Chosen: a place in no grid. The city office will see to it.")
        names = [structure.grids[c].name for c in reversed(structure.chain(grid)) if c in structure.grids]
        return say("Chosen: {place}. Tap again to move it.", place=" · ".join(names))
    if typed.window == CITY:
        return say("Tap where it is; the map comes closer.")
    return say("Now tap the exact place.")


def _grids(city: City, typed: Typed, say: Words) -> list[tuple[str, list[tuple[str, str]]]]:
    """The choice of grids for whoever does not tap a map: communities, each with its compounds."""
    structure = city.ground.structure
    found = [
        (grid.name, [(grid.code, say("{community}, not sure where", community=grid.name)), *((b.code, b.name) for b in below)])
        for part in listed(city)
        for grid, below in part.grids
    ]  # fmt: skip
    known = {code for _, options in found for code, _ in options}
    if typed.grid and typed.grid not in known:
        found.insert(0, ("", [(typed.grid, structure.name(typed.grid))]))
    return found


def _groups(city: City, typed: Typed, say: Words) -> list[tuple[str, bool, list[tuple[str, str]]]]:
    """The categories by group, and whether the chosen one is among them."""
    categories = city.rules_read.categories.values()
    found = []
    for group in city.rules_read.groups.values():
        inside = [(c.code, say.pick(c.zh, c.en)) for c in categories if c.group == group.code]
        is_open = typed.category in {code for code, _ in inside}
        found.append((say.pick(group.zh, group.en), is_open, inside))
    return [part for part in found if part[2]]


# --- what comes of it -------------------------------------------------------------------------------------------


def sent_page(request: Request) -> Response:
    """``GET /public/ticket/<token>/sent``: the number, and the link to keep."""
    return _following(request, "sent.html")


def ticket_page(request: Request) -> Response:
    """``GET /public/ticket/<token>``: how a report stands; 404 for a link nobody was given, 410 for one that is over."""
    return _following(request, "ticket.html")


def _following(request: Request, name: str) -> Response:
    city, say, token = here(), words_for(request), str(request.path_params["token"])
    try:
        found = followed(city, token if SECRET.fullmatch(token) else "")
    except NoSuchLink as refused:
        return told(request, refused.because, 404)
    except LinkIsOver as refused:
        return told(request, refused.because, 410)
    link = f"{public_base(city, str(request.base_url))}/public/ticket/{token}"
    content = {
        "no": found.no,
        "link": link,
        "here": f"/public/ticket/{token}",
        "qr": qr_of(link),
        "stands": say.of(found.stands),
        "why": say.of(found.why) if found.why else "",
        "facts": _facts(found, say),
        "steps": _steps(found, say),
        "rate": f"/public/rate/{quote(found.rating, safe='')}" if found.rating else "",
        "until": date(found.until, say),
    }
    return page(request, name, say, content)


def _facts(found: Followed, say: Words) -> list[tuple[str, str]]:
    holder = found.holder if isinstance(found.holder, str) else say.of(found.holder)
    facts = [
        (say("What it is about"), say.pick(found.category.zh, found.category.en)),
        (say("Where"), found.place),
        (say("Reported to us on"), date(found.opened_at, say)),
        (say("Answered for by"), holder),
        (say("Handled by"), say.pick(found.lead.zh, found.lead.en) if found.lead else ""),
        (say("To be handled by"), date(found.due_at, say)),
        (say("Handled on"), date(found.handled_at, say)),
        (say("Ended on"), date(found.closed_at, say)),
    ]
    return [(label, value) for label, value in facts if value]


def _steps(found: Followed, say: Words) -> list[tuple[str, str]]:
    """The steps, each ``done``, ``now`` or to come; none for what was not taken up."""
    if found.step is None:
        return []
    standing = found.step + found.is_done
    return [
        (say.of(name), "done" if n < standing else "now" if n == standing else "")
        for n, (name, _) in enumerate(STEPS)
    ]
