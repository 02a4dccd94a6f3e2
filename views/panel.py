"""The panel beside the map: the grid selected – its head, households, counts – and its tickets."""

from __future__ import annotations

import base64
import hashlib
import html
from dataclasses import replace

import streamlit as st

from city import desk, queues
from city.desk import UnitPanel
from domain.grids import CITY, Grid
from domain.guards import HOLDERS
from domain.loads import Load
from domain.people import Role
from domain.queues import Queue
from domain.titles import LEVEL, QUEUE, STATE
from storage.counts import Area
from storage.lists import Wanted
from storage.people import Head
from views.cards import show_cards
from views.visit import Visit

PAGE = 8
"""Cards on one page: what a panel holds without long scrolling, and what a click can draw at once."""


def show_panel(visit: Visit) -> None:
    """What is selected, or what the person drilled into, or the person's whole area."""
    structure = visit.city.ground.structure
    code = visit.focus.selected or visit.focus.within
    grid = structure.grids.get(code or "")
    if grid:
        unit = desk.panel(visit.city, visit.person, grid)
        st.html(_unit_html(visit, unit))
        if unit.children and visit.focus.within != grid.code:
            label = visit.say("Open its {n} grids ▸", n=unit.children)
            st.button(label, on_click=visit.drill, args=(grid,), key="drill")
    else:
        st.html(_area_html(visit))
    _tickets(visit, grid)


def _unit_html(visit: Visit, unit: UnitPanel) -> str:
    say, grid = visit.say, unit.grid
    households = (
        say("{n} households", n=f"{grid.households:,}")
        if grid.households is not None
        else say("no household data")
    )
    compounds = "、".join(unit.compounds[:6]) + (" …" if len(unit.compounds) > 6 else "")
    lines = [
        f'<div class="code">{say.of(LEVEL[grid.level])} · {html.escape(grid.code)} · {households}</div>',
        f'<div class="code">{say("Compounds")}: {html.escape(compounds)}</div>' if compounds else "",
        _counts_html(visit, unit.load),
        _head_html(visit, unit.head, unit.organisation),
    ]
    return f'<section class="rg-unit" data-grid="{html.escape(grid.code)}"><h2>{html.escape(grid.name)}</h2>{"".join(lines)}</section>'


def _counts_html(visit: Visit, load: Load | None) -> str:
    say = visit.say
    if load is None:
        return f"<p>{say('This grid is outside your area; its tickets are not shown to you.')}</p>"
    return (
        f'<div class="rg-counts"><div><b>{load.open}</b><span>{say("open")}</span></div>'
        f'<div class="{"bad" if load.overdue else ""}"><b>{load.overdue}</b><span>✕ {say("overdue")}</span></div>'
        f'<div class="{"warn" if load.due_soon else ""}"><b>{load.due_soon}</b><span>▲ {say("due soon")}</span></div></div>'
    )


def _head_html(visit: Visit, head: Head | None, organisation: str | None) -> str:
    say = visit.say
    party = f"<small>{html.escape(organisation)}</small>" if organisation else ""
    if head is None:
        return f'<div class="rg-person">{_avatar("?")}<div><b>{say("Vacancy: this grid has no head")}</b>{party}</div></div>'
    phone = f"<small>{say('Work phone')} {html.escape(head.work_phone)}</small>" if head.work_phone else ""
    duties = f"<small>{html.escape(head.duties)}</small>" if head.duties else ""
    demo = f" · {say('demo')}" if head.demo else ""
    return (
        f'<div class="rg-person">{_avatar(head.name)}<div><b>{html.escape(head.name)}</b> {html.escape(head.title)}{demo}'
        f"{party}{phone}{duties}</div></div>"
    )


def _avatar(name: str) -> str:
    """A drawn picture with the first character of a name, its colour from the name."""
    hue = int(hashlib.sha256(name.encode()).hexdigest()[:4], 16) % 360
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48"><rect width="48" height="48" fill="hsl({hue} 38% 40%)"/>'
        f'<text x="24" y="32" text-anchor="middle" font-size="22" fill="#fff">{html.escape(name[:1])}</text></svg>'
    )
    data = base64.b64encode(svg.encode()).decode()
    return f'<img alt="{html.escape(name)}" src="data:image/svg+xml;base64,{data}">'


def _area_html(visit: Visit) -> str:
    structure, person, say = visit.city.ground.structure, visit.person, visit.say
    if person.department:
        title, hint = say.pick(*visit.city.department(person.department)), say("Tickets dispatched to you")
    else:
        title = structure.name(person.area) if person.area != CITY else say("The whole city")
        hint = say("Click a grid on the map to see its head and its tickets.")
    return f'<section class="rg-unit"><h2>{html.escape(title)}</h2><div class="code">{hint}</div></section>'


def _tickets(visit: Visit, grid: Grid | None) -> None:
    say, person = visit.say, visit.person
    if not desk.may_list(visit.city, person, grid.code if grid else None):
        if grid is None or person.role in (Role.PLANNER, Role.ADMINISTRATOR):
            st.html(f'<div class="rg-empty">{say("Your role sees counts, not tickets.")}</div>')
        return
    with st.container(key="tickets"):
        area, wanted = _wanted(visit, grid)
        cards, total = desk.cards(visit.city, person, area, wanted)
        if not cards and total:
            # Tickets went away since this page was turned to: the last page there is now.
            st.session_state["page"] = (total - 1) // PAGE
            wanted = replace(wanted, offset=PAGE * st.session_state["page"])
            cards, total = desk.cards(visit.city, person, area, wanted)
        if not cards:
            st.html(f'<div class="rg-empty">{say("No tickets here.")}</div>')
        show_cards(visit, cards)
        _pages(visit, total)


def _wanted(visit: Visit, grid: Grid | None) -> tuple[Area, Wanted]:
    say = visit.say
    names = {
        "open": say("Open"),
        "overdue": say("Overdue"),
        "due_soon": say("Due soon"),
        "ended": say("Ended"),
    }
    columns = st.columns([8, 5], vertical_alignment="bottom")
    only = columns[0].segmented_control(
        say("Show"),
        list(names),
        default="open",
        format_func=lambda o: names[o],
        key="only",
        label_visibility="collapsed",
        on_change=_from_the_first_page,
    )
    states = {"": say("All states")} | {s.value: say.of(t) for s, t in STATE.items()}
    state = columns[1].selectbox(
        say("State"), list(states), format_func=lambda s: states[s], key="state",
        label_visibility="collapsed", on_change=_from_the_first_page,
    )  # fmt: skip
    area = desk.area_of(visit.city, visit.person, grid.code if grid else None)
    if grid is None and (queue := _queue(visit)):
        area = queues.owned(visit.person)[queue]
    page = st.session_state.get("page", 0)
    mine = visit.person.area if visit.person.role in HOLDERS else ""
    return area, desk.wanted(only or "open", state or None, PAGE, PAGE * page, mine)


def _from_the_first_page() -> None:
    """Whoever asks for other tickets reads them from their beginning."""
    st.session_state["page"] = 0


def _queue(visit: Visit) -> Queue | None:
    """One of the named queues this person answers for, when they choose it."""
    waiting = queues.waiting(visit.city, visit.person)
    if not waiting:
        return None
    return st.pills(
        visit.say("Queues"),
        list(waiting),
        format_func=lambda queue: f"{visit.say.of(QUEUE[queue])} {waiting[queue]}",
        key="queue",
        label_visibility="collapsed",
        on_change=_from_the_first_page,
    )


def _pages(visit: Visit, total: int) -> None:
    page = st.session_state.get("page", 0)
    if total <= PAGE:
        return

    def turn(by: int) -> None:
        st.session_state["page"] = max(0, page + by)

    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "◂",
            on_click=turn,
            args=(-1,),
            disabled=page == 0,
            key="page-back",
            help=visit.say("Previous page"),
        )
        st.caption(
            visit.say(
                "{first}–{last} of {total}",
                first=page * PAGE + 1,
                last=min(total, (page + 1) * PAGE),
                total=total,
            )
        )
        st.button(
            "▸",
            on_click=turn,
            args=(1,),
            disabled=(page + 1) * PAGE >= total,
            key="page-on",
            help=visit.say("Next page"),
        )
