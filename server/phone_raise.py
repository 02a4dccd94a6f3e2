"""Raise a ticket on the phone: tap the place, take a photo, choose the kind, send – with or without a script."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from city import desk, phone
from city.access import watching
from city.opened import City
from domain.actions.raising import Report, raise_ticket
from domain.people import WHOLE_CITY, Person
from domain.place import LngLat
from domain.said import BadInput, Refused, Said, said
from domain.tickets import Words
from gis.surroundings import HEIGHT, WIDTH, Frame
from server.forms import Forged, Form, form_token
from server.phone import HEADERS, Call, call_of, gone_on, number_in, numbers_in, page, point_in, told
from server.phone_forms import answered, status_of

LONGEST = 2_000
"""Characters of a description."""

LONGEST_ADDRESS = 200
LONGEST_KEY = 64
CHIPS = 8
"""So many kinds are shown at once; the others wait behind a tap."""

ZOOM = {"closer": 0.5, "wider": 2.0}
"""What the buttons beside the map do to its height."""

CLOSER_AT_TAP = 0.5
"""A tap without a script brings the map closer to the place: a second tap is more exact."""

NEAR = 300.0 / 111_320.0
"""Degrees of latitude at which a tap brings the map no closer."""

CLOSE = 2 * NEAR
"""The height of the map around a place that is known already, in degrees."""

PLACE_IS_MISSING = said("Please tap the place on the map, or choose a grid.")


def raise_page(request: Request) -> Response:
    """``GET /m/raise``."""
    call = call_of(request)
    if not desk.may_raise(call.person):
        return told(call, said("Your role raises no tickets."), 403)
    return _shown(call, _Draft.begun(call))


async def raise_sent(request: Request) -> Response:
    """``POST /m/raise``: the map was tapped, a button beside it pressed, or the report is sent."""
    return await answered(request, _sent, _forged, back="/m/raise", files=1)


def where(request: Request) -> Response:
    """``GET /m/where?at=lng,lat``: for the script, what lies at a place."""
    call = call_of(request)
    point = point_in(request.query_params.get("at", ""))
    words = call.say.of(_where(call.city, call.person, point)[0]) if point else ""
    return JSONResponse({"words": words}, headers=HEADERS)


def map_picture(request: Request) -> Response:
    """``GET /m/map.svg?frame=lng,lat,height``: a piece of the ground, nothing on it that anybody reported."""
    call = call_of(request)
    frame = _frame(request.query_params.get("frame", ""), phone.own_frame(call.city, call.person))
    if frame is None:
        return told(call, said("This city has no grids yet."), 404)
    place = point_in(request.query_params.get("at", ""))
    svg = phone.ground_picture(call.city, call.person, frame, place)
    return Response(svg, media_type="image/svg+xml", headers=HEADERS)


def token(request: Request) -> Response:
    """``GET /m/token``: for the script, whose form lay waiting for the network."""
    return JSONResponse({"form_token": form_token(request)}, headers=HEADERS)


# --- what was typed so far ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Draft:
    """A report as far as it is filled in."""

    frame: Frame | None
    point: LngLat | None
    fields: Mapping[str, str]
    once: str

    @classmethod
    def begun(cls, call: Call) -> _Draft:
        """An empty report; a place and a visit that it follows from may stand in the address."""
        query, own = call.request.query_params, phone.own_frame(call.city, call.person)
        point = point_in(query.get("at", ""))
        frame = Frame.at(point, min(own.high, CLOSE)) if own is not None and point is not None else own
        visit = number_in(query.get("visit"))
        return cls(frame, point, {"visit": str(visit)} if visit else {}, str(uuid.uuid4()))

    @classmethod
    def of(cls, call: Call, form: Form) -> _Draft:
        frame = _frame(form["frame"], phone.own_frame(call.city, call.person))
        point = point_in(form["at"])
        if frame is not None:
            frame, point = _after_button(frame, point, form)
        return cls(frame, point, form.fields, form["once"][:LONGEST_KEY] or str(uuid.uuid4()))


def _after_button(frame: Frame, point: LngLat | None, form: Form) -> tuple[Frame, LngLat | None]:
    """The map after a tap on it, or on a button beside it."""
    if tapped := _tapped(frame, form):
        return Frame.at(tapped, max(frame.high * CLOSER_AT_TAP, min(frame.high, NEAR))), tapped
    if form["do"] in ZOOM:
        return Frame.at(point or frame.middle, frame.high * ZOOM[form["do"]]), point
    return frame, point


def _tapped(frame: Frame, form: Form) -> LngLat | None:
    """Where the map was tapped: browsers send the pixel. The corner itself is what a keyboard sends: no place."""
    across, down = form["map.x"], form["map.y"]
    if not (across.isdecimal() and down.isdecimal()) or across == down == "0":
        return None
    return frame.point(min(1.0, int(across[:6]) * 2 / WIDTH), min(1.0, int(down[:6]) * 2 / HEIGHT))


def _frame(text: str, own: Frame | None) -> Frame | None:
    """The frame an address or a form asks for, never wider than the city nor far from it; else one's own."""
    numbers = numbers_in(text, 3)
    if own is None or numbers is None:
        return own
    lng, lat, high = numbers
    try:
        return Frame.at(LngLat(lng, lat), min(max(high, 0.0), 1.0)) if abs(lat) < 85 else own
    except BadInput:
        return own


# --- sending --------------------------------------------------------------------------------------------------


def _sent(request: Request, form: Form) -> Response:
    call = call_of(request)
    if not desk.may_raise(call.person):
        return told(call, said("Your role raises no tickets."), 403)
    draft = _Draft.of(call, form)
    if form["do"] in ZOOM or "map.x" in form.fields:
        return _shown(call, draft)
    try:
        report = _report(call, draft, form)
        with watching(call.city, call.person, "raise"):
            ticket = raise_ticket(
                call.city.store, call.city.rulebook, report, by=call.person, now=call.city.now()
            )
    except Refused as refused:
        return _refused(call, draft, refused)
    call.city.forget_loads()
    return gone_on(call, f"/m/tickets/{ticket.no}?did=raised")


def _report(call: Call, draft: _Draft, form: Form) -> Report:
    """The report that a form makes.

    Raises:
        Refused: when something is missing that only this page can ask for, or the photo is none.
    """
    photos = form.photos_to_keep()
    description, category = form["words"][:LONGEST], form["category"]
    known = call.city.rules_read.categories.get(category)
    if known is None:
        raise Refused(said("Please choose a category."))
    if not description and photos:
        # The photo says it; the kind names it.
        description = known.zh
    if not description:
        raise Refused(said("Please describe the problem, or take a photo."))
    address = form["address"][:LONGEST_ADDRESS]
    grid = form["grid"] or phone.grid_called(call.city, call.person, address)
    # The city office owns what lies in no grid: an address is enough for it.
    if not (draft.point or grid or (address and call.person.role in WHOLE_CITY)):
        raise Refused(PLACE_IS_MISSING)
    return Report(
        draft.point,
        category,
        Words(description),
        urgent=bool(form["urgent"]),
        address=address,
        # Somebody else's key is not this person's.
        once=f"m-{call.person.id}-{draft.once}",
        from_resident=bool(form["told"]),
        photos=photos,
        visit=number_in(form["visit"]),
        grid=None if draft.point else grid,
    )


def _refused(call: Call, draft: _Draft, refused: Refused) -> Response:
    status = status_of(refused)
    if call.wants_json:
        return JSONResponse({"because": call.say.of(refused.because)}, status, HEADERS)
    return _shown(call, draft, wrong=call.say.of(refused.because), status=status)


def _forged(request: Request, refused: Forged) -> Response:
    """The form once more, with a token of now: what was typed is not lost, and nothing was done with it."""
    call = call_of(request)
    if call.wants_json or not desk.may_raise(call.person):
        return told(call, refused.because, refused.status, "/m/raise")
    draft = _Draft.of(call, refused.form)
    return _shown(call, draft, wrong=call.say.of(refused.because), status=refused.status)


# --- the page -------------------------------------------------------------------------------------------------


def _shown(call: Call, draft: _Draft, *, wrong: str = "", status: int = 200) -> Response:
    city, say = call.city, call.say
    kinds = phone.kinds(city, call.person)
    groups = city.rules_read.groups
    words, kind = _where(city, call.person, draft.point) if draft.point else (said(""), "")
    named = [(c.code, say.pick(c.zh, c.en), c.group) for c in kinds]
    chosen = draft.fields.get("category", "")
    rest: dict[str, list[tuple[str, str, str]]] = {}
    for each in sorted(named[CHIPS:], key=lambda each: each[0]):
        rest.setdefault(each[2], []).append(each)
    known: dict[str, Any] = {
        "frame": draft.frame,
        "asked": _asked(draft.frame),
        "at": f"{draft.point.lng:.6f},{draft.point.lat:.6f}" if draft.point else "",
        "share": draft.frame.share(draft.point) if draft.frame and draft.point else None,
        "where": say.of(words),
        "where_kind": kind,
        "grids": phone.grids_to_choose(city, call.person),
        "chips": named[:CHIPS],
        "rest": [(say.pick(groups[code].zh, groups[code].en), each) for code, each in rest.items() if code in groups],
        "rest_is_open": chosen in {code for code, _, _ in named[CHIPS:]},
        "fields": draft.fields,
        "once": draft.once,
        "token": form_token(call.request),
        "longest": LONGEST,
        "longest_address": LONGEST_ADDRESS,
        "wrong": wrong,
        "was_sent": bool(draft.fields.keys() - {"visit"}),
        "width": WIDTH // 2,
        "height": HEIGHT // 2,
    }  # fmt: skip
    return page(call, "m_raise.html", known, status)


def _asked(frame: Frame | None) -> str:
    return f"{frame.middle.lng:.6f},{frame.middle.lat:.6f},{frame.high:.6f}" if frame else ""


def _where(city: City, person: Person, point: LngLat) -> tuple[Said, str]:
    """What lies at a place, and the kind of that news."""
    located = city.locate(point)
    structure = city.ground.structure
    if located.grid is None:
        return said("This place lies in no grid: the ticket will go to the city office."), "warn"
    if not any(structure.within(code, person.area) for code in located.codes):
        return said("This place is outside your area."), "bad"
    return said("In {grid}", grid=structure.name(located.grid)), ""
