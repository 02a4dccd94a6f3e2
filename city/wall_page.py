"""Put what a wall shows into words: one plain value that the page draws, and that a poll answers with."""

from __future__ import annotations

import hashlib

from babel.dates import format_timedelta
from babel.numbers import format_compact_decimal, format_decimal

from city import assets
from city.opened import City
from city.tiles import places
from city.trends import DayCount
from city.wall import Alert, Ranked, Shown, WallNow
from city.words import Words
from domain.grids import CITY
from domain.loads import SOLID_FROM, Measure
from domain.people import Person
from domain.said import said

LOCALES = {"zh": "zh_Hans_CN", "en": "en_GB"}
GOOD, BAD, FLAT = "good", "bad", "flat"
OPPOSITE = {GOOD: BAD, BAD: GOOD}


def build() -> str:
    """What a page's scripts are made of: a screen that runs older ones loads itself anew."""
    return hashlib.sha256("".join(sorted(assets.addresses().values())).encode()).hexdigest()[:12]


RANKED_BY = {
    Measure.OPEN_PER_100: said("Open per 100 households, first 8"),
    Measure.OPEN: said("Open, first 8"),
    Measure.OVERDUE: said("Overdue, first 8"),
    Measure.ON_TIME: said("On-time rate, last 8"),
    Measure.SATISFIED: said("Satisfaction, last 8"),
}


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
        "map": _map(city, what, now.measure),
        "kpis": _kpis(now, say),
        "ranked_by": say.of(RANKED_BY[now.measure]),
        "ranking": [_ranked(ranked, now.measure, say) for ranked in now.ranking],
        "trend": _trend(now.days),
        "slips": {slip.value: _number(n, say) for slip, n in now.slips.items()},
        "alerts": [_alert(city, alert, say) for alert in now.alerts],
    }


def _name(city: City, code: str, say: Words) -> str:
    if code == CITY:
        return say("The whole city")
    return city.ground.structure.name(code)


def _map(city: City, what: Shown, measure: Measure) -> dict[str, object]:
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
        "measure": measure.value,
        "places": places(city.ground, what.unit, inside=() if whole else what.grids),
    }


def _kpis(now: WallNow, say: Words) -> list[dict[str, str]]:
    """The five figures, each with how it stands against yesterday; where that is not known nothing is said."""
    f, before = now.figures, now.before
    return [
        {"value": _number(f.open, say), **_moved(f.open, before.open, say, up=BAD)},
        {
            "value": _number(f.overdue, say),
            "kind": BAD if f.overdue else "",
            **_moved(f.overdue, before.overdue, say, up=BAD),
        },
        {"value": _number(f.settled_today, say), **_moved(f.settled_today, before.settled, say, up=GOOD)},
        _rate(f.on_time_rate, f.on_time_n, before.on_time_rate, say),
        _rate(f.satisfied_rate, f.rated_n, before.satisfied_rate, say, always_n=True),
    ]


def _rate(
    rate: float | None, n: int, before: float | None, say: Words, *, always_n: bool = False
) -> dict[str, str]:
    """A rate; on how many cases it rests is always said of opinions, and of every rate that rests on few."""
    if rate is None:
        return {"value": "–"}
    told = {"value": f"{100 * rate:.1f}%"}
    few = n < SOLID_FROM
    if few or always_n:
        told["n"] = str(format_compact_decimal(n, locale=LOCALES[say.lang], fraction_digits=1))
    if few or before is None:
        return told
    return told | _moved(round(100 * rate, 1), round(100 * before, 1), say, up=GOOD)


def _moved(now: float, before: float | None, say: Words, *, up: str) -> dict[str, str]:
    """The step since yesterday: ▲ or ▼ with its size; ● where there was none."""
    if before is None:
        return {}
    step = round(now - before, 1)
    if not step:
        return {"delta": "● 0", "delta_kind": FLAT}
    kind = up if step > 0 else OPPOSITE[up]
    return {"delta": f"{'▲' if step > 0 else '▼'} {_number(abs(step), say)}", "delta_kind": kind}


def _ranked(ranked: Ranked, measure: Measure, say: Words) -> dict[str, object]:
    return {
        "code": ranked.grid.code,
        "name": ranked.grid.name,
        "value": VALUE[measure].format(ranked.value),
        "overdue": 0 if measure is Measure.OVERDUE else ranked.overdue,
    }


VALUE = {
    Measure.OPEN_PER_100: "{:.1f}",
    Measure.OPEN: "{:,}",
    Measure.OVERDUE: "{:,}",
    Measure.ON_TIME: "{:.0f}%",
    Measure.SATISFIED: "{:.0f}%",
}


def _trend(days: tuple[DayCount, ...]) -> dict[str, object]:
    return {
        "raised": [day.raised for day in days],
        "settled": [day.settled for day in days],
        "first": f"{days[0].day:%m-%d}",
    }


def _alert(city: City, alert: Alert, say: Words) -> dict[str, str]:
    """Made of category, grid and department; what anybody wrote never reaches a wall."""
    category = city.category(alert.category)
    late = format_timedelta(alert.late, locale=LOCALES[say.lang], threshold=1.2)
    return {
        "late": say("overdue by {time}", time=late),
        "grid": city.ground.structure.name(alert.grid) if alert.grid else say("in no grid"),
        "category": say.pick(category.zh, category.en),
        "lead": say("Responsible: {lead}", lead=say.pick(*city.department(alert.lead))) if alert.lead else "",
    }


def _number(n: float, say: Words) -> str:
    return str(format_decimal(n, locale=LOCALES[say.lang]))
