"""Visits on the phone: the day's round, one tap for a door where all is well, a small form where something was learned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from city import clock_words
from city.access import watching
from city.frontline import places, shades, visited
from city.frontline.visited import Door
from domain.actions.visits import list_need, log_visits, withdraw_visit
from domain.frontline.pledges import SORT, Sort
from domain.frontline.rights import RIGHTS
from domain.frontline.visits import FOLLOWS, LEARNED, Follows, Learned, Visit
from domain.place import LngLat
from domain.said import Refused, said
from server.forms import Forged, Form, form_token
from server.phone import Call, call_of, gone_on, number_in, page, point_in, told
from server.phone_forms import answered, only_told, status_of

MOST_TODAY = 30
"""Visits of today that are listed."""

LONGEST = 200
"""Characters of a need."""

NOT_HERE = said("There is no such building in your area.")
NOT_YOURS = said("Your role makes no visits.")
DID = {
    "visited": said("The visit is written down."),
    "withdrawn": said("The visit is taken back."),
    "listed": said("The visit and the need are written down."),
}


def may_visit(call: Call) -> bool:
    """Does this person go from door to door?"""
    return call.person.role in RIGHTS[Visit.LIST].keeps


def round_page(request: Request) -> Response:
    """``GET /m/visits``: the day's round, all buildings, and what was written down today."""
    call = call_of(request)
    return _round(call) if may_visit(call) else told(call, NOT_YOURS, 403)


async def round_from_here(request: Request) -> Response:
    """``POST /m/visits``: the same, the round beginning where one stands. A place is kept nowhere and in no address."""
    return await answered(request, _from_here, only_told, back="/m/visits")


def _from_here(request: Request, form: Form) -> Response:
    call = call_of(request)
    return _round(call, point_in(form["at"])) if may_visit(call) else told(call, NOT_YOURS, 403)


def door_page(request: Request) -> Response:
    """``GET /m/visits/<building>``: what was learned there, and what follows."""
    call = call_of(request)
    if not may_visit(call):
        return told(call, NOT_YOURS, 403)
    door = _door(call)
    return told(call, NOT_HERE, 404, "/m/visits") if door is None else _shown(call, door, {})


async def visit_sent(request: Request) -> Response:
    """``POST /m/visits/<building>``: writes a visit down, or takes one back."""
    return await answered(request, _sent, _forged, back="/m/visits")


def _forged(request: Request, refused: Forged) -> Response:
    call = call_of(request)
    door = _door(call) if may_visit(call) else None
    if call.wants_json or door is None:
        return told(call, refused.because, refused.status, "/m/visits")
    because = call.say.of(refused.because)
    return _shown(call, door, refused.form.fields, wrong=because, status=refused.status)


def _door(call: Call) -> Door | None:
    """The building of this address, where it lies in the person's area."""
    return visited.door(call.city, call.person.area, str(call.request.path_params["building"]))


# --- doing ----------------------------------------------------------------------------------------------------


def _sent(request: Request, form: Form) -> Response:
    call = call_of(request)
    if not may_visit(call):
        return told(call, NOT_YOURS, 403)
    door = _door(call)
    if door is None:
        return told(call, NOT_HERE, 404, "/m/visits")
    try:
        with watching(call.city, call.person, "visit"):
            done = _withdrawn(call, form) if form["withdraw"] else _written_down(call, door, form)
    except Refused as refused:
        because = call.say.of(refused.because)
        return _shown(call, door, form.fields, wrong=because, status=status_of(refused))
    shades.forget_numbers(call.city)
    return gone_on(call, done)


def _withdrawn(call: Call, form: Form) -> str:
    number = number_in(form["withdraw"]) or 0
    withdraw_visit(call.city.store, number, by=call.person, now=call.city.now())
    return "/m/visits?did=withdrawn"


def _written_down(call: Call, door: Door, form: Form) -> str:
    """Write it down; where to look next."""
    city, now = call.city, call.city.now()
    learned = _one_of(Learned, form["learned"], Learned.WELL)
    follows = _one_of(Follows, form["follows"], Follows.NOTHING)
    building = door.building
    visit = Visit(grid=building.grid, unit=building.code, at=now, visitor=0, learned=learned, follows=follows)
    if follows is Follows.LISTED:
        sort = _one_of(Sort, form["sort"], Sort.OTHER)
        list_need(city.store, city.rulebook, visit, sort, form["need"][:LONGEST], by=call.person, now=now)
        return "/m/visits?did=listed"
    (logged,) = log_visits(city.store, city.rulebook, [visit], by=call.person, now=now)
    if follows is Follows.TICKET:
        at = f"{building.point.lng:.6f},{building.point.lat:.6f}"
        return f"/m/raise?visit={logged.id}&at={at}"
    return "/m/visits?did=visited"


def _one_of(names: Any, text: str, otherwise: Any) -> Any:
    return names(text) if text in set(names) else otherwise


# --- the pages ------------------------------------------------------------------------------------------------


def _round(call: Call, stands: LngLat | None = None) -> Response:
    """The round from where one stands, else from where one was last today."""
    city, say, area = call.city, call.say, call.person.area
    today = _of_today(call, city.day_begins(city.now()))
    round_ = visited.round_of(city, area, stands or _last_place(call, today))
    in_round = {door.building.code for door in round_}
    rest = [door for door in visited.doors(city, area) if door.building.code not in in_round]
    did = DID.get(call.request.query_params.get("did", ""))
    known: dict[str, Any] = {
        "title": say("Visits"),
        "round": [_door_words(call, door) for door in round_],
        "rest": [_door_words(call, door) for door in rest],
        "today": [_visit_words(call, v) for v in today][:MOST_TODAY],
        "from_here": stands is not None,
        "token": form_token(call.request),
        "done": say.of(did) if did else "",
    }
    return page(call, "m_visits.html", known)


def _last_place(call: Call, today: list[Visit]) -> LngLat | None:
    known = places.buildings(call.city).by_code
    last = next((known[visit.unit] for visit in today if visit.unit in known), None)
    return last.point if last else None


def _of_today(call: Call, begin: Any) -> list[Visit]:
    found = visited.log_of(call.city, call.person, call.person.area, days=1)
    return [v for v in found if v.at >= begin and v.visitor == call.person.id and not v.withdrawn]


def _door_words(call: Call, door: Door) -> dict[str, Any]:
    say = call.say
    if door.days is None:
        since, kind = say("never visited"), "warn"
    elif door.days == 0:
        since, kind = say("today"), "ok"
    else:
        since, kind = say("{n} days ago", n=door.days), "warn" if door.days > OVERDUE else ""
    building = door.building
    households = say("{n} households", n=building.households)
    return {"code": building.code, "name": building.name, "since": since, "kind": kind, "more": households}


OVERDUE = 30
"""Days after which a building waits for somebody to come."""


def _visit_words(call: Call, visit: Visit) -> dict[str, Any]:
    say, known = call.say, places.buildings(call.city).by_code.get(visit.unit or "")
    words = say.of(LEARNED[visit.learned])
    if visit.follows is not Follows.NOTHING:
        words += f" · {say.of(FOLLOWS[visit.follows])}"
    return {
        "id": visit.id,
        "building": visit.unit,
        "name": known.name if known else call.unit(visit.grid),
        "at": clock_words.moment(call.city, say, visit.at),
        "words": words,
    }


def _shown(
    call: Call, door: Door, fields: Mapping[str, str], *, wrong: str = "", status: int = 200
) -> Response:
    say = call.say
    learned = fields.get("learned", "")
    known: dict[str, Any] = {
        "title": door.building.name,
        "door": _door_words(call, door),
        "learned": [(each.value, say.of(words)) for each, words in LEARNED.items()],
        "follows": [(each.value, say.of(FOLLOW_TITLES[each])) for each in FOLLOWS],
        "sorts": [(each.value, say.of(words)) for each, words in SORT.items()],
        "fields": {"learned": learned or Learned.WELL.value, "follows": Follows.NOTHING.value, **fields},
        "token": form_token(call.request),
        "longest": LONGEST,
        "wrong": wrong,
        "was_sent": bool(fields),
    }
    return page(call, "m_visit.html", known, status)


FOLLOW_TITLES = {
    Follows.NOTHING: said("Nothing follows"),
    Follows.SOLVED: said("Solved on the spot"),
    Follows.TICKET: said("Raise a ticket of it"),
    Follows.LISTED: said("Enter it in the list of needs"),
}
