"""The map of any past day: the outlines of the plan that was in force then, without today's counts; or the same as a table."""

from __future__ import annotations

import html
from dataclasses import replace
from datetime import date

import streamlit as st

from city import past, tiles
from city.past import PastPlan
from domain.grids import Level
from domain.people import WHOLE_CITY
from domain.titles import LEVEL
from gis.view import MapView
from storage.past_plans import PlanInTime
from views.anew import DESK, LOOKS, and_draw
from views.component import grid_map
from views.visit import Visit

ON = "on"
"""What of the address names a day."""

CSS = """
<style>
.st-key-map iframe { height: calc(100vh - 382px) !important; }
.rg-grids thead th.plain { padding: 6px 10px; font-weight: 600; } .rg-grids thead th.number { text-align: right; }
</style>
"""
"""The line that says which plan this is takes its room from the map."""

SHOWN = 1_000
"""Rows of the table on the page."""


def day_asked(visit: Visit) -> date | None:
    """The day before today that the address asks for; None for now, or for what is no day."""
    try:
        day = date.fromisoformat(st.query_params.get(ON, ""))
    except ValueError:
        return None
    return day if past.is_past(visit.city, day) else None


def show_day_input(visit: Visit) -> None:
    """Where a day is chosen; only in a city that was ever redrawn."""
    if not past.was_redrawn(visit.city):
        return
    first, today = past.days(visit.city)
    st.session_state["on-day"] = min(max(day_asked(visit) or today, first), today)
    st.date_input(
        visit.say("The plan of the day"),
        key="on-day",
        min_value=first,
        max_value=today,
        format="YYYY-MM-DD",
        label_visibility="collapsed",
        help=visit.say("The plan of the day"),
        on_change=and_draw(DESK),
        args=(_choose,),
        width=150,
    )


def _choose() -> None:
    chosen = st.session_state.get("on-day")
    if chosen:
        st.query_params[ON] = chosen.isoformat()


def show_past(visit: Visit, day: date, now: MapView) -> None:
    """The plan of a day in the place of the map or of its table; ``now`` is the map of today."""
    found = past.plan_at(visit.city, day)
    if found is None:
        st.info(visit.say("No plan was in force on {day}.", day=day.isoformat()))
        return
    plan = past.past_plan(visit.city, found)
    level = visit.focus.level if visit.focus.level in plan.levels else plan.levels[0]
    st.html(CSS)
    with st.container(key="past", horizontal=True, gap="small", vertical_alignment="center"):
        st.caption(_words(visit, found, day))
        st.button(
            visit.say("Back to today"),
            key="today",
            on_click=and_draw(LOOKS, DESK),
            args=(_back,),
            type="tertiary",
        )
    if visit.as_table:
        with st.container(key="table"):
            st.html(_table(visit, plan, level))
    else:
        with st.container(key="map"):
            _map(visit, plan, level, now)


def _back() -> None:
    st.query_params.pop(ON, None)


def _words(visit: Visit, plan: PlanInTime, day: date) -> str:
    say, zone = visit.say, visit.city.zone
    since = f"{plan.since.astimezone(zone):%Y-%m-%d}"
    if plan.until is None:
        return say(
            "{day}: the plan “{plan}”, in force since {since}. Counts are those of now and are not shown here.",
            day=day.isoformat(), plan=plan.name, since=since,
        )  # fmt: skip
    until = f"{plan.until.astimezone(zone):%Y-%m-%d}"
    return say(
        "{day}: the plan “{plan}”, in force from {since} to {until}. Counts are those of now and are not shown here.",
        day=day.isoformat(), plan=plan.name, since=since, until=until,
    )  # fmt: skip


def _map(visit: Visit, plan: PastPlan, level: Level, now: MapView) -> None:
    words = dict(now.words) | {
        "outside": visit.say("Plan “{plan}”", plan=plan.plan.name),
        "past": visit.say("Plan “{plan}”", plan=plan.plan.name),
    }
    view = replace(
        now,
        plan=f"past-{plan.plan.id}",
        bounds=plan.bounds,
        geometry={
            int(at): f"/geo/{plan.coded[at].hash}" if at in plan.coded else tiles.address(name)
            for at, name in plan.contents.items()
        },
        tiled=frozenset(int(at) for at in plan.contents if at not in plan.coded),
        loads="",
        words=words,
        measures={},
        level=int(level),
    )
    show: dict[str, object] = {
        "level": int(level),
        "selected": None,
        "within": None,
        "children": [],
        "fit": None,
        "pick": False,
    }
    hashes = "-".join(plan.contents.values())
    grid_map(lambda: view, f"{hashes}-{now.base}-{visit.say.lang}", show, key="past")


def _table(visit: Visit, plan: PastPlan, level: Level) -> str:
    say, counts_homes = visit.say, visit.person.role in WHOLE_CITY
    titles = [say("Grid"), say("Code"), say("Lies under")]
    heads = "".join(f'<th scope="col" class="plain">{html.escape(title)}</th>' for title in titles)
    heads += f'<th scope="col" class="plain number">{say("Households")}</th>' if counts_homes else ""
    rows = []
    for grid in plan.grids(level)[:SHOWN]:
        above = plan.structure.name(grid.parent) if grid.parent else "–"
        homes = "–" if grid.households is None else f"{grid.households:,}"
        cells = "".join(f"<td>{html.escape(text)}</td>" for text in (grid.code, above))
        number = f'<td class="number">{homes}</td>' if counts_homes else ""
        rows.append(f'<tr><th scope="row">{html.escape(grid.name)}</th>{cells}{number}</tr>')
    caption = html.escape(f"{say.of(LEVEL[level])} · {say('Plan “{plan}”', plan=plan.plan.name)}")
    return (
        f'<div class="rg-grids-wrap" role="region" aria-label="{caption}" tabindex="0"><table class="rg-grids">'
        f"<caption>{caption}</caption><thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )
