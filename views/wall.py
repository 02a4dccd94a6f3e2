"""The wall: one page that fills a screen and lives without anybody touching it.

Streamlit brings the frame and the map once; from then on the page's own script asks for what is new
(``views/wall.js``), so that a screen shows its last values, and says so, while the server is away.
"""

from __future__ import annotations

import html
import json
import secrets
from dataclasses import replace
from functools import cache
from pathlib import Path

import streamlit as st

from city import assets
from city.wall import WATCHED_BY, Shown, shown, wall_now
from city.wall_page import page
from city.weights import measure_named
from domain.people import Role
from domain.tickets import Slip
from domain.titles import SLIP
from gis.palette import LIGHT, THEMES, Palette
from views.component import grid_map
from views.desk import map_view
from views.visit import Visit

HERE = Path(__file__).parent
AGAIN = {Role.WALL: "/wall"}
"""Where a page goes to load itself anew: a screen comes by its link's cookie, which is renewed there."""


def wall_asked(visit: Visit) -> bool:
    """Is this the wall's page? A wall screen has no other."""
    asked = st.query_params.get("view") == "wall"
    return visit.person.role is Role.WALL or (asked and visit.person.role in WATCHED_BY)


def show_wall(visit: Visit) -> None:
    """The whole page."""
    theme = st.query_params.get("theme", "dark")
    palette = THEMES.get(theme, THEMES["dark"])
    st.html(f"<style>{_colours(palette)}{_style()}</style>")
    params = st.query_params
    what = shown(visit.city, visit.person, params.get("area", ""), params.get("level", ""))
    if what is None:
        st.html(f'<div id="rg-wall"><p class="head">{visit.say("This city has no grids yet.")}</p></div>')
        return
    now = wall_now(visit.city, visit.person, what, measure_named(visit.city, params.get("measure")))
    first = page(visit.city, visit.person, what, now, visit.say)
    st.html(_frame(visit, what, first))
    with st.container(key="wallmap"):
        _map(visit, theme if theme in THEMES else "dark", palette, first)
    # The script comes from our own host, by an address that holds its content's hash.
    st.html(f'<script src="{assets.addresses()["wall.js"]}"></script>', unsafe_allow_javascript=True)


@cache
def _style() -> str:
    return (HERE / "wall.css").read_text(encoding="utf-8")


def _colours(p: Palette) -> str:
    scheme = "dark" if p is THEMES["dark"] else "light"
    names = {
        "background": p.background, "panel": p.panel, "text": p.text, "muted": p.muted, "outline": p.outline,
        "ok": p.ok, "warn": p.warn, "bad": p.bad, "bad-text": p.bad_text, "line": p.line, "scheme": scheme,
        "on-warn": LIGHT.text,
    }  # fmt: skip
    return ":root{" + ";".join(f"--{name}:{value}" for name, value in names.items()) + "}"


def _map(visit: Visit, theme: str, palette: Palette, first: dict[str, object]) -> None:
    name = f"{visit.city.ground.identity}-{visit.say.lang}-{theme}-wall"
    shown_first = first["map"]
    assert isinstance(shown_first, dict)
    grid_map(lambda: replace(map_view(visit), palette=palette, wall=True), name, shown_first, key="wall")


def _frame(visit: Visit, what: Shown, first: dict[str, object]) -> str:
    say, city = visit.say, visit.city
    facts = city.ground.facts
    name = say.pick(str(facts.get("city_name", "")), str(facts.get("city_name_en", "")))
    demo = f'<span class="demo">{say("Demo data")}</span>' if facts.get("demo") else ""
    data = {
        "lang": say.lang,
        "zone": city.zone.key,
        "home": visit.person.area,
        "measures": json.dumps([measure.value for measure in city.measures()]),
        "reload": str(secrets.randbelow(50)),
        "again": AGAIN.get(visit.person.role, "/"),
        "words": json.dumps(_words(visit), ensure_ascii=False),
        "first": json.dumps({"now": int(city.now().timestamp() * 1000), "page": first}, ensure_ascii=False),
    }
    attributes = " ".join(f'data-{key}="{html.escape(value)}"' for key, value in data.items())
    return f"""<main id="rg-wall" {attributes}>
<header class="head"><h1>{html.escape(say("{city} grid governance", city=name))}</h1><nav></nav>{demo}
<span class="age" role="status"></span><time></time><div class="lost" role="alert" hidden></div></header>
<section class="kpis">{_kpis(visit)}</section>
<section class="rank box"><h2></h2><ol></ol><p class="none" hidden>{say("Nothing is open here.")}</p></section>
<div class="map box"></div>
<section class="trend box">{_trend(visit)}</section>
<section class="slips box"><h2>{say("The four slips now")}</h2><dl>{_slips(visit)}</dl></section>
<section class="alert box"><p class="none" hidden>● {say("Nothing is overdue here.")}</p><span class="late"></span><span class="what"></span><span class="page"></span></section>
</main><div id="rg-replay" hidden><b></b><span></span></div>"""


def _words(visit: Visit) -> dict[str, str]:
    say = visit.say
    return {
        "lost": say("Connection lost: the numbers shown are old"),
        "revoked": say("This wall link is not valid any more. Please ask your administrator."),
        "fresh": say("Data of {at}", at="{at}"),
        "age": say("Data of {at} · {n} min ago", at="{at}", n="{n}"),
        "replay": say("Replay of the last 30 days, {n} of {of}", n="{n}", of="{of}"),
        "most": say("max {n} a day", n="{n}"),
    }


def _kpis(visit: Visit) -> str:
    say = visit.say
    titles = [say("Open"), say("Overdue"), say("Settled today"), say("On-time rate"), say("Rating")]
    return "".join(
        f'<div class="kpi box"><span class="name"><b>{title}</b><span class="n"></span></span><span class="delta"></span><strong></strong></div>'
        for title in titles
    )


def _trend(visit: Visit) -> str:
    say = visit.say
    keys = "".join(
        f'<span class="{name}">{title} <b data-last="{name}"></b></span>'
        for name, title in (("raised", say("new")), ("settled", say("done")))
    )
    return (
        f'<h2>{say("30 days")} · <span class="most"></span></h2><div class="keys">{keys}</div><div class="plot"></div>'
        f'<div class="axis"><span class="first"></span><span>{say("today")}</span></div>'
    )


def _slips(visit: Visit) -> str:
    return "".join(f'<dt>{visit.say.of(SLIP[slip])}</dt><dd data-slip="{slip.value}"></dd>' for slip in Slip)
