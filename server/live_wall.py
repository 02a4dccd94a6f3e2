"""Answer the wall screens: what they show now, in words ready to be shown, a few kilobytes, none when nothing changed.

Beside the body stand, also in a 304, ``X-Redgrid-Now`` (the server's clock) and ``X-Redgrid-Read`` (when the store was
last read): milliseconds since 1970. A screen that gets no answer keeps what it shows and says so by itself.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from datetime import datetime

from babel.dates import format_timedelta
from babel.numbers import format_decimal
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from city import assets
from city.opened import City, here
from city.wall import WATCHED_BY, Alert, Ranked, Shown, WallNow, shown, wall_now
from city.words import Words
from domain.grids import CITY
from domain.people import Person
from server.sign_in import words_for

LOCALES = {"zh": "zh_Hans_CN", "en": "en_GB"}
GOOD, BAD, FLAT = "good", "bad", "flat"


def live_wall(request: Request) -> Response:
    """``GET /live/wall?area=&level=&lang=``: JSON with an ETag; 304 when it is as before."""
    city, person = here(), request.scope["person"]
    if person.role not in WATCHED_BY:
        return PlainTextResponse("this is for wall screens", status_code=403)
    asked = request.query_params
    what = shown(city, person, asked.get("area", ""), asked.get("level", ""))
    if what is None:
        return JSONResponse({"empty": True, "build": build()}, headers={"Cache-Control": "no-store"})
    now = wall_now(city, person, what)
    body = json.dumps(
        page(city, person, what, now, words_for(request)), ensure_ascii=False, separators=(",", ":")
    ).encode()
    return _answer(request, body, city.now(), now.read_at)


def _answer(request: Request, body: bytes, now: datetime, read_at: datetime) -> Response:
    etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    headers = {
        "ETag": etag,
        "Cache-Control": "private, no-cache",
        "Vary": "Cookie",
        "X-Redgrid-Now": str(int(now.timestamp() * 1000)),
        "X-Redgrid-Read": str(int(read_at.timestamp() * 1000)),
    }
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        body, headers = gzip.compress(body, 6), headers | {"Content-Encoding": "gzip"}
    return Response(body, media_type="application/json", headers=headers)


def build() -> str:
    """What a page's scripts are made of: a screen that runs older ones loads itself anew."""
    return hashlib.sha256("".join(sorted(assets.addresses().values())).encode()).hexdigest()[:12]


def page(city: City, person: Person, what: Shown, now: WallNow, say: Words) -> dict[str, object]:
    """Everything a screen shows, but for the map's own counts."""
    structure = city.ground.structure
    own = [code for code in reversed(structure.chain(what.unit)) if code in structure.chain(what.unit)]
    path = [code for code in own if structure.within(code, person.area)]
    return {
        "plan": city.ground.identity,
        "build": build(),
        "unit": what.unit,
        "level": int(what.level),
        "path": [{"code": code, "name": _name(city, code, say)} for code in path],
        "map": _map(what, structure.grids),
        "kpis": _kpis(now, say),
        "ranking": [_ranked(ranked, say) for ranked in now.ranking],
        "slips": {slip.value: _number(n, say) for slip, n in now.slips.items()},
        "alerts": [_alert(city, alert, say) for alert in now.alerts],
    }


def _name(city: City, code: str, say: Words) -> str:
    if code == CITY:
        return city.ground.structure.city_name or say("The whole city")
    return city.ground.structure.name(code)


def _map(what: Shown, grids: object) -> dict[str, object]:
    """What the map is told to show."""
    inside = [grid.code for grid in what.grids]
    return {"within": None if what.unit == CITY else what.unit, "inside": inside if what.unit != CITY else []}


def _kpis(now: WallNow, say: Words) -> list[dict[str, str]]:
    f = now.figures
    return [
        {"value": _number(f.open, say)},
        {"value": _number(f.overdue, say), "kind": BAD if f.overdue else ""},
        {"value": _number(f.settled_today, say)},
        {"value": _rate(f.on_time_rate), "n": _number(f.on_time_n, say)},
        {"value": _rate(f.satisfied_rate), "n": _number(f.rated_n, say)},
    ]


def _ranked(ranked: Ranked, say: Words) -> dict[str, object]:
    return {
        "code": ranked.grid.code,
        "name": ranked.grid.name,
        "value": f"{ranked.value:.1f}" if isinstance(ranked.value, float) else _number(ranked.value, say),
        "overdue": ranked.load.overdue,
    }


def _alert(city: City, alert: Alert, say: Words) -> dict[str, str]:
    category = city.category(alert.category)
    late = format_timedelta(alert.late, locale=LOCALES[say.lang], threshold=1.2)
    return {
        "late": say("overdue by {time}", time=late),
        "grid": city.ground.structure.name(alert.grid) if alert.grid else say("in no grid"),
        "category": say.pick(category.zh, category.en),
        "lead": say("Responsible: {lead}", lead=say.pick(*city.department(alert.lead))) if alert.lead else "",
    }


def _number(n: float, say: Words) -> str:
    return format_decimal(n, locale=LOCALES[say.lang])


def _rate(rate: float | None) -> str:
    return "–" if rate is None else f"{100 * rate:.1f}%"
