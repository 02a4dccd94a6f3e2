"""The unit in the panel beside the map: the grid selected – its head, households, counts."""

from __future__ import annotations

import html
from urllib.parse import quote

import streamlit as st

from city import desk
from city.avatars import avatar
from city.desk import UnitPanel
from domain.grids import CITY, Grid
from domain.loads import Load
from domain.titles import LEVEL
from storage.people import Head
from views.asking import INTO, way_html
from views.visit import Visit


def unit_shown(visit: Visit) -> Grid | None:
    """The grid that is selected, or that the person drilled into; None for the person's whole area."""
    return visit.city.ground.structure.grids.get(visit.focus.selected or visit.focus.within or "")


def show_unit(visit: Visit) -> None:
    """The grid that is shown, with the way to the grids below it, or the person's whole area."""
    grid = unit_shown(visit)
    if grid is None:
        st.html(_area_html(visit))
        return
    unit = desk.panel(visit.city, visit.person, grid)
    below = ""
    if unit.children and visit.focus.within != grid.code:
        below = way_html(INTO, grid.code, visit.say("Open its {n} grids ▸", n=unit.children))
    st.html(_unit_html(visit, unit) + below)


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
        f'<div class="code">{say("Compounds: {names}", names=html.escape(compounds))}</div>'
        if compounds
        else "",
        _counts_html(visit, unit.load),
        _head_html(visit, grid.code, unit.head, unit.organisation),
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


def _head_html(visit: Visit, grid: str, head: Head | None, organisation: str | None) -> str:
    say = visit.say
    party = f"<small>{html.escape(organisation)}</small>" if organisation else ""
    if head is None:
        return f'<div class="rg-person">{_face(grid, None)}<div><b>{say("Vacancy: this grid has no head")}</b>{party}</div></div>'
    phone = f"<small>{say('Work phone')} {html.escape(head.work_phone)}</small>" if head.work_phone else ""
    duties = f"<small>{html.escape(head.duties)}</small>" if head.duties else ""
    demo = f" · {say('demo')}" if head.demo else ""
    return (
        f'<div class="rg-person">{_face(grid, head)}<div><b>{html.escape(head.name)}</b> {html.escape(head.title)}{demo}'
        f"{party}{phone}{duties}</div></div>"
    )


def _face(grid: str, head: Head | None) -> str:
    """The head's photo, else a drawn picture."""
    name = head.name if head else "?"
    source = f"/public/grids/{quote(grid, safe='')}/photo" if head and head.has_photo else avatar(name)
    return f'<img alt="{html.escape(name)}" src="{source}">'


def _area_html(visit: Visit) -> str:
    structure, person, say = visit.city.ground.structure, visit.person, visit.say
    if person.department:
        title, hint = say.pick(*visit.city.department(person.department)), say("Tickets dispatched to you")
    else:
        title = structure.name(person.area) if person.area != CITY else say("The whole city")
        hint = say("Click a grid on the map to see its head and its tickets.")
    return f'<section class="rg-unit"><h2>{html.escape(title)}</h2><div class="code">{hint}</div></section>'
