"""Put what a wall shows into words: one plain value that the page draws, and that a poll answers with."""

from __future__ import annotations

import hashlib

from babel.dates import format_timedelta
from babel.numbers import format_decimal

from city import assets
from city.opened import City
from city.wall import Alert, Ranked, Shown, WallNow
from city.words import Words
from domain.grids import CITY
from domain.people import Person

LOCALES = {"zh": "zh_Hans_CN", "en": "en_GB"}
BAD = "bad"


def build() -> str:
    """What a page's scripts are made of: a screen that runs older ones loads itself anew."""
    return hashlib.sha256("".join(sorted(assets.addresses().values())).encode()).hexdigest()[:12]


def page(city: City, person: Person, what: Shown, now: WallNow, say: Words) -> dict[str, object]:
    """Everything a screen shows, but for the map's own counts."""
    structure = city.ground.structure
    chain = reversed(structure.chain(what.unit))
    path = [code for code in chain if structure.within(code, person.area)]
    return {
        "plan": city.ground.identity,
        "build": build(),
        "unit": what.unit,
        "path": [{"code": code, "name": _name(city, code, say)} for code in path],
        "map": _map(city, what),
        "kpis": _kpis(now, say),
        "ranking": [_ranked(ranked, say) for ranked in now.ranking],
        "slips": {slip.value: _number(n, say) for slip, n in now.slips.items()},
        "alerts": [_alert(city, alert, say) for alert in now.alerts],
    }


def _name(city: City, code: str, say: Words) -> str:
    if code == CITY:
        return city.ground.structure.city_name or say("The whole city")
    return city.ground.structure.name(code)


def _map(city: City, what: Shown) -> dict[str, object]:
    """What the map is told to show."""
    parent = city.ground.structure.grids.get(what.unit)
    whole = what.unit == CITY
    return {
        "level": int(what.level),
        "within": None if whole else what.unit,
        "within_level": int(parent.level) if parent else None,
        "children": [] if whole else [grid.code for grid in what.grids],
        "fit": "inside",
        "selected": None,
        "measure": city.measure().value,
    }


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
